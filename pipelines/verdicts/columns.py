"""Methods by column: what is asked of thousands of municipalities at once.

Each gives for every row what the function of one row gives for it (`methods`, `judging`); tests hold the two equal. Missing
is NaN in what comes in, and in what goes out.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, gammaln, ndtr, ndtri, pdtr, pdtrik, xlogy

from pipelines.verdicts.methods import LARGE_COUNT, SIGNIFICANCE, TAILS
from pipelines.verdicts.strength import MOVE_DEVIATIONS, Oscillation

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

Z = float(ndtri((1 + 0.95) / 2))
# Cells of the grids of the E-test that are held at once.
MOST_CELLS = 1_000_000
# From so many events, in exposures that differ by no more than 2 to 1, the normal test with a deviation outside of DOUBT
# says of two rates the same as the E-test: a test goes through all such counts.
TOLD_BY_NORMAL, DOUBT = 20, (1.5, 2.6)


def wilson_intervals(successes: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """As `wilson_interval` at 95%; NaN where there is no 0 <= successes <= total and positive total."""
    z = Z
    defined = (totals > 0) & (successes >= 0) & (successes <= totals)
    over, under = np.where(defined, successes, np.nan), np.where(defined, totals, np.nan)
    share = over / under
    middle = share + z * z / (2 * under)
    spread = z * np.sqrt(share * (1 - share) / under + z * z / (4 * under * under))
    scale = 1 + z * z / under
    low = np.where(over == 0, 0.0, np.maximum((middle - spread) / scale, 0.0))
    high = np.where(over == under, 1.0, np.minimum((middle + spread) / scale, 1.0))
    return np.where(defined, low, np.nan), np.where(defined, high, np.nan)


def rate_intervals(counts: Floats, denominators: Floats, multiplier: float) -> tuple[Floats, Floats]:
    """As `rate_interval` at 95%; NaN where there is no positive denominator."""
    defined = (denominators > 0) & ~np.isnan(counts)
    low, high = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    few, many = defined & (counts < 10), defined & (counts >= 10)
    alpha = 1 - 0.95
    some = counts[few]
    low[few] = np.where(some > 0, gammaincinv(np.where(some > 0, some, 1.0), alpha / 2), 0.0)
    high[few] = gammaincinv(some + 1, 1 - alpha / 2)
    z, some = Z, counts[many]
    above = some + 1
    low[many] = np.maximum(some * _cubes(1 - 1 / (9 * some) - z / (3 * np.sqrt(some))), 0.0)
    high[many] = above * _cubes(1 - 1 / (9 * above) + z / (3 * np.sqrt(above)))
    with np.errstate(divide="ignore", invalid="ignore"):
        return low / denominators * multiplier, high / denominators * multiplier


def _powers(values: Floats, power: int) -> Floats:
    """By the C library, as a function of one row has it: numpy's own may end in another last digit."""
    return np.array([value**power for value in values.tolist()], dtype=float)


def _cubes(values: Floats) -> Floats:
    return _powers(values, 3)


def medians(bins: NDArray[np.int64], values: Floats, size: int) -> Floats:
    """The median of the values in each of so many bins, NaN where there is none."""
    ordered = values[_by_bin(bins)]
    many = np.bincount(bins, minlength=size)
    first = np.cumsum(many) - many
    # Two are in the middle in whatever order.
    for start, end in zip(first[many > 2].tolist(), (first + many)[many > 2].tolist(), strict=True):
        ordered[start:end].sort()
    some = many > 0
    found = np.full(size, np.nan)
    low, high = (first + (many - 1) // 2)[some], (first + many // 2)[some]
    found[some] = ordered[low] * 0.5 + ordered[high] * 0.5
    return found


def _by_bin(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of rows by their bins, from zero: numpy sorts whole numbers of 16 bits by counting."""
    order = np.argsort(bins.astype(np.uint16), kind="stable")
    high = bins >> 16
    while high.any():
        order = order[np.argsort(high.astype(np.uint16)[order], kind="stable")]
        high >>= 16
    return order


def rank_intervals(values: Floats, lows: Floats, highs: Floats, better: str) -> tuple[Floats, Floats]:
    """As `rank_interval`: first and last possible place of each value among those present, NaN where there is none."""
    first, last = np.full(len(values), np.nan), np.full(len(values), np.nan)
    if better not in ("higher", "lower"):
        return first, last
    present = np.isfinite(values)
    bottoms = np.where(np.isfinite(lows), lows, values)[present]
    tops = np.where(np.isfinite(highs), highs, values)[present]
    if better == "lower":
        bottoms, tops = -tops, -bottoms
    surely_better = len(bottoms) - np.searchsorted(np.sort(bottoms), tops, side="right")
    surely_worse = np.searchsorted(np.sort(tops), bottoms, side="left")
    first[present], last[present] = surely_better + 1, len(bottoms) - surely_worse
    return first, last


def usual_limits(swing: Oscillation, people: Floats) -> Floats:
    """As `Oscillation.limit`, of towns of these sizes, each of them positive."""
    found: Floats = swing.k * np.sqrt(swing.a + swing.b / people)
    return found


def level_deviations(swing: Oscillation, people: Floats) -> Floats:
    """As `Oscillation.level_deviation`, of towns of these sizes, each of them positive."""
    return usual_limits(swing, people) / MOVE_DEVIATIONS["firm"] / math.sqrt(2)


def sure_changes(
    interval: str,
    old: tuple[Floats, Floats],
    new: tuple[Floats, Floats],
    changes: Floats,
    swings: Floats,
) -> list[bool | None]:
    """As `sure_change`, from the numerators and denominators of each, the changes and the usual oscillations."""
    counts = [np.where(np.isfinite(count), count, np.nan) for count in (*old, *new)]
    counted = np.full(len(changes), interval != "none") & ~np.isnan(np.vstack(counts)).any(axis=0)
    usual = ~counted & np.isfinite(changes) & np.isfinite(swings)
    sure = np.zeros(len(changes), dtype=bool)
    sure[usual] = np.abs(changes[usual]) > swings[usual]
    shares = counted & (interval == "proportion")
    shares[shares] = (counts[0][shares] <= counts[1][shares]) & (counts[2][shares] <= counts[3][shares])
    sure[shares] = _differ(*(count[shares] for count in counts))
    rates = counted & ~shares
    sure[rates] = _rates_differ(*(count[rates] for count in counts))
    told = (counted | usual).tolist()
    return [found if known else None for found, known in zip(sure.tolist(), told, strict=True)]


def _differ(over_1: Floats, under_1: Floats, over_2: Floats, under_2: Floats) -> Truths:
    """Whether Newcombe's interval of the difference of two proportions leaves out zero."""
    (low_1, high_1), (low_2, high_2) = wilson_intervals(over_1, under_1), wilson_intervals(over_2, under_2)
    share_1, share_2 = over_1 / under_1, over_2 / under_2
    difference = share_1 - share_2
    low = difference - _distances(share_1 - low_1, high_2 - share_2)
    high = difference + _distances(high_1 - share_1, share_2 - low_2)
    return ~((low <= 0) & (high >= 0))


def _distances(xs: Floats, ys: Floats) -> Floats:
    return np.array([math.hypot(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)], dtype=float)


def _rates_differ(counts_1: Floats, exposures_1: Floats, counts_2: Floats, exposures_2: Floats) -> Truths:
    """Whether `poisson_p_value` lies under SIGNIFICANCE. Its grid is laid only where the normal test leaves a doubt."""
    total, ratio = counts_1 + counts_2, exposures_1 / exposures_2
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(counts_1 / exposures_1 / exposures_1 + counts_2 / exposures_2 / exposures_2)
        away = np.abs(counts_1 / exposures_1 - counts_2 / exposures_2) / spread
    alike = (total >= TOLD_BY_NORMAL) & (ratio >= 0.5) & (ratio <= 2)
    surely, hardly = alike & (away > DOUBT[1]), alike & (away < DOUBT[0])
    left = ~surely & ~hardly
    surely[left] = (
        poisson_p_values(counts_1[left], exposures_1[left], counts_2[left], exposures_2[left]) < SIGNIFICANCE
    )
    return surely


def poisson_p_values(counts_1: Floats, exposures_1: Floats, counts_2: Floats, exposures_2: Floats) -> Floats:
    """As `poisson_p_value`, to the last digits that a sum in another order leaves."""
    found = np.ones(len(counts_1))
    large = counts_1 + counts_2 > LARGE_COUNT
    one, own, two, other = (given[large] for given in (counts_1, exposures_1, counts_2, exposures_2))
    spread = np.sqrt(one / _powers(own, 2) + two / _powers(other, 2))
    found[large] = 2 * ndtr(-np.abs(one / own - two / other) / spread)
    some = ~large & (np.rint(counts_1) + np.rint(counts_2) > 0)
    found[some] = _e_tests(
        np.rint(counts_1[some]), exposures_1[some], np.rint(counts_2[some]), exposures_2[some]
    )
    return found


def _e_tests(counts_1: Floats, exposures_1: Floats, counts_2: Floats, exposures_2: Floats) -> Floats:
    """The E-test of rows that have counts; as many rows at a time as their grids fit."""
    rates = (counts_1 + counts_2) / (exposures_1 + exposures_2)
    seen = np.abs(
        (counts_1 / exposures_1 - counts_2 / exposures_2)
        / np.sqrt(counts_1 / _powers(exposures_1, 2) + counts_2 / _powers(exposures_2, 2))
    )
    means = exposures_1 * rates, exposures_2 * rates
    (first_1, last_1), (first_2, last_2) = (_between_tails(mean) for mean in means)
    wide_1, wide_2 = last_1 - first_1 + 1, last_2 - first_2 + 1
    found = np.ones(len(counts_1))
    # Like sizes side by side, so that little of a grid is empty.
    order = np.lexsort((wide_2, wide_1 * wide_2))
    start = 0
    while start < len(order):
        end = start + 1
        width = wide_1[order[start]], wide_2[order[start]]
        while end < len(order):
            wider = max(width[0], wide_1[order[end]]), max(width[1], wide_2[order[end]])
            if wider[0] * wider[1] * (end - start + 1) > MOST_CELLS:
                break
            width, end = wider, end + 1
        rows = order[start:end]
        one, chance_1 = _chances(first_1[rows], last_1[rows], means[0][rows])
        two, chance_2 = _chances(first_2[rows], last_2[rows], means[1][rows])
        own, other = exposures_1[rows, None], exposures_2[rows, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            pivot = (one / own)[:, None, :] - (two / other)[:, :, None]
            pivot /= np.sqrt((one / own / own)[:, None, :] + (two / other / other)[:, :, None])
            beyond = np.abs(pivot) >= seen[rows, None, None]
        found[rows] = ((beyond @ chance_1[:, :, None])[:, :, 0] * chance_2).sum(axis=1)
        start = end
    return found


def _between_tails(means: Floats) -> tuple[Floats, Floats]:
    """The first and last count of Poisson distributions between their tails."""
    ends = []
    for tail in TAILS:
        found = np.ceil(pdtrik(tail, means))
        below = np.maximum(found - 1, 0)
        ends.append(np.where(pdtr(below, means) >= tail, below, found))
    return ends[0], ends[1]


def _chances(firsts: Floats, lasts: Floats, means: Floats) -> tuple[Floats, Floats]:
    """Counts and their probabilities, a row a distribution; beyond its last count nothing is probable."""
    counts = firsts[:, None] + np.arange(float((lasts - firsts).max() + 1))
    mean = means[:, None]
    chances = np.exp(xlogy(counts, mean) - gammaln(counts + 1) - mean)
    return counts, np.where(counts <= lasts[:, None], chances, 0.0)
