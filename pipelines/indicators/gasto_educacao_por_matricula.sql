select municipality_code, period, education_spending / municipal_enrolments as value,
    education_spending as numerator, municipal_enrolments as denominator
from source.stn_finbra
