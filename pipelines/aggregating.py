"""What many municipalities are together: the values of regions, states, the territory and the country.

Sums are made by column, from one municipality to the next in the order of their codes: the same files give the same sums, in
any number of threads.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines import declarations, serving
from pipelines.cells import one_of, text_of
from pipelines.declarations import COUNTRY, SCOPES, STATES, Config, states_of
from pipelines.raw_files import REGISTRY
from pipelines.schema import ddl
from pipelines.states import COUNTRY_CODE
from pipelines.verdicts.columns import Floats, medians

# Of the states of the country, as many have a value of what is said of the whole.
FEWEST_STATES = serving.fewest_states(len(STATES))
# Of so many rows the sums are made at once.
MOST_AT_ONCE = 1_000_000

Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


def opened(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Make the table `aggregates`, empty. Its millions of rows have few texts, which are numbers to what sorts them when
    they are written.

    `con` holds the municipalities.
    """
    scopes = _scopes(config) | _OF_ALL
    every = " union ".join(f"select {code} from municipalities" for code, _ in scopes.values())
    places = [code for (code,) in con.execute(every).fetchall() if code is not None]
    few = {"indicator": declarations.indicators(), "scope": scopes, "place_code": places}
    con.execute(f"create or replace table aggregates ({ddl('aggregates')})")
    for column, texts in few.items():
        con.execute(f"alter table aggregates alter {column} type {one_of(texts)}")


def fill(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Fill the table `aggregates` with states, their regions and the whole territory, by each indicator's method.

    What cannot be is in no median; its counts stay in the sums. `con` holds values, indicators and municipalities.
    """
    _aggregate(con, '"values"', "municipalities", _scopes(config))


def _scopes(config: Config) -> dict[str, tuple[str, str]]:
    """The places that a territory's municipalities are together: by scope the SQL of the code and of the name of each."""
    whole, place = config.territory.whole
    scopes = {"state": (_number_of("state"), "state")}
    scopes |= {scope: (f"{scope}_code", scope) for scope in SCOPES}
    if whole == "states":
        scopes[whole] = (text_of("+".join(states_of(config.territory.state))), text_of(place))
    return scopes | _OF_ALL if whole == "country" else scopes


def fill_country(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Add the country to the table `aggregates`: of every municipality at hand, whatever the territory shows of it, where
    nearly every state has a value. Nothing where the territory is the country, which `fill` sums with its parts.

    `con` holds staged, as it is once its values are checked, indicators and the registry; the view `everywhere` is made
    here.
    """
    con.execute(
        f"""create or replace view everywhere as
        with observed as (
            select * exclude (value),
                -- As in values: a zero of before the municipality existed is no observation.
                case when not (coalesce(year(period) < existe_desde, false) and value = 0) then value end as value
            from staged
            join (select municipality_code, state, existe_desde from source.{REGISTRY}) using (municipality_code)
            where wrong is null
        )
        select indicator, municipality_code, period, flag, state, value,
            case when value is not null then numerator end as numerator,
            case when value is not null then denominator end as denominator
        from observed"""
    )
    if config.territory.whole[0] != "country":
        _aggregate(con, "everywhere", f"source.{REGISTRY}", _OF_ALL)


# The scope of the country: by SQL its code and its name.
_OF_ALL = {"country": (text_of(COUNTRY_CODE), text_of(COUNTRY))}


def _number_of(letters: str) -> str:
    """SQL: IBGE's code of a state from the column that has its letters."""
    numbers = " ".join(f"when '{name}' then '{code}'" for name, code in STATES.items())
    return f"case {letters} {numbers} end"


@dataclass(frozen=True)
class _Rows:
    """The values of some indicators, sorted by indicator, period and municipality: a place in each array a row.

    `group`: which indicator and period; `town`: which municipality, by the order of codes. NaN where there is none.
    `beyond`: a value that cannot be.
    """

    indicators: Sequence[str]
    group: Places
    indicator: Places
    period: Places
    town: Places
    value: Floats
    numerator: Floats
    denominator: Floats
    beyond: Mask


def _aggregate(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    registry: str,
    scopes: Mapping[str, tuple[str, str]],
) -> None:
    """Add the values of the places of some scopes to the table `aggregates`.

    `rows`, `registry`: the tables of values and of the municipalities that they are of; `scopes`: by scope the SQL of a
    municipality's place, its code and its name.
    """
    con.execute(
        f"""create or replace temp table towns as
        select municipality_code, row_number() over (order by municipality_code) - 1 as town, state from {registry}"""
    )
    states = np.array([state for (state,) in con.execute("select state from towns order by town").fetchall()])
    kept = {}
    for scope, (code, name) in scopes.items():
        found = con.execute(f"select {code}, {name} from {registry} order by municipality_code").fetchall()
        codes = sorted({key for key, _ in found if key is not None})
        number = {key: place for place, key in enumerate(codes)}
        kept[scope] = codes, dict(found), np.array([number.get(key, -1) for key, _ in found], dtype=np.int64)
    declared = con.execute(
        "select indicator, aggregation, multiplier from indicators where aggregation != 'none'"
    ).fetchall()
    shares = {name for name, one in declarations.indicators().items() if one.of_the_state}
    methods = {name: (aggregation, multiplier, name in shares) for name, aggregation, multiplier in declared}
    for names in parts(con, rows, methods):
        read = _read(con, rows, names)
        for scope, (codes, called, place) in kept.items():
            numbers, told = _told(read, methods, scope, place, states if scope == "country" else None)
            told["place_code"] = _taken(codes, numbers)
            told["place"] = _taken([called[code] for code in codes], numbers)
            con.register("incoming_rows", pa.table(told))
            con.execute("insert into aggregates by name from incoming_rows")
            con.unregister("incoming_rows")


def parts(con: duckdb.DuckDBPyConnection, rows: str, names: Container[str]) -> list[list[str]]:
    """Indicators that have rows in a table, sorted, in parts of so many rows as are sorted or summed in memory."""
    counted = con.execute(f"select indicator, count(*) from {rows} group by all order by all").fetchall()
    found: list[list[str]] = []
    room = 0
    for name, many in counted:
        if name not in names:
            continue
        if many > room:
            found.append([])
            room = MOST_AT_ONCE
        found[-1].append(name)
        room -= many
    return found


def _read(con: duckdb.DuckDBPyConnection, rows: str, names: Sequence[str]) -> _Rows:
    # In the order of names, which is that of the table.
    # Of the same type as there, so that rows are found without a look at every text.
    con.execute(f"create or replace temp table asked as select indicator, 0 as place from {rows} limit 0")
    con.executemany("insert into asked values (?, ?)", [(name, place) for place, name in enumerate(names)])
    # By Arrow, which hands over whole columns, an empty cell of a number as NaN.
    found = con.sql(
        f"""select place, coalesce(period - date '1900-01-01', 0)::integer as period, town::integer as town,
            value, numerator, denominator, flag is not distinct from 'implausible' as beyond
        from {rows} join asked using (indicator) join towns using (municipality_code)"""
    ).to_arrow_table()
    indicator, period, town = (
        found[name].to_numpy().astype(np.int64) for name in ("place", "period", "town")
    )
    days = int(period.max(initial=0)) + 1
    key = indicator * days + period
    order: Places | slice = slice(None)
    if np.any((np.diff(key) < 0) | ((np.diff(key) == 0) & (np.diff(town) < 0))):
        order = np.lexsort((town, key))
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(key)))
    value, numerator, denominator = (
        found[name].to_numpy()[order] for name in ("value", "numerator", "denominator")
    )
    return _Rows(
        names, group, key[first] // days, key[first] % days, town[order], value, numerator, denominator,
        found["beyond"].to_numpy()[order],
    )  # fmt: skip


def _told(
    read: _Rows,
    methods: Mapping[str, tuple[str, float, bool]],
    scope: str,
    place: Places,
    states: NDArray[np.str_] | None,
) -> tuple[Places, dict[str, object]]:
    """The rows of `aggregates` of one scope: of their places the numbers; and by column the rest.

    `place`: the number of each municipality's, -1 where it has none; `states`: the state of each, where nearly all of them
    must have a value.
    """
    many = int(place.max(initial=-1)) + 1
    declared = [methods[read.indicators[number]] for number in read.indicator]
    method = np.array([aggregation for aggregation, _, _ in declared], dtype=object)
    multiplier = np.array([float(factor) for _, factor, _ in declared])
    # Of 27 states together shares of a state's total would be 2,700%.
    wanted = np.array(
        [not (scope in ("country", "states") and share) for _, _, share in declared], dtype=bool
    )
    valued = ~np.isnan(read.value)
    if states is not None:
        wanted &= _of_states(read, valued, states) >= FEWEST_STATES
    there = (place[read.town] >= 0) & wanted[read.group]
    bins = read.group * many + place[read.town]
    everyone = np.bincount(bins[there], minlength=len(read.indicator) * many)
    rows = np.flatnonzero(everyone)
    group = rows // many
    value = np.full(len(everyone), np.nan)
    with_data = np.zeros(len(everyone), dtype=np.int64)
    for name in sorted(set(method.tolist())):
        of = there & (method == name)[read.group]
        counted, found = _by_method(name, read, of, bins, np.repeat(multiplier, many))
        with_data += counted
        value = np.where(np.isnan(found), value, found)
    total = np.full(len(rows), len(place)) if states is not None else everyone[rows]
    return rows % many, {
        "indicator": _taken(read.indicators, read.indicator[group]),
        "scope": _taken([scope], np.zeros(len(rows), dtype=np.int64)),
        "period": pa.array((read.period[group] - _EPOCH).astype("int32"), pa.date32()),
        "value": pa.array(value[rows], pa.float64(), mask=np.isnan(value[rows])),
        "method": _taken(method.tolist(), group),
        "municipalities_with_data": with_data[rows].astype("int32"),
        "municipalities_total": total.astype("int32"),
    }


def _by_method(name: str, read: _Rows, of: Mask, bins: Places, multiplier: Floats) -> tuple[Places, Floats]:
    """How many rows of each bin count by a method, and its value. `of`: the rows of the indicators that have it;
    `multiplier`: of each bin.
    """
    size = len(multiplier)
    valued = ~np.isnan(read.value)
    if name == "ratio":
        # Counts are in where both are given; their sums, where the value is given too.
        counted = of & ~np.isnan(read.numerator) & ~np.isnan(read.denominator)
        over, under = _summed(bins, counted & valued, (read.numerator, read.denominator), size)
        return np.bincount(bins[counted], minlength=size), multiplier * over / np.where(
            under == 0, np.nan, under
        )
    counted = of & valued & ~(read.beyond & (name == "median"))
    many = np.bincount(bins[counted], minlength=size)
    if name == "sum":
        return many, _summed(bins, counted, (read.value,), size)[0]
    if name == "median":
        return many, medians(bins[counted], read.value[counted], size)
    return many, np.full(size, np.nan)


def _summed(bins: Places, of: Mask, numbers: Sequence[Floats], size: int) -> list[Floats]:
    """The sums of numbers in each of so many bins, one after another in the order of rows; NaN where there is none."""
    rows = slice(None) if of.all() else of
    there = bins[rows]
    some = np.bincount(there, minlength=size) > 0
    return [np.where(some, np.bincount(there, each[rows], minlength=size), np.nan) for each in numbers]


def _taken(texts: Sequence[str], numbers: Places) -> pa.DictionaryArray:
    """Texts by their numbers; what has many rows has few texts."""
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(texts, pa.string()))


# Days from 1900-01-01, from which periods are counted here, to what Arrow counts from.
_EPOCH = 25567


def _of_states(read: _Rows, valued: Mask, states: NDArray[np.str_]) -> Places:
    """In how many states each group has a value."""
    names, state = np.unique(states, return_inverse=True)
    pairs = np.unique(read.group[valued] * len(names) + state[read.town[valued]])
    found: Places = np.bincount(pairs // len(names), minlength=len(read.indicator))
    return found
