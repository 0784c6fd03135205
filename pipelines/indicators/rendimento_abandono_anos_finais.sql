select municipality_code, period, dropout_upper_primary as value
from source.inep_rendimento
where dropout_upper_primary is not null and network = 'Pública'
