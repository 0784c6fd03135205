-- The period is the year of the edition; both editions repeat the same targets, so read them from 2023 alone.
select
    line,
    municipality_code,
    period_end(period) as period,
    network,
    number(taxa_alfabetizacao) as literate,
    number(meta_alfabetizacao_2024) as target_2024,
    number(meta_alfabetizacao_2025) as target_2025,
    number(meta_alfabetizacao_2026) as target_2026,
    number(meta_alfabetizacao_2027) as target_2027,
    number(meta_alfabetizacao_2028) as target_2028,
    number(meta_alfabetizacao_2029) as target_2029,
    number(meta_alfabetizacao_2030) as target_2030,
    number(nivel_alfabetizacao) as level,
    number(percentual_participacao) as participation
from raw.inep_alfabetizacao_metas
