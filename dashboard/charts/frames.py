"""Frames read into rows and lines that are ready to draw: what charts and tables of a page share.

A missing cell is None here, whatever pandas held; a line is cut where a value is missing or the method
changed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from dashboard import sentences, words
from pipelines import verdicts
from pipelines.declarations import Indicator

NBSP = words.NBSP


# So many cells are looked through one by one.
FEW = 200


def column(frame: pd.DataFrame, name: str) -> list[Any]:
    """A column as a list with None for what is missing; all None when the frame has no such column."""
    if name not in frame.columns:
        return [None] * len(frame)
    given = frame[name]
    # Of a country's column nothing is missing most often, which is told faster of all of it than of each cell.
    if len(given) > FEW and given.hasnans and given.dtype == float:
        cells = given.to_numpy().astype(object)
        cells[given.isna().to_numpy()] = None
        return list(cells)
    found: list[Any] = given.tolist()
    if len(given) > FEW and not given.hasnans:
        return found
    # NaN and NaT differ from themselves.
    return [None if item is None or item is pd.NA or item != item else item for item in found]


# How many decimals the numbers of a column are shown with, or those of each of its rows; None is a bare number, as a
# year. A column that is not named holds counts.
Decimals = Mapping[str, int | Sequence[int | None] | None]
_DECIMALS = "decimals"


def shown_with(frame: pd.DataFrame, decimals: Decimals) -> pd.DataFrame:
    """The same frame, which from now on carries how its numbers are shown, on a page and in a spreadsheet."""
    frame.attrs[_DECIMALS] = dict(decimals)
    return frame


def decimals_of(frame: pd.DataFrame) -> Decimals:
    """How the numbers of a frame are shown; of one that says nothing all are counts."""
    found: Decimals = frame.attrs.get(_DECIMALS, {})
    return found


def decimals_at(decimals: Decimals, name: str, row: int) -> int | None:
    """How many decimals one cell is shown with; None for a bare number."""
    given = decimals.get(name, 0)
    return given if given is None or isinstance(given, int) else given[row]


def periods(frame: pd.DataFrame, indicator: Indicator) -> list[str]:
    """The period of each row in words, from `period` (a date) or `year`."""
    if "period" in frame.columns:
        # Thousands of rows share a few days; -1 is the place of none, at the end.
        places, days = pd.factorize(frame["period"])
        known = [*(words.period(words.day_of(day), indicator) for day in days), words.MISSING]
        return [known[place] for place in places.tolist()]
    return [words.MISSING if year is None else str(int(year)) for year in column(frame, "year")]


def common_period(periods: Sequence[str]) -> str:
    """One period for the whole frame, or words for a mixture."""
    known = {text for text in periods if text != words.MISSING}
    return next(iter(known)) if len(known) == 1 else "dado mais recente" if known else words.MISSING


def selection(selected: str | Sequence[str] | None) -> list[str]:
    """One code, several or none as a list of codes."""
    return [] if selected is None else [selected] if isinstance(selected, str) else list(selected)


def shorten(name: str, limit: int = 26) -> str:
    """A name cut to `limit` letters, with an ellipsis."""
    return name if len(name) <= limit else f"{name[: limit - 1].rstrip()}…"


def round_steps(low: float, high: float, most: int = 3, *, whole: bool = False) -> list[float]:
    """At most `most` round numbers inside the range, evenly spaced; `whole`: of what is counted, of which no half is."""
    span = high - low
    if span <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50, 100):
        step = factor * power
        if whole and step % 1:
            continue
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            found = [round(place * step, 10) + 0.0 for place in range(first, last + 1)]
            return found or [round((low + high) / 2, 10)]
    return [low]


def plain_value(value: float, indicator: Indicator) -> str:
    """A label beside a mark: the value with %, R$ or its category; other units are said once a drawing."""
    if indicator.kind == "category" or indicator.sign:
        return words.with_unit(value, indicator, short=True)
    return words.amount(value, indicator)


def plain_values(values: words.Numbers, indicator: Indicator) -> list[str]:
    """Each value as `plain_value` writes it, for thousands at once; empty for a missing one."""
    signed = indicator.kind == "category" or indicator.sign
    texts = words.with_units(values, indicator, short=True) if signed else words.amounts(values, indicator)
    for row in np.flatnonzero(np.isnan(values)).tolist():
        texts[row] = ""
    return texts


def unit_note(indicator: Indicator) -> str:
    """The unit that `plain_value` leaves out, in words; empty where there is none to say."""
    if indicator.kind == "category" or indicator.sign:
        return ""
    return words.unit_of(indicator)


def tick_texts(steps: Sequence[float], indicator: Indicator) -> list[str]:
    """Tick labels; only the top one carries the unit."""
    if indicator.kind == "category":
        return [words.category(step, indicator) for step in steps]
    large = max((abs(step) for step in steps), default=0) >= 100_000
    texts = [words.compact(step) if large else words.trimmed(step, 3) for step in steps]
    if texts and indicator.sign == verdicts.PERCENT:
        texts[-1] += "%"
    elif texts and indicator.sign == verdicts.MONEY:
        texts[-1] = f"R${NBSP}{texts[-1]}"
    return texts


# What a line shows: what the chart is about, or what stands behind it to compare.
Role = Literal["main", "region", "state"]


@dataclass(frozen=True)
class Track:
    """One line of a series chart: places on the x axis with None where the value is missing.

    `code`: what tells it apart from another of its name. `short`: the name without its method, for where the whole one does not fit. `swing`: the largest change that is
    usual there, of a cohort. `revised`: when a newer edition changed each value, and what it was before.
    """

    code: str
    name: str
    short: str
    role: Role
    colour: str
    width: float
    dash: str
    days: tuple[dt.date, ...]
    x: tuple[float, ...]
    values: tuple[float | None, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    flags: tuple[Any, ...]
    breaks: tuple[bool, ...]
    counts: tuple[tuple[Any, Any], ...]
    revised: tuple[tuple[Any, Any], ...]
    swing: float | None = None

    def revision(self, place: int, indicator: Indicator) -> str:
        """What a newer edition made of the value at a place, in words; empty where none did."""
        return words.revision(*self.revised[place], self.values[place], indicator)

    def known_days(self) -> list[dt.date]:
        """The periods that have a value."""
        return [day for day, value in zip(self.days, self.values, strict=True) if value is not None]

    def starts(self) -> list[float]:
        """Where values stop comparing with earlier ones; only between values."""
        known = [place for place, value in enumerate(self.values) if value is not None]
        return [
            self.x[place]
            for place, mark in enumerate(self.breaks)
            if mark and known and known[0] < place <= known[-1]
        ]

    def pieces(self) -> list[list[int]]:
        """Runs of points that a line may join: cut at a missing value and at a change of method."""
        runs: list[list[int]] = []
        current: list[int] = []
        for place, value in enumerate(self.values):
            if self.breaks[place] and current:
                runs.append(current)
                current = []
            if value is None:
                if current:
                    runs.append(current)
                current = []
            else:
                current.append(place)
        if current:
            runs.append(current)
        return runs


def year_of(day: dt.date) -> float:
    """A period's end as years: 31 December of 2024 is 2024."""
    if (day.month, day.day) == (12, 31):
        return float(day.year)
    return round(day.year - 1 + day.timetuple().tm_yday / 365.25, 4)


def line_keys(frame: pd.DataFrame, role: Role) -> list[str]:
    """Of which line each row of a frame of series is: its code, since names repeat; its name where it has none."""
    codes = zip(
        column(frame, "municipality_code"),
        column(frame, "place_code"),
        column(frame, "name" if role == "main" else "place"),
        strict=True,
    )
    return [str(town or place or name) for town, place, name in codes]


def tracks_of(
    frame: pd.DataFrame, role: Role, colours: Sequence[str], width: float, dash: str = "solid"
) -> list[Track]:
    """The lines of a frame, one for each municipality or place, in order of appearance.

    Column `name` names it for what the chart is about, `place` for what it compares with; `municipality_code` or
    `place_code` tell apart those of one name. `short` may be given: the place without its method.
    """
    names, days = (
        column(frame, "name" if role == "main" else "place"),
        [words.day_of(item) for item in column(frame, "period")],
    )
    keys = line_keys(frame, role)
    if "period" not in frame.columns:
        days = [None if year is None else dt.date(int(year), 12, 31) for year in column(frame, "year")]
    given = (
        "value", "low", "high", "flag", "break_before", "numerator", "denominator", "swing", "revised_at",
        "revised_from",
    )  # fmt: skip
    columns = {name: column(frame, name) for name in given}
    shorts = column(frame, "short")

    # A region often bears a municipality's name.
    def said(name: Any) -> str:
        told = role != "region" or "região" in str(name).casefold()
        return str(name) if told else f"Região {name}"

    found = []
    for place, key in enumerate(dict.fromkeys(keys)):
        first = keys.index(key)
        name = names[first]
        rows = sorted(
            (row for row, other in enumerate(keys) if other == key and days[row] is not None),
            key=lambda row: days[row] or dt.date.min,
        )
        held = tuple(day for row in rows if (day := days[row]) is not None)
        found.append(
            Track(
                code=key,
                name=said(name),
                short=said(shorts[first] or name),
                role=role,
                colour=colours[place % len(colours)],
                width=width,
                dash=dash,
                days=held,
                x=tuple(year_of(day) for day in held),
                values=tuple(columns["value"][row] for row in rows),
                lows=tuple(columns["low"][row] for row in rows),
                highs=tuple(columns["high"][row] for row in rows),
                flags=tuple(columns["flag"][row] for row in rows),
                breaks=tuple(bool(columns["break_before"][row]) for row in rows),
                counts=tuple((columns["numerator"][row], columns["denominator"][row]) for row in rows),
                revised=tuple((columns["revised_at"][row], columns["revised_from"][row]) for row in rows),
                swing=columns["swing"][rows[0]] if rows else None,
            )
        )
    return found


def cut_at(track: Track, starts: Sequence[float]) -> Track:
    """The track cut where others change method: an aggregate's rows do not carry the mark themselves."""
    marks = list(track.breaks)
    for start in starts:
        place = next((place for place, x in enumerate(track.x) if x >= start), None)
        if place:
            marks[place] = True
    return replace(track, breaks=tuple(marks))


def value_range(low: float, high: float, indicator: Indicator) -> tuple[float, float]:
    """The value range to draw: with a little air, and from zero where zero is near."""
    if high <= low:
        pad = abs(high) * 0.2 or 1.0
        return low - pad, high + pad
    pad = (high - low) * 0.08
    bottom = low - pad
    if low >= 0 and (bottom < 0 or low < high * 0.35):
        bottom = 0.0
    top = high + pad
    if indicator.sign == verdicts.PERCENT and high <= 100 < top and indicator.range[1] <= 100:
        top = 100.0 + (100.0 - bottom) * 0.02
    return bottom, top


def _sure(track: Track, begin: int, indicator: Indicator) -> bool | None:
    """Whether a line's last value differs from its first under the present method by more than chance."""
    held = [
        place
        for place, value in enumerate(track.values)
        if place >= begin and value is not None and track.flags[place] != words.IMPLAUSIBLE
    ]
    if len(held) < 2 or track.days[held[-1]].year - track.days[held[0]].year < indicator.window:
        # Windows that share years are no two measurements.
        return None
    first, last = track.values[held[0]], track.values[held[-1]]
    change = None if first is None or last is None else last - first
    return verdicts.sure_change(
        indicator.interval, track.counts[held[0]], track.counts[held[-1]], change, track.swing
    )


def series_sentence(tracks: Sequence[Track], indicator: Indicator, certain: bool | None) -> str:
    """How up to four lines moved, since their last change of method.

    `certain` as in `words`; None: reckoned from the counts of each line, where it has them.
    """
    title = words.named(indicator)
    if not tracks:
        return f"{title}: sem dado na série."
    parts = []
    for track in tracks[:4]:
        begin = max((place for place, mark in enumerate(track.breaks) if mark), default=0)
        broken = words.period(track.days[begin], indicator, long=True) if begin else ""
        points = [
            (words.period(day, indicator, long=True), value)
            for day, value, flag in zip(
                track.days[begin:], track.values[begin:], track.flags[begin:], strict=True
            )
            # A value that cannot be says nothing of where a line went.
            if flag != words.IMPLAUSIBLE
        ]
        strange = sentences.beyond(track.values[begin:], track.flags[begin:], indicator)
        if strange and not any(value is not None for _, value in points):
            parts.append(f"{track.name}: {strange}.")
            continue
        sure = _sure(track, begin, indicator) if certain is None else certain
        text = sentences.series_sentence(track.name, points, indicator, sure, broken)
        parts.append(f"{text} {strange}." if strange else text)
    more = len(tracks) - 4
    tail = f" E mais {words.counted(more, 'município', 'municípios')}." if more > 0 else ""
    return f"{title}: {' '.join(parts)}{tail}"


def revised_sentence(tracks: Sequence[Track], indicator: Indicator) -> str:
    """The values of some lines that a newer edition changed, newest period first; empty where there are none."""
    told = [
        (day, f"{track.name}, {words.period(day, indicator)}, {text}")
        for track in tracks
        for place, day in enumerate(track.days)
        if (text := track.revision(place, indicator))
    ]
    if not told:
        return ""
    told.sort(key=lambda pair: pair[0], reverse=True)
    more = len(told) - MOST_REVISED
    tail = f"; e mais {words.counted(more, 'valor', 'valores')}" if more > 0 else ""
    return f" Revisões da fonte: {'; '.join(text for _, text in told[:MOST_REVISED])}{tail}."


# As many revised values as a sentence names.
MOST_REVISED = 3


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Mercator, in units of the earth's radius; y grows to the north."""
    return math.radians(longitude), math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
