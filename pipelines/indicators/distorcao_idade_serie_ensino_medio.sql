select municipality_code, period, age_gap_secondary as value
from source.inep_distorcao
where age_gap_secondary is not null and network = 'Pública'
