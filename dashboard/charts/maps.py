"""Maps: the classes of an indicator, and the statuses of targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts import frames
from dashboard.charts.classes import classes
from dashboard.charts.figure import (
    TICK,
    Chart,
    Figure,
    base_layout,
    figures_table,
    halo,
    hover_lines,
    label_text,
    positions,
    told,
)
from dashboard.charts.palettes import MARKS, PALETTES, QUIET, Palette, Theme, ink_on
from pipelines.declarations import Indicator
from pipelines.verdicts import STATUS_LABELS

Bounds = tuple[float, float, float, float]
OUTLINE = "outline"


@dataclass(frozen=True)
class _Mesh:
    municipalities: str
    outline: str
    bounds: Bounds


def _scale(colours: Sequence[str]) -> list[list[Any]]:
    """A stepped colour scale: class i covers [i, i + 1) of the whole."""
    count = len(colours)
    steps: list[list[Any]] = []
    for place, colour in enumerate(colours):
        steps += [[place / count, colour], [(place + 1) / count, colour]]
    return steps


def _shapes(
    mesh: _Mesh,
    codes: Sequence[str],
    index: Sequence[int],
    colours: Sequence[str],
    hover: Sequence[Sequence[str]],
    palette: Palette,
) -> Figure:
    return {
        "type": "choropleth",
        "geojson": mesh.municipalities,
        "featureidkey": "id",
        "locations": list(codes),
        "z": list(index),
        "zmin": -0.5,
        "zmax": len(colours) - 0.5,
        "colorscale": _scale(colours),
        "showscale": False,
        "showlegend": False,
        "marker": {"line": {"color": palette.surface, "width": 0.7}, "opacity": 1},
        **told(hover),
    }


def _border(geojson: str, places: Sequence[str], colour: str, width: float) -> Figure:
    clear = "rgba(0,0,0,0)"
    return {
        "type": "choropleth",
        "geojson": geojson,
        "featureidkey": "id",
        "locations": list(places),
        "z": [0] * len(places),
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, clear], [1, clear]],
        "showscale": False,
        "showlegend": False,
        "marker": {"line": {"color": colour, "width": width}},
        "hoverinfo": "skip",
    }


def _points(
    lats: Sequence[Any], lons: Sequence[Any], symbols: Any, size: float, colour: Any, **more: Any
) -> Figure:
    return {
        "type": "scattergeo",
        "mode": "markers",
        "lat": list(lats),
        "lon": list(lons),
        "marker": {"symbol": symbols, "size": size, "color": colour, "line": {"width": 0}},
        "showlegend": False,
        "hoverinfo": "skip",
        **more,
    }


def _legend_square(label: str, colour: str, palette: Palette) -> Figure:
    """A legend entry: a trace with a square and no place on the map."""
    trace = _points([None], [None], "square", 13, colour, showlegend=True, name=label)
    trace["marker"]["line"] = {"color": palette.outline, "width": 1}
    return trace


def _geo(palette: Palette, mesh: _Mesh, legend: bool) -> Figure:
    west, south, east, north = mesh.bounds
    margin_x, margin_y = (east - west) * 0.01, (north - south) * 0.01
    return {
        "domain": {"x": [0, 1], "y": [0.1 if legend else 0, 1]},
        "projection": {"type": "mercator"},
        "lonaxis": {"range": [west - margin_x, east + margin_x]},
        "lataxis": {"range": [south - margin_y, north + margin_y]},
        "visible": False,
        "bgcolor": "rgba(0,0,0,0)",
    }


def _map_layout(palette: Palette, mesh: _Mesh, legend: bool) -> Figure:
    layout = base_layout(
        palette, 470 if legend else 370, right=0, top=0, bottom=0, geo=_geo(palette, mesh, legend)
    )
    layout["showlegend"] = legend
    # On a phone the legend takes one row more and pushes the map up.
    layout["margin"]["autoexpand"] = legend
    layout["legend"] = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 0.085,
        "yanchor": "top",
        "font": {"size": TICK, "color": palette.text},
        "itemsizing": "trace",
        "itemclick": False,
        "itemdoubleclick": False,
        "bgcolor": "rgba(0,0,0,0)",
    }
    return layout


def _selection(frame: pd.DataFrame, mesh: _Mesh, selected: Sequence[str], palette: Palette) -> list[Figure]:
    """The outline of the chosen municipalities, with their names when there are few."""
    known = dict(
        zip(
            frames.column(frame, "municipality_code"),
            zip(
                frames.column(frame, "name"),
                frames.column(frame, "latitude"),
                frames.column(frame, "longitude"),
                strict=True,
            ),
            strict=True,
        )
    )
    codes = [code for code in selected if code in known]
    if not codes:
        return []
    traces = [
        _border(mesh.municipalities, codes, palette.surface, 4.5),
        _border(mesh.municipalities, codes, palette.text, 2.2),
    ]
    middle = (mesh.bounds[0] + mesh.bounds[2]) / 2
    named = [known[code] for code in codes[:8] if known[code][1] is not None]
    if named:
        traces.append(
            {
                "type": "scattergeo",
                "mode": "text",
                "lat": [item[1] for item in named],
                "lon": [item[2] for item in named],
                "text": [f"<b>{label_text(item[0])}</b>" for item in named],
                # The name runs towards the middle of the map, where there is room for it.
                "textposition": ["middle right" if item[2] < middle else "middle left" for item in named],
                "textfont": {"size": TICK, "color": palette.text, "shadow": halo(palette)},
                "showlegend": False,
                "hoverinfo": "skip",
            }
        )
    return traces


# Marks of the reasons for a missing value, the commonest first: the same grey, told apart by shape.
_ABSENT = (("circle-open", "○"), ("square-open", "□"), ("diamond-open", "◇"), ("triangle-up-open", "△"))


def choropleth(
    frame: pd.DataFrame,
    indicator: Indicator,
    geometry_url: str,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    *,
    outline_url: str,
    bounds: Bounds,
    legend: bool = True,
) -> Chart:
    """A map of one indicator in classes.

    `frame`: municipality_code, name, value, flag, period (or year), latitude, longitude (label point); one
    row a municipality. `geometry_url`, `outline_url`: GeoJSON whose features have the municipality code, or
    "outline", as `id`; `bounds`: west, south, east, north in degrees. Missing is a warm grey with ○. A click
    gives `location`, the municipality code.
    """
    palette = PALETTES[theme]
    mesh = _Mesh(geometry_url, outline_url, bounds)
    codes, names = frames.column(frame, "municipality_code"), frames.column(frame, "name")
    values, flags = frames.column(frame, "value"), frames.column(frame, "flag")
    periods = frames.periods(frame, indicator)
    places = positions(frame, values, indicator)
    hover = hover_lines(frame, values, flags, periods, places, indicator)
    found = classes(values, indicator)
    colours = found.colours(palette)
    data: list[Figure] = []
    if colours and any(place is not None for place in found.index):
        held = [row for row, place in enumerate(found.index) if place is not None]
        index = [place for place in found.index if place is not None]
        data.append(
            _shapes(mesh, [codes[row] for row in held], index, colours, [hover[row] for row in held], palette)
        )
    absent = [row for row, place in enumerate(found.index) if place is None]
    if absent:
        data.append(
            _shapes(
                mesh,
                [codes[row] for row in absent],
                [0] * len(absent),
                [palette.missing],
                [hover[row] for row in absent],
                palette,
            )
        )
    data.append(_border(mesh.outline, [OUTLINE], palette.outline, 1.2))
    lats, lons = frames.column(frame, "latitude"), frames.column(frame, "longitude")
    reasons = Counter(flags[row] or "not_available" for row in absent).most_common()
    for (reason, _), (symbol, _) in zip(reasons, _ABSENT, strict=False):
        spots = [row for row in absent if lats[row] is not None and (flags[row] or "not_available") == reason]
        data.append(
            _points([lats[row] for row in spots], [lons[row] for row in spots], symbol, 7, palette.muted)
        )
        data[-1]["marker"]["line"] = {"color": palette.muted, "width": 1.2}
    data += _selection(frame, mesh, frames.selection(selected), palette)
    if legend:
        data += [
            _legend_square(label, colour, palette)
            for label, colour, count in zip(found.legend, colours, found.counts, strict=True)
            if count
        ]
        # One reason for a missing value needs no name here: the sentence says it.
        data += [
            _legend_square(
                f"{glyph} {words.flag(reason) if len(reasons) > 1 else 'sem dado'} ({words.number(count)})",
                palette.missing,
                palette,
            )
            for (reason, count), (_, glyph) in zip(reasons, _ABSENT, strict=False)
        ]
    sentence = words.map_sentence(indicator, frames.common_period(periods), names, values, flags)
    table, decimals = figures_table(frame, indicator, values, flags, periods)
    return Chart({"data": data, "layout": _map_layout(palette, mesh, legend)}, sentence, table, decimals)


def status_map(
    frame: pd.DataFrame,
    title: str,
    geometry_url: str,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    *,
    outline_url: str,
    bounds: Bounds,
    legend: bool = False,
) -> Chart:
    """A map of statuses; glyphs on all but what goes well.

    `frame`: municipality_code, name, status (id or missing = no target), latitude, longitude; `detail` (a
    ready sentence for the hover) may be given. `title` names the targets; addresses as in `choropleth`. The
    ribbon is its legend unless `legend` is asked for.
    """
    palette = PALETTES[theme]
    mesh = _Mesh(geometry_url, outline_url, bounds)
    codes, names = frames.column(frame, "municipality_code"), frames.column(frame, "name")
    statuses, details = frames.column(frame, "status"), frames.column(frame, "detail")
    lats, lons = frames.column(frame, "latitude"), frames.column(frame, "longitude")
    order = [status for status in MARKS if status in set(statuses)]
    colours = [MARKS[status].fill[theme] for status in order] or [palette.missing]
    held = [row for row, status in enumerate(statuses) if status is not None]
    hover = [
        [label_text(names[row]), label_text(STATUS_LABELS[statuses[row]]), label_text(details[row] or "")]
        for row in held
    ]
    data: list[Figure] = []
    if held:
        index = [order.index(statuses[row]) for row in held]
        data.append(_shapes(mesh, [codes[row] for row in held], index, colours, hover, palette))
    absent = [row for row, status in enumerate(statuses) if status is None]
    if absent:
        rows = [[label_text(names[row]), "Sem meta", label_text(details[row] or "")] for row in absent]
        surface = [palette.secondary]
        data.append(_shapes(mesh, [codes[row] for row in absent], [0] * len(absent), surface, rows, palette))
        data[-1]["marker"]["line"] = {"color": palette.line, "width": 0.7}
    data.append(_border(mesh.outline, [OUTLINE], palette.outline, 1.2))
    for status in order:
        spots = [row for row in held if statuses[row] == status and lats[row] is not None]
        if status in QUIET or not spots:
            continue
        mark = MARKS[status]
        ink = ink_on(mark.fill[theme], theme)
        data.append(_points([lats[row] for row in spots], [lons[row] for row in spots], mark.symbol, 9, ink))
        if mark.symbol.endswith("-open"):
            data[-1]["marker"]["line"] = {"color": ink, "width": 1.5}
    data += _selection(frame, mesh, frames.selection(selected), palette)
    counts = {status: statuses.count(status) for status in order}
    if legend:
        data += [
            _legend_square(
                f"{MARKS[status].glyph} {STATUS_LABELS[status]} ({words.number(counts[status])})",
                MARKS[status].fill[theme],
                palette,
            )
            for status in order
        ]
    parts = [f"{STATUS_LABELS[status].lower()} em {words.number(count)}" for status, count in counts.items()]
    sentence = f"{title}: {words.listed(parts)}." if parts else f"{title}: nenhum município com meta."
    table = pd.DataFrame(
        {
            "Código IBGE": codes,
            "Município": names,
            "Situação": ["Sem meta" if status is None else STATUS_LABELS[status] for status in statuses],
            "Detalhe": [detail or "" for detail in details],
        }
    )
    return Chart({"data": data, "layout": _map_layout(palette, mesh, legend)}, sentence, table)
