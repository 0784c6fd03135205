select
    line,
    municipality_code,
    period_end(period) as period,
    number_br(pessoas_cadunico_pct_populacao) as registered_share,
    number_br(pessoas_em_pobreza_pct_populacao) as poverty_share
from raw.mds_pobreza
