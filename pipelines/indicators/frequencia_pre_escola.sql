select municipality_code, period, school_age_4_5_share as value
from source.pnud_idhm
where school_age_4_5_share is not null
