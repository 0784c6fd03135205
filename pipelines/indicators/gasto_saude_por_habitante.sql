select f.municipality_code, f.period, f.health_spending / p.population as value,
    f.health_spending as numerator, p.population as denominator
from source.stn_finbra f
join source.ibge_populacao p using (municipality_code, period)
