"""Reach at the build: for each goal in force, what municipalities that stood where this one stands went on to do.

The arithmetic is `verdicts.reach`; here are the trajectories it counts, of every municipality in the data folder,
and the table `reach`. The trajectories are kept beside the tables for plans that come by upload; they are not
published, since most of them lie outside the territory.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.aggregating import parts
from pipelines.declarations import POPULATION_BANDS
from pipelines.schema import arrow
from pipelines.verdicts import reach
from pipelines.verdicts.reach import Cover, Floats, Mask, Panel, Places, Reach, Windows

# Parquet under another ending than that of the tables, which are published.
TRAJECTORIES = "trajectories.pq"
# A record needs windows that ended before two different starts: four editions of 30 municipalities, at the least.
FEWEST_EDITIONS = 4
# Lengths of window, in years, that `python -m pipelines covers` tells of.
LENGTHS = range(1, 11)


class Trajectories:
    """The trajectories of a build: one observation a year of whatever could ever have a record.

    Columns: indicator, municipality_code, year, value, pooled (three years added up, where counts allow), band (of the
    latest population), stretch (a number that changes at a break). Years that have not ended are left out, since they
    would make windows of other lengths.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        """`con` holds `panel`, `panel_population`, `breaks` and `indicators` as the build leaves them."""
        self._con = con
        cases = " ".join(
            f"when population <= {limit} then '{label}'" for limit, label in POPULATION_BANDS[:-1]
        )
        con.execute(
            f"""create or replace temp table traced_towns as
            select municipality_code, (row_number() over (order by municipality_code) - 1)::integer as town,
                case when population is null then null {cases} else '{POPULATION_BANDS[-1][1]}' end as band
            from (select distinct municipality_code from panel) left join panel_population using (municipality_code)"""
        )
        towns = con.sql("select municipality_code, band from traced_towns order by town").to_arrow_table()
        self._codes = towns["municipality_code"].combine_chunks()
        self._bands = towns["band"].combine_chunks().dictionary_encode()
        measures = "select indicator, multiplier from indicators where better != 'none' and kind = 'number'"
        self._multipliers = dict(con.execute(measures).fetchall())
        self._breaks: dict[str, list[int]] = defaultdict(list)
        for name, day in con.execute(f"select indicator, {_DAY} as day from breaks order by day").fetchall():
            self._breaks[name].append(day)

    def tables(self, names: Iterable[str] | None = None) -> Iterator[pa.Table]:
        """Some indicators at a time, in order of indicator, municipality and year; `names`: only of these."""
        known = self._multipliers if names is None else self._multipliers.keys() & set(names)
        for part in parts(self._con, "panel", known):
            yield self._table(part)

    def panel(self, indicator: str, pooled: bool) -> Panel:
        """The panel of one indicator, pooled or not; empty of one that could have no record."""
        found = list(self.tables([indicator]))
        return _panel(found[0] if found else _NONE.empty_table(), pooled)

    def _table(self, part: Sequence[str]) -> pa.Table:
        con = self._con
        # Of the panel's own type, so that rows are found without a look at every text.
        con.execute(
            "create or replace temp table traced_now as select indicator, 0 as place from panel limit 0"
        )
        con.executemany("insert into traced_now values (?, ?)", [(name, at) for at, name in enumerate(part)])
        # By Arrow, which hands over whole columns, missing numbers as NaN, in order of indicator, municipality and year.
        given = con.sql(
            f"""select place, town, year::integer as year, {_DAY} as day, value, numerator, denominator
            from panel join traced_now using (indicator) join traced_towns using (municipality_code)
            where month(period) = 12"""
        ).to_arrow_table()
        held = {name: given[name].to_numpy() for name in given.column_names}
        place, town, year = (held[name].astype(np.int64) for name in ("place", "town", "year"))
        key = (place * len(self._codes) + town) * _YEARS + year
        if np.any(np.diff(key) < 0):
            order = np.argsort(key, kind="stable")
            held = {name: column[order] for name, column in held.items()}
            place, town, year = place[order], town[order], year[order]
        stretch = np.zeros(len(year), np.int64)
        recorded = np.zeros(len(year), np.bool_)
        ends = np.searchsorted(place, np.arange(len(part) + 1))
        for at, name in enumerate(part):
            own = slice(ends[at], ends[at + 1])
            if name in self._breaks:
                stretch[own] = np.searchsorted(self._breaks[name], held["day"][own], "right")
            recorded[own] = _recorded(stretch[own], year[own])
        pooled = (
            _pooled(held, place, town, year, stretch)
            * np.array([float(self._multipliers[name]) for name in part])[place]
        )
        band = self._bands.indices.take(pa.array(town[recorded]))
        columns = (
            pa.DictionaryArray.from_arrays(
                pa.array(place[recorded].astype(np.int32)), pa.array(part, pa.string())
            ),
            pa.DictionaryArray.from_arrays(pa.array(town[recorded].astype(np.int32)), self._codes),
            pa.array(year[recorded], pa.int32()),
            pa.array(held["value"][recorded], pa.float64()),
            pa.array(pooled[recorded], pa.float64(), from_pandas=True),
            pa.DictionaryArray.from_arrays(band, self._bands.dictionary),
            pa.array(stretch[recorded], pa.int32()),
        )
        return pa.Table.from_arrays(list(columns), names=_NONE.names)


# SQL: a day as a number. And more years than any calendar has.
_DAY, _YEARS = "(period - date '1900-01-01')::integer", 10_000


def _recorded(stretch: Places, year: Places) -> Mask:
    """Which rows of one indicator lie in a stretch between breaks that could have a record."""
    if not len(year):
        return np.zeros(0, np.bool_)
    counted = np.bincount(stretch * _YEARS + year)
    editions = np.flatnonzero(counted >= reach.FEWEST_MUNICIPALITIES)
    enough = np.bincount(editions // _YEARS, minlength=int(stretch.max()) + 1) >= FEWEST_EDITIONS
    found: Mask = enough[stretch]
    return found


def _pooled(held: Mapping[str, Any], place: Places, town: Places, year: Places, stretch: Places) -> Floats:
    """Of rows in order, the numerators of three years in a row over their denominators; NaN where any is missing."""
    found = np.full(len(year), np.nan)
    if len(year) < 3:
        return found
    own = np.ones(len(year) - 2, np.bool_)
    for one in (place, town, stretch):
        own &= one[2:] == one[:-2]
    own &= (year[1:-1] == year[2:] - 1) & (year[:-2] == year[2:] - 2)
    over, under = (
        held[name][:-2] + held[name][1:-1] + held[name][2:] for name in ("numerator", "denominator")
    )
    own &= under > 0
    found[2:][own] = over[own] / under[own]
    return found


def keep_trajectories(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the trajectories of a build into a folder of tables, in order of indicator, municipality and year."""
    words = [field.name for field in _NONE if field.type == pa.string()]
    numbered = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([(field.name, numbered if field.name in words else field.type) for field in _NONE])
    options: Any = {"compression": "zstd", "use_dictionary": words, "store_schema": False}
    # Who reads it asks for an indicator; the least and the most of other columns nobody looks at.
    options["write_statistics"] = ["indicator"]
    with pq.ParquetWriter(folder / TRAJECTORIES, schema, **options) as writer:
        for table in Trajectories(con).tables():
            writer.write_table(table, row_group_size=_ROWS)


# Of a row group: about what an indicator has of the country, which is asked for alone.
_ROWS = 1 << 16


def panels(source: pa.Buffer) -> Callable[[str, bool], Panel]:
    """What hands out, from the bytes of a file of trajectories, the panel of an indicator, pooled or not."""

    def panel(indicator: str, pooled: bool) -> Panel:
        table = pq.read_table(pa.BufferReader(source), filters=[("indicator", "==", indicator)])
        return _panel(table, pooled)

    return panel


def traced(folder: Path) -> pa.Buffer:
    """The bytes of a folder's trajectories, mapped: they stay readable when the folder is swapped away."""
    path = folder / TRAJECTORIES
    # A build of an earlier version has none; it says nothing of reach.
    if not path.exists():
        sink = pa.BufferOutputStream()
        pq.write_table(_NONE.empty_table(), sink)
        return sink.getvalue()
    return pa.memory_map(str(path)).read_buffer()


_NONE = pa.schema(
    [
        ("indicator", pa.string()),
        ("municipality_code", pa.string()),
        ("year", pa.int32()),
        ("value", pa.float64()),
        ("pooled", pa.float64()),
        ("band", pa.string()),
        ("stretch", pa.int32()),
    ]
)


def _panel(table: pa.Table, pooled: bool) -> Panel:
    towns, _ = _numbers(table["municipality_code"])
    bands, names = _numbers(table["band"])
    year, stretch = (table[name].to_numpy().astype(np.intp) for name in ("year", "stretch"))
    value = table["pooled" if pooled else "value"].to_numpy()
    return reach.panel_of(towns, year, value, bands, stretch, names)


def _numbers(texts: pa.ChunkedArray) -> tuple[Places, tuple[str, ...]]:
    """Of each text its place among all of them, by the alphabet, -1 of none; and those."""
    coded = texts.combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    held = coded.indices.fill_null(-1).to_numpy()
    known = coded.dictionary.to_pylist()
    # A dictionary may name texts that no row has.
    there = np.unique(held[held >= 0])
    names = tuple(sorted(known[at] for at in there))
    place = np.full(len(known) + 1, -1, np.intp)
    place[there] = [bisect_left(names, known[at]) for at in there]
    return place[held], names


@dataclass(frozen=True)
class Asked:
    """Where a municipality stands and what its target asks: what reach is asked with.

    `value` of `year`; `pooled`: it is three years added up; `band`: its population band; `better`: higher or lower;
    `required_per_year`: in the indicator's unit, None while no target says it.
    """

    indicator: str
    value: float
    year: int
    target_year: int
    better: str
    band: str | None
    pooled: bool = False
    required_per_year: float | None = None


@dataclass(frozen=True)
class Answer:
    """What the past says to `Asked`.

    `windows`: of the length used, None where none is long enough; `cover` and `others`: how they stood the test of
    the record and of leaving one municipality out; `found`: of the reference class, None where it is no guide;
    `band`: the population band of the whole class, None where it holds several.
    """

    windows: Windows | None
    cover: Cover
    found: Reach | None = None
    band: str | None = None

    @property
    def obstacle(self) -> str | None:
        """Why the past is no guide: too_short (no windows of at least half the years left), no_record; or None."""
        if self.found is not None:
            return None
        return "too_short" if self.windows is None else "no_record"


NOTHING = Answer(None, Cover(0, 0))


def answer(
    asked: Asked,
    panel: Panel,
    cover: Callable[[Windows], Cover] = reach.record_cover,
    longest: Callable[[int], Windows | None] | None = None,
) -> Answer:
    """What municipalities that stood there went on to do, where their record makes them a guide.

    `cover`: tests the record of windows; `longest`: the panel's windows by the years left. Who asks often hands in
    such as remember.
    """
    windows = (longest or panel.longest)(asked.target_year - asked.year)
    if windows is None:
        return NOTHING
    record = cover(windows)
    near = reach.reference_class(windows, asked.value, panel.band_number(asked.band))
    if near is None or not record.trusted:
        return Answer(windows, record)
    own = panel.band_number(asked.band)
    alone = own is not None and bool((near.band == own).all())
    found = reach.reach_of(near, asked.better, asked.required_per_year)
    return Answer(windows, record, found, asked.band if alone else None)


def fill(con: duckdb.DuckDBPyConnection, as_of: dt.date, panel: Callable[[str, bool], Panel]) -> None:
    """Make the table `reach`: a row for each goal in force whose deadline is still to come.

    `panel` hands out the panel of an indicator, pooled or not.
    """
    rows = con.execute(
        """select t.plan, t.plan_version, t.municipality_code, t.indicator, v.latest_value, v.latest_year,
            t.target_year, i.better, m.population_band, v.pooled, v.required_per_year
        from targets t join verdicts v using (plan, plan_version, municipality_code, indicator)
        join plans p using (plan, plan_version) join indicators i using (indicator)
        join municipalities m using (municipality_code)
        where t.kind = 'goal' and p.superseded_by is null and i.better != 'none' and v.latest_value is not null
            and v.required_per_year is not null and v.status != 'achieved' and t.target_year >= ?
        order by all""",
        [as_of.year],
    ).fetchall()
    keys = [row[:4] for row in rows]
    asked = [
        Asked(indicator, value, year, end, better, band, pooled, required)
        for _, _, _, indicator, value, year, end, better, band, pooled, required in rows
    ]
    told = _told(asked, panel)
    columns = [*zip(*keys, strict=True)] if keys else [()] * 4
    schema = arrow("reach")
    arrays = [
        pa.array(told[item.name] if item.name in told else columns[at], item.type)
        for at, item in enumerate(schema)
    ]
    con.register("incoming_rows", pa.Table.from_arrays(arrays, schema=schema))
    con.execute("create or replace table reach as from incoming_rows")
    con.unregister("incoming_rows")


def _told(asked: Sequence[Asked], panel: Callable[[str, bool], Panel]) -> dict[str, Any]:
    """The columns of `reach` after its key, a place for each that asked: those of the same windows together.

    As `answer` says to each; a test holds the two equal.
    """
    groups: dict[tuple[str, bool, int, str], list[int]] = defaultdict(list)
    for place, one in enumerate(asked):
        groups[one.indicator, one.pooled, one.target_year - one.year, one.better].append(place)
    told: dict[str, Any] = {name: np.full(len(asked), None) for name in arrow("reach").names[4:]}
    tested: dict[tuple[str, bool, int], tuple[Cover, Cover]] = {}
    mark, whole = None, None
    for (indicator, pooled, left, better), places in sorted(groups.items()):
        told["years_left"][places] = left
        if whole is None or mark != (indicator, pooled):
            mark, whole = (indicator, pooled), panel(indicator, pooled)
        windows = whole.longest(left)
        if windows is None:
            told["trusted"][places], told["obstacle"][places] = False, "too_short"
            continue
        held = indicator, pooled, windows.years
        if held not in tested:
            tested[held] = reach.record_cover(windows), reach.leave_one_out_cover(windows)
        record, others = tested[held]
        told["years"][places], told["trusted"][places] = windows.years, record.trusted
        told["cover"][places], told["cover_others"][places] = record.share, others.share
        told["cover_starts"][places] = record.starts or None
        if not record.trusted:
            told["obstacle"][places] = "no_record"
            continue
        own = [asked[place] for place in places]
        numbers = [whole.band_number(one.band) for one in own]
        found = reach.reaches(
            windows,
            better,
            np.array([one.value for one in own], dtype=float),
            np.array([-1 if number is None else number for number in numbers], dtype=np.intp),
            np.array([one.required_per_year for one in own], dtype=float),
        )
        for name in found.dtype.names or ():
            told[name][places] = found[name].tolist()
        alone = found["class_band"].tolist()
        told["class_band"][places] = [
            one.band if same and number is not None else None
            for one, number, same in zip(own, numbers, alone, strict=True)
        ]
        told["word"][places] = [
            reach.reach_word(kept / many)
            for kept, many in zip(found["kept"].tolist(), found["windows"].tolist(), strict=True)
        ]
    return told


@dataclass(frozen=True)
class Line:
    """The two covers of the windows of one indicator and length; `pooled`: of three years added up."""

    indicator: str
    pooled: bool
    windows: Windows
    record: Cover
    others: Cover


def covers(folder: Path, indicators: Sequence[str] = ()) -> Iterator[Line]:
    """Both covers of each length that has windows enough, from a folder of tables; `indicators`: only of these."""
    source = traced(folder)
    panel = panels(source)
    held = pq.read_table(pa.BufferReader(source), columns=["indicator"])["indicator"].unique().to_pylist()
    for name in sorted(held):
        if indicators and name not in indicators:
            continue
        for pooled in (False, True):
            whole = panel(name, pooled)
            for years in LENGTHS:
                windows = whole.windows(years)
                if reach.enough(windows):
                    record, others = reach.record_cover(windows), reach.leave_one_out_cover(windows)
                    yield Line(name, pooled, windows, record, others)
