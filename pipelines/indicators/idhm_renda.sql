select municipality_code, period, idhm_income as value
from source.pnud_idhm
where idhm_income is not null
