select line, municipality_code, period_end(period) as period,
    number_br(aplicado_pct) as health_share, number(valor_aplicado) as health_spending, number(base_calculo) as tax_revenue
from raw.ms_siops_piso
