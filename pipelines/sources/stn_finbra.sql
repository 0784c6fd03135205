select line, municipality_code, period_end(period) as period,
    number(matriculas_rede_municipal_educacao_basica) as municipal_enrolments,
    number_br(gasto_total_educacao) as education_spending,
    number_br(gasto_total_saude) as health_spending
from raw.stn_finbra
