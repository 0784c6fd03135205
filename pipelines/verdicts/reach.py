"""Will it get there: what municipalities that stood where this one stands went on to do.

Pure arithmetic: no files, no database, no clock. Kept apart from verdicts: it counts past windows of a panel of
municipalities and is never the probability of one of them. Windows share their shocks, so a class of them is
trusted by its record alone: how often its band would have held what happened next, over several start years.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]

REACH_LABELS: Mapping[str, str] = {
    "unlikely": "improvável",
    "uncommon": "pouco comum",
    "possible": "possível",
    "likely": "provável",
}

# A reference class: so many windows of nearest start, and never fewer than the second.
CLASS_WINDOWS = 200
FEWEST_IN_CLASS = 50
# A length of window is used from so many windows of so many municipalities.
FEWEST_WINDOWS = 100
FEWEST_MUNICIPALITIES = 30
# The band of a class lies between these quantiles; its record must have covered between these shares.
BAND = (0.1, 0.9)
TRUSTED_COVER = (0.65, 0.90)
# Windows of one start share one shock: a record of a single start year says nothing of the next.
FEWEST_STARTS = 2

# Published values have few decimals: 4.5 - 4.1 and 0.4 are one change.
_DECIMALS = 9
_TINY = 10.0**-_DECIMALS
# Elements of classes that are looked at together; and how many windows near one start make a class worth sorting once
# for all that started there.
_AT_ONCE = 1 << 18
MOST_ALONE = 2 * CLASS_WINDOWS


@dataclass(frozen=True, eq=False)
class Windows:
    """Stretches of the same length in years, one place in each array per window.

    `municipality` and `band`: numbers that only tell them apart. `start` and `change`: in the indicator's unit.
    """

    years: int
    municipality: Places
    band: Places
    start_year: Places
    start: Floats
    change: Floats

    def __len__(self) -> int:
        return len(self.start)

    @property
    def municipalities(self) -> int:
        """How many municipalities the windows come from."""
        return len(np.unique(self.municipality))

    @cached_property
    def by_start(self) -> _Starts:
        """The same sorted by their starting value: once, however many municipalities are looked up in them."""
        return _Starts(self)

    def where(self, chosen: Mask | Places) -> Windows:
        """Those chosen by a mask or by their places."""
        return Windows(
            self.years,
            self.municipality[chosen],
            self.band[chosen],
            self.start_year[chosen],
            self.start[chosen],
            self.change[chosen],
        )


@dataclass(frozen=True, eq=False)
class Panel:
    """The comparable series of one indicator in every municipality, sorted by municipality and year."""

    municipality: Places
    year: Places
    value: Floats
    band: Places
    stretch: Places
    band_names: tuple[str, ...]

    def band_number(self, name: str | None) -> int | None:
        """The number that `Windows.band` holds for a population band; None for one that is not in the panel."""
        return self.band_names.index(name) if name in self.band_names else None

    def windows(self, years: int) -> Windows:
        """Every window of exactly so many years inside a comparable stretch of one municipality."""
        if years < 1:
            raise ValueError("a window lasts at least a year")
        # One number per municipality and year, in the order of both, finds the other end of each window.
        first = int(self.year.min()) if len(self.year) else 0
        width = (int(self.year.max()) - first if len(self.year) else 0) + years + 1
        key = self.municipality * width + (self.year - first)
        end = np.searchsorted(key, key + years)
        there = end < len(key)
        end = np.where(there, end, 0)
        if len(key):
            there &= (key[end] == key + years) & (self.stretch[end] == self.stretch)
        end = end[there]
        return Windows(
            years,
            self.municipality[there],
            self.band[there],
            self.year[there],
            np.round(self.value[there], _DECIMALS),
            np.round(self.value[end] - self.value[there], _DECIMALS),
        )

    def longest(self, years_left: int) -> Windows | None:
        """The windows that say most of the years left: as long as these, or else the longest there are.

        A length needs 100 windows of 30 municipalities. Windows longer than the years left ask another question
        and are not taken; those under half of them say too little: None.
        """
        for years in range(years_left, max(math.ceil(years_left / 2), 1) - 1, -1):
            found = self.windows(years)
            if enough(found):
                return found
        return None


def enough(windows: Windows) -> bool:
    """Whether windows of this length are many enough to say anything: 100 of 30 municipalities."""
    return len(windows) >= FEWEST_WINDOWS and windows.municipalities >= FEWEST_MUNICIPALITIES


def panel_of(
    municipality: Places,
    year: Places,
    value: Floats,
    band: Places,
    stretch: Places,
    band_names: tuple[str, ...],
) -> Panel:
    """A panel from observations, one place in each array per municipality and year, in any order.

    `municipality`: numbers in the order of the codes. `band`: the place in `band_names` of the municipality's population
    band, -1 where it is not known. `stretch`: a number that changes at a break of the series, so that no window crosses it.
    Missing values, NaN, are left out. ValueError for two observations of one municipality and year.
    """
    present = np.flatnonzero(np.isfinite(value))
    order = present[np.lexsort((year[present], municipality[present]))]
    place, at = municipality[order], year[order]
    if np.any((np.diff(place) == 0) & (np.diff(at) == 0)):
        raise ValueError("a panel holds one observation per municipality and year")
    return Panel(place, at, value[order], band[order], stretch[order], band_names)


class _Starts:
    """Windows sorted by their starting value, where the nearest ones are a slice."""

    def __init__(self, windows: Windows) -> None:
        self.order = np.argsort(windows.start, kind="stable")
        self.windows = windows.where(self.order)

    def around(self, values: Floats, wanted: int) -> tuple[Places, Places]:
        """Per value, first and last + 1 place of the `wanted` windows nearest to it, ties included."""
        start = self.windows.start
        wanted = min(wanted, len(start))
        low, high = np.zeros(len(values), np.intp), np.full(len(values), len(start) - wanted, np.intp)
        # Halving: the slice moves up for as long as the value after it is nearer than its first one.
        while np.any(low < high):
            open_ = low < high
            middle = (low + high) // 2
            after = start[np.minimum(middle + wanted, len(start) - 1)]
            up = open_ & (values - start[middle] > after - values)
            low = np.where(up, middle + 1, low)
            high = np.where(open_ & ~up, middle, high)
        reach = np.maximum(np.abs(values - start[low]), np.abs(start[low + wanted - 1] - values)) + _TINY
        return np.searchsorted(start, values - reach, "left"), np.searchsorted(start, values + reach, "right")


def _of_band(bands: Places, band: int) -> Mask | slice:
    """Which of the nearest windows make the class: those of the same population band, where 50 are."""
    same = bands == band
    return same if np.count_nonzero(same) >= FEWEST_IN_CLASS else slice(None)


def reference_class(windows: Windows, value: float, band: int | None) -> Windows | None:
    """The windows that started where this municipality stands.

    The 200 whose starting value is nearest, ties included; of these only the ones of the same population band,
    where that leaves 50. None where there are not 50 windows.
    """
    if len(windows) < FEWEST_IN_CLASS:
        return None
    starts = windows.by_start
    low, high = starts.around(np.array([value], dtype=float), CLASS_WINDOWS)
    near = starts.windows.where(np.arange(low[0], high[0]))
    chosen = _of_band(near.band, -1 if band is None else band)
    return near if isinstance(chosen, slice) else near.where(chosen)


@dataclass(frozen=True)
class Reach:
    """What a reference class went on to do.

    `windows` of `years` years, of so many `municipalities`, that started from `low` to `high`; `kept`: how many
    kept the required pace. `one_in_ten`, `half`, `nine_in_ten`: signed change that this share of them achieved or
    surpassed, towards the better side.
    """

    years: int
    windows: int
    municipalities: int
    low: float
    high: float
    kept: int | None
    one_in_ten: float
    half: float
    nine_in_ten: float

    @property
    def word(self) -> str | None:
        """The share that kept the pace, as one of `REACH_LABELS`; None where no pace was asked."""
        return None if self.kept is None else reach_word(self.kept / self.windows)


def reach_word(share: float) -> str:
    """Word for a share of windows: under 5%, under 25%, to 75%, above.

    >>> [reach_word(share) for share in (0.049, 0.05, 0.25, 0.75, 0.751)]
    ['unlikely', 'uncommon', 'possible', 'possible', 'likely']
    """
    if share < 0.05:
        return "unlikely"
    if share < 0.25:
        return "uncommon"
    return "possible" if share <= 0.75 else "likely"


def reach_of(windows: Windows, better: str, required_per_year: float | None = None) -> Reach:
    """Count a reference class: how many of its windows kept a pace, and what one, half, nine in ten achieved.

    `better`: higher or lower. `required_per_year`: signed change a year, in the indicator's unit; without it (a
    target still being set) `kept` is None. ValueError for an empty class or another `better`.
    """
    if better not in ("higher", "lower") or not len(windows):
        raise ValueError("reach needs windows and a better side")
    sign = 1 if better == "higher" else -1
    gains = sign * windows.change
    kept = None
    if required_per_year is not None:
        kept = int(np.count_nonzero(gains >= sign * required_per_year * windows.years - _TINY))
    least, half, most = (sign * float(gain) for gain in np.quantile(gains, [BAND[0], 0.5, BAND[1]]))
    return Reach(
        windows.years,
        len(windows),
        windows.municipalities,
        float(windows.start.min()),
        float(windows.start.max()),
        kept,
        most,
        half,
        least,
    )


# Of many municipalities at once, under the names of the table; `class_band`: whether the class is all of their band.
_REACHES = np.dtype(
    [
        ("windows", np.int64),
        ("municipalities", np.int64),
        ("class_low", np.float64),
        ("class_high", np.float64),
        ("class_band", np.bool_),
        ("kept", np.int64),
        ("one_in_ten", np.float64),
        ("half", np.float64),
        ("nine_in_ten", np.float64),
    ]
)


def reaches(
    windows: Windows, better: str, values: Floats, bands: Places, required_per_year: Floats
) -> NDArray[np.void]:
    """As `reach_of` of the `reference_class` of each of many municipalities, from at least 50 windows.

    `values`, `bands` (a number, -1 where it is not known) and `required_per_year`: a place in each per municipality.
    Returns an array with a field for each column of the table `reach` that the class fills.
    """
    if better not in ("higher", "lower") or len(windows) < FEWEST_IN_CLASS:
        raise ValueError("reach needs windows and a better side")
    sign = 1 if better == "higher" else -1
    starts = windows.by_start
    pool = starts.windows
    found = np.zeros(len(values), _REACHES)
    low, high = starts.around(values, CLASS_WINDOWS)
    for rows, near, there in _slices(low, high):
        same = pool.band[near] == bands[rows, None]
        chosen = _of_bands(there, same)
        many = np.count_nonzero(chosen, axis=1)
        # Classes of as many windows are a table: a row each, nothing missing.
        for size in np.unique(many).tolist():
            alike = many == size
            of, places = rows[alike], near[alike][chosen[alike]].reshape(-1, size)
            gains, begun = sign * pool.change[places], pool.start[places]
            least = (sign * required_per_year[of] * windows.years - _TINY)[:, None]
            own = np.sort(pool.municipality[places], axis=1)
            ends = sign * np.quantile(gains, [BAND[0], 0.5, BAND[1]], axis=1)
            found["windows"][of] = size
            found["municipalities"][of] = 1 + np.count_nonzero(np.diff(own, axis=1), axis=1)
            found["class_low"][of], found["class_high"][of] = begun.min(axis=1), begun.max(axis=1)
            found["class_band"][of] = (pool.band[places] == bands[of, None]).all(axis=1)
            found["kept"][of] = np.count_nonzero(gains >= least, axis=1)
            found["nine_in_ten"][of], found["half"][of], found["one_in_ten"][of] = ends
    return found


@dataclass(frozen=True)
class Cover:
    """How often the 10-90 band of a window's class held what then happened: `held` of `windows`.

    `starts`: in how many different years the tested windows started.
    """

    held: int
    windows: int
    starts: int = 0

    @property
    def share(self) -> float | None:
        """Share held; None where no window could be tested."""
        return self.held / self.windows if self.windows else None

    @property
    def trusted(self) -> bool:
        """Whether a record like this lets its classes serve as a guide."""
        if self.share is None or self.starts < FEWEST_STARTS:
            return False
        return TRUSTED_COVER[0] <= self.share <= TRUSTED_COVER[1]


def record_cover(windows: Windows) -> Cover:
    """The record: each window against the class that could be made when it started.

    Only windows that had ended by its start (its first observation may be their last) make that class. Windows
    that started before 50 others had ended are not tested. This cover decides whether reach is shown.
    """
    held = tested = starts_tested = 0
    for year in np.unique(windows.start_year):
        past = windows.where(windows.start_year + windows.years <= year)
        if len(past) < FEWEST_IN_CLASS:
            continue
        asked = windows.where(windows.start_year == year)
        starts = _Starts(past)
        questions, which = _questions(asked)
        low, high = starts.around(questions[:, 0], CLASS_WINDOWS)
        limits = np.empty((len(questions), 2))
        for rows, near, there in _slices(low, high):
            of_band = _of_bands(there, starts.windows.band[near] == questions[rows, 1, None])
            limits[rows] = _bands_of(starts.windows.change[near], of_band)
        low_end, high_end = limits[which, 0] - _TINY, limits[which, 1] + _TINY
        held += int(np.count_nonzero((asked.change >= low_end) & (asked.change <= high_end)))
        tested += len(asked)
        starts_tested += 1
    return Cover(held, tested, starts_tested)


def leave_one_out_cover(windows: Windows) -> Cover:
    """Each window against the class made of all other municipalities, whenever their windows ran.

    Flattering, since neighbours of the same years share their shocks: it is printed beside the record and decides
    nothing.
    """
    if not len(windows):
        return Cover(0, 0)
    starts = _Starts(windows)
    own = np.bincount(windows.municipality)
    questions, which = _questions(windows)
    low, high = starts.around(questions[:, 0], CLASS_WINDOWS)
    # So many more nearest windows hold the 200 nearest of the others, whichever are the own.
    wide_low, wide_high = starts.around(questions[:, 0], CLASS_WINDOWS + int(own.max()))
    limits = np.full((len(windows), 2), np.nan)
    able = len(windows) - own[windows.municipality] >= FEWEST_IN_CLASS
    # Where thousands started from the same value, they share a class; elsewhere nearly every window has its own.
    shared = (wide_high - wide_low > MOST_ALONE)[which]
    alone = np.flatnonzero(able & ~shared)
    of = which[alone]
    for rows, near, there in _slices(wide_low[of], wide_high[of]):
        asked = alone[rows]
        limits[asked] = _bands_of(
            starts.windows.change[near], _nearest_of_others(starts.windows, near, there, windows, asked)
        )
    for group in _groups(which, np.flatnonzero(shared)):
        place = which[group[0]]
        start, band = float(questions[place, 0]), int(questions[place, 1])
        near_ones = _Class(starts.windows, slice(low[place], high[place]), band)
        wide = slice(wide_low[place], wide_high[place])
        for window in group[able[group]]:
            municipality = int(windows.municipality[window])
            others = near_ones.without(municipality)
            if others is None:
                others = _nearest_others(starts.windows, wide, start, band, municipality)
            limits[window] = _band_of(others)
    held = (limits[:, 0] - _TINY <= windows.change) & (windows.change <= limits[:, 1] + _TINY)
    starts_tested = len(np.unique(windows.start_year[able]))
    return Cover(int(np.count_nonzero(held)), int(np.count_nonzero(able)), starts_tested)


def _slices(low: Places, high: Places) -> Iterator[tuple[Places, Places, Mask]]:
    """Slices of the same array, some thousand elements of them at a time, those of like length together.

    Which slices (rows), their places padded to the longest, and which of those are in the slice.
    """
    order = np.argsort(high - low, kind="stable")
    first = 0
    while first < len(order):
        # The lengths rise: what the last one of a batch has is what the whole batch takes.
        many = max(1, _AT_ONCE // int(high[order[first]] - low[order[first]] + 1))
        rows = order[first : first + many]
        while len(rows) > 1 and int((high - low)[rows[-1]]) * len(rows) > 2 * _AT_ONCE:
            rows = rows[: len(rows) // 2]
        places = low[rows, None] + np.arange(int((high - low)[rows[-1]]))
        there = places < high[rows, None]
        yield rows, np.minimum(places, high[rows, None] - 1), there
        first += len(rows)


def _of_bands(near: Mask, same: Mask) -> Mask:
    """As `_of_band`, a row a class."""
    of_band = near & same
    enough = np.count_nonzero(of_band, axis=1) >= FEWEST_IN_CLASS
    return np.where(enough[:, None], of_band, near)


def _nearest_of_others(pool: Windows, near: Places, there: Mask, windows: Windows, asked: Places) -> Mask:
    """As `_nearest_others`, a row an asked window: which of the places near it make its class."""
    others = there & (pool.municipality[near] != windows.municipality[asked, None])
    away = np.where(others, np.abs(pool.start[near] - windows.start[asked, None]), np.inf)
    last = min(CLASS_WINDOWS, near.shape[1]) - 1
    # Of fewer others than a class holds, all are in it.
    farthest = np.partition(away, last, axis=1)[:, last, None]
    chosen = others & (away <= farthest + _TINY)
    return _of_bands(chosen, pool.band[near] == windows.band[asked, None])


class _Class:
    """The windows nearest to a start, ties included, by their change; what is left of them without one's own."""

    def __init__(self, pool: Windows, near: slice, band: int) -> None:
        order = np.argsort(pool.change[near], kind="stable")
        self.change, self.municipality = pool.change[near][order], pool.municipality[near][order]
        same = pool.band[near][order] == band
        self.change_of_band, self.municipality_of_band = self.change[same], self.municipality[same]

    def without(self, municipality: int) -> Floats | None:
        """Changes of the class without one municipality, in order; None where farther windows must fill it up."""
        others = self.municipality != municipality
        if np.count_nonzero(others) < CLASS_WINDOWS:
            return None
        of_band: Floats = self.change_of_band[self.municipality_of_band != municipality]
        return of_band if len(of_band) >= FEWEST_IN_CLASS else self.change[others]


def _nearest_others(pool: Windows, near: slice, start: float, band: int, municipality: int) -> Floats:
    """Changes, in order, of the class without one municipality, found among somewhat more windows than it holds."""
    others = pool.municipality[near] != municipality
    away = np.abs(pool.start[near][others] - start)
    farthest = min(CLASS_WINDOWS, len(away)) - 1
    chosen = away <= np.partition(away, farthest)[farthest] + _TINY
    of_band = _of_band(pool.band[near][others][chosen], band)
    return np.sort(pool.change[near][others][chosen][of_band])


def _questions(windows: Windows) -> tuple[Floats, Places]:
    """The different pairs of start and band, which share a class, and the pair of each window."""
    order = np.lexsort((windows.band, windows.start))
    start, band = windows.start[order], windows.band[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(start) != 0) | (np.diff(band) != 0)
    which = np.empty(len(order), np.intp)
    which[order] = np.cumsum(first) - 1
    return np.column_stack([start[first], band[first].astype(float)]), which


def _groups(which: Places, places: Places) -> list[Places]:
    """Some places by the group of each."""
    order = places[np.argsort(which[places], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(which[order])) + 1) if len(order) else []


def _band_of(ordered: Floats) -> tuple[float, float]:
    """Quantiles 10 and 90 of changes in order, linear between neighbours, as `numpy.quantile` but at once."""
    last = len(ordered) - 1
    ends = []
    for share in BAND:
        below = math.floor(share * last)
        part = share * last - below
        ends.append(float(ordered[below] * (1 - part) + ordered[min(below + 1, last)] * part))
    return ends[0], ends[1]


def _bands_of(changes: Floats, chosen: Mask) -> Floats:
    """As `_band_of`, a row a class: of the chosen changes in each."""
    ordered = np.sort(np.where(chosen, changes, np.inf), axis=1)
    last = np.count_nonzero(chosen, axis=1) - 1
    row = np.arange(len(ordered))
    ends = np.empty((len(ordered), 2))
    for place, share in enumerate(BAND):
        below = np.floor(share * last).astype(np.intp)
        part = share * last - below
        ends[:, place] = ordered[row, below] * (1 - part) + ordered[row, np.minimum(below + 1, last)] * part
    return ends
