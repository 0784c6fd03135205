select municipality_code, period, debt as value
from source.stn_capag
where debt is not null
