select municipality_code, period, poor_share as value
from source.pnud_idhm
where poor_share is not null
