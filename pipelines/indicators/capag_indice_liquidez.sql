select municipality_code, period,
    -- With negative cash the quotient turns negative and would pass for the best of all, while the publisher grades it C.
    case when obligations_over_cash >= 0 then obligations_over_cash end as value,
    case when obligations_over_cash < 0 then 'not_available' end as flag
from source.stn_capag
-- Where the publisher gives no grade, a zero in this column stands for accounts that were not sent.
where obligations_over_cash is not null and liquidity_grade is not null
