"""From a target to a verdict: pace, certainty and lint of a municipality's indicator against a target.

Pure arithmetic: no files, no database, no clock. Every function returns None where its method is undefined;
nothing is ever replaced by a convenient number and no direction is ever assumed.

Methods: linear pace along the plan's path; CAGR ratio and score (Statistics Canada's SDG data hubs, Open
SDG); UN SDG Progress Chart 2023; intervals and trend of OHID Fingertips (PHEindicatormethods); Wilson's and
Newcombe's intervals; E-test of two Poisson means (Krishnamoorthy and Thomson, 2004).
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from scipy import stats

STATUS_LABELS: Mapping[str, str] = {
    "achieved": "Meta alcançada",
    "on_track": "No ritmo",
    "at_risk": "Atenção",
    "off_track": "Fora do ritmo",
    "worsening": "Em retrocesso",
    "missed": "Prazo vencido",
    "within": "Dentro do limite",
    "alert": "Em alerta",
    "prudential": "Limite prudencial",
    "outside": "Fora do limite",
    "no_data": "Sem dado novo",
    "not_judged": "Sem leitura",
}
CAGR_LABELS: Mapping[str, str] = {
    "achieved": "Meta alcançada",
    "on_track": "No ritmo",
    "acceleration_needed": "Precisa acelerar",
    "limited": "Avanço limitado",
    "deterioration": "Retrocesso",
}
UN_LABELS: Mapping[str, str] = {
    "on_track": "No ritmo",
    "fair": "Avanço regular",
    "stagnation_or_regression": "Estagnação ou retrocesso",
}
REASON_OF_CHANGE_LABELS: Mapping[str, str] = {
    "new_data": "dado novo",
    "revised_data": "dado revisto pela fonte",
    "target_revised": "meta revista",
    "method_changed": "método alterado",
    "deadline_passed": "prazo vencido",
}
DELIVERABLE_LABELS: Mapping[str, str] = {
    "to_do": "A fazer",
    "in_progress": "Em andamento",
    "done": "Concluída",
    "overdue": "Atrasada",
    "never_updated": "Sem atualização",
}
OPERATOR_LABELS: Mapping[str, str] = {
    ">=": "pelo menos",
    "<=": "no máximo",
    ">": "acima de",
    "<": "abaixo de",
    "=": "igual a",
}
KIND_LABELS: Mapping[str, str] = {"goal": "Meta", "limit": "Limite", "category": "Categoria"}

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
class Observation:
    """What was observed in one year (the latest period inside it).

    `value` is None when missing, and `flag` then says why. A category's value is its 1-based place in the
    indicator's categories. `break_before`: the method changed just before this observation. `period`: its last
    day, where that is known.
    """

    year: int
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    flag: str | None = None
    break_before: bool = False
    period: dt.date | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Target:
    """A target, with what its indicator says about itself.

    The first block has the columns of the table `targets`, under the same names; the second what judging
    needs from `indicators` and `milestones`. All have defaults, so that a caller gives only what is known.

    `kind`: goal (reach `target_value` by `target_year`), limit (a bound that holds every year) or category.
    `target_categories`: names, or one text with `|` between them. "A" also accepts "A+".
    `better`: higher, lower, or none (an indicator without direction). None means not given: the operator then
    says it, and without an operator nothing is assumed and nothing is judged.
    `multiplier`: value = numerator / denominator x multiplier.
    `milestones`: year -> value, the steps of the plan between baseline and target.
    `window`: years that one observation covers (3 for an indicator that already adds three years).
    `interval`: how chance moves the value: proportion, rate, or none (money: nothing is said of chance).
    None means not given: proportion for a multiplier of 100, rate for the others.
    """

    plan: str = ""
    plan_version: int = 1
    municipality_code: str = ""
    indicator: str = ""
    front: str | None = None
    challenge: str | None = None
    kind: str = "goal"
    operator: str | None = None
    baseline_year: int | None = None
    baseline_value: float | None = None
    target_year: int | None = None
    target_value: float | None = None
    target_categories: Sequence[str] | str = ()
    alert_value: float | None = None
    prudential_value: float | None = None
    responsible: str | None = None
    legal_basis: str | None = None

    better: str | None = None
    multiplier: float = 1
    decimals: int = 1
    unit: str = ""
    categories: Sequence[str] | str = ()
    range_low: float | None = None
    range_high: float | None = None
    milestones: Mapping[int, float] = field(default_factory=dict, hash=False)
    window: int = 1
    interval: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The reading of one target: exactly the columns of the table `verdicts`.

    Values, gap and interval are in the indicator's unit, `*_per_year` in that unit a year. `reason` and
    `certain_reason` are sentences in Portuguese. `certain` is None where the source publishes no counts.
    `concordance` is "a/c": of c computable methods, a fall in the verdict's class.
    """

    plan: str
    plan_version: int
    municipality_code: str
    indicator: str
    status: str
    reason: str
    latest_year: int | None = None
    latest_value: float | None = None
    expected_value: float | None = None
    pace: float | None = None
    observed_per_year: float | None = None
    required_per_year: float | None = None
    gap: float | None = None
    gap_cases: int | None = None
    certain: bool | None = None
    certain_reason: str | None = None
    interval_low: float | None = None
    interval_high: float | None = None
    cagr_ratio: float | None = None
    cagr_status: str | None = None
    un_q: float | None = None
    un_status: str | None = None
    concordance: str | None = None


@dataclass(frozen=True)
class Trend:
    """Slope per step, its chi-square and direction: increasing, decreasing, none or not_computable."""

    slope: float | None
    chi2: float | None
    direction: str


@dataclass(frozen=True)
class Remark:
    """A doubt about a target before it is accepted: a stable id and a sentence in Portuguese."""

    id: str
    text: str


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
    between = {
        int(year): number
        for year, value in (milestones or {}).items()
        if baseline_year < year < target_year and (number := _number(value)) is not None
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
        low = float(stats.chi2.ppf(alpha / 2, 2 * count)) / 2 if count > 0 else 0.0
        high = float(stats.chi2.ppf(1 - alpha / 2, 2 * count + 2)) / 2
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


def poisson_p_value(count_1: float, exposure_1: float, count_2: float, exposure_2: float) -> float:
    """Two-sided p-value that two Poisson rates are equal (E-test; normal test for large counts).

    >>> poisson_p_value(0, 300, 0, 400)
    1.0
    >>> poisson_p_value(3, 300, 12, 300) < 0.05
    True
    """
    if count_1 + count_2 <= LARGE_COUNT:
        result = stats.poisson_means_test(round(count_1), exposure_1, round(count_2), exposure_2)
        return float(result.pvalue)
    spread = math.sqrt(count_1 / exposure_1**2 + count_2 / exposure_2**2)
    return float(2 * stats.norm.sf(abs(count_1 / exposure_1 - count_2 / exposure_2) / spread))


def sure_change(interval: str, old: tuple[Any, Any], new: tuple[Any, Any]) -> bool | None:
    """Whether a change is more than chance, from (numerator, denominator) of each; None without counts.

    `interval` as an indicator declares it: "proportion" (Newcombe's interval), "rate" (the test of two Poisson
    means) or "none".
    """
    n1, d1, n2, d2 = (_number(count) for count in (*old, *new))
    if interval == "none" or n1 is None or d1 is None or n2 is None or d2 is None:
        return None
    if interval == "proportion" and n1 <= d1 and n2 <= d2:
        low, high = newcombe_interval(n1, d1, n2, d2)
        return not low <= 0 <= high
    return poisson_p_value(n1, d1, n2, d2) < SIGNIFICANCE


def pooled(observations: Iterable[Observation], year: int, multiplier: float) -> Observation | None:
    """The three years that end in `year` added up: sum of numerators over sum of denominators.

    None unless all three are there with both counts. A flag of any of them carries over, the latest first.

    >>> years = [Observation(y, None, n, 100) for y, n in ((2020, 1), (2021, 0), (2022, 2))]
    >>> pooled(years, 2022, 1000)
    Observation(year=2022, value=10.0, numerator=3, denominator=300, flag=None, break_before=False, period=None)
    """
    by_year = {observation.year: observation for observation in observations}
    window = [by_year.get(year - back) for back in range(POOLED_YEARS)]
    numerator = denominator = 0.0
    flag = None
    broken = False
    for observation in window:
        if observation is None or observation.flag == "not_in_existence":
            return None
        above, below = _number(observation.numerator), _number(observation.denominator)
        if above is None or below is None:
            return None
        numerator += above
        denominator += below
        flag = flag or observation.flag
        broken = broken or observation.break_before
    if denominator <= 0:
        return None
    whole = [int(part) if part == int(part) else part for part in (numerator, denominator)]
    return Observation(year, numerator / denominator * multiplier, whole[0], whole[1], flag, broken)


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
        number, lower, upper = _number(value), _number(low), _number(high)
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
        number, lower, upper = _number(value), _number(low), _number(high)
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
    return float(stats.norm.ppf((1 + confidence) / 2))


def _number(value: float | None) -> float | None:
    """The value as a float; None for None and for NaN, which data frames use for missing."""
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _year(value: int | None) -> int | None:
    """The year; None for None and for NaN, which data frames use for missing."""
    return None if value is None or value != value else value


# Enough digits for any float: the usual 28 refuse large ones.
_EXACT = Context(prec=700)


def rounded(value: float, decimals: int, low: float | None = None, high: float | None = None) -> Decimal:
    """A number as it is shown: a half goes away from zero, on the decimal that a reader would write.

    `low`, `high`: the ends of what is possible. A value short of an end is never rounded up to it: 99.98 of 100
    is not "all", nor 0.02 "none".

    >>> [str(rounded(value, 1, 0, 100)) for value in (76.05, 99.98, 100, 0.02, 0)]
    ['76.1', '99.9', '100.0', '0.1', '0.0']
    """
    step = Decimal(1).scaleb(-decimals)
    found = Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP, _EXACT)
    if high is not None and value < high <= found:
        found -= step
    elif low is not None and value > low >= found:
        found += step
    # A negative rounded away is no negative.
    return found or abs(found)


def pt_number(value: float, decimals: int = 1) -> str:
    """A number as Portuguese writes it.

    >>> pt_number(1234.5), pt_number(-0.04), pt_number(7, 0)
    ('1.234,5', '0,0', '7')
    """
    return f"{rounded(value, decimals):,f}".translate(str.maketrans(",.", ".,"))


def names(listed: Sequence[str] | str | None) -> tuple[str, ...]:
    """Categories as a tuple, from a list or from one text with `|` between them.

    >>> names("A|B"), names(["A+", "A"]), names(None)
    (('A', 'B'), ('A+', 'A'), ())
    """
    if listed is None:
        return ()
    parts = listed.split("|") if isinstance(listed, str) else listed
    return tuple(str(part).strip() for part in parts if str(part).strip())


def judge(target: Target, observations: Iterable[Observation], as_of: dt.date) -> Verdict:
    """The verdict on one target of one municipality, seen from the date `as_of`.

    `observations`: those of the target's indicator and municipality, in any order, missing ones included;
    years after `as_of` are not looked at, and of several of one year the last given counts. Raises ValueError
    for an unknown kind of target.

    >>> literacy = Target(baseline_year=2023, baseline_value=42.0, target_year=2030, target_value=80.0,
    ...     milestones={2024: 48.0}, better="higher")
    >>> verdict = judge(literacy, [Observation(2023, 42.0), Observation(2024, 51.8)], dt.date(2026, 11, 22))
    >>> verdict.status, round(verdict.pace, 2), round(verdict.required_per_year, 2), verdict.concordance
    ('on_track', 1.63, 4.7, '3/3')
    >>> staff = Target(kind="limit", operator="<=", target_value=54, alert_value=48.6, prudential_value=51.3)
    >>> judge(staff, [Observation(2025, 52.0)], dt.date(2026, 11, 22)).status
    'prudential'
    """
    seen = {
        observation.year: replace(
            observation,
            value=_number(observation.value),
            numerator=_number(observation.numerator),
            denominator=_number(observation.denominator),
        )
        for observation in sorted(observations, key=lambda observation: observation.year)
        if observation.year <= as_of.year
    }
    target = replace(target, baseline_year=_year(target.baseline_year), target_year=_year(target.target_year))
    if target.kind == "goal":
        return _judge_goal(target, seen, as_of)
    if target.kind == "limit":
        return _judge_limit(target, seen)
    if target.kind == "category":
        return _judge_category(target, seen)
    raise ValueError(f"unknown kind of target: {target.kind}")


def _verdict(target: Target, status: str, reason: str) -> Verdict:
    return Verdict(
        target.plan, target.plan_version, target.municipality_code, target.indicator, status, reason
    )


def direction(target: Target) -> int | None:
    """+1 where higher is better, -1 where lower is, None where nobody says.

    >>> direction(Target(better="lower")), direction(Target(operator=">=")), direction(Target(better="none"))
    (-1, 1, None)
    """
    if target.better is not None:
        return {"higher": 1, "lower": -1}.get(target.better)
    return {">=": 1, ">": 1, "<=": -1, "<": -1}.get(target.operator or "")


def _at_least(value: float, bound: float) -> bool:
    return value - bound >= -TINY * max(1.0, abs(bound))


def _reached(sign: int, value: float, bound: float) -> bool:
    return _at_least(sign * value, sign * bound)


def _judge_goal(target: Target, seen: Mapping[int, Observation], as_of: dt.date) -> Verdict:
    """Section 2 of the methods, first match wins."""
    sign = direction(target)
    goal, deadline = _number(target.target_value), target.target_year
    start, base_year = _number(target.baseline_value), target.baseline_year
    text = _Texts(target)
    if goal is None:
        return _verdict(target, "not_judged", "O município não tem meta para este indicador.")
    if sign is None:
        return _verdict(
            target, "not_judged", "O indicador não tem um sentido melhor: nem subir nem cair é progresso."
        )

    after = [
        year
        for year, observation in seen.items()
        if observation.value is not None and (base_year is None or year > base_year)
    ]
    in_time = [year for year in after if deadline is None or year <= deadline]
    closed = deadline is not None and as_of.year > deadline
    if not after:
        since = "" if base_year is None else f" depois de {base_year}"
        return _verdict(target, "no_data", f"Nenhum dado publicado{since}.")
    if not in_time:
        # Only values after the deadline: they are shown beside it and turn nothing into an achieved target.
        since = "" if base_year is None else f" depois de {base_year} e"
        reason = f"Prazo vencido sem dado do ano: nada publicado{since} até {deadline}."
        return _verdict(target, "missed", reason + text.later(seen, deadline))

    latest_year = max(in_time)
    latest = seen[latest_year]
    base = None if base_year is None else seen.get(base_year)
    small = target.window == 1 and _is_small(target, base, latest)
    note = ""
    if small:
        swap = _pooled_ends(target, seen, latest_year)
        if isinstance(swap, str):
            found = _describe(_verdict(target, "not_judged", swap), target, latest, sign)
            return replace(found, certain_reason="Sem leitura, nada há a testar.")
        base, latest = swap
        start = base.value
        note = text.pooled(base, latest)
    first = None if base_year is None else base_year - (POOLED_YEARS - 1 if small else 0)
    broken = first is not None and any(
        observation.break_before and first < year <= latest_year for year, observation in seen.items()
    )
    value = latest.value
    assert value is not None  # only years with a value, and pooled ones, come this far
    if broken:
        reason = f"O método mudou entre {base_year} e {latest_year}: os dois valores não se comparam."
        found = _describe(_verdict(target, "not_judged", reason), target, latest, sign)
        return replace(found, certain_reason="Sem leitura, nada há a testar.")

    already = start is not None and _reached(sign, start, goal)
    expected = None
    if start is not None and base_year is not None and deadline is not None:
        expected = expected_value(start, base_year, goal, deadline, latest_year, target.milestones)
    pace = None
    if not already and expected is not None and start is not None and sign * (expected - start) > 0:
        pace = linear_pace(start, base_year, value, latest_year, goal, deadline, target.milestones)

    if _reached(sign, value, goal):
        status = "achieved"
        reason = f"Meta alcançada: {text.value(value)} em {latest_year}, para uma meta de {text.value(goal)}."
        if already:
            reason += f" Já estava além da meta em {base_year}."
    elif already:
        status = "worsening"
        reason = (
            f"O município estava além da meta em {base_year} ({text.value(start)}) e ficou aquém dela em "
            f"{latest_year} ({text.value(value)})."
        )
    elif deadline is not None and latest_year >= deadline:
        status = "missed"
        reason = f"Prazo vencido em {deadline}: ficou em {text.value(value)}; a meta era {text.value(goal)}."
        reason += text.later(seen, deadline)
    elif closed:
        status = "missed"
        reason = (
            f"Prazo vencido sem dado do ano {deadline}: o último valor até ele é de {latest_year}, "
            f"{text.value(value)}; a meta era {text.value(goal)}."
        ) + text.later(seen, deadline)
    elif start is None or base_year is None:
        status, reason = "not_judged", "Sem linha de base não há ritmo a medir."
    elif pace is None:
        status = "not_judged"
        if deadline is None:
            reason = "A meta não tem prazo, e sem prazo não há ritmo."
        elif expected is not None and sign * (expected - start) < 0:
            reason = f"O plano prevê piora até {latest_year} ({text.value(expected)}): não há ritmo a medir."
        else:
            reason = f"O plano não prevê mudança até {latest_year}: não há ritmo a medir."
    else:
        status = _pace_status(pace)
        reason = text.pace(pace, expected, (base_year, start), (latest_year, value))

    found = _describe(_verdict(target, status, reason + note), target, latest, sign)
    open_years = 0 if deadline is None or closed else deadline - latest_year
    found = replace(
        found,
        expected_value=expected,
        pace=pace,
        observed_per_year=None
        if start is None or base_year is None
        else (value - start) / (latest_year - base_year),
        required_per_year=(goal - value) / open_years if open_years > 0 else None,
    )
    if status == "not_judged":
        return replace(found, certain_reason="Sem leitura, nada há a testar.")
    found = _with_other_methods(found, target, start, sign, already)
    return _with_certainty(found, target, start, base, latest, sign)


def _pace_status(pace: float) -> str:
    if pace >= ON_TRACK - TINY:
        return "on_track"
    if pace >= AT_RISK - TINY:
        return "at_risk"
    return "off_track" if pace >= 0 else "worsening"


def _describe(found: Verdict, target: Target, latest: Observation, sign: int | None) -> Verdict:
    """Add latest value, distance to the target and interval: what can be said without any pace."""
    value = latest.value
    bound = _number(target.target_value)
    gap = None
    if value is not None and bound is not None:
        gap = abs(bound - value) if sign is None else sign * (bound - value)
    low, high = _interval(target, latest) or (None, None)
    return replace(
        found,
        latest_year=latest.year,
        latest_value=value,
        gap=gap,
        gap_cases=_gap_cases(gap, latest.denominator, target.multiplier),
        interval_low=low,
        interval_high=high,
    )


def _gap_cases(gap: float | None, denominator: float | None, multiplier: float) -> int | None:
    below = _number(denominator)
    if gap is None or below is None:
        return None
    cases = gap / multiplier * below
    # Beyond what the table's integer holds there is no count of people.
    return max(math.ceil(cases - TINY), 0) if abs(cases) < 2**62 else None


def _has_counts(target: Target, observation: Observation | None) -> bool:
    """Whether the observation carries counts: whole, not negative, over a positive denominator."""
    if observation is None or target.interval == "none":
        return False
    numerator, denominator = _number(observation.numerator), _number(observation.denominator)
    if numerator is None or denominator is None:
        return False
    return numerator >= 0 and denominator > 0 and numerator == math.floor(numerator)


def _is_proportion(target: Target, *observations: Observation) -> bool:
    """Whether the counts are so many of so many; not where one from another base passes its denominator."""
    declared = target.interval == "proportion" or (target.interval is None and target.multiplier == 100)
    return declared and all(
        (_number(observation.numerator) or 0) <= (_number(observation.denominator) or 0)
        for observation in observations
    )


def _interval(target: Target, observation: Observation) -> tuple[float, float] | None:
    if not _has_counts(target, observation):
        return None
    numerator, denominator = observation.numerator, observation.denominator
    assert numerator is not None and denominator is not None  # _has_counts
    if _is_proportion(target, observation):
        low, high = wilson_interval(numerator, denominator)
        return low * target.multiplier, high * target.multiplier
    return rate_interval(numerator, denominator, target.multiplier)


def _is_small(target: Target, *ends: Observation | None) -> bool:
    return any(
        end is not None
        and end.numerator is not None
        and _has_counts(target, end)
        and end.numerator < SMALL_COUNT
        for end in ends
    )


def _pooled_ends(
    target: Target, seen: Mapping[int, Observation], latest_year: int
) -> tuple[Observation, Observation] | str:
    """Baseline and latest as three-year observations, or the reason why they cannot be."""
    base_year = target.baseline_year
    if base_year is None:
        return "Contagem menor que 20 e plano sem ano de base: não há como comparar triênios."
    if latest_year - base_year < POOLED_YEARS:
        return (
            f"Contagem menor que 20: os triênios até {base_year} e até {latest_year} têm anos em comum "
            "(janelas sobrepostas)."
        )
    ends = []
    for year in (base_year, latest_year):
        end = pooled(seen.values(), year, target.multiplier)
        if end is None:
            return f"Contagem menor que 20 e faltam contagens para somar os três anos de {year - 2} a {year}."
        ends.append(end)
    return ends[0], ends[1]


def _with_other_methods(
    found: Verdict, target: Target, start: float | None, sign: int, already: bool
) -> Verdict:
    """Add CAGR ratio, UN progress and their concordance with the verdict."""
    better = "higher" if sign > 0 else "lower"
    ends = (start, target.baseline_year, found.latest_value, found.latest_year)
    goal = _number(target.target_value)
    achieved = found.status == "achieved"
    ratio = cagr_ratio(*ends, goal, target.target_year, better)
    # From a baseline beyond the target both progress measures would count a loss as progress.
    share = None if already else un_progress(*ends, goal, target.target_year)

    classes = []
    if found.pace is not None:
        classes.append("ahead" if achieved or found.pace >= ON_TRACK - TINY else _behind(found.pace))
    if ratio is not None:
        classes.append("ahead" if achieved or ratio >= ON_TRACK else _behind(ratio))
    if share is not None:
        classes.append("ahead" if share >= ON_TRACK else _behind(share))
    own = {"achieved": "ahead", "on_track": "ahead", "worsening": "worsening"}.get(found.status, "behind")
    if found.status == "missed" and found.pace is not None:
        own = _behind(found.pace)
    return replace(
        found,
        cagr_ratio=ratio,
        cagr_status=None if ratio is None else cagr_status(ratio, achieved),
        un_q=share,
        un_status=None if share is None else un_status(share),
        concordance=f"{classes.count(own)}/{len(classes)}" if classes else None,
    )


def _behind(progress: float) -> str:
    return "behind" if progress >= 0 else "worsening"


NO_COUNTS = "A fonte não publica contagens."
NO_CHANCE = "Este indicador não tem margem de acaso: não vem de contagens de pessoas ou eventos."


def _why_no_counts(target: Target, latest: Observation) -> str:
    published = latest.numerator is not None and latest.denominator is not None
    return NO_CHANCE if published and target.interval == "none" else NO_COUNTS


def _with_certainty(
    found: Verdict,
    target: Target,
    start: float | None,
    base: Observation | None,
    latest: Observation,
    sign: int,
) -> Verdict:
    """Add whether chance alone explains what the verdict says."""
    text = _Texts(target)
    if base is None or not _has_counts(target, base) or not _has_counts(target, latest):
        return replace(found, certain_reason=_why_no_counts(target, latest))
    if not _same_baseline(target, start, base):
        return replace(found, certain_reason="A linha de base do plano não é o valor publicado daquele ano.")
    goal = _number(target.target_value)
    low, high = found.interval_low, found.interval_high
    assert goal is not None and low is not None and high is not None  # counts give an interval
    span = f"{text.value(low)} a {text.value(high)}"
    if found.status == "achieved":
        certain = _reached(sign, low if sign > 0 else high, goal)
        side = "fica todo do lado da meta" if certain else "ainda contém valores aquém da meta"
        return replace(found, certain=certain, certain_reason=f"O intervalo de 95% ({span}) {side}.")
    counts = (latest.numerator, latest.denominator, base.numerator, base.denominator)
    numbers = [_number(count) or 0.0 for count in counts]
    if _is_proportion(target, base, latest):
        lower, upper = newcombe_interval(*numbers)
        certain = lower > 0 or upper < 0
        how = (
            f"o intervalo de 95% da diferença vai de {text.difference(lower * target.multiplier)} a "
            f"{text.difference(upper * target.multiplier)}"
        )
    else:
        p_value = poisson_p_value(*numbers)
        certain = p_value < SIGNIFICANCE
        how = f"p = {pt_number(p_value, 3)}" if p_value >= 0.001 else "p menor que 0,001"
    if certain:
        return replace(found, certain=True, certain_reason=f"A mudança não se explica pelo acaso ({how}).")
    return replace(found, certain=False, certain_reason=f"Variação compatível com o acaso ({how}).")


def _same_baseline(target: Target, start: float | None, base: Observation) -> bool:
    """Whether the plan's baseline is the published one, give or take rounding."""
    if start is None or base.value is None:
        return False
    return abs(start - base.value) <= max(10.0**-target.decimals, 0.01 * abs(base.value)) * (1 + TINY)


def _holds(operator: str, value: float, bound: float) -> bool:
    """Whether a value is inside a bound; an equal one is inside for >=, <= and =, outside for < and >."""
    equal = math.isclose(value, bound, rel_tol=TINY, abs_tol=TINY)
    if operator in (">=", "<=", "="):
        return equal or (operator == ">=" and value > bound) or (operator == "<=" and value < bound)
    return not equal and (value > bound if operator == ">" else value < bound)


def _judge_limit(target: Target, seen: Mapping[int, Observation]) -> Verdict:
    """A bound that holds every year: the latest year alone decides."""
    bound = _number(target.target_value)
    operator = target.operator or {"higher": ">=", "lower": "<="}.get(target.better or "", "")
    if bound is None:
        return _verdict(target, "not_judged", "O município não tem limite para este indicador.")
    if operator not in OPERATOR_LABELS:
        return _verdict(target, "not_judged", "O plano não diz de que lado do limite o valor deve ficar.")
    latest = _latest(seen)
    if latest is None or latest.value is None:
        return _verdict(target, "no_data", _silent(target, seen))
    text = _Texts(target)
    value = latest.value
    sign = {">=": 1, ">": 1, "<=": -1, "<": -1}.get(operator)
    alert, prudential = _number(target.alert_value), _number(target.prudential_value)
    if not _holds(operator, value, bound):
        status = "outside"
    elif prudential is not None and not _holds(operator, value, prudential):
        status = "prudential"
    elif alert is not None and not _holds(operator, value, alert):
        status = "alert"
    else:
        status = "within"
    wanted, kept, name = text.demand(operator, bound)
    reason = f"{text.measured(value)} em {text.when(latest)}; {wanted}."
    reason += _history(kept, [_holds(operator, one, bound) for one in _comparable(seen)], seen)
    found = _describe(_verdict(target, status, reason), target, latest, sign)
    low, high = found.interval_low, found.interval_high
    if low is None or high is None:
        return replace(found, certain_reason=_why_no_counts(target, latest))
    if operator == "=":
        certain = not low <= bound <= high
    else:
        certain = _holds(operator, low, bound) == _holds(operator, high, bound)
    side = f"fica todo do mesmo lado do {name}" if certain else f"contém o {name}: compatível com o acaso"
    return replace(
        found,
        certain=certain,
        certain_reason=f"O intervalo de 95% ({text.value(low)} a {text.value(high)}) {side}.",
    )


def _comparable(seen: Mapping[int, Observation]) -> list[float]:
    """The values since the last change of method."""
    found: list[float] = []
    for _, observation in sorted(seen.items()):
        if observation.break_before:
            found.clear()
        if observation.value is not None:
            found.append(observation.value)
    return found


def _history(kept: str, inside: Sequence[bool], seen: Mapping[int, Observation]) -> str:
    """In how many of the comparable years the value was where it should be; empty where there is only one."""
    if len(inside) < 2:
        return ""
    broken = any(observation.break_before for observation in seen.values())
    years = "anos comparáveis" if broken else "anos com dado"
    return f" {kept} em {sum(inside)} dos {len(inside)} {years}."


def _judge_category(target: Target, seen: Mapping[int, Observation]) -> Verdict:
    """A set of accepted categories: the latest year alone decides."""
    accepted, categories = names(target.target_categories), names(target.categories)
    if not accepted:
        return _verdict(target, "not_judged", "O município não tem categoria a alcançar neste indicador.")
    latest = _latest(seen)
    if latest is None or latest.value is None:
        return _verdict(target, "no_data", _silent(target, seen))
    if latest.value != int(latest.value) or not 1 <= latest.value <= len(categories):
        return _verdict(target, "not_judged", "A categoria publicada não é conhecida.")

    def member(place: float) -> bool:
        name = categories[int(place) - 1]
        return name in accepted or name.rstrip("+") in accepted

    if not any(member(place) for place in range(1, len(categories) + 1)):
        return _verdict(target, "not_judged", "As categorias aceitas não existem neste indicador.")
    known = [value for value in _comparable(seen) if 1 <= value <= len(categories)]
    status = "within" if member(latest.value) else "outside"
    verb = "está" if status == "within" else "não está"
    reason = (
        f"{categories[int(latest.value) - 1]} em {latest.year} {verb} entre as aceitas "
        f"({', '.join(name for place, name in enumerate(categories, 1) if member(place))})."
    )
    reason += _history("Esteve entre elas", [member(place) for place in known], seen)
    return replace(
        _verdict(target, status, reason),
        latest_year=latest.year,
        latest_value=latest.value,
        certain_reason=NO_COUNTS,
    )


def _latest(seen: Mapping[int, Observation]) -> Observation | None:
    """The latest published year, with or without a value: an old grade does not stand for a new one."""
    return seen[max(seen)] if seen else None


def _silent(target: Target, seen: Mapping[int, Observation]) -> str:
    if not seen:
        return "Nenhum dado publicado."
    year = max(seen)
    why = {
        "not_eligible": "não elegível",
        "suppressed": "omitido por sigilo",
        "not_in_existence": "o município ainda não existia",
    }.get(seen[year].flag or "", "não disponível na fonte")
    known = [one for one in seen if seen[one].value is not None]
    last = ""
    if known:
        value = seen[max(known)].value
        assert value is not None  # the years in `known` have one
        categories = names(target.categories)
        shown = _Texts(target).value(value)
        if categories and 1 <= value <= len(categories):
            shown = categories[int(value) - 1]
        last = f" O último dado é de {max(known)}: {shown}."
    return f"Sem dado em {year}: {why}.{last}"


# Units of bare numbers, whose name says what they are.
UNSAID = frozenset({"", "índice", "nota", "número", "razão", "categoria"})


def none_of(unit: str) -> str:
    """None of what a unit counts: `nenhuma pendência`; `zero` where it counts no things.

    >>> none_of("pendências"), none_of("óbitos por mil nascidos vivos"), none_of("por 100 mil habitantes")
    ('nenhuma pendência', 'nenhum óbito por mil nascidos vivos', 'zero')
    """
    first = unit.partition(" ")[0]
    if unit in UNSAID or first in ("%", "por") or unit.startswith("R$"):
        return "zero"
    return f"{'nenhuma' if first.endswith(('as', 'ões')) else 'nenhum'} {singular(unit)}"


def singular(unit: str) -> str:
    """The unit of one: `pendências` -> `pendência`, `internações` -> `internação`."""
    first, space, rest = unit.partition(" ")
    for many, one in (("ões", "ão"), ("ens", "em"), ("s", "")):
        if first.endswith(many):
            return f"{first.removesuffix(many)}{one}{space}{rest}"
    return unit


class _Texts:
    """Sentences with numbers in the indicator's decimals."""

    def __init__(self, target: Target) -> None:
        self.decimals = target.decimals
        self.unit = target.unit
        self.ends = target.range_low, target.range_high

    def value(self, value: float | None) -> str:
        """A value with its unit where that is a sign."""
        if value is None:
            return "n.d."
        shown = pt_number(float(rounded(value, self.decimals, *self.ends)), self.decimals)
        if self.unit == "%":
            return f"{shown}%"
        return f"R$ {shown}" if self.unit.startswith("R$") else shown

    def difference(self, value: float) -> str:
        """A difference of two values, one decimal finer than they are: `0,03 p.p.`."""
        shown = pt_number(value, self.decimals + 1)
        return f"{shown} p.p." if self.unit == "%" else f"R$ {shown}" if self.unit.startswith("R$") else shown

    def measured(self, value: float) -> str:
        """A value with its unit, sign or noun: `54,0%`, `2 pendências`."""
        shown = self.value(value)
        if self.unit in UNSAID or self.unit == "%" or self.unit.startswith("R$"):
            return shown
        return f"{shown} {singular(self.unit) if rounded(value, self.decimals) == 1 else self.unit}"

    def when(self, latest: Observation) -> str:
        """The year of a value, or the day where it is the picture of a day."""
        day = latest.period
        return str(latest.year) if day is None or (day.month, day.day) == (12, 31) else f"{day:%d/%m/%Y}"

    def demand(self, operator: str, bound: float) -> tuple[str, str, str]:
        """What a bound demands, what it is to have kept it, and its name."""
        if operator == ">=":
            return f"o mínimo é {self.measured(bound)}", "Alcançou o mínimo", "mínimo"
        if operator == "<=":
            return f"o máximo é {self.measured(bound)}", "Respeitou o máximo", "máximo"
        if operator == "=":
            nothing = none_of(self.unit).partition(" ")[0]
            wanted = nothing if bound == 0 and nothing != "zero" else self.measured(bound)
            return f"o esperado é {wanted}", "Esteve como esperado", "valor esperado"
        return f"precisa ficar {OPERATOR_LABELS[operator]} {self.measured(bound)}", "Cumpriu isso", "limite"

    def later(self, seen: Mapping[int, Observation], deadline: int | None) -> str:
        """The newest value after the deadline, which does not change the verdict."""
        known = [
            year
            for year, observation in seen.items()
            if deadline is not None and year > deadline and observation.value is not None
        ]
        return f" Depois do prazo: {self.value(seen[max(known)].value)} em {max(known)}." if known else ""

    def pooled(self, base: Observation, latest: Observation) -> str:
        """Says that three years were added up, and what they gave."""
        windows = [
            f"{self.value(end.value)} de {end.year - POOLED_YEARS + 1} a {end.year}" for end in (base, latest)
        ]
        return f" Contagens menores que 20: valores de três anos somados ({windows[0]}; {windows[1]})."

    def pace(
        self,
        pace: float,
        expected: float | None,
        start: tuple[int | None, float | None],
        end: tuple[int, float],
    ) -> str:
        """What the pace says, in words; `start` and `end` are (year, value)."""
        if pace < 0:
            return (
                f"De {start[0]} a {end[0]} o indicador andou no sentido contrário ao da meta: de "
                f"{self.value(start[1])} para {self.value(end[1])}."
            )
        share = pt_number(pace * 100, 0)
        return f"Andou {share}% do caminho previsto até {end[0]}; o previsto era {self.value(expected)}."


def deliverable_state(
    status: str | None, due: dt.date | None, updated_at: dt.date | None, as_of: dt.date
) -> str:
    """How a deliverable stands on the date `as_of`: done, overdue, never_updated, in_progress or to_do.

    Done wins over a past date, and overdue over never updated: what is late is said first. "Never updated" is
    said of a deliverable that nobody has reported on, whatever its status says.

    >>> day = dt.date(2026, 11, 22)
    >>> deliverable_state("in_progress", dt.date(2026, 11, 21), None, day)
    'overdue'
    >>> deliverable_state("in_progress", day, None, day), deliverable_state("done", None, None, day)
    ('never_updated', 'done')
    """
    if status == "done":
        return "done"
    if due is not None and due < as_of:
        return "overdue"
    if updated_at is None:
        return "never_updated"
    return "in_progress" if status == "in_progress" else "to_do"


def lint(
    target: Target, observations: Iterable[Observation], published_years: Iterable[int] = ()
) -> list[Remark]:
    """Doubts about a target before it is accepted (section 6 of the methods); an empty list is a good sign.

    `observations`: those of the municipality. `published_years`: years published for anyone, from which the
    year of the next publication is told; without two of them nothing is said about it.

    >>> slip = Target(baseline_year=2023, baseline_value=88.0, target_year=2030, target_value=0.95, unit="%",
    ...     better="higher", range_low=0, range_high=100)
    >>> [remark.id for remark in lint(slip, [Observation(2023, 88.0)])]
    ['already_met', 'wrong_direction', 'unit_slip']
    """
    seen = {observation.year: observation for observation in observations}
    known = {year: value for year, one in seen.items() if (value := _number(one.value)) is not None}
    text = _Texts(target)
    found: list[Remark] = []
    if not known:
        found.append(
            Remark("no_published_value", "A fonte não publica este indicador para o município: sem leitura.")
        )
    if target.kind == "category":
        return found
    goal, start = _number(target.target_value), _number(target.baseline_value)
    if goal is None:
        return found
    if target.kind == "goal":
        found += _lint_goal(target, seen, known, goal, start)
        found += _lint_deadline(target, list(published_years))
    low, high = _number(target.range_low), _number(target.range_high)
    bounds = {"Meta": goal, "Alerta": target.alert_value, "Prudencial": target.prudential_value}
    for name, given in bounds.items():
        bound = _number(given)
        if bound is not None and ((low is not None and bound < low) or (high is not None and bound > high)):
            span = f"{text.value(low)} a {text.value(high)}"
            found.append(
                Remark("out_of_range", f"{name} {text.value(bound)} fora do possível no indicador ({span}).")
            )
    before = start if start is not None else known[max(known)] if known else None
    if target.unit == "%" and 0 < goal <= 1 and (before is None or before > 1):
        found.append(
            Remark(
                "unit_slip",
                f"'{pt_number(goal, 2)}' parece fração, e o indicador é em %. "
                f"Se a meta é {pt_number(goal * 100, 0)}%, escreva {pt_number(goal * 100, 0)}.",
            )
        )
    return found


def _lint_goal(
    target: Target,
    seen: Mapping[int, Observation],
    known: Mapping[int, float],
    goal: float,
    start: float | None,
) -> list[Remark]:
    text = _Texts(target)
    found = []
    sign = direction(target)
    if sign is None:
        found.append(
            Remark("no_direction", "O indicador não tem um sentido melhor: a meta não terá leitura.")
        )
    year = target.baseline_year
    if sign is not None and start is not None and _reached(sign, start, goal):
        found.append(
            Remark(
                "already_met",
                f"A meta ({text.value(goal)}) já estava alcançada na linha de base ({text.value(start)}).",
            )
        )
    wants = {">=": 1, ">": 1, "<=": -1, "<": -1}.get(target.operator or "")
    away = start is not None and sign is not None and sign * (goal - start) < 0
    if sign is not None and (away or (wants is not None and wants != sign)):
        way = "subir" if sign > 0 else "cair"
        found.append(
            Remark("wrong_direction", f"Neste indicador melhorar é {way}, e a meta vai no sentido contrário.")
        )
    published = known.get(year) if year is not None else None
    if start is not None and published is not None and not _same_figure(start, published, target.decimals):
        found.append(
            Remark(
                "baseline_differs",
                f"A linha de base ({text.value(start)}) difere do valor publicado de {year} "
                f"({text.value(published)}).",
            )
        )
    if start is None:
        found.append(Remark("no_baseline", "Sem linha de base não haverá leitura de ritmo."))
    reference = seen.get(year) if year is not None and year in known else None
    if reference is None and known:
        reference = seen[max(known)]
    interval = None if reference is None else _interval(target, reference)
    value = start if start is not None else None if reference is None else _number(reference.value)
    if interval is not None and value is not None:
        half = (interval[1] - interval[0]) / 2
        if abs(goal - value) < half:
            found.append(
                Remark(
                    "gap_inside_noise",
                    f"A distância até a meta ({text.value(abs(goal - value))}) é menor que a margem do acaso "
                    f"({text.value(half)} para cada lado): será difícil saber se ela foi alcançada.",
                )
            )
    return found


def _same_figure(one: float, other: float, decimals: int) -> bool:
    """Whether two figures are the same at so many decimals, whichever way a half was rounded."""
    return round(one, decimals) == round(other, decimals) or abs(one - other) <= 0.5 * 10.0**-decimals + TINY


def _lint_deadline(target: Target, years: list[int]) -> list[Remark]:
    """Whether a figure of some year up to the deadline is still to come."""
    ordered = sorted(set(years))
    if target.target_year is None or len(ordered) < 2:
        return []
    # The newest step tells the present rhythm: many series began irregularly.
    following = ordered[-1] + ordered[-1] - ordered[-2]
    if target.target_year >= following:
        return []
    return [
        Remark(
            "deadline_before_publication",
            f"O prazo ({target.target_year}) vem antes do próximo dado: o último publicado é de "
            f"{ordered[-1]} e o seguinte deve ser de {following}.",
        )
    ]
