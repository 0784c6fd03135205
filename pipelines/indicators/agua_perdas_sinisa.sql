select municipality_code, period, water_losses as value
from source.sinisa_agua
where water_losses is not null
