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
may depend on which other states a file happens to hold. What lies outside the territory is not held at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import duckdb

from pipelines.cells import inside, parsed, quoted, shown, text_of
from pipelines.declarations import NUMERIC, Column, Source

# Fewer municipalities than these say nothing of what is usual.
FEWEST = 12
AROUND = 3

PEOPLE = "ibge_populacao"


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make what `check` reads and writes: `people` (inhabitants by municipality) and `doubts` (values to be marked)."""
    con.execute("create table if not exists people (municipality_code varchar, people double)")
    con.execute('create table if not exists doubts (source varchar, line integer, "column" varchar)')


def check(con: duckdb.DuckDBPyConnection, source: Source, file: str, state: str) -> None:
    """Hold the rows of a territory (`state`: IBGE's code, or BR) in the table `incoming` against each other.

    A value beyond what is declared plausible is emptied and kept in `rejected`, or kept there as doubtful and noted in
    `doubts`, as its column declares.
    """
    prepare(con)
    held = [column for column in source.columns if column.kind in NUMERIC and (column.own or column.peers)]
    # Columns that look at no other one are held in one query; a figure per another sees what was refused of that.
    for per_another, run in groupby(held, lambda column: column.per not in ("", "people")):
        for columns in [[column] for column in run] if per_another else [list(run)]:
            _check(con, source, file, columns, state)
    if source.source == PEOPLE:
        con.execute(
            "create or replace table people as select municipality_code, median(number(populacao)) as people "
            "from incoming group by all"
        )


def levels(source: Source, columns: Sequence[Column], state: str) -> str:
    """SQL: each value of some columns in a territory (`place` of its column in `columns`, `line`, `v`) with its level
    `x`, the median of the levels `mid` and their number `known`, the levels `near` it in its own series, its `move` from
    the middle one and the `change` that all share.
    """
    keys = [quoted(name) for name in source.key if name not in ("municipality_code", "period")]
    series = [quoted(name) for name in source.series or source.key if name != "period"]
    carried = ", ".join(dict.fromkeys([*series, *keys]))
    own, within = ", ".join(["place", *series]), ", ".join(["place", "region", *keys])
    together = f"{within}, ends"
    level = " union all ".join(
        f"""select {place} as place, line, {carried}, left(municipality_code, 2) as region, period_end(period) as ends,
            {parsed(column)} as v, greatest(abs({parsed(column)}), {float(column.least)}) / {_per(source, column)} as x
        from incoming {"join people using (municipality_code)" if column.per == "people" else ""}
        where {quoted(column.name)} is not null and {inside(state)}"""
        for place, column in enumerate(columns)
    )
    return f"""
        with level as ({level}),
        placed as (
            select *, median(x) over (partition by {within}) as mid, count(x) over (partition by {within}) as known,
                array_agg(x) over (
                    partition by {own} order by ends
                    rows between {AROUND} preceding and {AROUND} following exclude current row) as near
            from level where x > 0 and isfinite(x)
        ),
        moved as (
            -- The middle one of the gaps, from the smallest: of two neighbours one may be the wrong one.
            select *, list_sort(list_transform(near, lambda o: {{'gap': abs(ln(x / o)), 'move': ln(x / o)}}))[
                (len(near) + 1) // 2].move as move
            from placed
        ),
        shared as (
            select *, case when count(move) over (partition by {together}) >= {FEWEST}
                then median(move) over (partition by {together}) else 0 end as change
            from moved
        )
        select *, abs(ln(x / mid)) as away,
            max(abs(ln(x / mid))) over (partition by {own}) as farthest
        from shared
    """


def _per(source: Source, column: Column) -> str:
    if column.per in ("", "people"):
        return column.per or "1"
    return parsed(next(item for item in source.columns if item.name == column.per))


def _tests(column: Column) -> list[tuple[str, str]]:
    """What a value of a column is held against: an SQL condition under which it is not taken, and why."""
    left = (
        "a célula ficou sem valor" if column.beyond == "refuse" else "o valor entrou, marcado como improvável"
    )
    mend = "Confira a unidade e o valor na fonte."
    tests = []
    if column.own:
        tests.append(
            (
                f"abs(change) > {math.log(column.shared)}",
                f"Neste período a coluna toda destoa dos períodos vizinhos: mais de {shown(column.shared)} vezes acima ou "
                f"abaixo na maior parte dos municípios; {left}. {mend}",
            )
        )
        close = f"len(list_filter(near, lambda o: abs(ln(x / o) - change) <= {math.log(column.own)}))"
        tests.append(
            (
                f"2 * {close} < len(near) and (len(near) > 1 or away >= farthest)",
                f"Destoa da própria série do município: mais de {shown(column.own)} vezes acima ou abaixo dos períodos "
                f"vizinhos; {left}. {mend}",
            )
        )
    if column.peers:
        per = " por habitante" if column.per == "people" else ""
        tests.append(
            (
                f"known >= {FEWEST} and away > {math.log(column.peers)}",
                f"Destoa dos outros municípios: mais de {shown(column.peers)} vezes acima ou abaixo da mediana deles{per}; "
                f"{left}. {mend}",
            )
        )
    return tests


def _check(
    con: duckdb.DuckDBPyConnection, source: Source, file: str, columns: Sequence[Column], state: str
) -> None:
    reason = " ".join(
        f"when place = {place} then case {' '.join(f'when {test} then {text_of(said)}' for test, said in _tests(column))} end"
        for place, column in enumerate(columns)
    )
    con.execute(
        f"""create or replace temp table beyond as
        select * from (select place, line, case {reason} end as reason from ({levels(source, columns, state)}))
        where reason is not null"""
    )
    for (place,) in con.execute("select distinct place from beyond order by place").fetchall():
        column = columns[place]
        cell = quoted(column.name)
        con.execute(
            f"""insert into rejected select ?, ?, line, ?, {cell}, reason
            from incoming join (from beyond where place = ?) using (line)""",
            [source.source, file, column.name, place],
        )
        if column.beyond == "refuse":
            con.execute(
                f"update incoming set {cell} = null where line in (select line from beyond where place = ?)",
                [place],
            )
        else:
            con.execute(
                "insert into doubts select ?, line, ? from beyond where place = ?",
                [source.source, column.name, place],
            )
