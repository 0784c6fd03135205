"""Answers by way of Arrow are the frames that DuckDB gives."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pandas as pd
import pytest

from dashboard.tables import columns
from pipelines.declarations import ROOT

KINDS = {
    "texts": ("'Içara'", "varchar"),
    "dates": ("date '2020-02-29'", "date"),
    "times": ("timestamp '2020-02-29 10:11:12.5'", "timestamp"),
    "doubles": ("0.1::double", "double"),
    "decimals": ("1.25::decimal(5, 2)", "decimal(5, 2)"),
    "sums": ("(2::hugeint * 3)", "hugeint"),
    "small": ("7::smallint", "smallint"),
    "whole": ("-3", "integer"),
    "long": ("9007199254740993", "bigint"),
    "truth": ("true", "boolean"),
    "tiny": ("5::utinyint", "utinyint"),
    "lists": ("['x', 'y']", "varchar[]"),
}


@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "with gaps"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_column_is_the_one_of_the_database(kind: str, gaps: bool) -> None:
    """Values, types and what is missing, beside a column of texts."""
    value, written = KINDS[kind]
    rows = f"select 'a' as name, {value} as found"
    sql = f"{rows} union all select 'b', null::{written}" if gaps else rows
    with duckdb.connect() as con:
        pd.testing.assert_frame_equal(columns.frame(con.execute(sql)), con.execute(sql).df())


def test_columns_of_one_name_are_told_apart() -> None:
    """As the database does."""
    with duckdb.connect() as con:
        assert list(columns.frame(con.execute("select 'a' as x, 'b' as x"))) == ["x", "x_1"]


def test_no_rows_keep_their_columns() -> None:
    """A text is a text where nothing was found."""
    with duckdb.connect() as con:
        found = columns.frame(con.execute("select 'a' as name, 1.5::double as value where false"))
    assert found.empty
    assert found.dtypes.astype(str).to_dict() == {"name": "str", "value": "float64"}


def test_nothing_is_warned_of() -> None:
    """The server's log stays empty."""
    asked = """
import duckdb
from dashboard.tables import columns
columns.frame(duckdb.connect().execute("select 'a' as name"))
"""
    ran = subprocess.run(
        [sys.executable, "-W", "default", "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Arrow" not in ran.stderr


def test_shared_texts_are_the_same_frame_and_held_once() -> None:
    """What a filter and a comparison say of it is what they say of the other."""
    rows = pd.DataFrame({"name": ["Içara", None, "Içara", ""], "value": [1.0, 2.0, None, 4.0]}).astype(
        {"name": "str"}
    )
    found = columns.shared(rows)
    pd.testing.assert_frame_equal(found, rows, check_dtype=False)
    assert found.dtypes.astype(str).tolist() == rows.dtypes.astype(str).tolist()
    first, _, third, _ = found["name"].tolist()
    assert first is third
    for name in ("Içara", "", "nada"):
        assert found["name"].eq(name).tolist() == rows["name"].eq(name).tolist()
