select municipality_code, period, life_expectancy as value
from source.pnud_idhm
where life_expectancy is not null
