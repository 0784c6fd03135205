select municipality_code, period, registered_share as value
from source.mds_pobreza
where registered_share is not null
