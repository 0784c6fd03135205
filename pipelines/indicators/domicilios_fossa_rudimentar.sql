select municipality_code, period, crude_pit / households * 100 as value,
    crude_pit as numerator, households as denominator
from source.ibge_esgotamento
where households > 0
