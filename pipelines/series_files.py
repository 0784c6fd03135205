"""Addresses that do not change for one thing at a time: series/<indicator>.csv and .json, municipality/<code>.json.

What the JSON of a series says of its values stands beside them, so that a file that travels alone still says unit,
source, edition and licence. The CSV holds the same rows for whoever opens it in a spreadsheet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from pipelines.declarations import Config
from pipelines.formulas import harmless_sql
from pipelines.schema import Column, dictionary

SERIES, MUNICIPALITY = "series", "municipality"
# Rows of a series held at once, and rows of the table `values` that go into municipality files in one go: a territory
# of 5,570 municipalities takes longer than one of 79, and no more memory.
ROWS_AT_ONCE = 10_000
VALUES_AT_ONCE = 50000
# What a series has besides the columns of the table `values`.
_MORE = (
    Column("category", "varchar", "Categoria", "A categoria, quando o indicador é uma."),
    Column(
        "revised_at",
        "date",
        "Revisado em",
        "Quando uma edição mais nova mudou o valor; vazio se nenhuma mudou.",
    ),
    Column("revised_from", "double", "Valor antes da revisão", "O que o valor era antes dessa edição."),
)
_ORDER = (
    "municipality_code", "name", "period", "year", "value", "category", "numerator", "denominator", "flag",
    "break_before", "edition", "revised_at", "revised_from",
)  # fmt: skip


@cache
def columns() -> tuple[Column, ...]:
    """The columns of a series, in the order of its files."""
    name = next(column for column in dictionary()["municipalities"].columns if column.name == "name")
    known = {column.name: column for column in (name, *dictionary()["values"].columns, *_MORE)}
    return tuple(known[column] for column in _ORDER)


@dataclass(frozen=True)
class SeriesFile:
    """A file that was written: `rows` and `columns` of a table, None and empty for what is no table."""

    path: Path
    name: str
    title: str
    note: str
    rows: int | None = None
    columns: Sequence[Column] | None = None


def write(
    con: duckdb.DuckDBPyConnection, config: Config, manifest: Mapping[str, Any], folder: Path
) -> Iterator[SeriesFile]:
    """Write the files of every indicator and every municipality below a folder; what was written, one by one.

    `con` has the tables of the build.
    """
    (folder / SERIES).mkdir()
    (folder / MUNICIPALITY).mkdir()
    # The last revision of a value is the one that made it what it is.
    con.execute(
        """create temp table last_revisions as
        select indicator, municipality_code, period, max(revised_at) as revised_at,
            arg_max("before", (revised_at, label)) as revised_from
        from revisions group by all"""
    )
    built = {
        "territory": config.territory.name,
        "build": manifest["build"],
        "built_at": manifest["built_at"],
        "as_of": manifest["as_of"],
    }
    yield from _series(con, built, folder / SERIES)
    yield from _municipalities(con, built, folder / MUNICIPALITY)
    con.execute("drop table told_series; drop table last_revisions")


# One indicator after another: what is at hand at once is never the whole table.
_TOLD = """create or replace temp table told_series as
    select v.indicator, v.municipality_code, m.name, v.period, v.year, v.value,
        case when i.kind = 'category' then i.categories[v.value::integer] end as category, v.numerator,
        v.denominator, v.flag, v.break_before, v.edition, l.revised_at, l.revised_from
    from "values" v join municipalities m using (municipality_code) join indicators i using (indicator)
    left join last_revisions l using (indicator, municipality_code, period)
    where v.indicator = ? order by v.period, v.municipality_code"""


def _series(con: duckdb.DuckDBPyConnection, built: Mapping[str, Any], folder: Path) -> Iterator[SeriesFile]:
    cells = ", ".join(
        f"{harmless_sql(name)} as {name}" if kind == "varchar" else name
        for name, kind in ((column.name, column.type) for column in columns())
    )
    about = con.execute(
        """select i.indicator, i.title, to_json({indicator: i.indicator, title: i.title, area: i.area, unit: i.unit,
                decimals: i.decimals, better: i.better, kind: i.kind, categories: i.categories,
                multiplier: i.multiplier, aggregation: i.aggregation, periodicity: i.periodicity, note: i.note,
                caveats: i.caveats, source: {source: s.source, publisher: s.publisher, dataset: s.dataset, url: s.url,
                edition: s.edition, licence: s.licence, retrieved: s.retrieved, sha256: s.sha256, origin: s.origin}})
        from indicators i join sources s using (source) order by i.indicator"""
    ).fetchall()
    told_columns = {column.name: column.text for column in columns()}
    row = f"{{{', '.join(f'{name}: {name}' for name in told_columns)}}}"
    for indicator, title, told in about:
        con.execute(_TOLD, [indicator])
        path = folder / f"{indicator}.csv"
        con.execute(
            f"copy (select {cells} from told_series) to '{path.as_posix()}' (format csv, header, delimiter ',')"
        )
        beside = path.with_suffix(".json")
        head = {**json.loads(told), **built, "csv": path.name, "columns": told_columns}
        count = _write_points(con.execute(f"select to_json({row})::varchar from told_series"), head, beside)
        yield SeriesFile(
            path,
            f"{SERIES}-{_slug(indicator)}",
            title,
            "Série de um indicador em todos os municípios.",
            count,
            columns(),
        )
        note = "A mesma série, com o que se sabe do indicador e da fonte ao lado dos valores."
        yield SeriesFile(beside, f"{SERIES}-{_slug(indicator)}-json", title, note)


def _write_points(found: duckdb.DuckDBPyConnection, head: Mapping[str, Any], path: Path) -> int:
    """Write what is known of a series and its points, JSON each in the only column of a result; how many they are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f'{json.dumps(head, ensure_ascii=False)[:-1]},\n"values": [\n')
        while rows := found.fetchmany(ROWS_AT_ONCE):
            file.write(",\n" * (count > 0) + ",\n".join(point for (point,) in rows))
            count += len(rows)
        file.write("\n]}\n")
    return count


def _slug(name: str) -> str:
    """A name as Frictionless wants one: lower case, hyphens."""
    return name.lower().replace("_", "-")


def _batches(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """First and last code of groups of municipalities, each of some `VALUES_AT_ONCE` values."""
    codes = [
        code for (code,) in con.execute("select municipality_code from municipalities order by 1").fetchall()
    ]
    [(values,)] = con.execute('select count(*) from "values"').fetchall()
    size = max(1, len(codes) * VALUES_AT_ONCE // max(values, 1))
    for place in range(0, len(codes), size):
        batch = codes[place : place + size]
        yield batch[0], batch[-1]


def _municipalities(
    con: duckdb.DuckDBPyConnection, built: Mapping[str, Any], folder: Path
) -> Iterator[SeriesFile]:
    for first, last in _batches(con):
        yield from _between(con, built, folder, first, last)


def _between(
    con: duckdb.DuckDBPyConnection, built: Mapping[str, Any], folder: Path, first: str, last: str
) -> Iterator[SeriesFile]:
    """The files of the municipalities between two codes, both included."""
    # The columns that no municipality file would be read for stay in the tables: regions by name are enough here.
    found = con.execute(
        """with points as (
            select municipality_code, indicator,
                string_agg(to_json({period: period, value: value, category:
                    case when i.kind = 'category' then i.categories[value::integer] end, flag: flag})::varchar, ','
                    order by period) as points
            from "values" join indicators i using (indicator)
            where municipality_code between $first and $last group by all
        ), heads as (
            select indicator, to_json(indicator)::varchar || ': '
                || rtrim(to_json({title: title, unit: unit, better: better, source: source})::varchar, '}') as head
            from indicators
        ), told as (
            select municipality_code, '{' || string_agg(head || ',"values":[' || points || ']}', ',\n' order by indicator)
                || '}' as indicators
            from points join heads using (indicator) group by all
        ), readings as (
            select municipality_code, to_json(list({plan: p.plan, version: p.plan_version, title: p.title,
                origin: p.origin, indicator: v.indicator, status: v.status, reason: v.reason, strength: v.strength,
                latest_year: v.latest_year, latest_value: v.latest_value, operator: t.operator,
                target_year: t.target_year, target_value: t.target_value}
                order by p.plan, v.indicator))::varchar as readings
            from verdicts v join plans p using (plan, plan_version)
            join targets t using (plan, plan_version, municipality_code, indicator)
            where p.superseded_by is null and v.municipality_code between $first and $last group by all
        )
        select m.municipality_code, m.name, to_json({municipality_code: m.municipality_code, name: m.name,
            state: m.state, latitude: m.latitude, longitude: m.longitude, area_km2: m.area_km2,
            population: m.population, population_year: m.population_year, immediate_region: m.immediate_region,
            planning_region: m.planning_region, health_region: m.health_region})::varchar,
            told.indicators, coalesce(readings.readings, '[]')
        from municipalities m join told using (municipality_code) left join readings using (municipality_code)
        order by m.municipality_code""",
        {"first": first, "last": last},
    )
    while rows := found.fetchmany(200):
        for code, name, facts, indicators, readings in rows:
            path = folder / f"{code}.json"
            head = json.dumps({**json.loads(facts), **built, "series": f"../{SERIES}"}, ensure_ascii=False)
            path.write_text(f'{head[:-1]},\n"indicators": {indicators},\n"readings": {readings}}}\n', "utf-8")
            note = "Todos os indicadores e as leituras das metas de um município."
            yield SeriesFile(path, f"{MUNICIPALITY}-{code}", name, note)
