select
    municipality_code,
    period,
    severe_cases / population * 100000 as value,
    severe_cases as numerator,
    population as denominator,
    case when provisional then 'provisional' end as flag
from source.datasus_dengue
where severe_cases is not null and population > 0
