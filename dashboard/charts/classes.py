"""Classes of a map: their bounds, their labels, how many values fall in each."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard import sentences, words
from dashboard.charts.palettes import Palette
from pipelines import verdicts
from pipelines.declarations import Indicator


@dataclass(frozen=True)
class Classes:
    """Classes of values: `index` per value (None where missing), `labels` and `counts` per class.

    `missing`: values without data; `diverging`: whether colours part at zero; `colours`: places in the
    palette of `size` colours.
    """

    index: tuple[int | None, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int
    places: tuple[int, ...]
    size: int = 5
    diverging: bool = False

    @property
    def legend(self) -> tuple[str, ...]:
        """The classes in words with their counts: `menos de 50% (8)`."""
        return tuple(
            f"{label} ({words.number(count)})" for label, count in zip(self.labels, self.counts, strict=True)
        )

    def colours(self, palette: Palette) -> list[str]:
        """The colour of each class."""
        scale = (palette.diverging if self.diverging else palette.sequential)[self.size]
        return [scale[place] for place in self.places]


_SPREAD: Mapping[int, tuple[int, ...]] = {
    0: (),
    1: (2,),
    2: (1, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
}


def _round_between(low: float, high: float, decimals: int) -> float:
    """The roundest number above `low` and up to `high`: the bound between two neighbouring values."""
    for places in range(-12, decimals + 1):
        step = 10.0**-places
        for factor in (5, 2, 1) if step > 10.0**-decimals * 1.5 else (1,):
            candidate = round(math.floor(high / (step * factor) + 1e-9) * step * factor, max(decimals, 0))
            if low < candidate <= high:
                return candidate
    return high


def _quantile_bounds(ordered: Sequence[float], parts: int, decimals: int) -> list[float]:
    """Bounds that part sorted values in groups as even as ties allow; each is as round as the gap lets it.

    Where nearly all share the least value (a count that is 0 in most towns), that one is a group, and the rest are parted.
    """
    found: list[float] = []
    count = len(ordered)
    spread = ordered[-1] - ordered[0]
    for part in range(1, parts):
        place = round(count * part / parts)
        high = ordered[min(place, count - 1)]
        below = bisect_left(ordered, high)
        if not below:
            continue
        # A little play (a fiftieth of the spread) buys bounds that people say.
        low = max(ordered[below - 1] - spread / 50, found[-1] if found else ordered[0])
        candidate = _round_between(low, high, decimals)
        if candidate > (found[-1] if found else ordered[0]):
            found.append(candidate)
    if found or not spread or parts < 2:
        return found
    rest = ordered[bisect_right(ordered, ordered[0]) :]
    first = _round_between(ordered[0], rest[0], decimals)
    return [first, *(bound for bound in _quantile_bounds(rest, parts - 1, decimals) if bound > first)]


def _labels(bounds: Sequence[float], indicator: Indicator) -> tuple[str, ...]:
    """The classes between bounds in words; small counts are named by their whole numbers."""
    said = [words.bound(limit, indicator) for limit in bounds]
    if indicator.decimals == 0 and bounds[0] > 0 and bounds[-1] <= 30 and indicator.sign != verdicts.MONEY:
        whole = [0, *(math.ceil(limit) for limit in bounds)]
        return (
            *(str(low) if high - low == 1 else f"{low} a {high - 1}" for low, high in pairwise(whole)),
            f"{said[-1]} ou mais",
        )
    middle = (f"{low} a {high}" for low, high in pairwise(said))
    return (f"menos de {said[0]}", *middle, f"{said[-1]} ou mais")


def _index(places: NDArray[Any], known: NDArray[np.bool_]) -> tuple[int | None, ...]:
    """The class of each value, None for those that are not known."""
    found: list[int | None] = places.astype(int).tolist()
    for row in np.flatnonzero(~known).tolist():
        found[row] = None
    return tuple(found)


def classes(
    values: Sequence[Any] | words.Numbers, indicator: Indicator, flags: Sequence[Any] = ()
) -> Classes:
    """Sort values into classes for a map, with the legend in words.

    Declared bounds are taken first; otherwise quintiles with round bounds; with zero as a bound where values
    lie on both sides of it. Up to five distinct values are a class each; categories are classes by
    themselves, best darkest (in light). A value is classed as it is shown, rounded to the indicator's
    decimals, so that colour and label agree; a class holds its lower bound. A value beyond what can be (`flags`) is of
    no class and moves no bound.
    """
    rounded = words.all_shown(sentences.readable(values, flags), indicator)
    known = ~np.isnan(rounded)
    present = np.sort(rounded[known]).tolist()
    missing = int(np.isnan(words.numbers(values)).sum())
    if indicator.kind == "category":
        total = len(indicator.categories)
        index = _index(total - np.where(known, rounded, 0), known)
        names = tuple(reversed(indicator.categories))
        size = 5 if total <= 5 else 7
        # Beyond seven categories the last ones share the darkest colour; the legend still names them.
        tones = (
            _SPREAD[total] if total <= 5 else tuple(min(place, 6) for place in range(max(7 - total, 0), 7))
        )
        tones += (6,) * (total - len(tones))
        counts = tuple(index.count(place) for place in range(total))
        return Classes(index, names, counts, missing, tones, size)
    distinct = list(dict.fromkeys(present))
    if len(distinct) <= 5 and not (indicator.classes and len(distinct) > 1):
        index = _index(np.searchsorted(distinct, rounded), known)
        labels = tuple(words.with_unit(value, indicator, short=True, trim=True) for value in distinct)
        counts = tuple(present.count(value) for value in distinct)
        return Classes(index, labels, counts, missing, _SPREAD[len(distinct)])
    diverging = False
    tones = ()
    if indicator.classes:
        bounds = list(indicator.classes)
    elif distinct[0] < 0 < distinct[-1]:
        diverging = True
        zero = bisect_left(present, 0)
        below, above = present[:zero], present[zero:]
        left = _quantile_bounds(below, 2, indicator.decimals) if len(set(below)) > 3 else []
        right = _quantile_bounds(above, 2, indicator.decimals) if len(set(above)) > 3 else []
        bounds = [*left, 0.0, *right]
        tones = (*((0, 1) if left else (1,)), *((3, 4) if right else (3,)))
        if indicator.better == "lower":
            tones = tuple(4 - tone for tone in tones)
    else:
        bounds = _quantile_bounds(present, 5, indicator.decimals)
    index = _index(np.searchsorted(bounds, rounded, side="right"), known)
    labels = _labels(bounds, indicator)
    counts = tuple(index.count(place) for place in range(len(labels)))
    if not tones:
        tones = _SPREAD[len(labels)] if len(labels) <= 5 else tuple(range(7))[: len(labels)]
    return Classes(index, labels, counts, missing, tones, 5 if len(labels) <= 5 else 7, diverging)
