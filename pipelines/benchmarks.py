"""What publishers state for states and country: the one door of the table `benchmarks`.

Two ways lead through it: the figures that a person read in a publication (benchmarks.toml), and those that came with the
municipalities in the same answer of a connector (rows of stated.<source>). The latter go through the same SQL as the
municipalities' figures, so that both mean the same, and stand where both are there: they are of the newer edition.
"""

from __future__ import annotations

import duckdb

from pipelines import declarations
from pipelines.declarations import Indicator
from pipelines.lineage import column_references
from pipelines.raw_files import MACROS, quoted, read_query
from pipelines.vocabulary import COUNTRY


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the table `benchmarks` for the territory's states and the country; reads municipalities and stated.*."""
    con.execute("create or replace temp table told as from benchmarks limit 0")
    if rows := [tuple(vars(one).values()) for one in declarations.benchmarks()]:
        con.executemany("insert into told values (?, ?, ?, ?, ?, ?)", rows)
    _compute(con)
    con.execute(
        """insert into benchmarks select * from told
        where place = ? or place in (select state from municipalities)""",
        [COUNTRY],
    )


def _compute(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `told` what the indicators' own SQL makes of the publishers' rows of states and country."""
    stated = [
        name
        for (name,) in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'stated' order by all"
        ).fetchall()
    ]
    if not stated:
        return
    with duckdb.connect() as apart:
        apart.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        apart.execute("create schema raw; create schema source")
        apart.execute(MACROS)
        for name in stated:
            apart.register("given", con.sql(f"from stated.{quoted(name)}").to_arrow_table())
            apart.execute(f"create table raw.{quoted(name)} as from given")
            apart.unregister("given")
            query = read_query(declarations.HERE / "sources" / f"{name}.sql")
            apart.execute(f"create table source.{quoted(name)} as {query}")
        for name, indicator in declarations.indicators().items():
            query = read_query(declarations.HERE / "indicators" / f"{name}.sql")
            used = {table for table, _ in column_references(con, query)}
            # A share of all adds up to 100% in the whole: that says nothing.
            if indicator.kind == "number" and not indicator.of_the_state and used and used <= set(stated):
                _add(con, apart, indicator, query)


def _add(
    con: duckdb.DuckDBPyConnection, apart: duckdb.DuckDBPyConnection, indicator: Indicator, query: str
) -> None:
    low, high = indicator.range
    rows = apart.execute(
        f"select municipality_code, period, value from ({query}) where value is not null and isfinite(value)"
    ).fetchall()
    source = declarations.sources()[indicator.source]
    edition = f"{source.short}, {source.dataset}, edição {source.edition}"
    for place, period, value in rows:
        # A total is larger than any municipality's; what is a share, a rate or an index has the same bounds everywhere.
        if indicator.aggregation == "sum" or low <= value <= high:
            scope = "country" if place == COUNTRY else "state"
            con.execute(
                "delete from told where indicator = ? and scope = ? and place = ? and period = ?",
                [indicator.indicator, scope, place, period],
            )
            con.execute(
                "insert into told values (?, ?, ?, ?, ?, ?)",
                [indicator.indicator, scope, place, period, value, edition],
            )
