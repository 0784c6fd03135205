select
    line,
    municipality_code,
    period_end(period) as period,
    stage,
    network,
    number(VL_OBSERVADO) as observed,
    number(VL_PROJECAO) as projected
from raw.inep_ideb
