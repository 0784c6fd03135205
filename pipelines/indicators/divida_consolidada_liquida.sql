select municipality_code, period, net_debt_share as value
from source.stn_rgf
where net_debt_share is not null
