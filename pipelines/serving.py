"""What pages ask for, kept beside the tables in one read-only file: sorted twice, with what every view is made of.

Parquet is the published form and answers slowly where a question goes across its order. The build therefore writes a
DuckDB file of the figures too, which every process that shows pages opens read-only and none of them copies: values by
indicator and by municipality, latest values with margins, places and fifths, and the votes that say where to look first.
Plans are not in it: judging them alone changes nothing of it. It is no published file.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from pipelines import margins, verdicts
from pipelines.declarations import STATES, Declared, Indicator
from pipelines.periods import shown
from pipelines.raw_files import quoted
from pipelines.schema import GATHERED, ORDER, ddl

# With the number of its layout: a file of another one is not read.
FILE = "figures-2.duckdb"
# The tables that judging plans alone makes anew; all others are figures.
OF_PLANS = (*GATHERED, "rejected", "editions")
FIGURES = tuple(name for name in (*ORDER, "municipalities") if name not in OF_PLANS)
BY_MUNICIPALITY = "values_by_municipality"
# Every table of the file.
SERVED = (*FIGURES, BY_MUNICIPALITY, "last_revision", "periods", "newest", "families", "latest", "votes")
# SQL: the order by municipality of rows that stand by indicator and period. One number, of the code and of the row's place,
# is sorted in half the time of three texts.
_MUNICIPALITY_FIRST = "(municipality_code::bigint << 32) | rowid"
# Bytes that making it may take, beyond which DuckDB sorts on disk.
MOST_MEMORY = "300MB"
# Of so many rows, about, the second order is made at once; more than fit in there go to the disk and back.
MOST_SORTED = 1_000_000


def fewest_states(held: int) -> int:
    """Of how many states of a territory of so many a value must be known, so that it says something of the whole.

    A source that covers some states says nothing of the country. The Federal District has no municipality's budget,
    council or plan, and lacks in many.
    """
    return held - 1 if held == len(STATES) else held


def lasting(indicator: Indicator) -> bool:
    """Whether a latest value says how a place stands. A balance of one month says how that month went."""
    return not (indicator.monthly and indicator.range[0] < 0)


def family(indicator: Indicator) -> tuple[str, str, str]:
    """What counts as one where votes are counted: a declared family, else what one source says of one front."""
    return indicator.area, indicator.front, indicator.family or indicator.source


def write(folder: Path, declared: Declared, as_of: dt.date) -> None:
    """Write FILE into a folder that has the tables. `as_of`: the date of judging."""
    sorting = folder / ".sorting"
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MOST_MEMORY,
        "temp_directory": sorting.as_posix(),
    }
    with duckdb.connect(folder / FILE, config=settings) as con:
        con.execute("set enable_progress_bar = false; set autoinstall_known_extensions = false")
        fill(con, folder, declared, as_of)
        con.execute("checkpoint")
    shutil.rmtree(sorting, ignore_errors=True)


def fill(con: duckdb.DuckDBPyConnection, folder: Path, declared: Declared, as_of: dt.date) -> None:
    """Make the tables of SERVED in a connection from the Parquet files of a folder; the arguments as in `write`."""
    for name in FIGURES:
        take(con, folder, name)
    # By the name that readers see, once: no question sorts names again.
    con.execute("alter table municipalities add column place integer")
    con.execute(
        """update municipalities set place = o.place from (
            select municipality_code, row_number() over (order by strip_accents(name), municipality_code) as place
            from municipalities) o where o.municipality_code = municipalities.municipality_code"""
    )
    # One is DuckDB's work, most of the other Python's.
    with con.cursor() as own, ThreadPoolExecutor(1) as pool:
        placed = pool.submit(sort_by_municipality, own)
        _derive(con, declared, as_of)
        placed.result()


def _derive(con: duckdb.DuckDBPyConnection, declared: Declared, as_of: dt.date) -> None:
    """Make what every view is made of from the tables of FIGURES; the arguments as in `write`."""
    # What a value was before the edition that made it what it is.
    con.execute(
        """create table last_revision as select indicator, municipality_code, period,
            max(revised_at) as revised_at, arg_max("before", (revised_at, label)) as revised_from
        from revisions group by all order by all"""
    )
    con.execute(
        """create table periods as select indicator, period, year, count(value) as with_data, count(*) as total,
            bool_or(break_before) as break_before
        from "values" group by all order by indicator, period desc"""
    )
    con.execute(f"create table newest as from ({shown()}) order by indicator")
    con.execute("create table families (indicator varchar, area varchar, family varchar)")
    rows = [(name, item.area, "\n".join(family(item))) for name, item in declared.indicators.items()]
    if rows:
        con.executemany("insert into families values (?, ?, ?)", rows)
    _latest(con, declared, as_of)
    # One vote a family and municipality, weak where at least half of its indicators are in the last fifth for certain.
    con.execute(
        """create table votes as select municipality_code, area, family,
            avg(coalesce(fifth = 0, false)::int) >= 0.5 as weak
        from latest join families using (indicator) where recent group by all order by all"""
    )


def sort_by_municipality(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table BY_MUNICIPALITY: the rows of values in the other order, some municipalities at a time."""
    con.execute(f'create table {BY_MUNICIPALITY} as from "values" limit 0')
    counts = con.execute(
        'select municipality_code, count(*) from "values" group by all order by all'
    ).fetchall()
    places = np.cumsum([many for _, many in counts]) // MOST_SORTED
    for part in np.unique(places):
        codes = [counts[at][0] for at in np.flatnonzero(places == part)]
        con.execute(
            f"""insert into {BY_MUNICIPALITY} from "values" where municipality_code between ? and ?
            order by {_MUNICIPALITY_FIRST}""",
            [codes[0], codes[-1]],
        )


# Maps read the simplified files, not the geometry; and an indicator's edition is that of its source, not of each value.
_NOT_TAKEN = {"municipalities": "geometry", "values": "edition"}


def take(con: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
    """Copy a table from a folder's Parquet file, empty where a build of before it has none."""
    path = folder / f"{name}.parquet"
    columns = f"* exclude ({_NOT_TAKEN[name]})" if name in _NOT_TAKEN else "*"
    if path.exists():
        con.execute(f"create table {quoted(name)} as select {columns} from read_parquet(?)", [str(path)])
    else:
        con.execute(f"create table {quoted(name)} ({ddl(name)})")


def oscillation(con: duckdb.DuckDBPyConnection, indicator: Indicator) -> verdicts.Oscillation | None:
    """How much a cohort's indicator usually swings, as the build fitted it on every municipality at hand.

    None for a register, where there are too few editions to fit it, and where it says nothing of a town's size.
    """
    if not indicator.cohort:
        return None
    rows = con.execute(
        "select a, b, k, k60, changes from oscillation where indicator = ? and a is not null",
        [indicator.indicator],
    ).fetchall()
    fit = verdicts.Oscillation(*rows[0]) if rows else None
    return fit if fit and fit.of_size else None


# The newest values of the indicators of `asked`, with what came before under the same method and the state's own value.
_NEWEST_VALUES = """
    create or replace temp table newest_values as
    with held as (
        select v.*, value is not null and v.period < a.period as earlier
        from "values" v join asked a on a.indicator = v.indicator and v.period <= a.period
    ), before as (
        select indicator, municipality_code, arg_max(value, period) filter (earlier) as earlier_value,
            arg_max(year, period) filter (earlier) as earlier_year
        from held group by all
        having max(period) filter (earlier) >= coalesce(max(period) filter (break_before), '-infinity')
    ), now as (
        select v.* from "values" v join asked using (indicator, period)
    )
    select r.indicator, r.municipality_code, r.period, r.year, r.value, r.numerator, r.denominator, r.flag,
        earlier_value, earlier_year,
        coalesce(b.value, a.value) as state_value,
        case when b.value is not null then 'published' else a.method end as state_method
    from now r join municipalities m using (municipality_code) left join before using (indicator, municipality_code)
    left join aggregates a on a.indicator = r.indicator and a.scope = 'state' and a.place = m.state
        and a.period = r.period
    left join benchmarks b on b.indicator = r.indicator and b.scope = 'state' and b.place = m.state
        and b.period = r.period
    order by r.indicator, m.place
"""
# Of so many values the newest are found at once: all of a state's, a few indicators of a country's.
MOST_AT_ONCE = 400_000
# What is reckoned of them by column, in the same order.
_READ_AS = ("ranked", "position", "low", "high", "rank_low", "rank_high", "fifth", "recent")


def _latest(con: duckdb.DuckDBPyConnection, declared: Declared, as_of: dt.date) -> None:
    """The table `latest`: every indicator at its latest period, with margins, places, fifths, and whether it is recent.

    A few indicators at a time, so that little stands in memory.
    """
    con.execute("create temp table asked (indicator varchar, period date, higher boolean, judged boolean)")
    people = con.execute("select municipality_code, population from municipalities").fetchall()
    sizes = {code: np.nan if count is None else float(count) for code, count in people}
    con.execute(
        """create temp table unsorted (indicator varchar, municipality_code varchar, period date, year integer,
        value double, numerator double, denominator double, flag varchar, earlier_value double,
        earlier_year integer, ranked bigint, position double, state_value double, state_method varchar, low double,
        high double, rank_low bigint, rank_high bigint, fifth bigint, recent boolean)"""
    )
    counts = con.execute(
        """select indicator, n.period, sum(total) from newest n join periods p using (indicator)
        group by all order by indicator"""
    ).fetchall()
    waiting: list[tuple[str, dt.date, bool, bool]] = []
    held = 0
    for name, period, many in counts:
        indicator = declared.indicators[name]
        judged = indicator.better != "none" and indicator.comparable
        if waiting and held + many > MOST_AT_ONCE:
            _place(con, declared, as_of, sizes, waiting)
            waiting, held = [], 0
        waiting.append((name, period, indicator.better == "higher", judged))
        held += many
    if waiting:
        _place(con, declared, as_of, sizes, waiting)
    con.execute(f"create table latest as from unsorted order by {_MUNICIPALITY_FIRST}")
    con.execute("drop table unsorted; drop table asked; drop table if exists newest_values")


def _place(
    con: duckdb.DuckDBPyConnection,
    declared: Declared,
    as_of: dt.date,
    sizes: Mapping[str, float],
    asked: Sequence[tuple[str, dt.date, bool, bool]],
) -> None:
    """Add the newest values of some indicators (with the period, whether more is better and whether they are judged)."""
    con.execute("delete from asked")
    con.executemany("insert into asked values (?, ?, ?, ?)", asked)
    con.execute(_NEWEST_VALUES)
    known_of = {name: (pd.Timestamp(period), higher, judged) for name, period, higher, judged in asked}
    parts, states = [], len({code[:2] for code in sizes})
    # No more than is reckoned with: each text is an object of Python's.
    rows = con.execute(
        """select indicator, municipality_code, value, numerator, denominator, flag from newest_values"""
    )
    for name, frame in rows.df().groupby("indicator", sort=False):
        indicator, (period, higher, judged) = declared.indicators[str(name)], known_of[str(name)]
        swing = oscillation(con, indicator)
        found = _positioned(frame, higher, judged)
        found = margins.ranked(found, indicator, swing, sizes)
        unsure = bool(indicator.cohort) and (swing is None or swing.at_most_likely)
        life = declared.sources[indicator.source].shelf_life
        recent = _recent(indicator, life, period, as_of)
        # Among the municipalities of one state nobody is among the last of a country.
        known = frame.loc[frame["value"].notna(), "municipality_code"].str[:2].nunique()
        able = found["position"].notna().to_numpy(bool) & (known >= fewest_states(states))
        found = found.assign(fifth=margins.fifths(found, unsure), recent=recent & able)
        parts.append(found[list(_READ_AS)])
    con.register("placed", pd.concat(parts))
    con.execute("insert into unsorted by name from newest_values positional join placed")
    con.unregister("placed")


def _positioned(frame: pd.DataFrame, higher: bool, judged: bool) -> pd.DataFrame:
    """One indicator's values with how many are `ranked`, and the `position` of each among those, from 0, the worst, to 1;
    equals share the middle of their places. Null where nothing is judged or nobody is beside. `higher`: whether more is
    better.
    """
    values = frame["value"].to_numpy(dtype=float, na_value=np.nan)
    able = ~np.isnan(values) & margins.plausible(frame).to_numpy(bool)
    merits = values[able] if higher else -values[able]
    position = np.full(len(frame), np.nan)
    if judged and len(merits) > 1:
        ordered = np.sort(merits)
        before, until = (np.searchsorted(ordered, merits, side) for side in ("left", "right"))
        position[able] = (before + (until - before - 1) / 2.0) / (len(merits) - 1)
    return frame.assign(ranked=len(merits), position=position)


def _recent(indicator: Indicator, shelf_life: int, period: pd.Timestamp, as_of: dt.date) -> bool:
    """Whether a latest value says how a place stands today: a figure that no reading would stand on says nothing of it."""
    day = pd.Timestamp(as_of)
    alive = day - pd.DateOffset(months=shelf_life) <= period <= day + pd.DateOffset(years=1)
    return lasting(indicator) and bool(alive)
