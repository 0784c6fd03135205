select p.municipality_code, p.period, p.population / m.area_km2 as value,
    p.population as numerator, m.area_km2 as denominator
from source.ibge_populacao p
join source.ibge_municipios m using (municipality_code)
-- The areas are those of 2022, so only the census of that year.
-- Of most states the registry has none: nothing is said of them, rather than a value without a reason.
where p.kind = 'censo' and year(p.period) = 2022 and m.area_km2 is not null
