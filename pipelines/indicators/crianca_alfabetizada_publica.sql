select municipality_code, period, literate as value
from source.inep_alfabetizacao
where literate is not null and network = 'Pública'
