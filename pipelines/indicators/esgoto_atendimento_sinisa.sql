-- The publisher's workbook has no populations: the residents are IBGE's of the same year, to tell how many are lacking.
select s.municipality_code, s.period, s.sewage_total as value, null::double as numerator, p.population as denominator
from source.sinisa_esgoto s
left join source.ibge_populacao p using (municipality_code, period)
where s.sewage_total is not null
