with deaths as (
    select municipality_code, period, sum(victims) as deaths, bool_or(provisional) as provisional
    from source.mjsp_sinesp
    -- Feminicide is not inside intentional homicide: there are years with more of the former than of the latter.
    where kind in ('homicidioDoloso', 'feminicidio', 'latrocinio', 'lesaoCorporalMorte') and not incomplete
    group by municipality_code, period
    having count(victims) = 4
),
residents as (
    select municipality_code, period, population from source.ibge_populacao
    -- Where a year has both, a census is nearer to the truth than an estimate.
    qualify row_number() over (partition by municipality_code, period order by kind = 'estimativa') = 1
)
select
    municipality_code,
    period,
    deaths / population * 100000 as value,
    deaths as numerator,
    population as denominator,
    case when provisional then 'provisional' end as flag
from deaths
join residents using (municipality_code, period)
