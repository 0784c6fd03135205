select municipality_code, period, age_gap_primary as value
from source.inep_distorcao
where age_gap_primary is not null and network = 'Pública'
