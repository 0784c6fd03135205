"""Plans gathered and judged at the end of a build: official commitments and municipal plans, in one database.

Makes the tables plans, targets, milestones, deliverables, verdicts and verdict_history.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import declarations, failures, history, plan_files
from pipelines.declarations import STATES, Commitment, Config, DeclarationError, Indicator, commitments
from pipelines.observations import read_observations
from pipelines.panel import Panel, grounds_of_tables
from pipelines.plan_files import Deliverable, PlanFile, of_source, target_of
from pipelines.raw_files import keep, read_query
from pipelines.schema import arrow
from pipelines.verdicts import Grounds, Observation, Target, names, pt_number
from pipelines.verdicts.many import judge_many

PLANS = declarations.HERE / "plans"
SOURCE_OF_PLANS = "plans"


@dataclass
class _Gathered:
    """The rows of the tables, while the plans come in."""

    plans: list[dict[str, Any]]
    targets: list[Target]
    deliverables: list[dict[str, Any]]


def judge_plans(
    con: duckdb.DuckDBPyConnection,
    config: Config,
    as_of: dt.date,
    previous: Path | None,
    today: dt.date | None = None,
    panel: Panel | None = None,
    standing: Path | None = None,
) -> None:
    """Gather all plans and judge their targets, as of a date.

    `con` holds the schema `source` and the tables municipalities, indicators, values and rejected; the tables
    of plans and verdicts are made beside them. `previous`: folder of the last build's Parquet tables, for the
    history of verdicts, or None; what is damaged there, or judged after `today`, is set aside and told in
    `rejected`. A judging of a day before `today` adds nothing to the history; without a `today` every day is one. `panel`:
    what is known beyond each municipality's series. `standing`: a folder of tables from which the official commitments
    are taken as they stand there, instead of from their SQL. Raises DeclarationError for an official
    commitment that cannot be used; faulty municipal plans go to `rejected` and the others come in.
    """
    measures = read_measures(con)
    places = dict(con.execute("select municipality_code, name from municipalities").fetchall())
    gathered = _Gathered([], [], [])
    if standing is None:
        _add_commitments(con, gathered, measures, places)
    else:
        _take_commitments(con, standing, gathered, measures)
    _add_municipal_plans(con, config, gathered, measures, places)

    promised = {(target.indicator, target.municipality_code) for target in gathered.targets}
    series = read_observations(con, as_of, sorted({name for name, _ in promised}), promised)
    plans = _with_successors(gathered.plans, as_of)
    # What is not yet in force is not read: its first verdict is of the day on which it begins to hold.
    coming = {(plan["plan"], plan["plan_version"]) for plan in plans if is_coming(plan, as_of)}
    judged = [target for target in gathered.targets if (target.plan, target.plan_version) not in coming]
    sources = declarations.sources()
    verdicts = judge_many(
        [of_source(one, sources.get(measures[one.indicator].source)) for one in judged],
        series,
        as_of,
        panel or Panel(),
    )
    _store(con, "plans", plans)
    _store(con, "targets", [vars(target) for target in gathered.targets])
    _store(
        con,
        "milestones",
        [
            {"year": year, "value": value, **{name: getattr(target, name) for name in _TARGET_KEY}}
            for target in gathered.targets
            for year, value in sorted(target.milestones.items())
        ],
    )
    _store(con, "deliverables", gathered.deliverables)
    _store(con, "verdicts", [vars(verdict) for verdict in verdicts])
    statuses = {(v.plan, v.plan_version, v.municipality_code, v.indicator): v.status for v in verdicts}
    old, faults = history.read(previous, config.data, as_of, today or dt.date.max, statuses)
    keep(con, faults)
    if today is not None and as_of < today:
        old = replace(old, base=None)
    flips = history.flips(judged, verdicts, series, measures, as_of, old)
    _store(con, "verdict_history", flips)


def _store(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make a table of what rows hold under the names of its columns; column by column, without a copy of the rows."""
    schema = arrow(table)
    columns = [pa.array([row[item.name] for row in rows], item.type) for item in schema]
    con.register("incoming_rows", pa.Table.from_arrays(columns, schema=schema))
    con.execute(f"create or replace table {table} as select * from incoming_rows")
    con.unregister("incoming_rows")


def read_measures(con: duckdb.DuckDBPyConnection) -> dict[str, Indicator]:
    """Every indicator of the table `indicators`: its declaration or, where there is none, what its row says."""
    declared = declarations.indicators()
    result = con.execute("select * from indicators")
    columns = [item[0] for item in result.description or ()]
    found = {}
    for row in result.fetchall():
        given = dict(zip(columns, row, strict=True))
        name = given["indicator"]
        if name in declared:
            found[name] = declared[name]
            continue
        given["categories"] = names(given["categories"])
        given["caveats"] = names(given["caveats"])
        given["range"] = (given.pop("range_low"), given.pop("range_high"))
        found[name] = Indicator(**given, short=given["title"], article="o")
    return found


def published(
    config: Config, municipality_code: str, indicators: Sequence[str]
) -> tuple[dict[str, list[Observation]], dict[str, list[int]], Callable[[str, str], Grounds]]:
    """From the built tables: by indicator a municipality's observations, and the years published for anyone; and what
    is known beyond them, asked by indicator and municipality."""
    with duckdb.connect() as con:
        for table in ("values", "municipalities", "oscillation", "items"):
            path = config.processed / f"{table}.parquet"
            columns = "* exclude (geometry)" if table == "municipalities" else "*"
            con.execute(f"create view \"{table}\" as select {columns} from read_parquet('{path.as_posix()}')")
        series = read_observations(con, dt.date.max, indicators)
        years = con.execute(
            """select indicator, list(distinct year order by year) from "values"
            where value is not null and indicator in (select unnest(?::varchar[])) group by indicator""",
            [list(indicators)],
        ).fetchall()
        known = {name: grounds_of_tables(con, name, municipality_code) for name in indicators}
    observations = {name: series.get((name, municipality_code), []) for name in indicators}
    return observations, dict(years), lambda indicator, _code: known[indicator]


def _awaits(con: duckdb.DuckDBPyConnection, indicator: Indicator) -> bool:
    """Whether the source of an indicator waits for its first figures, and none has come."""
    source = declarations.sources().get(indicator.source)
    if source is None or source.origin != declarations.AWAITED:
        return False
    found = con.execute(
        'select 1 from "values" where indicator = ? and value is not null limit 1', [indicator.indicator]
    )
    return not found.fetchall()


def _add_commitments(
    con: duckdb.DuckDBPyConnection,
    gathered: _Gathered,
    measures: Mapping[str, Indicator],
    places: Mapping[str, str],
) -> None:
    """Run the SQL of every official commitment."""
    declared = commitments(PLANS)
    asked = {indicator for commitment in declared.values() for indicator in commitment.indicators}
    loaded, covered = _loaded(con), _covered(con, asked)
    for name, commitment in declared.items():
        path = PLANS / f"{name}.sql"
        query = read_query(path)
        absent = sorted(_sources_of(query) - loaded)
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
        if all(_awaits(con, measures[indicator]) for indicator in commitment.indicators):
            # Of every municipality it would only say that there is no figure; the page of sources lists it.
            continue
        try:
            result = con.execute(query)
            columns = [item[0] for item in result.description or ()]
            rows = [dict(zip(columns, row, strict=True)) for row in result.fetchall()]
        except duckdb.Error as error:
            raise DeclarationError(f"{path}: {str(error).strip().splitlines()[0]}") from error
        _check_rows(path, columns, rows, commitment)
        rows = [row for row in rows if row["municipality_code"] in places]
        rows, silent = _told_and_silent(rows, covered)
        for indicator, codes in sorted(silent.items()):
            _reject(con, path.name, None, indicator, None, _silence(measures[indicator], codes))
        if silent and not rows:
            continue
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
        gathered.targets += [_official_target(commitment, measures[row["indicator"]], row) for row in rows]


def _sources_of(query: str) -> set[str]:
    """The sources that a commitment's SQL names."""
    return set(re.findall(r"\bsource\.(\w+)", query)) & set(declarations.sources())


def sources_asked() -> set[str]:
    """The sources whose rows the official commitments ask for; DeclarationError where the SQL of one cannot be read."""
    return {name for known in commitments(PLANS) for name in _sources_of(read_query(PLANS / f"{known}.sql"))}


def _loaded(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The sources that this build has taken in."""
    asked = "select table_name from information_schema.tables where table_schema = 'source'"
    return {row[0] for row in con.execute(asked).fetchall()}


def _covered(con: duckdb.DuckDBPyConnection, indicators: Iterable[str]) -> set[tuple[str, str]]:
    """Which of some indicators have any figure in which states, by the code's first two digits."""
    found = con.execute(
        """select distinct indicator, left(municipality_code, 2) from "values"
        where value is not null and indicator in (select unnest(?::varchar[]))""",
        [sorted(indicators)],
    )
    return set(found.fetchall())


def _told_and_silent(
    rows: Iterable[dict[str, Any]], covered: Set[tuple[str, str]]
) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The rows of a commitment where its indicator has figures; and of the others the municipalities, by indicator.

    `covered`: the pairs of indicator and state with any value. A municipality that lacks a figure others of its state
    have is told as such; of a state that the source does not bring there is nothing to read of anybody.
    """
    told: list[dict[str, Any]] = []
    silent: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        code, indicator = row["municipality_code"], row["indicator"]
        if (indicator, code[:2]) in covered:
            told.append(row)
        else:
            silent[indicator].append(code)
    return told, silent


def _silence(indicator: Indicator, codes: Sequence[str]) -> str:
    """Of whom an indicator has no figure, so that a commitment leaves them out."""
    letters = {number: letter for letter, number in STATES.items()}
    states = sorted({letters[code[:2]] for code in codes})
    count = pt_number(len(codes), 0)
    whose = "do município ficou" if len(codes) == 1 else f"dos {count} municípios ficaram"
    goals = "a meta" if len(codes) == 1 else "as metas"
    return (
        f"A fonte não traz nenhum dado de “{indicator.title}” em {', '.join(states)}: {goals} {whose} de fora. "
        "Confira se a fonte tem edição nacional."
    )


def _take_commitments(
    con: duckdb.DuckDBPyConnection, folder: Path, gathered: _Gathered, measures: Mapping[str, Indicator]
) -> None:
    """The official commitments as an earlier build of the same figures wrote them into its tables."""
    declared = commitments(PLANS)

    def rows(table: str) -> list[dict[str, Any]]:
        held = pq.read_table(folder / f"{table}.parquet", partitioning=None).to_pylist()
        return [row for row in held if row["plan"] in declared]

    steps: dict[tuple[Any, ...], dict[int, float]] = defaultdict(dict)
    for row in rows("milestones"):
        steps[tuple(row[name] for name in _TARGET_KEY)][row["year"]] = row["value"]
    gathered.plans += [
        {name: row[name] for name in arrow("plans").names if name != "superseded_by"} for row in rows("plans")
    ]
    for row in rows("targets"):
        key = tuple(row[name] for name in _TARGET_KEY)
        given = {name: row[name] for name in arrow("targets").names if name != "indicator"}
        given["target_categories"] = names(row["target_categories"])
        gathered.targets.append(
            target_of(
                measures[row["indicator"]],
                **given,
                milestones=dict(steps.get(key, {})),
                steps_of=declared[row["plan"]].steps_of,
            )
        )


_TARGET_KEY = ("plan", "plan_version", "municipality_code", "indicator")
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


def _official_target(commitment: Commitment, facts: Indicator, row: Mapping[str, Any]) -> Target:
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
        steps_of=commitment.steps_of,
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


def _plan_files(config: Config) -> list[tuple[str, Path]]:
    """Every file and folder with a municipal plan, as `rejected` names it and where it lies."""
    found = []
    for label, folder in zip(("plans", "programme"), config.plan_folders, strict=True):
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            # Hidden files, and the lock files that Excel leaves beside an open plan.
            if not path.name.startswith((".", "~$")):
                found.append((f"{label}/{path.name}", path))
    return found


def _steady(
    path: Path, places: Mapping[str, str], measures: Mapping[str, Indicator]
) -> PlanFile | list[plan_files.Fault]:
    """A plan read while nobody put another folder in its place: half of two plans would be nobody's plan."""
    for _ in range(3):
        before = path.stat().st_ino
        found = plan_files.read_plan(path, path.name, places, measures)
        if path.stat().st_ino == before:
            break
    return found


def _add_municipal_plans(
    con: duckdb.DuckDBPyConnection,
    config: Config,
    gathered: _Gathered,
    measures: Mapping[str, Indicator],
    places: Mapping[str, str],
) -> None:
    """Read every plan of the plan folders; what is faulty stays out and says why in `rejected`."""
    official = {plan["plan"] for plan in gathered.plans}
    taken: dict[tuple[str, int], str] = {}
    owners: dict[str, tuple[str, str]] = {}
    for label, path in _plan_files(config):
        try:
            found = _steady(path, places, measures)
        except OSError as error:
            what, mend = failures.in_words(error)
            reason = f"O arquivo não pôde ser lido: {what}. {mend}."
            _reject(con, label, None, None, None, reason)
            continue
        if isinstance(found, list):
            for fault in found:
                place = f"aba {fault.sheet}: " if fault.sheet else ""
                reason = f"{place}{fault.problem}. {fault.mend}"
                reason = reason[0].upper() + reason[1:]
                _reject(con, label, fault.row, fault.column, fault.value, reason)
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
            _reject(con, label, None, "Identificador", found.plan, problem[0].upper() + problem[1:])
            continue
        taken[key] = path.name
        _add_plan(gathered, found)


def _add_plan(gathered: _Gathered, plan: PlanFile) -> None:
    gathered.plans.append(
        {name: getattr(plan, name) for name in arrow("plans").names if name != "superseded_by"}
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


def is_coming(plan: Mapping[str, Any], as_of: dt.date) -> bool:
    """Whether a plan, as a row of the table `plans`, is still to come into force on a date."""
    return plan["superseded_by"] is None and not _has_begun(plan, as_of)


def _has_begun(plan: Mapping[str, Any], as_of: dt.date) -> bool:
    """Whether a plan's first day has come; some commitments name none and hold all the time."""
    return plan["valid_from"] is None or plan["valid_from"] <= as_of


def _with_successors(plans: Sequence[Mapping[str, Any]], as_of: dt.date) -> list[dict[str, Any]]:
    """The plans with `superseded_by`: the next version of the same plan that is in force on the date `as_of`.

    None for the version in force itself, and for one that is still to come and that no later one in force overtook.
    """
    versions = defaultdict(list)
    for plan in plans:
        if _has_begun(plan, as_of):
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
