"""Sources that are declared and have no figures yet, and what becomes of them with the first ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dashboard.findings import catalogue
from dashboard.screens.link import absence
from dashboard.tables import Tables
from pipelines import build, declarations
from pipelines.declarations import AWAITED, ROOT, Config, DeclarationError
from pipelines.gathering import PLANS

CLARA, GRANDE, FIGUEIRAO = "5000203", "5002704", "5003900"
WAITING = {name for name, item in declarations.sources().items() if item.origin == AWAITED}
COMING = {name for name, item in declarations.indicators().items() if item.source in WAITING}
LIMITS = {"despesa_pessoal_limite", "educacao_minimo_25", "saude_minimo_15"}


@pytest.fixture(scope="module")
def data(config: Config) -> Tables:
    return Tables(config.processed)


def test_the_awaited_sources_are_those_of_the_new_connectors() -> None:
    assert {
        "stn_rgf_pessoal", "stn_rreo_educacao", "ms_siops_piso", "inep_rendimento", "inep_distorcao",
        "ibge_censo_saneamento",
    } == WAITING  # fmt: skip
    assert len(COMING) == 20
    folders = {path.name for path in (ROOT / "data" / "raw").iterdir()}
    assert not WAITING & folders


def test_the_build_stands_without_them_and_refuses_nothing(built: duckdb.DuckDBPyConnection) -> None:
    asked = [sorted(WAITING)]
    rows = built.execute(
        "select rows, municipalities, origin, retrieved, edition, periods from sources where source in (select unnest(?))",
        asked,
    ).fetchall()
    assert rows == [(0, 0, AWAITED, None, "aguardando coleta", None)] * len(WAITING)
    refused = "select count(*) from rejected where source in (select unnest(?))"
    assert built.execute(refused, asked).fetchall() == [(0,)]
    for table in ("values", "aggregates", "targets", "verdicts", "lineage"):
        found = built.execute(
            f'select distinct indicator from "{table}" where indicator in (select unnest(?))',
            [sorted(COMING)],
        ).fetchall()
        assert found == [] or table == "lineage"


def test_commitments_without_a_figure_are_left_out_and_said(
    data: Tables, built: duckdb.DuckDBPyConnection
) -> None:
    plans = {row[0] for row in built.execute("select plan from plans").fetchall()}
    assert not plans & LIMITS
    told = catalogue.waiting_plans(data)
    assert set(told["Compromisso"]) == {data.commitments[name].title for name in LIMITS}
    law = dict(zip(told["Compromisso"], told["Base legal"], strict=True))
    assert (
        "arts. 19, III; 20, III, b; 22, parágrafo único; 59"
        in law[data.commitments["despesa_pessoal_limite"].title]
    )
    assert law[data.commitments["educacao_minimo_25"].title] == "Constituição Federal, art. 212"
    assert law[data.commitments["saude_minimo_15"].title].startswith("LC 141/2012, art. 7º")


def test_the_catalogue_says_what_awaits_its_first_collection(data: Tables) -> None:
    sources = catalogue.source_rows(data, data.as_of)
    states = dict(zip(data.sources()["source"], sources["Situação"], strict=True))
    assert {name for name, state in states.items() if state == catalogue.WAITING} == WAITING
    unconnected = {name for name, state in states.items() if state == "em uso; aguardando conector"}
    assert unconnected == {name for name, item in declarations.sources().items() if not item.connector}
    assert {"snis", "mte_caged"} < unconnected and states["ibge_pib"] == "em uso"
    rows = catalogue.catalogue_rows(data).set_index("Código")["Anos"]
    assert {name for name, years in rows.items() if years == catalogue.WAITING} == COMING
    assert "Siops aguarda a primeira coleta" in absence("saude_minimo", data)
    canon = catalogue.canon_rows(data, data.coverage()).set_index("code")
    waiting = canon[canon["state"] == "awaiting"]
    assert set(waiting.index) == {"FIN02", "EDU07", "EDU08", "EDU10", "SAU12"}
    assert waiting.at["FIN02", "indicators"] == "Pessoal / RCL (aguardando coleta)"
    assert "5 aguardam a primeira coleta" in catalogue.canon_title(canon)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('origin = "awaited"', 'origin = "awaited"\nretrieved = 2026-11-26'),
        ('origin = "awaited"', 'origin = "fetched"'),
        ("rows = 0", "rows = 7"),
    ],
)
def test_an_awaited_source_has_neither_a_date_nor_rows(tmp_path: Path, old: str, new: str) -> None:
    text = (declarations.HERE / "sources" / "ms_siops_piso.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "ms_siops_piso.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(DeclarationError, match="aguarda coleta"):
        declarations.read_source(tmp_path / "ms_siops_piso.toml")


PERSONNEL = f"""municipality_code,period,periodo,despesa_total_pessoal,rcl_ajustada,pessoal_pct_rcl,limite_maximo_pct,limite_prudencial_pct,limite_alerta_pct
{CLARA},2025,3o. quadrimestre,54010000.0,100000000.0,54.01,54,51.3,48.6
{GRANDE},2025,3o. quadrimestre,2650000000.5,5000000000.0,53,54,51.3,48.6
{FIGUEIRAO},2025,2o. semestre,19600000,40000000,49,54,51.3,48.6
5003207,2025,3o. quadrimestre,48600000,100000000,48.6,54,51.3,48.6
"""
SCHOOLING = f"municipality_code,period,aplicado_pct,minimo_pct,valor_aplicado\n{CLARA},2025,24.99,25,1000.5\n{GRANDE},2025,25,25,2000\n"
HEALTH = f'municipality_code,period,aplicado_pct,valor_aplicado,base_calculo\n{CLARA},2025,"14,99",149.9,1000\n{GRANDE},2025,"15,00",150,1000\n'
STAGES = ("ef", "ai", "af", "em")
FLOW = [f"{outcome}_{stage}" for outcome in ("aprovacao", "reprovacao", "abandono") for stage in STAGES]
RATES = f"""municipality_code,period,network,{",".join(FLOW)}
{CLARA},2025,Pública,96.4,97.5,95,--,2.9,2,4,--,0.7,0.5,1,--
{CLARA},2025,Municipal,90,90,90,--,9,9,9,--,1,1,1,--
MS,2025,Público,93.3,94,92,85,5,4,6,9,1.7,2,2,6
BR,2025,Pública,95.1,96,94,90,4,3,5,7,0.9,1,1,3
GO,2025,Pública,96.6,97,95,91,3,2,4,6,0.4,1,1,3
"""
GAPS = f"municipality_code,period,network,{','.join(f'distorcao_{stage}' for stage in STAGES)}\n{CLARA},2025,Pública,14.2,8.1,21,--\n"
HOUSEHOLDS = f"""municipality_code,period,agua_domicilios,agua_rede_principal,agua_rede_outra,esgoto_domicilios,esgoto_rede,esgoto_fossa_septica,lixo_domicilios,lixo_coletado,lixo_coletado_no_domicilio,lixo_cacamba
{CLARA},2022,6000,4800,50,6000,2400,0,6000,5580,5400,180
MS,2022,980000,840000,9000,980000,450000,200000,980000,900000,880000,20000
BR,2022,72456368,60000000,500000,72456368,45000000,9000000,72456368,66000000,65000000,1000000
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A build with small slices of every awaited source, in the form in which their connectors write them."""
    folder = tmp_path_factory.mktemp("collected")
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    for path in (ROOT / "data" / "raw").iterdir():
        (raw / path.name).symlink_to(path)
    for name, text in (
        ("stn_rgf_pessoal", PERSONNEL), ("stn_rreo_educacao", SCHOOLING), ("ms_siops_piso", HEALTH),
        ("inep_rendimento", RATES), ("inep_distorcao", GAPS), ("ibge_censo_saneamento", HOUSEHOLDS),
    ):  # fmt: skip
        (raw / name).mkdir()
        (raw / name / "values.csv").write_text(text, "utf-8")
    config = replace(declarations.read_config(ROOT / "farol.toml"), data=folder / "data")
    with duckdb.connect() as con:
        build.build_tables(con, config, dt.date(2026, 11, 22))
        yield con


def value(con: duckdb.DuckDBPyConnection, indicator: str, code: str = CLARA) -> float:
    [(found,)] = con.execute(
        'select value from "values" where indicator = ? and municipality_code = ?', [indicator, code]
    ).fetchall()
    return float(found)


def test_the_first_figures_show_by_themselves(collected: duckdb.DuckDBPyConnection) -> None:
    expected = {
        "despesa_pessoal": 54.01, "educacao_minimo": 24.99, "saude_minimo": 14.99, "rendimento_abandono_fundamental": 0.7,
        "rendimento_aprovacao_anos_iniciais": 97.5, "rendimento_reprovacao_anos_finais": 4,
        "distorcao_idade_serie_fundamental": 14.2, "domicilios_agua_rede": 80, "domicilios_esgoto_rede": 40,
        "domicilios_lixo_coletado": 93,
    }  # fmt: skip
    for name, wanted in expected.items():
        assert value(collected, name) == pytest.approx(wanted), name
    # A double dash is a network without the stage: no value, and nobody's zero.
    assert collected.execute(
        "select count(*) from \"values\" where indicator = 'rendimento_abandono_ensino_medio' and value is not null"
    ).fetchall() == [(0,)]
    counts = "select numerator, denominator from \"values\" where indicator = 'domicilios_agua_rede' and municipality_code = ?"
    assert collected.execute(counts, [CLARA]).fetchall() == [(4800, 6000)]


def test_the_limits_of_law_come_into_force_with_the_figures(collected: duckdb.DuckDBPyConnection) -> None:
    rows = collected.execute(
        "select plan, municipality_code, status from verdicts where plan in (select unnest(?))",
        [sorted(LIMITS)],
    ).fetchall()
    found = {(plan, code): status for plan, code, status in rows}
    assert [found["despesa_pessoal_limite", code] for code in (CLARA, GRANDE, FIGUEIRAO, "5003207")] == [
        "outside",
        "prudential",
        "alert",
        "within",
    ]
    assert found["educacao_minimo_25", CLARA] == found["saude_minimo_15", CLARA] == "outside"
    assert found["educacao_minimo_25", GRANDE] == found["saude_minimo_15", GRANDE] == "within"
    assert found["educacao_minimo_25", FIGUEIRAO] == "no_data"


def test_what_the_publisher_states_of_state_and_country_is_the_benchmark(
    collected: duckdb.DuckDBPyConnection,
) -> None:
    rows = collected.execute(
        "select indicator, scope, place, value from benchmarks where indicator in (select unnest(?)) order by all",
        [sorted(COMING)],
    ).fetchall()
    found = {(indicator, place): value for indicator, _, place, value in rows}
    assert found["rendimento_abandono_fundamental", "MS"] == 1.7
    assert found["rendimento_abandono_fundamental", "BR"] == 0.9
    assert found["domicilios_agua_rede", "MS"] == pytest.approx(840 / 980 * 100)
    assert found["domicilios_esgoto_rede", "BR"] == pytest.approx(45_000_000 / 72_456_368 * 100)
    # Only the territory's state and the country; and what a person read in a publication comes by the same door.
    assert {scope for _, scope, _, _ in rows} == {"state", "country"}
    assert {place for _, _, place, _ in rows} == {"MS", "BR"}
    by_hand = len(declarations.benchmarks())
    assert collected.execute("select count(*) from benchmarks").fetchall() == [(by_hand + len(rows),)]
    # They are nobody's municipality: in no value, no median and no account of refused lines.
    assert collected.execute(
        "select count(*) from staged where length(municipality_code) = 2"
    ).fetchall() == [(0,)]
    refused = "select source, line from rejected where line is not null and source in (select unnest(?))"
    assert collected.execute(refused, [sorted(WAITING)]).fetchall() == []


def test_every_commitment_that_waits_is_of_a_source_that_waits() -> None:
    plans = declarations.commitments(PLANS)
    assert all(set(plans[name].indicators) <= COMING for name in LIMITS)
