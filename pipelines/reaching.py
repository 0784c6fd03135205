"""Reach at the build: for each goal in force, what municipalities that stood where this one stands went on to do.

The arithmetic is `verdicts.reach`; here are the trajectories it counts, of every municipality in the data folder,
and the table `reach`. The trajectories are kept beside the tables for plans that come by upload; they are not
published, since most of them lie outside the territory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.aggregating import parts
from pipelines.declarations import POPULATION_BANDS
from pipelines.schema import arrow
from pipelines.verdicts import reach
from pipelines.verdicts.reach import Cover, Panel, Reach, Windows

# Parquet under another ending than that of the tables, which are published.
TRAJECTORIES = "trajectories.pq"
# A record needs windows that ended before two different starts: four editions of 30 municipalities, at the least.
FEWEST_EDITIONS = 4
# Lengths of window, in years, that `python -m pipelines covers` tells of.
LENGTHS = range(1, 11)


def trace(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `trajectories`: one observation a year of whatever could ever have a record.

    `con` holds `panel`, `panel_population`, `breaks` and `indicators` as the build leaves them. Columns:
    indicator, municipality_code, year, value, pooled (three years added up, where counts allow), band (of the
    latest population), stretch (a number that changes at a break). Years that have not ended are left out, since
    they would make windows of other lengths.
    """
    cases = " ".join(f"when population <= {limit} then '{label}'" for limit, label in POPULATION_BANDS[:-1])
    con.execute(
        f"""create or replace temp table recorded as
        with held as (
            select indicator, year, {_STRETCH} as stretch from panel p join indicators i using (indicator)
            where i.better != 'none' and i.kind = 'number' and month(p.period) = 12
        ),
        editions as (
            select indicator, stretch, year from held group by all having count(*) >= {reach.FEWEST_MUNICIPALITIES}
        )
        select indicator, stretch from editions group by all having count(*) >= {FEWEST_EDITIONS}"""
    )
    fields = ", ".join(f"{field.name} {_DDL[field.type]}" for field in _NONE)
    con.execute(f"create or replace temp table trajectories ({fields})")
    names = [name for (name,) in con.execute("select distinct indicator from recorded").fetchall()]
    for part in parts(con, "panel", names):
        con.execute(
            f"""insert into trajectories
            with kept as (
                select h.*, case when population is null then null {cases} else '{POPULATION_BANDS[-1][1]}' end as band
                from (
                    select p.*, i.multiplier, {_STRETCH} as stretch from panel p join indicators i using (indicator)
                    where p.indicator in (select unnest(?::varchar[])) and month(p.period) = 12
                ) h semi join recorded using (indicator, stretch)
                left join panel_population using (municipality_code)
            )
            select indicator, municipality_code, year::integer as year, value,
                -- A year has one row; a null among the six makes the whole null.
                case when lag(year) over own = year - 1 and lag(year, 2) over own = year - 2
                    and lag(denominator, 2) over own + lag(denominator) over own + denominator > 0
                    then (lag(numerator, 2) over own + lag(numerator) over own + numerator)
                        / (lag(denominator, 2) over own + lag(denominator) over own + denominator) * multiplier
                    end as pooled,
                band, stretch
            from kept
            window own as (partition by indicator, municipality_code, stretch order by year)
            order by indicator, municipality_code, year""",
            [part],
        )


# SQL: which of an indicator's stretches between breaks a row of the panel lies in.
_STRETCH = "(select count(*) from breaks b where b.indicator = p.indicator and b.period <= p.period)::integer"


def keep_trajectories(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `trajectories` into a folder of tables, a row group an indicator or more."""
    options = "format parquet, compression zstd, row_group_size 20480"
    con.execute(f"copy (from trajectories) to '{(folder / TRAJECTORIES).as_posix()}' ({options})")


def take_trajectories(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make `trajectories` from a folder of tables, as the build that wrote it had them."""
    held = pq.read_table(pa.BufferReader(traced(folder)))
    con.register("incoming_rows", held)
    con.execute("create or replace temp table trajectories as from incoming_rows")
    con.unregister("incoming_rows")


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

_DDL = {pa.string(): "varchar", pa.int32(): "integer", pa.float64(): "double"}


def _panel(table: pa.Table, pooled: bool) -> Panel:
    return reach.panel_of(
        table["municipality_code"].to_pylist(),
        table["year"].to_pylist(),
        table["pooled" if pooled else "value"].to_pylist(),
        table["band"].to_pylist(),
        table["stretch"].to_pylist(),
    )


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


def fill(con: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Make the table `reach`, from `trajectories`: a row for each goal in force whose deadline is still to come."""
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

    @cache
    def panel(indicator: str, pooled: bool) -> Panel:
        query = "from trajectories where indicator = ?"
        return _panel(con.sql(query, params=[indicator]).to_arrow_table(), pooled)

    @cache
    def windows_of(indicator: str, pooled: bool, years_left: int) -> Windows | None:
        return panel(indicator, pooled).longest(years_left)

    tested: dict[tuple[str, bool, int], tuple[Cover, Cover]] = {}
    filled = []
    for *key, value, year, end, better, band, pooled, required in rows:
        asked = Asked(key[3], value, year, end, better, band, pooled, required)

        def cover(windows: Windows, mark: tuple[str, bool] = (asked.indicator, asked.pooled)) -> Cover:
            held = (*mark, windows.years)
            if held not in tested:
                tested[held] = reach.record_cover(windows), reach.leave_one_out_cover(windows)
            return tested[held][0]

        held = partial(windows_of, asked.indicator, pooled)
        found = answer(asked, panel(asked.indicator, pooled), cover, held)
        others = tested[asked.indicator, pooled, found.windows.years][1] if found.windows else Cover(0, 0)
        filled.append(dict(zip(arrow("reach").names, (*key, *_row(asked, found, others)), strict=True)))
    con.register("incoming_rows", pa.Table.from_pylist(filled, schema=arrow("reach")))
    con.execute("create or replace table reach as from incoming_rows")
    con.unregister("incoming_rows")


def _row(asked: Asked, given: Answer, others: Cover) -> tuple[Any, ...]:
    """The columns of a row of `reach` after its key."""
    left, years = asked.target_year - asked.year, given.windows.years if given.windows else None
    record = (given.cover.share, given.cover.starts or None, others.share, given.obstacle is None)
    found = given.found
    if found is None:
        return (left, years, *[None] * 10, *record, given.obstacle)
    told = (found.windows, found.municipalities, found.low, found.high, given.band, found.kept, found.word)
    return (left, years, *told, found.one_in_ten, found.half, found.nine_in_ten, *record, None)


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
