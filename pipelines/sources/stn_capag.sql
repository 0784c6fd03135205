select line, municipality_code, period_end(period) as period,
    CAPAG as grade,
    -- Fractions until base year 2023 and percentages in 2024: all on the scale 0-100 from here on.
    coalesce(number("Indicador 1") * 100, number_br("Indicador 1 (%)")) as debt, "Nota 1" as debt_grade,
    coalesce(number("Indicador 2") * 100, number_br("Indicador 2 (%)")) as current_savings, "Nota 2" as current_savings_grade,
    -- Indicator 3 changed meaning at base year 2023, hence two columns and never one.
    case when year(period_end(period)) < 2023 then number("Indicador 3") * 100 end as obligations_over_cash,
    case when year(period_end(period)) >= 2023 then coalesce(number("Indicador 3") * 100, number_br("Indicador 3 (%)")) end
        as relative_liquidity,
    "Nota 3" as liquidity_grade,
    ICF as information_grade,
    -- See capag_indice_liquidez.
    case when year(period_end(period)) < 2023 and number("Indicador 3") < 0 then {
        'column': 'Indicador 3',
        'value': "Indicador 3",
        'reason': 'O índice de liquidez é negativo porque o caixa é negativo: passaria pelo melhor de todos. Ficou fora do indicador; vale a nota do Tesouro.'
    } end as refused
from raw.stn_capag
