select
    line,
    municipality_code,
    period_end(period) as period,
    vaccine,
    -- Published as a fraction; here, as everywhere in the project, on the scale 0-100.
    number(cobertura) * 100 as coverage
from raw.ms_vacinas
