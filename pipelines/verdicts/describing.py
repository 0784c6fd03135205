"""What can be said of a target's latest value without any pace: distance, interval, age, whether it can be read."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence

from pipelines.verdicts.methods import (
    POOLED_YEARS,
    SMALL_COUNT,
    TINY,
    finite,
    rate_interval,
    wilson_interval,
)
from pipelines.verdicts.targets import Observation, Target, Verdict, changed
from pipelines.verdicts.texts import Texts


def verdict(target: Target, status: str, reason: str) -> Verdict:
    """A verdict on a target with nothing but its status and reason."""
    return changed(
        _BLANK,
        plan=target.plan,
        plan_version=target.plan_version,
        municipality_code=target.municipality_code,
        indicator=target.indicator,
        status=status,
        reason=reason,
    )


_BLANK = Verdict("", 1, "", "", "", "")


def direction(target: Target) -> int | None:
    """+1 where higher is better, -1 where lower is, None where nobody says.

    >>> direction(Target(better="lower")), direction(Target(operator=">=")), direction(Target(better="none"))
    (-1, 1, None)
    """
    if target.better is not None:
        return {"higher": 1, "lower": -1}.get(target.better)
    return {">=": 1, ">": 1, "<=": -1, "<": -1}.get(target.operator or "")


def reached(sign: int, value: float, bound: float) -> bool:
    """Whether a value is at or beyond a bound; `sign`: +1 where higher is better, -1 where lower is."""
    return sign * (value - bound) >= -TINY * max(1.0, abs(bound))


def describe(found: Verdict, target: Target, latest: Observation, sign: int | None) -> Verdict:
    """Add latest value, distance to the target, required pace and interval: what can be said without a reading.

    Of a value beyond what can be there is no interval and nobody missing: its fraction counts no people.
    """
    value = latest.value
    counted = latest.flag != "implausible"
    bound = finite(target.target_value)
    gap = None
    if value is not None and bound is not None:
        gap = abs(bound - value) if sign is None else sign * (bound - value)
    low, high = (value_interval(target, latest) if counted else None) or (None, None)
    years = target.target_year - latest.year if target.kind == "goal" and target.target_year else 0
    return changed(
        found,
        latest_year=latest.year,
        latest_value=value,
        gap=gap,
        gap_cases=gap_cases(gap, latest.denominator, target.multiplier) if counted else None,
        interval_low=low,
        interval_high=high,
        required_per_year=(bound - value) / years
        if years > 0 and bound is not None and value is not None
        else None,
    )


def gap_cases(gap: float | None, denominator: float | None, multiplier: float) -> int | None:
    """The gap in people or cases, rounded up; 0 where the target is reached, None without a denominator."""
    below = finite(denominator)
    if gap is None or below is None:
        return None
    cases = gap / multiplier * below
    # Beyond what the table's integer holds there is no count of people.
    return max(math.ceil(cases - TINY), 0) if abs(cases) < 2**62 else None


def has_counts(target: Target, observation: Observation | None) -> bool:
    """Whether the observation carries counts: whole, not negative, over a positive denominator."""
    if observation is None or target.interval == "none":
        return False
    numerator, denominator = finite(observation.numerator), finite(observation.denominator)
    if numerator is None or denominator is None:
        return False
    return numerator >= 0 and denominator > 0 and numerator == math.floor(numerator)


def interval_of(target: Target) -> str:
    """How chance moves the value: as declared, else a proportion for percentages and a rate for the others."""
    return target.interval or ("proportion" if target.multiplier == 100 else "rate")


def is_proportion(target: Target, *observations: Observation) -> bool:
    """Whether the counts are so many of so many; not where one from another base passes its denominator."""
    return interval_of(target) == "proportion" and all(
        (finite(observation.numerator) or 0) <= (finite(observation.denominator) or 0)
        for observation in observations
    )


def value_interval(target: Target, observation: Observation) -> tuple[float, float] | None:
    """The 95% interval of an observed value from its counts; None without them."""
    if not has_counts(target, observation):
        return None
    numerator, denominator = observation.numerator, observation.denominator
    assert numerator is not None and denominator is not None  # has_counts
    if is_proportion(target, observation):
        low, high = wilson_interval(numerator, denominator)
        return low * target.multiplier, high * target.multiplier
    return rate_interval(numerator, denominator, target.multiplier)


def is_small(target: Target, *ends: Observation | None) -> bool:
    """Whether an annual count is so small that three years are added up instead."""
    return any(
        end is not None
        and end.numerator is not None
        and has_counts(target, end)
        and end.numerator < SMALL_COUNT
        for end in ends
    )


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
        above, below = finite(observation.numerator), finite(observation.denominator)
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


def pooled_ends(
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


def latest_of(seen: Mapping[int, Observation]) -> Observation | None:
    """The latest published year, with or without a value: an old grade does not stand for a new one."""
    return seen[max(seen)] if seen else None


def comparable(seen: Mapping[int, Observation]) -> list[float]:
    """The values since the last change of method; what is beyond the plausible tells of no year."""
    found: list[float] = []
    for _, observation in sorted(seen.items()):
        if observation.break_before:
            found.clear()
        if observation.value is not None and observation.flag != "implausible":
            found.append(observation.value)
    return found


def history(kept: str, inside: Sequence[bool], seen: Mapping[int, Observation]) -> str:
    """In how many of the comparable years the value was where it should be; empty where there is only one."""
    broken = any(observation.break_before for observation in seen.values())
    doubtful = any(observation.flag == "implausible" for observation in seen.values())
    return so_often(kept, sum(inside), len(inside), broken, doubtful)


def so_often(kept: str, inside: int, years: int, broken: bool, doubtful: bool) -> str:
    """In how many of so many years; `broken`: since a change of method; `doubtful`: some cannot be read."""
    if years < 2:
        return ""
    which = "anos comparáveis" if broken else "anos que dá para ler" if doubtful else "anos com dado"
    return f" {kept} em {inside} dos {years} {which}."


def implausible(target: Target, latest: Observation) -> str:
    """Why a value cannot be read although it was published; empty where it can."""
    if latest.flag != "implausible" or latest.value is None:
        return ""
    text = Texts(target)
    found = f"{text.measured(latest.value)} em {text.when(latest)}"
    if target.share and latest.value > 100:
        return f"{found}, além do possível: o denominador da fonte está subestimado, e não dá para ler."
    return f"{found}, fora do plausível: destoa dos outros anos ou municípios. Confira na fonte antes de ler."


def stale(target: Target, latest: Observation, as_of: dt.date, shown: str = "") -> str:
    """Why a value is too old to be read as of a date; empty where it is not. `shown`: the value's words, if others."""
    if target.shelf_life is None or latest.value is None:
        return ""
    if not expired(latest.period or dt.date(latest.year, 12, 31), target.shelf_life, as_of):
        return ""
    text = Texts(target)
    return (
        f"O dado mais recente é de {text.when(latest)} ({shown or text.measured(latest.value)}) e vale por "
        f"{target.shelf_life} meses: não diz como está hoje."
    )


def expired(end: dt.date, months: int, as_of: dt.date) -> bool:
    """Whether a figure of a period that ended on a day may no longer be read as of today."""
    return as_of > _months_after(end, months)


def _months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one of a shorter month; a month's end stays one."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    at_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month, last if at_end else min(day.day, last))


def last_known(seen: Mapping[int, Observation]) -> Observation | None:
    """The newest year with a value, however old; None without any."""
    known = [year for year in seen if seen[year].value is not None]
    return seen[max(known)] if known else None


def unasked(target: Target, reason: str, seen: Mapping[int, Observation]) -> Verdict:
    """The verdict where nothing is asked that a value could be set against: not judged, with the newest fact."""
    found, newest = verdict(target, "not_judged", reason), last_known(seen)
    return found if newest is None else changed(found, latest_year=newest.year, latest_value=newest.value)
