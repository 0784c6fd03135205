-- The population is the publisher's own denominator (IBGE's residents); the people served are not published here.
select
    municipality_code,
    period,
    water_urban as value,
    null::double as numerator,
    urban_population as denominator
from source.snis
where water_urban is not null
