"""Plans gathered and judged at the end of a build: official commitments and municipal plans, in one database.

Makes the tables plans, targets, milestones, deliverables, verdicts and verdict_history.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import declarations, failures, plan_files
from pipelines.declarations import Commitment, Config, DeclarationError, commitments
from pipelines.plan_files import Deliverable, Measure, PlanFile, target_of
from pipelines.raw_files import read_query
from pipelines.schema import SCHEMAS
from pipelines.verdicts import Observation, Target, Verdict, judge, names

PLANS = declarations.HERE / "plans"
SOURCE_OF_PLANS = "plans"

Series = dict[tuple[str, str], list[Observation]]


@dataclass
class _Gathered:
    """The rows of the tables, while the plans come in."""

    plans: list[dict[str, Any]]
    targets: list[Target]
    deliverables: list[dict[str, Any]]


def judge_plans(
    con: duckdb.DuckDBPyConnection, config: Config, as_of: dt.date, previous: Path | None
) -> None:
    """Gather all plans and judge their targets, as of a date.

    `con` holds the schema `source` and the tables municipalities, indicators, values and rejected; the tables
    of plans and verdicts are made beside them. `previous`: folder of the last build's Parquet tables, for the
    history of verdicts, or None. Raises DeclarationError for an official commitment that cannot be used;
    faulty municipal plans go to `rejected` and the others come in.
    """
    measures = read_measures(con)
    places = dict(con.execute("select municipality_code, name from municipalities").fetchall())
    gathered = _Gathered([], [], [])
    _add_commitments(con, gathered, measures, places)
    _add_municipal_plans(con, config.raw / "plans", gathered, measures, places)

    series = read_observations(con, as_of, sorted({target.indicator for target in gathered.targets}))
    verdicts = [
        judge(target, series.get((target.indicator, target.municipality_code), []), as_of)
        for target in gathered.targets
    ]
    _store(con, "plans", _with_successors(gathered.plans))
    _store(
        con,
        "targets",
        [
            {**vars(target), "target_categories": list(target.target_categories)}
            for target in gathered.targets
        ],
    )
    _store(
        con,
        "milestones",
        [
            {**vars(target), "year": year, "value": value}
            for target in gathered.targets
            for year, value in sorted(target.milestones.items())
        ],
    )
    _store(con, "deliverables", gathered.deliverables)
    _store(con, "verdicts", [vars(verdict) for verdict in verdicts])
    _store(con, "verdict_history", _history(gathered.targets, verdicts, series, measures, as_of, previous))


def _store(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    schema = SCHEMAS[table]
    picked = [{name: row[name] for name in schema.names} for row in rows]
    con.register("incoming_rows", pa.Table.from_pylist(picked, schema=schema))
    con.execute(f"create or replace table {table} as select * from incoming_rows")
    con.unregister("incoming_rows")


def read_measures(con: duckdb.DuckDBPyConnection) -> dict[str, Measure]:
    """The facts of every indicator, from the table `indicators` and, for the interval, the declarations."""
    declared = declarations.indicators()
    columns = [item.name for item in fields(Measure) if item.name != "interval"]
    rows = con.execute(f"select {', '.join(columns)} from indicators").fetchall()
    found = {}
    for row in rows:
        given = dict(zip(columns, row, strict=True))
        given["categories"] = names(given["categories"])
        known = declared.get(given["indicator"])
        found[given["indicator"]] = Measure(**given, interval=known.interval if known else None)
    return found


def read_observations(con: duckdb.DuckDBPyConnection, as_of: dt.date, indicators: Sequence[str]) -> Series:
    """One observation a year by indicator and municipality: the latest period inside it that has a value.

    Reads the table `values`. Periods after `as_of` are not yet there, except that the year of `as_of` itself
    may already be published under its last day.
    """
    rows = con.execute(
        """
        select indicator, municipality_code, year, value, numerator, denominator, flag,
            bool_or(coalesce(break_before, false)) over same_year, period
        from "values"
        where indicator in (select unnest(?::varchar[])) and (period <= ? or period = make_date(?, 12, 31))
        window same_year as (partition by indicator, municipality_code, year)
        qualify row_number() over (same_year order by value is null, period desc) = 1
        order by year
        """,
        [list(indicators), as_of, as_of.year],
    ).fetchall()
    series: Series = defaultdict(list)
    for indicator, code, *observed in rows:
        series[indicator, code].append(Observation(*observed))
    return series


def published(
    config: Config, municipality_code: str, indicators: Sequence[str]
) -> tuple[dict[str, list[Observation]], dict[str, list[int]]]:
    """From the built tables, by indicator: a municipality's observations, and years published for anyone."""
    with duckdb.connect() as con:
        path = config.processed / "values.parquet"
        con.execute(f"create view \"values\" as select * from read_parquet('{path.as_posix()}')")
        series = read_observations(con, dt.date.max, indicators)
        years = con.execute(
            """select indicator, list(distinct year order by year) from "values"
            where value is not null and indicator in (select unnest(?::varchar[])) group by indicator""",
            [list(indicators)],
        ).fetchall()
    return {name: series.get((name, municipality_code), []) for name in indicators}, dict(years)


def _add_commitments(
    con: duckdb.DuckDBPyConnection,
    gathered: _Gathered,
    measures: Mapping[str, Measure],
    places: Mapping[str, str],
) -> None:
    """Run the SQL of every official commitment."""
    loaded = {
        row[0]
        for row in con.execute(
            "select table_name from information_schema.tables where table_schema = 'source'"
        ).fetchall()
    }
    for name, commitment in commitments(PLANS).items():
        path = PLANS / f"{name}.sql"
        query = read_query(path)
        absent = sorted(set(re.findall(r"\bsource\.(\w+)", query)) & set(declarations.sources()) - loaded)
        if absent:
            _reject(
                con,
                path.name,
                None,
                None,
                None,
                f"A fonte {absent[0]} foi recusada; o compromisso ficou de fora.",
            )
            continue
        unknown = [indicator for indicator in commitment.indicators if indicator not in measures]
        if unknown:
            raise DeclarationError(f"{path.with_suffix('.toml')}: o indicador '{unknown[0]}' não existe.")
        try:
            result = con.execute(query)
            columns = [item[0] for item in result.description or ()]
            rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        except duckdb.Error as error:
            raise DeclarationError(f"{path}: {str(error).strip().splitlines()[0]}") from error
        _check_rows(path, columns, rows, commitment)
        gathered.plans.append(
            {
                "plan": name,
                "plan_version": commitment.version,
                "title": commitment.title,
                "origin": commitment.origin,
                "valid_from": commitment.valid_from,
                "legal_basis": commitment.legal_basis,
                "file": f"{name}.toml",
                "sha256": hashlib.sha256(path.with_suffix(".toml").read_bytes() + query.encode()).hexdigest(),
            }
        )
        gathered.targets += [
            _official_target(commitment, measures[row["indicator"]], row)
            for row in rows
            if row["municipality_code"] in places
        ]


NUMBERS_FROM_SQL = ("baseline_value", "target_value", "alert_value", "prudential_value")
YEARS_FROM_SQL = ("baseline_year", "target_year")
FROM_SQL = frozenset(
    {
        "municipality_code",
        "indicator",
        "target_categories",
        "milestones",
        *NUMBERS_FROM_SQL,
        *YEARS_FROM_SQL,
    }
)


def _check_rows(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], plan: Commitment
) -> None:
    wrong = sorted((set(columns) - FROM_SQL) | ({"municipality_code", "indicator"} - set(columns)))
    if wrong:
        raise DeclarationError(f"{path}: confira as colunas {', '.join(wrong)}. As colunas são: "
                               f"{', '.join(sorted(FROM_SQL))}.")  # fmt: skip
    seen = set()
    for row in rows:
        key = (row["municipality_code"], row["indicator"])
        if row["indicator"] not in plan.indicators:
            raise DeclarationError(f"{path}: o indicador '{row['indicator']}' não está no TOML.")
        if key in seen:
            raise DeclarationError(f"{path}: {' · '.join(map(str, key))} aparece duas vezes.")
        seen.add(key)


def _official_target(commitment: Commitment, facts: Measure, row: Mapping[str, Any]) -> Target:
    # A bare 97.0 in SQL is a decimal; the arithmetic is done in floats.
    given = {name: None if row.get(name) is None else float(row[name]) for name in NUMBERS_FROM_SQL}
    years = {name: None if row.get(name) is None else int(row[name]) for name in YEARS_FROM_SQL}
    return target_of(
        facts,
        plan=commitment.plan,
        plan_version=commitment.version,
        front=commitment.front,
        challenge=commitment.challenge,
        kind=commitment.kind,
        operator=commitment.operator or None,
        legal_basis=commitment.legal_basis,
        target_categories=names(row.get("target_categories")),
        milestones=_milestones(row.get("milestones")),
        municipality_code=row["municipality_code"],
        **given,
        **years,
    )


def _milestones(given: Any) -> dict[int, float]:
    """Milestones as year -> value, from a MAP or from a list of structs; a step without value is no step."""
    if not given:
        return {}
    pairs = given.items() if isinstance(given, Mapping) else ((step["year"], step["value"]) for step in given)
    return {int(year): float(value) for year, value in pairs if value is not None}


def _reject(
    con: duckdb.DuckDBPyConnection,
    file: str,
    line: int | None,
    column: str | None,
    value: str | None,
    reason: str,
) -> None:
    con.execute(
        "insert into rejected values (?, ?, ?, ?, ?, ?)", [SOURCE_OF_PLANS, file, line, column, value, reason]
    )


def _add_municipal_plans(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    gathered: _Gathered,
    measures: Mapping[str, Measure],
    places: Mapping[str, str],
) -> None:
    """Read every file and folder of data/raw/plans; what is faulty stays out and says why in `rejected`."""
    official = {plan["plan"] for plan in gathered.plans}
    taken: dict[tuple[str, int], str] = {}
    owners: dict[str, tuple[str, str]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        # Hidden files, and the lock files that Excel leaves beside an open plan.
        if path.name.startswith((".", "~$")):
            continue
        try:
            found = plan_files.read_plan(path, path.name, places, measures)
        except OSError as error:
            what, mend = failures.in_words(error)
            reason = f"O arquivo não pôde ser lido: {what}. {mend}."
            _reject(con, f"plans/{path.name}", None, None, None, reason)
            continue
        if isinstance(found, list):
            for fault in found:
                place = f"aba {fault.sheet}: " if fault.sheet else ""
                reason = f"{place}{fault.problem}. {fault.mend}"
                reason = reason[0].upper() + reason[1:]
                _reject(con, f"plans/{path.name}", fault.row, fault.column, fault.value, reason)
            continue
        key = (found.plan, found.plan_version)
        owner, first_file = owners.setdefault(found.plan, (found.municipality_code, path.name))
        problem = None
        if found.plan in official:
            problem = "o identificador é de um compromisso oficial. Dê outro ao plano."
        elif key in taken:
            problem = f"a versão {found.plan_version} deste plano já está em {taken[key]}. Aumente a versão."
        elif owner != found.municipality_code:
            problem = (
                f"o identificador já é de um plano de {places[owner]} ({first_file}). Dê outro ao plano."
            )
        if problem:
            _reject(
                con, f"plans/{path.name}", None, "Identificador", found.plan, problem[0].upper() + problem[1:]
            )
            continue
        taken[key] = path.name
        _add_plan(gathered, found)


def _add_plan(gathered: _Gathered, plan: PlanFile) -> None:
    gathered.plans.append(
        {name: getattr(plan, name) for name in SCHEMAS["plans"].names if name != "superseded_by"}
    )
    gathered.targets += plan.targets
    columns = {item.name for item in fields(Deliverable)}
    gathered.deliverables += [
        {
            "plan": plan.plan,
            "plan_version": plan.plan_version,
            "municipality_code": plan.municipality_code,
            **{name: getattr(item, name) for name in columns},
        }
        for item in plan.deliverables
    ]


def _with_successors(plans: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The plans with `superseded_by`: the next version of the same plan, None for the one in force."""
    versions = defaultdict(list)
    for plan in plans:
        versions[plan["plan"]].append(plan["plan_version"])
    return [
        {
            **plan,
            "superseded_by": min(
                (version for version in versions[plan["plan"]] if version > plan["plan_version"]),
                default=None,
            ),
        }
        for plan in plans
    ]


Key = tuple[str, int, str, str]


def _history(
    targets: Sequence[Target],
    verdicts: Sequence[Verdict],
    series: Series,
    measures: Mapping[str, Measure],
    as_of: dt.date,
    previous: Path | None,
) -> list[dict[str, Any]]:
    """The flips recorded so far and those since the previous build, with the reason of each."""
    old = _previous(previous, as_of, sorted({target.indicator for target in targets}))
    if old is None:
        return []
    history = {(*_key_of(row), row["judged_at"]): row for row in old.history}
    for target, verdict in zip(targets, verdicts, strict=True):
        key = (target.plan, target.plan_version, target.municipality_code, target.indicator)
        before = old.verdict(key)
        if before is None or before["status"] == verdict.status or old.as_of > as_of:
            continue
        history[*key, as_of] = {
            "plan": target.plan,
            "plan_version": target.plan_version,
            "municipality_code": target.municipality_code,
            "indicator": target.indicator,
            "judged_at": as_of,
            "status": verdict.status,
            "reason_of_change": _reason(
                target,
                verdict,
                series.get((target.indicator, target.municipality_code), []),
                measures[target.indicator],
                old,
                before,
            ),
        }
    return list(history.values())


def _key_of(row: Mapping[str, Any]) -> Key:
    return row["plan"], row["plan_version"], row["municipality_code"], row["indicator"]


@dataclass
class _Previous:
    """The tables of the previous build that tell what a verdict rested on."""

    as_of: dt.date
    history: list[dict[str, Any]]
    verdicts: dict[Key, dict[str, Any]]
    targets: dict[Key, dict[str, Any]]
    milestones: dict[Key, dict[int, float]]
    measures: dict[str, dict[str, Any]]
    series: Series

    def verdict(self, key: Key) -> Mapping[str, Any] | None:
        """The previous verdict under the same key or, for a new version of a plan, the version before it."""
        if key in self.verdicts:
            return self.verdicts[key]
        plan, version, code, indicator = key
        for earlier in range(version - 1, 0, -1):
            if (plan, earlier, code, indicator) in self.verdicts:
                return self.verdicts[plan, earlier, code, indicator]
        return None


def _previous(folder: Path | None, as_of: dt.date, indicators: Sequence[str]) -> _Previous | None:
    """Read the previous build; None if there is none or it is of before there were verdicts."""
    tables = ("verdicts", "verdict_history", "targets", "milestones", "indicators", "values")
    if folder is None or not all((folder / f"{table}.parquet").exists() for table in tables):
        return None
    manifest = folder / "build.json"
    judged = json.loads(manifest.read_text("utf-8"))["as_of"] if manifest.exists() else as_of.isoformat()
    with duckdb.connect() as con:
        rows: dict[str, list[dict[str, Any]]] = {}
        for table in tables:
            place = (folder / f"{table}.parquet").as_posix()
            con.execute(f"create view \"{table}\" as select * from read_parquet('{place}')")
            if table != "values":
                result = con.execute(f"select * from {table}")
                columns = [item[0] for item in result.description or ()]
                rows[table] = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        series = read_observations(con, as_of, indicators)
    milestones: dict[Key, dict[int, float]] = defaultdict(dict)
    for row in rows["milestones"]:
        milestones[_key_of(row)][row["year"]] = row["value"]
    return _Previous(
        dt.date.fromisoformat(judged),
        rows["verdict_history"],
        {_key_of(row): row for row in rows["verdicts"]},
        {_key_of(row): row for row in rows["targets"]},
        milestones,
        {row["indicator"]: row for row in rows["indicators"]},
        series,
    )


TARGET_FACTS = (
    "kind", "operator", "baseline_year", "baseline_value", "target_year", "target_value", "alert_value",
    "prudential_value",
)  # fmt: skip


def _reason(
    target: Target,
    verdict: Verdict,
    observations: Sequence[Observation],
    facts: Measure,
    old: _Previous,
    before: Mapping[str, Any],
) -> str:
    """Why a verdict is another one than before; the first cause that holds, in the order of what people do.

    Nothing but the date may have changed: a deadline that passed without data turns a verdict too.
    """
    key = _key_of(before)
    was = old.targets.get(key, {})
    if (
        key[1] != target.plan_version
        or any(was.get(name) != getattr(target, name) for name in TARGET_FACTS)
        or names(was.get("target_categories")) != names(target.target_categories)
        or old.milestones.get(key, {}) != dict(target.milestones)
    ):
        return "target_revised"
    declared = old.measures.get(target.indicator, {})
    if any(declared.get(name) != getattr(facts, name) for name in ("better", "multiplier", "kind")) or (
        names(declared.get("categories")) != facts.categories
    ):
        return "method_changed"
    earlier = {one.year: one for one in old.series.get((target.indicator, target.municipality_code), [])}
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
    return "method_changed"
