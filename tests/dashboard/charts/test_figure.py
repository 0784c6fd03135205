"""All charts: plain figures, text from data that stays text, inks of the theme."""

from __future__ import annotations

import gc
import json
import re
import weakref
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts, words
from dashboard.charts import figure
from dashboard.charts.palettes import PALETTES
from pipelines import verdicts
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


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 6), st.floats(0, 3), st.booleans()), min_size=1, max_size=12
    ),
    st.sampled_from(["higher", "lower", "none"]),
)
def test_places_of_all_rows_are_those_of_one_row(
    cells: list[tuple[int | None, float, bool]], better: str
) -> None:
    values = [None if value is None else float(value) for value, _, _ in cells]
    lows = [
        value - wide if value is not None and some else None
        for value, (_, wide, some) in zip(values, cells, strict=True)
    ]
    highs = [
        value + wide if value is not None and some else None
        for value, (_, wide, some) in zip(values, cells, strict=True)
    ]
    rows = frame(values, low=pd.Series(lows, dtype=float), high=pd.Series(highs, dtype=float))
    indicator = replace(WATER, better=better)
    total = sum(value is not None for value in values)
    expected = []
    for value, low, span in zip(
        values, lows, verdicts.rank_interval(values, lows, highs, better), strict=True
    ):
        if value is None:
            expected.append("")
        elif span is not None and low is not None:
            expected.append(words.rank(*span, total, 0, better, len(values)))
        else:
            ahead = sum(
                other is not None and (other < value if better == "lower" else other > value)
                for other in values
            )
            tied = sum(other == value for other in values) - 1
            expected.append(words.rank(ahead + 1, ahead + 1, total, tied, better, len(values)))
    assert figure._positions(rows, words.numbers(values), indicator) == expected


def test_a_line_that_all_marks_say_is_sent_once() -> None:
    said = figure.told_in([["Rio A", "Rio B"], ["n.d. em 2024"] * 2, ["1º de 2", "2º de 2"]])
    assert said["customdata"] == [("Rio A", "1º "), ("Rio B", "2º ")]
    assert said["hovertemplate"] == (
        "<b>%{customdata[0]}</b><br>n.d. em 2024<br>%{customdata[1]}de 2<extra></extra>"
    )
    named = figure.told_in([["n.d. em 2024"] * 2, ["", ""]], "%{properties.name}")
    assert named["customdata"] == []
    assert named["hovertemplate"] == "<b>%{properties.name}</b><br>n.d. em 2024<extra></extra>"
    assert figure.told_in([[], [], []])["customdata"] == []
    # The name is each mark's own, even where two are of one name.
    assert figure.told_in([["Rio", "Rio"], ["", ""], ["", ""]])["customdata"] == [("Rio",), ("Rio",)]


@given(st.lists(st.text("a<&>\"'", max_size=4), max_size=4))
def test_labels_of_all_are_those_of_one(texts: list[str]) -> None:
    assert figure.label_texts(texts) == list(map(figure.label_text, texts))


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
        assert again.table is draw(rows, None).table
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
