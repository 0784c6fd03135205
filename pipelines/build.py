"""Raw files in, Parquet tables out: read, cast, compute, check, judge, and swap in whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from pipelines import (
    accounts,
    aggregating,
    benchmarks,
    declarations,
    editions,
    gathering,
    geometry,
    history,
    national,
    neighbours,
    panel,
    plausible,
    reaching,
    revisions,
    serving,
    staging,
    tracing,
)
from pipelines.cells import inside, one_of
from pipelines.declarations import POPULATION_BANDS, SCOPES, Config
from pipelines.editions import Standing
from pipelines.failures import read_bounded
from pipelines.manifest import DRAWN, MANIFEST, manifest_of
from pipelines.periods import UNFINISHED
from pipelines.raw_files import MOST_RAW, REGISTRY, Fault, SourceError, keep, one_value, quoted, read_sheet
from pipelines.schema import ORDER, ddl
from pipelines.swapping import (
    BuildError,
    Progress,
    alone,
    flush,
    folder_beside,
    recover,
    refusals_in_words,
    silent,
    swap,
)
from pipelines.verdicts import pt_number


def inputs_fingerprint(config: Config, figures: str | None = None) -> str:
    """The sha256 over everything a build depends on: figures, where their own is known already, and municipal plans."""
    plans = [path for folder in config.plan_folders for path in sorted(folder.rglob("*"))]
    return _fingerprint(plans, figures or figures_fingerprint(config))


def figures_fingerprint(config: Config) -> str:
    """The sha256 over what tables are made of besides municipal plans: raw files, declarations, SQL, code, configuration."""
    plans = config.raw / "plans"
    # Editions never change; what is known of them is in their index.
    raw = (
        path
        for path in config.raw.rglob("*")
        if plans not in path.parents and (path.parent.name != editions.FOLDER or path.name == editions.INDEX)
    )
    files = [config.file, *sorted(raw)]
    files += [
        path for path in sorted(declarations.HERE.rglob("*")) if path.suffix in {".py", ".sql", ".toml"}
    ]
    if config.programme.participants:
        files.append(config.file.parent / config.programme.participants)
    return _fingerprint(files, "")


def _fingerprint(files: Iterable[Path], before: str) -> str:
    """A sha256 over files, by name and content, after another one.

    A file that cannot be read counts as such: its source says so in the build, and the others go on.
    """
    digest = hashlib.sha256(before.encode())
    for path in files:
        try:
            if path.is_file():
                content = read_bounded(path, MOST_RAW)
                digest.update(f"{path.name}\0".encode())
                digest.update(content)
        except OSError as error:
            digest.update(f"{path.name}\0 unreadable {error.errno}\0".encode())
    return digest.hexdigest()


def read_manifest(config: Config) -> dict[str, Any] | None:
    """What the present build says about itself, or None where there is none."""
    return manifest_of(config.processed)


def is_current(config: Config, as_of: dt.date | None = None) -> bool:
    """Whether the built tables come from the inputs as they stand and were judged as of a date.

    `as_of`: that date; where it is not given, today or whatever date the build itself was asked for.
    """
    manifest = read_manifest(config)
    if manifest is None or manifest["fingerprint"] != inputs_fingerprint(config):
        return False
    asked = as_of is None and manifest["as_of_given"]
    judged = asked or manifest["as_of"] == (as_of or config.today()).isoformat()
    drawn = all((declarations.STATIC / manifest["geometry"][name]).exists() for name in DRAWN)
    return bool(judged and drawn)


PARTICIPANTS = "participantes"
# Of the list's lines: more than anybody mends in one go.
MOST_FAULTS = 200
ANSWERS = {
    **dict.fromkeys(("sim", "s", "true", "1"), True),
    **dict.fromkeys(("não", "nao", "n", "false", "0"), False),
}


# Bytes; the list of the whole country has under 200 kB.
MOST_PARTICIPANTS = 5_000_000


def _check_plain(path: Path) -> None:
    """Raise SourceError for what has no end or never begins (a device, a pipe, a socket) and for a huge file."""
    if path.exists() and not path.is_dir():
        reason = None
        if not path.is_file():
            reason = f"{path.name} não é um arquivo comum. Ponha no lugar um CSV salvo pela planilha."
        elif path.stat().st_size > MOST_PARTICIPANTS:
            reason = f"{path.name} tem mais de {MOST_PARTICIPANTS // 1_000_000} MB. Salve só as duas colunas, uma linha por município."
        if reason:
            raise SourceError(Fault(PARTICIPANTS, path.name, None, None, None, reason))


def _participants(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """The table `participants`; empty when the programme's list is not informed or cannot be read."""
    con.execute("create or replace temp table participants (municipality_code varchar, participant boolean)")
    if not config.programme.participants:
        return
    path = config.file.parent / config.programme.participants
    try:
        _check_plain(path)
        rows = read_sheet(PARTICIPANTS, path)
    except SourceError as error:
        keep(con, [error.fault])
        return
    if not rows or not {"municipality_code", "participant"} <= set(rows[0][1]):
        found = ", ".join(rows[0][1]) if rows else None
        reason = (
            "A lista de participantes está vazia ou sem as colunas municipality_code e participant. "
            "Escreva-as na primeira linha; em participant, sim ou não."
        )
        keep(con, [Fault(PARTICIPANTS, path.name, 1, "municipality_code, participant", found, reason)])
        return
    # Six digits serve too, as everywhere.
    here = f"select published, municipality_code from codes where {inside(config.territory.state)}"
    known = dict(con.execute(here).fetchall())
    faults: list[Fault] = []
    wrong = 0
    seen: dict[str, bool] = {}
    for line, row in rows:
        code, participant = row.get("municipality_code"), row.get("participant")
        answer = ANSWERS.get((participant or "").lower())
        found = known.get(code or "")
        column, value = "municipality_code", code
        if found is None:
            reason = "Município desconhecido. Confira o código."
        elif answer is None:
            column, value, reason = "participant", participant, "Escreva sim ou não."
        elif found in seen:
            reason = "O município aparece duas vezes; vale a primeira linha."
        else:
            seen[found] = answer
            continue
        wrong += 1
        if wrong <= MOST_FAULTS:
            faults.append(Fault(PARTICIPANTS, path.name, line, column, value, reason))
    if wrong > MOST_FAULTS:
        reason = (
            f"Há mais {wrong - MOST_FAULTS} linhas com falhas na lista. Arrume as primeiras e rode de novo."
        )
        faults.append(Fault(PARTICIPANTS, path.name, None, None, None, reason))
    if seen:
        con.executemany("insert into participants values (?, ?)", list(seen.items()))
    keep(con, faults)


# The regions that IBGE numbers; the others are a state's own, which nobody has numbered.
OF_IBGE = ("immediate_region", "intermediate_region", "microregion", "mesoregion")


def _region_code(scope: str) -> str:
    """SQL: the key of a municipality's region: IBGE's code, or of a state's own its letters and its name in small letters."""
    if scope in OF_IBGE:
        return f"{scope}_code"
    name = f"regexp_replace(lower(strip_accents({scope})), '[^a-z0-9]+', '-', 'g')"
    return f"case when {scope} is not null then lower(state) || '-' || trim({name}, '-') end"


def _told_apart(name: str, code: str) -> str:
    """SQL: a name, with its state's letters where another code of the territory has the same one."""
    return (
        f"case when min({code}) over (partition by {name}) != max({code}) over (partition by {name}) "
        f"then {name} || ' (' || state || ')' else {name} end as {name}"
    )


def _municipalities(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """The table `municipalities` of the territory, without the geometry.

    Where two municipalities or two regions of a kind share a name, their state's letters follow it: everything that
    asks for a place by its name then finds one.
    """
    bands = " ".join(f"when population <= {limit} then '{label}'" for limit, label in POPULATION_BANDS[:-1])
    con.execute(
        f"""
        create or replace table municipalities as
        with latest as (
            select municipality_code, arg_max(population, period) as population, max(year(period)) as population_year
            from source.ibge_populacao where population > 0 group by all
        ),
        coded as (
            select * exclude ({", ".join(f"{scope}_code" for scope in OF_IBGE)}),
                {", ".join(f"{_region_code(scope)} as {scope}_code" for scope in SCOPES)}
            from source.{REGISTRY} where {inside(config.territory.state)}
        ),
        m as (
            select * replace ({_told_apart("name", "municipality_code")},
                {", ".join(_told_apart(scope, f"{scope}_code") for scope in SCOPES)})
            from coded
        )
        select m.municipality_code, m.name, m.state, m.latitude, m.longitude, m.area_km2,
            population::bigint as population, population_year::integer as population_year,
            case when population is null then null {bands} else '{POPULATION_BANDS[-1][1]}' end as population_band,
            {", ".join(f"m.{scope}_code, m.{scope}" for scope in OF_IBGE)}, m.planning_region_code, m.planning_region,
            m.planning_region_confirmed, m.health_region_code, m.health_region, p.participant, m.existe_desde::integer as existe_desde
        from m
        left join latest using (municipality_code)
        left join participants p using (municipality_code)
        order by m.municipality_code
        """
    )
    if not one_value(con, "select count(*) from municipalities"):
        raise BuildError(
            f"{config.file.name}: nenhum município no território '{config.territory.state}'. "
            "Confira o código do estado em [territory]."
        )


def _mark_implausible(con: duckdb.DuckDBPyConnection) -> None:
    """Flag the shares above 100 of the indicators that declare that they may pass it.

    The value is kept, and so are its counts for sums; but nobody is judged, ranked or praised by it.
    """
    con.execute(
        """update staged set flag = 'implausible' from indicators i
        where i.indicator = staged.indicator and i.unit = '%' and list_contains(i.caveats, ?)
            and staged.value > 100 and staged.flag is null""",
        [declarations.PASSES],
    )


def _items(con: duckdb.DuckDBPyConnection) -> None:
    """The table `items`: what figures made of items with dates of their own are made of."""
    con.execute(
        """insert into items
        select indicator, municipality_code, period, item.name, item.state, item.valid_until
        from (select * exclude (items), unnest(items) as item
            from staged semi join municipalities using (municipality_code) where items is not null and wrong is null)"""
    )


def _breaks(con: duckdb.DuckDBPyConnection) -> None:
    """The table `breaks`: where an indicator's method changed."""
    con.execute("create or replace table breaks (indicator varchar, period date)")
    rows = [
        (name, item.period)
        for name, indicator in declarations.indicators().items()
        for item in indicator.breaks
    ]
    if rows:
        con.executemany("insert into breaks values (?, ?)", rows)


def _values(con: duckdb.DuckDBPyConnection) -> None:
    """The table `values`: every municipality at every period published for anyone, missing ones with a reason."""
    declared = declarations.indicators()
    told = con.execute("select distinct edition from sources where edition is not null").fetchall()
    few = {"indicator": declared, "flag": declarations.FLAGS, "edition": [edition for (edition,) in told]}
    con.execute('drop table "values"; create table "values" (' + ddl("values") + ")")
    for column, texts in few.items():
        con.execute(f'alter table "values" alter {column} type {one_of(texts)}')
    # In the order in which it is written, some indicators at a time: all of the country's would be sorted on the disk.
    for part in aggregating.parts(con, "staged", declared):
        con.execute(_FILLED.format(names=", ".join("?" * len(part))), part)


# Sorted by one number, of the period's place and the code: in less time than three columns.
_FILLED = """
    insert into "values"
    with good as materialized (
        select s.indicator, s.municipality_code, s.period, s.value, s.numerator, s.denominator, s.flag, m.existe_desde
        from staged s join municipalities m using (municipality_code)
        where wrong is null and s.indicator in ({names})
    ),
    counted as materialized (select indicator, period, count(*) as known from good group by all),
    broken as (
        select distinct b.indicator, min(c.period) as period from breaks b
        join counted c on c.indicator = b.indicator and c.period >= b.period
        group by b.indicator, b.period
    ),
    calendar as materialized (
        select c.*, (row_number() over (order by c.indicator, c.period)) << 32 as place, year(c.period) as year,
            b.period is not null as break_before, s.edition
        from counted c
        join indicators i using (indicator)
        join sources s on s.source = i.source
        left join broken b on b.indicator = c.indicator and b.period = c.period
    ),
    gaps as (
        select c.indicator, m.municipality_code, c.period, null, null, null, null, m.existe_desde
        from (from calendar where known < (select count(*) from municipalities)) c cross join municipalities m
        anti join good g
            on g.indicator = c.indicator and g.municipality_code = m.municipality_code and g.period = c.period
    ),
    filled as (
        select g.*, c.place, c.year, c.break_before, c.edition,
            -- A zero before the municipality existed was filled in by somebody: it is no observation.
            coalesce(c.year < existe_desde, false) and coalesce(value, 0) = 0 as absent
        from (from good union all from gaps) g join calendar c using (indicator, period)
    )
    select indicator, municipality_code, period, year,
        case when not absent then value end,
        case when not absent and value is not null then numerator end,
        case when not absent and value is not null then denominator end,
        case when absent then 'not_in_existence' when value is null then coalesce(flag, 'not_available')
            else flag end,
        break_before, edition
    from filled
    order by place | municipality_code::integer
"""


def _tell_unfinished(con: duckdb.DuckDBPyConnection, stands: Mapping[str, Standing]) -> None:
    """Say in `rejected` which periods are not the latest yet of what is shown; their values are in all the same."""
    for name, period, municipalities, usual in con.execute(UNFINISHED).fetchall():
        source = declarations.indicators()[name].source
        reason = (
            f"O período terminado em {period:%d/%m/%Y} só tem valor em {pt_number(municipalities, 0)} de {pt_number(usual, 0)} municípios: "
            "entrou, e mapas e listas ainda abrem no anterior. Metas se leem por ele só onde metade dos municípios do estado "
            "o tem. Confira se a fonte já o publicou inteiro."
        )
        file = f"{source}/{stands[source].path.name}"
        keep(con, [Fault(source, file, None, name, None, reason)])


# Filled in the order in which they are written.
IN_ORDER = frozenset({"values"})


def write_table(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    """Write one table into `folder`, sorted as pages ask."""
    order = ORDER[name]
    sort = "" if order == "all" or name in IN_ORDER else f"order by {order}"
    con.execute(
        f"copy (select * from {quoted(name)} {sort}) to '{(folder / name).as_posix()}.parquet' "
        # The quickest level takes a fifth less time for files 4% larger.
        "(compression zstd, compression_level 1)"
    )


def _write_figures(con: duckdb.DuckDBPyConnection, folder: Path, as_of: dt.date) -> None:
    """Write what no plan changes into `folder`, after the municipalities and the table `values`. Reads no temporary table."""
    # Only checks read the raw text again, outside of a build.
    con.execute("drop schema raw cascade")
    con.execute("set memory_limit = ?", [MEMORY_BESIDE])
    for name in ORDER:
        if name not in serving.OF_PLANS and name != "values":
            write_table(con, name, folder)
    serving.write(folder, declarations.declared(gathering.PLANS), as_of)


def _write_places(con: duckdb.DuckDBPyConnection, config: Config, folder: Path) -> dict[str, object]:
    """Write into `folder` the municipalities and what lies behind values; returns what the maps on screen need."""
    tracing.keep(con, folder)
    # Nobody asks the build itself for them, and of a country they are a fifth of what it holds.
    con.execute("drop table lines")
    table = con.sql(
        """select m.* exclude (existe_desde), g.wkt from municipalities m
        left join source.ibge_malha g using (municipality_code) order by m.municipality_code"""
    ).to_arrow_table()
    drawn = geometry.write_geoparquet(table, folder / "municipalities.parquet")
    return geometry.write_screen_files(drawn, config.meshes)


def _keep_panel(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write into `folder` what is known of every municipality, once the panel is fitted. Asks for no value shown."""
    reaching.keep_trajectories(con, folder)
    panel.keep(con, folder)


def _keep_values(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write into `folder` the table `values` and, by its newest periods, where municipalities stand among all others."""
    write_table(con, "values", folder)
    neighbours.keep(con, folder)
    national.keep(con, folder, aggregating.FEWEST_STATES)


def _write_readings(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the rest of the tables into `folder`."""
    for name in ORDER:
        if name in serving.OF_PLANS:
            write_table(con, name, folder)


def standing(config: Config, as_of: dt.date) -> dict[str, Standing]:
    """What each source's figures are read from: of a day that has passed, the edition that stood on it.

    Raises BuildError where the index of editions of one cannot be read then.
    """
    day = as_of if as_of < config.today() else None
    try:
        return {
            name: editions.standing(config.raw / name, source, day)
            for name, source in declarations.sources().items()
        }
    except editions.EditionError as error:
        raise BuildError(str(error)) from None


_Made = TypeVar("_Made")
# What maps on screen need, by name.
Drawn = dict[str, object]


def build_tables(
    con: duckdb.DuckDBPyConnection,
    config: Config,
    as_of: dt.date,
    tell: Progress = silent,
    folder: Path | None = None,
) -> Drawn:
    """Make every table of the build in a DuckDB connection, and write them into a folder; what the maps on screen need.

    Raises BuildError or DeclarationError. `as_of`: the date of judging and, where it has passed, the day as of which
    the sources are read. `folder`: each table is written as soon as it stands, and what nothing asks for any more is
    dropped. Without one nothing is written, and all stays in `con`, raw.<source> too, for who holds the tables against it.
    """
    drawn, known = _figures(con, config, as_of, tell, folder)
    with con.cursor() as own, ThreadPoolExecutor(1) as pool:
        # One is DuckDB's work, the other Python's.
        written = None if folder is None else pool.submit(_write_figures, own, folder, as_of)
        _readings(con, config, as_of, known, folder)
        tell(0.9, "Gravando as tabelas")
        if written is not None:
            written.result()
    if folder is not None:
        _write_readings(con, folder)
    return drawn


def _figures(
    con: duckdb.DuckDBPyConnection, config: Config, as_of: dt.date, tell: Progress, folder: Path | None
) -> tuple[Drawn, panel.Panel]:
    """Make the tables that no plan changes; what maps need, and what was fitted on the figures of every municipality.

    `folder`: as for `build_tables`.
    """
    staging.opened(con)
    stands = standing(config, as_of)
    drawn: Drawn = {}
    waiting: list[Future[None]] = []
    with _halved(con), ThreadPoolExecutor(2) as pool:

        def beside(
            work: Callable[[duckdb.DuckDBPyConnection], _Made], after: Future[Any] | None = None
        ) -> Future[_Made]:
            return pool.submit(_on_its_own, con.cursor(), work, after)

        def write(work: Callable[[duckdb.DuckDBPyConnection, Path], None], after: Future[Any] | None) -> None:
            if folder is not None:
                waiting.append(beside(lambda own: work(own, folder), after))

        staging.load_sources(con, config, stands, tell, texts=folder is None)
        _participants(con, config)
        _municipalities(con, config)
        aggregating.opened(con, config)
        # Reads what the sources brought, and nothing else reads what it writes.
        traced = beside(tracing.fill)
        write(lambda own, into: drawn.update(_write_places(own, config, into)), traced)
        staging.stage_indicators(con, declarations.indicators(), stands, tell)
        accounts.mark_doubtful(con)
        tell(0.76, "Conferindo os valores")
        staging.check_values(con, stands)
        _mark_implausible(con)
        traced.result()
        if folder is not None:
            _let_sources_go(con)
        # The country is summed of what is staged, the rest of what is shown.
        waiting.append(beside(lambda own: aggregating.fill_country(own, config)))
        _breaks(con)
        _items(con)
        # Reads these and what is staged; of the table of values nothing.
        fitted = beside(
            lambda own: panel.fitted(own, declarations.indicators(), as_of, config.programme.next_meeting)
        )
        write(_keep_panel, fitted)
        _values(con)
        waiting.append(beside(lambda own: _grouped(own, config)))
        write(_keep_values, fitted)
        _tell_unfinished(con, stands)
        tell(0.84, "Comparando as edições das fontes")
        revisions.fill(con, config, as_of)
        revisions.fill_editions(con, config, as_of, stands)
        tell(0.86, "Lendo os planos e julgando as metas")
        for done in waiting:
            done.result()
    if folder is not None:
        con.execute("drop view panel; drop view everywhere; drop table staged")
    return drawn, fitted.result()


def _let_sources_go(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the rows of sources for which nothing asks once they are staged: of a country they are a third of what is held."""
    asked = {REGISTRY, staging.MESH, plausible.PEOPLE, *gathering.sources_asked()}
    for name in declarations.sources().keys() - asked:
        con.execute(f"drop table if exists source.{quoted(name)}")


def _on_its_own(
    own: duckdb.DuckDBPyConnection,
    work: Callable[[duckdb.DuckDBPyConnection], _Made],
    after: Future[Any] | None,
) -> _Made:
    """What a work makes on a connection that nobody else asks anything of, begun when another is done."""
    with own:
        if after is not None:
            after.result()
        return work(own)


def _grouped(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """What many municipalities are together, and what their publishers say of it."""
    aggregating.fill(con, config)
    benchmarks.fill(con)


@contextmanager
def _halved(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Leave a statement half of the processors until the block ends: two run beside each other in it."""
    many = one_value(con, "select current_setting('threads')")
    con.execute("set threads = ?", [max(1, many // 2)])
    try:
        yield
    finally:
        con.execute("set threads = ?", [many])


def _readings(
    con: duckdb.DuckDBPyConnection, config: Config, as_of: dt.date, known: panel.Panel, folder: Path | None
) -> None:
    """Gather and judge the plans, on the tables of `_figures`, with the trajectories that are in `folder`, where it is given."""
    gathering.judge_plans(con, config, as_of, config.processed, config.today(), known)
    trajectories = (
        reaching.Trajectories(con).panel if folder is None else reaching.panels(reaching.traced(folder))
    )
    reaching.fill(con, as_of, trajectories)
    revisions.count_readings(con, declarations.commitments(gathering.PLANS), gathering.PLANS)


# Of DuckDB while tables are made: a state needs a fourth of it, and the country goes to the disk with the rest.
MEMORY = "860MB"
# And while `serving` works beside it, on a connection of its own, and judging holds its objects.
MEMORY_BESIDE = "450MB"


@contextmanager
def bounded(con: duckdb.DuckDBPyConnection, beside: Path, memory: str) -> Iterator[None]:
    """Keep a connection within so much memory; what does not fit goes beside a folder that is being written, until the
    block ends."""
    # Named as that folder, so that what a kill leaves goes with it.
    with tempfile.TemporaryDirectory(prefix=f"{beside.name}-", dir=beside.parent) as aside:
        con.execute("set temp_directory = ?", [aside])
        con.execute("set memory_limit = ?", [memory])
        yield


# Seconds; Python's own is five times as long.
TURN = 0.001


@contextmanager
def short_turns() -> Iterator[None]:
    """Let no thread keep others from Python for longer than TURN, until the block ends.

    Beside a thread that computes in Python others call DuckDB and GEOS, and ask for a moment of Python after each call: at
    Python's own turns tens of thousands of calls wait for minutes.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def prepared(
    config: Config, as_of: dt.date | None = None, tell: Progress = silent
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folder with all tables built from the raw files, beside the present ones, and its manifest.

    Whoever asks swaps the folder in before the block ends, when what is left of it goes.
    `as_of`: the date of judging (today when not given). `tell` is called with the share done (0-1) and what is
    being done. Raises BuildError or DeclarationError; a date that has not come yet in the territory is a BuildError.
    """
    tell(0.0, "Conferindo as declarações")
    with refusals_in_words(), alone(config, tell):
        now = config.now()
        date = as_of or now.date()
        if date > now.date():
            raise BuildError(
                f"{date.isoformat()} ainda não chegou: hoje é {now.date().isoformat()} "
                f"({config.territory.timezone}). Julgue as metas em uma data até hoje."
            )
        recover(config)
        figures = figures_fingerprint(config)
        mark = inputs_fingerprint(config, figures)
        with folder_beside(config) as folder:
            with duckdb.connect() as con, bounded(con, folder, MEMORY), short_turns():
                drawn = build_tables(con, config, date, tell, folder)
            history.carry(config.processed, folder, date, now.date())
            manifest = {
                "build": hashlib.sha256(f"{mark} {date} {now}".encode()).hexdigest()[:16],
                "built_at": now.isoformat(timespec="seconds"),
                "as_of": date.isoformat(),
                "as_of_given": as_of is not None,
                "looks_back": date < now.date(),
                "fingerprint": mark,
                "figures": figures,
                "geometry": drawn,
            }
            declarations.write_declared(declarations.declared(gathering.PLANS), folder)
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
            flush(config.meshes)
            yield folder, manifest


def build(config: Config, as_of: dt.date | None = None, tell: Progress = silent) -> dict[str, Any]:
    """Build all tables from the raw files and swap them in; the published files stay as they are.

    As `prepared`; returns the manifest. Where it raises, the old tables stay as they are.
    """
    with prepared(config, as_of, tell) as (folder, manifest):
        swap((folder, config.processed))
    tell(1.0, "Pronto")
    return manifest


def ensure(config: Config, tell: Progress = silent) -> dict[str, Any]:
    """The manifest of the present build, building first where it is missing or older than its inputs."""
    with refusals_in_words(), alone(config, tell):
        recover(config)
        manifest = read_manifest(config) if is_current(config) else None
        return manifest or build(config, tell=tell)
