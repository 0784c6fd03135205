select line, municipality_code, period_end(period) as period,
    number(aplicado_pct) as education_share, number(valor_aplicado) as education_spending
from raw.stn_rreo_educacao
