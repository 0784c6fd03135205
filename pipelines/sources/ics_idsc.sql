select line, municipality_code, period_end(period) as period, number(idsc_br_2024) as score
from raw.ics_idsc
