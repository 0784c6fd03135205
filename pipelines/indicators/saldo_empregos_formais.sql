select municipality_code, period, balance as value
from source.mte_caged
where balance is not null
