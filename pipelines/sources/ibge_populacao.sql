-- One row per municipality and year. Rates of a year divide by the row of that year; for 2023 that is the census of
-- 2022 over again (kind 'repetido_censo_2022'), because IBGE published no estimate for 2023.
select line, municipality_code, period_end(period) as period, kind,
    number(populacao) as population, fonte as origin
from raw.ibge_populacao
