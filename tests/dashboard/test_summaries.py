"""What the pages say of the catalogue: the recognised indicators against what is at hand."""

from __future__ import annotations

import datetime as dt
from itertools import chain

import pandas as pd
import pytest

from dashboard.findings import catalogue, places
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture(scope="module")
def coverage(tables: Tables) -> pd.DataFrame:
    return tables.coverage()


def test_a_fifth_is_said_only_where_the_whole_range_of_places_lies_in_it(tables: Tables) -> None:
    frame = tables.latest()
    assert frame.loc[frame["position"].isna(), "fifth"].isna().all()
    for row in frame[frame["position"].notna() & (frame["ranked"] > 1)].to_dict("records"):
        # From the places alone: 1 is the most favourable.
        best, worst = (
            (row["ranked"] - row[name]) / (row["ranked"] - 1) for name in ("rank_low", "rank_high")
        )
        told = min(4, int(best * 5)) == min(4, int(worst * 5))
        if pd.notna(row["low"]):
            assert pd.notna(row["fifth"]) == told, row
        if pd.notna(row["fifth"]) and told:
            assert row["fifth"] == min(4, int(best * 5)), row


def test_chance_alone_makes_no_strong_point(tables: Tables) -> None:
    # Three births a week: Figueirão had no infant death in three years, and yet may stand anywhere.
    standing = tables.standing()
    row = standing[
        (standing["municipality_code"] == "5003900")
        & (standing["indicator"] == "mortalidade_infantil_trienal")
    ]
    assert row["value"].item() == 0
    assert row["fifth"].isna().item()
    best, worst = places.ends(tables, "5003900")
    assert not [text for text in (*best, *worst) if "Mortalidade infantil" in text]


def test_points_are_of_our_time_and_say_their_place(tables: Tables) -> None:
    standing = tables.standing()
    for code in tables.names():
        for text in chain(*places.ends(tables, code)):
            year = int(text.rsplit(" em ", 1)[1][:4])
            assert year >= standing["year"].max() - places.RECENT_YEARS, text
            assert "º de " in text or "entre" in text or "empatado" in text, text


def test_the_series_that_opens_is_the_weakest(tables: Tables) -> None:
    standing = tables.standing()
    for code in tables.names():
        name = places.weakest(standing, code, "idhm")
        own = standing[(standing["municipality_code"] == code) & (standing["fifth"] == places.LEAST)]
        if name != "idhm":
            recent = own[own["year"] >= standing["year"].max() - places.RECENT_YEARS]
            assert recent.set_index("indicator").loc[name, "position"] == recent["position"].min()


def test_attention_goes_by_share_and_names_stay_apart(tables: Tables) -> None:
    frame = places.attention(tables, tuple(tables.names()))
    assert frame["share"].is_monotonic_decreasing
    assert (frame["share"] == 100 * frame["weak"] / frame["judged"]).all()
    # Short names hold commas ("Matemática, 5º ano").
    assert {len(text.split("; ")) for text in frame["examples"]} == {3}


@pytest.mark.parametrize(
    ("periods", "said", "age"),
    [
        ("2015-2024", "2015 a 2024", "há 1 ano"),
        ("2010, 2022", "2010, 2022", "há 3 anos"),
        ("2026-01 a 2026-03", "01/2026 a 03/2026", "há 8 meses"),
        ("2026-08-21", "21/08/2026", "há 3 meses"),
        ("2026-11", "11/2026", "deste mês"),
        ("", "", ""),
    ],
)
def test_the_age_is_that_of_the_data_and_not_of_our_copy(periods: str, said: str, age: str) -> None:
    assert catalogue.periods_words(periods) == said
    assert catalogue.data_age(periods, dt.date(2026, 11, 25)) == age


def test_an_indicator_served_in_part_is_told_apart(tables: Tables, coverage: pd.DataFrame) -> None:
    rows = catalogue.canon_rows(tables, coverage).set_index("code")
    assert rows.loc["SAN02", "state"] == "partly"
    assert rows.loc["SAN02", "indicators"] == (
        "Atendimento de esgoto (em parte: mede a coleta, não o tratamento)"
    )
    assert rows.loc["SAN02", "years"]
    without = catalogue.canon_rows(tables, coverage.drop("esgoto_atendimento")).set_index("code")
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
