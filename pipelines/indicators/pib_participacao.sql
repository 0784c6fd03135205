select municipality_code, period,
    gdp / sum(gdp) over (partition by left(municipality_code, 2), period) * 100 as value,
    gdp as numerator, sum(gdp) over (partition by left(municipality_code, 2), period) as denominator
from source.ibge_pib
where gdp is not null
