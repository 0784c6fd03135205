select s.municipality_code, s.period, s.health_spending / p.population as value,
    s.health_spending as numerator, p.population as denominator
from source.ms_siops s
join source.ibge_populacao p using (municipality_code, period)
where s.health_spending is not null
