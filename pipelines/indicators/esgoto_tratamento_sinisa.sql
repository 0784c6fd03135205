select municipality_code, period, sewage_treated_of_water as value
from source.sinisa_esgoto
where sewage_treated_of_water is not null
