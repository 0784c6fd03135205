select
    line,
    municipality_code,
    period_end(period) as period,
    network,
    number(EDU_BAS_CAT_1) as low,
    number(EDU_BAS_CAT_2) as medium_low,
    number(EDU_BAS_CAT_3) as medium_high,
    number(EDU_BAS_CAT_4) as high
from raw.inep_docentes
