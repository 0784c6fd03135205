select municipality_code, period, recyclables_recovered as value
from source.snis
where recyclables_recovered is not null
