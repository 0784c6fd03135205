-- Counted where the records were; elsewhere the source gives the share and all births, and no numerator is made up.
select
    municipality_code,
    period,
    coalesce(preterm_births / births * 100, preterm) as value,
    preterm_births as numerator,
    births as denominator
from source.datasus_sinasc
where preterm is not null
