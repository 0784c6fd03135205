select
    line,
    municipality_code,
    period_end(period) as period,
    number(nascidos) as births,
    number(pct_baixo_peso) as low_weight,
    number(pct_prematuro) as preterm,
    number(pct_prenatal_7mais) as prenatal_seven
from raw.datasus_sinasc
