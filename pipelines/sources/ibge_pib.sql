select line, municipality_code, period_end(period) as period,
    -- Published in thousand R$; R$ from here on, so that dividing by people gives R$ per inhabitant.
    number(pib_mil_reais) * 1000 as gdp,
    number(impostos_mil_reais) * 1000 as product_taxes,
    number(vab_total_mil_reais) * 1000 as value_added
from raw.ibge_pib
