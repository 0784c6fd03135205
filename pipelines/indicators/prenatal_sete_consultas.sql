-- The source gives the share and all births, not the births in the group: no numerator is made up.
select
    municipality_code,
    period,
    prenatal_seven as value,
    null::double as numerator,
    births as denominator
from source.datasus_sinasc
where prenatal_seven is not null
