"""Files for other programs, made from what a page shows: Parquet, GeoParquet, charts without a server.

Every file says its title, source, filter, date of the tables and the address that opens the same view.
"""

from __future__ import annotations

import html
import io
import json
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard import charts
from dashboard.charts import Chart
from dashboard.charts.palettes import FONT, PALETTES

CODE = "Código IBGE"
PARQUET_MIME = "application/vnd.apache.parquet"
# What a CSV file says of itself, in columns at its end: it has no other place that every reader leaves alone.
CARRIED = ("Fonte", "Filtro", "Tabelas construídas em", "Endereço desta tela")


def stamped(frame: pd.DataFrame, about: Mapping[str, str]) -> pd.DataFrame:
    """The frame with its provenance in columns at the end, the same in every row."""
    # A table of sources has a column "Fonte" of its own.
    stamps = {
        f"{name} da tabela" if name in frame.columns else name: about[name]
        for name in CARRIED
        if name in about
    }
    return frame.assign(**stamps)


def _key(name: str) -> bytes:
    """A metadata key: `Tabelas construídas em` -> `tabelas_construidas_em`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore")
    return plain.lower().replace(b" ", b"_")


def _arrow(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with columns of one type each; a column of mixed things becomes text."""
    kept = frame.copy()
    # How numbers are shown is no property of a file that holds them whole.
    kept.attrs = {}
    for name in kept.columns:
        if pd.api.types.infer_dtype(kept[name], skipna=True).startswith("mixed"):
            kept[name] = [None if pd.isna(item) else str(item) for item in kept[name]]
    return kept


def _described(table: pa.Table, about: Mapping[str, str]) -> bytes:
    metadata = dict(table.schema.metadata or {}) | {_key(name): text.encode() for name, text in about.items()}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), out, compression="zstd")
    return out.getvalue()


def parquet(frame: pd.DataFrame, about: Mapping[str, str]) -> bytes:
    """A table as Parquet: numbers as numbers, codes as text, provenance in the file's metadata."""
    return _described(pa.Table.from_pandas(_arrow(frame), preserve_index=False), about)


def geoparquet(frame: pd.DataFrame, about: Mapping[str, str], mesh: Path) -> bytes:
    """A table of municipalities with their limits, as GeoParquet in SIRGAS 2000.

    `frame` has the column CODE; `mesh`: the built table of municipalities (GeoParquet). A municipality
    without limits keeps its row.
    """
    import geopandas as gpd

    limits = gpd.read_parquet(mesh, columns=["municipality_code", "geometry"]).set_index("municipality_code")
    shaped = gpd.GeoDataFrame(
        _arrow(frame), geometry=limits["geometry"].reindex(frame[CODE]).to_numpy(), crs=limits.crs
    )
    out = io.BytesIO()
    shaped.to_parquet(out, index=False)
    out.seek(0)
    return _described(pq.read_table(out), about)


@cache
def _plotly() -> str:
    """Plotly's JavaScript, from the installed package."""
    return resources.files("plotly").joinpath("package_data/plotly.min.js").read_text("utf-8")


def _inline(value: Any) -> str:
    """JSON that can stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


# With this no browser fetches anything for the page, whatever a library would like.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
_DRAW = """
const shapes = JSON.parse(document.getElementById("shapes").textContent);
const figure = JSON.parse(document.getElementById("figure").textContent);
window.PlotlyGeoAssets = {topojson: {world_110m: %s}};
for (const trace of figure.data) if (trace.geojson in shapes) trace.geojson = shapes[trace.geojson];
const options = {displayModeBar: false, responsive: true, scrollZoom: false};
Plotly.newPlot("chart", figure.data, figure.layout, options);
"""


def interactive(
    chart: Chart,
    title: str,
    about: Mapping[str, str],
    geometries: Mapping[str, Mapping[str, Any]],
    topology: Mapping[str, Any],
) -> bytes:
    """A chart as one HTML file that needs no network: drawing, sentence, table, source, date and address.

    `geometries`: GeoJSON by the address that the figure names. `topology`: the empty base that Plotly's
    maps ask for.
    """
    palette = PALETTES[chart.theme]
    traces = chart.figure["data"]
    named = dict.fromkeys(trace["geojson"] for trace in traces if isinstance(trace.get("geojson"), str))
    foot = "".join(
        f"<p><b>{html.escape(name)}:</b> {html.escape(text)}</p>"
        for name, text in about.items()
        if name != "Título"
    )
    style = (
        f"body{{font:15px/1.45 {FONT};color:{palette.text};background:{palette.surface};max-width:960px;"
        "margin:0 auto;padding:16px}h1{font-size:1.375rem;line-height:1.25;margin:0}"
        f"summary{{cursor:pointer}}footer{{font-size:.8125rem;color:{palette.muted};overflow-wrap:anywhere}}"
        "footer p{margin:4px 0}.data{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}"
        f"caption{{text-align:left;color:{palette.muted}}}th,td{{text-align:left;padding:5px 12px 5px 0;"
        f"border-bottom:1px solid {palette.line};font-weight:400}}thead th{{font-weight:600}}"
        ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    )
    shapes = {address: geometries[address] for address in named}
    table = charts.data_table(chart.frame, title, chart.decimals, limit=len(chart.frame))
    page = (
        '<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body><main>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(chart.sentence)}</p>"
        f'<div id="chart" role="img" aria-label="{html.escape(chart.sentence, quote=True)}"></div>'
        f"<details><summary>Ver tabela</summary>{table}</details></main><footer>{foot}</footer>"
        f'<script type="application/json" id="shapes">{_inline(shapes)}</script>'
        f'<script type="application/json" id="figure">{_inline(chart.figure)}</script>'
        f"<script>{_plotly()}</script><script>{_DRAW % _inline(topology)}</script></body></html>"
    )
    return page.encode("utf-8")
