select municipality_code, period, waste_collected / waste_households * 100 as value,
    waste_collected as numerator, waste_households as denominator
from source.ibge_censo_saneamento
where waste_collected is not null and waste_households > 0
