"""The tables as the dictionary declares them: for DuckDB, for Arrow, and for readers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from pipelines.declarations import HERE, DeclarationError

DICTIONARY = HERE / "dictionary.toml"

# Sorted for the way pages ask; GeoParquet for municipalities is written apart.
ORDER = {
    "indicators": "all",
    "values": "indicator, period, municipality_code",
    "aggregates": "scope, place_code, indicator, period",
    "items": "indicator, municipality_code, period, item",
    "benchmarks": "indicator, scope, place, period",
    "oscillation": "indicator",
    "plans": "plan, plan_version",
    "targets": "plan, plan_version, municipality_code, indicator",
    "milestones": "plan, plan_version, municipality_code, indicator, year",
    "deliverables": "plan, plan_version, municipality_code, deliverable_id",
    "verdicts": "plan, plan_version, municipality_code, indicator",
    "reach": "plan, plan_version, municipality_code, indicator",
    "verdict_history": "judged_at, plan, plan_version, municipality_code, indicator",
    "sources": "source",
    "editions": "source, retrieved, label",
    "revisions": "indicator, municipality_code, period, revised_at, source, label",
    "lineage": 'indicator, source, "column"',
    "rejected": 'source, file, line, "column", reason',
}

# Of a column's type: as Arrow has it, and as Frictionless calls it.
_TYPES: Mapping[str, tuple[Any, str]] = {
    "varchar": (pa.string(), "string"),
    "double": (pa.float64(), "number"),
    "integer": (pa.int32(), "integer"),
    "bigint": (pa.int64(), "integer"),
    "boolean": (pa.bool_(), "boolean"),
    "date": (pa.date32(), "date"),
    "varchar[]": (pa.list_(pa.string()), "array"),
}
# DuckDB's types, as it describes them, as Frictionless's.
TYPES = {name.upper(): told for name, (_, told) in _TYPES.items()}


@dataclass(frozen=True)
class Column:
    """A column of a published table: DuckDB's type, what a reader calls it, what it means, and its unit where fixed."""

    name: str
    type: str
    title: str
    text: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """What a published table and its columns mean; columns in the order of the file."""

    title: str
    note: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def fields(self) -> Mapping[str, str]:
        """What each column means."""
        return {column.name: column.text for column in self.columns}

    @property
    def titles(self) -> Mapping[str, str]:
        """What a reader calls each column."""
        return {column.name: column.title for column in self.columns}


def _column(table: str, name: str, given: Mapping[str, str]) -> Column:
    where = f"{DICTIONARY}, [{table}], coluna {name}"
    if not {"type", "title", "text"} <= set(given) <= {"type", "title", "text", "unit"}:
        raise DeclarationError(f"{where}: escreva type, title, text e, se for fixa, unit; mais nada.")
    if given["type"] not in _TYPES:
        raise DeclarationError(f"{where}: type = '{given['type']}' não existe. Use: {', '.join(_TYPES)}.")
    return Column(name, **given)


@cache
def dictionary() -> Mapping[str, Table]:
    """Every published table by name, in the order of the file; raises DeclarationError."""
    found = {}
    for name, entry in tomllib.loads(DICTIONARY.read_text("utf-8")).items():
        columns = tuple(_column(name, column, given) for column, given in entry["columns"].items())
        table = Table(entry["title"], entry["note"], tuple(entry["key"]), columns)
        if len(set(table.titles.values())) < len(columns) or not all(table.titles.values()):
            raise DeclarationError(f"{DICTIONARY}, [{name}]: cada coluna tem um title, e só seu.")
        if strange := set(table.key) - set(table.fields):
            raise DeclarationError(
                f"{DICTIONARY}, [{name}]: coluna desconhecida em key: {', '.join(sorted(strange))}."
            )
        found[name] = table
    return found


def ddl(table: str) -> str:
    """The columns of a table as `create table` takes them."""
    return ", ".join(f'"{column.name}" {column.type}' for column in dictionary()[table].columns)


@cache
def arrow(table: str) -> pa.Schema:
    """The columns of a table as Arrow has them."""
    return pa.schema([(column.name, _TYPES[column.type][0]) for column in dictionary()[table].columns])


# Made empty before the sources come in, and filled by the build's SQL.
FILLED = (
    "indicators",
    "values",
    "aggregates",
    "items",
    "benchmarks",
    "oscillation",
    "sources",
    "editions",
    "revisions",
    "lineage",
    "rejected",
)
# Made whole from the plans, at the end.
GATHERED = ("plans", "targets", "milestones", "deliverables", "verdicts", "verdict_history", "reach")
