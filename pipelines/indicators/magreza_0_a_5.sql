select
    municipality_code,
    period,
    (category_1 + category_2) / followed * 100 as value,
    (category_1 + category_2) as numerator,
    followed as denominator
from source.ms_sisvan
where (category_1 + category_2) is not null and followed > 0 and phase = '0_ate_5'
    -- What the numbered categories mean changes with the phase, so the source's own list of names is held to it.
    and category_names = 'magreza_acentuada|magreza|eutrofia|risco_sobrepeso|sobrepeso|obesidade'
