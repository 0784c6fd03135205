select municipality_code, period, participation as value
from source.inep_alfabetizacao_metas
where participation is not null and network = 'Municipal'
