select
    line,
    municipality_code,
    period_end(period) as period,
    kind,
    number(total) as victims,
    status = 'zero_registrado' as unproven_zero,
    -- The copy was made during 2026, so that year is a part of a year. In 2025 every kind of crime falls at
    -- once (attempted homicides by a third), the mark of a year still being filled in.
    period = '2026' as incomplete,
    period = '2025' as provisional
from raw.mjsp_sinesp
