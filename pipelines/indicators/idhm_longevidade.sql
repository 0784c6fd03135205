select municipality_code, period, idhm_longevity as value
from source.pnud_idhm
where idhm_longevity is not null
