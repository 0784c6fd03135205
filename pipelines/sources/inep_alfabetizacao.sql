select
    line,
    municipality_code,
    period_end(period) as period,
    network,
    number(taxa_alfabetizacao) as literate,
    number(media_portugues) as proficiency
from raw.inep_alfabetizacao
