"""Rankings and spreads: who is drawn, in which order, and labels that keep clear."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard import charts
from dashboard.charts.figure import TICK
from dashboard.charts.palettes import PALETTES, text_width
from tests.dashboard.samples import (
    DEATHS,
    GRADE,
    NBSP,
    WATER,
    frame,
    ticks,
)


def test_ranking_begins_with_the_worse_and_leaves_the_missing_out() -> None:
    values = [30.0, None, 10, 20]
    assert ticks(charts.ranking(frame(values), WATER)) == ["Município 2", "Município 3", "Município 0"]
    assert ticks(charts.ranking(frame(values), DEATHS)) == ["Município 0", "Município 3", "Município 2"]
    assert ticks(charts.ranking(frame([1, 3, 2]), GRADE)) == ["Município 1", "Município 2", "Município 0"]


def test_long_rankings_keep_the_selected_and_its_neighbours() -> None:
    chart = charts.ranking(frame([float(value) for value in range(40)]), WATER, "5000020", first=3, last=2)
    shown = [0, 1, 2, None, 18, 19, 20, 21, 22, None, 38, 39]
    expected = ["⋯" if row is None else f"Município {row}" for row in shown]
    expected[6] = "<b>Município 20</b>"
    assert ticks(chart) == expected
    assert len(chart.frame) == 40


def test_a_ranking_of_categories_counts_those_it_leaves_out() -> None:
    chart = charts.ranking(frame([3.0] * 20 + [1.0] * 2), GRADE, first=3, last=2)
    assert ticks(chart)[3:5] == ["⋯ mais 17 iguais", "Município 20"]


def test_intervals_make_ranks_intervals() -> None:
    rows = frame([10, 11, 50], low=[5.0, 6, 45], high=[15.0, 16, 55])
    chart = charts.ranking(rows, WATER)
    assert chart.frame["Posição"].tolist() == ["entre 2º e 3º de 3", "entre 2º e 3º de 3", "1º de 3"]
    bars = next(
        trace for trace in chart.figure["data"] if trace["mode"] == "lines" and trace["line"]["width"] == 4
    )
    assert bars["x"][:3] == [5.0, 15.0, None]


@pytest.mark.parametrize("columns", [{}, {"low": 1.0, "high": 99.0}])
def test_figures_of_a_ranking_never_meet_names_or_dots(columns: dict[str, Any]) -> None:
    figure = charts.ranking(frame([0.0, 0, 55.5, 100], **columns), WATER).figure
    layout = figure["layout"]
    texts = next(trace for trace in figure["data"] if trace["mode"] == "text")
    assert [text.rstrip(NBSP) for text in texts["text"]] == ["0,0%", "0,0%", "55,5%", "100,0%"]
    # They end where the plot begins, whatever its width, and the names end before the widest of them.
    assert set(texts["x"]) == {0} and layout[f"xaxis{texts['xaxis'][1:]}"]["range"] == [0, 1]
    assert layout["yaxis"]["ticklabelstandoff"] > text_width("100,0%")
    assert layout["margin"]["l"] > text_width("Município 0") + layout["yaxis"]["ticklabelstandoff"]
    low, high = layout["xaxis"]["range"]
    assert (0 - low) / (high - low) * 90 > 7


def test_a_narrow_ranking_keeps_the_whole_label_of_its_median() -> None:
    rows = frame([0.0, 1, 2, 100], [f"Rio Verde de Mato Grosso {row}" for row in range(4)])
    note = charts.ranking(rows, replace(DEATHS, range=(0, 1e6))).figure["layout"]["annotations"][0]
    assert note["xanchor"] == "right"


@pytest.mark.parametrize(
    "values", [[0.0, 1, 2, 100], [0.0, 1, 60, 100], [0.0, 60, 99, 100], [0.0, 98, 99, 100]]
)
@pytest.mark.parametrize("name", ["Jaú", "Água Clara", "Rio Verde de Mato Grosso"])
def test_the_label_of_a_median_is_cut_on_no_side(values: list[float], name: str) -> None:
    rows = frame(values, [f"{name} {row}" for row in range(4)])
    layout = charts.ranking(rows, replace(DEATHS, range=(0, 1e6))).figure["layout"]
    note, left = layout["annotations"][0], layout["margin"]["l"]
    low, high = layout["xaxis"]["range"]
    # The narrowest of phones leaves a drawing some 300 px.
    spot = left + (note["x"] - low) / (high - low) * (300 - 6 - left) + note["xshift"]
    wide = text_width(note["text"], TICK)
    begins = spot - wide * {"left": 0, "center": 0.5, "right": 1}[note["xanchor"]]
    assert begins >= 0 and begins + wide <= 300


def test_names_are_sorted_without_their_accents() -> None:
    names = ["Taquarussu", "Água Clara", "Bonito"]
    assert ticks(charts.ranking(frame([5, 5, 5], names), WATER)) == ["Água Clara", "Bonito", "Taquarussu"]
    assert ticks(charts.ranking(frame([3, 3, 3], names), GRADE)) == ["Água Clara", "Bonito", "Taquarussu"]


def test_ranking_of_nothing() -> None:
    chart = charts.ranking(frame([None, None]), WATER)
    assert chart.figure["data"] == []
    assert "nenhum município com dado" in chart.sentence


def test_distribution_draws_every_known_value_once() -> None:
    values = [float(value % 13) for value in range(79)]
    chart = charts.distribution(frame([*values, None]), WATER, "5000003")
    assert sum(len(trace["x"]) for trace in chart.figure["data"]) == 79
    crowded = charts.distribution(frame([5.0] * 60 + [9.0]), WATER)
    assert sum(crowded.figure["data"][0]["y"]) == 61


def test_the_label_of_a_place_covers_the_dashes_of_the_median() -> None:
    chart = charts.distribution(frame([float(value) for value in range(20)]), WATER, "5000008")
    label = next(note for note in chart.figure["layout"]["annotations"] if "Município 8" in note["text"])
    assert label["bgcolor"] == PALETTES["light"].surface


def test_names_of_categories_stand_clear_of_their_bars() -> None:
    chart = charts.distribution(frame([1, 2, 2]), GRADE)
    assert ticks(chart) == [f"{name}{NBSP}{NBSP}" for name in "ABC"]


def test_what_cannot_be_is_in_no_order_and_no_median() -> None:
    rows = frame([10.0, 20, 30, 150])
    rows["flag"] = [None, None, None, "implausible"]
    chart = charts.ranking(rows, WATER)
    assert ticks(chart) == ["Município 0", "Município 1", "Município 2"]
    assert "Mediana dos municípios 20,0%." in chart.sentence
    assert chart.sentence.endswith("1 acima de 100%: não dá para ler.")
    assert chart.frame["Posição"].tolist()[-1] == "" and len(chart.frame) == 4
    spread = charts.distribution(
        frame([10.0, 20, 30, 40, 150]).assign(flag=[None] * 4 + ["implausible"]), WATER
    )
    assert "mediana dos municípios de 25,0%" in spread.sentence


def test_a_drawing_says_how_many_print_as_the_last_one_it_names() -> None:
    rows = frame([100.0] * 20 + [50.0, 60.0])
    drawn = charts.ranking(rows, replace(WATER, better="lower"), first=3)
    assert ticks(drawn)[-1] == "⋯ mais 19, 17 de 100,0%"
    drawn = charts.ranking(rows, WATER, first=3, last=2)
    assert "⋯ mais 17 iguais" in ticks(drawn)
    both = charts.ranking(frame([50.0] * 10 + [100.0] * 20), replace(WATER, better="higher"), first=3, last=2)
    assert "⋯ 7 de 50,0% e 18 de 100,0%" in ticks(both)
    alone = charts.ranking(frame([float(value) for value in range(20)]), WATER, first=3)
    assert not [label for label in ticks(alone) if "iguais" in label]


def test_one_value_has_no_median_beside_it() -> None:
    few, one = (charts.ranking(frame(values), WATER) for values in ([10.0, 20], [10.0, None]))
    assert "mediana" in str(few.figure) and "mediana" not in str(one.figure)
