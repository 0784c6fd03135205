select
    line,
    municipality_code,
    period_end(period) as period,
    number(internacoes_total) as admissions,
    number(internacoes_icsap) as sensitive_admissions,
    number(pct_icsap) as sensitive_share,
    number(populacao) as population,
    number(icsap_100k) as sensitive_rate
from raw.datasus_icsap
