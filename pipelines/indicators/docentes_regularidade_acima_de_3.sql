select municipality_code, period, medium_high + high as value
from source.inep_docentes
where medium_high is not null and high is not null and network = 'Municipal'
