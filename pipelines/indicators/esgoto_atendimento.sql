-- The population is the publisher's own denominator (IBGE's residents); the people served are not published here.
select
    municipality_code,
    period,
    sewage_total as value,
    null::double as numerator,
    population as denominator
from source.snis
where sewage_total is not null
