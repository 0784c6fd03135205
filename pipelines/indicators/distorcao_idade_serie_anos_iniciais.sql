select municipality_code, period, age_gap_lower_primary as value
from source.inep_distorcao
where age_gap_lower_primary is not null and network = 'Pública'
