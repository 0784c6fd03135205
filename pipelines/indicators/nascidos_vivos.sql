select
    municipality_code,
    period,
    births as value,
    case when provisional then 'provisional' end as flag
from source.datasus_mortalidade
where births is not null
