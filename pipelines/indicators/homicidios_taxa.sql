select municipality_code, period, homicide_rate as value
from source.ipea_homicidios
where homicide_rate is not null
