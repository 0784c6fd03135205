select line, municipality_code, period_end(period) as period,
    number(idhm) as idhm, number(idhm_e) as idhm_education, number(idhm_l) as idhm_longevity,
    number(idhm_r) as idhm_income, number(gini) as gini, number(espvida) as life_expectancy,
    number(mort1) as mortality_under_1, number(mort5) as mortality_under_5,
    number(rdpc) as income_per_capita, number(pmpob) as poor_share, number(pind) as extremely_poor_share,
    number(t_agua) as piped_water_share, number(t_banagua) as bathroom_and_water_share,
    number(t_lixo) as waste_collection_share, number(t_luz) as electricity_share,
    number(t_freq0a3) as school_age_0_3_share, number(t_freq4a5) as school_age_4_5_share
from raw.pnud_idhm
