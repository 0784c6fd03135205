select line, municipality_code, period_end(period) as period,
    number(agua_domicilios) as water_households, number(agua_rede_principal) as water_network,
    number(esgoto_domicilios) as sewage_households, number(esgoto_rede) as sewage_network,
    number(lixo_domicilios) as waste_households, number(lixo_coletado) as waste_collected
from raw.ibge_censo_saneamento
