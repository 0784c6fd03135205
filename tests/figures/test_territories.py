"""Other territories from the same raw files: each state, several together, the whole country."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import build, declarations
from pipelines.declarations import COUNTRY, ROOT, STATES, Config
from tests.conftest import AS_OF

# A state with one municipality and no neighbour inside, the one with fewest, and two together; the others take
# minutes and have a command of their own: make territories.
ALWAYS = {"53", "14"}


def ask(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[tuple[object, ...]]:
    return con.execute(query, list(values)).fetchall()


def of_territory(state: str, folder: Path) -> Config:
    """The repository's raw files shown as another territory, with tables of its own."""
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    config = declarations.read_config(ROOT / "farol.toml")
    return replace(config, territory=replace(config.territory, state=state), data=folder / "data")


@pytest.fixture
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Config, duckdb.DuckDBPyConnection]]:
    monkeypatch.setattr(declarations, "STATIC", tmp_path / "static")
    config = of_territory(request.param, tmp_path)
    build.build(config, AS_OF)
    with duckdb.connect() as con:
        for path in config.processed.glob("*.parquet"):
            con.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        yield config, con


def cases() -> list[object]:
    found: list[object] = []
    for state in [*STATES.values(), "25 28", COUNTRY]:
        marks = [] if state in ALWAYS or " " in state else [pytest.mark.territories]
        found.append(pytest.param(state, marks=marks, id=state.replace(" ", "+")))
    return found


@pytest.mark.parametrize("elsewhere", cases(), indirect=True)
def test_a_territory_holds_its_municipalities_their_values_and_their_outlines(
    elsewhere: tuple[Config, duckdb.DuckDBPyConnection],
) -> None:
    config, con = elsewhere
    states = sorted(declarations.states_of(config.territory.state))
    assert ask(con, "select distinct left(municipality_code, 2) from municipalities order by 1") == [
        (state,) for state in states
    ]
    for table in ("values", "targets", "verdicts"):
        found = ask(con, f'select distinct left(municipality_code, 2) from "{table}"')
        assert set(found) <= {(state,) for state in states}
    [(people, named, count, drawn)] = ask(
        con,
        "select count(population), count(distinct name), count(*), count(geometry) from municipalities",
    )
    assert people == named == count == drawn
    scope, place = config.territory.whole
    whole = ask(
        con,
        "select period, value from aggregates where indicator = 'populacao' and scope = ? and place = ? order by 1",
        scope,
        place,
    )
    assert whole == ask(
        con, "select period, sum(value) from \"values\" where indicator = 'populacao' group by 1 order by 1"
    )
    assert ask(con, "select count(distinct place) from aggregates where scope = 'state'") == [(len(states),)]
    # A name is a place: no region of two states is one row.
    assert ask(
        con,
        """select immediate_region from municipalities group by all having count(distinct state) > 1
        union all select mesoregion from municipalities group by all having count(distinct state) > 1""",
    ) == []  # fmt: skip


def test_the_configuration_of_the_country_stands_beside_the_states(tmp_path: Path) -> None:
    state = declarations.read_config(ROOT / "farol.toml")
    country = declarations.read_config(ROOT / "farol-brasil.toml")
    assert country.raw == state.raw
    assert country.territory.whole == ("country", "BR")
    assert len({state.processed, country.processed, state.published, country.published}) == 4
    assert {state.meshes, country.meshes} == {
        declarations.STATIC / "geo",
        declarations.STATIC / "brasil" / "geo",
    }
    said = subprocess.run(
        [sys.executable, "-c", "from pipelines import declarations; print(declarations.read_config().territory.name)"],
        cwd=ROOT, env={**os.environ, "FAROL_CONFIG": "farol-brasil.toml"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "Brasil"
