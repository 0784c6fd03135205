select municipality_code, period, sewage_treated as value
from source.snis
where sewage_treated is not null
