select municipality_code, period, update_rate_to_half_wage as value
from source.mds_cadunico
where update_rate_to_half_wage is not null
