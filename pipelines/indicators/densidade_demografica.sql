select p.municipality_code, p.period, p.population / m.area_km2 as value,
    p.population as numerator, m.area_km2 as denominator
from source.ibge_populacao p
join source.ibge_municipios m using (municipality_code)
-- The areas are those of 2022, so only the census of that year.
where p.kind = 'censo' and year(p.period) = 2022
