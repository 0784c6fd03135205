"""Where each line of each raw file went.

A line is refused (and stands in `rejected`), lies outside the territory (where nothing is told of its cells), is read
by an indicator or an official commitment, says nothing (it came without a value, or counts zero of everything), or is
declared unused with its reason. There is no other place, and no line that is read may be declared unused.

Whether a line is read is not asked of a declaration: the query runs with the line and without it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import declarations, plausible
from pipelines.cells import inside, parsed, quoted
from pipelines.declarations import NUMERIC, Source
from pipelines.raw_files import REGISTRY, read_query

# Read by the build itself: who there is, and their outlines.
BUILD_READS = frozenset({REGISTRY, "ibge_malha"})

# (municipality_code, period); the period is None where a query has none.
Row = tuple[str, Any]


@dataclass(frozen=True)
class Account:
    """The lines of one raw file, below its header, by where they went.

    `unexplained`: the numbers of those that went nowhere; `wrongly_unused`: of those declared unused that are read.
    """

    source: str
    refused: int
    outside: int
    read: int
    silent: int
    unused: int
    unexplained: tuple[int, ...]
    wrongly_unused: tuple[int, ...]

    @property
    def lines(self) -> int:
        """All lines that the account knows of."""
        return self.refused + self.outside + self.read + self.silent + self.unused + len(self.unexplained)


def queries() -> dict[str, str]:
    """The SQL of every indicator and official commitment, by its file's name."""
    return {
        f"{folder}/{path.name}": read_query(path)
        for folder in ("indicators", "plans")
        for path in sorted((declarations.HERE / folder).glob("*.sql"))
    }


def readers(source: str, among: Mapping[str, str]) -> dict[str, str]:
    """Those of some queries that read source.<source>."""
    return {name: query for name, query in among.items() if re.search(rf"\bsource\.{source}\b", query)}


def rows_of(con: duckdb.DuckDBPyConnection, query: str) -> Counter[tuple[str, Any, int]]:
    """What a query gives, each row as its municipality, its period and a mark of all that it says."""
    columns = [row[0] for row in con.execute(f"describe {query}").fetchall()]
    period = "period" if "period" in columns else "null"
    return Counter(
        con.execute(f"select municipality_code, {period}, hash(found) from ({query}) as found").fetchall()
    )


def depending(
    con: duckdb.DuckDBPyConnection,
    query: str,
    whole: Counter[tuple[str, Any, int]],
    source: str,
    lines: Iterable[int],
) -> set[Row]:
    """The rows of a query that some lines of source.<source> bear on; `whole` is what it gives with all lines.

    The table is as it was afterwards.
    """
    con.execute("begin")
    try:
        con.execute(
            f"delete from source.{quoted(source)} where line in (select unnest(?::integer[]))", [list(lines)]
        )
        without = rows_of(con, query)
    finally:
        con.execute("rollback")
    return {(code, period) for code, period, _ in (whole - without) + (without - whole)}


def _groups(con: duckdb.DuckDBPyConnection, source: Source, state: str) -> list[list[dict[str, int]]]:
    """The lines of a source in a territory by municipality, for each period of each group that shares the rest of the key."""
    rest = [quoted(name) for name in source.key if name not in ("municipality_code", "period")]
    named = f"concat_ws('|', {', '.join(rest)})" if rest else "''"
    rows = con.execute(
        f"""select {named} as named, period, list(municipality_code order by line), list(line order by line)
        from raw.{quoted(source.source)} where {inside(state)} group by named, period order by named, period"""
    ).fetchall()
    found: dict[str, list[dict[str, int]]] = {}
    for name, _, codes, lines in rows:
        found.setdefault(name, []).append(dict(zip(codes, lines, strict=True)))
    return list(found.values())


def read_lines(
    con: duckdb.DuckDBPyConnection, source: Source, state: str, among: Mapping[str, str]
) -> set[int]:
    """The lines of a source in a territory that bear on what some query says of their municipality."""
    found: set[int] = set()
    groups = _groups(con, source, state)
    for query in readers(source.source, among).values():
        whole = rows_of(con, query)
        for group in groups:
            every = [line for lines in group for line in lines.values()]
            # Most queries read one network, one vaccine: the others are left out at once.
            if not depending(con, query, whole, source.source, every):
                continue
            for lines in group:
                touched = {code for code, _ in depending(con, query, whole, source.source, lines.values())}
                found |= {line for code, line in lines.items() if code in touched}
    return found


def _lines(
    con: duckdb.DuckDBPyConnection, table: str, test: str, parameters: list[Any] | None = None
) -> set[int]:
    rows = con.execute(f"select line from {table} where {test}", parameters or []).fetchall()
    return {line for (line,) in rows}


def account(con: duckdb.DuckDBPyConnection, source: Source, state: str, among: Mapping[str, str]) -> Account:
    """The account of one source in a connection that holds a whole build (see `build.build_tables`).

    `state`: IBGE's code of the territory, or BR. `among`: as `queries` gives them.
    """
    raw = f"raw.{quoted(source.source)}"
    loaded = _lines(con, raw, "true")
    refused = _lines(con, "rejected", "source = ? and line is not null", [source.source])
    out = refused - loaded
    # Refused by the source's own SQL, which tells it in a column.
    told = [row[0] for row in con.execute(f"describe source.{quoted(source.source)}").fetchall()]
    left = (
        _lines(con, f"source.{quoted(source.source)}", "refused is not null") if "refused" in told else set()
    )
    outside = _lines(con, raw, f"not ({inside(state)})")
    read = loaded if source.source in BUILD_READS else read_lines(con, source, state, among)
    read -= outside
    unused: set[int] = set()
    for entry in source.unused:
        tests = [f"{quoted(name)} in (select unnest(?::varchar[]))" for name, _ in entry.where]
        test = " and ".join([*tests, *(f"{quoted(name)} is null" for name in entry.empty)])
        unused |= _lines(con, raw, test, [list(texts) for _, texts in entry.where])
    numbers = [column for column in source.columns if column.kind in NUMERIC]
    nothing = " and ".join(f"coalesce({parsed(column)}, 0) = 0" for column in numbers) or "false"
    silent = _lines(con, raw, nothing)
    rest = loaded - outside - read
    return Account(
        source.source,
        len(out) + len((rest - unused - silent) & left),
        len(outside),
        len(read),
        len((rest - unused) & silent),
        len(rest & unused),
        tuple(sorted(rest - unused - silent - left)),
        tuple(sorted(read & unused)),
    )


def mark_doubtful(con: duckdb.DuckDBPyConnection) -> None:
    """Flag as implausible the staged values that stand on a raw value noted in `doubts`.

    Of the municipality of that value alone: the shares of the others depend on it too, and are not in doubt.
    """
    plausible.prepare(con)
    found = con.execute(
        'select source, "column", list(line) from doubts group by all order by all'
    ).fetchall()
    for source, column, lines in found:
        own = f"select municipality_code from source.{quoted(source)} where line in (select unnest(?::integer[]))"
        codes = {code for (code,) in con.execute(own, [lines]).fetchall()}
        reading = con.execute(
            'select indicator from lineage where source = ? and "column" = ? order by all', [source, column]
        ).fetchall()
        for (name,) in reading:
            query = read_query(declarations.HERE / "indicators" / f"{name}.sql")
            touched = depending(con, query, rows_of(con, query), source, lines)
            marked = [
                (code, period) for code, period in sorted(touched) if code in codes and period is not None
            ]
            if marked:
                names = ("municipality_code", "period")
                con.register("marked", pa.table(dict(zip(names, zip(*marked, strict=True), strict=True))))
                con.execute(
                    """update staged set flag = 'implausible' from marked
                    where staged.indicator = ? and staged.municipality_code = marked.municipality_code
                        and staged.period = marked.period and staged.value is not null""",
                    [name],
                )
                con.unregister("marked")
