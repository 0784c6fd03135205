"""What the pages say of the catalogue: the recognised indicators against what is at hand."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard import summaries
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config


@pytest.fixture(scope="module")
def coverage(config: Config) -> pd.DataFrame:
    return Tables(config.processed).coverage()


def test_an_indicator_served_in_part_is_told_apart(coverage: pd.DataFrame) -> None:
    rows = summaries.canon_rows(coverage).set_index("code")
    assert rows.loc["SAN02", "state"] == "partly"
    assert rows.loc["SAN02", "indicators"] == (
        "Atendimento de esgoto (em parte: mede a coleta, não o tratamento)"
    )
    assert rows.loc["SAN02", "years"]
    without = summaries.canon_rows(coverage.drop("esgoto_atendimento")).set_index("code")
    assert without.loc["SAN02", ["state", "indicators", "years", "municipalities"]].tolist() == [
        "no",
        "",
        "",
        "",
    ]


def test_every_state_follows_from_the_declarations(coverage: pd.DataFrame) -> None:
    held = [item for name, item in declarations.indicators().items() if name in coverage.index]
    whole = {code for item in held for code in item.canon}
    partly = {code for item in held for code in item.canon_partly} - whole
    rows = summaries.canon_rows(coverage)
    assert set(rows.loc[rows["state"] == "yes", "code"]) == whole
    assert set(rows.loc[rows["state"] == "partly", "code"]) == partly
    shown = summaries.canon_table(rows)["Situação"]
    assert shown.tolist() == [summaries.CANON_STATES[state] for state in rows["state"]]


@pytest.mark.parametrize(
    ("states", "title"),
    [
        (
            ["yes", "yes", "partly", "no"],
            "2 dos 4 indicadores reconhecidos já têm dado aqui, e mais 1 em parte",
        ),
        (["yes", "yes", "no"], "2 dos 3 indicadores reconhecidos já têm dado aqui"),
    ],
)
def test_the_title_counts_apart_what_is_served_in_part(states: list[str], title: str) -> None:
    assert summaries.canon_title(pd.DataFrame({"state": states})) == title
