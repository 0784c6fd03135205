"""Goals by column: as `goals` judges one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipelines.verdicts.certainty import NO_VALUE_OF_THE_YEAR
from pipelines.verdicts.columns import Floats, Truths
from pipelines.verdicts.describing import direction
from pipelines.verdicts.many.rows import NONE, Places, Rows, described, floats, verdicts_of
from pipelines.verdicts.many.sureness import with_strength
from pipelines.verdicts.methods import AT_RISK, ON_TRACK, SMALL_COUNT, TINY, cagr_status, finite, un_status
from pipelines.verdicts.targets import Verdict, whole_year
from pipelines.verdicts.texts import Texts, nothing_in_time, nothing_published, unpublished_base


def goals(rows: Rows) -> dict[int, Verdict]:
    """Goals with a value in time, and those with none; what may be a fall, is pooled or cannot be read is left out."""
    way = np.array([direction(one) for one in rows.targets], dtype=float)
    places = np.flatnonzero((rows.kind == "goal") & ~np.isnan(rows.bound) & ~np.isnan(way))
    goals = _Goals(rows, places, way[places])
    return {**goals.silent(), **goals.without_year(), **goals.read()}


class _Goals:
    """Goals by column; places of observations are -1 where there is none."""

    def __init__(self, rows: Rows, places: Places, way: Floats) -> None:
        some = [rows.targets[place] for place in places.tolist()]
        self.rows, self.places, self.way, self.targets = rows, places, way, some
        self.base_year = np.array([whole_year(one.baseline_year) for one in some], dtype=float)
        self.deadline = np.array([whole_year(one.target_year) for one in some], dtype=float)
        self.start = floats(one.baseline_value for one in some)
        self.goal = rows.bound[places]
        self.after = rows.until(places, self.base_year)
        self.newest = rows.newest(places, rows.last[places])
        in_time = rows.until(places, np.where(np.isnan(self.deadline), np.inf, self.deadline))
        self.latest = rows.newest(places, in_time)
        self.is_silent = self.newest < self.after
        self.is_late = ~self.is_silent & (self.latest < self.after)

    def of(self, chosen: Truths) -> _Goals:
        """Some of them."""
        return _Goals(self.rows, self.places[chosen], self.way[chosen])

    def silent(self) -> dict[int, Verdict]:
        """Those of which nothing was published after the baseline, with the newest fact before it."""
        found: dict[int, Verdict] = {}
        for known in (True, False):
            part = self.of(self.is_silent & ((self.newest >= 0) == known))
            ever = (~np.isnan(part.start) | known).tolist()
            given: dict[str, Any] = {
                "status": ["no_data"] * len(ever),
                "reason": [
                    nothing_published(whole_year(one.baseline_year) if some else None)
                    for one, some in zip(part.targets, ever, strict=True)
                ],
            }
            if known:
                given |= described(self.rows, part.places, part.newest, part.way, part.deadline)
            found |= verdicts_of(self.rows, part.places, given)
        return found

    def without_year(self) -> dict[int, Verdict]:
        """Those whose only values came after the deadline."""
        part, observed = self.of(self.is_late), self.rows.observed
        years, values = observed.year[part.newest].tolist(), observed.value[part.newest].tolist()
        reasons = [
            nothing_in_time(whole_year(one.baseline_year), one.target_year)
            + Texts(one).afterwards(year, value)
            for one, year, value in zip(part.targets, years, values, strict=True)
        ]
        return verdicts_of(
            self.rows,
            part.places,
            {
                "status": ["missed"] * len(reasons),
                "reason": reasons,
                "certain_reason": [NO_VALUE_OF_THE_YEAR] * len(reasons),
            },
        )

    def _readable(self) -> Truths:
        """Which of those with a value in time it can be read of as it is: one year, plausible, comparable, not too old."""
        rows, places, latest = self.rows, self.places, self.latest
        base = self._base()
        small = np.zeros(len(places), dtype=bool)
        for end in (base, latest):
            small |= rows.counted(places, end) & (rows.observed.numerator[end] < SMALL_COUNT)
        small &= np.array([one.window == 1 for one in self.targets], dtype=bool)
        broken = ~np.isnan(self.base_year) & (rows.broken[latest + 1] > rows.broken[self.after])
        old = rows.too_old(places, latest) & ~(self.deadline < rows.as_of.year)
        readable: Truths = ~(small | broken | old | rows.implausible(latest))
        return readable

    def _base(self) -> Places:
        """The places of the baselines' observations."""
        there = self.after > self.rows.first[self.places]
        there[there] = self.rows.observed.year[self.after[there] - 1] == self.base_year[there]
        return np.where(there, self.after - 1, -1)

    def _expected(self, year: Floats) -> Floats:
        """As `expected_value`: what the plans' paths expect in the years, which lie after the baselines'."""
        drawn = ~np.isnan(self.start) & (self.deadline > self.base_year) & (year >= self.base_year)
        own, corner_year, corner_value = [], [], []
        for place in np.flatnonzero(drawn).tolist():
            first, last = self.base_year[place], self.deadline[place]
            for step, value in self.targets[place].milestones.items():
                number = finite(value)
                if first < step < last and number is not None:
                    own.append(place)
                    corner_year.append(float(step))
                    corner_value.append(number)
        ends = np.flatnonzero(drawn)
        owner = np.concatenate([np.array(own, dtype=np.int64), ends, ends])
        years = np.concatenate([np.array(corner_year), self.base_year[ends], self.deadline[ends]])
        values = np.concatenate([np.array(corner_value), self.start[ends], self.goal[ends]])
        order = np.lexsort((years, owner))
        owner, years, values = owner[order], years[order], values[order]
        found = np.full(len(year), NONE)
        # The first corner at the year or after it; the baseline lies before.
        begin = np.searchsorted(owner, ends)
        ahead = np.bincount(owner[years < year[owner]], minlength=len(year))[ends]
        to = begin + ahead
        beyond = ahead == np.bincount(owner, minlength=len(year))[ends]
        at = np.where(beyond, 0, to)
        by = np.maximum(at - 1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            on = values[by] + (values[at] - values[by]) * ((year[ends] - years[by]) / (years[at] - years[by]))
        found[ends] = np.where(beyond, self.goal[ends], on)
        return found

    def read(self) -> dict[int, Verdict]:
        """Those reached, missed, or on a pace that is no fall."""
        part = self.of(self.latest >= self.after)
        part = part.of(part._readable())
        rows, way, goal, start, deadline = part.rows, part.way, part.goal, part.start, part.deadline
        observed, at = rows.observed, part.latest
        value, year = observed.value[at], observed.year[at].astype(float)
        slack = -TINY * np.maximum(1.0, np.abs(goal))
        already = way * (start - goal) >= slack
        achieved = way * (value - goal) >= slack
        expected = part._expected(year)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            pace = (value - start) / (expected - start)
        pace[already | ~(way * (expected - start) > 0) | (start == goal) | ~np.isfinite(pace)] = NONE
        closed = deadline < rows.as_of.year
        missed = ~achieved & ~already & ((year >= deadline) | closed)
        paced = ~achieved & ~already & ~missed & (pace >= 0)
        told = achieved | missed | paced
        # The rest may have fallen, or has no pace: read one by one.
        if not told.all():
            return part.of(told).read()
        on_track, at_risk = paced & (pace >= ON_TRACK - TINY), paced & (pace >= AT_RISK - TINY)
        status = np.select(
            [achieved, missed, on_track, at_risk], ["achieved", "missed", "on_track", "at_risk"], "off_track"
        ).tolist()
        line = np.where(paced, start + ON_TRACK * (expected - start), goal)
        claims = ~missed | (year >= deadline)
        given = described(rows, part.places, at, way, deadline)
        given["required_per_year"] = np.where(closed, NONE, given["required_per_year"])
        with np.errstate(divide="ignore", invalid="ignore"):
            given["observed_per_year"] = (value - start) / (year - part.base_year)
        given |= {
            "status": status,
            "reason": part._reasons(status, value, expected, pace, already),
            "expected_value": expected,
            "pace": pace,
        }
        given |= part._other_methods(status, value, year, pace, already, claims)
        found: dict[int, Verdict] = {}
        for chosen in (claims, ~claims):
            places = part.places[chosen]
            own = {name: _chosen(column, chosen) for name, column in given.items()}
            if chosen is claims:
                ahead = (achieved | on_track)[chosen]
                own |= with_strength(rows, places, at[chosen], line[chosen], ahead, way[chosen])
            else:
                own |= {
                    "claim": ["behind"] * len(places),
                    "certain_reason": [NO_VALUE_OF_THE_YEAR] * len(places),
                }
            found |= verdicts_of(rows, places, own)
        return found

    def _reasons(
        self, status: Sequence[str], value: Floats, expected: Floats, pace: Floats, already: Truths
    ) -> list[str]:
        observed, first = self.rows.observed, self.rows.first[self.places]
        base = self._base()
        unsaid = np.isnan(self.start) | np.isnan(self.base_year) | (self.rows.last[self.places] - first < 2)
        unsaid |= (base >= 0) & ~np.isnan(observed.value[base])
        later = np.where(self.newest > self.latest, self.newest, -1).tolist()
        found = []
        for place, (target, word, number, year, goal, start) in enumerate(
            zip(
                self.targets,
                status,
                value.tolist(),
                observed.year[self.latest].tolist(),
                self.goal.tolist(),
                self.start.tolist(),
                strict=True,
            )
        ):
            text, since = Texts(target), target.baseline_year
            if word == "achieved":
                found.append(text.achieved(number, goal, year, since if already[place] else None))
            elif word == "missed":
                assert target.target_year is not None  # only a deadline is missed
                said = text.missed(number, goal, target.target_year, year)
                after = later[place]
                if after >= 0:
                    said += text.afterwards(int(observed.year[after]), float(observed.value[after]))
                found.append(said)
            else:
                path = text.on_path(year, float(expected[place]))
                said = text.pace(float(pace[place]), (year, number), (since, start), path)
                if not unsaid[place] and since is not None:
                    said += unpublished_base(since, int(observed.year[first[place]]))
                found.append(said)
        return found

    def _other_methods(
        self,
        status: Sequence[str],
        value: Floats,
        year: Floats,
        pace: Floats,
        already: Truths,
        claims: Truths,
    ) -> dict[str, Any]:
        """CAGR ratio, UN progress, and how many of the methods agree with the status."""
        start, goal, base_year, deadline = self.start, self.goal, self.base_year, self.deadline
        done = np.array([one == "achieved" for one in status], dtype=bool)
        usable = (np.minimum(np.minimum(start, value), goal) > 0) & (start != goal) & (year > base_year)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            observed = _growth(value, start, year - base_year, usable)
            required = _growth(goal, start, deadline - base_year, usable & (deadline > base_year))
            ratio = self.way * observed / np.abs(required)
            share = _raised(1 + observed, deadline - year, usable & (year <= deadline) & ~already)
            share = (value * share - start) / (goal - start)
        ratio[~np.isfinite(ratio)] = NONE
        share[~np.isfinite(share)] = NONE
        classes = [
            np.where(done | (pace >= ON_TRACK - TINY), 2, np.where(pace >= 0, 1, 0)),
            np.where(done | (ratio >= ON_TRACK), 2, np.where(ratio >= 0, 1, 0)),
            np.where(share >= ON_TRACK, 2, np.where(share >= 0, 1, 0)),
        ]
        own = np.array([2 if one in ("achieved", "on_track") else 1 for one in status], dtype=int)
        own[(pace < 0) & np.array([one == "missed" for one in status], dtype=bool)] = 0
        there = [~np.isnan(one) for one in (pace, ratio, share)]
        of = np.count_nonzero(there, axis=0)
        agree = np.count_nonzero(
            [one & (given == own) for one, given in zip(there, classes, strict=True)], axis=0
        )
        return {
            "cagr_ratio": ratio,
            "cagr_status": [
                None if one != one else cagr_status(one, reached)
                for one, reached in zip(ratio.tolist(), done.tolist(), strict=True)
            ],
            "un_q": share,
            "un_status": [None if one != one else un_status(one) for one in share.tolist()],
            "concordance": [
                f"{one}/{many}" if many and some else None
                for one, many, some in zip(agree.tolist(), of.tolist(), claims.tolist(), strict=True)
            ],
        }


def _chosen(column: Any, chosen: Truths) -> Any:
    if isinstance(column, np.ndarray):
        return column[chosen]
    return [one for one, some in zip(column, chosen.tolist(), strict=True) if some]


def _raised(bases: Floats, exponents: Floats, usable: Truths) -> Floats:
    """Powers by the C library, as a function of one row has them; NaN where not usable, and beyond what floats hold."""
    found = np.full(len(bases), NONE)
    for place in np.flatnonzero(usable & np.isfinite(bases)).tolist():
        try:
            found[place] = float(bases[place]) ** float(exponents[place])
        except (OverflowError, ZeroDivisionError):
            continue
    return found


def _growth(end: Floats, start: Floats, years: Floats, usable: Truths) -> Floats:
    """Compound annual growth."""
    return _raised(end / start, 1 / years, usable) - 1
