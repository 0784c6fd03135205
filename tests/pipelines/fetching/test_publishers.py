"""Each connector against a server that speaks its publisher's contract, answers written out for three municipalities."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from pipelines import declarations
from pipelines.fetching import running
from pipelines.fetching.publishers import CONNECTORS
from tests.pipelines.fetching import answers
from tests.pipelines.fetching.answers import CLARA, FIGUEIRAO, GRANDE
from tests.pipelines.fetching.conftest import World
from tests.pipelines.fetching.publisher import Query, Reply


def brought(world: World, source: str) -> running.Outcome:
    outcome = world.fetch_one(source)
    assert outcome.state == running.NEW, outcome.told
    return outcome


def population(world: World) -> dict[str, dict[str, str]]:
    """The estimates as they are on file, into the answers of the world; what is given back can be changed."""
    rows = world.rows("ibge_populacao")
    estimates = answers.on_file(rows, "populacao", kind="estimativa")
    census = answers.on_file(rows, "populacao", kind="censo", period="2022")
    given = world.publishers.answers
    given[answers.SIDRA.format(6579, 9324)] = lambda _: answers.sidra(("9324", "Pessoas", estimates))
    given[answers.SIDRA.format(4714, 93)] = lambda _: answers.sidra(("93", "Pessoas", census))
    return estimates


def test_ibge_population(world: World) -> None:
    estimates = population(world)
    estimates[FIGUEIRAO]["2025"] = "3602"
    for code, value in ((CLARA, "18001"), (GRANDE, "970000"), (FIGUEIRAO, "3611")):
        estimates[code]["2026"] = value
    estimates[GRANDE]["1999"] = "..."
    outcome = brought(world, "ibge_populacao")
    # One figure; and nine origins, of 2022, 2024 and 2025, that were another edition's words.
    assert (outcome.changed, outcome.edition) == (1 + 9, "estimativas até 2026")
    row = world.row("ibge_populacao", FIGUEIRAO, "2025")
    assert (row["populacao"], row["kind"]) == ("3602", "estimativa")
    assert world.row("ibge_populacao", CLARA, "2026")["populacao"] == "18001"
    assert world.row("ibge_populacao", CLARA, "2022")["fonte"] == "Censo 2022 (SIDRA 4714)"
    # What this service does not give stays: censuses of 2000 and 2010, the count of 2007, the repetition of 2023.
    assert world.row("ibge_populacao", CLARA, "2010")["populacao"] == "14424"
    assert world.row("ibge_populacao", CLARA, "2023")["kind"] == "repetido_censo_2022"
    assert not [row for row in world.rows("ibge_populacao") if row["period"] == "1999"]
    assert world.publishers.asked[0].query == {"localidades": "N6[N3[50]]|N3[50]|N1[all]"}


def test_ibge_gdp_keeps_the_sign_of_what_is_not_available(world: World) -> None:
    rows = world.rows("ibge_pib")
    columns = {"37": "pib_mil_reais", "543": "impostos_mil_reais", "498": "vab_total_mil_reais"}
    values = {number: answers.on_file(rows, column) for number, column in columns.items()}
    for code in values["37"]:
        values["37"][code]["2024"] = "1500000.5"
        values["543"][code]["2024"] = "X"
    values["37"][CLARA]["2023"] = "1544633.287"
    given = answers.sidra(*((number, "Mil Reais", series) for number, series in values.items()))
    world.publishers.answers[answers.SIDRA.format(5938, "37|543|498")] = lambda _: given
    outcome = brought(world, "ibge_pib")
    assert (outcome.changed, outcome.edition) == (1, "2002-2024")
    assert world.row("ibge_pib", CLARA, "2023")["pib_mil_reais"] == "1544633.287"
    told = world.row("ibge_pib", CLARA, "2024")
    assert (told["pib_mil_reais"], told["impostos_mil_reais"], told["vab_total_mil_reais"]) == (
        "1500000.5",
        "...",
        "...",
    )


CENSUS = {
    "6803": ("1821", {"72129": "1000", "72144": "800", "72145": "50"}),
    "6805": ("11558", {"46292": "1000", "46290": "400", "72112": "-"}),
    "6892": ("67", {"10972": "1000", "2520": "930", "72120": "900", "72121": "30"}),
}


def census(world: World, left_out: str = "") -> list[Query]:
    """Households of the census: each category a further result; state and country as further series."""
    asked: list[Query] = []
    for table, (classification, values) in CENSUS.items():

        def answer(
            query: Query, classification: str = classification, values: dict[str, str] = values
        ) -> Any:
            asked.append(query)
            [variable] = answers.sidra(("381", "Domicílios", {}))
            places = {**dict.fromkeys(answers.TOWNS, 1), "50": 300, "1": 70_000}
            variable["resultados"] = [
                {
                    "classificacoes": [{"id": classification, "nome": "x", "categoria": {category: "x"}}],
                    "series": [
                        {
                            "localidade": {"id": place, "nivel": {"id": "N6"}, "nome": place},
                            "serie": {"2022": value if value == "-" else str(int(value) * times)},
                        }
                        for place, times in places.items()
                    ],
                }
                for category, value in values.items()
                if category != left_out
            ]
            return [variable]

        world.publishers.answers[answers.SIDRA.format(table, 381)] = answer
    return asked


def test_households_of_the_census_come_from_three_tables_with_the_state_and_the_country(world: World) -> None:
    asked = census(world)
    outcome = brought(world, "ibge_censo_saneamento")
    assert (outcome.edition, outcome.rows) == ("Censo 2022", 3 + 2)
    row = world.row("ibge_censo_saneamento", CLARA, "2022")
    assert (row["agua_domicilios"], row["agua_rede_principal"], row["esgoto_fossa_septica"]) == (
        "1000",
        "800",
        "0",
    )
    assert (row["lixo_coletado"], row["lixo_cacamba"]) == ("930", "30")
    assert world.row("ibge_censo_saneamento", "MS", "2022")["esgoto_rede"] == "120000"
    assert world.row("ibge_censo_saneamento", "BR", "2022")["esgoto_domicilios"] == "70000000"
    assert [query["classificacao"] for query in asked] == [
        "1821[72129,72144,72145]",
        "11558[46292,46290,72112]",
        "67[10972,2520,72120,72121]",
    ]
    assert {query["localidades"] for query in asked} == {"N6[N3[50]]|N3[50]|N1[all]"}


def test_households_without_one_of_the_categories_are_not_taken_by_halves(world: World) -> None:
    census(world, left_out="46290")
    outcome = world.fetch_one("ibge_censo_saneamento")
    assert outcome.state == running.FAILED and "'esgoto_rede'" in outcome.told
    assert not (world.config.raw / "ibge_censo_saneamento" / "values.csv").exists()


def divided(
    world: World, source: str, table: str, named: dict[str, str], others: tuple[str, ...] = ()
) -> list[Query]:
    """A table of the census that is divided as `named`, with what is on file of 2022; `others`: totals beside it."""
    asked: list[Query] = []
    rows = [row for row in world.rows(source) if row["period"] == "2022"]
    number, classification = table.split("/")

    def answer(query: Query) -> Any:
        asked.append(query)
        [variable] = answers.sidra(("v", "x", {}))
        variable["resultados"] = [
            {
                "classificacoes": [
                    *({"id": other, "categoria": {"1": "Total"}} for other in others),
                    {"id": classification, "categoria": {category: "x"}},
                ],
                "series": [
                    {"localidade": {"id": row["municipality_code"]}, "serie": {"2022": row[column] or "-"}} for row in rows
                ]
                + [{"localidade": {"id": "50"}, "serie": {"2022": "2000000"}}],
            }
            for category, column in named.items()
        ]  # fmt: skip
        return [variable]

    world.publishers.answers[answers.SIDRA.format(number, {"6805": "381", "9542": "950"}[number])] = answer
    return asked


SEWAGE = {
    "46292": "Total", "72111": "Fossa séptica ou fossa filtro ligada à rede",
    "72112": "Fossa séptica ou fossa filtro não ligada à rede", "72113": "Fossa rudimentar ou buraco", "92858": "Vala",
    "72114": "Rio lago córrego ou mar", "72115": "Outra forma", "92861": "Não tinham banheiro nem sanitário",
}  # fmt: skip


def test_sewage_of_the_census_by_its_kinds(world: World) -> None:
    asked = divided(world, "ibge_esgotamento", "6805/11558", SEWAGE)
    outcome = brought(world, "ibge_esgotamento")
    # What is on file comes again as it is; new is what IBGE states of the state.
    assert (outcome.changed, outcome.edition, outcome.rows) == (0, "Censo 2022", 3 + 1)
    assert world.row("ibge_esgotamento", "MS", "2022")["Vala"] == "2000000"
    assert asked[0]["classificacao"] == f"11558[{','.join(SEWAGE)}]"


LITERATE = {"93024": "total_15_mais", "1023": "alfabetizadas", "1024": "nao_alfabetizadas"}


def test_literacy_of_the_census_keeps_the_census_before_and_the_share_that_ibge_does_not_give(
    world: World,
) -> None:
    before = world.rows("ibge_alfabetizacao")
    asked = divided(world, "ibge_alfabetizacao", "9542/59", LITERATE, ("2", "86", "287"))
    outcome = brought(world, "ibge_alfabetizacao")
    assert (outcome.changed, outcome.edition) == (0, "Censos 2010 e 2022")
    now = world.rows("ibge_alfabetizacao")
    assert [row for row in now if row["municipality_code"] != "MS"] == before
    assert world.row("ibge_alfabetizacao", "MS", "2022")["pct_nao_alfabetizadas"] == ""
    assert asked[0]["classificacao"] == "59[93024,1023,1024]|2[6794]|86[95251]|287[100362]"
    # A count that was revised leaves no share of the old one behind.
    old = world.row("ibge_alfabetizacao", CLARA, "2022")
    given = world.publishers.answers[answers.SIDRA.format("9542", "950")]
    text = json.dumps(given({"x": "1"})).replace(f'"{old["nao_alfabetizadas"]}"', '"700"')  # type: ignore[operator]
    world.publishers.answers[answers.SIDRA.format("9542", "950")] = Reply(text.encode())
    brought(world, "ibge_alfabetizacao")
    revised = world.row("ibge_alfabetizacao", CLARA, "2022")
    assert old["pct_nao_alfabetizadas"] and (
        revised["nao_alfabetizadas"],
        revised["pct_nao_alfabetizadas"],
    ) == ("700", "")


def test_the_first_collection_of_an_awaited_source_is_declared(world: World) -> None:
    declaration = world.declared / "ibge_censo_saneamento.toml"
    before = declarations.read_source(declaration)
    assert (before.origin, before.retrieved, before.rows) == (declarations.AWAITED, None, 0)
    census(world)
    outcome = brought(world, "ibge_censo_saneamento")
    after = declarations.read_source(declaration)
    assert (after.origin, str(after.retrieved), after.rows) == ("fetched", "2026-11-28", 5)
    assert (after.sha256, after.periods, after.edition) == (outcome.sha256, "2022", "Censo 2022")
    assert (after.note, after.columns) == (before.note, before.columns)
    assert world.fetch_one("ibge_censo_saneamento").state == running.SAME


def test_what_the_publisher_states_of_another_state_stays_when_one_is_asked_for(world: World) -> None:
    census(world)
    brought(world, "ibge_censo_saneamento")
    path = world.config.raw / "ibge_censo_saneamento" / "values.csv"
    [line] = [line for line in path.read_text("utf-8").splitlines() if line.startswith("MS,")]
    path.write_text(path.read_text("utf-8") + line.replace("MS,", "GO,") + "\n", "utf-8")
    CENSUS["6805"][1]["46290"] = "410"
    try:
        census(world)
        brought(world, "ibge_censo_saneamento")
    finally:
        CENSUS["6805"][1]["46290"] = "400"
    rows = {row["municipality_code"]: row["esgoto_rede"] for row in world.rows("ibge_censo_saneamento")}
    assert (rows["GO"], rows["MS"], rows["BR"], rows[CLARA]) == ("120000", "123000", "28700000", "410")


def test_ibge_localities_renew_names_and_regions_and_keep_the_rest(world: World) -> None:
    places = [
        answers.place(CLARA, "Água Clara", (500002, "Três Lagoas"), (50007, "Três Lagoas")),
        answers.place(GRANDE, "Campo Grande", (500001, "Campo Grande"), (50004, "Campo Grande")),
        answers.place(FIGUEIRAO, "Figueirão", (500009, "Região Nova"), None),
    ]
    world.publishers.answers[answers.PLACES] = lambda _: places
    brought(world, "ibge_municipios")
    row = world.row("ibge_municipios", FIGUEIRAO, "2022")
    assert (row["immediate_region_code"], row["immediate_region"]) == ("500009", "Região Nova")
    assert (row["microregion"], row["area_km2"], row["existe_desde"]) == ("Alto Taquari", "4879.932", "2005")


def test_ibge_localities_ask_for_what_the_service_lacks_of_a_new_municipality(world: World) -> None:
    places = [answers.place("5009999", "Vila Nova", (500001, "Campo Grande"), None)]
    world.publishers.answers[answers.PLACES] = lambda _: places
    outcome = world.fetch_one("ibge_municipios")
    assert outcome.state == running.FAILED
    assert "Vila Nova (5009999)" in outcome.told and "latitude" in outcome.told


def debt(code: str, rhythm: str, values: tuple[float, float, float]) -> list[dict[str, Any]]:
    number, period = ("3", "Quadrimestre") if rhythm == "Q" else ("2", "Semestre")
    accounts = ("PercentualDaDCSobreARCL", "PercentualDaDCLSobreARCL", "RGF2ReceitaCorrenteLiquida")
    columns = (
        ("SALDO DO EXERCÍCIO ANTERIOR", -1.0),
        (f"Até o 1º {period}", -2.0),
        (f"Até o {number}º {period}", 0.0),
    )
    return [
        answers.rgf(code, 2025, rhythm, "RGF-Anexo 02", account, column, value if sign == 0 else sign)
        for account, value in zip(accounts, values, strict=True)
        for column, sign in columns
    ]


def test_siconfi_debt_reads_quarters_and_half_years_page_by_page(world: World) -> None:
    items = debt(GRANDE, "Q", (15.8, 2.25, 5000000000.5)) + debt(CLARA, "S", (1.5, -6.25, 65000000.0))
    answers.siconfi(world.publishers, "rgf", items)
    outcome = brought(world, "stn_rgf")
    assert outcome.edition == "exercícios até 2025"
    row = world.row("stn_rgf", GRANDE, "2025")
    assert (row["periodo"], row["dc_pct_rcl"], row["dcl_pct_rcl"], row["rcl"]) == (
        "3o. quadrimestre", "15,8", "2,25", "5000000000,5",
    )  # fmt: skip
    assert world.row("stn_rgf", CLARA, "2025")["periodo"] == "2o. semestre"
    assert world.row("stn_rgf", CLARA, "2025")["dcl_pct_rcl"] == "-6,25"
    assert world.row("stn_rgf", FIGUEIRAO, "2018")["dcl_pct_rcl"] == "-8,55"
    # Figueirão sent nothing: it has no row, and no zero.
    assert not [
        r for r in world.rows("stn_rgf") if (r["municipality_code"], r["period"]) == (FIGUEIRAO, "2025")
    ]
    offsets = [int(a.query["offset"]) for a in world.publishers.asked if a.query["id_ente"] == GRANDE]
    assert {0, 2, 4, 6, 8} <= set(offsets)


def test_siconfi_personnel_with_its_limits(world: World) -> None:
    items = []
    for code in (CLARA, GRANDE, FIGUEIRAO):
        for account, column, value in (
            ("DespesaComPessoalTotal", "TOTAL (ÚLTIMOS 12 MESES) (a)", 1.0),
            ("DespesaComPessoalTotal", "Valor", 987654.3),
            ("DespesaComPessoalTotal", "% sobre a RCL Ajustada", 51.27),
            ("ReceitaCorrenteLiquidaAjustada", "Valor", 1926378.5),
            ("LimiteMaximoDespesaComPessoalTotal", "% sobre a RCL Ajustada", 54),
            ("LimitePrudencialDespesaComPessoalTotal", "% sobre a RCL Ajustada", 51.3),
            ("LimiteDeAlertaDespesaComPessoalTotal", "% sobre a RCL Ajustada", 48.6),
        ):
            items.append(answers.rgf(code, 2024, "S", "RGF-Anexo 01", account, column, value))
    answers.siconfi(world.publishers, "rgf", items, limit=5000)
    brought(world, "stn_rgf_pessoal")
    row = world.row("stn_rgf_pessoal", CLARA, "2024")
    assert row["pessoal_pct_rcl"] == "51.27" and row["despesa_total_pessoal"] == "987654.3"
    assert (row["limite_maximo_pct"], row["limite_prudencial_pct"], row["limite_alerta_pct"]) == (
        "54",
        "51.3",
        "48.6",
    )


def test_siconfi_education_floor(world: World) -> None:
    account = "MinimoAnualDasReceitasDeImpostosNaManutencaoEDesenvolvimentoDoEnsinoDemonstrativoSimplificado"
    items = [
        {
            "exercicio": 2025, "periodo": 6, "cod_ibge": int(code), "anexo": "RREO-Anexo 14", "demonstrativo": kind,
            "cod_conta": account, "coluna": column, "valor": value,
        }
        for code, kind in ((CLARA, "RREO Simplificado"), (GRANDE, "RREO"))
        for column, value in (
            ("Valor Apurado Até o Bimestre", 1234.5),
            ("% Mínimo a Aplicar no Exercício", 25),
            ("% Aplicado Até o Bimestre", 27.4),
        )
    ]  # fmt: skip
    answers.siconfi(world.publishers, "rreo", items)
    brought(world, "stn_rreo_educacao")
    row = world.row("stn_rreo_educacao", CLARA, "2025")
    assert (row["aplicado_pct"], row["minimo_pct"], row["valor_aplicado"]) == ("27.4", "25", "1234.5")


def test_siconfi_annual_accounts_and_a_year_that_most_have_not_sent(world: World) -> None:
    items = []
    population_of = {CLARA: 16025, GRANDE: 916001, FIGUEIRAO: 3066}
    # In millions of reais, at about the size of each on file.
    for code, year, size in (
        (CLARA, 2024, 1.5),
        (GRANDE, 2024, 45),
        (FIGUEIRAO, 2024, 0.5),
        (GRANDE, 2025, 45),
    ):
        for annex, account, column, value in (
            ("DCA-Anexo I-C", "TotalReceitas", "Receitas Brutas Realizadas", 130.5),
            ("DCA-Anexo I-C", "ReceitasExcetoIntraOrcamentarias", "Receitas Brutas Realizadas", 120.25),
            ("DCA-Anexo I-C", "RO1.0.0.0.00.0.0", "Deduções - FUNDEB", 9.0),
            ("DCA-Anexo I-C", "RO1.0.0.0.00.0.0", "Receitas Brutas Realizadas", 110.25),
            ("DCA-Anexo I-C", "RO2.0.0.0.00.0.0", "Receitas Brutas Realizadas", 10.0),
            ("DCA-Anexo I-D", "DO3.0.00.00.00.00", "Despesas Empenhadas", 90.0),
            ("DCA-Anexo I-D", "DO4.0.00.00.00.00", "Despesas Empenhadas", 15.0),
            ("DCA-Anexo I-D", "TotalDespesas", "Despesas Empenhadas", 112.0),
        ):
            items.append(
                {
                    "exercicio": year, "cod_ibge": int(code), "anexo": annex, "cod_conta": account, "coluna": column,
                    "valor": value * size * 1e6, "populacao": population_of[code],
                }
            )  # fmt: skip
    answers.siconfi(world.publishers, "dca", items)
    outcome = brought(world, "stn_dca")
    assert outcome.edition == "exercícios até 2024"
    row = world.row("stn_dca", CLARA, "2024")
    assert (row["Receita_Corrente"], row["Receita_Intra_Orcamentaria"], row["Receita_Total"]) == (
        "165375000.0", "15375000.0", "195750000.0",
    )  # fmt: skip
    assert (row["Despesa_Total"], row["Despesa_Intra_Orcamentaria"], row["populacao"]) == (
        "157500000.0",
        "10500000.0",
        "16025.0",
    )


def test_capag_takes_the_newest_position_and_reads_fractions_and_percentages(world: World) -> None:
    answers.capag(world.publishers)
    outcome = brought(world, "stn_capag")
    assert outcome.edition == "ano-base 2025, posição de 01/09/2026"
    fraction, percent = world.row("stn_capag", CLARA, "2025"), world.row("stn_capag", GRANDE, "2025")
    assert (fraction["CAPAG"], fraction["Indicador 1"], fraction["Indicador 1 (%)"]) == ("A+", "0.0175", "")
    assert (percent["Indicador 3"], percent["Indicador 3 (%)"], percent["ICF"]) == ("", "-3,00%", "Cicf")
    assert world.row("stn_capag", FIGUEIRAO, "2025")["CAPAG"] == "n.d."
    assert world.row("stn_capag", FIGUEIRAO, "2024")["Indicador 2 (%)"] == "80,64%"


def test_capag_in_another_scale_is_refused(world: World) -> None:
    rows: dict[str, list[object]] = {
        code: ["A", 1.7, "A", 70.1, "A", 41.0, "A", "A"] for code in answers.TOWNS
    }
    answers.capag(world.publishers, answers.capag_book(rows))
    before = world.bytes_of("stn_capag")
    outcome = world.fetch_one("stn_capag")
    assert outcome.state == running.FAILED and "outra escala" in outcome.told
    assert world.bytes_of("stn_capag") == before


def test_cauc_replaces_the_day_on_file(world: World) -> None:
    items = list(declarations.sources()["stn_cauc"].columns)
    head = [
        "UF",
        "Nome do Ente Federado",
        "Código IBGE",
        "Código SIAFI",
        "Região",
        "População",
        "Item",
        *(c.name for c in items),
    ]
    lines = [
        "Situação dos Municípios no CAUC",
        "Data da Pesquisa: 24/11/2026",
        "",
        ";".join(f'"{name}"' for name in head),
    ]
    for code, name in answers.TOWNS.items():
        values = ["!" if item.name == "4.2" else "30/01/27" for item in items]
        lines.append(";".join(["MS", name, code, "9", "CO", "1", "x", *values]))
    url = "https://www.tesourotransparente.gov.br/ckan/dataset/cauc/cauc-municipios-todas.csv"
    found = answers.catalogue(
        ("CAUC estados", "CSV", "https://x/estados.csv"), ("Situação dos municípios", "CSV", url)
    )
    world.publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = lambda _: found
    world.publishers.answers[url.removeprefix("https://")] = Reply(
        "\r\n".join(lines).encode("latin-1"), "text/csv"
    )
    outcome = brought(world, "stn_cauc")
    assert (outcome.edition, outcome.changed, outcome.rows) == ("consulta de 24/11/2026", 0, 3)
    assert world.row("stn_cauc", CLARA, "2026-11-24")["4.2"] == "!"


def ideb(world: World, year: int = 2025) -> None:
    columns = (*(f"VL_OBSERVADO_{y}" for y in range(2005, year + 1, 2)), "VL_PROJECAO_2021")
    cells: tuple[object, ...] = (*(5.0 for _ in range(2005, year - 1, 2)), 6.1, 5.5)
    for code, name in (("anos_iniciais", "AI"), ("anos_finais", "AF"), ("ensino_medio", "EM")):
        values = dict.fromkeys(answers.TOWNS, cells)
        values[FIGUEIRAO] = (*cells[:-2], "ND*", "-")
        path = f"{answers.INEP}/ideb/resultados/divulgacao_{code}_municipios_{year}.zip"
        world.publishers.answers[path] = Reply(answers.ideb_book(name, values, columns), "application/zip")


def test_ideb_reads_three_stages_below_their_notes(world: World) -> None:
    ideb(world)
    outcome = world.fetch_one("inep_ideb")
    # All values of the answer are made up, which is just what the check is there for.
    assert outcome.state == running.FAILED and "--accept-revision" in outcome.told
    outcome = world.fetch_one("inep_ideb", accepted=True)
    assert (outcome.state, outcome.edition) == (running.NEW, "Ideb 2025"), outcome.told
    row = world.row("inep_ideb", CLARA, "2025", stage="AF", network="Municipal")
    assert (row["VL_OBSERVADO"], row["VL_PROJECAO"]) == ("6.1", "")
    assert world.row("inep_ideb", CLARA, "2021", stage="AI", network="Pública")["VL_PROJECAO"] == "5.5"
    assert world.row("inep_ideb", FIGUEIRAO, "2025", stage="EM", network="Pública")["VL_OBSERVADO"] == "ND*"
    assert len(world.rows("inep_ideb")) == 3 * 3 * 3 * 11


def test_ideb_falls_back_to_the_last_edition_that_is_there(world: World) -> None:
    ideb(world, 2023)
    assert world.fetch_one("inep_ideb", accepted=True).edition == "Ideb 2023"


def test_ideb_with_one_stage_missing_is_not_taken_by_halves(world: World) -> None:
    ideb(world)
    del world.publishers.answers[
        f"{answers.INEP}/ideb/resultados/divulgacao_ensino_medio_municipios_2025.zip"
    ]
    before = world.bytes_of("inep_ideb")
    outcome = world.fetch_one("inep_ideb", accepted=True)
    assert outcome.state == running.FAILED and "ensino_medio" in outcome.told
    assert world.bytes_of("inep_ideb") == before


def literacy(world: World) -> None:
    years = range(2024, 2031)
    head: list[object] = ["ANO", "CO_UF", "SG_UF", "CO_MUNICIPIO", "NO_MUNICIPIO", "NO_TP_REDE"]
    head += [f"PC_ALUNO_ALFABETIZADO_{year}" for year in (2023, 2024, 2025)]
    head += [*(f"META_FINAL_{year}" for year in years), "CO_NIVEL_ALFABETIZACAO", "PC_AVALIADOS_LP"]
    rows: list[list[object]] = [["Resultados e metas"], head]
    for code, name in answers.TOWNS.items():
        rows.append(
            [
                2025,
                50,
                "MS",
                int(code),
                name,
                "Municipal",
                70,
                77,
                87,
                *(73 for _ in years[:-1]),
                ">80",
                5,
                91.5,
            ]
        )
    book = answers.workbook({"Divulgação Alfabet Municipio": rows, "Variáveis": [["x"]]})
    path = f"{answers.INEP}/avaliacao_da_alfabetizacao/resultados/resultados_e_metas_municipios_2025_3.xlsx"
    world.publishers.answers[path] = Reply(book, answers.XLSX)


def test_literacy_results_and_targets(world: World) -> None:
    literacy(world)
    before = world.row("inep_alfabetizacao", CLARA, "2024", network="Municipal")
    outcomes = world.fetch("inep_alfabetizacao", "inep_alfabetizacao_metas", accepted=True)
    assert [outcome.state for outcome in outcomes] == [running.NEW, running.NEW], outcomes
    row = world.row("inep_alfabetizacao", CLARA, "2025", network="Municipal")
    assert (row["taxa_alfabetizacao"], row["media_portugues"]) == ("87", "")
    # Last year's two decimals are not exchanged for this file's whole per cents.
    assert world.row("inep_alfabetizacao", CLARA, "2024", network="Municipal") == before
    target = world.row("inep_alfabetizacao_metas", CLARA, "2025")
    assert (target["meta_alfabetizacao_2026"], target["meta_alfabetizacao_2030"]) == ("73", "")
    assert target["percentual_participacao"] == "91.5"


def yearly(world: World, file: str, columns: dict[str, object], year: int = 2024) -> None:
    """One of Inep's yearly tables, whose rural rows are not asked for."""
    head: list[object] = [
        "NU_ANO_CENSO",
        "NO_REGIAO",
        "SG_UF",
        "CO_MUNICIPIO",
        "NO_MUNICIPIO",
        "NO_CATEGORIA",
    ]
    rows: list[list[object]] = [["Indicadores"], *([] for _ in range(7)), [*head, "NO_DEPENDENCIA", *columns]]
    for code, name in answers.TOWNS.items():
        for place in ("Total", "Rural"):
            rows.append([year, "CO", "MS", int(code), name, place, "Municipal", *columns.values()])
    rows.append(["Fonte: Censo da Educação Básica."])
    path = f"{answers.INEP}/informacoes_estatisticas/indicadores_educacionais/{year}/{file}.zip"
    body = answers.zipped(**{f"{file}__xlsx": answers.workbook({"MUNICIPIO": rows})})
    world.publishers.answers[path] = Reply(body, "application/x-zip-compressed")


def test_flow_rates_of_the_years_that_are_published(world: World) -> None:
    values = (96.4, 97.5, 95, "--", 2.9, 2, 4, "--", 0.7, 0.5, 1, "--")
    names = [f"{number}_CAT_{stage}" for number in (1, 2, 3) for stage in ("FUN", "FUN_AI", "FUN_AF", "MED")]
    yearly(world, "tx_rend_municipios_2024", dict(zip(names, values, strict=True)))
    outcome = brought(world, "inep_rendimento")
    assert (outcome.edition, outcome.rows) == ("Censo Escolar 2024 a 2024", 3)
    row = world.row("inep_rendimento", CLARA, "2024", network="Municipal")
    assert (row["aprovacao_ai"], row["reprovacao_af"], row["abandono_ai"], row["aprovacao_em"]) == (
        "97.5", "4", "0.5", "--",
    )  # fmt: skip


def test_flow_rates_of_the_state_and_the_country_come_from_their_own_file(world: World) -> None:
    values = (96.4, 97.5, 95, "--", 2.9, 2, 4, "--", 0.7, 0.5, 1, "--")
    names = [f"{number}_CAT_{stage}" for number in (1, 2, 3) for stage in ("FUN", "FUN_AI", "FUN_AF", "MED")]
    columns = dict(zip(names, values, strict=True))
    yearly(world, "tx_rend_municipios_2024", columns)
    head: list[object] = ["NU_ANO_CENSO", "UNIDGEO", "NO_CATEGORIA", "NO_DEPENDENCIA", *columns]
    rows: list[list[object]] = [["Taxas"], *([] for _ in range(7)), head]
    for place, first in (
        ("Brasil", 95.1),
        ("Centro-Oeste", 94.2),
        ("Mato Grosso do Sul", 93.3),
        ("Goiás", 96.6),
    ):
        rows.append([2024, place, "Total", "Público", first, *values[1:]])
    name = "tx_rend_brasil_regioes_ufs_2024"
    path = f"{answers.INEP}/informacoes_estatisticas/indicadores_educacionais/2024/{name}.zip"
    body = answers.zipped(**{f"{name}__xlsx": answers.workbook({"BRASIL": rows})})
    world.publishers.answers[path] = Reply(body, "application/x-zip-compressed")
    assert brought(world, "inep_rendimento").rows == 3 + 2
    assert world.row("inep_rendimento", "MS", "2024", network="Público")["aprovacao_ef"] == "93.3"
    assert world.row("inep_rendimento", "BR", "2024", network="Público")["aprovacao_ef"] == "95.1"
    # Neither a region nor a state that was not asked for.
    assert {row["municipality_code"] for row in world.rows("inep_rendimento")} == {*answers.TOWNS, "MS", "BR"}


def test_age_grade_gap(world: World) -> None:
    values = {"FUN_CAT_0": 14.2, "FUN_AI_CAT_0": 8.1, "FUN_AF_CAT_0": 21, "MED_CAT_0": "--"}
    yearly(world, "TDI_2024_MUNICIPIOS", values)
    brought(world, "inep_distorcao")
    row = world.row("inep_distorcao", GRANDE, "2024", network="Municipal")
    assert (row["distorcao_ai"], row["distorcao_af"], row["distorcao_em"]) == ("8.1", "21", "--")


def test_regularity_of_teachers_adds_the_years_to_those_on_file(world: World) -> None:
    before = len(world.rows("inep_docentes"))
    yearly(
        world,
        "IRD_2024_MUNICIPIOS",
        {f"EDU_BAS_CAT_{n}": v for n, v in ((1, 0), (2, 66.7), (3, 22.2), (4, 11.1))},
    )
    brought(world, "inep_docentes")
    assert len(world.rows("inep_docentes")) == before + 3
    assert world.row("inep_docentes", CLARA, "2024")["EDU_BAS_CAT_2"] == "66.7"


def test_ipea_homicides(world: World) -> None:
    series = answers.on_file(world.rows("ipea_homicidios"), "valor")
    for code in series:
        series[code]["2020"] = "12.5"
    given = [
        {"regiao_id": int(code), "sigla": "x", "valor": float(value), "periodo": f"{year}-01-15"}
        for code, values in series.items()
        for year, value in values.items()
    ]
    world.publishers.answers[answers.HOMICIDES] = lambda _: given
    outcome = brought(world, "ipea_homicidios")
    assert (outcome.changed, outcome.edition) == (0, "Atlas da Violência, série até 2020")
    assert world.row("ipea_homicidios", GRANDE, "2020")["valor"] == "12.5"


def series_answer(items: list[dict[str, Any]]) -> Callable[[Query], Any]:
    return lambda _: {"value": items}


def test_ipeadata_development_leaves_a_series_that_it_lacks_as_it_is(world: World) -> None:
    rows = world.rows("pnud_idhm")
    columns = [column.name for column in declarations.sources()["pnud_idhm"].columns]
    for column in columns:
        values = (
            []
            if column == "t_luz"
            else [(r["municipality_code"], r["period"], r[column]) for r in rows if r[column]]
        )
        given = [
            {
                "SERCODIGO": f"ADH_{column.upper()}", "VALDATA": f"{year}-01-01T00:00:00-02:00", "NIVNOME": "Municípios",
                "TERCODIGO": code, "VALVALOR": 0.671 if (column, code, year) == ("idhm", CLARA, "2010") else float(value),
            }
            for code, year, value in values
        ] + [{"SERCODIGO": "x", "VALDATA": "2010-", "NIVNOME": "AMC 91-00", "TERCODIGO": "5000203", "VALVALOR": 1}]  # fmt: skip
        world.publishers.answers[answers.IPEADATA.format(column.upper())] = series_answer(given)
    outcome = brought(world, "pnud_idhm")
    assert (outcome.changed, outcome.edition) == (1, "Censos 1991, 2000, 2010")
    row = world.row("pnud_idhm", CLARA, "2010")
    assert (row["idhm"], row["t_luz"]) == ("0.671", "99.75")
    assert world.publishers.asked[0].query == {}


def test_siops_share_with_a_municipality_that_sent_nothing(world: World) -> None:
    def answer(_: Query) -> Any:
        return [
            {"numero_indicador": "3.1", "indicador_calculado": "1,00", "numerador": 1, "denominador": 2},
            {
                "numero_indicador": "3.2",
                "indicador_calculado": "18,35",
                "numerador": 183.5,
                "denominador": 1000,
            },
        ]

    for code in (CLARA, GRANDE):
        world.publishers.answers[f"{answers.SIOPS}/{code[:6]}/2025/2"] = answer
    world.publishers.answers[f"{answers.SIOPS}/{FIGUEIRAO[:6]}/2025/2"] = Reply(b"", "", 204)
    outcome = brought(world, "ms_siops_piso")
    assert (outcome.edition, outcome.rows) == ("exercícios até 2025", 2)
    row = world.row("ms_siops_piso", CLARA, "2025")
    assert (row["aplicado_pct"], row["valor_aplicado"]) == ("18,35", "183.5")


def test_coverage_of_primary_care_takes_the_newest_month_that_is_out(world: World) -> None:
    fields = {
        name: value
        for name, value in world.rows("ms_aps")[0].items()
        if name not in ("municipality_code", "period")
    }

    def answer(query: Query) -> Any:
        if query["nuCompInicio"] != "202609":
            return []
        return [
            {**fields, "coMunicipioIbge": code[:6], "nuComp": "09/2026", "qtEsf": 5, "qtCobertura": 124.91}
            for code in answers.TOWNS
        ]

    world.publishers.answers["relatorioaps-prd.saude.gov.br/cobertura/aps"] = answer
    outcome = brought(world, "ms_aps")
    assert (outcome.edition, outcome.changed) == ("competência 09/2026", 0)
    assert world.row("ms_aps", CLARA[:6], "2026-09")["qtCobertura"] == "124.91"
    assert world.row("ms_aps", CLARA[:6], "2026-04")["qtCobertura"] == "78.56"
    # The newest month is empty yet; then the state and the country are asked, and no municipality is taken for them.
    asked = [(asked.query["unidadeGeografica"], asked.query.get("coUf")) for asked in world.publishers.asked]
    assert asked == [("MUNICIPIO", "50"), ("MUNICIPIO", "50"), ("UF", "50"), ("BRASIL", None)]
    assert {row["municipality_code"] for row in world.rows("ms_aps")} == {code[:6] for code in answers.TOWNS}


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda c: c.source)
def test_every_connector_feeds_a_declared_source_over_its_declared_hosts(connector: Any) -> None:
    assert connector.source in declarations.sources()
    assert connector.hosts and all("/" not in host for host in connector.hosts)


def test_a_new_edition_is_declared_and_the_rest_of_the_declaration_stays(world: World) -> None:
    population(world)[CLARA]["2025"] = "17999"
    before = tomllib.loads((world.declared / "ibge_populacao.toml").read_text("utf-8"))
    outcome = brought(world, "ibge_populacao")
    after = declarations.read_source(world.declared / "ibge_populacao.toml")
    assert (after.origin, after.sha256, after.rows, str(after.retrieved)) == (
        "fetched",
        outcome.sha256,
        outcome.rows,
        "2026-11-28",
    )
    assert (after.edition, after.periods) == ("estimativas até 2025", "2000-2025")
    assert (after.note, after.url) == (before["note"], before["url"])
