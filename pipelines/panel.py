"""The panel: the figures of every municipality in the data folder, which say how much chance moves one of them.

The territory is shown; the panel also holds the municipalities outside it, read by the same SQL. On it the usual
oscillation of each cohort is fitted, and from it comes what judging knows of a municipality beyond its own series.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from pipelines.declarations import Indicator
from pipelines.verdicts import Field, Grounds, Item, Oscillation, field_of, usual_oscillation

# What judging needs of the panel besides the table `values`, kept beside the tables so that plans can be judged without a
# build; Parquet under another ending than that of the tables, which are published.
PANEL, POPULATIONS = "panel.pq", "populations.pq"
# Of an indicator and state.
_Place = tuple[str, str]
_NOTHING: Mapping[int, Any] = {}
# SQL: of the panel, the states in which somebody is judged; where the others stood is asked by nobody.
OF_THE_TERRITORY = "state in (select left(municipality_code, 2) from municipalities)"


@dataclass
class Panel:
    """What was fitted on all municipalities; `grounds` hands out a municipality's part of it.

    `populations`: the latest of each municipality. `oscillations`: by indicator with a cohort, None where it cannot be
    fitted or does not shrink with population. `fields`, `medians`: by
    indicator and state, of each year. `items`: of the latest picture, by indicator and municipality.
    """

    populations: Mapping[str, float] = field(default_factory=dict)
    oscillations: Mapping[str, Oscillation | None] = field(default_factory=dict)
    fields: Mapping[_Place, Mapping[int, Field]] = field(default_factory=dict)
    medians: Mapping[_Place, Mapping[int, float]] = field(default_factory=dict)
    items: Mapping[tuple[str, str], Sequence[Item]] = field(default_factory=dict)
    next_meeting: dt.date | None = None

    def grounds(self, indicator: str, municipality_code: str, years: Iterable[int]) -> Grounds:
        """What judging may know of one municipality, of the editions of some years."""
        place = indicator, municipality_code[:2]
        fields, medians = self.fields.get(place, _NOTHING), self.medians.get(place, _NOTHING)
        known = list(years)
        return Grounds(
            population=self.populations.get(municipality_code),
            oscillation=self.oscillations.get(indicator),
            fields={year: fields[year] for year in known if year in fields},
            medians={year: medians[year] for year in known if year in medians},
            items=self.items.get((indicator, municipality_code), ()),
            next_meeting=self.next_meeting,
        )


def fitted(
    con: duckdb.DuckDBPyConnection,
    indicators: Mapping[str, Indicator],
    as_of: dt.date,
    next_meeting: dt.date | None = None,
) -> Panel:
    """Fit the panel and fill the table `oscillation`, a row for every declared cohort.

    `con` holds the tables staged, breaks, items, municipalities and source.ibge_populacao, as
    the build leaves them before judging. Periods after `as_of` are not looked at, except that the year of `as_of` itself may
    already be published under its last day.
    """
    # A view: of a country, what `staged` holds would be held a second time.
    con.execute(
        f"""
        create or replace view panel as
        select indicator, municipality_code, left(municipality_code, 2) as state, period, year(period) as year, value,
            numerator, denominator
        from staged
        where wrong is null and value is not null and coalesce(flag, '') != 'implausible'
            and (period <= date '{as_of}' or period = date '{as_of.year:04}-12-31')
        """
    )
    con.execute(
        """
        create or replace table panel_population as
        select municipality_code, arg_max(population, period)::double as population
        from source.ibge_populacao where population > 0 group by all
        """
    )
    cohorts = [name for name, item in indicators.items() if item.cohort]
    return _known(con, _oscillations(con, cohorts), next_meeting)


def keep(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write what judging needs of the panel of the territory's states, besides the table `values`, into a folder of tables.

    `con` holds municipalities, panel and panel_population as `fitted` leaves them. The rest of the panel is `values` again;
    only what was filled in before a municipality existed is in the panel alone.
    """
    for name, query in (
        (
            PANEL,
            f"""select p.indicator, p.municipality_code, p.state, p.period, p.year, p.value
            from panel p left join municipalities m using (municipality_code)
            where p.{OF_THE_TERRITORY} and (m.municipality_code is null or (p.year < m.existe_desde and p.value = 0))
            order by indicator, period, municipality_code""",
        ),
        (POPULATIONS, "from panel_population order by municipality_code"),
    ):
        con.execute(f"copy ({query}) to '{(folder / name).as_posix()}' (format parquet, compression zstd)")


def kept(con: duckdb.DuckDBPyConnection, folder: Path, as_of: dt.date, next_meeting: dt.date | None) -> Panel:
    """The panel of a folder of tables, as the build that wrote it as of a date had it.

    `con` holds the tables values, oscillation, municipalities and items of that folder.
    """
    for table, name in (("panel", PANEL), ("panel_population", POPULATIONS)):
        con.execute(
            f"create or replace temp table {table} as from read_parquet('{(folder / name).as_posix()}')"
        )
    con.execute(
        """insert into panel select indicator, municipality_code, left(municipality_code, 2), period, year, value
        from "values" where value is not null and coalesce(flag, '') != 'implausible'
            and (period <= ? or period = make_date(?, 12, 31))""",
        [as_of, as_of.year],
    )
    found = con.execute("select indicator, a, b, k, k60, changes from oscillation").fetchall()
    return _known(
        con,
        {name: None if shape[0] is None else _used(Oscillation(*shape)) for name, *shape in found},
        next_meeting,
    )


def _known(
    con: duckdb.DuckDBPyConnection,
    oscillations: Mapping[str, Oscillation | None],
    next_meeting: dt.date | None,
) -> Panel:
    return Panel(
        dict(con.execute("from panel_population").fetchall()),
        oscillations,
        _fields(con, oscillations),
        _medians(con),
        _items(con),
        next_meeting,
    )


# Changes between neighbouring editions that compare, less the median one of the same state and pair. A missing
# edition is not bridged: over two steps a town may move twice.
CHANGES = """
    with cohorts as (from panel where indicator in (select unnest(?::varchar[]))),
    calendar as (
        select indicator, period, row_number() over (partition by indicator order by period) as place
        from (select distinct indicator, period from cohorts)
    ),
    placed as (select cohorts.*, place from cohorts join calendar using (indicator, period)),
    pairs as (
        select before.indicator, before.municipality_code, before.state, before.period as start, after.year as year,
            before.year as start_year, after.value - before.value as change
        from placed before join placed after
            on after.indicator = before.indicator and after.municipality_code = before.municipality_code
                and after.place = before.place + 1
        where not exists (
            select 1 from breaks b where b.indicator = before.indicator
                and b.period > before.period and b.period <= after.period)
    )
    select indicator, municipality_code, start_year, year,
        change - median(change) over (partition by indicator, state, start) as change, population
    from pairs left join panel_population using (municipality_code)
    order by indicator, population, municipality_code, start
"""


def _oscillations(con: duckdb.DuckDBPyConnection, cohorts: Sequence[str]) -> dict[str, Oscillation | None]:
    """The usual oscillation of each cohort that judging may use, None of the others; each fit goes into the table."""
    frame = con.execute(CHANGES, [list(cohorts)]).df()
    found: dict[str, Oscillation | None] = {}
    rows: list[tuple[object, ...]] = []
    for name in cohorts:
        part = frame[frame["indicator"] == name]
        fit = usual_oscillation(part["change"].tolist(), part["population"].tolist())
        found[name] = _used(fit)
        shape = (None, None, None, None) if fit is None else (fit.a, fit.b, fit.k, fit.k60)
        years = (None, None) if part.empty else (int(part["start_year"].min()), int(part["year"].max()))
        rows.append((name, *shape, len(part), int(part["municipality_code"].nunique()), *years))
    if rows:
        con.executemany("insert into oscillation values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return found


def _used(fit: Oscillation | None) -> Oscillation | None:
    """A fit that judging may use; one that says nothing of a town's size stays in the table alone."""
    return fit if fit is not None and fit.of_size else None


def _medians(con: duckdb.DuckDBPyConnection) -> dict[_Place, dict[int, float]]:
    """The median of the municipalities of each state, in each year of an indicator."""
    found: dict[_Place, dict[int, float]] = defaultdict(dict)
    for name, state, year, value in con.execute(
        f"select indicator, state, year, median(value) from panel where {OF_THE_TERRITORY} group by all"
    ).fetchall():
        found[name, state][year] = value
    return found


def _fields(
    con: duckdb.DuckDBPyConnection, oscillations: Mapping[str, Oscillation | None]
) -> dict[_Place, dict[int, Field]]:
    """Where the municipalities of each state stood in each edition of a cohort, drawn with their own swing."""
    known = {name: fit for name, fit in oscillations.items() if fit is not None}
    held: dict[tuple[str, str, int], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    rows = con.execute(
        """select indicator, state, year, value, population
        from panel join panel_population using (municipality_code)
        where indicator in (select unnest(?::varchar[])) and """
        + OF_THE_TERRITORY,
        [list(known)],
    ).fetchall()
    for name, state, year, value, population in rows:
        values, deviations = held[name, state, year]
        values.append(value)
        deviations.append(known[name].level_deviation(population))
    fields: dict[_Place, dict[int, Field]] = defaultdict(dict)
    for (name, state, year), pair in held.items():
        if (drawn := field_of(*pair)) is not None:
            fields[name, state][year] = drawn
    return fields


def _items(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[Item]]:
    """The items of the latest picture of each indicator that is made of such."""
    rows = con.execute(
        """select indicator, municipality_code, item, state, valid_until from items
        where period = (select max(period) from items other where other.indicator = items.indicator)
        order by all"""
    ).fetchall()
    found: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for name, code, item, state, valid_until in rows:
        found[name, code].append(Item(item, state, valid_until))
    return found


def grounds_of_tables(con: duckdb.DuckDBPyConnection, indicator: str, municipality_code: str) -> Grounds:
    """What judging may know of one municipality, from the tables of a build: as `Panel.grounds`.

    `con` holds, as tables or views, values, municipalities, oscillation and items. What is published of the state
    is what the territory shows of it.
    """
    fit = con.execute(
        "select a, b, k, k60, changes from oscillation where indicator = ? and a is not null", [indicator]
    ).fetchall()
    swing = _used(Oscillation(*fit[0])) if fit else None
    [(population,)] = con.execute(
        "select max(population) from municipalities where municipality_code = ?", [municipality_code]
    ).fetchall()
    rows = con.execute(
        """select v.year, v.value, m.population from "values" v join municipalities m using (municipality_code)
        where v.indicator = ? and left(v.municipality_code, 2) = ? and v.value is not null
            and coalesce(v.flag, '') != 'implausible'
        qualify row_number() over (partition by v.municipality_code, v.year order by v.period desc) = 1
        order by v.year, v.municipality_code""",
        [indicator, municipality_code[:2]],
    ).fetchall()
    levels: dict[int, tuple[list[float], list[float | None]]] = defaultdict(lambda: ([], []))
    for year, value, people in rows:
        values, deviations = levels[year]
        values.append(value)
        deviations.append(swing.level_deviation(people) if swing is not None and people else None)
    fields = {year: field_of(*pair) for year, pair in levels.items()} if swing is not None else {}
    items = con.execute(
        """select item, state, valid_until from items where indicator = ? and municipality_code = ?
            and period = (select max(period) from items where indicator = ?) order by item""",
        [indicator, municipality_code, indicator],
    ).fetchall()
    return Grounds(
        population=population,
        oscillation=swing,
        fields={year: found for year, found in fields.items() if found is not None},
        medians={year: median(values) for year, (values, _) in levels.items()},
        items=[Item(*item) for item in items],
    )
