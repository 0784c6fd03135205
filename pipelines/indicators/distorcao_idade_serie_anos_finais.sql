select municipality_code, period, age_gap_upper_primary as value
from source.inep_distorcao
where age_gap_upper_primary is not null and network = 'Pública'
