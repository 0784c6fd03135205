select line, municipality_code, period_end(period) as period,
    number("Admissões") as admissions,
    -- Published below zero; a count of people from here on.
    -number("Demissões") as dismissals,
    number("Saldo") as balance
from raw.mte_caged
