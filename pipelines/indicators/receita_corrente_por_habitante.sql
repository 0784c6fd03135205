select d.municipality_code, d.period, d.current_revenue / p.population as value,
    d.current_revenue as numerator, p.population as denominator
from source.stn_dca d
join source.ibge_populacao p using (municipality_code, period)
where d.refused is null
