"""How sure a reading is: whether the figures themselves support the side that a verdict claims.

Pure arithmetic: no files, no database, no clock. What cannot be had is None; nothing is assumed in its place.

Methods: Jeffreys' posterior of a proportion and of a rate (Brown, Cai and DasGupta, Statistical Science
16(2), 2001); swing of small cohorts, and the filter that draws extremes back (Kane and Staiger, J. Economic
Perspectives 16(4), 2002); Newcombe's interval and the E-test of `pipelines.verdicts` for a move.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.verdicts.methods import TINY, finite, newcombe_interval, poisson_p_value

# From these probabilities on a claim is firm ("certo") or likely ("provável"); under them it is unclear.
FIRM = 0.975
LIKELY = 0.80
STRENGTH_LABELS: Mapping[str, str] = {
    "firm": "certo",
    "likely": "provável",
    "unclear": "não dá para dizer",
}
# Two-sided confidence, and its normal quantile, at which a move is firm or likely.
MOVE_CONFIDENCE: Mapping[str, float] = {"firm": 0.95, "likely": 0.60}
MOVE_DEVIATIONS: Mapping[str, float] = {"firm": 1.96, "likely": 0.84}

# Fewer changes than the first say nothing of what is usual; fewer than the second, nothing firm.
FEWEST_CHANGES = 60
ENOUGH_CHANGES = 200
# Median absolute deviation to standard deviation, where the values are normal.
NORMAL_MAD = 1.4826

_ORDER = ("unclear", "likely", "firm")


def probability_beyond(
    *,
    expected: float | None,
    better: str | None,
    value: float | None = None,
    level_deviation: float | None = None,
    numerator: float | None = None,
    denominator: float | None = None,
    multiplier: float = 1,
    interval: str | None = None,
) -> float | None:
    """Plain probability that the true level is at `expected` or beyond it, on the better side.

    `expected` and `value` are in the indicator's unit; value = numerator / denominator x multiplier. `better`:
    higher or lower; with any other there is no better side. The probability of being behind is one less this.

    With both counts, `interval` says what they are. "proportion", so many of so many: Jeffreys,
    Beta(x + 1/2, n - x + 1/2). "rate", events over an exposure: Gamma(x + 1/2) / exposure. Counts that cannot
    be such (negative, fractional, more than the whole, over nothing) give None, and no other figure stands in.
    Without both counts, or with `interval` "none" or not given: Normal(value, level deviation); None without both.

    The level is continuous, so a line at an end of the scale counts as passed by none of it: 100 of 100 says
    of "at least 100%" a probability of 0.

    >>> round(probability_beyond(
    ...     expected=65, better="higher", numerator=70, denominator=100, multiplier=100, interval="proportion"
    ... ), 3)
    0.853
    >>> round(1 - probability_beyond(expected=47.3, better="higher", value=38.3, level_deviation=4.98), 3)
    0.965
    >>> probability_beyond(
    ...     expected=90, better="higher", numerator=70, denominator=60, multiplier=100, interval="proportion"
    ... )
    """
    line, scale = finite(expected), finite(multiplier)
    if line is None or scale is None or scale <= 0 or better not in ("higher", "lower"):
        return None
    over, under = finite(numerator), finite(denominator)
    if interval in ("proportion", "rate") and over is not None and under is not None:
        tails = _tails_of_counts(over, under, line / scale, interval)
    else:
        tails = _tails_of_level(finite(value), finite(level_deviation), line)
    if tails is None:
        return None
    below, above = tails
    return above if better == "higher" else below


def _tails_of_counts(
    numerator: float, denominator: float, line: float, interval: str
) -> tuple[float, float] | None:
    """Posterior probability of a level below the line and above it; the line per unit of denominator."""
    if numerator < 0 or denominator <= 0 or not numerator.is_integer():
        return None
    if interval == "proportion" and (numerator > denominator or not denominator.is_integer()):
        return None
    if line <= 0:
        return 0.0, 1.0
    # Imported here: most readings of a build need neither function.
    from scipy.special import betainc, betaincc, gammainc, gammaincc

    if interval == "rate":
        events, passed = numerator + 0.5, line * denominator
        return _tails(float(gammainc(events, passed)), float(gammaincc(events, passed)))
    if line >= 1:
        return 1.0, 0.0
    inside, outside = numerator + 0.5, denominator - numerator + 0.5
    return _tails(float(betainc(inside, outside, line)), float(betaincc(inside, outside, line)))


def _tails_of_level(value: float | None, deviation: float | None, line: float) -> tuple[float, float] | None:
    if value is None or deviation is None or deviation <= 0:
        return None
    away = (value - line) / deviation / math.sqrt(2)
    return _tails(math.erfc(away) / 2, math.erfc(-away) / 2)


def _tails(below: float, above: float) -> tuple[float, float] | None:
    return None if math.isnan(below) or math.isnan(above) else (below, above)


def strength_of(
    probability: float | None, *, at_most_likely: bool = False, within_rounding: bool = False
) -> str | None:
    """What may be concluded from a claim of this probability: firm, likely or unclear; None without one.

    `at_most_likely`: the probability itself is not known well enough for more (estimated counts, a short
    history of changes). `within_rounding`: the value is closer to the line than its source rounds.

    >>> strength_of(0.975), strength_of(0.80), strength_of(0.79), strength_of(None)
    ('firm', 'likely', 'unclear', None)
    >>> strength_of(0.99, at_most_likely=True), strength_of(0.99, within_rounding=True)
    ('likely', 'unclear')
    """
    chance = finite(probability)
    if chance is None:
        return None
    if within_rounding or chance < LIKELY:
        return "unclear"
    return "firm" if chance >= FIRM and not at_most_likely else "likely"


def weaker(*strengths: str | None) -> str | None:
    """The weakest of several strengths; None where any of them is, since it might be weaker still.

    >>> weaker("firm", "likely"), weaker("unclear", "firm"), weaker("firm", None)
    ('likely', 'unclear', None)
    """
    known = [strength for strength in strengths if strength is not None]
    if not known or len(known) < len(strengths):
        return None
    return min(known, key=_ORDER.index)


def expected_wrong(probabilities: Iterable[float | None]) -> float:
    """How many of the firm and likely claims are expected to be wrong: the sum of 1 - p over them.

    Claims under `LIKELY` are not counted as claims and add nothing; neither do claims without probability.

    >>> round(expected_wrong([0.98, 0.9, 0.8, 0.6, None]), 2)
    0.32
    """
    known = (finite(probability) for probability in probabilities)
    return math.fsum(1 - chance for chance in known if chance is not None and chance >= LIKELY)


@dataclass(frozen=True)
class Oscillation:
    """How much an indicator of small cohorts swings from one edition to the next, by population.

    The variance of a change is a + b / population, in the indicator's unit squared. `k` and `k60`: 95th and
    60th percentile of the panel's changes, each over its own sigma. `changes`: how many it was fitted on.
    """

    a: float
    b: float
    k: float
    k60: float
    changes: int

    @property
    def of_size(self) -> bool:
        """Whether it shrinks with population, so that something may be said of a town of this size.

        Of rare events half of the small towns count none year after year: their median change is zero, the fit sees
        no swing where it is largest, and one flat line remains, too narrow for small towns and too wide for large ones.
        """
        return self.b > 0

    @property
    def at_most_likely(self) -> bool:
        """Whether the changes are too few for a firm claim."""
        return self.changes < ENOUGH_CHANGES

    def sigma(self, population: float) -> float:
        """Standard deviation of one change in a town of this size. ValueError without a population."""
        if not 0 < population < math.inf:
            raise ValueError("the usual oscillation is asked of a positive population")
        return math.sqrt(self.a + self.b / population)

    def limit(self, population: float) -> float:
        """95 of 100 changes of towns of this size in the panel lie within it."""
        return self.k * self.sigma(population)

    def level_deviation(self, population: float) -> float:
        """Standard deviation of one edition's level.

        Two editions swing in a change, hence the root of 2. An upper bound: real change is inside sigma, so
        that claims are made too seldom rather than too often.
        """
        return self.limit(population) / MOVE_DEVIATIONS["firm"] / math.sqrt(2)


def usual_oscillation(
    changes: Sequence[float | None], populations: Sequence[float | None]
) -> Oscillation | None:
    """Fit the usual oscillation of an indicator on the changes of every municipality at hand.

    `changes`: between two neighbouring comparable editions, already less the median change of the same state
    in that pair; all pairs together. `populations`: of each change's municipality, its latest. Pairs lacking
    either are left out; equal populations keep the order in which they come. None under 60 changes, and where
    the fitted variance is zero. ValueError if the two differ in length.
    """
    sizes_given = np.asarray(populations, dtype=float)
    moves_given = np.asarray(changes, dtype=float)
    if moves_given.ndim != 1 or moves_given.shape != sizes_given.shape:
        raise ValueError("changes and populations need the same length")
    usable = np.isfinite(moves_given) & np.isfinite(sizes_given) & (sizes_given > 0)
    moves, sizes = np.abs(moves_given[usable]), sizes_given[usable]
    if len(moves) < FEWEST_CHANGES:
        return None
    order = np.argsort(sizes, kind="stable")
    moves, sizes = moves[order], sizes[order]
    groups = max(4, min(20, len(moves) // 15))
    spread = np.array([NORMAL_MAD * np.median(group) for group in np.array_split(moves, groups)]) ** 2
    inverse = np.array([np.mean(1 / group) for group in np.array_split(sizes, groups)])
    counts = np.array([len(group) for group in np.array_split(moves, groups)])
    line = _variance_line(spread, inverse, counts)
    if line is None:
        return None
    a, b = line
    variances = a + b / sizes
    if not np.all(np.isfinite(variances)) or np.any(variances <= 0):
        return None
    k, k60 = np.percentile(moves / np.sqrt(variances), [95, 60])
    return Oscillation(a, b, float(k), float(k60), len(moves))


def _variance_line(spread: np.ndarray, inverse: np.ndarray, counts: np.ndarray) -> tuple[float, float] | None:
    """a and b of spread = a + b x inverse, neither negative; ten rounds of weights. None where it is zero."""
    positive = spread[spread > 0]
    if not len(positive):
        return None
    # A group whose median change is zero would have an infinite first weight: the smallest other one stands in.
    fitted = np.where(spread > 0, spread, positive.min())
    a = b = 0.0
    for _ in range(11):  # the first weights, then ten rounds
        a, b = _two_non_negative(spread, inverse, np.sqrt(counts) / fitted)
        fitted = a + b * inverse
        if np.any(fitted <= 0) or not np.all(np.isfinite(fitted)):
            return None
    return a, b


def _two_non_negative(y: np.ndarray, x: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Least squares of weights x (y - a - b x) with a and b not negative.

    With two columns the answer is the free one, if it is inside, or else lies on an edge: a alone or b alone.
    """
    # Columns of like size lose no digits: 1 / population is five orders below 1.
    scale = float(np.max(x))
    ones, slopes, aims = weights, weights * (x / scale), weights * y
    free = np.linalg.lstsq(np.column_stack([ones, slopes]), aims, rcond=None)[0]
    if np.all(free >= 0):
        return float(free[0]), float(free[1]) / scale
    level = max(float(ones @ aims / (ones @ ones)), 0.0)
    slope = max(float(slopes @ aims / (slopes @ slopes)), 0.0)
    if np.sum((aims - level * ones) ** 2) <= np.sum((aims - slope * slopes) ** 2):
        return level, 0.0
    return 0.0, slope / scale


@dataclass(frozen=True)
class Field:
    """Where the municipalities of a state stood in one edition, for drawing extremes back to them.

    `middle`: their median; `mad`: 1.4826 times their median absolute deviation; `true_variance`: of their
    levels, without the swing of each edition. In the indicator's unit, and its square.
    """

    middle: float
    mad: float
    true_variance: float

    def filtered(self, value: float, deviation: float) -> tuple[float, float]:
        """Level and its deviation after drawing a value back: the further, the more it swings by itself."""
        variance = deviation * deviation
        whole = self.true_variance + variance
        # Where nothing varies there is nothing to draw back.
        kept = self.true_variance / whole if whole > 0 else 1.0
        return self.middle + kept * (value - self.middle), math.sqrt(kept) * deviation


def field_of(values: Iterable[float | None], deviations: Iterable[float | None]) -> Field | None:
    """The field of one state and edition: values of its municipalities and their level deviations, paired.

    Pairs lacking either are left out; None without any. ValueError if the two differ in length.

    >>> field = field_of([40, 50, 60, 70, 95], [10] * 5)
    >>> field.middle, round(field.mad, 3), round(field.true_variance, 1)
    (60.0, 14.826, 119.8)
    >>> [round(number, 1) for number in field.filtered(95, 10)]
    [79.1, 7.4]
    """
    pairs = [
        (level, deviation)
        for level, deviation in (
            (finite(value), finite(swing)) for value, swing in zip(values, deviations, strict=True)
        )
        if level is not None and deviation is not None
    ]
    if not pairs:
        return None
    levels = np.array([level for level, _ in pairs])
    middle = float(np.median(levels))
    mad = NORMAL_MAD * float(np.median(np.abs(levels - middle)))
    swing = float(np.median(np.array([deviation for _, deviation in pairs]) ** 2))
    return Field(middle, mad, max(mad * mad / 4, mad * mad - swing))


def cohort_probability(
    *,
    side: str,
    expected: float | None,
    better: str | None,
    value: float | None,
    level_deviation: float | None,
    field: Field | None,
) -> float | None:
    """Probability of a claim about a cohort: the smaller of the plain and the filtered one.

    `side`: ahead (at `expected` or beyond it) or behind. The plain one alone forgets that extremes fall back,
    the filtered one alone would judge a town by its state. Without `field`, the plain one.
    """
    if side not in ("ahead", "behind"):
        raise ValueError("a claim is about being ahead or behind")
    # The chance of being behind is that of the other side of the line: no digits are lost in 1 - p.
    other = {"higher": "lower", "lower": "higher"}
    claimed = better if side == "ahead" or better is None else other.get(better)
    plain = probability_beyond(
        expected=expected, better=claimed, value=value, level_deviation=level_deviation
    )
    if plain is None or field is None or value is None or level_deviation is None or expected is None:
        return plain
    level, deviation = field.filtered(value, level_deviation)
    if deviation > 0:
        drawn = probability_beyond(expected=expected, better=claimed, value=level, level_deviation=deviation)
        return plain if drawn is None else min(plain, drawn)
    # All of the state stands at one level, and so does the town: a point, on one side or the other.
    held = level >= expected if claimed == "higher" else level <= expected
    return plain if held else 0.0


def counts_move(
    *,
    baseline_numerator: float | None,
    baseline_denominator: float | None,
    numerator: float | None,
    denominator: float | None,
    interval: str | None,
) -> str | None:
    """Strength of a move between two pairs of counts, whichever way it went.

    "proportion": Newcombe's interval of the difference leaves out zero at 95% (firm) or 60% (likely). "rate":
    two Poisson means differ at p < 0.05 (firm) or p < 0.40 (likely). None where the counts allow neither.

    >>> counts_move(baseline_numerator=56, baseline_denominator=70, numerator=48, denominator=80,
    ...     interval="proportion")
    'firm'
    """
    ends = [finite(count) for count in (baseline_numerator, baseline_denominator, numerator, denominator)]
    known = [count for count in ends if count is not None]
    if interval not in ("proportion", "rate") or len(known) < len(ends):
        return None
    before, base, after, whole = known
    if min(before, after) < 0 or min(base, whole) <= 0 or not (before.is_integer() and after.is_integer()):
        return None
    if interval == "proportion":
        if before > base or after > whole:
            return None
        for strength, confidence in MOVE_CONFIDENCE.items():
            low, high = newcombe_interval(after, whole, before, base, confidence)
            if low > 0 or high < 0:
                return strength
        return "unclear"
    p_value = poisson_p_value(after, whole, before, base)
    for strength, confidence in MOVE_CONFIDENCE.items():
        if p_value < 1 - confidence:
            return strength
    return "unclear"


def cohort_move(
    *,
    baseline: float | None,
    value: float | None,
    population: float | None,
    oscillation: Oscillation | None,
    field: Field | None,
) -> str | None:
    """Strength of a move of a cohort from `baseline` to `value`, whichever way it went.

    Firm beyond the limit of the usual oscillation, likely beyond k60 x sigma; and in both cases the change from
    the filtered baseline must go the same way, beyond 1.96 (0.84) times the deviation of the two levels. `field`:
    of the baseline's edition; without it the baseline stands as it is. At most likely where the oscillation is.
    """
    start, end, people = finite(baseline), finite(value), finite(population)
    if start is None or end is None or people is None or people <= 0 or oscillation is None:
        return None
    own = oscillation.level_deviation(people)
    level, deviation = (start, own) if field is None else field.filtered(start, own)
    way = 1 if end >= start else -1
    change, drawn, spread = way * (end - start), way * (end - level), math.hypot(deviation, own)
    bounds = {"firm": oscillation.limit(people), "likely": oscillation.k60 * oscillation.sigma(people)}
    for strength, bound in bounds.items():
        if change > bound and drawn > MOVE_DEVIATIONS[strength] * spread:
            return "likely" if oscillation.at_most_likely else strength
    return "unclear"


def register_move(*, change: float | None, meaningful: float | None) -> str | None:
    """Strength of a move in a register: firm where it is at least `meaningful`, which says all there is.

    >>> register_move(change=-0.2, meaningful=0.1), register_move(change=0, meaningful=0.1)
    ('firm', 'unclear')
    """
    if finite(change) is None:
        return None
    return "firm" if is_meaningful(change, meaningful) else "unclear"


def is_meaningful(change: float | None, meaningful: float | None) -> bool:
    """Whether a change is at least the smallest one worth a decision; never so without both.

    >>> is_meaningful(5.1 - 5.0, 0.1), is_meaningful(-0.04, 0.1), is_meaningful(3, None)
    (True, False, False)
    """
    moved, least = finite(change), finite(meaningful)
    if moved is None or least is None:
        return False
    # 5.1 - 5.0 is 0.09999999999999964.
    return moved != 0 and abs(moved) >= least * (1 - TINY) - TINY


def worsening_strength(
    *, move: str | None, side: str | None, change: float | None, meaningful: float | None
) -> str | None:
    """Strength of "Em retrocesso": the weaker of move and side; None where it may not be said.

    It may be said of a change at least `meaningful` whose move and side are both at least likely. The side of a
    register is its published fact: pass "firm".

    >>> worsening_strength(move="firm", side="likely", change=-9, meaningful=1)
    'likely'
    >>> worsening_strength(move="firm", side="unclear", change=-9, meaningful=1)
    """
    found = weaker(move, side)
    return found if found in ("firm", "likely") and is_meaningful(change, meaningful) else None
