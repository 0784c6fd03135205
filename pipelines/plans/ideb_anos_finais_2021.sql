-- The official targets ended in 2021: the verdict looks at that year and shows later values beside it.
with edition as (
    select municipality_code, year(period) as year, observed, projected
    from source.inep_ideb
    semi join municipalities using (municipality_code)
    where stage = 'AF' and network = 'Pública'
)
select
    municipality_code,
    'ideb_anos_finais_publica' as indicator,
    2005 as baseline_year,
    any_value(observed) filter (year = 2005) as baseline_value,
    2021 as target_year,
    any_value(projected) filter (year = 2021) as target_value,
    list({'year': year, 'value': projected} order by year)
        filter (year < 2021 and projected is not null) as milestones
from edition
group by municipality_code
