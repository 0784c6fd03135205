select
    municipality_code,
    period,
    victims as value,
    case when provisional then 'provisional' end as flag
from source.mjsp_sinesp
where kind = 'feminicidio' and victims is not null and not incomplete
