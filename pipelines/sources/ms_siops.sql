select line, municipality_code, period_end(period) as period,
    number(despesa_total_saude) as health_spending,
    number(despesa_aps) as primary_care_spending,
    number(pct_aps) as primary_care_share
from raw.ms_siops
