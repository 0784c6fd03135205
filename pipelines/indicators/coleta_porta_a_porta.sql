-- The population is the publisher's own denominator (IBGE's residents); the people served are not published here.
select
    municipality_code,
    period,
    waste_door_to_door as value,
    null::double as numerator,
    urban_population as denominator
from source.snis
where waste_door_to_door is not null
