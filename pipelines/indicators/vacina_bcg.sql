select municipality_code, period, coverage as value
from source.ms_vacinas
where coverage is not null and vaccine = 'BCG'
