select municipality_code, period, gdp as value
from source.ibge_pib
where gdp is not null
