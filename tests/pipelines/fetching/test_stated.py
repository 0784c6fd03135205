"""What publishers themselves state for the state and the country comes with the municipalities' figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipelines import declarations
from pipelines.fetching import running
from pipelines.fetching.contract import Row
from tests.pipelines.fetching import answers
from tests.pipelines.fetching.conftest import World
from tests.pipelines.fetching.publisher import Query, Reply

CLARA = answers.CLARA
RESULTS = f"{answers.INEP}/avaliacao_da_alfabetizacao/resultados"


def places(world: World, source: str) -> dict[str, list[Row]]:
    """The rows of states and country by their letters."""
    found: dict[str, list[Row]] = {}
    for row in world.rows(source):
        if row["municipality_code"].isalpha():
            found.setdefault(row["municipality_code"], []).append(row)
    return found


def ideb_of_places(name: str, sheets: dict[str, list[list[object]]]) -> bytes:
    """The workbook of states or country: labels on line 9, columns' names on line 10 but for the first two."""
    head: list[object] = [None, None, "VL_OBSERVADO_2021", "VL_OBSERVADO_2023", "VL_PROJECAO_2021"]
    above: list[list[object]] = [*([] for _ in range(8)), ["Região/ Unidade da Federação", "Rede"]]
    body = answers.workbook({title: [*above, head, *rows, ["Notas:"]] for title, rows in sheets.items()})
    return answers.zipped(**{f"{name}__xlsx": body})


def ideb(world: World) -> None:
    columns = (*(f"VL_OBSERVADO_{year}" for year in range(2005, 2024, 2)), "VL_PROJECAO_2021")
    values: dict[str, tuple[object, ...]] = dict.fromkeys(answers.TOWNS, (*(5.0 for _ in columns[:-1]), 5.5))
    for stage in ("anos_iniciais", "anos_finais", "ensino_medio"):
        path = f"{answers.INEP}/ideb/resultados/divulgacao_{stage}_municipios_2023.zip"
        world.publishers.answers[path] = Reply(answers.ideb_book(stage, values, columns), "application/zip")
    first: list[list[object]] = [
        ["Centro-Oeste", "Pública (4)", 9, 9, 9],
        ["M. G. do Sul", "Total (3)(4)", 8, 8, 8],
        ["M. G. do Sul", "Pública (4)", 5.4, 5.7, 5.9],
        ["M. G. do Sul", "Privada (1)", 7, 7, 7],
        ["Goiás", "Pública", 6.0, 6.2, 6.1],
    ]
    sheets = {
        "UF e Regiões (AI)": first,
        "UF e Regiões (AF)": [["Mato Grosso do Sul", "Pública", 4.8, "**", "-"]],
        "UF e Regiões (EM)": [["M. G. do Sul", "Estadual", 4.0, 4.1, 4.2]],
    }
    nation = {
        "Brasil (Anos Iniciais)": [["Brasil", "Municipal", 5.5, 5.7, 5.7], ["Brasil", "Pública", 5.5, 5.8, 5.8]],
        "Brasil (Anos Finais)": [["Brasil", "Pública", 4.9, 4.7, 5.2]],
        "Brasil (EM)": [["Brasil", "Pública", 3.9, 4.1, 4.9]],
    }  # fmt: skip
    for name, book in (("regioes_ufs", sheets), ("brasil", nation)):
        name = f"divulgacao_{name}_ideb_2023"
        path = f"{answers.INEP}/ideb/resultados/{name}.zip"
        world.publishers.answers[path] = Reply(ideb_of_places(name, book), "application/zip")


def test_ideb_of_the_state_and_the_country(world: World) -> None:
    ideb(world)
    outcome = world.fetch_one("inep_ideb", accepted=True)
    assert (outcome.state, outcome.edition) == (running.NEW, "Ideb 2023"), outcome.told
    found = places(world, "inep_ideb")
    assert sorted(found) == ["BR", "MS"]
    told = [tuple(row.values())[1:] for row in found["MS"] if row["period"] == "2023"]
    assert sorted(told) == [("2023", "AF", "Pública", "", ""), ("2023", "AI", "Pública", "5.7", "")]
    [old] = [row for row in found["MS"] if (row["period"], row["stage"]) == ("2021", "AI")]
    assert (old["VL_OBSERVADO"], old["VL_PROJECAO"]) == ("5.4", "5.9")
    nation = {(r["stage"], r["network"]): r["VL_OBSERVADO"] for r in found["BR"] if r["period"] == "2023"}
    assert nation == {
        ("AI", "Municipal"): "5.7", ("AI", "Pública"): "5.8", ("AF", "Pública"): "4.7", ("EM", "Pública"): "4.1",
    }  # fmt: skip
    # The same answers again are no new edition.
    assert world.fetch_one("inep_ideb").state == running.SAME


def test_ideb_whose_workbook_of_states_lost_a_stage_is_not_taken_by_halves(world: World) -> None:
    ideb(world)
    name = "divulgacao_brasil_ideb_2023"
    book = ideb_of_places(name, {"Brasil (Anos Iniciais)": [["Brasil", "Pública", 5, 5, 5]]})
    world.publishers.answers[f"{answers.INEP}/ideb/resultados/{name}.zip"] = Reply(book, "application/zip")
    before = world.bytes_of("inep_ideb")
    outcome = world.fetch_one("inep_ideb", accepted=True)
    assert outcome.state == running.FAILED and name in outcome.told and "VL_OBSERVADO_2023" in outcome.told
    assert world.bytes_of("inep_ideb") == before


def literacy(world: World, network: str = "PÚBLICA") -> None:
    years = range(2024, 2031)
    rates = [f"PC_ALUNO_ALFABETIZADO_{year}" for year in (2023, 2024, 2025)]
    targets = [f"META_FINAL_{year}" for year in years]
    head: list[object] = ["CO_MUNICIPIO", "NO_TP_REDE", *rates, *targets]
    head += ["CO_NIVEL_ALFABETIZACAO", "PC_AVALIADOS_LP"]
    rows: list[list[object]] = [["Resultados"], head]
    rows += [[int(code), "Municipal", 70, 77, 87, *(73 for _ in years), 5, 91.5] for code in answers.TOWNS]
    path = f"{RESULTS}/resultados_e_metas_municipios_2025_3.xlsx"
    world.publishers.answers[path] = Reply(answers.workbook({"Municipio": rows}), answers.XLSX)
    head = ["ANO", "CD_UF", "SIGLA_UF", "NOME_UF", "REDE", *rates, *targets, "PC_AVALIADOS_LP"]
    goals = [*(60 for _ in years[:-1]), "> 80"]
    rows = [["Resultados e metas"], head]
    rows.append([2025, None, None, "Brasil", network, 55.9, 59.2, 66, *goals, 87.4])
    rows.append([2025, 50, "MS*", "Mato Grosso do Sul", "PÚBLICA", 50, "-", 61, *goals, 90])
    rows.append([2025, 52, "GO", "Goiás", "PÚBLICA", 60, 70, 75, *goals, 90])
    path = f"{RESULTS}/resultados_e_metas_ufs_2025_v1.xlsx"
    world.publishers.answers[path] = Reply(
        answers.workbook({"Divulgação Alfabet UF e Brasil": rows}), answers.XLSX
    )


def test_literacy_of_the_public_network_of_the_state_and_the_country(world: World) -> None:
    literacy(world)
    assert world.fetch_one("inep_alfabetizacao", accepted=True).state == running.NEW
    found = places(world, "inep_alfabetizacao")
    told = {name: [(r["period"], r["taxa_alfabetizacao"]) for r in rows] for name, rows in found.items()}
    assert told == {
        "BR": [("2023", "55.9"), ("2024", "59.2"), ("2025", "66")],
        "MS": [("2023", "50"), ("2025", "61")],
    }
    assert {row["network"] for rows in found.values() for row in rows} == {"Pública"}
    # Years that only the states have again are not written twice.
    assert world.fetch_one("inep_alfabetizacao").state == running.SAME


def test_a_line_of_the_literacy_workbook_that_is_shifted_is_not_read(world: World) -> None:
    literacy(world, network="55.9")
    assert world.fetch_one("inep_alfabetizacao", accepted=True).state == running.NEW
    assert sorted(places(world, "inep_alfabetizacao")) == ["MS"]


def homicides(world: World, towns: dict[str, dict[str, str]]) -> None:
    levels: dict[int, list[tuple[int, str, float]]] = {
        4: [(int(code[:6]), y, float(v)) for code, values in towns.items() for y, v in values.items()],
        3: [(50, "2019", 17.7), (52, "2019", 37.1), (50, "2018", 20.8)],
        1: [(1076, "2019", 21.65), (1077, "2019", 5.0)],
    }
    for level, values in levels.items():
        given = [{"regiao_id": p, "periodo": f"{year}-01-15", "valor": v} for p, year, v in values]
        path = f"www.ipea.gov.br/dados-api/series-values/20/{level}"
        world.publishers.answers[path] = Reply(json.dumps(given).encode())


def test_homicides_of_the_state_and_of_brazil_among_the_countries(world: World) -> None:
    on_file = answers.on_file(world.rows("ipea_homicidios"), "valor")
    # The service begins later than the file: what it has no more stays.
    towns = {code: {y: v for y, v in values.items() if y >= "2015"} for code, values in on_file.items()}
    homicides(world, towns)
    outcome = world.fetch_one("ipea_homicidios")
    assert (outcome.state, outcome.changed) == (running.NEW, 0), outcome.told
    told = {name: [(r["period"], r["valor"]) for r in rows] for name, rows in places(world, "ipea_homicidios").items()}  # fmt: skip
    assert told == {"MS": [("2018", "20.8"), ("2019", "17.7")], "BR": [("2019", "21.65")]}
    now = answers.on_file(world.rows("ipea_homicidios"), "valor")
    assert {code: now[code] for code in on_file} == on_file
    assert world.fetch_one("ipea_homicidios").state == running.SAME


def test_the_atlas_of_development_has_states_in_the_same_answer(world: World) -> None:
    rows = world.rows("pnud_idhm")
    for column in (column.name for column in declarations.sources()["pnud_idhm"].columns):
        given = [
            {"VALDATA": f"{r['period']}-01-01T00:00:00-02:00", "NIVNOME": level, "TERCODIGO": code, "VALVALOR": value}
            for r in rows
            if r[column] and r["municipality_code"] == CLARA
            for level, code, value in (
                ("Municípios", CLARA, float(r[column])), ("Estados", "50", float(r[column])),
                ("Brasil", "0", 0.727 if column == "idhm" else float(r[column])), ("Municípios", "50", 1), ("Mesorregião", "5003", 1),
            )
        ]  # fmt: skip
        world.publishers.answers[answers.IPEADATA.format(column.upper())] = Reply(
            json.dumps({"value": given}).encode()
        )
    outcome = world.fetch_one("pnud_idhm")
    assert (outcome.state, outcome.changed) == (running.NEW, 0), outcome.told
    town, state = world.row("pnud_idhm", CLARA, "2010"), world.row("pnud_idhm", "MS", "2010")
    assert {**state, "municipality_code": CLARA} == town
    assert world.row("pnud_idhm", "BR", "2010")["idhm"] == "0.727"
    assert sorted(places(world, "pnud_idhm")) == ["BR", "MS"]


@pytest.mark.parametrize("apart", [True, False])
def test_coverage_of_the_state_and_the_country_is_asked_apart(world: World, apart: bool) -> None:
    fields: dict[str, Any] = {
        name: value
        for name, value in world.rows("ms_aps")[0].items()
        if name not in ("municipality_code", "period")
    }

    def answer(query: Query) -> Any:
        if query["nuCompInicio"] != "202609":
            return []
        if query["unidadeGeografica"] == "MUNICIPIO":
            return [{**fields, "coMunicipioIbge": code[:6]} for code in answers.TOWNS]
        if not apart:
            return Reply(b"", "", 404)
        share = {"UF": 96.5, "BRASIL": 87.25}[query["unidadeGeografica"]]
        return [{"qtCobertura": share, "qtPopulacao": 2_839_188, "nuComp": "09/2026"}]

    world.publishers.answers["relatorioaps-prd.saude.gov.br/cobertura/aps"] = answer
    outcome = world.fetch_one("ms_aps")
    assert (outcome.state, outcome.refused) == (running.NEW, 0), outcome.told
    assert world.row("ms_aps", CLARA[:6], "2026-09")["qtCobertura"] == fields["qtCobertura"]
    if not apart:
        assert places(world, "ms_aps") == {}
        return
    state, nation = world.row("ms_aps", "MS", "2026-09"), world.row("ms_aps", "BR", "2026-09")
    assert (state["qtCobertura"], nation["qtCobertura"], state["qtEsf"]) == ("96.5", "87.25", "")
    units = [(asked.query["unidadeGeografica"], asked.query.get("coUf")) for asked in world.publishers.asked]
    assert units[-2:] == [("UF", "50"), ("BRASIL", None)]
