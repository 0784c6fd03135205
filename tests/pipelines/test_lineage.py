"""Which published columns an indicator comes from."""

from __future__ import annotations

import duckdb

Rows = list[tuple[object, ...]]


def ask(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> Rows:
    return con.execute(query, list(values)).fetchall()


def test_lineage_reaches_the_published_columns(built: duckdb.DuckDBPyConnection) -> None:
    assert ("agua_atendimento", "snis", "IN055_AE") in ask(
        built, "select * from lineage where indicator = 'agua_atendimento'"
    )
    without = ask(
        built, "select indicator from indicators where indicator not in (select indicator from lineage)"
    )
    assert without == []
