-- Every municipality is bound by the law, whether or not it answered the form of 2020.
with goal as (
    select *
    from (values ('agua_atendimento', 99.0), ('esgoto_atendimento', 90.0)) as t (indicator, target_value)
),
baseline as (
    select municipality_code, 'agua_atendimento' as indicator, water_total as value
    from source.snis where year(period) = 2020
    union all
    select municipality_code, 'esgoto_atendimento', sewage_total
    from source.snis where year(period) = 2020
)
select
    m.municipality_code,
    g.indicator,
    2020 as baseline_year,
    b.value as baseline_value,
    2033 as target_year,
    g.target_value
from municipalities m
cross join goal g
left join baseline b using (municipality_code, indicator)
