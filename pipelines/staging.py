"""Raw files read, cast and computed in a DuckDB connection: the part of a build that looks at one source or indicator
after another.

A build does so with what is on file; what earlier editions said is found by the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import duckdb

from pipelines import declarations, geometry, plausible
from pipelines.cells import inside, one_of
from pipelines.declarations import AREAS, FLAGS, MISSING_FLAGS, Config, Indicator
from pipelines.editions import Standing
from pipelines.lineage import column_references, record_lineage
from pipelines.raw_files import (
    MACROS,
    REGISTRY,
    Fault,
    SourceError,
    keep,
    load,
    one_value,
    quoted,
    read_query,
)
from pipelines.schema import FILLED, ddl
from pipelines.swapping import BuildError, Progress

MESH = "ibge_malha"
# Without these there is no territory to show, so their failure is the build's failure.
ESSENTIAL = frozenset({REGISTRY, MESH, plausible.PEOPLE})
# How many sources are loaded at once; each holds its file in memory.
BESIDE = 2


def _registry_codes(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        f"""
        create or replace table codes as
        select municipality_code as published, municipality_code from raw.{REGISTRY}
        union select left(municipality_code, 6), municipality_code from raw.{REGISTRY}
        """
    )


def opened(con: duckdb.DuckDBPyConnection) -> None:
    """Make a connection ready for raw files: nothing from the network, the schemas, the macros, the empty tables."""
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    con.execute("create schema raw; create schema source")
    con.execute(MACROS)
    for table in FILLED:
        con.execute(f"create table {quoted(table)} ({ddl(table)})")


def load_sources(
    con: duckdb.DuckDBPyConnection,
    config: Config,
    stands: Mapping[str, Standing],
    tell: Progress,
    *,
    texts: bool = False,
) -> None:
    """Load sources into raw.<source> and source.<source>, the registry first.

    `stands`: what to read of each. `texts`: whether what was read stays in raw.<source>, which no later step asks but for
    the registry's. Raises BuildError.
    """
    plausible.prepare(con)
    con.execute("create schema if not exists stated")
    # The registry says where, the inhabitants say how large; every other source is held against both.
    names = sorted(stands, key=lambda name: (name != REGISTRY, name != plausible.PEOPLE, name))
    first = [name for name in names if name in (REGISTRY, plausible.PEOPLE)]
    for name in first:
        _load_source(con, config, stands[name])
    # Beside each other: one reads its text while another is checked. Each has its own tables until it is whole.
    with ThreadPoolExecutor(BESIDE) as pool:

        def load_beside(name: str) -> None:
            with con.cursor() as own:
                _load_source(own, config, stands[name])
                if not texts:
                    own.execute(f"drop table if exists raw.{quoted(name)}")

        rest = names[len(first) :]
        for place, (name, done) in enumerate(
            zip(rest, [pool.submit(load_beside, name) for name in rest], strict=True)
        ):
            source = stands[name].source
            # From here, since what shows the progress belongs to who asked for the build.
            tell(0.05 + 0.45 * place / len(names), f"Lendo {source.short}: {source.dataset}")
            try:
                done.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _load_source(con: duckdb.DuckDBPyConnection, config: Config, stand: Standing) -> None:
    """Load one source and say in the table `sources` what it brought."""
    source, path, name = stand.source, stand.path, stand.source.source
    sha256 = source.sha256
    rows = municipalities = 0
    periods = first = last = None
    try:
        sha256 = load(con, source, path)
        query = read_query(declarations.HERE / "sources" / f"{name}.sql")
        con.execute(f"create or replace table source.{quoted(name)} as {query}")
        _keep_refused(con, name, path.name)
        _pass_over_outside(con, name, config)
        if name == MESH:
            _check_mesh(con, config, path.name)
        held = f"from raw.{quoted(name)} where {inside(config.territory.state)}"
        [(rows, municipalities, found, first, last)] = con.execute(
            f"""select coalesce(sum(many), 0)::bigint, (select count(distinct municipality_code) {held}),
                list(period order by period), min(period_end(period)), max(period_end(period))
            from (select period, count(*) as many {held} group by period)"""
        ).fetchall()
        periods = span(found or [])
    except SourceError as error:
        keep(con, [error.fault])
        if name in ESSENTIAL:
            raise BuildError(f"A fonte {name} é indispensável e não pôde ser lida. {error}") from None
    except duckdb.Error as error:
        raise BuildError(f"pipelines/sources/{name}.sql: {_first_line(error)}") from error
    if name == REGISTRY:
        if one_value(con, f"select count(*) from raw.{REGISTRY}") < source.rows:
            # A municipality left out here would be gone from every table and screen.
            told = "select 'Linha ' || line || ': ' || reason from rejected where source = ? and line is not null"
            why = one_value(con, f"{told} order by line", [name])
            raise BuildError(
                f"A lista de municípios ({name}) perdeu linhas e é indispensável. {why or ''}".strip()
            )
        _registry_codes(con)
    con.execute(
        """insert into sources values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            (select count(*) from rejected where source = ?), ?, ?, ?)""",
        [
            name, source.publisher, source.dataset, source.url, source.edition, source.licence, source.retrieved,
            sha256, periods, municipalities, rows, name, source.origin, first, last,
        ],
    )  # fmt: skip


def span(periods: list[str]) -> str | None:
    """Periods as people say them: `2020-2023`; `2010, 2022`; `2026-01 a 2026-03`; None where there are none."""
    if len(periods) < 2:
        return periods[0] if periods else None
    if any(len(period) > 4 for period in periods):
        return f"{periods[0]} a {periods[-1]}"
    gaps = int(periods[-1]) - int(periods[0]) >= len(periods)
    return ", ".join(periods) if gaps and len(periods) <= 3 else f"{periods[0]}-{periods[-1]}"


def _pass_over_outside(con: duckdb.DuckDBPyConnection, name: str, config: Config) -> None:
    """Leave unsaid what was refused in rows of municipalities outside the territory: they are in no table."""
    con.execute(
        f"""delete from rejected where source = ? and line in (
            select line from raw.{quoted(name)} where not ({inside(config.territory.state)}))""",
        [name],
    )


def _keep_refused(con: duckdb.DuckDBPyConnection, name: str, file: str) -> None:
    """Keep what the source's SQL says that no indicator takes: a column `refused` of {column, value, reason}."""
    if "refused" not in [row[0] for row in con.execute(f"describe source.{quoted(name)}").fetchall()]:
        return
    con.execute(
        f"""insert into rejected
        select ?, ?, line, refused."column", refused.value, refused.reason
        from source.{quoted(name)} where refused is not null order by line""",
        [name, f"{name}/{file}"],
    )


def _check_mesh(con: duckdb.DuckDBPyConnection, config: Config, file: str) -> None:
    """Mend and tell the outlines of the territory that cross or fold back on themselves; leave without geometry, and
    tell, the municipalities whose outline is missing or cannot be drawn.
    """
    faults = []
    here = inside(config.territory.state)
    outlines = con.execute(f"select line, wkt from source.{MESH} where {here} order by line").fetchall()
    drawable = geometry.mended([text for _, text in outlines])
    for (line, text), mended in zip(outlines, drawable, strict=True):
        if mended is not None and mended != text:
            reason = "O contorno se cruza ou se dobra sobre si mesmo; foi reparado, e no mapa a diferença não se vê."
            faults.append(Fault(MESH, f"{MESH}/{file}", line, "geometry", (text or "")[:60], reason))
            con.execute(f"update source.{MESH} set wkt = ? where line = ?", [mended, line])
        elif mended is None:
            reason = "A geometria não é um polígono em WKT, em graus; o município fica fora do mapa."
            faults.append(
                Fault(MESH, f"{MESH}/{file}", line, "geometry", None if text is None else text[:60], reason)
            )
            con.execute(f"update source.{MESH} set wkt = null where line = ?", [line])
    undrawn = con.execute(
        f"""select municipality_code, coalesce(name, municipality_code) from raw.{REGISTRY} anti join source.{MESH} using (municipality_code)
        where {inside(config.territory.state)} order by municipality_code"""
    ).fetchall()
    # Where nobody lives, the territory itself is what is wrong, and is told later.
    lived_in = one_value(con, f"select count(*) from raw.{REGISTRY} where {here}")
    if lived_in and not one_value(con, f"select count(wkt) from source.{MESH} where {here}"):
        raise BuildError(
            f"A malha ({MESH}) não traz o contorno de nenhum município. Busque-a de novo na fonte."
        )
    for code, name in undrawn:
        reason = f"A malha não traz o contorno de {name}; o município fica fora do mapa."
        faults.append(Fault(MESH, f"{MESH}/{file}", None, "municipality_code", code, reason))
    keep(con, faults)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def stage_indicators(
    con: duckdb.DuckDBPyConnection,
    declared: Mapping[str, Indicator],
    stands: Mapping[str, Standing],
    tell: Progress,
) -> None:
    """Run each indicator's SQL into the table `staged`, which holds every municipality of the raw files."""
    con.execute(
        f"""create or replace table staged (indicator {one_of(declared)}, municipality_code varchar, period date,
        value double, numerator double, denominator double, flag varchar,
        items struct(name varchar, state varchar, valid_until date)[])"""
    )
    present = {
        row[0]
        for row in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'source'"
        ).fetchall()
    }
    for place, (name, indicator) in enumerate(declared.items()):
        tell(0.5 + 0.25 * place / len(declared), f"Calculando: {indicator.title}")
        con.execute(
            "insert into indicators values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                name, indicator.title, AREAS[indicator.area], indicator.front, indicator.unit, indicator.decimals,
                indicator.better, indicator.kind, list(indicator.categories), *indicator.range, indicator.multiplier,
                indicator.aggregation, indicator.periodicity, indicator.next_release, indicator.source,
                indicator.note, list(indicator.caveats),
            ],
        )  # fmt: skip
        query = read_query(declarations.HERE / "indicators" / f"{name}.sql")
        used = {table for table, _ in column_references(con, query)}
        if not used <= present:
            continue  # its source was refused, and says why in `rejected`
        try:
            columns = [row[0] for row in con.execute(f"describe {query}").fetchall()]
            _check_columns(name, columns)
            found = one_value(
                con,
                f"insert into staged by name select '{name}' as indicator, * from ({query.rstrip().rstrip(';')})",
            )
        except duckdb.Error as error:
            raise BuildError(f"pipelines/indicators/{name}.sql: {_first_line(error)}") from error
        if not found and declarations.sources()[indicator.source].origin != declarations.AWAITED:
            # A renamed network or vaccine would otherwise take the indicator away without a word.
            file = f"{indicator.source}/{stands[indicator.source].path.name}"
            reason = (
                f"Nenhuma linha serve ao indicador '{indicator.title}'. Confira se um nome mudou na fonte."
            )
            keep(con, [Fault(indicator.source, file, None, name, None, reason)])
        record_lineage(con, name, query)


def _check_columns(name: str, columns: list[str]) -> None:
    allowed = {"municipality_code", "period", "value", "numerator", "denominator", "flag", "items"}
    needed = {"municipality_code", "period", "value"}
    wrong = sorted((set(columns) - allowed) | (needed - set(columns)))
    if wrong or ("numerator" in columns) != ("denominator" in columns):
        raise BuildError(
            f"pipelines/indicators/{name}.sql: as colunas precisam ser municipality_code, period, value e, se houver, "
            f"numerator com denominator, flag e items. Confira: {', '.join(wrong) or 'numerator e denominator'}."
        )


def check_values(con: duckdb.DuckDBPyConnection, stands: Mapping[str, Standing]) -> None:
    """Mark what cannot stand in `staged`; inside the territory it goes to `rejected`, with the line of the raw
    file where it can be told."""
    con.execute("alter table staged add column wrong varchar")
    flags = ", ".join(f"'{flag}'" for flag in FLAGS)
    missing = ", ".join(f"'{flag}'" for flag in sorted(MISSING_FLAGS))
    wrong = f"""case
            when staged.period is null then 'O valor não tem período.'
            when staged.flag not in ({flags}) then 'Marca desconhecida: ' || staged.flag || '.'
            when staged.value is null and coalesce(staged.flag not in ({missing}), true) then 'Sem valor e sem motivo.'
            when staged.value is not null and staged.flag in ({missing}) then 'Tem valor e também motivo de ausência.'
            when staged.value is not null and not isfinite(staged.value) then 'Não é um número finito.'
            when staged.value < i.range_low or staged.value > i.range_high
                then 'Fora do intervalo declarado, de ' || shown(i.range_low) || ' a ' || shown(i.range_high) || '.'
            when i.kind = 'category' and staged.value != floor(staged.value) then 'Categoria desconhecida.'
            when staged.denominator is not null and staged.numerator is not null and staged.value is not null
                and (staged.denominator = 0 or abs(staged.value - staged.numerator / staged.denominator * i.multiplier)
                    > 1e-9 * greatest(1, abs(staged.value)))
                then 'O valor não é numerador ÷ denominador × multiplicador.'
        end"""
    # Only what is wrong is written: nearly nothing of a million rows.
    con.execute(
        f"update staged set wrong = {wrong} from indicators i where i.indicator = staged.indicator and {wrong} is not null"
    )
    con.execute(
        "create or replace temp table repeated_values (indicator varchar, municipality_code varchar, period date)"
    )
    # One indicator at a time: all groups of all of the country's are more than memory holds.
    for (name,) in con.execute("select indicator from indicators").fetchall():
        con.execute(
            """insert into repeated_values select ?, municipality_code, period from staged
            where indicator = ? group by all having count(*) > 1""",
            [name, name],
        )
    con.execute(
        """
        update staged set wrong = 'Chave repetida: mais de um valor para o mesmo município e período.'
        from repeated_values r where r.indicator = staged.indicator
            and r.municipality_code = staged.municipality_code and r.period = staged.period
        """
    )
    for (name,) in con.execute("select distinct indicator from staged where wrong is not null").fetchall():
        source = declarations.indicators()[name].source
        con.execute(
            f"""
            insert into rejected
            select '{source}', '{source}/{stands[source].path.name}',
                -- Of several lines (one a network, a vaccine) none is named, rather than a wrong one.
                (select case when count(*) = 1 then min(line) end from source.{quoted(source)} s
                    where s.municipality_code = staged.municipality_code and s.period = staged.period),
                indicator, coalesce(value::varchar, flag), wrong
                    || ' Município ' || municipality_code || ', ' || coalesce(period::varchar, 'sem período') || '.'
            from staged semi join municipalities using (municipality_code)
            where indicator = ? and wrong is not null
            """,
            [name],
        )
    con.execute(
        "update sources set rejected = (select count(*) from rejected r where r.source = sources.source)"
    )
