-- The last population known at the month: for February 2025 the estimate of 2024, the one the publisher divides by
-- (its rounded percentages agree with it in all 79 municipalities).
select j.municipality_code, j.period, j.jobs / p.population * 100 as value, j.jobs as numerator, p.population as denominator
from source.mte_estoque j
asof join source.ibge_populacao p on j.municipality_code = p.municipality_code and j.period >= p.period
