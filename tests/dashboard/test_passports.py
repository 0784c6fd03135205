"""Where one value comes from: the published lines, read in the very file of the build, and the SQL."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dashboard import passports
from dashboard.findings import passport
from dashboard.tables import Tables
from pipelines import raw_files
from pipelines.declarations import ROOT, Config
from pipelines.editions import Shelf

RAW = ROOT / "data" / "raw"
GRANDE = "5002704"
YEAR_END = dt.date(2022, 12, 31)


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def test_the_published_line_is_read_in_the_very_file_of_the_build(tables: Tables) -> None:
    [origin] = passports.origins(tables, RAW, "agua_atendimento", GRANDE, YEAR_END)
    assert (origin.source, origin.file, origin.fault) == ("snis", "snis/values.csv.gz", "")
    [line] = origin.lines
    assert origin.numbers == (line.number,)
    text = raw_files.content("snis", RAW / "snis" / "values.csv.gz").decode().split("\n")
    assert text[line.number - 1] == ",".join(cell for _, cell in line.cells)
    assert text[line.number - 1].startswith(f"{GRANDE},2022,")
    assert raw_files.fingerprint("\n".join(text).encode()) == origin.sha256
    frame = passport.cells(tables, "agua_atendimento", origin, line).set_index("Coluna")
    assert frame.at["municipality_code", "Como publicado"] == GRANDE
    read = frame.index[frame["Lida aqui"] == "sim"]
    assert {"municipality_code", "period"} < set(read) < set(frame.index)


def test_a_value_of_two_sources_has_the_lines_of_both_its_own_first(tables: Tables) -> None:
    found = passports.origins(tables, RAW, "agua_atendimento_sinisa", GRANDE, dt.date(2023, 12, 31))
    assert [origin.source for origin in found] == ["sinisa_agua", "ibge_populacao"]
    assert all(origin.lines and not origin.fault for origin in found)


def test_another_file_in_place_is_said_and_its_lines_are_not_shown(tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "snis").mkdir()
    data = raw_files.content("snis", RAW / "snis" / "values.csv.gz")
    (tmp_path / "snis" / "values.csv").write_bytes(data.replace(b"5002704,2022,", b"5002704,2021,"))
    [origin] = passports.origins(tables, tmp_path, "agua_atendimento", GRANDE, YEAR_END)
    assert origin.numbers and not origin.lines
    assert "já não está na pasta de dados" in origin.fault
    # The edition that the build read is found by its fingerprint where it is kept.
    Shelf(tmp_path / "snis").add(data, dt.date(2026, 11, 26), "snapshot", "SNIS 2022")
    [origin] = passports.origins(tables, tmp_path, "agua_atendimento", GRANDE, YEAR_END)
    assert origin.lines and not origin.fault
    assert origin.file == "snis/editions/2026-11-26.csv.gz"


def test_a_missing_value_and_old_tables_have_no_line(tables: Tables, config: Config, tmp_path: Path) -> None:
    assert passports.origins(tables, RAW, "agua_atendimento", GRANDE, dt.date(1999, 12, 31)) == []
    shutil.copytree(config.processed, tmp_path / "old")
    for name in ("lines.pq", "queries.pq"):
        (tmp_path / "old" / name).unlink()
    old = Tables(tmp_path / "old")
    assert passports.origins(old, RAW, "agua_atendimento", GRANDE, YEAR_END) == []
    assert passports.query(old, "indicators", "agua_atendimento") == ""


def test_nothing_of_it_is_loaded_with_the_tables(tables: Tables) -> None:
    names = set(tables.query("select table_name from duckdb_tables()")["table_name"])
    assert "values" in names and not names & {"lines", "queries"}


def test_the_sql_is_that_of_the_build(tables: Tables) -> None:
    for kind, name in (("indicators", "taxa_alfabetizacao"), ("sources", "ibge_alfabetizacao")):
        file = (ROOT / "pipelines" / kind / f"{name}.sql").read_text("utf-8")
        assert passports.query(tables, kind, name) == file.strip().rstrip(";")
    assert passports.query(tables, "indicators", "no_such") == ""
