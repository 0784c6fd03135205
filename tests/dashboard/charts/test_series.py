"""Series: lines cut where figures do not compare, and labels that keep off each other."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dashboard import charts, margins
from dashboard.charts import Chart, TargetPath
from dashboard.charts.figure import TICK
from dashboard.charts.palettes import PALETTES, text_width
from pipelines.declarations import Indicator
from tests.dashboard.samples import (
    COUNT,
    DEATHS,
    MARK,
    MONEY,
    NBSP,
    WATER,
    history,
)


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


def test_what_is_counted_has_whole_grid_lines() -> None:
    for values in ({2020: 0.0, 2021: 1.0}, {2020: 1.0, 2021: 1.0}, {2020: 3.0, 2021: 5.0}):
        axis = charts.series(history(values), COUNT).figure["layout"]["yaxis"]
        assert all(float(step).is_integer() for step in axis["tickvals"])


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


def test_a_label_that_does_not_fit_loses_its_method_and_nothing_else() -> None:
    whole = "Mato Grosso do Sul (conjunto)"
    state = history({2022: 5, 2023: 6}, whole, key="place", short="Mato Grosso do Sul")
    chart = charts.series(history({2022: 7, 2023: 8}), WATER, state=state)
    assert f"Mato Grosso do Sul{NBSP}6,0%" in " ".join(notes_of(chart)).replace("<br>", NBSP)
    assert list(chart.frame.columns) == ["Período", "Bonito", whole]
    bare = charts.series(history({2022: 7, 2023: 8}), WATER, state=state.drop(columns="short"))
    assert "Mato Grosso do Sul (con…" in " ".join(notes_of(bare))


def test_the_line_of_the_state_is_labelled_in_quiet_ink_and_regions_are_named() -> None:
    state = history({2022: 5, 2023: 6}, "MS", key="place")
    region = history({2022: 3, 2023: 4}, "Bonito", key="place")
    chart = charts.series(history({2022: 7, 2023: 8}), WATER, state=state, regions=region)
    inks = {
        note["text"].split("<")[0]: note["font"]["color"] for note in chart.figure["layout"]["annotations"]
    }
    palette = PALETTES["light"]
    assert inks["MS"] == palette.muted and inks["Bonito"] == palette.data and "Região Bonito" in inks


def test_a_path_says_who_set_it() -> None:
    held = history({2020: 10, 2024: 52})
    ours = charts.series(held, WATER, path=TargetPath(2030, 80, 2020, 10))
    assert "– – caminho em linha reta, traçado por nós" in notes_of(ours)
    official = charts.series(held, WATER, path=TargetPath(2030, 80, 2020, 10, {2025: 50}, whose="Inep e MEC"))
    assert "– – metas de cada ano: Inep e MEC" in notes_of(official)
    assert "traçado por nós" not in str(official.figure)
    assert "Meta de 2025, de Inep e MEC" in str(official.figure["data"])
    plan = charts.series(held, WATER, path=TargetPath(2030, 80, 2020, 10, {2025: 50}))
    assert "– – etapas do plano" in notes_of(plan)
    # A limit has no way to it.
    assert not [
        text for text in notes_of(charts.series(held, WATER, path=TargetPath(2024, 90))) if "– –" in text
    ]


def test_the_word_for_a_path_has_a_row_of_its_own_over_the_drawing() -> None:
    """A short path late in a long series leaves its word no room beside it."""
    held = history({2005: 1, 2019: 5, 2021: 5, 2022: 5.2}, breaks=(2021,))
    drawn = charts.series(held, DEATHS, path=TargetPath(2029, 6, 2021, 5)).figure["layout"]
    note = next(note for note in drawn["annotations"] if "– –" in note["text"])
    assert (note["xref"], note["yref"], note["x"], note["xanchor"]) == ("paper", "paper", 0, "left")
    rows = sorted(
        one["yshift"] for one in drawn["annotations"] if (one["yref"], one["yanchor"]) == ("paper", "bottom")
    )
    assert (
        len(rows) == 3 and rows[-1] == note["yshift"] and all(b - a > 15 for a, b in itertools.pairwise(rows))
    )
    assert note["yshift"] + 14 <= drawn["margin"]["t"]
    # The narrowest of phones leaves a drawing some 300 px.
    assert drawn["margin"]["l"] + text_width(note["text"], TICK) < 300


def test_values_that_cannot_be_are_rings_and_move_no_sentence() -> None:
    held = history({2020: 60, 2022: 80, 2024: 150})
    held["flag"] = [None, None, "implausible"]
    chart = charts.series(held, WATER)
    assert "subiu de 60,0% em 2020 para 80,0% em 2022" in chart.sentence
    assert chart.sentence.endswith("1 acima de 100%: não dá para ler.") and "150" not in chart.sentence
    marks = next(
        trace for trace in chart.figure["data"] if trace["mode"] == "markers" and trace["marker"]["size"] < 16
    )
    assert marks["marker"]["color"][-1] == PALETTES["light"].surface
    held["flag"] = "implausible"
    assert charts.series(held, WATER).sentence.endswith("Bonito: 3 fora do plausível: não dá para ler.")


def test_a_revised_value_is_a_square_and_is_told_in_words_and_in_the_table() -> None:
    rows = history({2020: 5, 2021: 6, 2022: 7}).assign(
        revised_at=[None, pd.Timestamp("2026-12-07"), None], revised_from=[None, 5.5, None]
    )
    chart = charts.series(rows, WATER)
    told = "revisado em 12/2026: era 5,5%, passou a 6,0%"
    assert chart.sentence.endswith(f", 2021, {told}.") and "Revisões da fonte: " in chart.sentence
    [symbols] = [
        trace["marker"]["symbol"] for trace in chart.figure["data"] if "symbol" in trace.get("marker", {})
    ]
    assert symbols == ["circle", "square", "circle"]
    [head] = [name for name in chart.frame.columns if name.endswith(": observação")]
    assert chart.frame[head].tolist() == ["", told, ""]
    plain = charts.series(history({2020: 5, 2021: 6, 2022: 7}), WATER)
    assert "Revisões" not in plain.sentence
    assert not [trace for trace in plain.figure["data"] if "symbol" in trace.get("marker", {})]


def test_a_regions_narrow_name_says_that_it_is_a_median() -> None:
    assert margins.together("Bom Jesus", "median", "immediate_region")[1] == "Mediana da região"
    held = pd.DataFrame(
        {
            "name": ["Bonito"] * 2,
            "period": [dt.date(2023, 12, 31), dt.date(2024, 12, 31)],
            "value": [50.0, 55.0],
        }
    )
    held = held.assign(flag=None, break_before=False)
    long, short = margins.together("São Raimundo Nonato", "median", "immediate_region")
    region = held.assign(place=long, short=short, place_code="220013", value=[40.0, 41.0])
    chart = charts.series(held, WATER, regions=region)
    labels = [note["text"] for note in chart.figure["layout"]["annotations"]]
    assert any(label.startswith("Mediana da região<br>") for label in labels), labels
    counted = region.assign(place="Bonito (municípios somados)", short="Bonito")
    labels = [
        note["text"] for note in charts.series(held, WATER, regions=counted).figure["layout"]["annotations"]
    ]
    assert any(label.startswith("Região Bonito<br>") for label in labels), labels
    empty = charts.series(held.assign(value=None), WATER)
    assert empty.figure["layout"]["height"] < 120 < chart.figure["layout"]["height"]


def test_a_median_of_one_municipality_is_no_second_line() -> None:
    days = [dt.date(2023, 12, 31), dt.date(2024, 12, 31)]
    held = pd.DataFrame({"name": ["Bonito"] * 2, "period": days, "value": [50.0, 55.0]})
    held = held.assign(flag=None, break_before=False)
    same = held.assign(place="Mediana dos municípios", short="Mediana dos municípios", place_code="53")
    alone = charts.series(held, WATER, state=same, regions=same)
    assert "Mediana" not in str(alone.figure) and "Mediana" not in alone.sentence
    other = charts.series(held, WATER, state=same.assign(value=[50.0, 55.1]))
    assert "Mediana" in str(other.figure)


def test_the_latest_label_leaves_its_line_and_the_path_free() -> None:
    def side(line: dict[int, float], path: TargetPath) -> str:
        notes = charts.series(history(line), WATER, path=path).figure["layout"]["annotations"]
        return str(next(note["yanchor"] for note in notes if "<br>em" in note["text"]))

    # A point on the path stands on its free side.
    assert side({2023: 95.7}, TargetPath(2033, 99, 2023, 95.7)) == "top"
    assert side({2023: 30}, TargetPath(2033, 10, 2023, 30)) == "bottom"
    # A line that rises to its end leaves the upper side free, if the limit is far, else the lower one.
    assert side({2020: 60, 2024: 70}, TargetPath(2024, 95)) == "bottom"
    assert side({2020: 60, 2024: 94}, TargetPath(2024, 95)) == "top"


def test_the_label_of_a_limit_stands_where_no_value_runs() -> None:
    def corner(line: dict[int, float], path: TargetPath) -> tuple[str, str]:
        notes = charts.series(history(line), WATER, path=path).figure["layout"]["annotations"]
        [note] = [note for note in notes if path.word in note["text"]]
        return note["xanchor"], note["yanchor"]

    limit = TargetPath(2024, 95, word="limite")
    # Under it, over it, and through it at its end.
    assert corner({2020: 60, 2024: 70}, limit) == ("right", "bottom")
    assert corner({2020: 99, 2021: 99, 2024: 96}, limit) == ("right", "top")
    crossing = {2020: 88.4, 2021: 83, 2022: 82.8, 2023: 95.2, 2024: 96.8}
    assert corner(crossing, limit) == ("left", "bottom")
    # Of a path that leads somewhere the side is the one that it leaves.
    assert corner({2020: 60, 2024: 70}, TargetPath(2030, 95, 2020, 60)) == ("right", "bottom")
    assert corner({2020: 60, 2024: 50}, TargetPath(2030, 20, 2020, 60)) == ("right", "top")
