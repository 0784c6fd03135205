"""How sure many claims are, by column: as `certainty` has it of one."""

from __future__ import annotations

from math import erfc, sqrt
from typing import Any

import numpy as np
from scipy.special import betainc, betaincc, gammainc, gammaincc

from pipelines.verdicts.certainty import REGISTER, Side, how
from pipelines.verdicts.columns import Floats, Truths
from pipelines.verdicts.many.rows import NONE, Places, Rows, floats
from pipelines.verdicts.methods import TINY
from pipelines.verdicts.strength import strength_of
from pipelines.verdicts.targets import Grounds


def _sides(rows: Rows, places: Places, at: Places, lines: Floats, ahead: Truths, signs: Floats) -> list[Side]:
    """As `side_of`: how sure the claims are; `signs` NaN where there is no side to test."""
    observed, known = rows.observed, rows.known
    value, flag = observed.value[at], [observed.flag[one] for one in at.tolist()]
    counted = rows.counted(places, at)
    upwards = np.where(ahead, signs > 0, signs < 0)
    by_counts = _by_counts(rows, places, at, lines, upwards)
    by_counts[~counted | np.isnan(signs)] = NONE
    some = [rows.targets[place] for place in places.tolist()]
    fits = [known.oscillations.get(one.indicator) if one.cohort else None for one in some]
    people = floats(known.populations.get(one.municipality_code) for one in some)
    swing = np.full(len(places), NONE)
    estimated = np.array([one == "estimated" for one in flag], dtype=bool)
    asked = (np.isnan(by_counts) | estimated) & ~np.isnan(signs) & (people > 0)
    for place in np.flatnonzero(asked).tolist():
        fit = fits[place]
        if fit is not None:
            swing[place] = fit.level_deviation(float(people[place]))
    plain = _beyond(value, swing, lines, upwards)
    middle, true = np.full(len(places), NONE), np.full(len(places), NONE)
    years = observed.year[at].tolist()
    for place in np.flatnonzero(~np.isnan(plain)).tolist():
        one = some[place]
        stood = known.fields.get((one.indicator, one.municipality_code[:2]), {}).get(years[place])
        if stood is not None:
            middle[place], true[place] = stood.middle, stood.true_variance
    drawn = _drawn(value, swing, lines, upwards, middle, true)
    by_cohort = np.fmin(plain, drawn)
    chance = np.fmin(by_counts, by_cohort)
    found = []
    for place, (target, one, counts, cohort, first) in enumerate(
        zip(some, chance.tolist(), by_counts.tolist(), by_cohort.tolist(), plain.tolist(), strict=True)
    ):
        if one != one:
            found.append(Side(None, None, None if counted[place] or target.cohort else "register"))
            continue
        fit = fits[place]
        few = cohort == cohort and fit is not None and fit.at_most_likely
        near = target.rounded_to is not None and bool(
            abs(value[place] - lines[place]) <= target.rounded_to * (1 + TINY)
        )
        strength = strength_of(one, at_most_likely=few or bool(estimated[place]), within_rounding=near)
        if one == counts:
            found.append(Side(one, strength, "counts"))
        else:
            found.append(Side(one, strength, "oscillation", drawn=one < first))
    return found


def _by_counts(rows: Rows, places: Places, at: Places, lines: Floats, upwards: Truths) -> Floats:
    """Posterior probability, from whole counts, of a level beyond the lines; NaN where they cannot be such."""
    over, under = rows.observed.numerator[at], rows.observed.denominator[at]
    scale = rows.multiplier[places]
    with np.errstate(divide="ignore", invalid="ignore"):
        line = np.where(scale > 0, lines / scale, NONE)
    shares = rows.proportion[places]
    usable = (over >= 0) & (under > 0) & (over == np.floor(over)) & ~np.isnan(line)
    usable &= ~shares | ((over <= under) & (under == np.floor(under)))
    found = np.full(len(places), NONE)
    low, high = usable & (line <= 0), usable & shares & (line >= 1)
    found[low], found[high] = upwards[low], ~upwards[high]
    rest = usable & ~low & ~high
    for way in (True, False):
        chosen = rest & (upwards == way) & ~shares
        of = gammaincc if way else gammainc
        found[chosen] = of(over[chosen] + 0.5, line[chosen] * under[chosen])
        chosen = rest & (upwards == way) & shares
        of = betaincc if way else betainc
        found[chosen] = of(over[chosen] + 0.5, under[chosen] - over[chosen] + 0.5, line[chosen])
    return found


def _beyond(value: Floats, deviation: Floats, line: Floats, upwards: Truths) -> Floats:
    """Probability of a normal level beyond the lines; NaN without a deviation."""
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.where(deviation > 0, (value - line) / deviation / sqrt(2), NONE)
    away = np.where(upwards, -away, away)
    return np.array([erfc(one) / 2 if one == one else NONE for one in away.tolist()], dtype=float)


def _drawn(
    value: Floats, swing: Floats, lines: Floats, upwards: Truths, middle: Floats, true: Floats
) -> Floats:
    """As `_beyond` of levels drawn back to those of their state; NaN where none is known."""
    variance = swing * swing
    whole = true + variance
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(whole > 0, true / whole, 1.0)
    level, deviation = middle + kept * (value - middle), np.sqrt(kept) * swing
    found = _beyond(level, deviation, lines, upwards)
    # All of the state stands at one level, and so does the town: a point, on one side or the other.
    point = ~(deviation > 0) & ~np.isnan(middle) & ~np.isnan(swing)
    missed = np.where(upwards, level < lines, level > lines)
    found[point] = np.where(missed[point], 0.0, NONE)
    return found


def with_strength(
    rows: Rows,
    places: Places,
    at: Places,
    lines: Floats,
    ahead: Truths,
    signs: Floats,
) -> dict[str, Any]:
    """As `with_strength` of rows that claim a side of a line."""
    known, observed = rows.known, rows.observed
    sides = _sides(rows, places, at, lines, ahead, signs)
    reasons = []
    for place, one, side, line, first, way in zip(
        places.tolist(), at.tolist(), sides, lines.tolist(), ahead.tolist(), signs.tolist(), strict=True
    ):
        if side.basis == "register":
            reasons.append(REGISTER)
            continue
        target = rows.targets[place]
        grounds = Grounds(
            population=known.populations.get(target.municipality_code),
            oscillation=known.oscillations.get(target.indicator),
        )
        claim, sign = "ahead" if first else "behind", None if way != way else int(way)
        reasons.append(how(target, observed.at(one), side, claim, line, sign, grounds))
    return {
        "claim": ["ahead" if one else "behind" for one in ahead.tolist()],
        "claim_line": lines,
        "probability": [side.probability for side in sides],
        "strength": [side.strength for side in sides],
        "strength_basis": [side.basis for side in sides],
        "certain": [None if side.strength is None else side.strength == "firm" for side in sides],
        "certain_reason": reasons,
    }
