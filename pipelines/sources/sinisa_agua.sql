-- What was not calculated is an empty cell here, and a municipality that did not answer has no row: neither is 0%.
select line, municipality_code, period_end(period) as period,
    number(IAG0001) as water_total,
    number(IAG2013) as water_losses
from raw.sinisa_agua
