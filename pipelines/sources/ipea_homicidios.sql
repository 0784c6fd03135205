select
    line,
    municipality_code,
    period_end(period) as period,
    number(valor) as homicide_rate
from raw.ipea_homicidios
