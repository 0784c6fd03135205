"""Fields of density: points that would lie on each other, joined where they are neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dashboard import words
from dashboard.charts.figure import label_text

# Points beyond which they lie on each other and say nothing of where most are.
MOST_POINTS = 600
# The columns and rows of a field, and the widest circle of it in pixels: on a phone they just touch.
_GRID = (30, 22)
_WIDEST = 18.0
# So many names of one circle are told.
_NAMED = 3


def joined(xs: Sequence[float], ys: Sequence[float]) -> list[list[int]]:
    """The points that share a part of the field, the most first; `xs`, `ys`: of one length, none missing."""
    parts = np.zeros(len(xs), dtype=int)
    for column, count in zip((xs, ys), _GRID, strict=True):
        values = np.array(column, dtype=float)
        low, high = values.min(), values.max()
        places = np.minimum(((values - low) / ((high - low) or 1.0) * count).astype(int), count - 1)
        parts = parts * count + places
    cells: dict[int, list[int]] = {}
    for point, part in enumerate(parts.tolist()):
        cells.setdefault(part, []).append(point)
    return sorted(cells.values(), key=len, reverse=True)


def sizes(groups: Sequence[Sequence[int]]) -> list[float]:
    """The width in pixels of each group's circle: its area grows with how many they are."""
    most = max(map(len, groups))
    return [round(max(_WIDEST * math.sqrt(len(points) / most), 3.0), 1) for points in groups]


def mean(column: Sequence[float], points: Sequence[int]) -> float:
    """Where the circle of some points stands."""
    return sum(column[point] for point in points) / len(points)


def spread(column: Sequence[Any], points: Sequence[int], said: Callable[[Any], str]) -> str:
    """The least and the most of some points in words."""
    low, high = (said(end(column[point] for point in points)) for end in (min, max))
    return low if low == high else f"{low} a {high}"


def head(names: Sequence[Any], points: Sequence[int], one: str, many: str) -> str:
    """The names of a few points, or how many they are, as a label."""
    if len(points) > _NAMED:
        return words.counted(len(points), one, many)
    return label_text(words.listed(str(names[point]) for point in points))
