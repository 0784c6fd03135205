"""A seeded national set, in the common raw form and with its declarations: a project of its own, built as any other.

The municipalities, their outlines and their inhabitants are the real ones; the rest of the figures are drawn, belong to
nobody and never leave the folder.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipelines.declarations import ROOT

INDICATORS, YEARS, SEED = 60, 20, 1
# How many indicators a source brings, and the last year of all of them.
BY_SOURCE, LAST = 3, 2025
REAL = ("ibge_municipios", "ibge_malha", "ibge_populacao")

_SOURCE = """publisher = "Figuras sorteadas"
short = "Sorteio {number}"
dataset = "Conjunto sorteado {number}"
url = "https://example.org/"
edition = "semente {seed}"
licence = "Sem dono"
retrieved = {last}-12-31
sha256 = "{sha256}"
rows = {rows}
periods = "{first}-{last}"
period_form = "year"
origin = "snapshot"
connector = false
shelf_life = 36
note = "Números sorteados, para medir o tempo da construção."
key = ["municipality_code", "period", "serie"]
series = ["municipality_code", "serie"]

[columns.serie]
title = "Série"
kind = "category"
allowed = [{allowed}]

[columns.casos]
title = "Casos"
kind = "count"
written = "1234"
range = [0, 1000000]
own = 8

[columns.base]
title = "Base"
kind = "count"
written = "1234"
range = [1, 1000000]
own = 8
"""
_INDICATOR = """title = "Sorteado {name}"
short = "{name}"
article = "o"
area = "{area}"
front = ""
unit = "%"
decimals = 1
better = "higher"
meaningful = 1
cohort = ""
kind = "number"
range = [0, 100]
multiplier = 100
interval = "proportion"
aggregation = "ratio"
periodicity = "anual"
source = "{source}"
note = "Casos sobre base, sorteados."
caveats = []
"""
_GOAL = """title = "Compromisso sorteado {name}"
origin = "official"
challenge = "Chegar lá"
front = ""
indicators = ["{name}"]
kind = "goal"
operator = ">="
legal_basis = "Sorteio"
valid_from = {first}-01-01
note = "Uma meta sorteada para cada município."
"""
_AREAS = ("educacao", "saude", "saneamento", "gestao")


def project(folder: Path, seed: int = SEED, indicators: int = INDICATORS, years: int = YEARS) -> Path:
    """Write the project of a drawn national set into an empty folder; its configuration.

    `indicators` series of `years` years of every municipality: 6.7 million values unless told otherwise, and an official
    goal for every tenth of them.
    """
    shutil.copytree(
        ROOT / "pipelines",
        folder / "pipelines",
        ignore=shutil.ignore_patterns("__pycache__", "indicators", "sources", "plans"),
    )
    for name in ("indicators", "sources", "plans"):
        (folder / "pipelines" / name).mkdir()
    # What the publishers themselves state is of indicators that are not here.
    (folder / "pipelines" / "benchmarks.toml").write_text("", "utf-8")
    shutil.copytree(ROOT / "static" / "topo", folder / "static" / "topo")
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    for name in REAL:
        (raw / name).symlink_to(ROOT / "data" / "raw" / name)
        for ending in ("toml", "sql"):
            shutil.copy(ROOT / "pipelines" / "sources" / f"{name}.{ending}", folder / "pipelines" / "sources")
    with duckdb.connect() as con:
        con.execute("set threads = 1; create table towns (code varchar)")
        registry = str(raw / "ibge_municipios" / "values.csv")
        con.execute(
            "insert into towns select municipality_code from read_csv(?, all_varchar = true) order by all",
            [registry],
        )
        for first in range(0, indicators, BY_SOURCE):
            names = [f"sorteado_{place:02}" for place in range(first, min(first + BY_SOURCE, indicators))]
            _source(con, folder, f"sorteio_{first // BY_SOURCE:02}", names, seed + first, years)
            for place, name in enumerate(names, first):
                _indicator(folder, name, f"sorteio_{first // BY_SOURCE:02}", years, goal=place % 10 == 0)
    return Path(shutil.copy(ROOT / "farol-brasil.toml", folder / "farol.toml"))


def sorted_copy(files: Iterable[Path], folder: Path) -> None:
    """What DuckDB alone does with raw files: each read as text and written to Parquet, sorted as pages ask: by series,
    municipality and period, where it has those.
    """
    with duckdb.connect() as con:
        for file in files:
            known = [
                row[0]
                for row in con.execute(
                    "describe from read_csv(?, all_varchar = true)", [str(file)]
                ).fetchall()
            ]
            order = (
                ", ".join(name for name in ("serie", "municipality_code", "period") if name in known) or "all"
            )
            con.execute(
                f"""copy (from read_csv(?, all_varchar = true) order by {order})
                to '{(folder / file.parent.name).as_posix()}.parquet' (compression zstd)""",
                [str(file)],
            )


def _source(
    con: duckdb.DuckDBPyConnection, folder: Path, source: str, names: list[str], seed: int, years: int
) -> None:
    """The raw file of a source, long: a line for each municipality, year and series; and what it says of itself."""
    place = folder / "data" / "raw" / source / "values.csv"
    place.parent.mkdir()
    con.execute("select setseed(?)", [(seed % 1000) / 1000])
    # Of one base in each municipality, and a share that wanders by a little from year to year.
    con.execute(
        f"""copy (
            with drawn as (
                select code, serie, (200 + random() * 9000)::integer as base, 0.2 + random() * 0.6 as level
                from towns, (select unnest($names) as serie) order by code, serie
            )
            select code as municipality_code, (? - year)::varchar as period, serie,
                least(base, round(base * (level - year * 0.004 + random() * 0.03)))::integer as casos, base
            from drawn, range(?) as passed(year) order by code, period, serie
        ) to '{place.as_posix()}' (format csv, header)""".replace("?", "{}").format(LAST, years),
        {"names": names},
    )
    declared = _SOURCE.format(
        number=source,
        seed=seed,
        first=LAST - years + 1,
        last=LAST,
        sha256=hashlib.sha256(place.read_bytes()).hexdigest(),
        rows=con.execute("select count(*) from towns").fetchall()[0][0] * years * len(names),
        allowed=", ".join(f'"{name}"' for name in names),
    )
    home = folder / "pipelines" / "sources"
    (home / f"{source}.toml").write_text(declared, "utf-8")
    (home / f"{source}.sql").write_text(
        "select line, municipality_code, period_end(period) as period, serie, number(casos) as casos,\n"
        f"    number(base) as base\nfrom raw.{source}\n",
        "utf-8",
    )


def _indicator(folder: Path, name: str, source: str, years: int, *, goal: bool) -> None:
    home = folder / "pipelines"
    area = _AREAS[int(name[-2:]) % len(_AREAS)]
    (home / "indicators" / f"{name}.toml").write_text(
        _INDICATOR.format(name=name, area=area, source=source), "utf-8"
    )
    (home / "indicators" / f"{name}.sql").write_text(
        "select municipality_code, period, 100 * casos / base as value, casos as numerator, base as denominator\n"
        f"from source.{source}\nwhere serie = '{name}'\n",
        "utf-8",
    )
    if goal:
        (home / "plans" / f"{name}.toml").write_text(_GOAL.format(name=name, first=LAST - years + 1), "utf-8")
        (home / "plans" / f"{name}.sql").write_text(
            f"select municipality_code, '{name}' as indicator, {LAST - years + 1} as baseline_year, "
            f"value as baseline_value,\n    {LAST + 5} as target_year, 95.0 as target_value\n"
            f"""from "values"\nwhere indicator = '{name}' and year = {LAST - years + 1} and value is not null\n""",
            "utf-8",
        )
