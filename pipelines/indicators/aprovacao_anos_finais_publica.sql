select municipality_code, period, approval as value
from source.inep_ideb_componentes
where approval is not null and stage = 'AF' and network = 'Pública'
