-- Every municipality is bound by the law, whether or not it answered the form of 2023.
with goal as (
    select *
    from (values ('agua_atendimento_sinisa', 99.0), ('esgoto_atendimento_sinisa', 90.0)) as t (indicator, target_value)
),
baseline as (
    select municipality_code, 'agua_atendimento_sinisa' as indicator, water_total as value
    from source.sinisa_agua where year(period) = 2023
    union all
    select municipality_code, 'esgoto_atendimento_sinisa', sewage_total
    from source.sinisa_esgoto where year(period) = 2023
)
select
    m.municipality_code,
    g.indicator,
    2023 as baseline_year,
    b.value as baseline_value,
    2033 as target_year,
    g.target_value
from municipalities m
cross join goal g
left join baseline b using (municipality_code, indicator)
