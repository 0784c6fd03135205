"""Lineage: which published columns an indicator reads, found in the SQL itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from pipelines import declarations
from pipelines.raw_files import one_value, quoted, read_query


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _nodes(child)
    elif isinstance(node, list):
        for child in node:
            yield from _nodes(child)


# Trees of queries by their text: parsing looks at no table, and a build asks of the same ones again and again.
_trees: dict[str, Any] = {}


def _parsed(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The tree of a query, which nobody changes."""
    if query not in _trees:
        text = one_value(con, "select json_serialize_sql(?)", [query.rstrip().rstrip(";")])
        _trees[query] = json.loads(text)
    return _trees[query]


def column_references(con: duckdb.DuckDBPyConnection, query: str) -> set[tuple[str, str]]:
    """Pairs (table of schema source, name of any column the query reads)."""
    nodes = list(_nodes(_parsed(con, query)))
    tables = {
        node["table_name"]
        for node in nodes
        if node.get("type") == "BASE_TABLE" and node["schema_name"] == "source"
    }
    columns = {node["column_names"][-1] for node in nodes if node.get("class") == "COLUMN_REF"}
    return {(table, column) for table in tables for column in columns}


def _published_columns(con: duckdb.DuckDBPyConnection, source: str) -> dict[str, set[str]]:
    """For each column of source.<source>, the publisher's columns that its expression reads."""
    query = read_query(declarations.HERE / "sources" / f"{source}.sql")
    published = {column.name for column in declarations.sources()[source].columns}
    found: dict[str, set[str]] = {}
    for statement in _parsed(con, query).get("statements", []):
        for item in statement["node"].get("select_list", []):
            read = {node["column_names"][-1] for node in _nodes(item) if node.get("class") == "COLUMN_REF"}
            name = item.get("alias") or (item.get("column_names") or [""])[-1]
            found[name] = read & published
    return found


def record_lineage(con: duckdb.DuckDBPyConnection, indicator: str, query: str) -> None:
    """Write into the table `lineage` which published columns an indicator's query reads."""
    rows = set()
    keys = {"municipality_code", "period", "line"}
    references = column_references(con, query)
    for table in sorted({table for table, _ in references}):
        published = _published_columns(con, table)
        existing = {row[0] for row in con.execute(f"describe source.{quoted(table)}").fetchall()}
        for _, column in references:
            if column in existing - keys:
                rows |= {(indicator, table, name) for name in published.get(column) or {column}}
    if rows:
        con.executemany("insert into lineage values (?, ?, ?)", sorted(rows))
