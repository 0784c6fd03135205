"""The history of verdicts: what the previous build leaves, what changed since, and why.

A build reads the tables before it. Whatever is damaged there is set aside under another name and told; the
build goes on with the rest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.declarations import Indicator
from pipelines.manifest import MANIFEST, manifest_of
from pipelines.observations import Series, read_observations
from pipelines.raw_files import Fault
from pipelines.schema import GATHERED, arrow
from pipelines.verdicts import Observation, Target, Verdict, names

Key = tuple[str, int, str, str]

HISTORY = "verdict_history"
# What a verdict rested on: the tables that a comparison needs.
BASE = ("verdicts", "targets", "milestones", "indicators", "values")
# The part of a build that looks back, where it carries along what the build before it rested on.
BEFORE = "before"
SET_ASIDE = "set-aside"
SOURCE_OF_HISTORY = "tabelas_anteriores"

_KEY = ("plan", "plan_version", "municipality_code", "indicator")
TARGET_FACTS = (
    "kind", "operator", "baseline_year", "baseline_value", "target_year", "target_value", "alert_value",
    "prudential_value",
)  # fmt: skip
# The columns without which a table of an earlier build tells nothing.
NEEDED: Mapping[str, tuple[str, ...]] = {
    HISTORY: (*_KEY, "judged_at", "status", "reason_of_change"),
    "verdicts": (*_KEY, "status", "latest_year"),
    "targets": (*_KEY, *TARGET_FACTS, "target_categories"),
    "milestones": (*_KEY, "year", "value"),
    "indicators": ("indicator", "better", "multiplier", "kind", "categories"),
}
_VALUES = """create view "values" as select indicator::varchar as indicator,
    municipality_code::varchar as municipality_code, period::date as period, year::integer as year,
    value::double as value, numerator::double as numerator, denominator::double as denominator,
    flag::varchar as flag, break_before::boolean as break_before from read_parquet('{path}')"""
_UNREADABLE = (pa.ArrowException, duckdb.Error, OSError, ValueError, TypeError, MemoryError)


@dataclass(frozen=True)
class Base:
    """The tables of an earlier build that tell what its verdicts rested on."""

    as_of: dt.date
    verdicts: Mapping[Key, Mapping[str, Any]]
    targets: Mapping[Key, Mapping[str, Any]]
    milestones: Mapping[Key, Mapping[int, float]]
    measures: Mapping[str, Mapping[str, Any]]
    series: Series

    def verdict(self, key: Key) -> Mapping[str, Any] | None:
        """The earlier verdict under the same key or, for a new version of a plan, the version before it."""
        if key in self.verdicts:
            return self.verdicts[key]
        plan, version, code, indicator = key
        for earlier in range(version - 1, 0, -1):
            if (plan, earlier, code, indicator) in self.verdicts:
                return self.verdicts[plan, earlier, code, indicator]
        return None


@dataclass(frozen=True)
class Previous:
    """What the previous build leaves: the flips recorded so far, and the base of a comparison where there is one."""

    flips: Sequence[Mapping[str, Any]] = ()
    base: Base | None = None


def read(
    folder: Path | None,
    data: Path,
    as_of: dt.date,
    today: dt.date,
    judged: Mapping[Key, str],
) -> tuple[Previous, list[Fault]]:
    """What the previous build in `folder` leaves to a build as of a date, and what is to be told of it.

    `judged`: the statuses of now.

    Nothing of it stops a build. A damaged file is kept in `data`/set-aside and left out; so are flips of a day
    that has not come yet, which no judgement can have seen.
    """
    if folder is None or not _judged_before(folder):
        return Previous(), []
    faults: list[Fault] = []
    recorded = _recorded(folder, data, today, faults)
    base = _base_folder(folder)
    if _looks_back(base):
        return Previous(recorded), faults
    return Previous(recorded, _base(base, data, as_of, today, judged, faults)), faults


def carry(previous: Path, folder: Path, as_of: dt.date, today: dt.date) -> None:
    """Take along what a build that looks back must not replace: the base of the next comparison.

    `previous`: the tables so far; `folder`: those of the new build, as of `as_of`. Without it the day after a
    look back would find hundreds of changes between that old date and itself.
    """
    base = _base_folder(previous)
    judged = _date_of(base)
    if as_of >= today or judged is None or judged > today or _looks_back(base):
        return
    (folder / BEFORE).mkdir()
    for name in (*(f"{table}.parquet" for table in BASE), MANIFEST):
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / BEFORE / name)


def flips(
    targets: Sequence[Target],
    verdicts: Sequence[Verdict],
    series: Series,
    measures: Mapping[str, Indicator],
    as_of: dt.date,
    old: Previous,
) -> list[dict[str, Any]]:
    """The flips recorded so far and those since the base of comparison, with the reason of each."""
    recorded = {(*_key_of(row), row["judged_at"]): dict(row) for row in old.flips}
    base = old.base
    if base is None or base.as_of > as_of:
        return list(recorded.values())
    for target, verdict in zip(targets, verdicts, strict=True):
        key = (target.plan, target.plan_version, target.municipality_code, target.indicator)
        before = base.verdict(key)
        if before is None or before["status"] == verdict.status:
            continue
        observed = series.get((target.indicator, target.municipality_code), [])
        recorded[*key, as_of] = {
            "plan": target.plan,
            "plan_version": target.plan_version,
            "municipality_code": target.municipality_code,
            "indicator": target.indicator,
            "judged_at": as_of,
            "status": verdict.status,
            "status_before": before["status"],
            "reason_of_change": _reason(target, verdict, observed, measures[target.indicator], base, before),
        }
    return list(recorded.values())


def _key_of(row: Mapping[str, Any]) -> Key:
    return row["plan"], row["plan_version"], row["municipality_code"], row["indicator"]


def _judged_before(folder: Path) -> bool:
    """Whether anything was judged in a folder of tables; not so in none, nor in one of before there were verdicts."""
    return any((folder / f"{table}.parquet").exists() for table in ("verdicts", HISTORY))


def _base_folder(folder: Path) -> Path:
    return folder / BEFORE if (folder / BEFORE).is_dir() else folder


def _looks_back(folder: Path) -> bool:
    """Whether the tables in a folder were judged as of a day that had passed when they were built."""
    try:
        return bool(json.loads((folder / MANIFEST).read_text("utf-8"))["looks_back"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _date_of(folder: Path) -> dt.date | None:
    """As of when the tables in a folder were judged; None where that is not said."""
    try:
        return dt.date.fromisoformat(json.loads((folder / MANIFEST).read_text("utf-8"))["as_of"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _told(file: str, reason: str) -> Fault:
    return Fault(SOURCE_OF_HISTORY, f"processed/{file}", None, None, None, reason)


def _set_aside(path: Path, data: Path) -> str:
    """Keep a file of the previous build under another name; returns that name, as readers are told it.

    The name holds the content's hash, so that builds that fail later do not keep the same thing twice.
    """
    folder = data / SET_ASIDE
    folder.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        kept = folder / f"{path.stem}-{len(list(folder.iterdir())) + 1}{path.suffix}"
        shutil.copytree(path, kept)
    else:
        kept = folder / f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}"
        shutil.copyfile(path, kept)
    return f"{data.name}/{SET_ASIDE}/{kept.name}"


def _rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """Every row of a table; raises one of _UNREADABLE where it is not what a build wrote."""
    found = pq.read_table(folder / f"{table}.parquet", partitioning=None)
    missing = [name for name in NEEDED[table] if name not in found.column_names]
    if missing:
        raise ValueError(missing[0])
    if table in BASE:
        # Of a country's verdicts, a comparison needs a fifth of the columns.
        found = found.select(list(NEEDED[table]))
    for field in arrow(table) if table in GATHERED else ():
        if field.name in found.column_names:
            place = found.column_names.index(field.name)
            found = found.set_column(place, field.name, found.column(place).cast(field.type))
    keys = [name for name in (*_KEY, "judged_at", "year") if name in NEEDED[table]]
    if any(found.column(name).null_count for name in keys):
        raise ValueError(table)
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def _recorded(folder: Path, data: Path, last: dt.date, faults: list[Fault]) -> list[dict[str, Any]]:
    """The flips of the previous build up to a day."""
    path = folder / f"{HISTORY}.parquet"
    if not path.exists():
        faults.append(
            _told(path.name, "Falta entre as tabelas anteriores; o histórico das situações recomeça aqui.")
        )
        return []
    try:
        rows = _rows(folder, HISTORY)
    except _UNREADABLE:
        kept = _set_aside(path, data)
        reason = (
            f"O arquivo estava danificado e foi guardado em {kept}; o histórico das situações recomeça aqui."
        )
        faults.append(_told(path.name, reason))
        return []
    columns = arrow(HISTORY).names
    rows = [{name: row.get(name) for name in columns} for row in rows]
    future = [row["judged_at"] for row in rows if row["judged_at"] > last]
    if future:
        kept = _set_aside(path, data)
        reason = (
            f"{len(future)} mudança(s) de situação tinham data que ainda não chegou (até {max(future).isoformat()}) "
            f"e saíram do histórico; o arquivo como estava foi guardado em {kept}."
        )
        faults.append(_told(path.name, reason))
    return [row for row in rows if row["judged_at"] <= last]


def _base(
    folder: Path,
    data: Path,
    as_of: dt.date,
    today: dt.date,
    judged: Mapping[Key, str],
    faults: list[Fault],
) -> Base | None:
    """What the verdicts of the tables in a folder rested on; None where a part of it cannot be read."""
    manifest = folder / MANIFEST
    if manifest.exists() and manifest_of(folder) is None:
        kept = _set_aside(manifest, data)
        faults.append(_told(manifest.name, f"O arquivo estava danificado e foi guardado em {kept}."))
    # Without a date the tables are taken for what they are: the last ones that readers saw.
    day = _date_of(folder) or as_of
    if day > today:
        reason = (
            f"A construção anterior foi julgada em {day.isoformat()}, que ainda não chegou; "
            "as situações de agora não se comparam com as dela."
        )
        faults.append(_told(manifest.name, reason))
        return None
    rows: dict[str, list[dict[str, Any]]] = {}
    series: Series = {}
    whole = True
    before: dict[Key, str] = {}
    for table in BASE:
        path = folder / f"{table}.parquet"
        problem = "Falta entre as tabelas anteriores"
        try:
            if path.exists():
                problem = ""
                if table == "values":
                    # Only where a status may have changed does anybody ask why.
                    other = {(key[3], key[2]) for key, status in judged.items() if before.get(key) != status}
                    series = _series(path, as_of, other)
                else:
                    rows[table] = _rows(folder, table)
                for row in rows[table] if table == "verdicts" else ():
                    before[_key_of(row)] = row["status"]
        except _UNREADABLE:
            problem = f"O arquivo estava danificado e foi guardado em {_set_aside(path, data)}"
        if problem:
            whole = False
            reason = f"{problem}; as mudanças desde a construção anterior não puderam ser comparadas."
            faults.append(_told(path.name, reason))
    if not whole:
        return None
    milestones: dict[Key, dict[int, float]] = defaultdict(dict)
    for row in rows["milestones"]:
        milestones[_key_of(row)][row["year"]] = row["value"]
    return Base(
        day,
        {_key_of(row): row for row in rows["verdicts"]},
        {_key_of(row): row for row in rows["targets"]},
        milestones,
        {row["indicator"]: row for row in rows["indicators"]},
        series,
    )


def _series(path: Path, as_of: dt.date, promised: Set[tuple[str, str]]) -> Series:
    with duckdb.connect() as con:
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute(_VALUES.format(path=path.as_posix().replace("'", "''")))
        return read_observations(con, as_of, sorted({name for name, _ in promised}), promised)


def _reason(
    target: Target,
    verdict: Verdict,
    observations: Sequence[Observation],
    facts: Indicator,
    base: Base,
    before: Mapping[str, Any],
) -> str:
    """Why a verdict is another one than before; the first cause that holds, in the order of what people do.

    Nothing but the date may have changed: a deadline that passed without data turns a verdict too.
    """
    key = _key_of(before)
    was = base.targets.get(key, {})
    if (
        key[1] != target.plan_version
        or any(was.get(name) != getattr(target, name) for name in TARGET_FACTS)
        or names(was.get("target_categories")) != names(target.target_categories)
        or base.milestones.get(key, {}) != dict(target.milestones)
    ):
        return "target_revised"
    declared = base.measures.get(target.indicator, {})
    if any(declared.get(name) != getattr(facts, name) for name in ("better", "multiplier", "kind")) or (
        names(declared.get("categories")) != facts.categories
    ):
        return "method_changed"
    earlier = {one.year: one for one in base.series.get((target.indicator, target.municipality_code), [])}
    now = {one.year: one for one in observations}
    if any(one.break_before != earlier[year].break_before for year, one in now.items() if year in earlier):
        return "method_changed"
    if any(
        one.value is not None and (year not in earlier or earlier[year].value is None)
        for year, one in now.items()
    ):
        return "new_data"
    if any(
        replace(one, flag=None) != replace(earlier[year], flag=None)
        for year, one in now.items()
        if year in earlier
    ):
        return "revised_data"
    if set(earlier) - set(now):
        return "revised_data"
    if (verdict.latest_year or 0) > (before["latest_year"] or 0):
        return "new_data"
    if verdict.status == "missed":
        return "deadline_passed"
    if verdict.status == "no_data":
        return "expired"
    return "method_changed"
