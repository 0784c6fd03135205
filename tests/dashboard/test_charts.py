"""Charts say what the figures say: nothing missing is drawn, nothing broken joined, nothing run as markup."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from colorspacious import cspace_convert
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts
from dashboard.charts import Chart, TargetPath
from dashboard.charts.palettes import MARKS, PALETTES, contrast, ink_on, text_width
from pipelines.declarations import Indicator
from tests.dashboard.samples import COUNT, DEATHS, GEO, GRADE, MARK, MONEY, WATER, frame, history

NBSP = "\u00a0"
EVIL = "<script>alert(1)</script> & <b>Vila</b>"


def every_chart(theme: Any = "light", name: str = "Bonito") -> dict[str, Chart]:
    """One of each chart, over figures with a missing value."""
    values = [10.0, 55, 70, 85, 95, None, 40, 33]
    names = [name, *(f"Município {row}" for row in range(1, 8))]
    rows = frame(values, names)
    statuses = ["achieved", "on_track", "at_risk", "off_track", "worsening", None, "missed", "not_judged"]
    targeted = frame(values, names, target_value=80.0, target_year=2030, status=statuses)
    line = history({2020: 10, 2021: None, 2022: 30, 2023: 40}, name)
    state = history({2020: 20, 2021: 25, 2022: 30, 2023: 35}, "MS", key="place")
    pairs = frame(values, names, x=values, y=values[::-1], population=1000.0, group=[name, "B"] * 4)
    return {
        "choropleth": charts.choropleth(rows, WATER, selected="5000000", theme=theme, **GEO),
        "status_map": charts.status_map(
            targeted, "Metas", selected="5000000", theme=theme, legend=True, **GEO
        ),
        "ranking": charts.ranking(rows, WATER, "5000000", theme),
        "distribution": charts.distribution(rows, WATER, "5000000", theme),
        "series": charts.series(line, WATER, theme, state=state, regions=state),
        "path": charts.series(line, WATER, theme, path=TargetPath(2030, 80, 2020, 10, {2025: 50})),
        "dumbbell": charts.dumbbell(targeted, WATER, "5000000", theme),
        "small_multiples": charts.small_multiples(line, WATER, theme, state=state),
        "scatter": charts.scatter(pairs, WATER, MARK, "5000000", theme, (0.4, 0.1, 0.6)),
        "category": charts.distribution(frame([1, 2, 2, 3, None], [name, *"abcd"]), GRADE, "5000000", theme),
    }


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


# Classes


def test_declared_bounds_and_counts_in_words() -> None:
    found = charts.classes([10, 49.9, 50, 64.9, 65, 95, None], WATER)
    assert found.legend == (
        "menos de 50% (2)",
        "50% a 65% (2)",
        "65% a 80% (1)",
        "80% a 90% (0)",
        "90% ou mais (1)",
    )
    assert found.index == (0, 0, 1, 1, 2, 4, None)
    assert found.missing == 1


def test_a_value_is_classed_as_it_is_shown() -> None:
    # 49.96 prints as 50,0%: it must not lie in "menos de 50%".
    assert charts.classes([10, 49.96], WATER).index == (0, 1)


def test_few_distinct_values_are_their_own_classes() -> None:
    found = charts.classes([0, 0, 3, 3, 3, None], COUNT)
    assert found.legend == (f"0{NBSP}itens (2)", f"3{NBSP}itens (3)")


def test_small_counts_are_named_by_whole_numbers() -> None:
    found = charts.classes([0, 1, 2, 3, 4, 5, 9], replace(COUNT, classes=(1, 2, 4, 6)))
    assert found.legend == ("0 (1)", "1 (1)", "2 a 3 (2)", "4 a 5 (2)", "6 ou mais (1)")


def test_categories_best_is_darkest_in_light() -> None:
    found = charts.classes([1, 3, 3, None], GRADE)
    assert found.legend == ("C (2)", "B (0)", "A (1)")
    darkness = [
        sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in found.colours(PALETTES["light"])
    ]
    assert darkness == sorted(darkness, reverse=True)


def test_values_on_both_sides_of_zero_part_there() -> None:
    balance = replace(COUNT, better="higher", range=(-1e6, 1e6))
    found = charts.classes([-50, -40, -30, -20, -1, 0, 5, 10, 20, 90], balance)
    assert found.diverging
    assert "0" in " ".join(found.labels)
    for value, place in zip([-1, 0], [found.index[4], found.index[5]], strict=True):
        assert place is not None
        assert (found.places[place] < 2) == (value < 0)
    worse_up = charts.classes([-50, -40, -30, -20, -1, 0, 5, 10, 20, 90], replace(balance, better="lower"))
    assert [4 - place for place in worse_up.places] == list(found.places)


def test_nothing_at_all_gives_no_class() -> None:
    found = charts.classes([None, None], DEATHS)
    assert found.labels == ()
    assert found.missing == 2


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False)), max_size=120),
    st.sampled_from([WATER, DEATHS, MONEY, COUNT, MARK]),
)
def test_every_value_is_in_one_class_and_classes_rise(
    values: list[float | None], indicator: Indicator
) -> None:
    found = charts.classes(values, indicator)
    assert sum(found.counts) + found.missing == len(values)
    assert len(found.labels) == len(found.places) == len(found.counts) <= 7
    held = sorted((value, place) for value, place in zip(values, found.index, strict=True)
                  if value is not None and place is not None)  # fmt: skip
    assert [place for _, place in held] == sorted(place for _, place in held)
    assert len(set(found.colours(PALETTES["light"]))) == len(found.labels)


def test_quintiles_are_even_without_ties() -> None:
    found = charts.classes([float(value) ** 1.5 for value in range(1, 80)], DEATHS)
    assert len(found.counts) == 5
    assert max(found.counts) - min(found.counts) <= 6


# Maps


def shapes(chart: Chart) -> list[dict[str, Any]]:
    return [trace for trace in chart.figure["data"] if trace["type"] == "choropleth"]


def test_missing_is_grey_with_a_ring_and_never_classed() -> None:
    chart = charts.choropleth(frame([10, None, 95]), WATER, **GEO)
    classed, absent = shapes(chart)[:2]
    assert classed["locations"] == ["5000000", "5000002"]
    assert absent["locations"] == ["5000001"]
    assert absent["colorscale"][0][1] == PALETTES["light"].missing
    rings = [
        trace for trace in chart.figure["data"] if trace.get("marker", {}).get("symbol") == "circle-open"
    ]
    assert [len(trace["lat"]) for trace in rings] == [1]
    names = [trace["name"] for trace in chart.figure["data"] if trace.get("name")]
    assert names == ["menos de 50% (1)", "90% ou mais (1)", "○ sem dado (1)"]
    assert chart.frame["Água encanada (%)"].isna().tolist() == [False, True, False]


def test_reasons_for_missing_values_are_told_apart() -> None:
    rows = frame([10, None, None, None, 95])
    rows["flag"] = [None, "not_eligible", "not_available", "not_eligible", None]
    chart = charts.choropleth(rows, WATER, **GEO)
    names = [trace["name"] for trace in chart.figure["data"] if trace.get("name")]
    assert names[-2:] == ["○ não elegível (2)", "□ não disponível na fonte (1)"]
    rings = [
        trace
        for trace in chart.figure["data"]
        if trace["type"] == "scattergeo" and len(trace["lat"]) and trace["lat"][0]
    ]
    assert [(trace["marker"]["symbol"], len(trace["lat"])) for trace in rings] == [
        ("circle-open", 2),
        ("square-open", 1),
    ]
    assert chart.sentence.endswith("3 sem dado (não elegível: 2; não disponível na fonte: 1).")


def test_map_of_nothing_still_shows_everyone() -> None:
    chart = charts.choropleth(frame([None, None]), WATER, **GEO)
    assert shapes(chart)[0]["locations"] == ["5000000", "5000001"]
    assert "nenhum município com dado" in chart.sentence


def test_the_colour_of_a_shape_is_that_of_its_class() -> None:
    trace = shapes(charts.choropleth(frame([10, 55, 70, 85, 95]), WATER, **GEO))[0]
    low, high = trace["zmin"], trace["zmax"]
    for z, expected in zip(trace["z"], PALETTES["light"].sequential[5], strict=True):
        share = (z - low) / (high - low)
        steps = trace["colorscale"]
        inside = [a[1] for a, b in itertools.pairwise(steps) if a[0] <= share <= b[0] and a[1] == b[1]]
        assert inside == [expected]


def test_a_click_finds_the_code_and_the_chosen_is_outlined_last() -> None:
    chart = charts.choropleth(frame([10, 20]), WATER, selected="5000001", **GEO)
    outlines = [trace for trace in shapes(chart) if trace["locations"] == ["5000001"]]
    assert [trace["marker"]["line"]["width"] for trace in outlines] == [4.5, 2.2]
    assert [trace["text"] for trace in chart.figure["data"] if trace.get("mode") == "text"] == [
        ["<b>Município 1</b>"]
    ]
    unknown = charts.choropleth(frame([10, 20]), WATER, selected="5099999", **GEO)
    assert len(shapes(unknown)) == len(shapes(chart)) - 2


def told(trace: dict[str, Any], place: int) -> list[str]:
    """The lines that a reader sees who points at a mark."""
    template = trace["hovertemplate"].removesuffix("<extra></extra>")
    for number, text in enumerate(trace["customdata"][place]):
        template = template.replace(f"%{{customdata[{number}]}}", text)
    return re.sub("</?b>", "", template).split("<br>")


def test_hover_gives_value_year_and_place() -> None:
    chart = charts.choropleth(frame([10, 20, None]), WATER, **GEO)
    assert told(shapes(chart)[0], 0) == ["Município 0", "10,0% em 2024", "2º de 2 com dado"]
    assert told(shapes(chart)[0], 1) == ["Município 1", "20,0% em 2024", "1º de 2 com dado"]
    assert told(shapes(chart)[1], 0) == ["Município 2", "n.d. (não disponível na fonte) em 2024", ""]


def test_what_all_hovers_say_is_sent_once_and_names_stay_whole() -> None:
    same = charts.choropleth(frame([10, 10, 10], name=["Rio A", "Rio B", "Rio C"]), WATER, **GEO)
    trace = shapes(same)[0]
    assert [row[0] for row in trace["customdata"]] == ["Rio A", "Rio B", "Rio C"]
    assert told(trace, 2) == ["Rio C", "10,0% em 2024", "empatado com outros 2 em 1º de 3"]
    assert len(str(trace["customdata"])) < len("Rio A 10,0% em 2024 empatado com outros 2 em 1º de 3") * 3
    lone = charts.choropleth(frame([10]), WATER, **GEO)
    assert told(shapes(lone)[0], 0)[1] == "10,0% em 2024"


def test_status_map_keeps_what_goes_well_quiet() -> None:
    rows = frame([1, 2, 3], status=["on_track", "worsening", None])
    chart = charts.status_map(rows, "Metas", **GEO)
    glyphs = [trace["marker"]["symbol"] for trace in chart.figure["data"] if trace["type"] == "scattergeo"]
    assert glyphs == ["triangle-left"]
    assert chart.sentence == "Metas: no ritmo em 1 e em retrocesso em 1."
    assert chart.frame["Situação"].tolist() == ["No ritmo", "Em retrocesso", "Sem meta"]


# Rankings


def ticks(chart: Chart) -> list[str]:
    return list(chart.figure["layout"]["yaxis"]["ticktext"])


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
    assert ticks(chart)[3:5] == ["⋯ mais 17", "Município 20"]


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


# Series


def lines(chart: Chart) -> list[dict[str, Any]]:
    return [
        trace
        for trace in chart.figure["data"]
        if trace["mode"] == "lines" and trace.get("fill") is None and trace["line"]["width"]
    ]


def runs(trace: dict[str, Any]) -> list[list[float]]:
    """The points that a line joins."""
    found: list[list[float]] = [[]]
    for x in trace["x"]:
        if x is None:
            found.append([])
        else:
            found[-1].append(x)
    return found


def test_a_line_is_cut_at_a_gap() -> None:
    chart = charts.series(history({2019: 5, 2020: 6, 2021: None, 2022: 7, 2023: 8}), WATER)
    assert runs(lines(chart)[0]) == [[2019, 2020], [2022, 2023]]
    drawn = [y for trace in chart.figure["data"] for y in trace["y"] if y is not None]
    assert 0 not in drawn


def test_a_line_and_its_references_are_cut_where_the_method_changed() -> None:
    state = history({2020: 1, 2021: 2, 2022: 3, 2023: 4}, "MS", key="place")
    rows = history({2020: 5, 2021: 6, 2022: 7, 2023: 8}, breaks=(2022,), low=4.0, high=9.0)
    chart = charts.series(rows, WATER, state=state)
    assert [runs(trace) for trace in lines(chart)] == [[[2020, 2021], [2022, 2023]]] * 2
    bands = [trace for trace in chart.figure["data"] if trace.get("fill") == "toself"]
    assert [trace["x"] for trace in bands] == [[2020, 2021, 2021, 2020], [2022, 2023, 2023, 2022]]
    assert [shape["x0"] for shape in chart.figure["layout"]["shapes"]] == [2021.5]
    assert "mudou o método" in [note["text"] for note in chart.figure["layout"]["annotations"]]
    assert chart.sentence.endswith("Sem série comparável antes de 2022.")
    assert "subiu de 7,0% em 2022" in chart.sentence


def test_the_sentence_says_when_chance_explains_the_change() -> None:
    rate = replace(DEATHS, interval="rate", multiplier=1000)
    few = history({2022: 20, 2023: 10}, numerator=[2, 1], denominator=[100, 100])
    many = history({2022: 20, 2023: 10}, numerator=[2000, 1000], denominator=[100_000, 100_000])
    assert "por mil), variação compatível com o acaso" in charts.series(few, rate).sentence
    assert "acaso" not in charts.series(many, rate).sentence
    assert "acaso" not in charts.series(few, replace(rate, window=3)).sentence
    assert "acaso" not in charts.series(few, DEATHS).sentence


def test_a_break_before_the_first_value_is_no_news() -> None:
    chart = charts.series(history({2020: None, 2021: 6, 2022: 7}, breaks=(2021,)), WATER)
    assert chart.figure["layout"]["shapes"] == []


def test_provisional_values_are_rings() -> None:
    rows = history({2022: 5, 2023: 6})
    rows["flag"] = [None, "provisional"]
    chart = charts.series(rows, WATER)
    marks = next(trace for trace in chart.figure["data"] if trace["mode"] == "markers")
    assert marks["marker"]["color"] == [PALETTES["light"].data, PALETTES["light"].surface]


@pytest.mark.parametrize("indicator", [WATER, DEATHS, MONEY, MARK, COUNT])
def test_at_most_three_grid_lines_and_the_unit_on_the_top_one(indicator: Indicator) -> None:
    for top in (0.004, 0.7, 3, 52, 99.9, 1234, 8_700_000):
        axis = charts.series(history({2020: top / 3, 2021: top}), indicator).figure["layout"]["yaxis"]
        assert 1 <= len(axis["tickvals"]) <= 3
        assert axis["range"][0] <= axis["tickvals"][0] <= axis["tickvals"][-1] <= axis["range"][1]
        assert not [text for text in axis["ticktext"][:-1] if "%" in text or "R$" in text]


def test_the_path_to_a_target() -> None:
    path = TargetPath(2030, 80, 2020, 10, {2025: 50})
    chart = charts.series(history({2020: 10, 2024: 52}), WATER, path=path)
    way = next(trace for trace in lines(chart) if trace["line"]["color"] == PALETTES["light"].target)
    assert (way["x"], way["y"]) == ([2020, 2025, 2030], [10, 50, 80])
    texts = [note["text"] for note in chart.figure["layout"]["annotations"]]
    assert "<b>meta 80%</b> em 2030" in texts
    assert "<b>52,0%</b><br>em 2024" in texts
    end = [trace for trace in chart.figure["data"] if trace.get("marker", {}).get("symbol") == "diamond"]
    assert [(trace["x"], trace["y"]) for trace in end] == [([2030.0], [80])]


def notes_of(chart: Chart) -> list[str]:
    return [re.sub("</?b>", "", note["text"]) for note in chart.figure["layout"]["annotations"]]


def test_the_first_value_is_labelled_only_where_neither_line_nor_path_runs() -> None:
    path = TargetPath(2030, 80, 2020, 40)
    # A falling line under a rising path leaves no side free; a rising one leaves the space below.
    assert "40,0%" not in notes_of(charts.series(history({2020: 40, 2024: 38}), WATER, path=path))
    assert "40,0%" in notes_of(charts.series(history({2020: 40, 2024: 52}), WATER, path=path))
    near = charts.series(
        history({2020: 40.2, 2021: 41, 2022: 39}), WATER, path=TargetPath(2033, 80, 2020, 38)
    )
    assert "40,2%" not in notes_of(near) and "39,0%<br>em 2022" in notes_of(near)
    limit = TargetPath(2024, 90)
    assert "88,4%" not in notes_of(charts.series(history({2020: 88.4, 2024: 60}), WATER, path=limit))
    assert "70,0%" in notes_of(charts.series(history({2020: 70, 2024: 60}), WATER, path=limit))


def test_labels_of_a_path_have_a_halo_of_the_ground() -> None:
    chart = charts.series(history({2020: 40, 2024: 70}), WATER, path=TargetPath(2024, 90))
    notes = [note for note in chart.figure["layout"]["annotations"] if note["xref"] == "x"]
    assert len(notes) == 3
    assert all(PALETTES["light"].surface in note["font"]["shadow"] for note in notes)


def test_unit_and_change_of_method_stand_in_rows_of_their_own() -> None:
    chart = charts.series(history({2020: 5, 2021: 6, 2022: 7, 2023: 8}, breaks=(2022,)), DEATHS)
    rows = {
        note["text"]: note["yshift"]
        for note in chart.figure["layout"]["annotations"]
        if note["yref"] == "paper"
    }
    assert rows["óbitos por mil nascidos vivos"] - rows["mudou o método"] > 16


def test_regions_that_bear_a_municipalitys_name_stay_apart() -> None:
    region = history({2022: 5, 2023: 6}, "Bonito", key="place")
    chart = charts.series(history({2022: 7, 2023: 8}), WATER, regions=region)
    assert list(chart.frame.columns) == ["Período", "Bonito", "Região Bonito"]


def test_years_are_labelled_where_the_data_is() -> None:
    chart = charts.series(history(dict.fromkeys(range(2005, 2024, 2), 5.0) | {2023: 6}), MARK)
    shown = chart.figure["layout"]["xaxis"]["tickvals"]
    assert set(shown) <= set(range(2005, 2024, 2))
    assert shown[-1] == 2023
    assert len(shown) <= 8


def test_end_labels_do_not_lie_on_each_other() -> None:
    rows = pd.concat(
        [history({2022: 50 + place / 10, 2023: 50 + place / 10}, f"M{place}") for place in range(6)]
    )
    chart = charts.series(rows, WATER)
    layout = chart.figure["layout"]
    plot = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
    low, high = layout["yaxis"]["range"]
    pixels = sorted(
        plot * (1 - (note["y"] - low) / (high - low)) - note["yshift"]
        for note in layout["annotations"]
        if note["xref"] == "x" and note["xanchor"] == "left"
    )
    assert len(pixels) == 6
    assert all(after - before >= 16.9 for before, after in itertools.pairwise(pixels))


def test_series_of_nothing() -> None:
    chart = charts.series(history({2020: None}), WATER)
    assert chart.figure["data"] == []
    assert chart.sentence == "Atendimento com água: Bonito: sem dado na série."
    assert charts.series(history({}), WATER).figure["data"] == []


def test_monthly_periods_are_labelled_by_month() -> None:
    rows = history({2020: 1.0, 2021: 2, 2022: 3})
    rows["period"] = [dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31)]
    chart = charts.series(rows, replace(WATER, periodicity="mensal"))
    assert chart.figure["layout"]["xaxis"]["ticktext"] == ["jan. 2026", "fev. 2026", "mar. 2026"]


# Targets, two indicators


def test_dumbbell_is_furthest_first_in_the_indicators_direction() -> None:
    rows = frame(
        [70, 10, None, 90],
        target_value=80.0,
        target_year=2030,
        status=["at_risk", "off_track", None, "achieved"],
    )
    chart = charts.dumbbell(rows, WATER)
    assert ticks(chart) == ["Município 1", "Município 0", "Município 3"]
    assert chart.sentence == (
        "Atendimento com água, 2024: 1 de 3 municípios alcançou a meta; o mais distante é Município 1, com "
        "10,0% para a meta de 80%. 1 sem dado ou sem meta."
    )
    assert chart.frame["Distância até a meta"].tolist()[:3] == [70.0, 10.0, 0.0]
    assert ticks(charts.dumbbell(rows, DEATHS)) == ["Município 3", "Município 0", "Município 1"]


def test_dumbbell_marks_carry_status_by_shape() -> None:
    rows = frame([70, 10], target_value=80.0, target_year=2030, status=["at_risk", "off_track"])
    marks = charts.dumbbell(rows, WATER).figure["data"][-1]
    assert marks["marker"]["symbol"] == ["square", "diamond"]


def test_scatter_leaves_out_who_lacks_either_and_warns() -> None:
    rows = frame([1, 2, 3], x=[1.0, None, 3], y=[5.0, 6, 7])
    chart = charts.scatter(rows, WATER, MARK, correlation=(0.1, -0.2, 0.4))
    assert sum(len(trace["x"]) for trace in chart.figure["data"]) == 2
    assert "Sem associação clara" in chart.sentence
    assert "Associação não prova causa" in chart.sentence
    assert chart.sentence.endswith("1 sem um dos dados.")


def test_the_largest_bubble_has_room_at_the_edge() -> None:
    rows = frame([1, 2, 3], x=[0.0, 5, 10], y=[0.0, 5, 10], population=[1.0, 10, 1_000_000])
    figure = charts.scatter(rows, WATER, MARK).figure
    for axis in ("xaxis", "yaxis"):
        low, high = figure["layout"][axis]["range"]
        assert (high - 10) / (high - low) * 300 > 19 and low < 0
    assert all(trace["cliponaxis"] is False for trace in figure["data"])


# HTML and SVG


def test_html_pieces_escape_what_comes_from_data() -> None:
    rows = history({2020: 1, 2021: 2}, EVIL)
    pieces = [
        charts.tile(EVIL, EVIL, EVIL, EVIL),
        charts.ribbon({"achieved": 1}, label=EVIL + '"'),
        charts.heat_table(
            EVIL, [EVIL, (EVIL, EVIL)], [(EVIL, [charts.Cell(EVIL, 1, EVIL, href=EVIL)])], groups={0: EVIL}
        ),
        charts.data_table(pd.DataFrame({EVIL: [EVIL]}), EVIL),
        charts.panels(rows, WATER),
        charts.inset(charts.Outlines({"1": "M0 0"}, 10, 10), "1", EVIL),
    ]
    for piece in pieces:
        assert "<script" not in piece
        assert "<b>Vila" not in piece


def test_tables_are_accessible_and_missing_is_said() -> None:
    html = charts.data_table(
        pd.DataFrame({"Nome": ["A", "B"], "Valor": [1234.5, None]}), "Valores", {"Valor": 1}
    )
    assert "<caption>Valores</caption>" in html
    assert '<th scope="col">Nome</th>' in html
    assert '<th scope="row">A</th>' in html
    assert '<td class="n">1.234,5</td>' in html
    assert '<td class="n nd">n.d.</td>' in html


def test_long_tables_say_what_they_leave_out() -> None:
    html = charts.data_table(pd.DataFrame({"Nome": [str(row) for row in range(200)]}), "Todos", limit=10)
    assert html.count("<tr>") == 11
    assert "10 de 200 linhas" in html


def test_heat_cells_are_fifths_in_the_indicators_direction() -> None:
    values = [10.0, 20, 30, 40, 50, None]
    assert charts.shades(values, WATER) == [0, 1, 2, 3, 4, None]
    assert charts.shades(values, DEATHS) == [4, 3, 2, 1, 0, None]
    assert charts.shades(values, replace(WATER, better="none")) == [None] * 6
    assert charts.shades([1, 2, 3], GRADE) == [4, 2, 0]
    assert charts.shades([7.0, 7, 7], WATER) == [2, 2, 2]


def test_value_cells() -> None:
    missing = charts.value_cell(None, "not_eligible", WATER, None, "2024")
    assert (missing.text, missing.missing, missing.title) == ("n.d.", True, "n.d. (não elegível) em 2024")
    known = charts.value_cell(1234.5, "provisional", WATER, 3, "2024")
    assert (known.text, known.shade, known.title) == ("1.234,5*", 3, "1.234,5% em 2024 (provisório)")


def test_sparklines_are_cut_too() -> None:
    # Two pieces, and the dot on the last point.
    assert charts.sparkline([1, 2, None, 3, 4]).count("M") == 3
    assert charts.sparkline([1, 2, 3, 4], breaks=[False, False, True, False]).count("M") == 3
    assert charts.sparkline([None]) == ""
    assert "nan" not in charts.sparkline([5, 5, 5, None])


def test_two_values_make_no_sparkline() -> None:
    assert charts.sparkline([5, 6]) == charts.sparkline([5, None, 6, None]) == ""
    assert charts.sparkline([5, None, 6, 7]) != ""


def test_ribbon_counts_in_words() -> None:
    html = charts.ribbon({"achieved": 5, "worsening": 16, "missed": 0})
    assert 'aria-label="Situação das metas. Meta alcançada: 5 e Em retrocesso: 16"' in html
    assert "Prazo vencido" not in html


def test_a_change_by_chance_is_not_painted() -> None:
    assert "background:transparent" in charts.chip("worsening", certain=False)
    assert "compatível com o acaso" in charts.chip("worsening", certain=False)
    assert "background:rgba" in charts.chip("worsening")


def test_outlines_keep_shapes_inside_their_box() -> None:
    ring = [[-58, -24], [-58, -17], [-50, -17], [-50, -24], [-58, -24]]
    collection = {"features": [{"id": "1", "geometry": {"type": "Polygon", "coordinates": [ring]}}]}
    found = charts.outlines(collection, 100)
    numbers = [float(part) for part in found.paths["1"].strip("MZ").replace("L", " ").split()]
    assert max(numbers[::2]) <= 100
    assert max(numbers[1::2]) <= found.height
    assert 80 < found.height < 100


# Colours


def seen(colours: Sequence[str]) -> list[Any]:
    """Colours in CAM02-UCS to normal sight and to three kinds of colour blindness (Machado, severity 100)."""
    rgb = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours])
    blind = [
        {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
        for kind in ("deuteranomaly", "protanomaly", "tritanomaly")
    ]
    return [
        cspace_convert(np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1), "sRGB1", "CAM02-UCS")
        for space in ("sRGB1", *blind)
    ]


def distance(colours: Sequence[str], pairs: Iterable[tuple[int, int]]) -> float:
    """The smallest difference between pairs of places, over every kind of sight."""
    spaces, pairs = seen(colours), list(pairs)
    return min(float(np.linalg.norm(space[a] - space[b])) for space in spaces for a, b in pairs)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_told_apart_by_everyone(theme: str) -> None:
    palette = PALETTES[theme]
    goals = ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged")
    fills = [MARKS[status].fill[theme] for status in goals]
    neighbours = list(itertools.pairwise(range(7)))
    every = list(itertools.combinations(range(8), 2))
    assert distance(palette.sequential[5], neighbours[:4]) > 15
    assert distance(palette.sequential[7], neighbours) > 9.8
    assert distance(palette.diverging[5], neighbours[:4]) > 20
    assert distance(palette.diverging[7], neighbours) > 13
    assert distance(palette.categorical, every) > 10
    assert distance(fills, every) > 11
    assert distance((palette.missing, *palette.sequential[5]), [(0, place) for place in range(1, 6)]) > 14


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_inks_are_read(theme: Any) -> None:
    palette = PALETTES[theme]
    for ink in (palette.text, palette.muted, palette.target):
        assert contrast(ink, palette.surface) >= 4.5
    for ground in palette.heat:
        assert contrast(palette.text, ground) >= 4.5
    for mark in MARKS.values():
        assert contrast(mark.ink[theme], palette.surface) >= 4.5
        assert contrast(ink_on(mark.fill[theme], theme), mark.fill[theme]) >= 3


def test_statuses_differ_by_shape_where_they_can_meet() -> None:
    for group in (
        ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged"),
        ("within", "alert", "prudential", "outside", "no_data", "not_judged"),
    ):
        glyphs: Sequence[str] = [MARKS[status].glyph for status in group]
        assert len(set(glyphs)) == len(glyphs)


def test_accents_take_no_room() -> None:
    assert text_width("Japorã") == text_width("Japora")
    assert text_width("ab", 26) == 2 * text_width("ab", 13)
