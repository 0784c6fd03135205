select municipality_code, period, households_with_internet / households * 100 as value,
    households_with_internet as numerator, households as denominator
from source.ibge_internet
