select municipality_code, period, approval_upper_primary as value
from source.inep_rendimento
where approval_upper_primary is not null and network = 'Pública'
