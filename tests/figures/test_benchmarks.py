"""What the publishers themselves state for the state and the country, and whose the yearly targets are."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config, DeclarationError
from pipelines.gathering import PLANS


@pytest.fixture(scope="module")
def data(config: Config) -> Tables:
    return Tables(config.processed)


def test_the_idhm_of_the_state_is_the_publishers_and_not_the_median(data: Tables) -> None:
    state = data.benchmark("idhm", "state", "50")
    assert state[["place", "year", "value"]].values.tolist() == [["MS", 2000, 0.613], ["MS", 2010, 0.729]]
    assert state["edition"].str.contains("PNUD").all()
    country = data.benchmark("idhm", "country", "1")
    assert country[["place", "year", "value"]].values.tolist()[-1] == ["BR", 2010, 0.727]
    median = data.aggregates("idhm", "state").set_index("year")["value"]
    assert round(median[2010], 3) != 0.729


def test_where_the_publisher_states_nothing_there_is_nothing(data: Tables) -> None:
    assert data.benchmark("vacina_penta", "state").empty
    assert data.benchmark("idhm_renda", "country").empty
    assert list(data.benchmark("vacina_penta", "state").columns) == [
        "place",
        "period",
        "year",
        "value",
        "edition",
    ]


def test_the_census_count_of_the_state_is_the_sum_of_its_municipalities(
    data: Tables, built: duckdb.DuckDBPyConnection
) -> None:
    [stated] = data.benchmark("populacao", "state")["value"]
    [(summed,)] = built.execute(
        "select value from aggregates where indicator = 'populacao' and scope = 'state' and year(period) = 2022"
    ).fetchall()
    assert stated == summed == 2_757_013


def test_every_benchmark_is_of_a_period_that_the_indicator_has(built: duckdb.DuckDBPyConnection) -> None:
    assert built.execute("select count(*) from benchmarks").fetchall() == [(len(declarations.benchmarks()),)]
    alone = built.execute(
        'select * from benchmarks anti join (select distinct indicator, period from "values") using (indicator, period)'
    ).fetchall()
    assert alone == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[[idhm]]", "[[idh]]", "idh"),
        ('scope = "state"', 'scope = "estado"', "scope = 'estado' não existe"),
        ("value = 0.729", "value = 729", "fora do intervalo do indicador, de 0 a 1"),
        ("value = 0.729", 'value = "0,729"', "value precisa ser um número"),
        ("value = 0.729", "valor = 0.729", "chave desconhecida: valor"),
    ],
)
def test_a_benchmark_that_cannot_be_used_stops_the_build(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = (declarations.HERE / "benchmarks.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "benchmarks.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(DeclarationError) as error:
        declarations.read_benchmarks(tmp_path / "benchmarks.toml")
    assert told in str(error.value)


def test_official_yearly_targets_say_whose_they_are(built: duckdb.DuckDBPyConnection) -> None:
    whose = {name: one.steps_of for name, one in declarations.commitments(PLANS).items() if one.steps_of}
    with_steps = {row[0] for row in built.execute("select distinct plan from milestones").fetchall()}
    assert set(whose) == {name for name in with_steps if name in declarations.commitments(PLANS)}
    assert whose["crianca_alfabetizada"] == "Inep e MEC"
    assert whose["ideb_anos_finais_2021"] == "Inep"
    reasons = built.execute(
        "select reason from verdicts where plan = 'crianca_alfabetizada' and reason like '%a meta de 2025%'"
    ).fetchall()
    assert reasons
    assert all("a meta de 2025, de Inep e MEC" in reason for (reason,) in reasons)
