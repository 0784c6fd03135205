select municipality_code, period, not_literate as value
from source.ibge_alfabetizacao
where not_literate is not null
