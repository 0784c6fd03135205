"""The tables: their columns, types and order, and how they are described to readers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from pipelines.declarations import HERE, DeclarationError
from pipelines.raw_files import REJECTED_COLUMNS

TABLES = {
    "indicators": """indicator varchar, title varchar, area varchar, front varchar, unit varchar,
        decimals integer, better varchar, kind varchar, categories varchar[], range_low double,
        range_high double, multiplier double, aggregation varchar, periodicity varchar,
        next_release varchar, source varchar, note varchar, caveats varchar[]""",
    "values": """indicator varchar, municipality_code varchar, period date, year integer, value double,
        numerator double, denominator double, flag varchar, break_before boolean, edition varchar""",
    "aggregates": """indicator varchar, scope varchar, place varchar, period date, value double,
        method varchar, municipalities_with_data integer, municipalities_total integer""",
    "sources": """source varchar, publisher varchar, dataset varchar, url varchar, edition varchar,
        licence varchar, retrieved date, sha256 varchar, periods varchar, municipalities integer,
        rows integer, rejected integer, origin varchar""",
    "items": """indicator varchar, municipality_code varchar, period date, item varchar, state varchar,
        valid_until date""",
    "oscillation": """indicator varchar, a double, b double, k double, k60 double, changes integer,
        municipalities integer, first_year integer, last_year integer""",
    "lineage": 'indicator varchar, source varchar, "column" varchar',
    "rejected": REJECTED_COLUMNS,
}
# Sorted for the way pages ask; GeoParquet for municipalities is written apart.
ORDER = {
    "indicators": "all",
    "values": "indicator, period, municipality_code",
    "aggregates": "indicator, scope, place, period",
    "items": "indicator, municipality_code, period, item",
    "oscillation": "indicator",
    "plans": "plan, plan_version",
    "targets": "plan, plan_version, municipality_code, indicator",
    "milestones": "plan, plan_version, municipality_code, indicator, year",
    "deliverables": "plan, plan_version, municipality_code, deliverable_id",
    "verdicts": "plan, plan_version, municipality_code, indicator",
    "verdict_history": "judged_at, plan, plan_version, municipality_code, indicator",
    "sources": "source",
    "lineage": 'indicator, source, "column"',
    "rejected": 'source, file, line, "column"',
}

_KEY = [("plan", pa.string()), ("plan_version", pa.int32())]
_TARGET_KEY = [*_KEY, ("municipality_code", pa.string()), ("indicator", pa.string())]
SCHEMAS: Mapping[str, pa.Schema] = {
    "plans": pa.schema(
        [
            *_KEY,
            ("title", pa.string()),
            ("origin", pa.string()),
            ("valid_from", pa.date32()),
            ("superseded_by", pa.int32()),
            ("legal_basis", pa.string()),
            ("file", pa.string()),
            ("sha256", pa.string()),
        ]
    ),
    "targets": pa.schema(
        [
            *_TARGET_KEY,
            ("front", pa.string()),
            ("challenge", pa.string()),
            ("kind", pa.string()),
            ("operator", pa.string()),
            ("baseline_year", pa.int32()),
            ("baseline_value", pa.float64()),
            ("target_year", pa.int32()),
            ("target_value", pa.float64()),
            ("target_categories", pa.list_(pa.string())),
            ("alert_value", pa.float64()),
            ("prudential_value", pa.float64()),
            ("responsible", pa.string()),
            ("legal_basis", pa.string()),
        ]
    ),
    "milestones": pa.schema([*_TARGET_KEY, ("year", pa.int32()), ("value", pa.float64())]),
    "deliverables": pa.schema(
        [
            *_KEY,
            ("municipality_code", pa.string()),
            ("deliverable_id", pa.string()),
            ("indicator", pa.string()),
            ("challenge", pa.string()),
            ("action", pa.string()),
            ("deliverable", pa.string()),
            ("responsible", pa.string()),
            ("start", pa.date32()),
            ("due", pa.date32()),
            ("status", pa.string()),
            ("percent", pa.float64()),
            ("updated_at", pa.date32()),
        ]
    ),
    "verdicts": pa.schema(
        [
            *_TARGET_KEY,
            ("status", pa.string()),
            ("reason", pa.string()),
            ("latest_year", pa.int32()),
            ("latest_value", pa.float64()),
            ("expected_value", pa.float64()),
            ("pace", pa.float64()),
            ("observed_per_year", pa.float64()),
            ("required_per_year", pa.float64()),
            ("gap", pa.float64()),
            ("gap_cases", pa.int64()),
            ("certain", pa.bool_()),
            ("certain_reason", pa.string()),
            ("interval_low", pa.float64()),
            ("interval_high", pa.float64()),
            ("cagr_ratio", pa.float64()),
            ("cagr_status", pa.string()),
            ("un_q", pa.float64()),
            ("un_status", pa.string()),
            ("concordance", pa.string()),
            ("claim", pa.string()),
            ("claim_line", pa.float64()),
            ("probability", pa.float64()),
            ("strength", pa.string()),
            ("strength_basis", pa.string()),
            ("pooled", pa.bool_()),
            ("pooled_reason", pa.string()),
        ]
    ),
    "verdict_history": pa.schema(
        [
            *_TARGET_KEY,
            ("judged_at", pa.date32()),
            ("status", pa.string()),
            ("reason_of_change", pa.string()),
        ]
    ),
}

# DuckDB's types as Frictionless's.
TYPES = {
    "VARCHAR": "string",
    "DOUBLE": "number",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "VARCHAR[]": "array",
}


@dataclass(frozen=True)
class Table:
    """What a published table and its columns mean. `units` only where a column's unit is fixed."""

    title: str
    note: str
    key: tuple[str, ...]
    fields: Mapping[str, str]
    units: Mapping[str, str]


@cache
def dictionary() -> Mapping[str, Table]:
    """Every published table by name, in the order of the file; raises DeclarationError."""
    path = HERE / "dictionary.toml"
    found = {}
    for name, entry in tomllib.loads(path.read_text("utf-8")).items():
        table = Table(
            entry["title"], entry["note"], tuple(entry["key"]), entry["fields"], entry.get("units", {})
        )
        strange = (set(table.key) | set(table.units)) - set(table.fields)
        if strange:
            raise DeclarationError(
                f"{path}, [{name}]: coluna desconhecida em key ou units: {', '.join(sorted(strange))}."
            )
        found[name] = table
    return found
