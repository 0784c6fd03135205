select municipality_code, period, current_expenditure / current_revenue * 100 as value,
    current_expenditure as numerator, current_revenue as denominator
from source.stn_dca
where refused is null
