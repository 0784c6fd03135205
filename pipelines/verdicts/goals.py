"""Goals judged on their pace along the plan's path."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.verdicts.certainty import NO_READING, NO_VALUE_OF_THE_YEAR, fall, with_strength
from pipelines.verdicts.describing import (
    describe,
    direction,
    implausible,
    is_small,
    pooled_ends,
    reached,
    stale,
    unasked,
    verdict,
)
from pipelines.verdicts.methods import (
    AT_RISK,
    ON_TRACK,
    POOLED_YEARS,
    TINY,
    cagr_ratio,
    cagr_status,
    expected_value,
    finite,
    linear_pace,
    un_progress,
    un_status,
)
from pipelines.verdicts.strength import is_meaningful
from pipelines.verdicts.targets import Grounds, Observation, Target, Verdict, changed
from pipelines.verdicts.texts import Texts, nothing_in_time, nothing_published, unpublished_base


@dataclass(frozen=True)
class _Course:
    """A goal with all that its reading asks for.

    `base`, `latest`: the observations at both ends, of three years each where counts are small (`note` says so).
    `start`: the baseline's value; `expected`: the path's at the latest year; `sign`: +1 where higher is better.
    `closed`: the deadline's year is over. `already`: the baseline was at or beyond the goal.
    """

    target: Target
    goal: float
    sign: int
    start: float | None
    base: Observation | None
    latest: Observation
    value: float
    expected: float | None
    pace: float | None
    closed: bool
    already: bool
    note: str | None
    seen: Mapping[int, Observation]
    grounds: Grounds

    @property
    def text(self) -> Texts:
        """Its numbers in words."""
        return Texts(self.target)

    @property
    def line(self) -> float | None:
        """What parts on the way from behind it: 95% of what was expected; None without an expectation."""
        if self.start is None or self.expected is None:
            return None
        return self.start + ON_TRACK * (self.expected - self.start)


def judge_goal(target: Target, seen: Mapping[int, Observation], as_of: dt.date, grounds: Grounds) -> Verdict:
    """Section 2 of the methods, first match wins."""
    sign, goal = direction(target), finite(target.target_value)
    if goal is None:
        return unasked(target, "O município não tem meta para este indicador.", seen)
    if sign is None:
        return unasked(target, "O indicador não tem um sentido melhor: nem subir nem cair é progresso.", seen)
    found = _latest_in_time(target, seen, as_of)
    if isinstance(found, Verdict):
        newest = [one for one in seen.values() if one.value is not None]
        return describe(found, target, newest[-1], sign) if newest and found.status == "no_data" else found
    course = _course(target, seen, as_of, grounds, goal, sign, found)
    if isinstance(course, Verdict):
        return course
    return _read(course)


def _latest_in_time(target: Target, seen: Mapping[int, Observation], as_of: dt.date) -> int | Verdict:
    """The latest year that counts for the goal, or the verdict where there is none."""
    base_year, deadline = target.baseline_year, target.target_year
    after = [
        year
        for year, observation in seen.items()
        if observation.value is not None and (base_year is None or year > base_year)
    ]
    in_time = [year for year in after if deadline is None or year <= deadline]
    if not after:
        # Where nothing was ever published there is no "after".
        ever = finite(target.baseline_value) is not None or any(
            one.value is not None for one in seen.values()
        )
        return verdict(target, "no_data", nothing_published(base_year if ever else None))
    if not in_time:
        # Only values after the deadline: they are shown beside it and turn nothing into an achieved target.
        reason = nothing_in_time(base_year, deadline)
        found = verdict(target, "missed", reason + Texts(target).later(seen, deadline))
        return changed(found, certain_reason=NO_VALUE_OF_THE_YEAR)
    return max(in_time)


def _course(
    target: Target,
    seen: Mapping[int, Observation],
    as_of: dt.date,
    grounds: Grounds,
    goal: float,
    sign: int,
    latest_year: int,
) -> _Course | Verdict:
    """The goal with its ends, or the verdict where they cannot be compared or read."""
    base_year, deadline = target.baseline_year, target.target_year
    start = finite(target.baseline_value)
    latest = seen[latest_year]
    base = None if base_year is None else seen.get(base_year)
    closed = deadline is not None and as_of.year > deadline

    def unread(status: str, reason: str, cause: str | None = None) -> Verdict:
        found = describe(verdict(target, status, reason), target, latest, sign)
        return changed(found, certain_reason=NO_READING, cause=cause)

    if why := implausible(target, latest):
        return unread("not_judged", why, "implausible")
    note = None
    small = target.window == 1 and is_small(target, base, latest)
    if small:
        swap = pooled_ends(target, seen, latest_year)
        if isinstance(swap, str):
            return unread("not_judged", swap)
        period = latest.period
        base, latest = swap
        latest = changed(latest, period=period)
        start = base.value
        note = Texts(target).pooled(base, latest)
    first = None if base_year is None else base_year - (POOLED_YEARS - 1 if small else 0)
    breaks = [year for year, observation in seen.items() if observation.break_before]
    if first is not None and any(first < year <= latest_year for year in breaks):
        return unread(
            "not_judged",
            f"O método mudou entre {base_year} e {latest_year}: os dois valores não se comparam.",
        )
    if not closed and (why := stale(target, latest, as_of)):
        return unread("no_data", why, "stale")
    value = latest.value
    assert value is not None  # only years with a value, and pooled ones, come this far
    already = start is not None and reached(sign, start, goal)
    expected = None
    if start is not None and base_year is not None and deadline is not None:
        expected = expected_value(start, base_year, goal, deadline, latest_year, target.milestones)
    pace = None
    if not already and expected is not None and start is not None and sign * (expected - start) > 0:
        pace = linear_pace(start, base_year, value, latest_year, goal, deadline, target.milestones)
    return _Course(
        target,
        goal,
        sign,
        start,
        base,
        latest,
        value,
        expected,
        pace,
        closed,
        already,
        note,
        seen,
        grounds,
    )


def _read(course: _Course) -> Verdict:
    """Orders 3 to 10: status, reason and line, then everything that goes with them."""
    target, latest = course.target, course.latest
    status, reason, line, limit = _status(course)
    if course.note is not None:
        reason = f"{reason} {course.note}"
    elif status in ("on_track", "at_risk", "off_track", "worsening"):
        reason += _unpublished_base(course)
    found = describe(verdict(target, status, reason), target, latest, course.sign)
    base_year = target.baseline_year
    found = changed(
        found,
        pooled=course.note is not None,
        pooled_reason=course.note,
        expected_value=course.expected,
        pace=course.pace,
        observed_per_year=None
        if course.start is None or base_year is None
        else (course.value - course.start) / (latest.year - base_year),
        required_per_year=None if course.closed else found.required_per_year,
    )
    if status == "not_judged":
        return changed(found, certain_reason=NO_READING)
    found = _with_other_methods(found, course)
    if line is None:
        # The other methods look at a value that this verdict does not judge: there is nothing to agree on.
        return changed(found, claim="behind", certain_reason=NO_VALUE_OF_THE_YEAR, concordance=None)
    return with_strength(found, target, latest, line, course.sign, course.grounds, limit)


def _status(course: _Course) -> tuple[str, str, float | None, str | None]:
    """Status, reason, the line that decided it (None: nothing to test), and the strength of a fall."""
    target, text = course.target, course.text
    value, goal, year = course.value, course.goal, course.latest.year
    deadline, base_year = target.target_year, target.baseline_year
    if reached(course.sign, value, goal):
        return (
            "achieved",
            text.achieved(value, goal, year, base_year if course.already else None),
            goal,
            None,
        )
    lost = None
    if course.already:
        assert course.start is not None  # what is beyond the goal is somewhere
        lost = fall(target, (course.base, course.latest), course.start, goal, course.sign, course.grounds)
        if lost is not None:
            reason = (
                f"O município estava além da meta em {base_year} ({text.value(course.start)}) e ficou aquém dela "
                f"em {year} ({text.value(value, goal)})." + _shared_fall(course)
            )
            return "worsening", reason, goal, lost
    if deadline is not None and (year >= deadline or course.closed):
        reason = text.missed(value, goal, deadline, year) + text.later(course.seen, deadline)
        return "missed", reason, goal if year >= deadline else None, None
    if course.already:
        return "off_track", _unproved_loss(course), goal, None
    if course.start is None or base_year is None:
        return "not_judged", "Sem linha de base não há ritmo a medir.", None, None
    if course.pace is None:
        return "not_judged", _flat(course), None, None
    return _paced(course)


def _unpublished_base(course: _Course) -> str:
    """Says that the reading starts from a figure of the plan alone, where nobody published it; empty elsewhere.

    `seen` holds every year published for anyone; of a municipality with one year alone nothing is known of others.
    """
    year, known = course.target.baseline_year, course.seen
    if (
        course.start is None
        or year is None
        or (year in known and known[year].value is not None)
        or len(known) < 2
    ):
        return ""
    return unpublished_base(year, min(known))


def _flat(course: _Course) -> str:
    """Why there is no pace to measure."""
    target, expected, start = course.target, course.expected, course.start
    if target.target_year is None:
        return "A meta não tem prazo, e sem prazo não há ritmo."
    if expected is not None and start is not None and course.sign * (expected - start) < 0:
        return (
            f"O plano prevê piora até {course.latest.year} ({course.text.value(expected)}): "
            "não há ritmo a medir."
        )
    return f"O plano não prevê mudança até {course.latest.year}: não há ritmo a medir."


def _paced(course: _Course) -> tuple[str, str, float | None, str | None]:
    """Orders 7 to 10: on the pace measured."""
    pace, start, text = course.pace, course.start, course.text
    assert pace is not None and start is not None
    end = (course.latest.year, course.value)
    begin = (course.target.baseline_year, start)
    path = text.on_path(end[0], course.expected)
    if pace >= 0:
        status = (
            "on_track" if pace >= ON_TRACK - TINY else "at_risk" if pace >= AT_RISK - TINY else "off_track"
        )
        return status, text.pace(pace, end, begin, path), course.line, None
    assert course.line is not None
    strength = fall(
        course.target, (course.base, course.latest), start, course.line, course.sign, course.grounds
    )
    if strength is not None:
        reason = text.moved_away(begin, end) + _shared_fall(course) + f" {path[0].upper()}{path[1:]}."
        return "worsening", reason, course.line, strength
    return "off_track", _unproved_fall(course, path), course.line, None


def _unproved_fall(course: _Course, path: str) -> str:
    """A value on the wrong side of its baseline of which a fall cannot be said."""
    target, text, year = course.target, course.text, course.latest.year
    assert course.start is not None
    change = course.value - course.start
    if target.meaningful is not None and not is_meaningful(change, target.meaningful):
        return (
            f"Parado desde {target.baseline_year}, em {text.value(course.value)} "
            f"(mudança menor que {text.difference(target.meaningful, fine=False)}); {path}."
        )
    return (
        f"{text.moved_away((target.baseline_year, course.start), (year, course.value))} A mudança é compatível "
        f"com o acaso, e não dá para dizer que houve recuo; {path}."
    )


def _unproved_loss(course: _Course) -> str:
    text, target = course.text, course.target
    return (
        f"O município estava além da meta em {target.baseline_year} ({text.value(course.start)}) e ficou aquém em "
        f"{course.latest.year} ({text.value(course.value, course.goal)}); a mudança é pequena ou compatível com o acaso, e não "
        "dá para dizer que houve recuo."
    )


def _shared_fall(course: _Course) -> str:
    """Says where the state's median moved the same way by over half of the change; empty elsewhere."""
    medians, base_year = course.grounds.medians, course.target.baseline_year
    if course.start is None or base_year is None:
        return ""
    old, new = medians.get(base_year), medians.get(course.latest.year)
    if old is None or new is None:
        return ""
    change, shared = course.value - course.start, new - old
    if change * shared <= 0 or abs(shared) <= abs(change) / 2:
        return ""
    text = course.text
    if text.value(old) == text.value(new):
        return ""
    return f" No estado a mediana dos municípios foi no mesmo sentido: de {text.value(old)} para {text.value(new)}."


def _with_other_methods(found: Verdict, course: _Course) -> Verdict:
    """Add CAGR ratio, UN progress and their concordance with the verdict."""
    target = course.target
    better = "higher" if course.sign > 0 else "lower"
    ends = (course.start, target.baseline_year, found.latest_value, found.latest_year)
    achieved = found.status == "achieved"
    ratio = cagr_ratio(*ends, course.goal, target.target_year, better)
    # From a baseline beyond the target both progress measures would count a loss as progress.
    share = None if course.already else un_progress(*ends, course.goal, target.target_year)

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
    return changed(
        found,
        cagr_ratio=ratio,
        cagr_status=None if ratio is None else cagr_status(ratio, achieved),
        un_q=share,
        un_status=None if share is None else un_status(share),
        concordance=f"{classes.count(own)}/{len(classes)}" if classes else None,
    )


def _behind(progress: float) -> str:
    return "behind" if progress >= 0 else "worsening"
