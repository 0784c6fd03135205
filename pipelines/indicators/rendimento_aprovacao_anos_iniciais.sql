select municipality_code, period, approval_lower_primary as value
from source.inep_rendimento
where approval_lower_primary is not null and network = 'Pública'
