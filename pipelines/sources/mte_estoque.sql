select line, municipality_code, period_end(period) as period,
    number_br(estoque_empregos_formais) as jobs,
    number_br(estoque_pct_populacao) as jobs_share_of_population
from raw.mte_estoque
