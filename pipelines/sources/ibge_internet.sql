select line, municipality_code, period_end(period) as period,
    number(domicilios) as households,
    number(domicilios_com_internet) as households_with_internet
from raw.ibge_internet
