"""The methods: paces, intervals, tests and trends, as numbers in and numbers out.

Linear pace along the plan's path; CAGR ratio and score (Statistics Canada's SDG data hubs, Open SDG); UN SDG
Progress Chart 2023; intervals and trend of OHID Fingertips (PHEindicatormethods); Wilson's and Newcombe's
intervals; E-test of two Poisson means (Krishnamoorthy and Thomson, 2004).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from scipy.special import gammaincinv, gammaln, ndtr, ndtri, pdtr, pdtrik, xlogy

ON_TRACK = 0.95
AT_RISK = 0.60
UN_FAIR = 0.10
SIGNIFICANCE = 0.05
# Below this count an annual rate is replaced by the one of three years added up.
SMALL_COUNT = 20
POOLED_YEARS = 3
# Chi-square of one degree of freedom at p = 0.002, Fingertips' threshold for a trend.
TREND_CHI2 = 9.549536
TREND_POINTS = 5
# Above this total count the E-test's grid is slow and its p-value equals the normal one to four digits.
LARGE_COUNT = 5_000
# 57 / 100 * 100 is 56.99999999999999: comparisons with a bound forgive this much, relatively.
TINY = 1e-9


@dataclass(frozen=True)
class Trend:
    """Slope per step, its chi-square and direction: increasing, decreasing, none or not_computable."""

    slope: float | None
    chi2: float | None
    direction: str


def expected_value(
    baseline_value: float,
    baseline_year: int,
    target_value: float,
    target_year: int,
    year: int,
    milestones: Mapping[int, float] | None = None,
) -> float | None:
    """Value that the plan's path expects in `year`, None before the baseline or without a path.

    The path goes straight from the baseline through the milestones to the target and then stays there.
    Milestones outside the years between baseline and target are no part of it.

    >>> expected_value(40, 2020, 80, 2030, 2025)
    60.0
    >>> expected_value(40, 2020, 80, 2030, 2025, {2024: 44})
    50.0
    >>> expected_value(40, 2020, 80, 2030, 2033)
    80.0
    """
    if target_year <= baseline_year or year < baseline_year:
        return None
    points = path(baseline_value, baseline_year, target_value, target_year, milestones)
    for (year_0, value_0), (year_1, value_1) in pairwise(points):
        if year <= year_1:
            return value_0 + (value_1 - value_0) * ((year - year_0) / (year_1 - year_0))
    return float(target_value)


def path(
    baseline_value: float,
    baseline_year: int,
    target_value: float,
    target_year: int,
    milestones: Mapping[int, float] | None = None,
) -> list[tuple[int, float]]:
    """The corners of the plan's path, (year, value) in order of year, for drawing and for `expected_value`.

    >>> path(40, 2020, 80, 2030, {2024: 44, 2031: 90})
    [(2020, 40.0), (2024, 44.0), (2030, 80.0)]
    """
    if not milestones and baseline_year < target_year:
        return [(baseline_year, float(baseline_value)), (target_year, float(target_value))]
    between = {
        int(year): number
        for year, value in (milestones or {}).items()
        if baseline_year < year < target_year and (number := finite(value)) is not None
    }
    corners = {baseline_year: float(baseline_value), **between, target_year: float(target_value)}
    return sorted(corners.items())


def linear_pace(
    baseline_value: float | None,
    baseline_year: int | None,
    latest_value: float | None,
    latest_year: int | None,
    target_value: float | None,
    target_year: int | None,
    milestones: Mapping[int, float] | None = None,
) -> float | None:
    """Share of the expected change that has happened: 1 is on the path, negative is the wrong way.

    Needs no direction and works for a target of zero. None if the latest year is not after the baseline's, if
    the baseline equals the target or the value expected for the latest year, or if anything is missing.

    The published examples (Statistics Canada's CIF hub; pace computed from the same data):

    >>> round(linear_pace(14.5, 2015, 10.4, 2023, 7.25, 2030), 4)
    1.0603
    >>> round(linear_pace(699, 2014, 666.6, 2024, 490, 2030), 3)
    0.248
    >>> round(linear_pace(0.37, 2015, 9.53, 2025, 60, 2030), 2)
    0.23
    >>> round(linear_pace(66, 2016, 64, 2021, 71, 2030), 2)
    -1.12
    """
    if (
        baseline_value is None
        or baseline_year is None
        or latest_value is None
        or latest_year is None
        or target_value is None
        or target_year is None
        or latest_year <= baseline_year
        or baseline_value == target_value
    ):
        return None
    expected = expected_value(
        baseline_value, baseline_year, target_value, target_year, latest_year, milestones
    )
    if expected is None or expected == baseline_value:
        return None
    return _finite((latest_value - baseline_value) / (expected - baseline_value))


def cagr_ratio(
    baseline_value: float | None,
    baseline_year: int | None,
    latest_value: float | None,
    latest_year: int | None,
    target_value: float | None,
    target_year: int | None,
    better: str | None,
) -> float | None:
    """Observed over required compound annual growth (Statistics Canada, Open SDG).

    Positive is towards the target's side, whatever the direction. None unless all values are positive, both
    years lie after the baseline's, the baseline differs from the target and `better` is higher or lower.

    >>> f"{cagr_ratio(14.5, 2015, 10.4, 2023, 7.25, 2030, 'lower'):.10f}"
    '0.9010899547'
    >>> f"{cagr_ratio(699, 2014, 666.6, 2024, 490, 2030, 'lower'):.10f}"
    '0.2156287997'
    >>> f"{cagr_ratio(0.37, 2015, 9.53, 2025, 60, 2030, 'higher'):.10f}"
    '0.9504069883'
    >>> f"{cagr_ratio(66, 2016, 64, 2021, 71, 2030, 'higher'):.10f}"
    '-1.1731882601'
    """
    direction = {"higher": 1, "lower": -1}.get(better or "")
    if (
        direction is None
        or baseline_value is None
        or baseline_year is None
        or latest_value is None
        or latest_year is None
        or target_value is None
        or target_year is None
        or min(baseline_value, latest_value, target_value) <= 0
        or latest_year <= baseline_year
        or target_year <= baseline_year
        or baseline_value == target_value
    ):
        return None
    observed = _growth(latest_value, baseline_value, latest_year - baseline_year)
    required = _growth(target_value, baseline_value, target_year - baseline_year)
    if observed is None or required is None or required == 0:
        return None
    return _finite(direction * observed / abs(required))


def cagr_score(ratio: float, achieved: bool) -> float:
    """Open SDG's score from -5 to 5 of a CAGR ratio; an achieved target scores 5.

    The publisher works with coefficients rounded to four decimals (7.1429, 4.2857, 4.1667), so that its
    printed scores differ from these in the fifth decimal (2.150695 for the first).

    >>> [round(cagr_score(ratio, False), 4) for ratio in (0.9010899547, 0.2156287997, -1.1731882601)]
    [2.1506, -1.6015, -5]
    >>> cagr_score(0.1, True)
    5.0
    """
    if achieved:
        return 5.0
    if ratio >= AT_RISK:
        return min(ratio * 5 / 0.7 - 3 / 0.7, 5)
    return max(ratio * 2.5 / 0.6 - 2.5, -5)


def cagr_status(ratio: float, achieved: bool) -> str:
    """Class of a CAGR ratio; achieved is tested first.

    >>> [cagr_status(ratio, False) for ratio in (0.9504, 0.9011, 0.2156, -1.17)]
    ['on_track', 'acceleration_needed', 'limited', 'deterioration']
    """
    if achieved:
        return "achieved"
    if ratio >= ON_TRACK:
        return "on_track"
    if ratio >= AT_RISK:
        return "acceleration_needed"
    return "limited" if ratio >= 0 else "deterioration"


def un_progress(
    baseline_value: float | None,
    baseline_year: int | None,
    latest_value: float | None,
    latest_year: int | None,
    target_value: float | None,
    target_year: int | None,
) -> float | None:
    """Share of the way that the observed growth, carried on to the target year, would cover (UN, 2023).

    None under the conditions of `cagr_ratio`, and when the latest year lies after the target's.

    >>> round(un_progress(699, 2014, 666.6, 2024, 490, 2030), 3)
    0.245
    >>> round(un_progress(66, 2016, 64, 2021, 71, 2030), 3)
    -1.09
    """
    if (
        baseline_value is None
        or baseline_year is None
        or latest_value is None
        or latest_year is None
        or target_value is None
        or target_year is None
        or min(baseline_value, latest_value, target_value) <= 0
        or not baseline_year < latest_year <= target_year
        or baseline_value == target_value
    ):
        return None
    growth = _growth(latest_value, baseline_value, latest_year - baseline_year)
    if growth is None:
        return None
    try:
        projected = latest_value * (1 + growth) ** (target_year - latest_year)
    except OverflowError:
        return None
    return _finite((projected - baseline_value) / (target_value - baseline_value))


def un_status(share: float) -> str:
    """Class of `un_progress`.

    >>> [un_status(share) for share in (0.95, 0.805, 0.09, -1.09)]
    ['on_track', 'fair', 'stagnation_or_regression', 'stagnation_or_regression']
    """
    if share >= ON_TRACK:
        return "on_track"
    return "fair" if share >= UN_FAIR else "stagnation_or_regression"


def _growth(end: float, start: float, years: int) -> float | None:
    """Compound annual growth, or None where floats cannot hold it."""
    try:
        return _finite((end / start) ** (1 / years) - 1)
    except (OverflowError, ZeroDivisionError):
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def byar_interval(count: float, confidence: float = 0.95) -> tuple[float, float]:
    """Byar's limits of a count (PHEindicatormethods).

    >>> [round(limit, 5) for limit in byar_interval(65)]
    [50.16319, 82.84914]
    >>> [round(limit, 7) for limit in byar_interval(1)]
    [0.0130721, 5.5637556]
    >>> [round(limit, 6) for limit in byar_interval(10, 0.998)]
    [2.916318, 24.193725]
    """
    if count < 0:
        raise ValueError("a count is not negative")
    z = _z(confidence)
    above = count + 1
    high = above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3
    if count == 0:
        return 0.0, high
    low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    # At high confidence the cube of a small count turns negative, which no count can be.
    return max(low, 0.0), high


def rate_interval(
    count: float, denominator: float, multiplier: float = 1, confidence: float = 0.95
) -> tuple[float, float]:
    """Limits of a rate: exact Poisson (chi-square) for counts under 10, Byar's from 10.

    One death in 60 births, per 100,000:

    >>> [round(limit) for limit in rate_interval(1, 60, 100_000)]
    [42, 9286]
    """
    if denominator <= 0:
        raise ValueError("a rate needs a positive denominator")
    if count < 10:
        alpha = 1 - confidence
        low = float(gammaincinv(count, alpha / 2)) if count > 0 else 0.0
        high = float(gammaincinv(count + 1, 1 - alpha / 2))
    else:
        low, high = byar_interval(count, confidence)
    return low / denominator * multiplier, high / denominator * multiplier


def wilson_interval(successes: float, total: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's limits of a proportion, between 0 and 1.

    >>> [round(limit, 6) for limit in wilson_interval(65, 100)]
    [0.552544, 0.736358]
    >>> [round(limit, 6) for limit in wilson_interval(1045, 5000)]
    [0.197955, 0.220491]
    """
    if total <= 0 or not 0 <= successes <= total:
        raise ValueError("a proportion needs 0 <= successes <= total and a positive total")
    z = _z(confidence)
    share = successes / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # At 0 and at 100% the limit is the value itself; rounding must not push it aside.
    low = 0.0 if successes == 0 else max((middle - spread) / scale, 0.0)
    high = 1.0 if successes == total else min((middle + spread) / scale, 1.0)
    return low, high


def newcombe_interval(
    successes_1: float, total_1: float, successes_2: float, total_2: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Newcombe's limits (method 10, 1998) of the difference of two proportions, first minus second.

    His example (a), 56/70 against 48/80:

    >>> [round(limit, 4) for limit in newcombe_interval(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    low_1, high_1 = wilson_interval(successes_1, total_1, confidence)
    low_2, high_2 = wilson_interval(successes_2, total_2, confidence)
    share_1, share_2 = successes_1 / total_1, successes_2 / total_2
    difference = share_1 - share_2
    return (
        difference - math.hypot(share_1 - low_1, high_2 - share_2),
        difference + math.hypot(high_1 - share_1, share_2 - low_2),
    )


# The tails of a Poisson distribution that the E-test leaves out.
TAILS = (1e-10, 1 - 1e-16)


def _poisson(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """The counts of a Poisson distribution between its tails, and the probability of each."""
    low, high = (
        below if pdtr(below := max(found - 1, 0), mean) >= tail else found
        for tail in TAILS
        for found in (math.ceil(pdtrik(tail, mean)),)
    )
    counts = np.arange(low, high + 1, dtype=float)
    return counts, np.exp(xlogy(counts, mean) - gammaln(counts + 1) - mean)


# Whoever is in focus, who rose since is mostly the same: the same counts are compared again and again.
@lru_cache(maxsize=4096)
def _e_test(count_1: int, exposure_1: float, count_2: int, exposure_2: float) -> float:
    """The p-value of scipy.stats.poisson_means_test, to the last digit.

    Written out since that module takes 60 MB and a second to load into each process that shows pages.
    """
    if count_1 + count_2 == 0:
        return 1.0
    rate = (count_1 + count_2) / (exposure_1 + exposure_2)
    seen = (count_1 / exposure_1 - count_2 / exposure_2) / math.sqrt(
        count_1 / exposure_1**2 + count_2 / exposure_2**2
    )
    (one, chance_1), (two, chance_2) = _poisson(exposure_1 * rate), _poisson(exposure_2 * rate)
    rates_1, rates_2 = one / exposure_1, (two / exposure_2)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        pivot = (rates_1 - rates_2) / np.sqrt(rates_1 / exposure_1 + rates_2 / exposure_2)
    return float(np.sum((chance_1 * chance_2[:, None])[np.abs(pivot) >= abs(seen)]))


def poisson_p_value(count_1: float, exposure_1: float, count_2: float, exposure_2: float) -> float:
    """Two-sided p-value that two Poisson rates are equal (E-test; normal test for large counts).

    >>> poisson_p_value(0, 300, 0, 400)
    1.0
    >>> poisson_p_value(3, 300, 12, 300) < 0.05
    True
    """
    if count_1 + count_2 <= LARGE_COUNT:
        return _e_test(round(count_1), exposure_1, round(count_2), exposure_2)
    spread = math.sqrt(count_1 / exposure_1**2 + count_2 / exposure_2**2)
    return float(2 * ndtr(-abs(count_1 / exposure_1 - count_2 / exposure_2) / spread))


def trend(
    values: Sequence[float | None], lows: Sequence[float | None], highs: Sequence[float | None]
) -> Trend:
    """Weighted trend of the last five equally spaced points with 95% intervals (OHID Fingertips).

    Pass None for a year without value, so that the spacing holds. Fewer than five points, a missing or a
    zero-width interval among them: not_computable, which is not the same as no change.

    >>> found = trend(
    ...     [92.6254, 92.3221, 90.8708, 90.017, 90.1013],
    ...     [92.4168, 92.1072, 90.6358, 89.7694, 89.8578],
    ...     [92.8288, 92.5315, 91.1004, 90.2594, 90.3396],
    ... )
    >>> round(found.slope, 4), round(found.chi2, 2), found.direction
    (-0.7405, 418.54, 'decreasing')
    """
    if not len(values) == len(lows) == len(highs):
        raise ValueError("values, lows and highs need the same length")
    points = []
    recent = list(zip(values, lows, highs, strict=True))[-TREND_POINTS:]
    for place, (value, low, high) in enumerate(recent, start=1):
        number, lower, upper = finite(value), finite(low), finite(high)
        variance = 0.0 if lower is None or upper is None else ((upper - lower) / 3.92) ** 2
        if number is None or lower is None or upper is None or upper <= lower or variance < 1e-300:
            return Trend(None, None, "not_computable")
        points.append((place, number, 1 / variance))
    if len(points) < TREND_POINTS:
        return Trend(None, None, "not_computable")
    line = _weighted_line(points)
    if line is None:
        return Trend(None, None, "not_computable")
    slope, chi2 = line
    if chi2 <= TREND_CHI2:
        return Trend(slope, chi2, "none")
    for left_out in range(TREND_POINTS):
        other = _weighted_line(points[:left_out] + points[left_out + 1 :])
        if other is None or (other[0] > 0) != (slope > 0) or other[0] == 0:
            return Trend(slope, chi2, "none")
    return Trend(slope, chi2, "increasing" if slope > 0 else "decreasing")


def _weighted_line(points: Sequence[tuple[int, float, float]]) -> tuple[float, float] | None:
    """Slope of a weighted line through (place, value, weight), and its chi-square; None beyond floats."""
    # Weights only count against each other in the slope; scaled to their mean, none of the sums overflows.
    scale = sum(weight for _, _, weight in points) / len(points)
    weights = [weight / scale for _, _, weight in points]
    total = sum(weights)
    place = sum(weight * at for (at, _, _), weight in zip(points, weights, strict=True)) / total
    value = sum(weight * y for (_, y, _), weight in zip(points, weights, strict=True)) / total
    spread = sum(weight * (at - place) ** 2 for (at, _, _), weight in zip(points, weights, strict=True))
    together = sum(
        weight * (at - place) * (y - value) for (at, y, _), weight in zip(points, weights, strict=True)
    )
    if spread == 0:
        return None  # one weight so far above the others that they vanish beside it
    slope = together / spread
    # The same as slope^2 (Sw Swii - Swi^2) / Sw, from centred sums, which lose no digits.
    chi2 = slope * slope * spread * scale
    return (slope, chi2) if math.isfinite(slope) and math.isfinite(chi2) else None


def rank_interval(
    values: Sequence[float | None],
    lows: Sequence[float | None],
    highs: Sequence[float | None],
    better: str,
) -> list[tuple[int, int] | None]:
    """First and last possible place of each value among those present, 1 being best.

    A place is lost only to a value whose whole interval is better, and kept only from one whose whole
    interval is worse. A value without interval counts as a point, so that equal points share their places.
    None where there is no value, and everywhere if `better` is neither higher nor lower.

    >>> rank_interval([10, 9, 5, None], [8, 7, 4, None], [12, 11, 6, None], "higher")
    [(1, 2), (1, 2), (3, 3), None]
    >>> rank_interval([3, 3, 1], [None] * 3, [None] * 3, "lower")
    [(2, 3), (2, 3), (1, 1)]
    """
    if better not in ("higher", "lower"):
        return [None] * len(values)
    sign = 1 if better == "higher" else -1
    spans: list[tuple[float, float] | None] = []
    for value, low, high in zip(values, lows, highs, strict=True):
        number, lower, upper = finite(value), finite(low), finite(high)
        if number is None:
            spans.append(None)
            continue
        ends = (number if lower is None else lower, number if upper is None else upper)
        spans.append((sign * ends[0], sign * ends[1]) if sign > 0 else (sign * ends[1], sign * ends[0]))
    present = [span for span in spans if span is not None]
    bottoms = sorted(span[0] for span in present)
    tops = sorted(span[1] for span in present)
    places: list[tuple[int, int] | None] = []
    for span in spans:
        if span is None:
            places.append(None)
            continue
        surely_better = len(bottoms) - bisect_right(bottoms, span[1])
        surely_worse = bisect_left(tops, span[0])
        places.append((surely_better + 1, len(present) - surely_worse))
    return places


@cache
def _z(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError("confidence lies between 0 and 1")
    return float(ndtri((1 + confidence) / 2))


def finite(value: float | None) -> float | None:
    """The value as a float; None for None, for NaN, which data frames use for missing, and for what no float holds."""
    if value is None:
        return None
    if type(value) is float:
        return value if value - value == 0.0 else None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
