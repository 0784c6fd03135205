select
    m.municipality_code,
    'taxa_alfabetizacao' as indicator,
    2010 as baseline_year,
    -- A municipality founded after the census of 2010 has no baseline.
    v.value as baseline_value,
    2031 as target_year,
    97.0 as target_value
from municipalities m
left join "values" v
    on v.municipality_code = m.municipality_code and v.indicator = 'taxa_alfabetizacao' and v.year = 2010
