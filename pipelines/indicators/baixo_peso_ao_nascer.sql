-- The source gives the share and all births, not the births in the group: no numerator is made up.
select
    municipality_code,
    period,
    low_weight as value,
    null::double as numerator,
    births as denominator
from source.datasus_sinasc
where low_weight is not null
