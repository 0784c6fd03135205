select municipality_code, period, dropout_primary as value
from source.inep_rendimento
where dropout_primary is not null and network = 'Pública'
