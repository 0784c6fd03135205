select municipality_code, period,
    list_position(['Aicf', 'Bicf', 'Cicf', 'Dicf', 'Eicf'], information_grade) as value
from source.stn_capag
where information_grade is not null
