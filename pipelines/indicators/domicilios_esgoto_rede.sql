select municipality_code, period, sewage_network / sewage_households * 100 as value,
    sewage_network as numerator, sewage_households as denominator
from source.ibge_censo_saneamento
where sewage_network is not null and sewage_households > 0
