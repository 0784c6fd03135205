-- Counted where the records were; elsewhere the source gives the share and all births, and no numerator is made up.
select
    municipality_code,
    period,
    coalesce(prenatal_seven_births / births * 100, prenatal_seven) as value,
    prenatal_seven_births as numerator,
    births as denominator
from source.datasus_sinasc
where prenatal_seven is not null
