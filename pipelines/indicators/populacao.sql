select municipality_code, period, population as value,
    case when kind = 'estimativa' then 'estimated' end as flag
from source.ibge_populacao
-- 2023 is the census of 2022 over again: shown as a year of its own it would read as a year without growth.
where kind != 'repetido_censo_2022'
