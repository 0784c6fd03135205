"""Small multiples: a panel a municipality, on one scale."""

from __future__ import annotations

import re

import pandas as pd

from dashboard import charts
from tests.dashboard.samples import EVIL, WATER, history

LINES = pd.concat([history({2020: 10, 2021: 20, 2022: 30}, "Bonito"), history({2020: 60, 2022: 90}, EVIL)])
STATE = history({2020: 40, 2021: 45, 2022: 50}, "MS", key="place")


def test_every_municipality_has_a_panel_on_the_same_scale() -> None:
    layout = charts.small_multiples(LINES, WATER, state=STATE).figure["layout"]
    assert layout["yaxis"]["range"] == layout["yaxis2"]["range"]
    assert layout["xaxis"]["range"] == layout["xaxis2"]["range"]
    assert layout["xaxis"]["domain"][1] < layout["xaxis2"]["domain"][0]
    assert [re.sub("<.*", "", note["text"]) for note in layout["annotations"][:1]] == ["Bonito"]


def test_the_state_is_a_line_alone_behind_each() -> None:
    data = charts.small_multiples(LINES, WATER, state=STATE).figure["data"]
    for name in ("x", "x2"):
        behind, *own = [trace for trace in data if trace["xaxis"] == name]
        assert behind["y"] == [40, 45, 50] and behind["mode"] == "lines"
        assert any(trace["mode"] == "markers" for trace in own)


def test_panels_as_html_say_each_line_in_a_sentence() -> None:
    page = charts.panels(LINES, WATER, state=STATE)
    assert page.count('<figure class="panel" role="img"') == 2
    assert 'aria-label="Atendimento com água: Bonito subiu de 10,0% em 2020' in page
    assert "<b>90,0%</b>" in page and "<span>2020</span><span>2022</span>" in page
    assert "<script" not in page and "<b>Vila" not in page


def test_nobody_and_nothing_are_said() -> None:
    none = history({})
    assert charts.small_multiples(none, WATER, state=STATE).figure["data"] == []
    empty = history({2020: None})
    assert charts.small_multiples(empty, WATER).sentence == "Atendimento com água: Bonito: sem dado na série."
    assert charts.panels(empty, WATER) == '<p class="note">n.d.: sem dado na série.</p>'
