select line, municipality_code, period_end(period) as period, periodo as reporting_period,
    number_br(dc_pct_rcl) as debt_share, number_br(dcl_pct_rcl) as net_debt_share, number_br(rcl) as net_current_revenue
from raw.stn_rgf
