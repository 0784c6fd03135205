-- The population of the same year: census, count or estimate; for 2023, when there was no estimate, the census of 2022.
select g.municipality_code, g.period, g.gdp / p.population as value, g.gdp as numerator, p.population as denominator
from source.ibge_pib g
join source.ibge_populacao p using (municipality_code, period)
where g.gdp is not null
