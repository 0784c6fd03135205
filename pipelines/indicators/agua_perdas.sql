select municipality_code, period, water_losses as value
from source.snis
where water_losses is not null
