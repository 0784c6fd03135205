select municipality_code, period, failure_upper_primary as value
from source.inep_rendimento
where failure_upper_primary is not null and network = 'Pública'
