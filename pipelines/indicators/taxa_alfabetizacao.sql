select municipality_code, period, literate / people_15_or_older * 100 as value,
    literate as numerator, people_15_or_older as denominator
from source.ibge_alfabetizacao
where people_15_or_older is not null
