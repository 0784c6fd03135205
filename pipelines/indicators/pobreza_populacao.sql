select municipality_code, period, poverty_share as value
from source.mds_pobreza
where poverty_share is not null
