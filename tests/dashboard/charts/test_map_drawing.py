"""Maps drawn without a browser: rings as paths."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from dashboard import charts
from dashboard.charts import pictures
from tests.dashboard.samples import GEO, WATER, frame, mesh, square


def rings(path: str) -> list[list[tuple[float, float]]]:
    """The corners of each ring of path data, absolute."""
    found = []
    for start, ways in re.findall(r"M([-\d. ]+)(?:l([-\d. ]+))?Z", path):
        x, y = map(float, start.split())
        corners = [(x, y)]
        steps = list(map(float, ways.split()))
        for dx, dy in zip(steps[::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            corners.append((round(x, 6), round(y, 6)))
        found.append(corners)
    return found


@pytest.mark.parametrize(("count", "step"), [(79, 0.1), (1001, 0.5)])
def test_rings_close_where_they_began_and_neighbours_share_their_corners(count: int, step: float) -> None:
    shapes: dict[str, Any] = mesh(count)
    for place, feature in enumerate(shapes["m.geojson"]["features"]):
        feature["geometry"] = square(-58 + place % 40 * 0.2, -17.2 - place // 40 * 0.2, 0.2)
    chart = charts.choropleth(frame([1.0] * count), WATER, **GEO)
    svg = pictures.drawing(chart, 720, shapes).data()["svg"]
    drawn = [ring for path in re.findall(r'<path d="([^"]+)"', svg) for ring in rings(path)]
    assert len(drawn) == count + 1
    towns = drawn[:count]
    for ring in towns:
        assert ring[0] == pytest.approx(ring[-1]) and len(ring) == 5
        assert all(value / step == pytest.approx(round(value / step)) for spot in ring for value in spot)
    for left, right in pairwise(towns[:40]):
        assert len(set(left) & set(right)) == 2
