select municipality_code, period, education_share as value
from source.stn_rreo_educacao
where education_share is not null
