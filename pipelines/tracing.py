"""Which lines of the raw files each value comes from: found by running the indicator's own SQL with the lines carried along.

The query is parsed by DuckDB, and each select in it gets one more column: the lines of the rows that it reads. A join puts
them together, a group and a window (of the same frame) gather them. Only lines of the value's own municipality count: of
a share of all, the others are the whole and not its source. What cannot be carried so has no line, and says none.
"""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from pipelines import declarations
from pipelines.cells import one_of
from pipelines.raw_files import one_value, read_query

LINES, QUERIES = "lines.pq", "queries.pq"
# The column that carries them; no query of ours has one of that name.
COLUMN = "published_lines"
OWN = "municipality_code"

Node = dict[str, Any]


def carrying(con: duckdb.DuckDBPyConnection, query: str) -> tuple[str, bool]:
    """The query with one more column, COLUMN, and whether that is one {source, line} for each row by the query's form;
    if not, it is a list of them. No table is read.

    Empty for a query of a form in which lines cannot be carried.
    """
    if not (tree := _carried(con, query)):
        return "", False
    single = _single(tree)
    return _written(con, tree), single


def _carried(con: duckdb.DuckDBPyConnection, query: str) -> Node | None:
    tree: Node = json.loads(one_value(con, "select json_serialize_sql(?)", [query]))
    return tree if all(_carry(con, statement["node"], set()) for statement in tree["statements"]) else None


def _written(con: duckdb.DuckDBPyConnection, tree: Node) -> str:
    return str(one_value(con, "select json_deserialize_sql(?)", [json.dumps(tree)]))


def _single(tree: Node) -> bool:
    """Whether each row of a query has one line behind it by its form; if so, COLUMN is made that one, not a list."""
    added = tree["statements"][0]["node"]["select_list"]
    given = added[-1].get("arguments", [])
    if added[-1].get("function_name") != "list_value" or len(given) != 1:
        return False
    added[-1] = {**given[0]["expression"], "alias": COLUMN}
    return True


def _carry(con: duckdb.DuckDBPyConnection, node: Node, known: set[str]) -> bool:
    """Add the column to a select and to those under its names; whether it was added. `known`: names that have it."""
    known = set(known)
    for entry in node["cte_map"]["map"]:
        if _carry(con, entry["value"]["query_node"], known):
            known.add(entry["key"])
    if node["type"] != "SELECT_NODE" or any(m["type"] == "DISTINCT_MODIFIER" for m in node["modifiers"]):
        return False
    lines = _of(node["from_table"], known)
    if not lines or any(item["class"] == "STAR" for item in node["select_list"]):
        return False
    groups = node["group_expressions"]
    if groups and not _names_own(groups):
        return False
    if groups:
        lines = f"flatten(list({lines}))"
    added = _expression(con, lines)
    frames = [window for item in node["select_list"] for window in _windows(item)]
    gathered = [_gather(con, window, lines) for window in frames if _names_own(window["partitions"])]
    for window in gathered:
        added = _call(con, "list_concat", added, window)
    added["alias"] = COLUMN
    node["select_list"].append(added)
    return True


def _of(table: Node, known: set[str]) -> str:
    """SQL: the lines behind a row of a table or a join; empty where none are carried."""
    if table["type"] == "JOIN":
        sides = [lines for side in ("left", "right") if (lines := _of(table[side], known))]
        # The missing side of an outer join is null.
        return f"list_concat({', '.join(f'coalesce({side}, [])' for side in sides)})" if sides else ""
    if table["type"] != "BASE_TABLE":
        return ""
    name = table["alias"] or table["table_name"]
    if table["schema_name"] == "source":
        return f"""[{{'source': '{table["table_name"]}', 'line': "{name}".line}}]"""
    return f'"{name}".{COLUMN}' if table["table_name"] in known else ""


def _names_own(expressions: list[Node]) -> bool:
    return any(item.get("column_names", [""])[-1] == OWN for item in expressions)


def _windows(node: Any) -> list[Node]:
    if isinstance(node, list):
        return [window for each in node for window in _windows(each)]
    if not isinstance(node, dict):
        return []
    return [node] if node.get("class") == "WINDOW" else _windows(list(node.values()))


# Trees of expressions by their text, as JSON: the same few are asked for again and again, and each is changed.
_trees: dict[str, str] = {}


def _expression(con: duckdb.DuckDBPyConnection, sql: str) -> Node:
    if sql not in _trees:
        _trees[sql] = one_value(con, "select json_serialize_sql(?)", [f"select {sql}"])
    found: Node = json.loads(_trees[sql])["statements"][0]["node"]["select_list"][0]
    return found


def _call(con: duckdb.DuckDBPyConnection, function: str, *given: Node) -> Node:
    call = _expression(con, f"{function}({', '.join('null' for _ in given)})")
    for place, argument in zip(call["arguments"], given, strict=True):
        place["expression"] = argument
    return call


def _gather(con: duckdb.DuckDBPyConnection, window: Node, lines: str) -> Node:
    """The lines of all rows in a window's frame."""
    gathered = copy.deepcopy(window)
    listed = _expression(con, f"list({lines}) over ()")
    for part in ("type", "function_name", "arguments", "alias", "qualified_name"):
        gathered[part] = listed[part]
    gathered["ignore_nulls"] = gathered["has_ignore_nulls"] = False
    return _call(con, "flatten", gathered)


def trace(con: duckdb.DuckDBPyConnection, indicator: str, query: str) -> None:
    """Write into the table `lines` where the territory's values of an indicator come from."""
    con.execute(f"create table if not exists lines {_FORM.format(indicator='varchar', source='varchar')}")
    carried, single = carrying(con, query)
    if not carried:
        return
    told = COLUMN if single else f"unnest({COLUMN})"
    # Where lines are gathered, one may be behind a value twice.
    each = "" if single else "distinct"
    # What a query of a form not thought of cannot carry takes nothing from its values.
    with suppress(duckdb.Error):
        con.execute(
            f"""insert into lines select {each} ?, {OWN}, period, told.source, told.line
            from (select {OWN}, period, {told} as told from ({carried})
                where {OWN} in (select {OWN} from municipalities))
            where told.line is not null order by all""",
            [indicator],
        )


_FORM = "(indicator {indicator}, municipality_code varchar, period date, source {source}, line integer)"


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Write into the table `lines` where the territory's values of every indicator come from."""
    names = sorted(declarations.indicators())
    form = _FORM.format(indicator=one_of(names), source=one_of(declarations.sources()))
    con.execute(f"create or replace table lines {form}")
    # In the order of what `keep` writes: the lines of one indicator are sorted at a time, never those of all.
    for name in names:
        trace(con, name, read_query(declarations.HERE / "indicators" / f"{name}.sql"))


def keep(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the lines and the queries beside the tables; no page reads them before somebody asks for one value."""
    con.execute(f"copy lines to '{(folder / LINES).as_posix()}' (format parquet, compression zstd)")
    con.execute("create or replace temp table queries (kind varchar, name varchar, sql varchar)")
    rows = [
        (kind, path.stem, read_query(path))
        for kind in ("indicators", "sources")
        for path in sorted((declarations.HERE / kind).glob("*.sql"))
    ]
    con.executemany("insert into queries values (?, ?, ?)", rows)
    con.execute(f"copy queries to '{(folder / QUERIES).as_posix()}' (format parquet, compression zstd)")
