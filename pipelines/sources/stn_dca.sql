select line, municipality_code, period_end(period) as period,
    number("Receita_Corrente") as current_revenue, number("Receita_Capital") as capital_revenue,
    number("Receita_Intra_Orcamentaria") as internal_revenue, number("Receita_Total") as total_revenue,
    number("Despesa_Corrente") as current_expenditure, number("Despesa_Capital") as capital_expenditure,
    number("Despesa_Intra_Orcamentaria") as internal_expenditure, number("Despesa_Total") as total_expenditure,
    -- Some accounts were plainly sent in part: Fátima do Sul declares R$ 15.7 million of current revenue in 2022, after
    -- 74.5 and before 97.2. No municipality runs on a deficit of half its revenue, nor halves its revenue in a year.
    case when number("Despesa_Corrente") > 1.5 * number("Receita_Corrente")
        or number("Receita_Corrente") < 0.5 * median(number("Receita_Corrente")) over (partition by municipality_code)
    then {
        'column': 'Receita_Corrente',
        'value': "Receita_Corrente",
        'reason': 'A declaração parece enviada pela metade: a despesa corrente passa de 1,5 vez a receita corrente, ou a receita não chega à metade da que é usual no município. O ano ficou fora dos indicadores. Confira as contas no Siconfi.'
    } end as refused
from raw.stn_dca
