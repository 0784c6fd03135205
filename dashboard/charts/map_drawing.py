"""Maps, drawn without a browser: meshes under Mercator as paths, and the marks that lie on them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dashboard.charts.drawing import ANCHORS, Drawing, Figure, each, paint, symbol, write
from dashboard.charts.frames import project

GeoJSON = Mapping[str, Any]


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


MOST_FINE = 1000

_kept_paths: dict[tuple[int, _View], tuple[GeoJSON, dict[str, str]]] = {}
_lock = threading.Lock()


def _paths(geojson: GeoJSON, view: _View) -> dict[str, str]:
    """Path data of each feature under a view, by id; kept, since a report draws the same mesh many times."""
    key = (id(geojson), view)
    with _lock:
        kept = _kept_paths.get(key)
    if kept is not None and kept[0] is geojson:
        return kept[1]
    # Of thousands of municipalities half pixels are enough; neighbours keep the points that they share.
    step = 0.1 if len(geojson["features"]) <= MOST_FINE else 0.5
    found = {}
    for feature in geojson["features"]:
        geometry = feature["geometry"]
        parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        found[str(feature["id"])] = "".join(_ring(view, ring, step) for part in parts for ring in part)
    with _lock:
        if len(_kept_paths) >= 16:
            _kept_paths.clear()
        _kept_paths[key] = (geojson, found)
    return found


def _ring(view: _View, ring: Sequence[Sequence[float]], step: float) -> str:
    """Path data of a ring in steps of so many pixels, each point by its way from the last, which takes half the bytes.

    A point that falls on the one before it adds nothing.
    """
    spots = [(round(x / step), round(y / step)) for x, y in (view(point[0], point[1]) for point in ring)]
    ways = [
        f"{(x - before[0]) * step:g} {(y - before[1]) * step:g}"
        for before, (x, y) in pairwise(spots)
        if (x, y) != before
    ]
    return (
        f"M{spots[0][0] * step:.1f} {spots[0][1] * step:.1f}" + (f"l{' '.join(ways)}" if ways else "") + "Z"
    )


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
    stroke = f'{paint(line["color"], "stroke")} stroke-width="{line["width"]:g}" stroke-linejoin="round"'
    for colour, pieces in groups.items():
        out.shapes.append(f'<path d="{"".join(pieces)}" {paint(colour, "fill")} {stroke}/>')


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
            side = each(trace["textposition"], len(trace["lat"]))[place].split()[1]
            font = trace["textfont"]
            write(out, x, y, trace["text"][place], font["size"], font["color"], ANCHORS[side], halo=surface)


def draw_map(out: Drawing, figure: Figure, geometries: Mapping[str, GeoJSON], surface: str) -> None:
    """Draw a map; `geometries`: GeoJSON by the address that its traces name; `surface`: the colour of halos.

    A KeyError names an address that is not there.
    """
    view = _view(figure["layout"], out.width, out.height)
    for trace in figure["data"]:
        if trace["type"] == "choropleth":
            _draw_choropleth(out, trace, view, geometries)
        else:
            _draw_points(out, trace, view, surface)
