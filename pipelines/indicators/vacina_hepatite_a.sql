select v.municipality_code, v.period, v.coverage as value, c.doses as numerator,
    c.target_population as denominator,
    -- Above 100 the build says what matters more.
    case when c.doses is not null and v.coverage <= 100 then 'estimated' end as flag
from source.ms_vacinas v
-- Counts deduced from another edition of the fractions do not fit, and stay out.
left join source.ms_vacinas_contagens c
    on c.municipality_code = v.municipality_code and c.period = v.period and c.vaccine = v.vaccine
        and abs(v.coverage - c.doses / c.target_population * 100) <= 1e-9 * greatest(1, v.coverage)
where v.coverage is not null and v.vaccine = 'Hepatite A Infantil'
