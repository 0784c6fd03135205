select municipality_code, period, sewage_treated_of_collected as value
from source.sinisa_esgoto
where sewage_treated_of_collected is not null
