"""All charts: plain figures, text from data that stays text, inks of the theme."""

from __future__ import annotations

import gc
import json
import re
import weakref
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts
from dashboard.charts import figure
from dashboard.charts.palettes import PALETTES
from tests.dashboard.samples import (
    DEATHS,
    EVIL,
    GEO,
    WATER,
    every_chart,
    frame,
)


def strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", list(every_chart()))
def test_figures_are_plain_json(kind: str, theme: str) -> None:
    chart = every_chart(theme)[kind]
    assert plain(chart.figure)
    json.dumps(chart.figure, allow_nan=False)
    assert chart.sentence.endswith(".")
    assert len(chart.frame)


@pytest.mark.parametrize("kind", list(every_chart()))
def test_names_from_data_are_never_markup(kind: str) -> None:
    chart = every_chart(name=EVIL)[kind]
    shown = [text for text in strings(chart.figure) if "alert" in text]
    assert shown, "the name is nowhere in the figure, so this proves nothing"
    assert not [text for text in shown if "<script" in text or "<b>Vila" in text]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_take_their_inks_from_the_theme(theme: Any) -> None:
    other = PALETTES["dark" if theme == "light" else "light"]
    for chart in every_chart(theme).values():
        assert not {other.text, other.muted, other.data, other.target} & set(strings(chart.figure))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_says_the_theme_it_was_made_for(theme: Any) -> None:
    assert {chart.theme for chart in every_chart(theme).values()} == {theme}


def test_symbols_of_a_legend_are_those_of_its_entries() -> None:
    for chart in every_chart().values():
        entries = {trace.get("name") for trace in chart.figure["data"]}
        assert set(chart.symbols) <= entries
    assert set(every_chart()["status_map"].symbols.values()) == {
        "star", "triangle-right", "diamond", "square", "triangle-left", "x", "square-open",
    }  # fmt: skip


@given(st.lists(st.text("ab ", max_size=7), min_size=1, max_size=4))
def test_the_words_that_all_texts_share_are_whole_and_leave_each_one(texts: list[str]) -> None:
    before, after = figure._shared(texts)
    pieces = [re.split("(?<= )", text) for text in texts]
    least = min(map(len, pieces)) - 1 if len(texts) > 1 else 0
    first = 0
    while first < least and len({parts[first] for parts in pieces}) == 1:
        first += 1
    last = 0
    while first + last < least and len({parts[-1 - last] for parts in pieces}) == 1:
        last += 1
    assert before == "".join(pieces[0][:first]) and after == "".join(pieces[0][len(pieces[0]) - last :])


def test_another_municipality_of_a_large_frame_is_drawn_over_what_was_drawn() -> None:
    values = [None if place % 9 == 0 else place / 7 for place in range(figure.LARGE + 60)]
    rows = frame(values, low=[None if value is None else value - 1 for value in values],
                 high=[None if value is None else value + 1 for value in values])  # fmt: skip

    def mapped(at: pd.DataFrame, code: str | None) -> charts.Chart:
        return charts.choropleth(at, WATER, selected=code, **GEO)

    def ranked(at: pd.DataFrame, code: str | None) -> charts.Chart:
        return charts.ranking(at, WATER, code)

    for draw in (mapped, ranked):
        draw(rows, "5000010")
        again, anew = draw(rows, "5000202"), draw(rows.copy(), "5000202")
        assert again.figure == anew.figure and again.sentence == anew.sentence
        pd.testing.assert_frame_equal(again.frame, anew.frame)
        assert again.frame is draw(rows, None).frame
    one, other = (mapped(rows, code).figure["data"] for code in ("5000010", "5000202"))
    assert one[0] == other[0] and one != other


def test_what_is_read_of_a_large_frame_is_read_once_and_goes_with_it() -> None:
    frame = pd.DataFrame(
        {
            "municipality_code": [f"{place:07d}" for place in range(figure.LARGE)],
            "name": [f"Vila {place}" for place in range(figure.LARGE)],
            "value": [float(place) for place in range(figure.LARGE)],
            "flag": None,
            "year": 2024,
        }
    )
    one, other = figure.rows_of(frame, WATER, "0000001"), figure.rows_of(frame, WATER, "0000002")
    assert other.hover is one.hover and (one.chosen, other.chosen) == (["0000001"], ["0000002"])
    assert figure.rows_of(frame, DEATHS, None).places != one.places
    small = frame.head(10)
    assert figure.rows_of(small, WATER, None).hover is not figure.rows_of(small, WATER, None).hover
    held = weakref.ref(frame)
    del frame
    gc.collect()
    assert held() is None
