select municipality_code, period, proficiency as value
from source.inep_alfabetizacao
where proficiency is not null and network = 'Municipal'
