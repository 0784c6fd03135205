select
    municipality_code,
    period,
    infant_deaths / births * 1000 as value,
    infant_deaths as numerator,
    births as denominator,
    case when provisional then 'provisional' end as flag
from source.datasus_mortalidade
where infant_deaths is not null and births > 0
