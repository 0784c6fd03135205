"""A target judged: goals on their pace, limits and categories on the latest value, each with its certainty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from pipelines.verdicts.goals import judge_goal
from pipelines.verdicts.limits import judge_category, judge_limit
from pipelines.verdicts.methods import SIGNIFICANCE, finite, newcombe_interval, poisson_p_value
from pipelines.verdicts.targets import Grounds, Observation, Target, Verdict, changed, whole_year


def sure_change(
    interval: str,
    old: tuple[Any, Any],
    new: tuple[Any, Any],
    change: Any = None,
    swing: Any = None,
) -> bool | None:
    """Whether a change is more than chance, from (numerator, denominator) of each; None where nothing tells.

    `interval` as an indicator declares it: "proportion" (Newcombe's interval), "rate" (the test of two Poisson
    means) or "none". Without counts, a cohort's `change` is more than chance where it passes its `swing`, the limit
    of the usual oscillation in a town of its size.

    >>> sure_change("none", (None, None), (None, None), -9.0, 12.0), sure_change("none", (None, None), (None, None))
    (False, None)
    """
    n1, d1, n2, d2 = (finite(count) for count in (*old, *new))
    if interval == "none" or n1 is None or d1 is None or n2 is None or d2 is None:
        moved, usual = finite(change), finite(swing)
        return None if moved is None or usual is None else abs(moved) > usual
    if interval == "proportion" and n1 <= d1 and n2 <= d2:
        low, high = newcombe_interval(n1, d1, n2, d2)
        return not low <= 0 <= high
    return poisson_p_value(n1, d1, n2, d2) < SIGNIFICANCE


def judge(
    target: Target,
    observations: Iterable[Observation],
    as_of: dt.date,
    grounds: Grounds | None = None,
) -> Verdict:
    """The verdict on one target of one municipality, seen from the date `as_of`.

    `observations`: those of the target's indicator and municipality, in any order, missing ones included;
    years after `as_of` are not looked at, and of several of one year the last given counts. `grounds`: what is
    known of the municipality beyond them. Raises ValueError for an unknown kind of target.

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
        observation.year: _finite(observation)
        for observation in sorted(observations, key=attrgetter("year"))
        if observation.year <= as_of.year
    }
    years = whole_year(target.baseline_year), whole_year(target.target_year)
    if years != (target.baseline_year, target.target_year):
        target = changed(target, baseline_year=years[0], target_year=years[1])
    known = grounds or Grounds()
    if target.kind == "goal":
        return judge_goal(target, seen, as_of, known)
    if target.kind == "limit":
        return judge_limit(target, seen, as_of, known)
    if target.kind == "category":
        return judge_category(target, seen, as_of)
    raise ValueError(f"unknown kind of target: {target.kind}")


def _finite(observation: Observation) -> Observation:
    """The observation with floats or None in its numbers; itself where it has nothing else."""
    given = observation.value, observation.numerator, observation.denominator
    # As they come from the tables.
    if all(number is None or (type(number) is float and number - number == 0.0) for number in given):
        return observation
    value, numerator, denominator = map(finite, given)
    if value is given[0] and numerator is given[1] and denominator is given[2]:
        return observation
    return changed(observation, value=value, numerator=numerator, denominator=denominator)
