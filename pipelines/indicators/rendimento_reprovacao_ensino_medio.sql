select municipality_code, period, failure_secondary as value
from source.inep_rendimento
where failure_secondary is not null and network = 'Pública'
