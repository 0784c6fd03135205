select
    line,
    municipality_code,
    period_end(period) as period,
    number(nascidos_vivos) as births,
    number(obitos_menores_1_ano) as infant_deaths,
    -- DATASUS published 2024 as preliminary.
    period = '2024' as provisional
from raw.datasus_mortalidade
