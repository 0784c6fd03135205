select municipality_code, period, school_age_0_3_share as value
from source.pnud_idhm
where school_age_0_3_share is not null
