select municipality_code, period, water_network / water_households * 100 as value,
    water_network as numerator, water_households as denominator
from source.ibge_censo_saneamento
where water_network is not null and water_households > 0
