select municipality_code, period, dropout_lower_primary as value
from source.inep_rendimento
where dropout_lower_primary is not null and network = 'Pública'
