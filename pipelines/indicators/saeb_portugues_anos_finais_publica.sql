select municipality_code, period, portuguese as value
from source.inep_ideb_componentes
where portuguese is not null and stage = 'AF' and network = 'Pública'
