"""No text leaves in a CSV that a spreadsheet would run, however it is dressed."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dashboard.files import spreadsheets
from pipelines import publishing
from pipelines.formulas import harmless

UNSEEN = [
    "",
    " ",
    "\xa0",
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u3000",
    "\u202e",
    "\xad",
    "\x00",
    "\t",
    "\u2800 \ufeff",
]
SIGNS = list("=+-@＝＋－＠﹢﹣﹦﹫−⁺")
DANGEROUS = [f"{blank}{sign}HYPERLINK(1)" for blank in UNSEEN for sign in SIGNS]
PLAIN = ["", "-", "=", ">=", "Água Clara", "a=1", "5000203", " 12", "(-3)", "2020-01-01", "🙂", "–"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_is_disarmed_behind_anything_unseen(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_other_texts_stay_as_they_are() -> None:
    assert [harmless(text) for text in PLAIN] == PLAIN


def test_published_tables_and_exports_are_guarded_alike(tmp_path: Path) -> None:
    given = [*DANGEROUS, *PLAIN[1:]]
    with duckdb.connect() as con:
        con.execute("create table t as select unnest(?::varchar[]) as text, -1.5 as number", [given])
        publishing._write_csv(con, "t", {"text": "string", "number": "number"}, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [harmless(text) for text in given]
    # Numbers are numbers: a negative one carries no apostrophe.
    assert {row["number"] for row in rows} == {"-1.5"}
    exported = spreadsheets.csv_systems(pd.DataFrame({"text": given})).decode()
    cells = [row[0] for row in csv.reader(io.StringIO(exported, newline=""))][1:]
    assert all(cell.startswith("'") for cell in cells[: len(DANGEROUS)])
    assert cells[len(DANGEROUS) :] == PLAIN[1:]
