select municipality_code, period, urban_population / population * 100 as value,
    urban_population as numerator, population as denominator
from source.snis
where urban_population is not null and population > 0
