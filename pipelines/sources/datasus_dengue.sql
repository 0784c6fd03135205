select
    line,
    municipality_code,
    period_end(period) as period,
    number(casos_provaveis) as cases,
    number(casos_graves) as severe_cases,
    number(obitos) as deaths,
    number(populacao) as population,
    number(incidencia_100k) as incidence,
    number(letalidade_pct) as lethality,
    -- The source may still revise 2024.
    period = '2024' as provisional
from raw.datasus_dengue
