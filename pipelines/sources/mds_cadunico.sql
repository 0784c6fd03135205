select
    line,
    municipality_code,
    period_end(period) as period,
    number(cadun_qtd_familias_atualizadas_i) as updated_families,
    number(cadun_qtd_familias_atualizadas_pobreza_pbf_i) as families_in_poverty,
    number(cadun_qtd_familias_atualizadas_baixa_renda_i) as families_low_income,
    number(cadun_qtd_familias_atualizadas_rfpc_ate_meio_sm_i) as families_to_half_wage,
    number(cadun_qtd_familias_atualizadas_rfpc_acima_meio_sm_i) as families_above_half_wage,
    number(cadun_qtd_familias_atualizadas_renda_zero_i) as families_no_income,
    number(cadun_taxa_atualizacao_cadastral_d) as update_rate,
    number(cadun_taxa_atualizacao_cadastral_rfpc_ate_meio_sm_d) as update_rate_to_half_wage
from raw.mds_cadunico
