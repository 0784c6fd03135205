"""Charts as pictures, drawn without a browser.

A chart's figure (the part of Plotly's format that this wing uses) is drawn here as shapes in SVG and texts
with their places; typst sets the page around it in the font that ships with the product, as PNG, SVG or PDF.
One renderer serves downloads and sheets, so that both show the same drawing.
"""

from __future__ import annotations

import datetime as dt
import functools
import html
import json
import math
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import typst

from dashboard import words
from dashboard.charts.figure import Chart
from dashboard.charts.frames import project
from dashboard.charts.palettes import MARKS, PALETTES, Theme, text_width

FONTS = Path(__file__).parent.parent / "fonts"
FONT_NAME = "Source Sans 3"
GeoJSON = Mapping[str, Any]
Figure = Mapping[str, Any]


@dataclass
class Drawing:
    """A chart as shapes and texts, in pixels with the origin at the top left.

    `texts`: x, y (baseline), anchor (start, center, end), size, fill, runs ([text, bold] pairs), halo (a
    colour or empty). Texts stay apart from the shapes so that typst sets them in the shipped font, whatever
    the format.
    """

    width: float
    height: float
    shapes: list[str] = field(default_factory=list)
    texts: list[dict[str, Any]] = field(default_factory=list)

    def svg(self) -> str:
        """The shapes as one SVG image, without the texts."""
        box = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(self.shapes)}</svg>'

    def data(self) -> dict[str, Any]:
        """What the typst function `drawing` takes, ready for JSON."""
        return {"width": self.width, "height": self.height, "svg": self.svg(), "texts": self.texts}


_RGBA = re.compile(r"rgba\((\d+),\s*(\d+),\s*(\d+),\s*([\d.]+)\)")


@functools.lru_cache(maxsize=512)
def _paint(colour: str, kind: str) -> str:
    """A colour as attributes of `fill` or `stroke`; opacity apart, which every SVG reader knows."""
    found = _RGBA.fullmatch(colour)
    if found is None:
        return f'{kind}="{colour}"'
    red, green, blue, alpha = found.groups()
    if float(alpha) == 0:
        return f'{kind}="none"'
    return f'{kind}="#{int(red):02X}{int(green):02X}{int(blue):02X}" {kind}-opacity="{alpha}"'


def _clear(colour: Any) -> bool:
    return isinstance(colour, str) and colour.replace(" ", "").endswith(",0)")


def _dash(style: str, width: float) -> str:
    """A dash array as Plotly draws the named styles."""
    if style in ("", "solid"):
        return ""
    unit = max(width, 3)
    named = {"dot": f"{unit:g},{unit:g}", "dash": f"{3 * unit:g},{3 * unit:g}"}
    return f' stroke-dasharray="{named.get(style, style.replace("px", ""))}"'


def _n(value: float) -> str:
    return f"{value:.1f}"


_STAR = tuple(
    (math.sin(place * math.pi / 5) * (1 if place % 2 == 0 else 0.42),
     -math.cos(place * math.pi / 5) * (1 if place % 2 == 0 else 0.42))
    for place in range(10)
)  # fmt: skip
_CROSS = (
    (-0.28, 0), (-0.9, -0.62), (-0.62, -0.9), (0, -0.28), (0.62, -0.9), (0.9, -0.62), (0.28, 0), (0.9, 0.62),
    (0.62, 0.9), (0, 0.28), (-0.62, 0.9), (-0.9, 0.62),
)  # fmt: skip
# Corners of a symbol of radius 1; the radii are those of Plotly's symbols.
_SYMBOLS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "triangle-right": ((-0.7, -1.2), (1.3, 0), (-0.7, 1.2)),
    "triangle-left": ((0.7, -1.2), (-1.3, 0), (0.7, 1.2)),
    "star": tuple((x * 1.4, y * 1.4) for x, y in _STAR),
    "x": tuple((x * 1.1, y * 1.1) for x, y in _CROSS),
}


def symbol(
    kind: str, x: float, y: float, size: float, fill: str, edge: str = "", edge_width: float = 0
) -> str:
    """A marker as an SVG element; `size` is the diameter. A symbol ending in `-open` is drawn as a line."""
    if kind.endswith("-open"):
        kind, edge, edge_width, fill = kind[:-5], fill, edge_width or 1.2, "none"
    paint = 'fill="none"' if fill == "none" else _paint(fill, "fill")
    if edge and edge_width and not _clear(edge):
        paint += f' {_paint(edge, "stroke")} stroke-width="{edge_width:g}"'
    if kind == "circle":
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{size / 2:g}" {paint}/>'
    radius = size / 2
    points = "L".join(f"{_n(x + dx * radius)} {_n(y + dy * radius)}" for dx, dy in _SYMBOLS[kind])
    return f'<path d="M{points}Z" {paint} stroke-linejoin="round"/>'


def _runs(text: str) -> list[list[list[Any]]]:
    """Lines of [text, bold] runs from the label markup that `charts` writes: <b>, <br>, entities."""
    lines: list[list[list[Any]]] = [[]]
    bold = False
    for piece in re.split(r"(<b>|</b>|<br>)", text):
        if piece == "<br>":
            lines.append([])
        elif piece in ("<b>", "</b>"):
            bold = piece == "<b>"
        elif piece:
            lines[-1].append([html.unescape(piece), bold])
    return lines


def _line_width(line: Sequence[Sequence[Any]], size: float) -> float:
    return sum(text_width(str(text), size, bool(bold)) for text, bold in line)


LEADING = 1.3
# From a line's middle to its baseline, as a share of the size.
MIDDLE = 0.35


def _write(
    out: Drawing,
    x: float,
    y: float,
    text: str,
    size: float,
    fill: str,
    anchor: str = "start",
    vertical: str = "middle",
    halo: str = "",
    ground: str = "",
) -> None:
    """Place a label of one or more lines; `vertical` says which part of the block stands at `y`."""
    lines = _runs(text)
    tall = size * LEADING
    block = tall * len(lines)
    top = {"top": y, "middle": y - block / 2, "bottom": y - block}[vertical]
    if ground:
        wide = max(_line_width(line, size) for line in lines)
        left = x - wide * {"start": 0, "center": 0.5, "end": 1}[anchor]
        out.shapes.append(
            f'<rect x="{_n(left - 2)}" y="{_n(top)}" width="{_n(wide + 4)}" height="{_n(block)}" rx="2" '
            f"{_paint(ground, 'fill')}/>"
        )
    for place, line in enumerate(lines):
        if line:
            out.texts.append(
                {
                    "x": round(x, 2),
                    "y": round(top + tall * (place + 0.5) + size * MIDDLE, 2),
                    "anchor": anchor,
                    "size": size,
                    "fill": fill,
                    "runs": line,
                    "halo": halo,
                }
            )


@dataclass(frozen=True)
class _Scale:
    """A linear scale from data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True)
class _Plane:
    """A pair of axes with its box in pixels."""

    x: _Scale
    y: _Scale
    left: float
    top: float
    right: float
    bottom: float


def _planes(layout: Figure, width: float, height: float) -> dict[str, _Plane]:
    margin = layout["margin"]
    left, top = margin["l"], margin["t"]
    inner_width, inner_height = width - left - margin["r"], height - top - margin["b"]
    found = {}
    for name in layout:
        if not name.startswith("xaxis"):
            continue
        suffix = name[5:]
        x_axis, y_axis = layout[name], layout[f"yaxis{suffix}"]
        x0, x1 = (left + inner_width * part for part in x_axis.get("domain", (0, 1)))
        y1, y0 = (top + inner_height * (1 - part) for part in y_axis.get("domain", (0, 1)))
        found[suffix] = _Plane(
            _Scale(x_axis["range"][0], x_axis["range"][1], x0, x1),
            _Scale(y_axis["range"][0], y_axis["range"][1], y1, y0),
            x0,
            y0,
            x1,
            y1,
        )
    return found


def _draw_axes(out: Drawing, layout: Figure, planes: Mapping[str, _Plane]) -> None:
    for suffix, plane in planes.items():
        x_axis, y_axis = layout[f"xaxis{suffix}"], layout[f"yaxis{suffix}"]
        if y_axis["showgrid"]:
            for value in y_axis["tickvals"]:
                y = plane.y(value)
                out.shapes.append(
                    f'<path d="M{_n(plane.left)} {_n(y)}H{_n(plane.right)}" '
                    f'{_paint(y_axis["gridcolor"], "stroke")} stroke-width="1"/>'
                )
        if x_axis["showline"]:
            out.shapes.append(
                f'<path d="M{_n(plane.left)} {_n(plane.bottom)}H{_n(plane.right)}" '
                f'{_paint(x_axis["linecolor"], "stroke")} stroke-width="1"/>'
            )
        for value, text in zip(y_axis["tickvals"], y_axis["ticktext"], strict=True):
            font = y_axis["tickfont"]
            edge = plane.left - 3 - y_axis.get("ticklabelstandoff", 0)
            _write(out, edge, plane.y(value), text, font["size"], font["color"], "end")
        for value, text in zip(x_axis["tickvals"], x_axis["ticktext"], strict=True):
            font = x_axis["tickfont"]
            _write(out, plane.x(value), plane.bottom + 4, text, font["size"], font["color"], "center", "top")


def _each(value: Any, count: int) -> list[Any]:
    return list(value) if isinstance(value, list) else [value] * count


_ANCHORS = {"left": "end", "right": "start", "center": "center"}


def _draw_scatter(out: Drawing, trace: Figure, plane: _Plane) -> None:
    xs, ys, mode = trace["x"], trace["y"], trace["mode"]
    if "lines" in mode:
        _draw_line(out, trace, plane)
    if "markers" not in mode and "text" not in mode:
        return
    marker = trace.get("marker", {})
    count = len(xs)
    sizes, colours = _each(marker.get("size", 0), count), _each(marker.get("color", ""), count)
    kinds = _each(marker.get("symbol", "circle"), count)
    edge = marker.get("line", {})
    widths, edges = _each(edge.get("width", 0), count), _each(edge.get("color", ""), count)
    texts, spots = (
        _each(trace.get("text", ""), count),
        _each(trace.get("textposition", "middle center"), count),
    )
    font = trace.get("textfont", {})
    for place in range(count):
        if xs[place] is None or ys[place] is None:
            continue
        x, y = plane.x(xs[place]), plane.y(ys[place])
        if "markers" in mode and not (_clear(colours[place]) and not widths[place]):
            out.shapes.append(
                symbol(kinds[place], x, y, sizes[place], colours[place], edges[place] or "", widths[place])
            )
        if "text" in mode and texts[place]:
            _, side = spots[place].split()
            away = sizes[place] / 1.6 + 1 if "markers" in mode else 0
            shift = {"left": -away, "right": away, "center": 0}[side]
            _write(out, x + shift, y, texts[place], font["size"], font["color"], _ANCHORS[side])


def _draw_line(out: Drawing, trace: Figure, plane: _Plane) -> None:
    parts: list[list[str]] = [[]]
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None or y is None:
            parts.append([])
        else:
            parts[-1].append(f"{_n(plane.x(x))} {_n(plane.y(y))}")
    path = "".join("M" + "L".join(part) for part in parts if len(part) > 1)
    if not path:
        return
    if trace.get("fill") == "toself":
        out.shapes.append(f'<path d="{path}Z" {_paint(trace["fillcolor"], "fill")}/>')
    line = trace["line"]
    if not _clear(line["color"]) and line["width"]:
        out.shapes.append(
            f'<path d="{path}" fill="none" {_paint(line["color"], "stroke")} stroke-width="{line["width"]:g}"'
            f'{_dash(line.get("dash", ""), line["width"])} stroke-linejoin="round"/>'
        )


def _draw_bars(out: Drawing, trace: Figure, plane: _Plane) -> None:
    lying = trace.get("orientation") == "h"
    count = len(trace["x"])
    colours = _each(trace["marker"]["color"], count)
    for x, y, wide, colour in zip(trace["x"], trace["y"], trace["width"], colours, strict=True):
        if lying:
            x0, x1 = plane.x(0), plane.x(x)
            y0, y1 = sorted((plane.y(y - wide / 2), plane.y(y + wide / 2)))
        else:
            x0, x1 = plane.x(x - wide / 2), plane.x(x + wide / 2)
            y0, y1 = sorted((plane.y(0), plane.y(y)))
        out.shapes.append(
            f'<rect x="{_n(x0)}" y="{_n(y0)}" width="{_n(x1 - x0)}" height="{_n(y1 - y0)}" '
            f"{_paint(colour, 'fill')}/>"
        )


def _draw_shape(out: Drawing, shape: Figure, plane: _Plane) -> None:
    def spot(name: str) -> float:
        value = shape[name]
        if name[0] == "y":
            if shape.get("yref") == "paper":
                return plane.bottom + (plane.top - plane.bottom) * float(value)
            return plane.y(value)
        if shape.get("xref") == "paper":
            return plane.left + (plane.right - plane.left) * float(value)
        return plane.x(value)

    line = shape["line"]
    out.shapes.append(
        f'<path d="M{_n(spot("x0"))} {_n(spot("y0"))}L{_n(spot("x1"))} {_n(spot("y1"))}" '
        f'{_paint(line["color"], "stroke")} stroke-width="{line["width"]:g}"'
        f"{_dash(line.get('dash', ''), line['width'])}/>"
    )


def _draw_note(out: Drawing, note: Figure, planes: Mapping[str, _Plane], layout: Figure) -> None:
    margin = layout["margin"]
    inner_width, inner_height = out.width - margin["l"] - margin["r"], out.height - margin["t"] - margin["b"]
    plane = planes[""]
    x = margin["l"] + note["x"] * inner_width if note["xref"] == "paper" else plane.x(note["x"])
    y = margin["t"] + (1 - note["y"]) * inner_height if note["yref"] == "paper" else plane.y(note["y"])
    font = note["font"]
    anchor = {"left": "start", "right": "end", "center": "center"}[note["xanchor"]]
    _write(
        out,
        x + note.get("xshift", 0),
        y - note.get("yshift", 0),
        note["text"],
        font["size"],
        font["color"],
        anchor,
        note["yanchor"],
        ground=note.get("bgcolor", ""),
    )


Box = tuple[float, float, float, float]


def _box(texts: Sequence[Mapping[str, Any]]) -> Box:
    """Left, top, right and bottom of the lines of one label."""
    lefts, rights = [], []
    for line in texts:
        wide = _line_width(line["runs"], line["size"])
        lefts.append(line["x"] - wide * {"start": 0, "center": 0.5, "end": 1}[line["anchor"]])
        rights.append(lefts[-1] + wide)
    top = min(line["y"] - 0.7 * line["size"] for line in texts)
    return min(lefts), top, max(rights), max(line["y"] + 0.2 * line["size"] for line in texts)


def _meets(one: Box, others: Iterable[Box], shift: float = 0.0) -> bool:
    """Whether a box, moved down by `shift`, lies on one of others."""
    left, top, right, bottom = one
    return any(
        left < other[2] and other[0] < right and top + shift < other[3] and other[1] < bottom + shift
        for other in others
    )


def _spots(figure: Figure, plane: _Plane) -> list[Box]:
    """Where the markers of a plane chart stand."""
    found = []
    for trace in figure["data"]:
        if trace["type"] == "scatter" and "markers" in trace["mode"] and trace.get("xaxis", "x") == "x":
            sizes = _each(trace["marker"]["size"], len(trace["x"]))
            for x, y, size in zip(trace["x"], trace["y"], sizes, strict=True):
                if x is not None and y is not None:
                    left, top, half = plane.x(x), plane.y(y), size / 2
                    found.append((left - half, top - half, left + half, top + half))
    return found


def _part(out: Drawing, labels: Sequence[slice], spots: Sequence[Box]) -> None:
    """Move labels that lie on an earlier one up or down, by the shorter way, where the drawing has the room.

    A figure is laid out for any width; only here is it known which labels meet. A moved label also keeps off
    the markers, at `spots`.
    """
    placed: list[Box] = []
    for label in labels:
        lines = out.texts[label]
        if not lines:
            continue
        box = _box(lines)
        left, top, right, bottom = box
        shift = 0.0
        if _meets(box, placed):
            beside = [other for other in (*placed, *spots) if left < other[2] and other[0] < right]
            ways = [way for other in beside for way in (other[1] - bottom - 1, other[3] - top + 1)]
            free = [
                way
                for way in sorted(ways, key=abs)
                if top + way >= 0 and bottom + way <= out.height and not _meets(box, placed, way)
            ]
            clear = [way for way in free if not _meets(box, spots, way)]
            shift = (clear or free or [0.0])[0]
        for line in lines:
            line["y"] = round(line["y"] + shift, 2)
        placed.append((left, top + shift, right, bottom + shift))


@dataclass(frozen=True)
class _View:
    """Mercator to pixels."""

    scale: float
    west: float
    north: float
    left: float
    top: float

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        x, y = project(longitude, latitude)
        return self.left + (x - self.west) * self.scale, self.top + (self.north - y) * self.scale


def _view(layout: Figure, width: float, height: float) -> _View:
    margin, geo = layout["margin"], layout["geo"]
    (west, east), (south, north) = geo["lonaxis"]["range"], geo["lataxis"]["range"]
    (x0, y0), (x1, y1) = project(west, south), project(east, north)
    inner_width, inner_height = width - margin["l"] - margin["r"], height - margin["t"] - margin["b"]
    low, high = geo["domain"]["y"]
    tall = inner_height * (high - low)
    scale = min(inner_width / (x1 - x0), tall / (y1 - y0))
    left = margin["l"] + (inner_width - (x1 - x0) * scale) / 2
    top = margin["t"] + inner_height * (1 - high) + (tall - (y1 - y0) * scale) / 2
    return _View(scale, x0, y1, left, top)


_kept_paths: dict[tuple[int, _View], tuple[GeoJSON, dict[str, str]]] = {}
_lock = threading.Lock()


def _paths(geojson: GeoJSON, view: _View) -> dict[str, str]:
    """Path data of each feature under a view, by id; kept, since a report draws the same mesh many times."""
    key = (id(geojson), view)
    with _lock:
        kept = _kept_paths.get(key)
    if kept is not None and kept[0] is geojson:
        return kept[1]
    found = {}
    for feature in geojson["features"]:
        geometry = feature["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        pieces = []
        for part in parts:
            for ring in part:
                points = [f"{x:.1f} {y:.1f}" for x, y in (view(point[0], point[1]) for point in ring)]
                # Points that fall on the pixel before them add nothing.
                slim = [
                    point for place, point in enumerate(points) if place == 0 or point != points[place - 1]
                ]
                pieces.append("M" + "L".join(slim) + "Z")
        found[str(feature["id"])] = "".join(pieces)
    with _lock:
        if len(_kept_paths) >= 16:
            _kept_paths.clear()
        _kept_paths[key] = (geojson, found)
    return found


def _draw_choropleth(out: Drawing, trace: Figure, view: _View, geometries: Mapping[str, GeoJSON]) -> None:
    paths = _paths(geometries[trace["geojson"]], view)
    low, high, scale = trace["zmin"], trace["zmax"], trace["colorscale"]
    groups: dict[str, list[str]] = {}
    for code, z in zip(trace["locations"], trace["z"], strict=True):
        share = (z - low) / (high - low)
        colour = next(colour for limit, colour in scale[1::2] if share <= limit)
        if code in paths:
            groups.setdefault(colour, []).append(paths[code])
    line = trace["marker"]["line"]
    stroke = f'{_paint(line["color"], "stroke")} stroke-width="{line["width"]:g}" stroke-linejoin="round"'
    for colour, pieces in groups.items():
        out.shapes.append(f'<path d="{"".join(pieces)}" {_paint(colour, "fill")} {stroke}/>')


def _draw_points(out: Drawing, trace: Figure, view: _View, surface: str) -> None:
    for place, (latitude, longitude) in enumerate(zip(trace["lat"], trace["lon"], strict=True)):
        if latitude is None or longitude is None:
            continue
        x, y = view(longitude, latitude)
        if "markers" in trace["mode"]:
            marker = trace["marker"]
            out.shapes.append(
                symbol(marker["symbol"], x, y, marker["size"], marker["color"], "", marker["line"]["width"])
            )
        if "text" in trace["mode"]:
            side = _each(trace["textposition"], len(trace["lat"]))[place].split()[1]
            font = trace["textfont"]
            _write(out, x, y, trace["text"][place], font["size"], font["color"], _ANCHORS[side], halo=surface)


_GLYPHS = {mark.glyph: mark.symbol for mark in MARKS.values()}


def _draw_legend(out: Drawing, figure: Figure, theme: Theme) -> None:
    """The legend in columns of one width, below the drawing; glyphs of statuses as shapes."""
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
        glyph = _GLYPHS.get(name[:1])
        ink = PALETTES[theme].text
        shift = 14
        if glyph is not None:
            out.shapes.append(symbol(glyph, x + 18, y, 8, ink))
            name, shift = name[1:].strip(), 28
        _write(out, x + shift, y, html.escape(name, quote=False), size, legend["font"]["color"])
    # A narrow drawing needs more rows than its height was made for.
    out.height = max(out.height, y + 14)


def theme_of(figure: Figure) -> Theme:
    """The theme a figure was made for, from the ink it is written in."""
    return "dark" if figure["layout"]["font"]["color"] == PALETTES["dark"].text else "light"


def drawing(
    figure: Figure,
    width: float = 720,
    geometries: Mapping[str, GeoJSON] | None = None,
    height: float | None = None,
) -> Drawing:
    """Draw a figure of `charts` at a width in pixels; its own height unless another is given.

    `geometries`: the GeoJSON behind each address that a map names; a KeyError names one that is not there.
    """
    layout = figure["layout"]
    out = Drawing(float(width), float(height or layout["height"]))
    theme = theme_of(figure)
    if "geo" in layout:
        view = _view(layout, out.width, out.height)
        for trace in figure["data"]:
            if trace["type"] == "choropleth":
                _draw_choropleth(out, trace, view, geometries or {})
            else:
                _draw_points(out, trace, view, PALETTES[theme].surface)
    else:
        planes = _planes(layout, out.width, out.height)
        for shape in layout["shapes"]:
            if shape.get("layer") == "below":
                _draw_shape(out, shape, planes[""])
        _draw_axes(out, layout, planes)
        for trace in figure["data"]:
            plane = planes[trace.get("xaxis", "x")[1:]]
            (_draw_bars if trace["type"] == "bar" else _draw_scatter)(out, trace, plane)
        for shape in layout["shapes"]:
            if shape.get("layer") != "below":
                _draw_shape(out, shape, planes[""])
        labels: list[slice] = []
        for note in layout["annotations"]:
            start = len(out.texts)
            _draw_note(out, note, planes, layout)
            if not note.get("bgcolor"):
                labels.append(slice(start, len(out.texts)))
        _part(out, labels, _spots(figure, planes[""]))
    _draw_legend(out, figure, theme)
    return out


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
    theme: Theme | None = None,
    geometries: Mapping[str, GeoJSON] | None = None,
    date: dt.date | None = None,
    width: float = 720,
    note: str = "",
) -> bytes:
    """A chart as a picture that explains itself: title, sentence, drawing, source and date of the tables.

    `theme`: the one the chart was made for unless said. `geometries`: GeoJSON by address, for maps. `width`:
    of the drawing in pixels; a PNG has twice as many. `note`: one more line at the foot.
    """
    palette = PALETTES[theme or theme_of(chart.figure)]
    foot = [
        source_line,
        note,
        f"Farol Municipal, com as tabelas de {words.date(date)}." if date is not None else "",
    ]
    page = {
        "width": width + 48,
        "surface": palette.surface,
        "text": palette.text,
        "muted": palette.muted,
        "title": title,
        "sentence": chart.sentence,
        "drawing": drawing(chart.figure, width, geometries).data(),
        "foot": [line for line in foot if line],
    }
    options = {"ppi": 144.0} if format == "png" else {}
    return typeset(_PAGE, {"page": json.dumps(page, ensure_ascii=False)}, format, **options)


def read_geojson(path: Path) -> dict[str, Any]:
    """A GeoJSON file as `picture` takes it."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
