select municipality_code, period, municipal_enrolments as value
from source.stn_finbra
where municipal_enrolments is not null
