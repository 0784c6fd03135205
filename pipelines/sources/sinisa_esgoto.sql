-- What was not calculated is an empty cell here, and a municipality that did not answer has no row: neither is 0%.
select line, municipality_code, period_end(period) as period,
    number(IES0001) as sewage_total,
    number(IES2002) as sewage_collected_of_water,
    number(IES2003) as sewage_treated_of_water,
    number(IES2004) as sewage_treated_of_collected
from raw.sinisa_esgoto
