select municipality_code, period, failure_lower_primary as value
from source.inep_rendimento
where failure_lower_primary is not null and network = 'Pública'
