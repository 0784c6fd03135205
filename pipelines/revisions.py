"""What a newer edition changed of what an older one had published: value by value, as the indicators show it.

Nothing is remembered from build to build: the editions on the shelf are read again, each pair of neighbours by today's
declarations and SQL, so that a change of method is no revision. What a pair gave is kept in data/.revisions until one
of the two, or what reads them, is another.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import declarations, staging
from pipelines.cells import inside
from pipelines.declarations import HERE, Config, Source
from pipelines.editions import Edition, EditionError, Shelf, Standing, all_known, dated
from pipelines.lineage import column_references
from pipelines.plausible import PEOPLE
from pipelines.raw_files import REGISTRY, Fault, keep, quoted, raw_path, read_query
from pipelines.schema import arrow
from pipelines.swapping import silent

# Beside the tables: what pairs of editions gave, by what it depends on. May be deleted at any moment.
KEPT = ".revisions"
REVISED, WITHDRAWN = "revised", "withdrawn"
# What reads raw files and makes values of them: where one of these is another, so may be what a pair gives.
READERS = (
    "cells", "columns", "lineage", "periods", "plausible", "raw_files", "revisions", "schema", "staging",
)  # fmt: skip
# Sources that every other one is read against.
ALWAYS = frozenset({REGISTRY, PEOPLE})

# Indicator, municipality and period (ISO) of a value.
Place = tuple[str, str, str]
Moment = tuple[dt.date, int]


@dataclass
class Found:
    """What a pair of editions gave: rows of the table `revisions` but for the edition, and what is to be told."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Past:
    """The kept editions of every source up to a day, and how to get at them."""

    raw: Path
    sources: Mapping[str, Source]
    shelves: Mapping[str, Sequence[Edition]]

    def at(self, source: str, moment: Moment, before: bool) -> Edition | None:
        """The edition of a source that stood at a moment or right before it; its oldest where none did yet."""
        held = self.shelves[source]
        stood = [one for one in held if (one.place < moment if before else one.place <= moment)]
        return stood[-1] if stood else held[0] if held else None

    def stand(self, source: str, edition: Edition | None) -> Standing:
        """What to read for an edition. Raises EditionError where its file is damaged."""
        declared = self.sources[source]
        if edition is None or (edition.sha256 == declared.sha256 and not edition.file):
            return Standing(declared, raw_path(self.raw / source))
        shelf = Shelf(self.raw / source)
        shelf.read(edition.label)
        return Standing(dated(declared, edition), shelf.folder / edition.file)


def fill(con: duckdb.DuckDBPyConnection, config: Config, until: dt.date) -> None:
    """Fill the table `revisions` with what editions up to a day changed; what cannot be compared goes to `rejected`.

    `con`: the build's own, with the sources and indicators loaded.
    """
    sources = declarations.sources()
    editions, damaged = all_known(config.raw, sources.values())
    keep(con, [_told(name, text) for name, text in damaged.items()])
    held = {
        name: [e for e in found if (e.file or e.sha256 == sources[name].sha256) and e.day <= until]
        for name, found in editions.items()
    }
    moments: dict[Moment, list[str]] = defaultdict(list)
    for name, found in held.items():
        for edition in found[1:]:
            moments[edition.place].append(name)
    reads = _reads(con) if moments else {}
    past = _Past(config.raw, sources, held)
    used: set[Path] = set()
    for moment in sorted(moments):
        renewed = moments[moment]
        touched = sorted(name for name, read in reads.items() if read & set(renewed))
        if not touched:
            continue
        needed = sorted(ALWAYS.union(*(reads[name] for name in touched)))
        path = config.data / KEPT / f"{_mark(config, past, moment, touched, needed)}.json"
        used.add(path)
        pair = _recalled(path) or _compared(config, past, moment, touched, needed, path)
        keep(con, [_told(name, text) for name, text in pair.faults])
        _store(con, pair.rows, past, moment, renewed, reads)
    if until >= config.today():
        for path in (config.data / KEPT).glob("*.json"):
            if path not in used:
                path.unlink(missing_ok=True)


def _told(source: str, text: str) -> Fault:
    return Fault(source, f"{source}/editions", None, None, None, text)


def _reads(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Which sources the SQL of each indicator reads."""
    queries = {name: read_query(HERE / "indicators" / f"{name}.sql") for name in declarations.indicators()}
    return {name: {table for table, _ in column_references(con, query)} for name, query in queries.items()}


def _mark(config: Config, past: _Past, moment: Moment, touched: Iterable[str], needed: Iterable[str]) -> str:
    """What the comparison of a pair depends on, as one hash."""
    digest = hashlib.sha256(config.territory.state.encode())
    for name in touched:
        digest.update(repr(declarations.indicators()[name]).encode())
        digest.update((HERE / "indicators" / f"{name}.sql").read_bytes())
    for name in needed:
        # What a fetch writes into a declaration is said by the editions themselves.
        fixed = replace(
            past.sources[name], edition="", retrieved=dt.date.min, sha256="", rows=0, periods="", origin=""
        )
        digest.update(repr(fixed).encode())
        digest.update((HERE / "sources" / f"{name}.sql").read_bytes())
        for before in (True, False):
            edition = past.at(name, moment, before)
            digest.update(f"{edition and (edition.label, edition.sha256)}".encode())
    for name in READERS:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:32]


def _recalled(path: Path) -> Found | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        rows = [dict(zip(_COLUMNS, row, strict=True)) for row in told["rows"]]
        return Found(rows, [(name, text) for name, text in told["faults"]])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


_COLUMNS = ("indicator", "municipality_code", "period", "kind", "before", "after")


def _compared(
    config: Config, past: _Past, moment: Moment, touched: Sequence[str], needed: Sequence[str], path: Path
) -> Found:
    """Compare the values before a moment with those after it, and keep what was found."""
    values = []
    for before in (True, False):
        stands = {}
        for name in needed:
            try:
                stands[name] = past.stand(name, past.at(name, moment, before))
            except EditionError as error:
                # Not written down: the file may be brought back.
                return Found([], [(name, str(error))])
        values.append(_values(config, stands, touched))
    (old, missing), (new, lacking) = values
    found = Found()
    for name, reason in {**missing, **lacking}.items():
        text = f"A edição que valia em {moment[0]:%d/%m/%Y} não se compara com a vizinha: {reason}"
        found.faults.append((name, text))
    unread = missing.keys() | lacking.keys()
    reads = {name: _sources_of(name) for name in touched} if unread else {}
    found.rows = [
        row
        for row in _differences(old, new, past.sources)
        if not unread or not reads[row["indicator"]] & unread
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"rows": [[row[name] for name in _COLUMNS] for row in found.rows], "faults": found.faults}
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
    aside.replace(path)
    return found


def _sources_of(indicator: str) -> set[str]:
    with duckdb.connect() as con:
        query = read_query(HERE / "indicators" / f"{indicator}.sql")
        return {table for table, _ in column_references(con, query)}


def _values(
    config: Config, stands: Mapping[str, Standing], touched: Iterable[str]
) -> tuple[dict[Place, float], dict[str, str]]:
    """The values of some indicators as certain editions give them, and by source why it could not be read."""
    with duckdb.connect() as con:
        staging.opened(con)
        staging.load_sources(con, config, stands, silent)
        con.execute(
            f"""create table municipalities as select municipality_code from source.{quoted(REGISTRY)}
            where {inside(config.territory.state)}"""
        )
        present = {
            name
            for (name,) in con.execute(
                "select table_name from duckdb_tables() where schema_name = 'source'"
            ).fetchall()
        }
        told = "select source, any_value(reason) from rejected where line is null or line = 1 group by all"
        reasons = dict(con.execute(told).fetchall())
        missing = {name: reasons.get(name, "não pôde ser lida.") for name in stands if name not in present}
        declared = declarations.indicators()
        staging.stage_indicators(con, {name: declared[name] for name in touched}, stands, silent)
        staging.check_values(con, stands)
        rows = con.execute(
            """select indicator, municipality_code, period::varchar, value
            from staged semi join municipalities using (municipality_code)
            where wrong is null and value is not null"""
        ).fetchall()
    return {(indicator, code, period): value for indicator, code, period, value in rows}, missing


def _differences(
    old: Mapping[Place, float], new: Mapping[Place, float], sources: Mapping[str, Source]
) -> list[dict[str, Any]]:
    """The values that are another or no longer there; a newer photograph in the place of an older one is neither."""
    periods: dict[str, set[str]] = defaultdict(set)
    for indicator, _, period in new:
        periods[indicator].add(period)
    indicators = declarations.indicators()
    rows = []
    for place, before in sorted(old.items()):
        indicator, code, period = place
        after = new.get(place)
        if after is not None and abs(after - before) <= 1e-9 * max(1.0, abs(before)):
            continue
        photograph = sources[indicators[indicator].source].period_form == "day"
        if after is None and photograph and period not in periods[indicator]:
            continue
        kind = WITHDRAWN if after is None else REVISED
        rows.append(dict(zip(_COLUMNS, (indicator, code, period, kind, before, after), strict=True)))
    return rows


def _store(
    con: duckdb.DuckDBPyConnection,
    rows: Sequence[Mapping[str, Any]],
    past: _Past,
    moment: Moment,
    renewed: Sequence[str],
    reads: Mapping[str, set[str]],
) -> None:
    """Add what was found at a moment to the table `revisions`, each row with the edition that brought it."""
    indicators = declarations.indicators()
    whole = []
    for row in rows:
        brought = sorted(
            reads[row["indicator"]] & set(renewed),
            key=lambda name: (name != indicators[row["indicator"]].source, name),
        )
        edition = past.at(brought[0], moment, before=False)
        assert edition is not None
        told = {"source": brought[0], "label": edition.label, "revised_at": edition.day}
        whole.append({**row, **told, "period": dt.date.fromisoformat(row["period"])})
    if whole:
        con.register("found_revisions", pa.Table.from_pylist(whole, schema=arrow("revisions")))
        con.execute("insert into revisions select * from found_revisions")
        con.unregister("found_revisions")


def fill_editions(
    con: duckdb.DuckDBPyConnection, config: Config, as_of: dt.date, stands: Mapping[str, Standing]
) -> None:
    """Fill the table `editions`: every known edition and what it changed. `stands`: what this build read."""
    editions, _ = all_known(config.raw, declarations.sources().values())
    changed = {
        (source, label): (revised, withdrawn)
        for source, label, revised, withdrawn in con.execute(
            f"""select source, label, count(*) filter (kind = '{REVISED}'), count(*) filter (kind = '{WITHDRAWN}')
            from revisions group by all"""
        ).fetchall()
    }
    used = {name: _used(found, stands[name], as_of) for name, found in editions.items() if name in stands}
    rows = [
        {
            "source": name,
            "label": one.label,
            "retrieved": one.day,
            "origin": one.origin,
            "edition": one.edition,
            "rows": one.rows,
            "sha256": one.sha256,
            "kept": bool(one.file) or one.sha256 == declarations.sources()[name].sha256,
            "in_use": used.get(name) == one.label,
            "revised": changed.get((name, one.label), (0, 0))[0],
            "withdrawn": changed.get((name, one.label), (0, 0))[1],
            "readings": 0,
        }
        for name, found in editions.items()
        for one in found
    ]
    con.register("known_editions", pa.Table.from_pylist(rows, schema=arrow("editions")))
    con.execute("insert into editions select * from known_editions")
    con.unregister("known_editions")


def _used(found: Sequence[Edition], stand: Standing, as_of: dt.date) -> str:
    """Which edition a build read; the last one of those with the same bytes that had come in by then."""
    same = [one for one in found if one.sha256 == stand.source.sha256]
    before = [one for one in same if one.day <= as_of]
    return before[-1].label if before else same[0].label if same else ""


def count_readings(con: duckdb.DuckDBPyConnection, commitments: Iterable[str], plans: Path) -> None:
    """Say in the table `editions` how many readings rest on each: those of this build, and every change of status.

    A change rests on the editions of its day and on the last one before it, of the sources of its indicator and, of an
    official commitment, of those that its targets are read from. `commitments`: their ids; `plans`: where their SQL
    lies. `con` has the tables lineage, verdicts and verdict_history.
    """
    read = [
        (name, source)
        for name in commitments
        for source in sorted(set(re.findall(r"\bsource\.(\w+)", read_query(plans / f"{name}.sql"))))
    ]
    con.execute("create or replace temp table plan_sources (plan varchar, source varchar)")
    if read:
        con.executemany("insert into plan_sources values (?, ?)", read)
    con.execute(
        """
        update editions set readings = 0;
        create or replace temp table resting as
        with readings as (
            select plan, indicator, null::date as day, count(*) as readings from verdicts group by all
            union all
            select plan, indicator, judged_at, count(*) from verdict_history group by all
        ), sourced as (
            select distinct r.plan, r.indicator, r.day, r.readings, l.source
            from readings r join (select distinct indicator, source from lineage) l using (indicator)
            union
            select r.plan, r.indicator, r.day, r.readings, p.source from readings r join plan_sources p using (plan)
        ), stood as (
            select s.readings, e.source, e.label, s.day, e.in_use, e.retrieved,
                max(e.retrieved) filter (e.retrieved < s.day) over (
                    partition by s.plan, s.indicator, s.day, s.source) as last
            from sourced s join editions e using (source)
        )
        select source, label, sum(readings)::integer as readings from stood
        where case when day is null then in_use else retrieved in (day, last) end group by all;
        update editions set readings = r.readings from resting r
        where r.source = editions.source and r.label = editions.label;
        """
    )
