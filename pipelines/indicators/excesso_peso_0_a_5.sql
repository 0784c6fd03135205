select
    municipality_code,
    period,
    (category_5 + category_6) / followed * 100 as value,
    (category_5 + category_6) as numerator,
    followed as denominator
from source.ms_sisvan
where (category_5 + category_6) is not null and followed > 0 and phase = '0_ate_5'
    -- What the numbered categories mean changes with the phase, so the source's own list of names is held to it.
    and category_names = 'magreza_acentuada|magreza|eutrofia|risco_sobrepeso|sobrepeso|obesidade'
