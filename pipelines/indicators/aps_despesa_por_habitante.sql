select s.municipality_code, s.period, s.primary_care_spending / p.population as value,
    s.primary_care_spending as numerator, p.population as denominator
from source.ms_siops s
join source.ibge_populacao p using (municipality_code, period)
where s.primary_care_spending is not null
