with pooled as (
    select
        municipality_code,
        period,
        sum(infant_deaths) over triennium as deaths,
        sum(births) over triennium as births,
        count(*) over triennium as years,
        bool_or(provisional) over triennium as provisional
    from source.datasus_mortalidade
    -- A year without births is a year in which the municipality did not exist: it may not fill a window.
    where births > 0 and infant_deaths is not null
    window triennium as (
        partition by municipality_code order by year(period) range between 2 preceding and current row
    )
)
select
    municipality_code,
    period,
    deaths / births * 1000 as value,
    deaths as numerator,
    births as denominator,
    case when provisional then 'provisional' end as flag
from pooled
where years = 3
