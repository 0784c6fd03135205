select
    municipality_code,
    period,
    cases / population * 100000 as value,
    cases as numerator,
    population as denominator,
    case when provisional then 'provisional' end as flag
from source.datasus_dengue
where cases is not null and population > 0
