"""Charts as pictures, drawn without a browser.

A chart's figure (the part of Plotly's format that this wing uses) is drawn here as shapes in SVG and texts
with their places; typst sets the page around it in the font that ships with the product, as PNG, SVG or PDF.
One renderer serves downloads and sheets, so that both show the same drawing.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typst

from dashboard import words
from dashboard.charts.drawing import Drawing, symbol, write
from dashboard.charts.figure import Chart, Figure
from dashboard.charts.map_drawing import GeoJSON, draw_map
from dashboard.charts.palettes import PALETTES, text_width
from dashboard.charts.plane_drawing import draw_plane

FONTS = Path(__file__).parent.parent / "fonts"
FONT_NAME = "Source Sans 3"


# Of a picture, in pixels.
WIDTH = 720.0


def drawing(chart: Chart, width: float = WIDTH, geometries: Mapping[str, GeoJSON] | None = None) -> Drawing:
    """Draw a chart at a width in pixels.

    `geometries`: the GeoJSON behind each address that a map names; a KeyError names one that is not there.
    """
    figure = chart.figure
    layout = figure["layout"]
    out = Drawing(float(width), float(layout["height"]))
    if "geo" in layout:
        draw_map(out, figure, geometries or {}, PALETTES[chart.theme].surface)
    else:
        draw_plane(out, figure)
    _draw_legend(out, figure, chart)
    return out


def _draw_legend(out: Drawing, figure: Figure, chart: Chart) -> None:
    """The legend in columns of one width, below the drawing; glyphs as shapes."""
    layout = figure["layout"]
    entries = [trace for trace in figure["data"] if trace.get("showlegend") and trace.get("name")]
    if not layout.get("showlegend") or not entries:
        return
    legend, margin = layout["legend"], layout["margin"]
    size = legend["font"]["size"]
    names = [html.unescape(entry["name"]) for entry in entries]
    room = out.width - margin["l"] - margin["r"]
    wide = max(text_width(name, size) for name in names) + 34
    columns = max(min(int(room // wide), len(entries)), 1)
    # Rows as even as the columns allow: 3 and 3 rather than 5 and 1.
    columns = -(-len(entries) // -(-len(entries) // columns))
    top = margin["t"] + (1 - legend["y"]) * (out.height - margin["t"] - margin["b"])
    y = top
    for place, (entry, name) in enumerate(zip(entries, names, strict=True)):
        row, column = divmod(place, columns)
        x, y = margin["l"] + column * wide + 8, top + 10 + row * 20
        marker = entry["marker"]
        fill = marker["color"] if isinstance(marker["color"], str) else marker["color"][0]
        edge = marker["line"]
        if entry["type"] == "scattergeo":
            out.shapes.append(symbol("square", x, y, 13, fill, edge["color"], edge["width"]))
        else:
            out.shapes.append(symbol("circle", x, y, 11, fill))
        glyph = chart.symbols.get(entry["name"])
        shift = 14
        if glyph is not None:
            out.shapes.append(symbol(glyph, x + 18, y, 8, PALETTES[chart.theme].text))
            name, shift = name[1:].strip(), 28
        write(out, x + shift, y, html.escape(name, quote=False), size, legend["font"]["color"])
    # A narrow drawing needs more rows than its height was made for.
    out.height = max(out.height, y + 14)


# `drawing(d, alt)`: a Drawing's data as typst content. The texts are marked as artifacts of the picture in a
# tagged PDF, whose reader hears the alternative text instead of a heap of labels.
TYPST_DRAWING = f"""
#let drawing(d, alt: none) = {{
  let label(t, stroke) = text(
    font: "{FONT_NAME}", size: t.size * 1pt, fill: rgb(t.fill), stroke: stroke,
    top-edge: "baseline", bottom-edge: "baseline", hyphenate: false,
    t.runs.map(r => if r.at(1) {{ text(weight: 600, r.at(0)) }} else {{ text(weight: 400, r.at(0)) }}).join(),
  )
  let sides = (start: (left, 0pt), center: (center, 1000pt), end: (right, 2000pt))
  // A wide box keeps a label on one line; it hangs from its anchor.
  let put(t, stroke) = {{
    let (side, shift) = sides.at(t.anchor)
    place(top + left, dx: t.x * 1pt - shift, dy: t.y * 1pt,
      box(width: 2000pt, height: 0pt, align(side, label(t, stroke))))
  }}
  block(width: d.width * 1pt, height: d.height * 1pt, breakable: false, above: 0pt, below: 0pt, {{
    let box-size = (width: d.width * 1pt, height: d.height * 1pt)
    place(top + left, image(bytes(d.svg), format: "svg", ..box-size, alt: alt))
    pdf.artifact(for t in d.texts {{
      if t.halo != "" {{ put(t, 3pt + rgb(t.halo)) }}
      put(t, none)
    }})
  }})
}}
"""

_PAGE = (
    TYPST_DRAWING
    + f"""
#let page-data = json(bytes(sys.inputs.page))
#set page(width: page-data.width * 1pt, height: auto, margin: 24pt, fill: rgb(page-data.surface))
#set text(font: "{FONT_NAME}", size: 13pt, fill: rgb(page-data.text))
#set text(lang: "pt", region: "BR", hyphenate: false)
#set par(leading: 0.5em, spacing: 0.75em)
#text(size: 20pt, weight: 600, page-data.title)

#page-data.sentence
#v(6pt)
#drawing(page-data.drawing, alt: page-data.sentence)
#v(4pt)
#set text(size: 11pt, fill: rgb(page-data.muted))
#for line in page-data.foot {{ par(line) }}
"""
).encode()

_local = threading.local()


def typeset(source: bytes, inputs: Mapping[str, str], format: str = "pdf", **options: Any) -> bytes:
    """Set a typst source with the shipped font and no other of the machine's; returns the file.

    `inputs`: texts read there as `sys.inputs`. `options`: those of typst's compiler, e.g. `pdf_standards`.
    """
    # One compiler a thread: it keeps the fonts and what it has set before, and is not for sharing.
    if not hasattr(_local, "compiler"):
        _local.compiler = typst.Compiler(font_paths=[str(FONTS)], ignore_system_fonts=True)
    made: bytes = _local.compiler.compile(input=source, format=format, sys_inputs=dict(inputs), **options)
    return made


def picture(
    chart: Chart,
    title: str,
    source_line: str,
    format: Literal["png", "svg", "pdf"] = "png",
    geometries: Mapping[str, GeoJSON] | None = None,
    date: dt.date | None = None,
    note: str = "",
) -> bytes:
    """A chart as a picture that explains itself: title, sentence, drawing, source and date of the tables.

    `geometries`: GeoJSON by address, for maps. A PNG has twice WIDTH pixels.
    `note`: one more line at the foot.
    """
    palette = PALETTES[chart.theme]
    foot = [
        source_line,
        note,
        f"Farol Municipal, com as tabelas de {words.date(date)}." if date is not None else "",
    ]
    page = {
        "width": WIDTH + 48,
        "surface": palette.surface,
        "text": palette.text,
        "muted": palette.muted,
        "title": title,
        "sentence": chart.sentence,
        "drawing": drawing(chart, WIDTH, geometries).data(),
        "foot": [line for line in foot if line],
    }
    options = {"ppi": 144.0} if format == "png" else {}
    return typeset(_PAGE, {"page": json.dumps(page, ensure_ascii=False)}, format, **options)


def read_geojson(path: Path) -> dict[str, Any]:
    """A GeoJSON file as `picture` takes it."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
