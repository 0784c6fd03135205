select municipality_code, period, high as value
from source.inep_docentes
where high is not null and network = 'Municipal'
