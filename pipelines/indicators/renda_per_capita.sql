select municipality_code, period, income_per_capita as value
from source.pnud_idhm
where income_per_capita is not null
