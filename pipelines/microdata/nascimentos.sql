-- Live births by the mother's municipality of residence and year of birth, wherever the birth took place.
with written as (
    select
        -- The Federal District is one municipality; older records have the codes of its regions.
        case when left("CODMUNRES", 2) = '53' then '530010' else "CODMUNRES" end as place,
        "CODMUNRES" as published_place,
        -- Some editions lost the zero of days 1 to 9.
        lpad("DTNASC", 8, '0') as day,
        "DTNASC" as published_day,
        lpad("PESO", 4, '0') as weight,
        "GESTACAO" as gestation,
        lpad("SEMAGESTAC", 2, '0') as weeks,
        "CONSULTAS" as visits,
        broken
    from records
),
dated as (
    select
        broken, place, published_place, published_day, weight, gestation, weeks, visits,
        substr(day, 5, 4) as year,
        -- ddmmyyyy, and a day that the calendar has.
        try_cast(
            case when regexp_matches(day, '^[0-3][0-9][01][0-9](19|20)[0-9]{2}$')
                then substr(day, 5, 4) || '-' || substr(day, 3, 2) || '-' || substr(day, 1, 2)
            end as date
        ) is not null as has_date,
        -- 500000: of the state, and that is all that is known; 999999: nothing is.
        coalesce(regexp_matches(place, '^([0-9]{2}0000|[0-9]{2}9999|0+|9+)$'), true) as has_no_place
    from written
),
judged as (
    select
        codes.municipality_code,
        case when has_date then year end as period,
        case when has_date and has_no_place then 'município de residência ignorado' end as left_out,
        case
            when broken is not null then 'linha sem as colunas do cabeçalho'
            when not has_date then 'DTNASC não é uma data ddmmaaaa'
            when codes.municipality_code is null and not has_no_place
                then 'CODMUNRES não está na lista de municípios do IBGE'
        end as refused,
        case when broken is not null then broken when has_date then published_place else published_day end as example,
        -- Grams; 9999 where nobody knows.
        regexp_matches(weight, '^[0-9]{4}$') and weight between '0001' and '2499' as is_light,
        -- Before 37 weeks: the publisher's classes, and the weeks where the class is blank.
        gestation in ('1', '2', '3', '4')
            or coalesce(gestation, '9') = '9' and regexp_matches(weeks, '^[0-9]{2}$') and weeks between '01' and '36'
            as is_early,
        -- Seven and more.
        visits = '4' as has_visits
    from dated
    left join codes on codes.published = dated.place
)
select
    municipality_code,
    period,
    left_out,
    refused,
    min(example) as example,
    count(*) as records,
    count(*) as nascidos,
    count(case when is_light then 1 end) as baixo_peso,
    count(case when is_early then 1 end) as prematuros,
    count(case when has_visits then 1 end) as prenatal_7mais,
    -- Of all births, as the publisher's own tables divide, also those of whom the answer is not known.
    cast(count(case when is_light then 1 end) as double) * 100 / nullif(count(*), 0) as pct_baixo_peso,
    cast(count(case when is_early then 1 end) as double) * 100 / nullif(count(*), 0) as pct_prematuro,
    cast(count(case when has_visits then 1 end) as double) * 100 / nullif(count(*), 0) as pct_prenatal_7mais
from judged
group by municipality_code, period, left_out, refused
