"""What a value may be beside its neighbours: its own series, and the other municipalities.

A range cannot tell that a year of GDP came a thousand times too large, or that one share among fractions is a
percentage. Each numeric column declares two factors (see `Column`); both look at ratios, since errors of unit are ratios.

`own` holds a value against the values of its series in the three periods before and the three after, once the change
that the municipalities share is taken off: in 2020 nearly everybody fell, and nobody alone is wrong for it. A value
stands where at least half of those around it lie within the factor; of a pair that disagree, the one farther from the
other municipalities is the wrong one. What they share is itself believed only up to `shared`: a year in another unit is
a change that most share, and no value of such a year is taken.

`peers` holds it against the median of the municipalities of its state in all periods, per inhabitant where that is
declared. States are not held against each other: what is usual in one may be unheard of in another, and no figure
may depend on which other states a file happens to hold. What lies outside the territory is held all the same: a state
is compared with the country, and both dashboards have to read the same of one municipality.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.cells import parsed, quoted, shown
from pipelines.declarations import NUMERIC, Column, Source
from pipelines.verdicts.columns import Floats, medians

Numbers = NDArray[np.int64]

# Fewer municipalities than these say nothing of what is usual.
FEWEST = 12
AROUND = 3

PEOPLE = "ibge_populacao"


def rows_of(source: Source) -> str:
    """SQL: the table of a source's rows, as they were read and as they are checked."""
    return f"raw.{quoted(source.source)}"


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make what `check` reads and writes: `people` (inhabitants by municipality) and `doubts` (values to be marked)."""
    con.execute("create table if not exists people (municipality_code varchar, people double)")
    con.execute('create table if not exists doubts (source varchar, line integer, "column" varchar)')


def check(con: duckdb.DuckDBPyConnection, source: Source, file: str, read: pa.Table) -> None:
    """Hold the rows in raw.<source> against each other. `read`: these and those refused since, with the same keys.

    A value beyond what is declared plausible is emptied and kept in `rejected`, or kept there as doubtful and noted in
    `doubts`, as its column declares.
    """
    prepare(con)
    held = [column for column in source.columns if column.kind in NUMERIC and (column.own or column.peers)]
    if held:
        lies = _lying(con, source, read)
        # One after another: a figure per another sees what was refused of that.
        for column in held:
            _check(con, source, file, column, lies)
    if source.source == PEOPLE:
        con.execute(
            "create or replace table people as select municipality_code, median(number(populacao)) as people "
            f"from {rows_of(source)} group by all"
        )


@dataclass(frozen=True)
class _Lying:
    """How the rows of a source lie to each other: a place in each array a row, sorted by series and period.

    `line`: of the raw file; `own`, `within`, `together`: numbers of its series, of its state's rows of the same kind, and
    of those of the same period.
    """

    line: Numbers
    own: Numbers
    within: Numbers
    together: Numbers

    def of(self, rows: Numbers) -> _Lying:
        """Some of the rows, in their order."""
        return _Lying(self.line[rows], self.own[rows], self.within[rows], self.together[rows])


def _lying(con: duckdb.DuckDBPyConnection, source: Source, read: pa.Table) -> _Lying:
    """How the rows of a source do; no cell but those of the key is looked at, each different text once."""
    line = read["line"].to_numpy().astype(np.int64)
    left = con.execute(f"select line, municipality_code::integer as town from {rows_of(source)}").fetchnumpy()
    towns = np.full(int(line.max(initial=0)) + 1, -1)
    towns[left["line"]] = left["town"]
    rows = np.flatnonzero(towns[line] >= 0)
    line = line[rows]

    def numbers(name: str) -> tuple[Numbers, pa.Array]:
        coded = read[name].combine_chunks()
        coded = coded if pa.types.is_dictionary(coded.type) else coded.dictionary_encode()
        at = coded.indices.fill_null(len(coded.dictionary)).to_numpy()
        return at[rows].astype(np.int64), coded.dictionary

    def told_apart(names: Sequence[str]) -> Numbers:
        found = np.zeros(len(rows), dtype=np.int64)
        for name in names:
            if name not in ("municipality_code", "period"):
                found = _numbered(found, numbers(name)[0])
        return found

    series = told_apart(source.series or source.key)
    if "municipality_code" in (source.series or source.key):
        series = _numbered(series, _numbered(towns[line]))
    within = _numbered(told_apart(source.key), towns[line] // 100_000)
    at, periods = numbers("period")
    con.register("different_periods", pa.table({"period": periods}))
    days = con.execute(
        "select period_end(period) - date '1900-01-01' as days from different_periods"
    ).fetchnumpy()
    con.unregister("different_periods")
    ends = _numbered(np.append(np.ma.filled(days["days"], -1), -1).astype(np.int64)[at])
    return _Lying(line, series, within, _numbered(within, ends)).of(_sorted(series, ends, line))


def _levels(
    con: duckdb.DuckDBPyConnection, source: Source, column: Column, lies: _Lying
) -> tuple[_Lying, Floats]:
    """The levels of one column, above zero, and how their rows lie."""
    found = con.execute(
        f"""select line, greatest(abs({parsed(column)}), {float(column.least)}) / {_per(source, column)} as x
        from {rows_of(source)} {"join people using (municipality_code)" if column.per == "people" else ""}
        where {quoted(column.name)} is not null"""
    ).fetchnumpy()
    levels = np.full(int(lies.line.max(initial=0)) + 1, np.nan)
    levels[found["line"]] = np.ma.filled(found["x"], np.nan)
    x = levels[lies.line]
    kept = (x > 0) & np.isfinite(x)
    if kept.all():
        return lies, x
    rows = np.flatnonzero(kept)
    return lies.of(rows), x[rows]


# Numbers up to this are counted through rather than sorted.
_COUNTED = 1 << 20


def _numbered(*parts: Numbers) -> Numbers:
    """One number for each different combination, from zero, in their order."""
    key = parts[0] - parts[0].min(initial=0)
    for part in parts[1:]:
        least = part.min(initial=0)
        key = key * (part.max(initial=0) - least + 1) + (part - least)
    highest = int(key.max(initial=0))
    if highest >= _COUNTED:
        found: Numbers = np.unique(key, return_inverse=True)[1].ravel()
        return found
    there = np.zeros(highest + 1, dtype=bool)
    there[key] = True
    counted: Numbers = (np.cumsum(there) - 1)[key]
    return counted


def _sorted(own: Numbers, ends: Numbers, line: Numbers) -> Numbers:
    """The order of rows by series, by period in it and by line: their numbers, from zero."""
    key = own * (ends.max(initial=0) + 1) + ends
    highest = int(key.max(initial=0))
    if highest < _COUNTED:
        place = np.full(highest + 1, -1)
        place[key] = np.arange(len(key))
        order = place[place >= 0]
        # Each in a place of its own.
        if len(order) == len(key):
            return order
    return np.lexsort((line, key))


def _keeps_near(column: Column, lies: _Lying, x: Floats) -> bool:
    """Whether no level of a column is so far from one around it in its series that it could be beyond.

    What municipalities share is no more than the farthest moves of its period, and what is left of a move once that is off
    no more than twice that.
    """
    farthest = min(column.shared, math.sqrt(column.own)) * (1 - 1e-9)
    for away in range(1, min(AROUND + 1, len(x))):
        ratio = x[away:] / x[:-away]
        apart = (ratio > farthest) | (ratio < 1 / farthest)
        if np.any(apart & (lies.own[away:] == lies.own[:-away])):
            return False
    return True


def _moves(lies: _Lying, x: Floats) -> Floats:
    """How far each level is from those around it in its series, as logarithms of ratios: a column a level, NaN for none."""
    moves = np.full((2 * AROUND, len(x)), np.nan)
    for away in range(1, min(AROUND + 1, len(x))):
        one = lies.own[away:] == lies.own[:-away]
        moves[2 * away - 2, away:] = np.where(one, np.log(x[away:] / x[:-away]), np.nan)
        moves[2 * away - 1, :-away] = np.where(one, np.log(x[:-away] / x[away:]), np.nan)
    return moves


def _middle(moves: Floats, near: Numbers) -> Floats:
    """The move of the middle one of the gaps, from the smallest: of two neighbours one may be the wrong one.

    Of a rise and a fall as large the fall comes first.
    """
    # A number's bits without its sign are in the order of gaps, and what is no number comes last.
    gaps = [bits << 1 | (bits >> 63 ^ 1) for bits in moves.view(np.uint64)]
    for first in range(AROUND):
        for other in range(first + 1, 2 * AROUND):
            least = np.minimum(gaps[first], gaps[other])
            np.maximum(gaps[first], gaps[other], out=gaps[other])
            gaps[first] = least
    chosen = np.choose(np.maximum((near + 1) // 2 - 1, 0), gaps[:AROUND])
    found: Floats = (chosen >> 1 | (chosen & 1 ^ 1) << 63).view(np.float64)
    return np.where(near > 0, found, np.nan)


def _per(source: Source, column: Column) -> str:
    if column.per in ("", "people"):
        return column.per or "1"
    return parsed(next(item for item in source.columns if item.name == column.per))


def reasons(column: Column) -> list[str]:
    """Why a value of a column is not taken: its whole period, its own series, the others."""
    left = (
        "a célula ficou sem valor" if column.beyond == "refuse" else "o valor entrou, marcado como improvável"
    )
    mend = "Confira a unidade e o valor na fonte."
    per = " por habitante" if column.per == "people" else ""
    return [
        f"Neste período a coluna toda destoa dos períodos vizinhos: mais de {shown(column.shared)} vezes acima ou "
        f"abaixo na maior parte dos municípios; {left}. {mend}",
        f"Destoa da própria série do município: mais de {shown(column.own)} vezes acima ou abaixo dos períodos "
        f"vizinhos; {left}. {mend}",
        f"Destoa dos outros municípios: mais de {shown(column.peers)} vezes acima ou abaixo da mediana deles{per}; "
        f"{left}. {mend}",
    ]


def _beyond(column: Column, lies: _Lying, x: Floats) -> Numbers:
    """Of each level the place in `reasons` of why it is not taken, -1 where it is."""
    near_own = not column.own or _keeps_near(column, lies, x)
    if near_own and not column.peers:
        return np.full(len(x), -1)
    known = np.bincount(lies.within)
    middle = medians(lies.within, x, len(known))[lies.within]
    away = np.abs(np.log(x / middle))
    tests = [np.zeros(len(away), dtype=bool)] * 3
    if not near_own:
        moves = _moves(lies, x)
        near = np.count_nonzero(~np.isnan(moves), axis=0)
        move = _middle(moves, near)
        told = near > 0
        places = int(lies.together.max(initial=-1)) + 1
        many = np.bincount(lies.together[told], minlength=places)
        shared = np.where(many >= FEWEST, medians(lies.together[told], move[told], places), 0.0)
        change = shared[lies.together]
        close = np.count_nonzero(np.abs(moves - change) <= math.log(column.own), axis=0)
        farthest = np.zeros(int(lies.own.max(initial=-1)) + 1)
        np.maximum.at(farthest, lies.own, away)
        tests[0] = np.abs(change) > math.log(column.shared)
        tests[1] = (2 * close < near) & ((near > 1) | (away >= farthest[lies.own]))
    if column.peers:
        tests[2] = (known[lies.within] >= FEWEST) & (away > math.log(column.peers))
    return np.select(tests, [0, 1, 2], -1)


def _check(con: duckdb.DuckDBPyConnection, source: Source, file: str, column: Column, lies: _Lying) -> None:
    lies, x = _levels(con, source, column, lies)
    beyond = _beyond(column, lies, x)
    chosen = np.flatnonzero(beyond >= 0)
    if not len(chosen):
        return
    said = reasons(column)
    told = [said[place] for place in beyond[chosen]]
    con.register("beyond", pa.table({"line": lies.line[chosen], "reason": pa.array(told, pa.string())}))
    cell = quoted(column.name)
    con.execute(
        f"insert into rejected select ?, ?, line, ?, {cell}, reason from {rows_of(source)} join beyond using (line)",
        [source.source, file, column.name],
    )
    if column.beyond == "refuse":
        con.execute(f"update {rows_of(source)} set {cell} = null where line in (select line from beyond)")
    else:
        con.execute("insert into doubts select ?, line, ? from beyond", [source.source, column.name])
    con.unregister("beyond")
