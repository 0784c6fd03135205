select line, municipality_code, period_end(period) as period,
    number(total_15_mais) as people_15_or_older,
    number(alfabetizadas) as literate,
    number(nao_alfabetizadas) as not_literate,
    number_br(pct_nao_alfabetizadas) as not_literate_share
from raw.ibge_alfabetizacao
