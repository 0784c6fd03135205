select municipality_code, period, jobs as value
from source.mte_estoque
where jobs is not null
