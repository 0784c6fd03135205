select municipality_code, period, idhm as value
from source.pnud_idhm
where idhm is not null
