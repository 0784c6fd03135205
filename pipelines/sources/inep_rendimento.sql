select line, municipality_code, period_end(period) as period,
    -- The publisher writes it in either gender, and some years without the accent.
    case when network in ('Público', 'Publica', 'Publico') then 'Pública' else network end as network,
    number(aprovacao_ef) as approval_primary, number(aprovacao_ai) as approval_lower_primary, number(aprovacao_af) as approval_upper_primary, number(aprovacao_em) as approval_secondary,
    number(reprovacao_ef) as failure_primary, number(reprovacao_ai) as failure_lower_primary, number(reprovacao_af) as failure_upper_primary, number(reprovacao_em) as failure_secondary,
    number(abandono_ef) as dropout_primary, number(abandono_ai) as dropout_lower_primary, number(abandono_af) as dropout_upper_primary, number(abandono_em) as dropout_secondary
from raw.inep_rendimento
