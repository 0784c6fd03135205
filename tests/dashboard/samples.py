"""Indicators, frames and charts for the tests of what is drawn and written; the figures are made up."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from dashboard import charts
from dashboard.charts import Chart, TargetPath
from dashboard.tables import Tables
from pipelines import serving
from pipelines.declarations import Config, Indicator
from pipelines.verdicts import Oscillation

NBSP = "\u00a0"
EVIL = "<script>alert(1)</script> & <b>Vila</b>"

WATER = Indicator(
    indicator="agua",
    title="Atendimento com água",
    short="Água encanada",
    article="o",
    area="saneamento",
    front="Saneamento",
    unit="%",
    decimals=1,
    better="higher",
    kind="number",
    range=(0, 100),
    aggregation="median",
    periodicity="anual",
    source="snis",
    note="População atendida com água.",
    classes=(50, 65, 80, 90),
)
DEATHS = replace(
    WATER,
    indicator="mortalidade",
    title="Mortalidade infantil",
    short="Mortalidade infantil",
    article="a",
    unit="óbitos por mil nascidos vivos",
    better="lower",
    range=(0, 1000),
    classes=(),
)
MONEY = replace(
    WATER, title="PIB per capita", short="PIB per capita", unit="R$", decimals=2, range=(0, 1e9), classes=()
)
MARK = replace(WATER, title="Ideb", short="Ideb", unit="nota", range=(0, 10), classes=())
COUNT = replace(
    WATER, title="Pendências", short="Pendências", unit="itens", decimals=0, better="lower", classes=()
)
GRADE = replace(
    WATER, title="Capag", short="Capag", unit="nota", decimals=0, better="lower", kind="category",
    categories=("A", "B", "C"), range=(1, 3), classes=(),
)  # fmt: skip

GEO: dict[str, Any] = {
    "geometry_url": "m.geojson",
    "outline_url": "o.geojson",
    "bounds": (-58.0, -24.0, -50.0, -17.0),
}


def square(west: float, south: float, size: float) -> dict[str, Any]:
    ring = [
        [west, south],
        [west, south + size],
        [west + size, south + size],
        [west + size, south],
        [west, south],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def mesh(count: int) -> dict[str, Any]:
    """`count` squares in rows of six, with the codes that `frame` gives, and their outline."""
    shapes = [
        {
            "type": "Feature",
            "id": f"50{row:05d}",
            "properties": {"name": f"Município {row}"},
            "geometry": square(-58 + row % 6, -18 - row // 6, 1),
        }
        for row in range(count)
    ]
    outline = {"type": "Feature", "id": "outline", "properties": {}, "geometry": square(-58, -24, 7)}
    return {
        "m.geojson": {"type": "FeatureCollection", "features": shapes},
        "o.geojson": {"type": "FeatureCollection", "features": [outline]},
    }


def frame(values: Sequence[float | None], names: list[str] | None = None, **columns: Any) -> pd.DataFrame:
    """One row a municipality, as `tables.at` gives it."""
    count = len(values)
    return pd.DataFrame(
        {
            "municipality_code": [f"50{row:05d}" for row in range(count)],
            "name": names or [f"Município {row}" for row in range(count)],
            "value": pd.Series(list(values), dtype="float64"),
            "flag": [None if value is not None else "not_available" for value in values],
            "period": [pd.Timestamp(2024, 12, 31)] * count,
            "latitude": [-17.5 - row // 6 for row in range(count)],
            "longitude": [-57.5 + row % 6 for row in range(count)],
            **columns,
        }
    )


def history(
    points: Mapping[int, float | None],
    name: str = "Bonito",
    breaks: tuple[int, ...] = (),
    key: str = "name",
    **columns: Any,
) -> pd.DataFrame:
    """One row a year, as `tables.series` (or, with `key` place, `tables.aggregates`) gives it."""
    return pd.DataFrame(
        {
            key: [name] * len(points),
            "period": [dt.date(year, 12, 31) for year in points],
            "value": pd.Series(list(points.values()), dtype="float64"),
            "flag": [None if value is not None else "not_available" for value in points.values()],
            "break_before": [year in breaks for year in points],
            **columns,
        }
    )


def every_chart(theme: Any = "light", name: str = "Bonito") -> dict[str, Chart]:
    """One of each chart, over figures with a missing value."""
    values = [10.0, 55, 70, 85, 95, None, 40, 33]
    names = [name, *(f"Município {row}" for row in range(1, 8))]
    rows = frame(values, names)
    statuses = ["achieved", "on_track", "at_risk", "off_track", "worsening", None, "missed", "not_judged"]
    targeted = frame(values, names, target_value=80.0, target_year=2030, status=statuses)
    line = history({2020: 10, 2021: None, 2022: 30, 2023: 40}, name)
    state = history({2020: 20, 2021: 25, 2022: 30, 2023: 35}, "MS", key="place")
    pairs = frame(values, names, x=values, y=values[::-1], population=1000.0, group=[name, "B"] * 4)
    return {
        "choropleth": charts.choropleth(rows, WATER, selected="5000000", theme=theme, **GEO),
        "status_map": charts.status_map(
            targeted, "Metas", selected="5000000", theme=theme, legend=True, **GEO
        ),
        "ranking": charts.ranking(rows, WATER, "5000000", theme),
        "distribution": charts.distribution(rows, WATER, "5000000", theme),
        "series": charts.series(line, WATER, theme, state=state, regions=state),
        "path": charts.series(line, WATER, theme, path=TargetPath(2030, 80, 2020, 10, {2025: 50})),
        "dumbbell": charts.dumbbell(targeted, WATER, "5000000", theme),
        "small_multiples": charts.small_multiples(line, WATER, theme, state=state),
        "scatter": charts.scatter(pairs, WATER, MARK, "5000000", theme),
        "swings": charts.swings(
            frame(
                [1.0, 2, 3],
                [name, "B", "C"],
                population=[2_000, 20_000, 200_000],
                start_year=2023,
                year=2024,
                change=[-9.0, 2.0, 0.5],
            ),
            Oscillation(1.0, 90_000.0, 2.0, 0.8, 500),
            WATER,
            theme,
        ),
        "category": charts.distribution(frame([1, 2, 2, 3, None], [name, *"abcd"]), GRADE, "5000000", theme),
    }


def ticks(chart: Chart) -> list[str]:
    """The names at the rows of a chart."""
    return list(chart.figure["layout"]["yaxis"]["ticktext"])


# A municipality of another state, in the tables of `of_two_states`.
ELSEWHERE = "5103403"


def of_two_states(config: Config, folder: Path, known: str) -> Tables:
    """The built tables with one municipality of another state, of which one indicator alone is known."""
    tables = folder / "processed"
    shutil.copytree(config.processed, tables, ignore=shutil.ignore_patterns(serving.FILE))
    with duckdb.connect() as con:
        for table, where in (
            ("municipalities", "municipality_code = '5002704'"),
            ("values", f"municipality_code = '5002704' and indicator = '{known}'"),
        ):
            path = tables / f"{table}.parquet"
            con.execute(f"create table t as from '{path}'")
            con.execute(
                f"insert into t select * replace ('{ELSEWHERE}' as municipality_code) from t where {where}"
            )
            con.execute(
                f"update t set state = 'MT' where municipality_code = '{ELSEWHERE}'"
                if table == "municipalities"
                else "select 1"
            )
            con.execute(f"copy t to '{path}' (format parquet)")
            con.execute("drop table t")
    return Tables(tables)
