"""What a page gives to take away: pictures, tables, the published files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, Literal, NamedTuple

import pandas as pd
import streamlit as st

from dashboard import words
from dashboard.charts import Chart, pictures
from dashboard.charts.frames import Decimals
from dashboard.files import interchange, spreadsheets
from dashboard.screens.installation import config
from dashboard.screens.session import address, filter_words, served
from dashboard.screens.texts import copyable, note
from dashboard.sheets.shapes import mesh
from dashboard.tables import Tables
from pipelines import declarations, publishing

PLOTLY = {
    "displayModeBar": False,
    "scrollZoom": False,
    # The maps' base topology, empty and ours: without it Plotly asks a third party for one. Relative, so that
    # it also holds behind a path prefix.
    "topojsonURL": "app/static/topo/",
}


# Letters of a title in a file's name: municipality, indicator and challenge of the longest ones stay apart.
LONGEST_TITLE = 120


# A frame of a table scrolls inside it from this height on, in pixels.
LISTED = 640

# Where browsers find what lies below static/.
SERVED = "app/static/"


def geometries(chart: Chart) -> dict[str, Mapping[str, Any]]:
    """The meshes of a map by the addresses that it names, for pictures drawn without a browser."""
    named = {trace["geojson"] for trace in chart.figure["data"] if "geojson" in trace}
    return {address: mesh(address.removeprefix(SERVED)) for address in sorted(named)}


def downloads(
    rows: Callable[[], pd.DataFrame],
    key: str,
    title: str,
    source: str,
    data: Tables,
    *,
    chart: Callable[[], Chart] | None = None,
    embeds: bool = False,
    whole: bool = False,
) -> None:
    """The popover that takes a chart and its table away; the rows are made when it is opened, each file when it is
    asked for.

    `whole`: what is taken away is the same with and without the page's filter.
    """
    opened = st.popover("Baixar", key=f"baixar-{key}", type="tertiary", on_change="rerun")
    if not opened.open:
        return
    with opened:
        drawn, frame = chart() if chart else None, rows()
        filtered = "" if whole else "; ".join(filter_words(data))
        parts = (words.slug(title)[:LONGEST_TITLE], words.slug(filtered)[:40], data.manifest["as_of"])
        name = "-".join(part for part in parts if part)
        title = f"{title} ({filtered})" if filtered else title
        about = {
            "Título": title,
            "Fonte": source,
            "Filtro": filtered or "nenhum",
            "Tabelas construídas em": data.manifest["built_at"][:10],
            "Endereço desta tela": address(),
        }
        files = [] if drawn is None else _chart_files(drawn, title, about, data.manifest["built_at"])
        files += _table_files(frame, about, None if drawn is None else drawn.decimals)
        files += [] if drawn is None else _map_files(drawn, frame, about)
        for file in files:
            _button(file, name, key)
        if embeds:
            note(f"Para mostrar só {'este gráfico' if drawn else 'esta tabela'} em outro site:")
            copyable(_frame(key, title, drawn.height if drawn else LISTED))


class _File(NamedTuple):
    """A file that can be taken away: what its button says, how its name ends, and what makes it."""

    label: str
    ending: str
    mime: str
    make: Callable[[], bytes]


def _button(file: _File, name: str, key: str) -> None:
    st.download_button(
        file.label,
        file.make,
        f"{name}.{file.ending}",
        file.mime,
        key=f"{key}-{file.ending}",
        on_click="ignore",
        width="stretch",
    )


def _chart_files(chart: Chart, title: str, about: Mapping[str, str], built_at: str) -> list[_File]:
    """A chart as pictures and as a page of its own."""
    drawn_on = dt.date.fromisoformat(built_at[:10])

    def picture(kind: Literal["png", "svg"]) -> Callable[[], bytes]:
        return lambda: pictures.picture(
            chart,
            title,
            about["Fonte"],
            format=kind,
            geometries=geometries(chart),
            date=drawn_on,
            note=about["Endereço desta tela"],
        )

    return [
        _File("Imagem (PNG)", "png", "image/png", picture("png")),
        _File("Imagem (SVG)", "svg", "image/svg+xml", picture("svg")),
        _File(
            "Gráfico interativo (HTML)",
            "html",
            "text/html",
            lambda: _interactive(chart, title, about),
        ),
    ]


def _table_files(frame: pd.DataFrame, about: Mapping[str, str], decimals: Decimals | None) -> list[_File]:
    """A table for spreadsheets and for programs."""
    return [
        _File(
            "Planilha para Excel (XLSX)",
            "xlsx",
            spreadsheets.XLSX_MIME,
            lambda: spreadsheets.xlsx(frame, about, decimals),
        ),
        _File(
            "CSV para Excel brasileiro",
            "excel.csv",
            "text/csv",
            lambda: spreadsheets.csv_brazil(interchange.stamped(frame, about)),
        ),
        _File(
            "CSV para sistemas",
            "csv",
            "text/csv",
            lambda: spreadsheets.csv_systems(interchange.stamped(frame, about)),
        ),
        _File("Parquet", "parquet", interchange.PARQUET_MIME, lambda: interchange.parquet(frame, about)),
    ]


def _map_files(chart: Chart, frame: pd.DataFrame, about: Mapping[str, str]) -> list[_File]:
    """The table of a map with the municipalities' limits; nothing for another chart."""
    if "geo" not in chart.figure["layout"]:
        return []
    mesh = config().processed / "municipalities.parquet"
    return [
        _File(
            "GeoParquet (com os limites)",
            "geo.parquet",
            interchange.PARQUET_MIME,
            lambda: interchange.geoparquet(frame, about, mesh),
        )
    ]


def _interactive(chart: Chart, title: str, about: Mapping[str, str]) -> bytes:
    topology = pictures.read_geojson(declarations.STATIC / "topo" / "world_110m.json")
    return interchange.interactive(chart, title, about, geometries(chart), topology)


def published() -> dict[str, Any]:
    """The description of the published files, first brought to the present build where they are of another."""
    publishing.ensure(config())
    found = publishing.published(config().published)
    assert found is not None
    return found


def published_address() -> str:
    """The absolute address of the published files, which this server serves beside its pages."""
    return served(config().published_address)


def published_size() -> int:
    """The size of the published package in bytes."""
    return (config().published / publishing.PACKAGE).stat().st_size


def _frame(key: str, title: str, height: int) -> str:
    """The HTML that shows one chart or table of this view on another site."""
    base, _, query = address().partition("?")
    link = f"{base}?{query}{'&' if query else ''}grafico={key}&embed=true"
    # Room for the heading above the chart and the source below it.
    return f'<iframe src="{escape(link)}" title="{escape(title)}" width="100%" height="{height + 180}" loading="lazy"></iframe>'
