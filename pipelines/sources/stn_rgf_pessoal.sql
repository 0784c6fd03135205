select line, municipality_code, period_end(period) as period, periodo as reporting_period,
    number(despesa_total_pessoal) as personnel_spending, number(rcl_ajustada) as net_current_revenue,
    number(pessoal_pct_rcl) as personnel_share
from raw.stn_rgf_pessoal
