select municipality_code, period, dropout_secondary as value
from source.inep_rendimento
where dropout_secondary is not null and network = 'Pública'
