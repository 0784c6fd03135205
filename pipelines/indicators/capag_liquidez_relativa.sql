-- From base year 2023 only: the indicator 3 of the years before is another measure (see capag_indice_liquidez).
select municipality_code, period, relative_liquidity as value
from source.stn_capag
where relative_liquidity is not null
