"""Values beside targets, and two indicators against each other."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd

from dashboard import charts
from dashboard.charts.figure import TICK
from dashboard.charts.palettes import text_width
from tests.dashboard.samples import (
    DEATHS,
    MARK,
    WATER,
    frame,
    ticks,
)


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


def test_dumbbell_counts_nothing_that_cannot_be_read() -> None:
    rows = frame(
        [70, 90, 110],
        target_value=80.0,
        target_year=2030,
        status=["outside", "within", "not_judged"],
        sureness=["firm", "firm", "unread"],
    )
    assert charts.dumbbell(rows, WATER).sentence == (
        "Atendimento com água, 2024: 1 de 2 municípios com leitura alcançou a meta; o mais distante com leitura é "
        "Município 0, com 70,0% para a meta de 80%. 1 com dado, mas sem leitura."
    )
    none = charts.dumbbell(rows.assign(sureness="unread"), WATER).sentence
    assert none == "Atendimento com água, 2024: 3 municípios com dado, nenhum com leitura."


def test_the_ends_of_a_dumbbell_are_told_whole_on_a_phone() -> None:
    """A long word for the period ran out of the drawing beside the furthest value, and figures touched the names."""
    rows = frame([30.0, 12, 11], target_value=10.0, target_year=2030, status=["outside"] * 3)
    rows["year"], rows["period"] = [2021, 2024, 2024], pd.to_datetime(["2021-12-31"] + ["2024-12-31"] * 2)
    rows["name"] = ["Novo Horizonte do Sul", "Santo Antônio do Aventureiro", "Jaú"]
    for indicator in (DEATHS, WATER):
        layout = charts.dumbbell(
            rows.assign(target_value=10.0 if indicator is DEATHS else 60), indicator
        ).figure["layout"]
        left, (low, high) = layout["margin"]["l"], layout["xaxis"]["range"]
        scale = (340 - 6 - left) / (high - low)
        heads = [note for note in layout["annotations"] if note["y"] == -0.85]
        assert heads[0]["text"] == "dado mais recente"
        for note in heads:
            share = {"left": 0, "center": 0.5, "right": 1}[note["xanchor"]]
            begins = (
                left
                + (note["x"] - low) * scale
                + note.get("xshift", 0)
                - share * text_width(note["text"], TICK)
            )
            assert begins >= 0 and begins + text_width(note["text"], TICK) <= 340
        if indicator is WATER:
            # The figure stands left of its mark, 12 px from its middle.
            assert (11 - low) * scale - 12 - text_width("11,0", TICK) > 3


def test_dumbbell_marks_carry_status_by_shape() -> None:
    rows = frame([70, 10], target_value=80.0, target_year=2030, status=["at_risk", "off_track"])
    marks = charts.dumbbell(rows, WATER).figure["data"][-1]
    assert marks["marker"]["symbol"] == ["square", "diamond"]


def test_scatter_leaves_out_who_lacks_either_and_says_so() -> None:
    rows = frame([1, 2, 3], x=[1.0, None, 3], y=[5.0, 6, 7])
    chart = charts.scatter(rows, WATER, MARK)
    assert sum(len(trace["x"]) for trace in chart.figure["data"]) == 2
    assert chart.sentence.endswith("1 sem um dos dados.")


def test_the_largest_bubble_has_room_at_the_edge() -> None:
    rows = frame([1, 2, 3], x=[0.0, 5, 10], y=[0.0, 5, 10], population=[1.0, 10, 1_000_000])
    figure = charts.scatter(rows, WATER, MARK).figure
    for axis in ("xaxis", "yaxis"):
        low, high = figure["layout"][axis]["range"]
        assert (high - 10) / (high - low) * 300 > 19 and low < 0
    assert all(trace["cliponaxis"] is False for trace in figure["data"])


def test_scatter_groups_beyond_the_colours_are_one_more_group() -> None:
    groups = [*"ABCDEFGHIJ", None]
    rows = frame([1.0] * 11, x=[float(row) for row in range(11)], y=[1.0] * 11, group=groups)
    chart = charts.scatter(rows, WATER, MARK)
    shown = [trace["name"] for trace in chart.figure["data"]]
    assert shown == [*"ABCDEFGH", "Outros"]
    assert len(chart.figure["data"][-1]["x"]) == 3


def test_dumbbell_says_the_fact_with_its_strength_and_a_limit_in_its_own_words() -> None:
    rows = frame(
        [90, 85, 10],
        target_value=80.0,
        target_year=2030,
        status=["achieved", "achieved", "off_track"],
        sureness=["firm", "unclear", "firm"],
    )
    assert (
        "2 de 3 municípios alcançaram a meta (1 sem que se possa afirmar);"
        in charts.dumbbell(rows, WATER).sentence
    )
    ceiling = frame(
        [80.0, 94.99, 95.0],
        target_value=95.0,
        target_year=2024,
        status=["within", "alert", "outside"],
        demand=["<"] * 3,
        sureness=["firm"] * 3,
    )
    drawn = charts.dumbbell(ceiling, replace(WATER, better="lower"))
    # A bound that is not included is not kept on it, and what is in alert kept it all the same.
    assert "2 de 3 municípios respeitaram o máximo (1 em alerta)" in drawn.sentence
    starts = next(trace for trace in drawn.figure["data"] if "94,99" in str(trace.get("text", "")))
    assert "95,0" in str(starts["text"])


def test_dumbbell_of_a_closed_target_calls_nothing_the_newest() -> None:
    rows = frame([4.2, 5.0], target_value=5.5, target_year=2021, status=["missed", "missed"])
    rows["year"], rows["period"] = [2019, 2021], pd.to_datetime(["2019-12-31", "2021-12-31"])
    assert charts.dumbbell(rows, MARK).sentence.split(": ")[0].endswith(", último dado até 2021")


def crowd(count: int) -> pd.DataFrame:
    values = [float(place % 40) for place in range(count)]
    return frame(values, x=values, y=[float(place % 23) for place in range(count)], population=1000.0)


def test_hundreds_of_points_are_drawn_by_their_density() -> None:
    few, many = crowd(600), crowd(2000)
    assert not charts.dense(few) and charts.dense(many)
    [points] = charts.scatter(few, WATER, MARK).figure["data"]
    assert len(points["x"]) == 600
    chart = charts.scatter(many, WATER, MARK, "5000007")
    circles, marked = chart.figure["data"]
    # Far fewer marks than municipalities, of which none is left out, and the chosen one on its own place.
    assert len(circles["x"]) <= 30 * 22
    counts = [
        int(re.sub(r"\D", "", head) or 1) if "municípios" in head else head.count(" e ") + head.count(",") + 1
        for head in said(circles)
    ]
    assert sum(counts) == 2000
    assert (marked["x"], marked["y"]) == ([7.0], [7.0])
    # However many people live there: areas say how many municipalities a circle holds.
    assert marked["marker"]["size"] == [10.0]
    largest = max(range(len(counts)), key=counts.__getitem__)
    assert circles["marker"]["size"][largest] == max(circles["marker"]["size"])
    assert "a área diz quantos" in chart.sentence and len(chart.frame) == 2000


def said(trace: dict[str, Any]) -> list[str]:
    """The heads of what marks say when they are pointed at."""
    return [str(row[0]) for row in trace["customdata"]]
