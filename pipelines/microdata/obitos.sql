-- Deaths before the first birthday by municipality of residence and year of death, wherever they took place.
with written as (
    select
        -- The Federal District is one municipality; older records have the codes of its regions.
        case when left("CODMUNRES", 2) = '53' then '530010' else "CODMUNRES" end as place,
        "CODMUNRES" as published_place,
        -- Some editions lost the zero of days 1 to 9, and that of ages in minutes.
        lpad("DTOBITO", 8, '0') as day,
        "DTOBITO" as published_day,
        "TIPOBITO" as kind,
        lpad("IDADE", 3, '0') as age,
        broken
    from records
),
dated as (
    select
        broken, place, published_place, published_day, kind, age,
        substr(day, 5, 4) as year,
        -- ddmmyyyy, and a day that the calendar has.
        try_cast(
            case when regexp_matches(day, '^[0-3][0-9][01][0-9](19|20)[0-9]{2}$')
                then substr(day, 5, 4) || '-' || substr(day, 3, 2) || '-' || substr(day, 1, 2)
            end as date
        ) is not null as has_date,
        coalesce(kind in ('1', '2'), false) as has_kind,
        -- 500000: of the state, and that is all that is known; 999999: nothing is.
        coalesce(regexp_matches(place, '^([0-9]{2}0000|[0-9]{2}9999|0+|9+)$'), true) as has_no_place,
        -- The first digit is the unit: 0 minutes, 1 hours, 2 days, 3 months, 4 years, 5 years beyond a hundred.
        -- 400: below one year, no more is known; 000: nothing is.
        coalesce(regexp_matches(age, '^([0-3][0-9]{2}|400)$') and age <> '000', false) as is_infant,
        coalesce(regexp_matches(age, '^[45][0-9]{2}$') and age <> '400', false) as is_older
    from written
),
judged as (
    select
        codes.municipality_code,
        case when has_date then year end as period,
        case
            when not has_date or not has_kind then null
            when kind = '1' then 'óbito fetal, que não é de nascido vivo'
            when has_no_place then 'município de residência ignorado'
            when codes.municipality_code is not null and not is_infant and not is_older
                then 'idade ignorada, e não se sabe se é de menor de 1 ano'
        end as left_out,
        case
            when broken is not null then 'linha sem as colunas do cabeçalho'
            when not has_date then 'DTOBITO não é uma data ddmmaaaa'
            when not has_kind then 'TIPOBITO não é 1 (fetal) nem 2 (não fetal)'
            when kind = '2' and codes.municipality_code is null and not has_no_place
                then 'CODMUNRES não está na lista de municípios do IBGE'
        end as refused,
        case
            when broken is not null then broken
            when not has_date then published_day
            when not has_kind then kind
            else published_place
        end as example,
        is_infant
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
    count(*) as obitos,
    count(case when is_infant then 1 end) as menores_1_ano
from judged
group by municipality_code, period, left_out, refused
