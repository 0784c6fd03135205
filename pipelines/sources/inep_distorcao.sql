select line, municipality_code, period_end(period) as period,
    -- The publisher writes it in either gender, and some years without the accent.
    case when network in ('Público', 'Publica', 'Publico') then 'Pública' else network end as network,
    number(distorcao_ef) as age_gap_primary, number(distorcao_ai) as age_gap_lower_primary, number(distorcao_af) as age_gap_upper_primary, number(distorcao_em) as age_gap_secondary
from raw.inep_distorcao
