-- Hirings and dismissals by the employer's municipality and month of the movement. A movement that was excluded later
-- takes one away on its own side: an excluded hiring is no dismissal.
with written as (
    select
        "município" as place,
        "competênciamov" as month,
        "saldomovimentação" as movement,
        "competênciaexc" is not null as is_excluded,
        broken
    from records
),
dated as (
    select
        broken, place, month, movement, is_excluded,
        coalesce(regexp_matches(month, '^20[0-9]{2}(0[1-9]|1[0-2])$'), false) as has_date,
        coalesce(movement in ('1', '-1'), false) as has_movement,
        coalesce(regexp_matches(place, '^([0-9]{2}0000|[0-9]{2}9999|0+|9+)$'), true) as has_no_place
    from written
),
judged as (
    select
        codes.municipality_code,
        case when has_date then substr(month, 1, 4) || '-' || substr(month, 5, 2) end as period,
        case when has_date and has_movement and has_no_place then 'município não identificado' end as left_out,
        case
            when broken is not null then 'linha sem as colunas do cabeçalho'
            when not has_date then 'competênciamov não é um mês AAAAMM'
            when not has_movement then 'saldomovimentação não é 1 nem -1'
            when codes.municipality_code is null and not has_no_place
                then 'município não está na lista de municípios do IBGE'
        end as refused,
        case
            when broken is not null then broken
            when not has_date then month
            when not has_movement then movement
            else place
        end as example,
        movement = '1' and not is_excluded as is_hired,
        movement = '1' and is_excluded as is_hired_undone,
        movement = '-1' and not is_excluded as is_left,
        movement = '-1' and is_excluded as is_left_undone
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
    count(case when is_hired then 1 end) - count(case when is_hired_undone then 1 end) as admissoes,
    -- Below zero, as published.
    count(case when is_left_undone then 1 end) - count(case when is_left then 1 end) as demissoes,
    count(case when is_hired then 1 end) - count(case when is_hired_undone then 1 end)
        + count(case when is_left_undone then 1 end) - count(case when is_left then 1 end) as saldo
from judged
group by municipality_code, period, left_out, refused
