-- Counted where the records were; elsewhere the source gives the share and all births, and no numerator is made up.
select
    municipality_code,
    period,
    coalesce(low_weight_births / births * 100, low_weight) as value,
    low_weight_births as numerator,
    births as denominator
from source.datasus_sinasc
where low_weight is not null
