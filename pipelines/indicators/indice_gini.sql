select municipality_code, period, gini as value
from source.pnud_idhm
where gini is not null
