"""Raw files in, Parquet tables out: read, cast, compute, check, judge, and swap in whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines import accounts, declarations, gathering, geometry, history, panel, reaching
from pipelines.cells import inside
from pipelines.declarations import AREAS, FLAGS, MISSING_FLAGS, POPULATION_BANDS, SCOPES, Config
from pipelines.failures import read_bounded
from pipelines.lineage import column_references, record_lineage
from pipelines.manifest import DRAWN, MANIFEST, manifest_of
from pipelines.periods import UNFINISHED
from pipelines.plausible import PEOPLE
from pipelines.raw_files import (
    MACROS,
    MOST_RAW,
    REGISTRY,
    Fault,
    SourceError,
    keep,
    load,
    one_value,
    quoted,
    raw_path,
    read_query,
    read_sheet,
)
from pipelines.schema import FILLED, ORDER, ddl
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

MESH = "ibge_malha"
# Without these there is no territory to show, so their failure is the build's failure.
ESSENTIAL = frozenset({REGISTRY, MESH, PEOPLE})


def inputs_fingerprint(config: Config) -> str:
    """The sha256 over everything a build depends on: raw files, declarations, SQL, code, configuration.

    A file that cannot be read counts as such: its source says so in the build, and the others go on.
    """
    files = [config.file, *sorted(config.raw.rglob("*"))]
    files += [
        path for path in sorted(declarations.HERE.rglob("*")) if path.suffix in {".py", ".sql", ".toml"}
    ]
    if config.programme.participants:
        files.append(config.file.parent / config.programme.participants)
    digest = hashlib.sha256()
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


def _registry_codes(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        f"""
        create or replace table codes as
        select municipality_code as published, municipality_code from raw.{REGISTRY}
        union select left(municipality_code, 6), municipality_code from raw.{REGISTRY}
        """
    )


def _load_sources(con: duckdb.DuckDBPyConnection, config: Config, tell: Progress) -> None:
    """Load every source into raw.<source> and source.<source>, the registry first."""
    declared = declarations.sources()
    # The registry says where, the inhabitants say how large; every other source is held against both.
    names = sorted(declared, key=lambda name: (name != REGISTRY, name != PEOPLE, name))
    for place, name in enumerate(names):
        source = declared[name]
        tell(0.05 + 0.45 * place / len(names), f"Lendo {source.short}: {source.dataset}")
        before = one_value(con, "select count(*) from rejected")
        sha256 = source.sha256
        rows = municipalities = 0
        periods = first = last = None
        path = raw_path(config.raw / name)
        try:
            sha256 = load(con, source, path, config.territory.state)
            query = read_query(declarations.HERE / "sources" / f"{name}.sql")
            con.execute(f"create or replace table source.{quoted(name)} as {query}")
            _keep_refused(con, name, path.name)
            _pass_over_outside(con, name, config)
            if name == MESH:
                _check_mesh(con, config, path.name)
            [(rows, municipalities, found, first, last)] = con.execute(
                f"""select count(*), count(distinct municipality_code), list(distinct period order by period),
                    min(period_end(period)), max(period_end(period))
                from raw.{quoted(name)} where {inside(config.territory.state)}"""
            ).fetchall()
            periods = _span(found or [])
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
            "insert into sources values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                name,
                source.publisher,
                source.dataset,
                source.url,
                source.edition,
                source.licence,
                source.retrieved,
                sha256,
                periods,
                municipalities,
                rows,
                one_value(con, "select count(*) from rejected") - before,
                source.origin,
                first,
                last,
            ],
        )


def _span(periods: list[str]) -> str | None:
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
    for line, text in con.execute(
        f"select line, wkt from source.{MESH} where {here} order by line"
    ).fetchall():
        mended = geometry.mended(text)
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
    if not one_value(con, f"select count(wkt) from source.{MESH} where {here}"):
        raise BuildError(
            f"A malha ({MESH}) não traz o contorno de nenhum município. Busque-a de novo na fonte."
        )
    undrawn = con.execute(
        f"""select municipality_code, coalesce(name, municipality_code) from raw.{REGISTRY} anti join source.{MESH} using (municipality_code)
        where {inside(config.territory.state)} order by municipality_code"""
    ).fetchall()
    for code, name in undrawn:
        reason = f"A malha não traz o contorno de {name}; o município fica fora do mapa."
        faults.append(Fault(MESH, f"{MESH}/{file}", None, "municipality_code", code, reason))
    keep(con, faults)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


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


# The regions that IBGE numbers; the others are a state's own.
OF_IBGE = ("immediate_region", "intermediate_region", "microregion", "mesoregion")


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
        m as (
            select * replace ({_told_apart("name", "municipality_code")},
                {", ".join(_told_apart(name, f"{name}_code") for name in OF_IBGE)})
            from source.{REGISTRY} where {inside(config.territory.state)}
        )
        select m.municipality_code, m.name, m.state, m.latitude, m.longitude, m.area_km2,
            population::bigint as population, population_year::integer as population_year,
            case when population is null then null {bands} else '{POPULATION_BANDS[-1][1]}' end as population_band,
            m.immediate_region, m.intermediate_region, m.microregion, m.mesoregion, m.planning_region,
            m.planning_region_confirmed, m.health_region, p.participant, m.existe_desde::integer as existe_desde
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


def _stage_indicators(con: duckdb.DuckDBPyConnection, config: Config, tell: Progress) -> None:
    """Run each indicator's SQL into the table `staged`, which holds every municipality of the raw files."""
    con.execute(
        """create or replace temp table staged (indicator varchar, municipality_code varchar, period date,
        value double, numerator double, denominator double, flag varchar,
        items struct(name varchar, state varchar, valid_until date)[])"""
    )
    present = {
        row[0]
        for row in con.execute(
            "select table_name from duckdb_tables() where schema_name = 'source'"
        ).fetchall()
    }
    declared = declarations.indicators()
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
        if not found:
            # A renamed network or vaccine would otherwise take the indicator away without a word.
            file = f"{indicator.source}/{raw_path(config.raw / indicator.source).name}"
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


def _check_values(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Mark what cannot stand in `staged`; inside the territory it goes to `rejected`, with the line of the raw
    file where it can be told."""
    con.execute("alter table staged add column wrong varchar")
    flags = ", ".join(f"'{flag}'" for flag in FLAGS)
    missing = ", ".join(f"'{flag}'" for flag in sorted(MISSING_FLAGS))
    con.execute(
        f"""
        update staged set wrong = case
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
        end
        from indicators i where i.indicator = staged.indicator
        """
    )
    con.execute(
        """
        create or replace temp table repeated_values as
        select indicator, municipality_code, period from staged group by all having count(*) > 1
        """
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
            select '{source}', '{source}/{raw_path(config.raw / source).name}',
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


def _mark_implausible(con: duckdb.DuckDBPyConnection) -> None:
    """Flag the shares above 100 of the indicators that declare that they may pass it.

    The value is kept, and so are its counts for sums; but nobody is judged, ranked or praised by it.
    """
    con.execute(
        """update staged set flag = 'implausible' from indicators i
        where i.indicator = staged.indicator and i.unit = '%' and list_contains(i.caveats, ?)
            and staged.value > 100 and staged.flag is null""",
        ["pode_passar_de_100"],
    )


def _items(con: duckdb.DuckDBPyConnection) -> None:
    """The table `items`: what figures made of items with dates of their own are made of."""
    con.execute(
        """insert into items
        select indicator, municipality_code, period, item.name, item.state, item.valid_until
        from (select * exclude (items), unnest(items) as item
            from staged semi join municipalities using (municipality_code) where wrong is null)"""
    )


def _values(con: duckdb.DuckDBPyConnection) -> None:
    """The table `values`: every municipality at every period published for anyone, missing ones with a reason."""
    con.execute("create or replace temp table breaks (indicator varchar, period date)")
    rows = [
        (name, item.period)
        for name, indicator in declarations.indicators().items()
        for item in indicator.breaks
    ]
    if rows:
        con.executemany("insert into breaks values (?, ?)", rows)
    con.execute(
        """
        insert into "values"
        with good as (
            select s.* from staged s join municipalities using (municipality_code) where wrong is null
        ),
        calendar as (select distinct indicator, period from good),
        broken as (
            select b.indicator, min(c.period) as period from breaks b
            join calendar c on c.indicator = b.indicator and c.period >= b.period
            group by b.indicator, b.period
        ),
        grid as (
            select c.indicator, m.municipality_code, c.period,
                coalesce(year(c.period) < m.existe_desde, false) as too_early
            from calendar c cross join municipalities m
        ),
        filled as (
            select g.*, s.value, s.numerator, s.denominator, s.flag,
                -- A zero before the municipality existed was filled in by somebody: it is no observation.
                g.too_early and coalesce(s.value, 0) = 0 as absent
            from grid g left join good s using (indicator, municipality_code, period)
        )
        select f.indicator, f.municipality_code, f.period, year(f.period),
            case when not absent then f.value end,
            case when not absent and f.value is not null then f.numerator end,
            case when not absent and f.value is not null then f.denominator end,
            case when absent then 'not_in_existence' when f.value is null then coalesce(f.flag, 'not_available')
                else f.flag end,
            b.period is not null,
            src.edition
        from filled f
        join indicators i using (indicator)
        join sources src on src.source = i.source
        left join broken b on b.indicator = f.indicator and b.period = f.period
        """
    )


def _tell_unfinished(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Say in `rejected` which periods do not count as the latest yet; their values are in all the same."""
    for name, period, municipalities, usual in con.execute(UNFINISHED).fetchall():
        source = declarations.indicators()[name].source
        reason = (
            f"O período terminado em {period:%d/%m/%Y} só tem valor em {municipalities} de {usual:.0f} municípios: "
            "entrou, e ainda não conta como o mais recente. Confira se a fonte já o publicou inteiro."
        )
        file = f"{source}/{raw_path(config.raw / source).name}"
        keep(con, [Fault(source, file, None, name, None, reason)])


def _aggregates(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """The values of the states, of their regions and of the whole territory, by the method each indicator declares.

    What cannot be is in no median; its counts stay in the sums.
    """
    whole, place = config.territory.whole
    scopes = [("state", "m.state"), *((scope, f"m.{scope}") for scope in SCOPES)]
    for scope, column in scopes + [(whole, f"'{place}'")] * (whole != "state"):
        con.execute(
            f"""
            insert into aggregates
            select v.indicator, '{scope}', {column}, v.period,
                case i.aggregation
                    when 'sum' then sum(v.value)
                    when 'ratio' then any_value(i.multiplier) * sum(v.numerator) filter (v.value is not null and v.denominator is not null)
                        / nullif(sum(v.denominator) filter (v.value is not null and v.numerator is not null), 0)
                    when 'median' then median(v.value) filter (v.flag is distinct from 'implausible')
                end,
                i.aggregation,
                count(*) filter (case when i.aggregation = 'ratio' then v.numerator is not null and v.denominator is not null
                    when i.aggregation = 'median' then v.value is not null and v.flag is distinct from 'implausible'
                    else v.value is not null end),
                count(*)
            from "values" v join municipalities m using (municipality_code) join indicators i using (indicator)
            where i.aggregation != 'none' and {column} is not null
            group by v.indicator, {column}, v.period, i.aggregation
            """
        )


def _benchmarks(con: duckdb.DuckDBPyConnection) -> None:
    """The table `benchmarks`: what the publishers state for the territory's states and for the country."""
    stated = [tuple(vars(one).values()) for one in declarations.benchmarks()]
    # DuckDB takes no empty list, and no publisher has to state anything.
    if stated:
        con.executemany(
            """insert into benchmarks
            select * from (values (?, ?, ?, ?::date, ?::double, ?)) as given(i, s, place, p, v, e)
            where place = 'BR' or place in (select state from municipalities)""",
            stated,
        )


def _write(con: duckdb.DuckDBPyConnection, config: Config, folder: Path) -> dict[str, object]:
    """Write every table into `folder`; returns what the maps on screen need."""
    for name, order in ORDER.items():
        sort = "" if order == "all" else f"order by {order}"
        con.execute(
            f"copy (select * from {quoted(name)} {sort}) to '{(folder / name).as_posix()}.parquet' (compression zstd)"
        )
    reaching.keep_trajectories(con, folder)
    table = con.sql(
        """select m.* exclude (existe_desde), g.wkt from municipalities m
        left join source.ibge_malha g using (municipality_code) order by m.municipality_code"""
    ).to_arrow_table()
    drawn = geometry.write_geoparquet(table, folder / "municipalities.parquet")
    return geometry.write_screen_files(drawn, config.meshes)


def build_tables(
    con: duckdb.DuckDBPyConnection, config: Config, as_of: dt.date, tell: Progress = silent
) -> None:
    """Make every table of the build in a DuckDB connection, writing nothing.

    Raises BuildError or DeclarationError. `as_of`: the date of judging.
    """
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    con.execute("create schema raw; create schema source")
    con.execute(MACROS)
    for table in FILLED:
        con.execute(f"create table {quoted(table)} ({ddl(table)})")
    _load_sources(con, config, tell)
    _participants(con, config)
    _municipalities(con, config)
    _stage_indicators(con, config, tell)
    accounts.mark_doubtful(con)
    tell(0.76, "Conferindo os valores")
    _check_values(con, config)
    _mark_implausible(con)
    _values(con)
    _tell_unfinished(con, config)
    _items(con)
    tell(0.8, "Somando regiões e estado")
    _aggregates(con, config)
    _benchmarks(con)
    tell(0.85, "Lendo os planos e julgando as metas")
    known = panel.fitted(con, declarations.indicators(), as_of, config.programme.next_meeting)
    gathering.judge_plans(con, config, as_of, config.processed, config.today(), known)
    reaching.fill(con, as_of)


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
        mark = inputs_fingerprint(config)
        with folder_beside(config) as folder:
            with duckdb.connect() as con:
                build_tables(con, config, date, tell)
                tell(0.9, "Gravando as tabelas")
                drawn = _write(con, config, folder)
            history.carry(config.processed, folder, date, now.date())
            manifest = {
                "build": hashlib.sha256(f"{mark} {date} {now}".encode()).hexdigest()[:16],
                "built_at": now.isoformat(timespec="seconds"),
                "as_of": date.isoformat(),
                "as_of_given": as_of is not None,
                "fingerprint": mark,
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
