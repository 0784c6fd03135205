-- The 28 items under their names in Cauc's own statement (see the note of the source).
with named as (
    select municipality_code, period, [
        {'name': '1.1 Regularidade quanto a Tributos, a Contribuições Previdenciárias Federais e à Dívida Ativa da União', 'mark': item_1_1},
        {'name': '1.2 Regularidade no pagamento de precatórios judiciais', 'mark': item_1_2},
        {'name': '1.3 Regularidade quanto a Contribuições para o FGTS', 'mark': item_1_3},
        {'name': '1.4 Regularidade em relação à Adimplência Financeira em Empréstimos e Financiamentos concedidos pela União', 'mark': item_1_4},
        {'name': '1.5 Regularidade perante o Poder Público Federal', 'mark': item_1_5},
        {'name': '2.1.1 Regularidade quanto à Prestação de Contas de Recursos Federais recebidos anteriormente: SIAFI/Subsistema Transferências', 'mark': item_2_1_1},
        {'name': '2.1.2 Regularidade quanto à Prestação de Contas de Recursos Federais recebidos anteriormente: Transferegov.br', 'mark': item_2_1_2},
        {'name': '3.1.1 Publicação do Relatório de Gestão Fiscal', 'mark': item_3_1_1},
        {'name': '3.1.2 Encaminhamento do Relatório de Gestão Fiscal ao Siconfi', 'mark': item_3_1_2},
        {'name': '3.2.1 Publicação do Relatório Resumido de Execução Orçamentária', 'mark': item_3_2_1},
        {'name': '3.2.2 Encaminhamento do Relatório Resumido de Execução Orçamentária ao Siconfi', 'mark': item_3_2_2},
        {'name': '3.2.3 Encaminhamento do Anexo 8 do Relatório Resumido de Execução Orçamentária ao Siope', 'mark': item_3_2_3},
        {'name': '3.2.4 Encaminhamento do Anexo 12 do Relatório Resumido de Execução Orçamentária ao Siops', 'mark': item_3_2_4},
        {'name': '3.3 Encaminhamento das Contas Anuais', 'mark': item_3_3},
        {'name': '3.4.1 Encaminhamento da Matriz de Saldos Contábeis Mensal', 'mark': item_3_4_1},
        {'name': '3.4.2 Encaminhamento da Matriz de Saldos Contábeis de Encerramento', 'mark': item_3_4_2},
        {'name': '3.5 Encaminhamento de Informações para o Cadastro da Dívida Pública', 'mark': item_3_5},
        {'name': '3.6 Transparência da execução orçamentária e financeira em meio eletrônico de acesso público', 'mark': item_3_6},
        {'name': '3.7 Adoção de Sistema Integrado de Administração Financeira e Controle', 'mark': item_3_7},
        {'name': '4.1 Exercício da Plena Competência Tributária', 'mark': item_4_1},
        {'name': '4.2 Regularidade Previdenciária', 'mark': item_4_2},
        {'name': '5.1 Aplicação Mínima de recursos em Educação', 'mark': item_5_1},
        {'name': '5.2 Aplicação Mínima de recursos em Saúde', 'mark': item_5_2},
        {'name': '5.3 Limite de Despesas com Parcerias Público-Privadas', 'mark': item_5_3},
        {'name': '5.4 Limite de operações de crédito, inclusive por antecipação de receita', 'mark': item_5_4},
        {'name': '5.5 Regularidade na aplicação mínima do Fundeb para pagamento de profissionais da educação básica', 'mark': item_5_5},
        {'name': '5.6 Regularidade na aplicação mínima da complementação da União ao Fundeb em despesas de capital', 'mark': item_5_6},
        {'name': '5.7 Regularidade na aplicação de 50% da complementação VAAT do Fundeb na educação infantil', 'mark': item_5_7}
    ] as marks
    from source.stn_cauc
),
dated as (
    select municipality_code, period, list_transform(marks, lambda item: {
        'name': item.name,
        'mark': item.mark,
        -- The publisher writes the year with two figures.
        'valid_until': try_strptime(item.mark, ['%d/%m/%y', '%d/%m/%Y'])::date
    }) as marks
    from named
),
read as (
    select municipality_code, period, marks, list_filter(
        marks, lambda item: item.valid_until is null and item.mark not in ('!', 'Desabilitado')
    ) as unknown
    from dated
)
select municipality_code, period,
    case when len(unknown) = 0 then len(list_filter(marks, lambda item: item.mark = '!')) end as value,
    -- A mark that is neither '!' nor a date nor switched off has a meaning nobody knows: it is not taken for being in
    -- order, and as an unknown flag it is refused under its own text.
    unknown[1].mark as flag,
    -- A date is the last day on which the item is in force, even one before the picture: from the day after, nobody
    -- knows, and the judge reads it so.
    case when len(unknown) = 0 then list_transform(marks, lambda item: {
        'name': item.name,
        'state': case item.mark when '!' then 'pending' when 'Desabilitado' then 'unchecked' else 'in_force' end,
        'valid_until': item.valid_until
    }) end as items
from read
