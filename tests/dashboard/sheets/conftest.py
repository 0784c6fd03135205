"""The built tables, as they are and after some changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from dashboard.tables import Tables, open_tables
from pipelines import serving
from pipelines.declarations import Config
from tests.dashboard.sheets.reading import (
    Make,
)


@pytest.fixture(scope="module")
def data(config: Config) -> Tables:
    return open_tables(config)


@pytest.fixture
def altered(config: Config, tmp_path: Path) -> Make:
    """The built tables after some changes, each an SQL statement, as tables of their own."""

    def make(*statements: str) -> Tables:
        folder = tmp_path / "processed"
        # Without the file that pages ask, which says what the tables said before.
        shutil.copytree(config.processed, folder, ignore=shutil.ignore_patterns(serving.FILE))
        with duckdb.connect() as con:
            files = [path for path in folder.glob("*.parquet") if path.stem != "municipalities"]
            for path in files:
                con.execute(f"create table \"{path.stem}\" as select * from read_parquet('{path}')")
            for statement in statements:
                con.execute(statement)
            for path in files:
                con.execute(f"copy \"{path.stem}\" to '{path}' (format parquet)")
        return Tables(folder)

    return make
