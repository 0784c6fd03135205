select municipality_code, period, electricity_share as value
from source.pnud_idhm
where electricity_share is not null
