select
    municipality_code,
    period,
    sensitive_admissions / population * 100000 as value,
    sensitive_admissions as numerator,
    population as denominator
from source.datasus_icsap
where sensitive_admissions is not null and population > 0
