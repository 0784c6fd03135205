"""What newer editions changed, and builds as the data stood on a day that has passed."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import build, declarations, revisions, staging
from pipelines.declarations import AWAITED, Config
from pipelines.editions import Shelf
from pipelines.raw_files import fingerprint
from pipelines.schema import ddl
from tests.conftest import copy_raw

CLARA, GRANDE = "5000203", "5002704"
LITERACY, HOMICIDES = "inep_alfabetizacao", "ipea_homicidios"
FIRST, SECOND = dt.date(2025, 3, 10), dt.date(2026, 7, 20)


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        for path in folder.glob("*.parquet"):
            con.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        return con.execute(query).fetchall()


def altered(data: bytes, change: Callable[[dict[str, str]], str | None], column: str) -> bytes:
    """The rows of a raw file with one column changed where `change` gives a text, less those of an empty one."""
    reader = csv.DictReader(io.StringIO(data.decode(), newline=""))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(reader.fieldnames or ()), lineterminator="\n")
    writer.writeheader()
    for row in reader:
        new = change(row)
        if new != "":
            writer.writerow(row if new is None else row | {column: new})
    return text.getvalue().encode()


def raised(row: dict[str, str]) -> str | None:
    """The literacy of Campo Grande's schools in 2024 as an older edition had it."""
    mine = row["municipality_code"] == GRANDE and row["period"] == "2024" and row["network"] == "Municipal"
    return "99.5" if mine else None


def without_2025(row: dict[str, str]) -> str | None:
    return "" if row["period"] == "2025" else raised(row)


def shelve(config: Config, source: str, older: list[tuple[dt.date, bytes, str]]) -> None:
    shelf = Shelf(config.raw / source)
    for day, data, name in older:
        shelf.add(data, day, "fetched", name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """The 79 with older editions of two sources; built today, with what was built in `present` and `past`."""
    folder = tmp_path_factory.mktemp("editions")
    copy_raw(folder / "data" / "raw")
    config = replace(declarations.read_config(), data=folder / "data")
    literacy = (config.raw / LITERACY / "values.csv").read_bytes()
    homicides = (config.raw / HOMICIDES / "values.csv").read_bytes()
    shelve(
        config,
        LITERACY,
        [(FIRST, altered(literacy, without_2025, "taxa_alfabetizacao"), "2024"), (SECOND, literacy, "2025")],
    )
    # A year that only the older edition had, of one municipality.
    old = homicides + f"{CLARA},2020,12.5\n".encode()
    shelve(config, HOMICIDES, [(FIRST, old, "série até 2020"), (SECOND, homicides, "série até 2019")])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(declarations, "STATIC", folder / "static")
        build.build(config)
        (folder / "present").symlink_to(config.processed)
        yield config


@pytest.fixture(scope="module")
def past(world: Config) -> Path:
    """The tables of a build as of a day on which only the older editions had come in, kept aside; today's come back."""
    kept = world.data.parent / "past"
    history = ask(world.processed, "select count(*) from verdict_history")
    build.build(world, dt.date(2025, 12, 31))
    assert ask(world.processed, "select count(*) from verdict_history") == history == [(0,)]
    world.processed.rename(kept)
    build.build(world)
    return kept


LITERATE = "crianca_alfabetizada_municipal"


def test_a_changed_value_is_a_revision_and_a_vanished_one_a_withdrawal(world: Config) -> None:
    now = ask(
        world.processed,
        f"""select value from "values" where indicator = '{LITERATE}' and municipality_code = '{GRANDE}'
        and year = 2024""",
    )
    assert ask(world.processed, "select * from revisions order by kind, indicator") == [
        (LITERATE, GRANDE, dt.date(2024, 12, 31), LITERACY, "2026-07-20", SECOND, "revised", 99.5, now[0][0]),
        ("homicidios_taxa", CLARA, dt.date(2020, 12, 31), HOMICIDES, "2026-07-20", SECOND, "withdrawn", 12.5, None),
    ]  # fmt: skip


def test_every_edition_is_told_with_what_it_changed_and_what_rests_on_it(world: Config) -> None:
    found = ask(
        world.processed,
        f"""select source, label, edition, kept, in_use, revised, withdrawn, readings > 0 from editions
        where source in ('{LITERACY}', '{HOMICIDES}') order by all""",
    )
    assert found == [
        (LITERACY, "2025-03-10", "2024", True, False, 0, 0, False),
        (LITERACY, "2026-07-20", "2025", True, True, 1, 0, True),
        (HOMICIDES, "2025-03-10", "série até 2020", True, False, 0, 0, False),
        (HOMICIDES, "2026-07-20", "série até 2019", True, True, 0, 1, False),
    ]
    collected = [source for source in declarations.sources().values() if source.origin != AWAITED]
    assert ask(world.processed, "select count(*) from editions where in_use") == [(len(collected),)]


def test_figures_and_readings_of_a_past_day_are_those_of_its_editions(world: Config, past: Path) -> None:
    literate = f"from \"values\" where indicator = '{LITERATE}' and value is not null"
    assert ask(past, f"select max(year) {literate}") == [(2024,)]
    assert ask(world.processed, f"select max(year) {literate}") == [(2025,)]
    assert ask(past, f"select value {literate} and municipality_code = '{GRANDE}' and year = 2024") == [
        (99.5,)
    ]
    assert ask(past, f"select distinct edition {literate}") == [("2024",)]
    reading = f"""select latest_year, latest_value from verdicts
        where municipality_code = '{GRANDE}' and indicator = '{LITERATE}'"""
    assert ask(past, reading) == [(2024, 99.5)]
    assert ask(world.processed, reading)[0][0] == 2025
    of_source = "select edition, retrieved, origin, rejected from sources where source = '{}'"
    assert ask(past, of_source.format(LITERACY))[0][:3] == ("2024", FIRST, "fetched")
    # What came later had not been revised yet, and is still known.
    assert ask(past, "select count(*) from revisions") == [(0,)]
    assert ask(past, f"select in_use from editions where source = '{LITERACY}' order by label") == [
        (True,),
        (False,),
    ]


def test_a_build_of_the_past_writes_no_history_and_is_no_base_of_it(world: Config, past: Path) -> None:
    """Between the old readings and today's many differ; none of that is a change that happened today."""
    differing = f"""select count(*) from read_parquet('{past}/verdicts.parquet') a
        join verdicts b using (plan, plan_version, municipality_code, indicator) where a.status != b.status"""
    assert ask(world.processed, differing)[0][0] > 0
    assert ask(past, "select count(*) from verdict_history") == [(0,)]
    assert ask(world.processed, "select count(*) from verdict_history") == [(0,)]


def test_a_source_without_an_edition_that_old_is_read_from_its_oldest(world: Config) -> None:
    stands = build.standing(world, dt.date(2024, 1, 1))
    assert all(stand.late for stand in stands.values() if stand.source.origin != AWAITED)
    assert stands[LITERACY].path.name == "2025-03-10.csv.gz"
    assert stands["snis"].path == world.raw / "snis" / "values.csv"
    early = build.standing(world, FIRST).values()
    assert sum(not stand.late for stand in early if stand.source.origin != AWAITED) == 2
    assert not any(stand.late for stand in build.standing(world, world.today()).values())


def test_a_comparison_is_made_once(world: Config, past: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(staging, "load_sources", again)
    with duckdb.connect() as con:
        loaded(con, world)
        revisions.fill(con, world, world.today())
        assert con.execute("select count(*) from revisions").fetchall() == [(2,)]
    for path in (world.data / revisions.KEPT).glob("*.json"):
        path.write_text("{", "utf-8")
    with duckdb.connect() as con, pytest.raises(AssertionError, match="read again"):
        loaded(con, world)
        revisions.fill(con, world, world.today())


def loaded(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """The tables that `revisions.fill` writes into, empty."""
    for path in config.processed.glob("*.parquet"):
        if path.stem in ("revisions", "rejected"):
            con.execute(f'create table "{path.stem}" as select * from read_parquet(?) limit 0', [str(path)])


def test_an_edition_that_cannot_be_read_is_told_and_no_value_is_called_withdrawn(world: Config) -> None:
    shelf = Shelf(world.raw / HOMICIDES)
    path = shelf.folder / "2025-03-10.csv.gz"
    whole, index = path.read_bytes(), shelf.index.read_bytes()
    kept = world.data / revisions.KEPT
    for file in kept.glob("*.json"):
        file.unlink()
    try:
        path.write_bytes(whole[: len(whole) // 2])
        with duckdb.connect() as con:
            loaded(con, world)
            revisions.fill(con, world, world.today())
            told = con.execute("select source, reason from rejected").fetchall()
            assert con.execute("select count(*) from revisions where kind = 'withdrawn'").fetchall() == [(0,)]
        assert [name for name, _ in told] == [HOMICIDES] and "estragado" in told[0][1]
        # Whole, and of a form that today's declaration does not know.
        data = b"municipality_code,period,taxa\n5000203,2019,1\n"
        (shelf.folder / "2025-03-10.csv.gz").write_bytes(gzip.compress(data))
        entries = json.loads(index)
        entries["editions"][0] |= {"sha256": fingerprint(data), "rows": 1}
        shelf.index.write_text(json.dumps(entries), "utf-8")
        with duckdb.connect() as con:
            loaded(con, world)
            revisions.fill(con, world, world.today())
            told = con.execute("select source, reason from rejected").fetchall()
            assert con.execute("select indicator from revisions").fetchall() == [(LITERATE,)]
        [(name, reason)] = told
        assert name == HOMICIDES and "não se compara" in reason and "'valor'" in reason
    finally:
        path.write_bytes(whole)
        shelf.index.write_bytes(index)


def test_a_newer_photograph_withdraws_nothing() -> None:
    sources = declarations.sources()
    name = next(
        n for n, item in declarations.indicators().items() if sources[item.source].period_form == "day"
    )
    old = {(name, CLARA, "2026-10-01"): 3.0, (name, GRANDE, "2026-11-01"): 1.0}
    new = {(name, CLARA, "2026-11-01"): 2.0}
    [row] = revisions._differences(old, new, sources)
    # Of a photograph that is still there a value may be gone.
    assert (row["municipality_code"], row["kind"]) == (GRANDE, "withdrawn")


def test_a_change_of_status_rests_on_the_editions_of_its_day_and_the_last_before_it(tmp_path: Path) -> None:
    """What the history tells keeps its editions, whatever the readings of now rest on."""
    days = {"2026-01-05": False, "2026-02-05": False, "2026-03-05": False, "2026-04-05": True}
    (tmp_path / "oficial.sql").write_text("select * from source.b", "utf-8")
    with duckdb.connect() as con:
        for table in ("editions", "lineage", "verdicts", "verdict_history"):
            con.execute(f"create table {table} ({ddl(table)})")
        for source in ("a", "b", "c"):
            for day, used in days.items():
                con.execute(
                    "insert into editions values (?, ?, ?, 'fetched', '', 1, ?, true, ?, 0, 0, 9)",
                    [source, day, day, day, used],
                )
        con.execute("insert into lineage values ('i', 'a', 'x'), ('i', 'a', 'y'), ('j', 'c', 'x')")
        con.execute("insert into verdicts by name select 'meu' as plan, 'j' as indicator")
        for plan, day in (("oficial", "2026-02-20"), ("oficial", "2026-03-05"), ("meu", "2026-01-01")):
            con.execute(
                "insert into verdict_history by name select ?::varchar as plan, 'i' as indicator, ?::date as judged_at",
                [plan, day],
            )
        revisions.count_readings(con, ["oficial"], tmp_path)
        told = con.execute(
            "select source, list(readings order by label) from editions group by all order by all"
        )
        assert told.fetchall() == [("a", [0, 2, 1, 0]), ("b", [0, 2, 1, 0]), ("c", [0, 0, 0, 1])]
