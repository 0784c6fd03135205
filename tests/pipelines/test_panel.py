"""What judging needs of the figures of all municipalities, kept beside the tables for plans judged without a build."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any

import duckdb
import pytest

from pipelines import build, declarations, panel
from pipelines.declarations import Config
from tests import conftest

AS_OF = dt.date(2026, 6, 1)
COLUMNS = "indicator, municipality_code, state, period, year, value"


def test_the_panel_is_the_table_of_values_and_what_was_filled_in_before_a_municipality_existed(
    tmp_path: Path,
) -> None:
    with duckdb.connect() as con:
        con.execute(
            """create table municipalities (municipality_code varchar, existe_desde integer);
            insert into municipalities values ('5000001', null), ('5000002', 2010);
            create table oscillation (indicator varchar, a double, b double, k double, k60 double, changes integer);
            create table items (indicator varchar, municipality_code varchar, period date, item varchar, state varchar,
                valid_until date);
            create temp table panel_population as select '5000001' as municipality_code, 7.0 as population;
            create temp table told as from (values
                ('5000001', 2009, 1.0, null), ('5000001', 2011, 0.0, null), ('5000001', 2012, 9.0, 'implausible'),
                ('5000002', 2008, 0.0, null), ('5000002', 2009, 3.0, null), ('5000002', 2011, 0.0, 'estimated'),
                ('5000001', 2026, 4.0, null), ('5000001', 2027, 5.0, null), ('2900001', 2011, 6.0, null)
            ) given (municipality_code, year, value, flag);
            create temp table staged as select 'a' as indicator, *, make_date(year, 12, 31) as period from told;
            create temp table panel as select indicator, municipality_code, left(municipality_code, 2) as state, period,
                year, value from staged where flag is distinct from 'implausible' and year < 2027;
            create table "values" as select indicator, municipality_code, period, year, flag,
                case when municipality_code != '5000002' or year >= 2010 or value != 0 then value end as value
            from staged where municipality_code like '50%'"""
        )
        known = con.execute(f"select {COLUMNS} from panel where state = '50' order by all").fetchall()
        panel.keep(con, tmp_path)
        [(alone,)] = con.execute(
            f"select list(year) from read_parquet('{(tmp_path / panel.PANEL).as_posix()}')"
        ).fetchall()
        assert alone == [2008] and len(known) == 6
        found = panel.kept(con, tmp_path, AS_OF, None)
        assert con.execute(f"select {COLUMNS} from panel order by all").fetchall() == known
        assert found.medians["a", "50"] == {2008: 0.0, 2009: 2.0, 2011: 0.0, 2026: 4.0}
        assert found.populations == {"5000001": 7.0}


def test_the_panel_asks_nothing_of_what_is_made_beside_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is fitted while the table of values is made: here wholly before, and it knows what it knows afterwards."""
    fitted, values, known = panel.fitted, build._values, Queue[panel.Panel]()

    def fitting(*given: Any) -> panel.Panel:
        known.put(fitted(*given))
        return panel.Panel()

    def late(con: duckdb.DuckDBPyConnection) -> None:
        found = known.get(timeout=120)
        values(con)
        known.put(found)

    monkeypatch.setattr(panel, "fitted", fitting)
    monkeypatch.setattr(build, "_values", late)
    with duckdb.connect() as con:
        build.build_tables(con, config, conftest.AS_OF)
        con.execute("delete from oscillation")
        early, after = known.get(), fitted(con, declarations.indicators(), conftest.AS_OF)
    assert len(early.items) > 50 and len(early.medians) > 50 and len(early.fields) > 5
    assert replace(early, next_meeting=None) == after
