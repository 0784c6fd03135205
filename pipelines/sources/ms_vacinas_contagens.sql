select line, municipality_code, period_end(period) as period, vaccine, number(doses) as doses,
    number(populacao) as target_population
from raw.ms_vacinas_contagens
