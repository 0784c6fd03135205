select
    municipality_code,
    period,
    sensitive_admissions / admissions * 100 as value,
    sensitive_admissions as numerator,
    admissions as denominator
from source.datasus_icsap
where sensitive_admissions is not null and admissions > 0
