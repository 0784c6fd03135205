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


def test_hundreds_of_changes_are_drawn_by_their_density_on_each_side_of_the_limit() -> None:
    people = [10_000 + 30 * (place % 40) for place in range(1200)]
    # The limit is 6.3 or less: a third lies beyond it.
    changes = [(8.0 if place % 3 == 0 else 1.0) * (1 if place % 2 else -1) for place in range(1200)]
    few = charts.swings(frame(people[:600], changes[:600]), FIT, WATER)
    assert len(few.figure["data"][-1]["x"]) == 600 and "círculo" not in few.sentence
    chart = charts.swings(frame(people, changes), FIT, WATER)
    circles = chart.figure["data"][-1]
    sides = {"circle": 0, "circle-open": 0}
    for head, symbol in zip(
        (row[0] for row in circles["customdata"]), circles["marker"]["symbol"], strict=True
    ):
        named = 1 + head.count(" e ") + head.count(",")
        sides[symbol] += int(head.split()[0]) if head.endswith("mudanças") else named
    assert sides == {"circle": 800, "circle-open": 400} and len(circles["x"]) < 200
    for y, symbol in zip(circles["y"], circles["marker"]["symbol"], strict=True):
        assert (abs(y) > 6.5) == (symbol == "circle-open")
    assert chart.sentence.endswith("Cada círculo junta mudanças próximas; a área diz quantas são.")
    # The table keeps each.
    assert len(chart.frame) == 1200 and chart.frame["Dentro do usual"].eq("sim").sum() == 800


def test_populations_are_marked_as_people_say_them() -> None:
    axis = charts.swings(frame([2_000, 200_000], [1.0, -1.0]), FIT, WATER).figure["layout"]["xaxis"]
    assert axis["ticktext"] == ["3.000", "10\u00a0mil", "30\u00a0mil", "100\u00a0mil"]
    assert axis["tickvals"][1] == math.log10(10_000)


def test_nothing_to_draw_says_so() -> None:
    chart = charts.swings(frame([], []), FIT, WATER)
    assert chart.figure["data"] == [] and "Ficaram" not in chart.sentence


def test_an_axis_of_towns_and_cities_is_marked_at_powers_of_ten() -> None:
    def marks(least: int, most: int) -> list[str]:
        chart = charts.swings(frame([least, most], [1.0, -1.0]), FIT, WATER)
        return [text.replace("\u00a0", " ") for text in chart.figure["layout"]["xaxis"]["ticktext"]]

    assert marks(900, 12_000_000) == ["1.000", "10 mil", "100 mil", "1 mi", "10 mi"]
    assert "30 mil" in marks(2_500, 950_000)
