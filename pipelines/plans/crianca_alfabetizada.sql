-- Both editions of the file repeat the same targets; the baselines are those of the rows of 2023.
select
    municipality_code,
    'crianca_alfabetizada_municipal' as indicator,
    2023 as baseline_year,
    literate as baseline_value,
    2030 as target_year,
    target_2030 as target_value,
    map {
        2024: target_2024, 2025: target_2025, 2026: target_2026, 2027: target_2027, 2028: target_2028,
        2029: target_2029
    } as milestones
from source.inep_alfabetizacao_metas
semi join municipalities using (municipality_code)
where network = 'Municipal' and year(period) = 2023
