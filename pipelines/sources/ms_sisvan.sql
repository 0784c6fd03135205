-- The published percentages are left out: they are the counts over the total, rounded, and the sign for zero
-- there is the sign for no value elsewhere.
select
    line,
    municipality_code,
    period_end(period) as period,
    phase,
    cat_nomes as category_names,
    number_br(cat1_quantidade) as category_1,
    number_br(cat2_quantidade) as category_2,
    number_br(cat3_quantidade) as category_3,
    number_br(cat4_quantidade) as category_4,
    number_br(cat5_quantidade) as category_5,
    number_br(cat6_quantidade) as category_6,
    number_br(total) as followed
from raw.ms_sisvan
