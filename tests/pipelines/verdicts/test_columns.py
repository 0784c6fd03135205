"""Methods by column say of every row what the methods of one row say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from pipelines import verdicts
from pipelines.verdicts import SIGNIFICANCE, columns

ROWS = 3000
NONE = float("nan")


def of(values: Sequence[float | None]) -> columns.Floats:
    return np.array([NONE if value is None else value for value in values], dtype=float)


def told(values: columns.Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]


@pytest.fixture(scope="module")
def counts() -> tuple[list[float | None], list[float | None]]:
    """Numerators and denominators of towns of all sizes, with what is missing, none of either, and all of it."""
    chance = np.random.default_rng(14)
    under = np.rint(10 ** chance.uniform(0, 5.5, ROWS))
    over = chance.binomial(under.astype(int), 10 ** chance.uniform(-4, 0, ROWS)).astype(float)
    over[::17], over[1::17] = 0, under[1::17]
    numerators: list[float | None] = over.tolist()
    denominators: list[float | None] = under.tolist()
    numerators[5::31] = [None] * len(numerators[5::31])
    denominators[7::37] = [None] * len(denominators[7::37])
    denominators[9::41] = [0.0] * len(denominators[9::41])
    return numerators, denominators


def test_wilsons_limits_are_the_same_to_the_last_digit(
    counts: tuple[list[float | None], list[float | None]],
) -> None:
    lows, highs = (told(column) for column in columns.wilson_intervals(of(counts[0]), of(counts[1])))
    given = list(zip(*counts, strict=True))
    assert sum(low is not None for low in lows) > ROWS / 2
    for (over, under), low, high in zip(given, lows, highs, strict=True):
        defined = over is not None and under is not None and under > 0 and over <= under
        assert (low, high) == (verdicts.wilson_interval(over, under) if defined else (None, None))  # type: ignore[arg-type]


def test_limits_of_rates_are_the_same_to_the_last_digit(
    counts: tuple[list[float | None], list[float | None]],
) -> None:
    lows, highs = (told(column) for column in columns.rate_intervals(of(counts[0]), of(counts[1]), 100_000))
    for over, under, low, high in zip(*counts, lows, highs, strict=True):
        defined = over is not None and under is not None and under > 0
        assert (low, high) == (verdicts.rate_interval(over, under, 100_000) if defined else (None, None))  # type: ignore[arg-type]


@pytest.mark.parametrize("better", ["higher", "lower", "none"])
def test_places_are_the_same(better: str) -> None:
    chance = np.random.default_rng(3)
    values: list[float | None] = np.rint(chance.normal(50, 10, 500)).tolist()
    widths = chance.choice([0, 1, 7], 500).tolist()
    lows = [None if wide == 0 else value - wide for value, wide in zip(values, widths, strict=True)]  # type: ignore[operator]
    highs = [None if wide == 0 else value + wide for value, wide in zip(values, widths, strict=True)]  # type: ignore[operator]
    values[::9] = [None] * len(values[::9])
    first, last = (told(column) for column in columns.rank_intervals(of(values), of(lows), of(highs), better))
    found = [None if one is None else (one, two) for one, two in zip(first, last, strict=True)]
    assert found == verdicts.rank_interval(values, lows, highs, better)


@pytest.mark.parametrize("interval", ["proportion", "rate", "none"])
def test_what_is_more_than_chance_is_the_same(
    interval: str, counts: tuple[list[float | None], list[float | None]]
) -> None:
    chance = np.random.default_rng(9)
    over, under = counts
    later = [None if count is None else float(chance.poisson(count * 1.1)) for count in over]
    grown = [None if size is None else max(1.0, round(size * chance.uniform(0.9, 1.2))) for size in under]
    # What has no town in it is no rate, for either.
    sizes = [None if size is None else max(size, 1.0) for size in under]
    changes: list[float | None] = chance.normal(0, 5, ROWS).tolist()
    swings = [None if place % 3 else 4.0 for place in range(ROWS)]
    found = columns.sure_changes(
        interval, (of(over), of(sizes)), (of(later), of(grown)), of(changes), of(swings)
    )
    rows = zip(over, sizes, later, grown, changes, swings, strict=True)
    wanted = [verdicts.sure_change(interval, (a, b), (c, d), e, f) for a, b, c, d, e, f in rows]
    assert found == wanted
    assert {None, True, False} <= set(found) and found.count(True) > 50


def test_the_normal_test_decides_nothing_that_the_e_test_would_not() -> None:
    """All ways in which a number of events can fall on two exposures that differ by no more than 2 to 1."""
    low, high = columns.DOUBT
    for total in (*range(columns.TOLD_BY_NORMAL, 41, 2), 60, 100, 200):
        for ratio in (0.5, 0.7, 1.0, 1.3, 2.0):
            counts = np.arange(total + 1, dtype=float)
            exposures = np.full(total + 1, ratio * 1000), np.full(total + 1, 1000.0)
            others = total - counts
            spread = np.sqrt(counts / exposures[0] ** 2 + others / exposures[1] ** 2)
            away = np.abs(counts / exposures[0] - others / exposures[1]) / spread
            sure = columns.poisson_p_values(counts, exposures[0], others, exposures[1]) < SIGNIFICANCE
            assert sure[away > high].all() and not sure[away < low].any(), (total, ratio)


def test_p_values_are_those_of_one_row() -> None:
    chance = np.random.default_rng(5)
    sizes = np.rint(10 ** chance.uniform(1, 4, 60)), np.rint(10 ** chance.uniform(1, 4, 60))
    counts = chance.poisson(sizes[0] * 0.01).astype(float), chance.poisson(sizes[1] * 0.01).astype(float)
    found = columns.poisson_p_values(counts[0], sizes[0], counts[1], sizes[1])
    rows = zip(counts[0], sizes[0], counts[1], sizes[1], strict=True)
    assert found == pytest.approx([verdicts.poisson_p_value(*map(float, row)) for row in rows], abs=1e-12)


def test_usual_oscillations_are_those_of_one_town() -> None:
    swing = verdicts.Oscillation(3.1, 41_000.0, 1.7, 0.6, 400)
    people = of([854.0, 12_345.0, 917_000.0])
    assert columns.usual_limits(swing, people).tolist() == [swing.limit(size) for size in people.tolist()]
    assert columns.level_deviations(swing, people).tolist() == [
        swing.level_deviation(size) for size in people.tolist()
    ]
