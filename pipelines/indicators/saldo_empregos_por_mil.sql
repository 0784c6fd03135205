-- The last population known at the month: for the first months of 2026, the estimate of 2025 as first released.
select b.municipality_code, b.period, b.balance / p.population * 1000 as value,
    b.balance as numerator, p.population as denominator
from source.mte_caged b
asof join source.ibge_populacao p on b.municipality_code = p.municipality_code and b.period >= p.period
where b.balance is not null
