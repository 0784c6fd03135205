select line, municipality_code, period_end(period) as period,
    -- An empty cell is refused, and told; until it is mended the municipality is still called something, and its code
    -- says in which state it lies.
    coalesce(name, municipality_code) as name,
    coalesce(state, max(state) over (partition by left(municipality_code, 2))) as state,
    number(latitude) as latitude, number(longitude) as longitude, number(area_km2) as area_km2,
    intermediate_region_code, intermediate_region, immediate_region_code, immediate_region,
    mesoregion_code, mesoregion, microregion_code, microregion,
    planning_region, planning_region_source,
    -- The note starts with 'lido' where the assignment was read in a document of the State; the others are to be confirmed.
    coalesce(starts_with(planning_region_source, 'lido'), false) as planning_region_confirmed,
    health_region, health_macroregion,
    number(existe_desde) as existe_desde
from raw.ibge_municipios
