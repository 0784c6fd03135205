"""Other territories from the same raw files: each state, several together, the whole country."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import shapely
from shapely.geometry.polygon import signed_area

from pipelines import aggregating, build, declarations
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
    # Of a source that covers some states, nothing is said of Brazil.
    fewest = aggregating.FEWEST_STATES if scope == "country" else 1
    assert whole == ask(
        con,
        """select period, sum(value) from "values" where indicator = 'populacao' and value is not null
        group by 1 having count(distinct left(municipality_code, 2)) >= ? order by 1""",
        fewest,
    )
    assert ask(con, "select count(distinct place) from aggregates where scope = 'state'") == [(len(states),)]
    # A name is a place: no region of two states is one row.
    assert ask(
        con,
        """select immediate_region from municipalities group by all having count(distinct state) > 1
        union all select mesoregion from municipalities group by all having count(distinct state) > 1""",
    ) == []  # fmt: skip
    has_a_map_of_its_own_and_one_of_each_of_its_states(config, con, states)


def has_a_map_of_its_own_and_one_of_each_of_its_states(
    config: Config, con: duckdb.DuckDBPyConnection, states: list[str]
) -> None:
    manifest = build.read_manifest(config)
    assert manifest is not None
    maps = {"": manifest["geometry"], **manifest["geometry"].get("states", {})}
    assert list(maps)[1:] == (states if len(states) > 1 else [])
    for state, drawn in maps.items():
        file = declarations.STATIC / drawn["municipalities"]
        shapes = {
            feature["id"]: shapely.geometry.shape(feature["geometry"])
            for feature in json.loads(file.read_text("utf-8"))["features"]
        }
        here = ask(
            con, "select municipality_code from municipalities where municipality_code like ? || '%'", state
        )
        assert set(shapes) == {code for (code,) in here}
        # A browser takes a ring that crosses itself, has no area or runs the wrong way for the rest of the world.
        for code, shape in shapes.items():
            assert shape.is_valid and not shape.is_empty, (state, code)
            assert all(signed_area(part.exterior) < 0 for part in shape.geoms), (state, code)
        # What a first visit fetches: the country packed is a few hundred kilobytes.
        assert len(gzip.compress(file.read_bytes())) < 400_000
        assert set(features_of(drawn["outline"])) == {"outline"}


def features_of(address: str) -> list[str]:
    found = json.loads((declarations.STATIC / address).read_text("utf-8"))
    return [feature["id"] for feature in found["features"]]


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


@pytest.mark.parametrize(
    "elsewhere",
    ["35 50", pytest.param(COUNTRY, marks=pytest.mark.territories)],
    indirect=True,
)
def test_a_municipality_reads_the_same_whatever_else_is_shown(
    elsewhere: tuple[Config, duckdb.DuckDBPyConnection], config: Config
) -> None:
    _, con = elsewhere
    for table in ("verdicts", "reach", "oscillation"):
        own = f"from read_parquet('{config.processed / table}.parquet')"
        other = f'from "{table}"' + ("" if table == "oscillation" else " where municipality_code like '50%'")
        assert ask(con, f"select count(*) > 10 from ({own})") == [(True,)]
        assert ask(con, f"({own}) except all ({other}) limit 3") == [], table
        assert ask(con, f"({other}) except all ({own}) limit 3") == [], table
    # What is left out is left out with a reason.
    assert ask(con, "select * from rejected where reason like 'Sem valor e sem motivo%' limit 3") == []
