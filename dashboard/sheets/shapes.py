"""Shapes on a sheet: symbols of statuses, the way of a target, the locator map, the code that opens the page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

import segno

from dashboard import charts
from dashboard.charts import TargetPath, drawing, pictures
from dashboard.charts.drawing import Svg
from dashboard.charts.palettes import MARKS, PALETTES, fill
from dashboard.tables import Tables
from pipelines import declarations, verdicts

Row = Mapping[str, Any]
PAPER = PALETTES["light"]


_DELIVERABLE_SYMBOLS = {
    "overdue": "x",
    "never_updated": "circle-open",
    "to_do": "square-open",
    "in_progress": "triangle-right",
    "done": "circle",
    "suspended": "diamond-open",
    "cancelled": "x-open",
}


def _shape(body: str, box: str = "0 0 12 12") -> Svg:
    return Svg(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>')


@cache
def icon(status: str, sureness: str = "firm") -> str:
    """A status as a shape with a dark edge, which black and white keeps: full, lighter where likely, the edge alone
    where it cannot be told."""
    mark = MARKS[status]
    ground = "none" if sureness == "unclear" else fill(status, sureness, "light")
    if mark.symbol.endswith("-open"):
        return _shape(drawing.symbol(mark.symbol, 6, 6, 9, PAPER.text, edge_width=1.4))
    drawn = drawing.symbol(mark.symbol, 6, 6, 8.4, ground, PAPER.text, 0.8)
    if status == "within":
        drawn += f'<path d="M3.8 6.2L5.4 7.9L8.3 4.3" fill="none" stroke="{PAPER.text}" stroke-width="1.2"/>'
    return _shape(drawn)


@cache
def deliverable_icon(state: str) -> str:
    """The symbol of a deliverable's state as SVG."""
    return _shape(drawing.symbol(_DELIVERABLE_SYMBOLS[state], 6, 6, 8, PAPER.text, edge_width=1.4))


WAY_WIDTH, WAY_HEIGHT = 110.0, 20.0
# Year, value and whether the method changed just before; a series oldest first.
Point = tuple[int, float | None, bool]


def way_drawing(points: Sequence[Point], kind: str, path: TargetPath | None) -> str:
    """The way to a target without axes, for a table's cell: dashed path, observed line, diamond at the end.

    The row beside it has the numbers. Lines are cut at missing values and at changes of method; a category's
    best place is on top. Empty without any value.
    """
    first = path.baseline_year if path is not None else None
    shown = [point for point in points if first is None or point[0] >= first]
    if all(value is None for _, value, _ in shown):
        shown = list(points)
    sign = -1.0 if kind == "category" else 1.0
    known = [(year, sign * value) for year, value, _ in shown if value is not None]
    if not known:
        return ""
    corners: list[tuple[int, float]] = []
    if path is not None and path.baseline_year is not None and path.baseline_value is not None:
        corners = verdicts.path(
            path.baseline_value, path.baseline_year, path.target_value, path.target_year, path.milestones
        )
    elif path is not None:
        corners = [(year, path.target_value) for year in (known[0][0], max(path.target_year, known[-1][0]))]
    years, heights = zip(*known, *corners, strict=True)
    low, high, start, end = min(heights), max(heights), min(years), max(years)

    def spot(year: float, value: float) -> tuple[float, float]:
        x = 5 + (year - start) / (end - start) * (WAY_WIDTH - 10) if end > start else WAY_WIDTH / 2
        share = (value - low) / (high - low) if high > low else 0.5
        return x, WAY_HEIGHT - 5 - share * (WAY_HEIGHT - 10)

    def line(spots: Iterable[tuple[float, float]]) -> str:
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)

    parts = []
    if corners:
        way = line(spot(*corner) for corner in corners)
        parts.append(
            f'<path d="{way}" fill="none" stroke="{PAPER.target}" stroke-width="1.2" stroke-dasharray="3,2"/>'
        )
    runs: list[list[tuple[float, float]]] = [[]]
    for year, value, broken in shown:
        if value is None or broken:
            runs.append([])
        if value is not None:
            runs[-1].append(spot(year, sign * value))
    for run in runs:
        if len(run) > 1:
            parts.append(f'<path d="{line(run)}" fill="none" stroke="{PAPER.data}" stroke-width="1.8"/>')
        elif run:
            parts.append(drawing.symbol("circle", *run[0], 3.2, PAPER.data))
    parts.append(drawing.symbol("circle", *spot(*known[-1]), 5.4, PAPER.data))
    if corners and kind == "goal":
        parts.append(drawing.symbol("diamond", *spot(*corners[-1]), 6.4, PAPER.target))
    return _shape("".join(parts), f"0 0 {WAY_WIDTH:g} {WAY_HEIGHT:g}")


@cache
def mesh(file: str) -> Mapping[str, Any]:
    """A mesh that the maps draw, as GeoJSON, by its file's name below static/; read once for screens and sheets."""
    return pictures.read_geojson(declarations.STATIC / file)


def area(data: Tables, codes: Sequence[str]) -> Mapping[str, Any]:
    """The files and bounds of the map on which municipalities are shown: of their state, where all lie in one, else of
    the territory.
    """
    drawn: Mapping[str, Any] = data.manifest["geometry"]
    states = {code[:2] for code in codes}
    # Tables of a build that drew no states apart still open.
    own = drawn.get("states", {}).get(next(iter(states))) if len(states) == 1 else None
    return own or drawn


@cache
def _outlines(file: str) -> charts.Outlines:
    """The outlines of the small map, without the points that a stamp of its size cannot show."""
    shapes = charts.outlines(mesh(file), width=300)
    return charts.Outlines(
        {code: _slim(path) for code, path in shapes.paths.items()}, shapes.width, shapes.height
    )


def _slim(path: str) -> str:
    """Path data in whole pixels, each point once; a ring that shrinks to a line is left out."""
    rings = []
    for ring in path.split("M")[1:]:
        spots = [tuple(round(float(part)) for part in spot.split()) for spot in ring.rstrip("Z").split("L")]
        kept = [spot for place, spot in enumerate(spots) if place == 0 or spot != spots[place - 1]]
        if len(kept) > 2:
            rings.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
    return "".join(rings)


@cache
def _base_map(file: str) -> str:
    shapes = _outlines(file)
    body = f'<path d="{"".join(shapes.paths.values())}" fill="{PAPER.grid}" stroke="{PAPER.outline}" '
    return _shape(f'{body}stroke-width="0.7"/>', f"0 0 {shapes.width:g} {shapes.height:g}")


def locator(file: str, code: str, name: str) -> dict[str, str]:
    """The small map: one picture for all, and the chosen municipality in another laid over it."""
    shapes = _outlines(file)
    body = (
        f'<path d="{shapes.paths.get(code, "")}" fill="{PAPER.data}" stroke="{PAPER.text}" stroke-width="3"/>'
    )
    chosen = _shape(body, f"0 0 {shapes.width:g} {shapes.height:g}")
    return {"base": _base_map(file), "chosen": chosen, "alt": f"Mapa: onde fica {name}."}


def geometry(data: Tables, codes: Sequence[str]) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """Keyword arguments of the maps of these municipalities, and the meshes behind their addresses."""
    drawn = area(data, codes)
    given = {
        "geometry_url": drawn["municipalities"],
        "outline_url": drawn["outline"],
        "bounds": tuple(drawn["bounds"]),
    }
    return given, {drawn[name]: mesh(drawn[name]) for name in ("municipalities", "outline")}


def qr_code(address: str, page: str, caption: str, **query: str) -> dict[str, str] | None:
    """A QR code, as a drawing, that opens a page of the dashboard; None without an address."""
    if not address:
        return None
    target = f"{address.rstrip('/')}/{page}?{urlencode({name: text for name, text in query.items() if text})}"
    out = io.BytesIO()
    segno.make(target, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, omitsize=True)
    return {
        "svg": Svg(out.getvalue().decode()),
        "alt": f"Código QR que abre {target}",
        "address": target,
        "caption": caption,
    }
