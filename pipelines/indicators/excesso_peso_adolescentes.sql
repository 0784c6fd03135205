select
    municipality_code,
    period,
    (category_4 + category_5 + category_6) / followed * 100 as value,
    (category_4 + category_5 + category_6) as numerator,
    followed as denominator
from source.ms_sisvan
where (category_4 + category_5 + category_6) is not null and followed > 0 and phase = 'adolescente'
    -- What the numbered categories mean changes with the phase, so the source's own list of names is held to it.
    and category_names = 'magreza_acentuada|magreza|eutrofia|sobrepeso|obesidade|obesidade_grave'
