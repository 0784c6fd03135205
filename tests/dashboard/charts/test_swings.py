"""Changes of small groups against population, between the usual limits."""

from __future__ import annotations

import math

import pandas as pd

from dashboard import charts
from pipelines.verdicts import Oscillation
from tests.dashboard.samples import WATER

FIT = Oscillation(a=1.0, b=90_000.0, k=2.0, k60=0.8, changes=500)


def frame(people: list[int], changes: list[float]) -> pd.DataFrame:
    count = len(people)
    return pd.DataFrame(
        {
            "municipality_code": [f"50{row:05d}" for row in range(count)],
            "name": [f"<b>Vila {row}</b>" for row in range(count)],
            "population": people,
            "start_year": [2023] * count,
            "year": [2024] * count,
            "change": changes,
        }
    )


def test_changes_within_the_limit_are_counted_and_told_apart_by_shape() -> None:
    # At 10,000 inhabitants the limit is 2 x sqrt(1 + 9) = 6.3.
    chart = charts.swings(frame([10_000, 10_000, 1_000_000], [6.0, -6.5, 0.0]), FIT, WATER)
    assert chart.frame["Dentro do usual"].tolist() == ["sim", "não", "sim"]
    assert chart.sentence.endswith("Ficaram dentro disso 2 de 3 mudanças vistas aqui.")
    assert "até 11,1\u00a0p.p. a mais ou a menos" in chart.sentence and "..." not in chart.sentence
    above, below, dots = chart.figure["data"][1:]
    assert dots["marker"]["symbol"] == ["circle", "circle-open", "circle"]
    assert dots["x"] == [4.0, 4.0, 6.0]
    assert above["y"] == [-value for value in below["y"]]
    assert above["y"][0] == FIT.limit(10 ** above["x"][0])
    low, high = chart.figure["layout"]["yaxis"]["range"]
    assert low < -6.5 and high >= above["y"][0]
    assert "<b>" not in str(dots["customdata"] if "customdata" in dots else dots["text"])


def test_populations_are_marked_as_people_say_them() -> None:
    axis = charts.swings(frame([2_000, 200_000], [1.0, -1.0]), FIT, WATER).figure["layout"]["xaxis"]
    assert axis["ticktext"] == ["3.000", "10\u00a0mil", "30\u00a0mil", "100\u00a0mil"]
    assert axis["tickvals"][1] == math.log10(10_000)


def test_nothing_to_draw_says_so() -> None:
    chart = charts.swings(frame([], []), FIT, WATER)
    assert chart.figure["data"] == [] and "Ficaram" not in chart.sentence
