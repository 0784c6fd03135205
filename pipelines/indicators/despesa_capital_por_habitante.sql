select d.municipality_code, d.period, d.capital_expenditure / p.population as value,
    d.capital_expenditure as numerator, p.population as denominator
from source.stn_dca d
join source.ibge_populacao p using (municipality_code, period)
where d.refused is null
