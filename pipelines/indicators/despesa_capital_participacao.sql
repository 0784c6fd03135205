select municipality_code, period, capital_expenditure / total_expenditure * 100 as value,
    capital_expenditure as numerator, total_expenditure as denominator
from source.stn_dca
where refused is null
