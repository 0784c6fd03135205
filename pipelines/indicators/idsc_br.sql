select municipality_code, period, score as value
from source.ics_idsc
where score is not null
