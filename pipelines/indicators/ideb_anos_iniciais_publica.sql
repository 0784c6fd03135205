select municipality_code, period, observed as value
from source.inep_ideb
where observed is not null and stage = 'AI' and network = 'Pública'
