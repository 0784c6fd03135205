select municipality_code, period, extremely_poor_share as value
from source.pnud_idhm
where extremely_poor_share is not null
