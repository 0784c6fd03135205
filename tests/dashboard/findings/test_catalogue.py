"""What the pages say of the catalogue: the recognised indicators against what is at hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from dashboard.findings import catalogue
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture(scope="module")
def coverage(tables: Tables) -> pd.DataFrame:
    return tables.coverage()


def test_a_coverage_counts_municipalities_in_the_year_that_it_names(
    tables: Tables, coverage: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "agua_atendimento_sinisa"
    told = dict(catalogue.about(tables, tables.indicators[name]))["Cobertura"]
    assert f"; no último, {coverage.loc[name, 'with_data']} de 79 municípios" in told
    # A newer year that only a few have is in the span, and not what the municipalities are counted of.
    monkeypatch.setattr(tables, "coverage", lambda: coverage.assign(last_year=2030))
    told = dict(catalogue.about(tables, tables.indicators[name]))["Cobertura"]
    assert "no último" not in told and f"; em {coverage.loc[name, 'newest_year']}, " in told


@pytest.mark.parametrize(
    ("periods", "last", "said", "age"),
    [
        ("2015-2024", dt.date(2024, 12, 31), "2015 a 2024", "há 1 ano"),
        ("2010, 2022", dt.date(2022, 12, 31), "2010, 2022", "há 3 anos"),
        ("2026-01 a 2026-03", dt.date(2026, 3, 31), "01/2026 a 03/2026", "há 8 meses"),
        ("2026-08-21", dt.date(2026, 8, 21), "21/08/2026", "há 3 meses"),
        ("2026-11", dt.date(2026, 11, 30), "11/2026", "deste mês"),
        ("", None, "", ""),
    ],
)
def test_the_age_is_that_of_the_data_and_not_of_our_copy(
    periods: str, last: dt.date | None, said: str, age: str
) -> None:
    assert catalogue.periods_words(periods) == said
    assert catalogue.data_age(last, dt.date(2026, 11, 25)) == age


def test_an_indicator_served_in_part_is_told_apart(tables: Tables, coverage: pd.DataFrame) -> None:
    rows = catalogue.canon_rows(tables, coverage).set_index("code")
    assert rows.loc["SAN02", "state"] == "partly"
    assert (
        "Atendimento de esgoto (em parte: mede a coleta, não o tratamento)" in rows.loc["SAN02", "indicators"]
    )
    assert rows.loc["SAN02", "years"]
    served = [name for name in coverage.index if "SAN02" in tables.indicators[name].canon_partly]
    without = catalogue.canon_rows(tables, coverage.drop(served)).set_index("code")
    assert without.loc["SAN02", ["state", "indicators", "years", "municipalities"]].tolist() == [
        "no",
        "",
        "",
        "",
    ]


def test_every_state_follows_from_the_declarations(tables: Tables, coverage: pd.DataFrame) -> None:
    held = [item for name, item in declarations.indicators().items() if name in coverage.index]
    whole = {code for item in held for code in item.canon}
    partly = {code for item in held for code in item.canon_partly} - whole
    rows = catalogue.canon_rows(tables, coverage)
    assert set(rows.loc[rows["state"] == "yes", "code"]) == whole
    assert set(rows.loc[rows["state"] == "partly", "code"]) == partly
    shown = catalogue.canon_table(rows)["Situação"]
    assert shown.tolist() == [catalogue.CANON_STATES[state] for state in rows["state"]]


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
    assert catalogue.canon_title(pd.DataFrame({"state": states})) == title
