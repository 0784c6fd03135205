select municipality_code, period, idhm_education as value
from source.pnud_idhm
where idhm_education is not null
