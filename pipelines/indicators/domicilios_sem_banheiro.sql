select municipality_code, period, no_bathroom / households * 100 as value,
    no_bathroom as numerator, households as denominator
from source.ibge_esgotamento
where households > 0
