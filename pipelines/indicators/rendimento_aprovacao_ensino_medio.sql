select municipality_code, period, approval_secondary as value
from source.inep_rendimento
where approval_secondary is not null and network = 'Pública'
