select
    line,
    municipality_code,
    period_end(period) as period,
    number(nascidos) as births,
    number(pct_baixo_peso) as low_weight,
    number(pct_prematuro) as preterm,
    number(pct_prenatal_7mais) as prenatal_seven,
    number(baixo_peso) as low_weight_births,
    number(prematuros) as preterm_births,
    number(prenatal_7mais) as prenatal_seven_births
from raw.datasus_sinasc
