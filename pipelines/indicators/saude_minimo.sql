select municipality_code, period, health_share as value
from source.ms_siops_piso
where health_share is not null
