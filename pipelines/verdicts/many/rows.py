"""Targets and observations by column, what can be said of a value without any pace, and verdicts made of columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.verdicts import columns
from pipelines.verdicts.columns import Floats, Truths
from pipelines.verdicts.describing import expired, gap_cases, interval_of
from pipelines.verdicts.judging import judge
from pipelines.verdicts.methods import finite
from pipelines.verdicts.strength import Field, Oscillation
from pipelines.verdicts.targets import Grounds, Item, Observation, Target, Verdict

Places = NDArray[np.int64]

NONE = float("nan")
_DEFAULTS = vars(Verdict("", 1, "", "", "", ""))


class Known(Protocol):
    """What is known of municipalities beyond their series, as a panel has it."""

    @property
    def populations(self) -> Mapping[str, float]:
        """The latest of each municipality."""

    @property
    def oscillations(self) -> Mapping[str, Oscillation | None]:
        """The usual one of each indicator with a cohort."""

    @property
    def fields(self) -> Mapping[tuple[str, str], Mapping[int, Field]]:
        """Where municipalities stood, by indicator and state, in each year."""

    @property
    def items(self) -> Mapping[tuple[str, str], Sequence[Item]]:
        """What figures are made of, by indicator and municipality."""

    def grounds(self, indicator: str, municipality_code: str, years: Iterable[int]) -> Grounds:
        """The same of one municipality."""


@dataclass(frozen=True, eq=False)
class Observed(Mapping[tuple[str, str], list[Observation]]):
    """Observations by column, one a year, those of an indicator and municipality side by side in order of year.

    As a mapping it gives the observations of a pair as objects, made when they are asked for. `slices`: first and last + 1
    place of each pair.
    """

    slices: Mapping[tuple[str, str], tuple[int, int]]
    year: Places
    value: Floats
    numerator: Floats
    denominator: Floats
    flag: Sequence[str | None]
    break_before: Truths
    period: Sequence[dt.date | None]

    def __getitem__(self, pair: tuple[str, str]) -> list[Observation]:
        first, last = self.slices[pair]
        return [self.at(place) for place in range(first, last)]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.slices)

    def __len__(self) -> int:
        return len(self.slices)

    def at(self, place: int) -> Observation:
        """The observation at a place."""
        return Observation(
            int(self.year[place]),
            plain(self.value[place]),
            plain(self.numerator[place]),
            plain(self.denominator[place]),
            self.flag[place],
            bool(self.break_before[place]),
            self.period[place],
        )


def plain(number: float) -> float | None:
    """A number out of an array; None where it is missing."""
    return None if number != number else float(number)


def floats(numbers: Iterable[float | None]) -> Floats:
    """Numbers as an array; NaN for what `finite` has none for."""
    return np.array([finite(number) for number in numbers], dtype=float)


class Rows:
    """Targets by column, and where the observations of each lie."""

    def __init__(self, targets: Sequence[Target], observed: Observed, as_of: dt.date, known: Known) -> None:
        self.targets, self.observed, self.as_of, self.known = targets, observed, as_of, known
        slices = observed.slices
        found = [slices.get((one.indicator, one.municipality_code), (0, 0)) for one in targets]
        ends = np.array(found, dtype=np.int64).reshape(-1, 2)
        self.first, self.last = ends[:, 0], ends[:, 1]
        self.kind = np.array([one.kind for one in targets], dtype=str)
        self.bound = floats(one.target_value for one in targets)
        self.multiplier = np.array([one.multiplier for one in targets], dtype=float)
        self.declined = np.array([one.interval == "none" for one in targets], dtype=bool)
        self.proportion = np.array([interval_of(one) == "proportion" for one in targets], dtype=bool)
        # Years do not reach beyond that of the date.
        self.width = 1 + int(max(observed.year.max(initial=0), as_of.year))
        owner = np.zeros(len(observed.year), dtype=np.int64)
        for number, (first, last) in enumerate(slices.values()):
            owner[first:last] = number
        self.keys = owner * self.width + observed.year
        numbers = {pair: number for number, pair in enumerate(slices)}
        self.owner = np.array(
            [numbers.get((one.indicator, one.municipality_code), -1) for one in targets], dtype=np.int64
        )
        self.last = self.until(np.arange(len(targets)), np.full(len(targets), as_of.year, dtype=float))
        self.valued = _before(~np.isnan(observed.value))
        self.broken = _before(observed.break_before)

    def alone(self, place: int) -> Verdict:
        """A target judged by itself."""
        one = self.targets[place]
        seen = self.observed.get((one.indicator, one.municipality_code), [])
        grounds = self.known.grounds(one.indicator, one.municipality_code, (item.year for item in seen))
        return judge(one, seen, self.as_of, grounds)

    def until(self, places: Places, years: Floats) -> Places:
        """Per row, the place after its last observation of a year or earlier; NaN: after none."""
        whole = np.clip(np.nan_to_num(years, nan=-1.0), -1.0, self.width - 1).astype(np.int64)
        found = np.searchsorted(self.keys, self.owner[places] * self.width + whole, side="right")
        return np.clip(found, self.first[places], self.last[places])

    def newest(self, places: Places, last: Places) -> Places:
        """Per row, the place of the last value before a place; -1 without one."""
        many = self.valued[last]
        some = (many > self.valued[self.first[places]]).astype(bool)
        found = np.full(len(places), -1, dtype=np.int64)
        found[some] = np.searchsorted(self.valued, many[some], side="left") - 1
        return found

    def counted(self, places: Places, at: Places) -> Truths:
        """Whether the observations carry counts, as `has_counts`; never at -1."""
        over, under = self._counts(at)
        known: Truths = (over >= 0) & (under > 0) & (over == np.floor(over))
        known &= ~self.declined[places] & (at >= 0)
        return known

    def _counts(self, at: Places) -> tuple[Floats, Floats]:
        if not len(self.observed.year):
            nothing = np.full(len(at), NONE)
            return nothing, nothing
        return self.observed.numerator[at], self.observed.denominator[at]

    def too_old(self, places: Places, at: Places) -> Truths:
        """Whether the observations may no longer be read, as `stale`."""

        @cache
        def old(end: dt.date, months: int) -> bool:
            return expired(end, months, self.as_of)

        found = np.zeros(len(places), dtype=bool)
        for row, (place, one) in enumerate(zip(places.tolist(), at.tolist(), strict=True)):
            months = self.targets[place].shelf_life
            if months is not None:
                end = self.observed.period[one] or dt.date(int(self.observed.year[one]), 12, 31)
                found[row] = old(end, months)
        return found

    def implausible(self, at: Places) -> Truths:
        """Whether observations are beyond what can be."""
        flag = self.observed.flag
        return np.array([flag[one] == "implausible" for one in at.tolist()], dtype=bool)


def _before(truths: Truths) -> Places:
    """How many hold before each place, and before the end."""
    return np.concatenate([[0], np.cumsum(truths)])


def described(
    rows: Rows, places: Places, at: Places, signs: Floats, deadlines: Floats | None
) -> dict[str, Any]:
    """As `describe`: latest value, distance, interval and required pace of rows that have a value."""
    observed = rows.observed
    value, year = observed.value[at], observed.year[at].astype(float)
    bound, multiplier = rows.bound[places], rows.multiplier[places]
    away = bound - value
    gap = np.where(np.isnan(signs), np.abs(away), signs * away)
    readable = ~rows.implausible(at)
    under = np.where(readable, observed.denominator[at], NONE)
    cases = [
        gap_cases(plain(one), plain(below), scale) if below == below else None
        for one, below, scale in zip(gap.tolist(), under.tolist(), multiplier.tolist(), strict=True)
    ]
    low, high = np.full(len(places), NONE), np.full(len(places), NONE)
    over, whole = observed.numerator[at], observed.denominator[at]
    counted = rows.counted(places, at) & readable
    shares = counted & rows.proportion[places] & (over <= whole)
    low[shares], high[shares] = columns.wilson_intervals(over[shares], whole[shares])
    low[shares] *= multiplier[shares]
    high[shares] *= multiplier[shares]
    for scale in np.unique(multiplier[counted & ~shares]).tolist():
        rates = counted & ~shares & (multiplier == scale)
        low[rates], high[rates] = columns.rate_intervals(over[rates], whole[rates], scale)
    required = np.full(len(places), NONE)
    if deadlines is not None:
        left = np.where(np.isnan(deadlines) | (deadlines == 0), 0, deadlines - year)
        some = left > 0
        required[some] = away[some] / left[some]
    return {
        "latest_year": observed.year[at].tolist(),
        "latest_value": value.tolist(),
        "gap": gap,
        "gap_cases": cases,
        "interval_low": low,
        "interval_high": high,
        "required_per_year": required,
    }


def verdicts_of(rows: Rows, places: Places, given: Mapping[str, Any]) -> dict[int, Verdict]:
    """Verdicts of rows, from their columns; NaN in an array is None in a verdict."""
    held = {
        name: [plain(one) for one in column.tolist()] if isinstance(column, np.ndarray) else column
        for name, column in given.items()
    }
    found: dict[int, Verdict] = {}
    for place, *values in zip(places.tolist(), *held.values(), strict=True):
        target = rows.targets[place]
        made = object.__new__(Verdict)
        vars(made).update(
            _DEFAULTS,
            plan=target.plan,
            plan_version=target.plan_version,
            municipality_code=target.municipality_code,
            indicator=target.indicator,
        )
        vars(made).update(zip(held, values, strict=True))
        found[place] = made
    return found
