select municipality_code, period, personnel_share as value
from source.stn_rgf_pessoal
where personnel_share is not null
