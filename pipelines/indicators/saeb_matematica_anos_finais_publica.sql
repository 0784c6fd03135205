select municipality_code, period, mathematics as value
from source.inep_ideb_componentes
where mathematics is not null and stage = 'AF' and network = 'Pública'
