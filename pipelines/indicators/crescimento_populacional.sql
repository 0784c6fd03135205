with census as (
    select municipality_code, period, population,
        lag(population) over earlier as population_before, year(period) - year(lag(period) over earlier) as years
    from source.ibge_populacao
    where kind = 'censo'
    window earlier as (partition by municipality_code order by period)
),
-- Those that gave land to Figueirão (2005) or to Paraíso das Águas (2013) between two censuses: the difference would
-- count as departed the people who did not move.
redrawn(municipality_code, census_year) as (
    values ('5002605', 2010), ('5003256', 2010), ('5000203', 2022), ('5002951', 2022), ('5003256', 2022)
)
select c.municipality_code, c.period,
    case when r.municipality_code is null then ((population / population_before) ** (1 / years) - 1) * 100 end as value,
    case when r.municipality_code is not null then 'not_available' end as flag
from census c
left join redrawn r on r.municipality_code = c.municipality_code and r.census_year = year(c.period)
where population_before is not null
