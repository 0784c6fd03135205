-- As published (cut, not rounded, to two decimals): the capacity of teams is no count of people, so it is
-- not given as a numerator.
select
    municipality_code,
    period,
    coverage as value,
    null::double as numerator,
    population as denominator
from source.ms_aps
where coverage is not null
