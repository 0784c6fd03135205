select municipality_code, period, current_savings as value
from source.stn_capag
where current_savings is not null
