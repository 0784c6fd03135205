select
    line,
    municipality_code,
    period_end(period) as period,
    stage,
    network,
    number(VL_APROVACAO_SI_4) as approval,
    number(VL_INDICADOR_REND) as flow,
    number(VL_NOTA_MATEMATICA) as mathematics,
    number(VL_NOTA_PORTUGUES) as portuguese,
    number(VL_OBSERVADO) as observed
from raw.inep_ideb_componentes
