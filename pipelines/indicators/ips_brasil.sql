select municipality_code, period, score as value
from source.ips_brasil
where score is not null
