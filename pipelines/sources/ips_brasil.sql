select line, municipality_code, period_end(period) as period, number(ips_geral) as score
from raw.ips_brasil
