select municipality_code, period, update_rate as value
from source.mds_cadunico
where update_rate is not null
