"""Files of one thing at a time: as long as the territory asks, and within the same memory."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from pipelines import build, series_files
from pipelines.declarations import Config

# As the country has them, times the months of five years.
MUNICIPALITIES, PERIODS = 5570, 60


def files(config: Config, con: duckdb.DuckDBPyConnection, out: Path) -> dict[str, bytes]:
    out.mkdir()
    list(series_files.write(con, config, build.read_manifest(config) or {}, out))
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def con(config: Config, tmp_path: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set temp_directory = ?", [str(tmp_path / "spilled")])
    for path in config.processed.glob("*.parquet"):
        con.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
    return con


def test_small_batches_write_the_same_bytes_as_large_ones(
    config: Config, con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = files(config, con, tmp_path / "whole")
    monkeypatch.setattr(series_files, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(series_files, "VALUES_AT_ONCE", 1000)
    assert files(config, con, tmp_path / "batches") == whole


def test_a_series_of_the_whole_country_is_written_within_the_memory_of_a_state(
    config: Config, con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """One indicator whose JSON alone (over 100 MB) is beyond what DuckDB may use."""
    con.execute(
        """create table many as select * replace (printf('%07d', 1000000 + n) as municipality_code)
            from municipalities, range(?) as r(n) where municipality_code = '5002704'""",
        [MUNICIPALITIES],
    )
    con.execute(
        """create table long as select v.* replace (m.municipality_code as municipality_code,
                make_date(2000 + p::integer // 12, 1 + p::integer % 12, 1) as period)
            from (select * from "values" where indicator = 'populacao' limit 1) v, many m, range(?) as r(p)""",
        [PERIODS],
    )
    con.execute("create or replace view municipalities as from many")
    con.execute('create or replace view "values" as from long')
    con.execute("set memory_limit = '112MB'; set threads = 2")
    out = tmp_path / "out"
    out.mkdir()
    written = list(series_files.write(con, config, build.read_manifest(config) or {}, out))
    [series] = [file for file in written if file.path.name == "populacao.csv"]
    assert series.rows == MUNICIPALITIES * PERIODS
    told = json.loads((out / "series" / "populacao.json").read_text("utf-8"))
    assert len(told["values"]) == MUNICIPALITIES * PERIODS
    assert len(list((out / "municipality").iterdir())) == MUNICIPALITIES
    last = json.loads((out / "municipality" / "1005569.json").read_text("utf-8"))
    assert len(last["indicators"]["populacao"]["values"]) == PERIODS
