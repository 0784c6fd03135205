"""Data frames in, charts out: plain dictionaries for Plotly, strings of HTML and SVG for the rest.

No file is read, no widget is made. Every chart comes with one sentence that says what it shows (its text
alternative) and with the table of the same figures. A missing value is never drawn as 0, and a line never
crosses a gap or a change of method.
"""

from __future__ import annotations

import datetime as dt
import html
import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd

from dashboard import frames, words
from dashboard.markup import (
    Cell,
    Outlines,
    chip,
    data_table,
    heat_table,
    inset,
    outlines,
    panels,
    ribbon,
    shades,
    sparkline,
    territory,
    tile,
    tiles,
    value_cell,
)
from dashboard.palettes import FONT, MARKS, PALETTES, QUIET, Palette, Theme, ink_on, rgba, text_width
from pipelines.declarations import Indicator
from pipelines.verdicts import STATUS_LABELS, rank_interval

# Pages ask one module for what they draw, whether Plotly draws it or the page itself.
__all__ = [
    "Cell",
    "Chart",
    "Classes",
    "Outlines",
    "TargetPath",
    "chip",
    "choropleth",
    "classes",
    "data_table",
    "distribution",
    "dumbbell",
    "heat_table",
    "inset",
    "outlines",
    "panels",
    "ranking",
    "ribbon",
    "scatter",
    "series",
    "shades",
    "small_multiples",
    "sparkline",
    "status_map",
    "territory",
    "tile",
    "tiles",
    "value_cell",
]

SIZE = 13
TICK = 12.5
NBSP = words.NBSP
Figure = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A drawing: a Plotly figure as plain JSON, its text alternative, and the same figures as a table.

    `decimals`: how many decimals each number column of `frame` is shown with.
    """

    figure: Figure
    sentence: str
    frame: pd.DataFrame
    decimals: Mapping[str, int] = field(default_factory=dict)


Bounds = tuple[float, float, float, float]
OUTLINE = "outline"


@dataclass(frozen=True)
class _Mesh:
    municipalities: str
    outline: str
    bounds: Bounds


@dataclass(frozen=True)
class TargetPath:
    """The way to a target: baseline, milestones, end. Without a baseline it is a level line (a limit)."""

    target_year: int
    target_value: float
    baseline_year: int | None = None
    baseline_value: float | None = None
    milestones: Mapping[int, float] = field(default_factory=dict)
    word: str = "meta"


def _text(value: Any) -> str:
    """Text from data for a Plotly label, which would read tags in it."""
    return html.escape(str(value), quote=False)


def _head(indicator: Indicator) -> str:
    unit = words.unit_of(indicator)
    return f"{indicator.short} ({unit})" if unit else indicator.short


def _positions(frame: pd.DataFrame, values: Sequence[Any], indicator: Indicator) -> list[str]:
    """The place of each row among those with data: an interval where the value has one, else ties."""
    if indicator.kind == "category":
        return [""] * len(values)
    total = sum(value is not None for value in values)
    lows, highs = frames.column(frame, "low"), frames.column(frame, "high")
    spans: Sequence[tuple[int, int] | None] = [None] * len(values)
    if any(low is not None for low in lows):
        spans = rank_interval(values, lows, highs, indicator.better)
    texts = []
    for place, span, low in zip(words.ranks(values, indicator.better), spans, lows, strict=True):
        if place is None:
            texts.append("")
        elif span is not None and low is not None:
            texts.append(words.rank(*span, total, 0, indicator.better, len(values)))
        else:
            texts.append(words.rank(place[0], place[0], total, place[1] - 1, indicator.better, len(values)))
    return texts


def _hover(
    frame: pd.DataFrame,
    values: Sequence[Any],
    flags: Sequence[Any],
    periods: Sequence[str],
    places: Sequence[str],
    indicator: Indicator,
) -> list[list[str]]:
    """Hover lines: name; value and period; place among those with data, or the reason for none."""
    rows = []
    for name, value, mark, when, place in zip(
        frames.column(frame, "name"), values, flags, periods, places, strict=True
    ):
        if value is None:
            rows.append([_text(name), f"{words.missing_reason(mark)} em {when}", ""])
            continue
        text = f"{words.with_unit(value, indicator)} em {when}"
        if mark:
            text += f" ({words.flag(mark)})"
        rows.append([_text(name), _text(text), place])
    return rows


def _told(rows: Sequence[Sequence[str]]) -> Figure:
    """What marks say when they are pointed at: a name and two lines each.

    Words that all lines begin or end with stand once, in the template, which makes a chart a third smaller.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    lines = []
    for place, column in enumerate(columns):
        before, after = _shared(column) if place else ("", "")
        columns[place] = [text[len(before) : len(text) - len(after)] for text in column]
        lines.append(f"{before}%{{customdata[{place}]}}{after}")
    template = "<b>{}</b><br>{}<br>{}<extra></extra>".format(*lines)
    return {
        "customdata": [list(row) for row in zip(*columns, strict=True)],
        "hovertemplate": template,
        "hoverinfo": "all",
    }


def _shared(texts: Sequence[str]) -> tuple[str, str]:
    """The whole words that all texts begin with, and those that all end with, leaving each a word of its own."""
    if len(texts) < 2:
        return "", ""
    words_of = [re.split("(?<= )", text) for text in texts]
    least = min(map(len, words_of)) - 1
    before = 0
    while before < least and len({parts[before] for parts in words_of}) == 1:
        before += 1
    after = 0
    while before + after < least and len({parts[-1 - after] for parts in words_of}) == 1:
        after += 1
    first = words_of[0]
    return "".join(first[:before]), "".join(first[len(first) - after :])


def _placed(values: Iterable[float | None]) -> list[float | None]:
    """Where marks are drawn, in seven digits: finer than a screen, and shorter to send than a quotient's sixteen."""
    return [None if value is None else float(f"{value:.7g}") for value in values]


def _table(
    frame: pd.DataFrame,
    indicator: Indicator,
    values: Sequence[Any],
    flags: Sequence[Any],
    periods: Sequence[str],
) -> tuple[pd.DataFrame, dict[str, int]]:
    head = _head(indicator)
    shown = [words.category(value, indicator) for value in values] if indicator.kind == "category" else values
    table = pd.DataFrame(
        {
            "Código IBGE": frames.column(frame, "municipality_code"),
            "Município": frames.column(frame, "name"),
            "Período": list(periods),
            head: list(shown),
            "Observação": [words.flag(mark) for mark in flags],
        }
    )
    return table, {head: indicator.decimals}


# Layout shared by all figures


def _layout(
    palette: Palette,
    height: float,
    left: float = 0,
    right: float = 8,
    top: float = 8,
    bottom: float = 8,
    **more: Any,
) -> Figure:
    return {
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        "font": {"family": FONT, "size": SIZE, "color": palette.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": ",.",
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": palette.surface,
            "bordercolor": palette.line,
            "align": "left",
            "font": {"family": FONT, "size": SIZE, "color": palette.text},
        },
        "annotations": [],
        "shapes": [],
        **more,
    }


def _axis(palette: Palette, low: float, high: float, **more: Any) -> Figure:
    return {
        "range": [low, high],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": TICK, "color": palette.muted},
        "tickmode": "array",
        "tickvals": [],
        "ticktext": [],
        **more,
    }


def _halo(palette: Palette) -> str:
    """A shadow in the colour of the ground, for text that may lie on lines."""
    steps = (-1.5, 0, 1.5)
    return ", ".join(f"{x}px {y}px 1.5px {palette.surface}" for x in steps for y in steps if x or y)


def _note(x: Any, y: Any, text: str, colour: str, **more: Any) -> Figure:
    """A label without an arrow, placed in data unless `xref`/`yref` say paper."""
    return {
        "x": x,
        "y": y,
        "xref": "x",
        "yref": "y",
        "text": text,
        "showarrow": False,
        "xanchor": "center",
        "yanchor": "middle",
        "align": "left",
        "font": {"size": TICK, "color": colour},
        **more,
    }


# Classes of a map


@dataclass(frozen=True)
class Classes:
    """Classes of values: `index` per value (None where missing), `labels` and `counts` per class.

    `missing`: values without data; `diverging`: whether colours part at zero; `colours`: places in the
    palette of `size` colours.
    """

    index: tuple[int | None, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    missing: int
    places: tuple[int, ...]
    size: int = 5
    diverging: bool = False

    @property
    def legend(self) -> tuple[str, ...]:
        """The classes in words with their counts: `menos de 50% (8)`."""
        return tuple(
            f"{label} ({words.number(count)})" for label, count in zip(self.labels, self.counts, strict=True)
        )

    def colours(self, palette: Palette) -> list[str]:
        """The colour of each class."""
        scale = (palette.diverging if self.diverging else palette.sequential)[self.size]
        return [scale[place] for place in self.places]


_SPREAD: Mapping[int, tuple[int, ...]] = {
    0: (),
    1: (2,),
    2: (1, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
}


def _round_between(low: float, high: float, decimals: int) -> float:
    """The roundest number above `low` and up to `high`: the bound between two neighbouring values."""
    for places in range(-12, decimals + 1):
        step = 10.0**-places
        for factor in (5, 2, 1) if step > 10.0**-decimals * 1.5 else (1,):
            candidate = round(math.floor(high / (step * factor) + 1e-9) * step * factor, max(decimals, 0))
            if low < candidate <= high:
                return candidate
    return high


def _quantile_bounds(ordered: Sequence[float], parts: int, decimals: int) -> list[float]:
    """Bounds that part sorted values in groups as even as ties allow; each is as round as the gap lets it."""
    found: list[float] = []
    count = len(ordered)
    spread = ordered[-1] - ordered[0]
    for part in range(1, parts):
        place = round(count * part / parts)
        high = ordered[min(place, count - 1)]
        below = [value for value in ordered if value < high]
        if not below:
            continue
        # A little play (a fiftieth of the spread) buys bounds that people say.
        low = max(below[-1] - spread / 50, found[-1] if found else ordered[0])
        candidate = _round_between(low, high, decimals)
        if candidate > (found[-1] if found else ordered[0]):
            found.append(candidate)
    return found


def _labels(bounds: Sequence[float], indicator: Indicator) -> tuple[str, ...]:
    """The classes between bounds in words; small counts are named by their whole numbers."""
    said = [words.bound(limit, indicator) for limit in bounds]
    if indicator.decimals == 0 and bounds[0] > 0 and bounds[-1] <= 30 and not indicator.unit.startswith("R$"):
        whole = [0, *(math.ceil(limit) for limit in bounds)]
        return (
            *(str(low) if high - low == 1 else f"{low} a {high - 1}" for low, high in pairwise(whole)),
            f"{said[-1]} ou mais",
        )
    middle = (f"{low} a {high}" for low, high in pairwise(said))
    return (f"menos de {said[0]}", *middle, f"{said[-1]} ou mais")


def classes(values: Sequence[Any], indicator: Indicator) -> Classes:
    """Sort values into classes for a map, with the legend in words.

    Declared bounds are taken first; otherwise quintiles with round bounds; with zero as a bound where values
    lie on both sides of it. Up to five distinct values are a class each; categories are classes by
    themselves, best darkest (in light). A value is classed as it is shown, rounded to the indicator's
    decimals, so that colour and label agree; a class holds its lower bound.
    """
    rounded = [None if words.is_missing(value) else words.shown(value, indicator) for value in values]
    present = sorted(value for value in rounded if value is not None)
    missing = len(rounded) - len(present)
    if indicator.kind == "category":
        total = len(indicator.categories)
        index = tuple(None if value is None else total - int(value) for value in rounded)
        names = tuple(reversed(indicator.categories))
        size = 5 if total <= 5 else 7
        # Beyond seven categories the last ones share the darkest colour; the legend still names them.
        tones = (
            _SPREAD[total] if total <= 5 else tuple(min(place, 6) for place in range(max(7 - total, 0), 7))
        )
        tones += (6,) * (total - len(tones))
        counts = tuple(sum(item == place for item in index) for place in range(total))
        return Classes(index, names, counts, missing, tones, size)
    distinct = sorted(set(present))
    if len(distinct) <= 5 and not (indicator.classes and len(distinct) > 1):
        order = {value: place for place, value in enumerate(distinct)}
        index = tuple(None if value is None else order[value] for value in rounded)
        labels = tuple(words.with_unit(value, indicator, short=True, trim=True) for value in distinct)
        counts = tuple(present.count(value) for value in distinct)
        return Classes(index, labels, counts, missing, _SPREAD[len(distinct)])
    diverging = False
    tones = ()
    if indicator.classes:
        bounds = list(indicator.classes)
    elif distinct[0] < 0 < distinct[-1]:
        diverging = True
        below = [value for value in present if value < 0]
        above = [value for value in present if value >= 0]
        left = _quantile_bounds(below, 2, indicator.decimals) if len(set(below)) > 3 else []
        right = _quantile_bounds(above, 2, indicator.decimals) if len(set(above)) > 3 else []
        bounds = [*left, 0.0, *right]
        tones = (*((0, 1) if left else (1,)), *((3, 4) if right else (3,)))
        if indicator.better == "lower":
            tones = tuple(4 - tone for tone in tones)
    else:
        bounds = _quantile_bounds(present, 5, indicator.decimals)
    index = tuple(None if value is None else sum(value >= limit for limit in bounds) for value in rounded)
    labels = _labels(bounds, indicator)
    counts = tuple(sum(item == place for item in index) for place in range(len(labels)))
    if not tones:
        tones = _SPREAD[len(labels)] if len(labels) <= 5 else tuple(range(7))[: len(labels)]
    return Classes(index, labels, counts, missing, tones, 5 if len(labels) <= 5 else 7, diverging)


# Maps


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
        **_told(hover),
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
    layout = _layout(
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
                "text": [f"<b>{_text(item[0])}</b>" for item in named],
                # The name runs towards the middle of the map, where there is room for it.
                "textposition": ["middle right" if item[2] < middle else "middle left" for item in named],
                "textfont": {"size": TICK, "color": palette.text, "shadow": _halo(palette)},
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
    places = _positions(frame, values, indicator)
    hover = _hover(frame, values, flags, periods, places, indicator)
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
    table, decimals = _table(frame, indicator, values, flags, periods)
    return Chart({"data": data, "layout": _map_layout(palette, mesh, legend)}, sentence, table, decimals)


# Letters of a label at the end of a line.
LABEL = 24


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
        [_text(names[row]), _text(STATUS_LABELS[statuses[row]]), _text(details[row] or "")] for row in held
    ]
    data: list[Figure] = []
    if held:
        index = [order.index(statuses[row]) for row in held]
        data.append(_shapes(mesh, [codes[row] for row in held], index, colours, hover, palette))
    absent = [row for row, status in enumerate(statuses) if status is None]
    if absent:
        rows = [[_text(names[row]), "Sem meta", _text(details[row] or "")] for row in absent]
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


# Rankings and spreads


def _dots(x: Sequence[Any], y: Sequence[Any], colour: Any, size: Any, **more: Any) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": list(y),
        "marker": {"color": colour, "size": size, "line": {"width": 0}},
        "showlegend": False,
        "hoverinfo": "skip",
        **more,
    }


def _line(
    x: Sequence[Any], y: Sequence[Any], colour: str, width: float, dash: str = "solid", **more: Any
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": width, "dash": dash},
        "connectgaps": False,
        "showlegend": False,
        "hoverinfo": "skip",
        **more,
    }


def _sorted_rows(values: Sequence[Any], names: Sequence[str], indicator: Indicator) -> list[int]:
    """Rows with a value, worst first; highest first where no direction is better."""
    held = [row for row, value in enumerate(values) if value is not None]
    # A category is its place among the categories, best first.
    sign = 1 if indicator.better == "higher" and indicator.kind == "number" else -1
    return sorted(held, key=lambda row: (sign * values[row], words.collated(str(names[row]))))


def _kept(
    order: Sequence[int], chosen: Iterable[int], first: int | None, around: int, last: int
) -> list[int | None]:
    """The rows to draw, with None where rows are left out."""
    if first is None or len(order) <= first + last:
        return list(order)
    places = set(range(first)) | set(range(len(order) - last, len(order)))
    position = {row: place for place, row in enumerate(order)}
    for row in chosen:
        if row in position and position[row] not in places:
            places |= {
                place
                for place in range(position[row] - around, position[row] + around + 1)
                if 0 <= place < len(order)
            }
    kept: list[int | None] = []
    previous = -1
    for place in sorted(places):
        if place > previous + 1:
            kept.append(None)
        kept.append(order[place])
        previous = place
    return kept


def ranking(
    frame: pd.DataFrame,
    indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    first: int | None = 12,
    around: int = 2,
    last: int = 0,
    reference: tuple[float, str] | None = None,
) -> Chart:
    """A ranking in dots, worst first, with a line to the reference.

    `frame`: municipality_code, name, value, flag, period (or year); low and high (an interval) may be given.
    `first`: rows from the worst (None: all); the selected ones come with `around` neighbours, then the
    `last` best. `reference`: value and word, e.g. (74.8, "mediana"); the median of the frame when None.
    """
    palette = PALETTES[theme]
    codes, names = frames.column(frame, "municipality_code"), frames.column(frame, "name")
    values, flags = frames.column(frame, "value"), frames.column(frame, "flag")
    lows, highs = frames.column(frame, "low"), frames.column(frame, "high")
    periods = frames.periods(frame, indicator)
    places = _positions(frame, values, indicator)
    hover = _hover(frame, values, flags, periods, places, indicator)
    for row, (low, high) in enumerate(zip(lows, highs, strict=True)):
        text = words.interval(low, high, indicator)
        if text:
            hover[row][2] = "<br>".join(filter(None, (hover[row][2], text)))
    chosen = set(frames.selection(selected))
    order = _sorted_rows(values, names, indicator)
    rows = _kept(order, [row for row in order if codes[row] in chosen], first, around, last)
    drawn = [(place, row) for place, row in enumerate(rows) if row is not None]
    numeric = indicator.kind == "number"
    # Better categories stand further right, as higher values do.
    spots: list[Any] = values if numeric else [None if value is None else -value for value in values]
    if reference is None and numeric and order:
        reference = (statistics.median(values[row] for row in order), "mediana")
    spot = reference[0] if reference is not None and numeric else None
    sure = [row for _, row in drawn if lows[row] is not None and highs[row] is not None]
    everything: list[Any] = [spots[row] for _, row in drawn] + ([spot] if spot is not None else [])
    everything += [edge for row in sure for edge in (lows[row], highs[row])]
    least: float = min(everything, default=0.0)
    most: float = max(everything, default=1.0)
    span = (most - least) or abs(most) or 1.0
    texts = [frames.plain_value(values[row], indicator) for _, row in drawn]
    # The figures stand in a column of their own, between names and dots: beside the dots they lie on the intervals,
    # and on the names where a drawing is narrow.
    # Their last spaces keep them clear of a dot at the very edge.
    texts = [f"{text}{NBSP * 4}" for text in texts]
    figures_width = max(map(text_width, texts), default=0) + 8
    small = len(rows) > 40
    step, size = (17, 11.5) if small else (28, SIZE)
    labels = [frames.shorten(str(names[row]), 22) if row is not None else "⋯" for row in rows]
    if not numeric:
        # Many share a category: the alphabet alone chose who of them is drawn, so that the rest is counted.
        position = {row: place for place, row in enumerate(order)}
        for (_, last_row), (place, first_row) in pairwise(drawn):
            left_out = position[first_row] - position[last_row] - 1
            if left_out:
                labels[place - 1] = f"⋯ mais {words.number(left_out)}"
    bold = [row is not None and codes[row] in chosen for row in rows]
    left = max(
        (text_width(label, size, strong) for label, strong in zip(labels, bold, strict=True)), default=0
    )
    left += figures_width + 6
    data: list[Figure] = []
    if sure:
        bars = [(place, row) for place, row in drawn if lows[row] is not None and highs[row] is not None]
        data.append(
            _line(
                [item for _, row in bars for item in (lows[row], highs[row], None)],
                [item for place, _ in bars for item in (place, place, None)],
                rgba(palette.data, 0.35),
                4,
            )
        )
    elif spot is not None and drawn:
        data.append(
            _line(
                [item for _, row in drawn for item in (spots[row], spot, None)],
                [item for place, _ in drawn for item in (place, place, None)],
                palette.line,
                2,
            )
        )
    if drawn:
        dots = _dots(
            [spots[row] for _, row in drawn],
            [place for place, _ in drawn],
            [palette.surface if flags[row] else palette.data for _, row in drawn],
            8 if small else 11,
            **_told([hover[row] for _, row in drawn]),
            cliponaxis=False,
        )
        dots["marker"]["line"] = {
            "width": [2.5 if codes[row] in chosen else 1.5 for _, row in drawn],
            "color": [palette.text if codes[row] in chosen else palette.data for _, row in drawn],
        }
        figures = _dots([0] * len(drawn), [place for place, _ in drawn], "rgba(0,0,0,0)", 0)
        figures |= {
            "mode": "text",
            "text": [_text(text) for text in texts],
            "textposition": "middle left",
            "textfont": {"size": 11.5 if small else TICK, "color": palette.text},
            "cliponaxis": False,
            "xaxis": "x2",
            "yaxis": "y2",
        }
        data += [figures, dots]
    layout = _layout(palette, step * max(len(rows), 1) + 58, left=left, right=6, top=4, bottom=4)
    # Room for the dots at either end, also where the plot is 80 px wide.
    room = span * 0.1
    low, high = least - room, most + room
    layout["xaxis"] = _axis(palette, low, high)
    layout["yaxis"] = _axis(
        palette,
        len(rows) - 0.4,
        -1.4,
        tickvals=list(range(len(rows))),
        ticktext=[
            f"<b>{_text(label)}</b>" if strong else _text(label)
            for label, strong in zip(labels, bold, strict=True)
        ],
        tickfont={"size": size, "color": palette.text},
        ticklabelstandoff=round(figures_width),
    )
    if drawn:
        # Places of their own for the figures: flush with the left edge of the plot at any width.
        layout["xaxis2"] = _axis(palette, 0, 1, overlaying="x", anchor="y2")
        layout["yaxis2"] = _axis(palette, len(rows) - 0.4, -1.4, overlaying="y", anchor="x2")
        layout["xaxis2"]["domain"] = layout["yaxis2"]["domain"] = [0, 1]
    note = ""
    if reference is not None and spot is not None and drawn:
        note = f"{reference[1]} {words.with_unit(spot, indicator, short=True)}"
        layout["shapes"].append(
            {
                "type": "line",
                "x0": spot,
                "x1": spot,
                "y0": -0.6,
                "y1": len(rows) - 0.4,
                "line": {"color": palette.target, "width": 1.5, "dash": "dash"},
                "layer": "below" if sure else "above",
            }
        )
        # The label runs to the right where even a drawing of 260 px has room for it, else over the names' column.
        right = (high - spot) / (high - low) * max(254 - left, 60)
        late = spot > (least + most) / 2 or text_width(note, TICK) > right
        layout["annotations"].append(
            _note(
                spot,
                -1.0,
                _text(note),
                palette.target,
                xanchor="right" if late else "left",
                xshift=4 if late else -4,
            )
        )
    focus = next((row for row in range(len(codes)) if codes[row] in chosen), None)
    sentence = words.ranking_sentence(
        indicator,
        frames.common_period(periods),
        names,
        values,
        None if focus is None else str(names[focus]),
        note,
        "" if focus is None else places[focus],
        flags,
    )
    table, decimals = _table(frame, indicator, values, flags, periods)
    if numeric:
        table.insert(4, "Posição", places)
    table = table.iloc[order + [row for row in range(len(values)) if values[row] is None]].reset_index(
        drop=True
    )
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def distribution(
    frame: pd.DataFrame,
    indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
) -> Chart:
    """How values spread: a dot a municipality in columns, or bars where there are too many; median marked.

    `frame`: municipality_code, name, value, flag, period (or year).
    """
    palette = PALETTES[theme]
    codes, names = frames.column(frame, "municipality_code"), frames.column(frame, "name")
    values, flags = frames.column(frame, "value"), frames.column(frame, "flag")
    periods = frames.periods(frame, indicator)
    places = _positions(frame, values, indicator)
    hover = _hover(frame, values, flags, periods, places, indicator)
    chosen = set(frames.selection(selected))
    order = sorted(
        (row for row, value in enumerate(values) if value is not None),
        key=lambda row: (values[row], words.collated(str(names[row]))),
    )
    table, decimals = _table(frame, indicator, values, flags, periods)
    focus = next((str(names[row]) for row in range(len(codes)) if codes[row] in chosen), None)
    sentence = words.distribution_sentence(
        indicator, frames.common_period(periods), names, values, focus, flags
    )
    layout = _layout(palette, 200, left=8, right=8, top=26, bottom=26)
    layout["xaxis"] = _axis(palette, 0, 1)
    layout["yaxis"] = _axis(palette, 0, 1)
    if not order:
        layout["annotations"].append(_note(0.5, 0.5, words.MISSING, palette.muted))
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    if indicator.kind == "category":
        return _category_bars(indicator, values, names, codes, chosen, sentence, table, theme)
    least, most = values[order[0]], values[order[-1]]
    span = (most - least) or abs(most) or 1.0
    bins = 42
    width = span / (bins - 1)
    height: dict[int, int] = {}
    level: dict[int, int] = {}
    for row in order:
        place = round((values[row] - least) / width)
        level[row] = height.get(place, 0)
        height[place] = level[row] + 1
    tallest = max(height.values())
    dots = tallest <= 22
    if dots:
        plain = [row for row in order if codes[row] not in chosen]
        marked = [row for row in order if codes[row] in chosen]
        data = [
            _dots(
                _placed(least + round((values[row] - least) / width) * width for row in group),
                [level[row] for row in group],
                colour,
                size,
                **_told([hover[row] for row in group]),
                cliponaxis=False,
            )
            for group, colour, size in ((plain, rgba(palette.data, 0.62), 7), (marked, palette.text, 9))
            if group
        ]
        top = max(tallest, 6) + (2 if marked else 0)
        layout["height"] = 26 + 26 + max(top * 8.2, 80) + 22
    else:
        bars = 20
        width = span / bins * bins / bars
        counts = [0] * bars
        for row in order:
            counts[min(int((values[row] - least) / width), bars - 1)] += 1
        edges = [least + place * width for place in range(bars)]
        data = [
            {
                "type": "bar",
                "x": [edge + width / 2 for edge in edges],
                "y": counts,
                "width": [width * 0.92] * bars,
                "marker": {"color": palette.data},
                **_told(
                    [
                        [
                            words.counted(count, "município", "municípios"),
                            f"{words.with_unit(edge, indicator, short=True)} a "
                            f"{words.with_unit(edge + width, indicator, short=True)}",
                            "",
                        ]
                        for edge, count in zip(edges, counts, strict=True)
                    ]
                ),
                "showlegend": False,
            }
        ]
        top = tallest = max(counts)
    middle = statistics.median(values[row] for row in order)
    steps = frames.round_steps(least, most, 3)
    layout["xaxis"] = _axis(
        palette,
        least - span * 0.04,
        most + span * 0.04,
        tickvals=steps,
        ticktext=frames.tick_texts(steps, indicator),
    )
    layout["yaxis"] = _axis(palette, -0.8 if dots else 0, top * 1.16 + 0.5)
    layout["shapes"] += [
        {
            "type": "line",
            "x0": least - span * 0.04,
            "x1": most + span * 0.04,
            "y0": -0.8 if dots else 0,
            "y1": -0.8 if dots else 0,
            "line": {"color": palette.line, "width": 1},
            "layer": "below",
        },
        {
            "type": "line",
            "x0": middle,
            "x1": middle,
            "y0": -0.8 if dots else 0,
            "y1": top * 1.1 + 0.5,
            "line": {"color": palette.target, "width": 1.5, "dash": "dash"},
            "layer": "below",
        },
    ]
    layout["annotations"].append(
        _note(
            middle,
            1,
            f"mediana {_text(words.with_unit(middle, indicator, short=True))}",
            palette.target,
            yref="paper",
            yanchor="bottom",
            xanchor="left" if middle < (least + most) / 2 else "right",
            yshift=2,
        )
    )
    for row in order:
        if codes[row] in chosen and len(chosen) <= 3:
            column = round((values[row] - least) / width)
            right = values[row] < (least + most) / 2
            text = f"{names[row]} {words.with_unit(values[row], indicator, short=True)}"
            # The label stands over the highest of the columns it covers (8 px each on a phone).
            reach = math.ceil(text_width(text, TICK, True) / 8)
            covered = range(column, column + reach) if right else range(column - reach, column + 1)
            over = max((height.get(place, 0) for place in covered), default=0) if dots else tallest
            x = least + column * width if dots else values[row]
            layout["annotations"].append(
                _note(
                    x,
                    over,
                    f"<b>{_text(names[row])}</b> "
                    + _text(words.with_unit(values[row], indicator, short=True)),
                    palette.text,
                    xanchor="left" if right else "right",
                    xshift=-5 if right else 5,
                    yanchor="bottom",
                    yshift=-2,
                    # Over the dashes of the median, which would strike it through.
                    bgcolor=palette.surface,
                )
            )
            if not dots or over > level[row] + 1:
                layout["shapes"].append(
                    {
                        "type": "line",
                        "x0": x,
                        "x1": x,
                        "y0": level[row] + 0.7 if dots else 0,
                        "y1": over - 0.2,
                        "line": {"color": palette.text, "width": 1, "dash": "solid"},
                        "layer": "below" if dots else "above",
                    }
                )
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def _category_bars(
    indicator: Indicator,
    values: Sequence[Any],
    names: Sequence[str],
    codes: Sequence[str],
    chosen: set[str],
    sentence: str,
    table: pd.DataFrame,
    theme: Theme,
) -> Chart:
    """How many municipalities stand in each category, best first."""
    palette = PALETTES[theme]
    count = len(indicator.categories)
    held = [[row for row, value in enumerate(values) if value == place + 1] for place in range(count)]
    sizes = [len(rows) for rows in held]
    colours = [palette.data] * count
    texts = []
    for rows, size in zip(held, sizes, strict=True):
        here = [str(names[row]) for row in rows if codes[row] in chosen]
        texts.append(
            f"{NBSP}{words.number(size)}" + (f" · <b>{_text(words.listed(here))}</b>" if here else "")
        )
    left = max(text_width(name) for name in indicator.categories) + 12
    layout = _layout(palette, 28 * count + 16, left=left, right=8)
    layout["xaxis"] = _axis(palette, 0, max([*sizes, 1]) * 1.7)
    layout["yaxis"] = _axis(
        palette,
        count - 0.5,
        -0.5,
        tickvals=list(range(count)),
        ticktext=[f"{_text(name)}{NBSP}{NBSP}" for name in indicator.categories],
        tickfont={"size": SIZE, "color": palette.text},
    )
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": sizes,
        "y": list(range(count)),
        "width": [0.62] * count,
        "marker": {"color": colours},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    for place, text in enumerate(texts):
        layout["annotations"].append(_note(sizes[place], place, text, palette.text, xanchor="left", xshift=4))
    return Chart({"data": [bars], "layout": layout}, sentence, table)


# Series


def _track_traces(
    track: frames.Track, indicator: Indicator, palette: Palette, main: bool, dots: bool
) -> list[Figure]:
    traces: list[Figure] = []
    runs = track.pieces()
    if main:
        for run in runs:
            banded = [
                place for place in run if track.lows[place] is not None and track.highs[place] is not None
            ]
            if len(banded) > 1:
                xs = [track.x[place] for place in banded]
                ys = [track.highs[place] for place in banded] + [
                    track.lows[place] for place in reversed(banded)
                ]
                band = _line(xs + xs[::-1], ys, "rgba(0,0,0,0)", 0)
                band |= {"fill": "toself", "fillcolor": rgba(track.colour, palette.band)}
                traces.append(band)
    joined = [item for run in runs for item in (*run, None)][:-1]
    traces.append(
        _line(
            [None if place is None else track.x[place] for place in joined],
            _placed(None if place is None else track.values[place] for place in joined),
            track.colour,
            track.width,
            track.dash,
        )
    )
    held = [place for run in runs for place in run]
    lonely = {run[0] for run in runs if len(run) == 1}
    shown = held if dots else [place for place in held if place in lonely or place == held[-1]]
    if shown:
        size = (9 if main else 7) if dots else 6
        marks = _dots(
            [track.x[place] for place in shown],
            _placed(track.values[place] for place in shown),
            [palette.surface if track.flags[place] else track.colour for place in shown],
            size,
        )
        marks["marker"]["line"] = {
            "width": 2 if main and dots else 1.5,
            # A provisional value is a ring; the others get an edge of the ground, parting them from the line.
            "color": [track.colour if track.flags[place] else palette.surface for place in shown],
        }
        marks["cliponaxis"] = False
        traces.append(marks)
    if held:
        hover = []
        for place in held:
            mark = f" ({words.flag(track.flags[place])})" if track.flags[place] else ""
            when = words.period(track.days[place], indicator)
            hover.append(
                [
                    _text(track.name),
                    _text(f"{words.with_unit(track.values[place], indicator)} em {when}{mark}"),
                    words.interval(track.lows[place], track.highs[place], indicator),
                ]
            )
        # Unseen, wide marks: the pointer finds a value without having to hit a line of two pixels.
        target = _dots(
            [track.x[place] for place in held],
            _placed(track.values[place] for place in held),
            "rgba(0,0,0,0)",
            16,
        )
        target |= _told(hover)
        traces.append(target)
    return traces


def _path_points(path: TargetPath, first: float) -> list[tuple[float, float]]:
    if path.baseline_year is None or path.baseline_value is None:
        return [
            (min(first, float(path.target_year)), path.target_value),
            (float(path.target_year), path.target_value),
        ]
    steps = {path.baseline_year: path.baseline_value, **path.milestones, path.target_year: path.target_value}
    return [(float(year), steps[year]) for year in sorted(steps)]


def _year_ticks(
    days: Iterable[dt.date], extra: Iterable[int], indicator: Indicator
) -> tuple[list[float], list[str]]:
    """At most seven labels (four where periods are months), the last one always there."""
    periods = sorted(set(days))
    if all((day.month, day.day) == (12, 31) for day in periods):
        years = sorted({day.year for day in periods} | set(extra))
        if not years:
            return [], []
        span = years[-1] - years[0]
        if len(years) <= 5 and all(later - sooner >= span * 0.12 for sooner, later in pairwise(years)):
            return [float(year) for year in years], [str(year) for year in years]
        # A step that the series' own rhythm divides (data every second year), so that labels meet points.
        beat = min((second - first for first, second in pairwise(years)), default=1)
        step = beat * max(-(-(years[-1] - years[0]) // (beat * 7)), 1)
        shown = list(range(years[-1], years[0] - 1, -step))[::-1]
        return [float(year) for year in shown], [str(year) for year in shown]
    step = -(-len(periods) // 4)
    kept = periods[::-1][::step][::-1]
    return [frames.year_of(day) for day in kept], [words.period(day, indicator) for day in kept]


def series(
    frame: pd.DataFrame,
    indicator: Indicator,
    theme: Theme = "light",
    *,
    state: pd.DataFrame | None = None,
    regions: pd.DataFrame | None = None,
    path: TargetPath | None = None,
    certain: bool | None = None,
    height: float = 270,
) -> Chart:
    """Values over time: municipalities, the state in grey, regions dotted, and the path to a target.

    `frame`: name, period (or year), value, flag, break_before; low and high may be given (the first
    municipality's band). `state`, `regions`: place, period (or year), value. Lines are cut at missing values
    and at changes of method; a provisional or estimated value is a ring. `certain=False`: chance explains the
    change.
    """
    palette = PALETTES[theme]
    several = len(set(frames.column(frame, "name"))) > 1
    colours = palette.categorical if several else (palette.data,)
    mains = frames.tracks_of(frame, "name", colours, 3 if not several else 2.5)
    starts = sorted({start for track in mains for start in track.starts()})
    others: list[frames.Track] = []
    if regions is not None and len(regions):
        others += frames.tracks_of(regions, "place", (palette.muted,), 1.5, "dot", "Região ")
    if state is not None and len(state):
        others += frames.tracks_of(state, "place", (palette.outline,), 1.8)
    others = [frames.cut_at(track, starts) for track in others]
    tracks = [*others, *mains]
    heights = [value for track in tracks for value in track.values if value is not None]
    for track in mains[:1]:
        heights += [value for value in (*track.lows, *track.highs) if value is not None]
    sentence = frames.series_sentence(mains, indicator, certain)
    table, decimals = _series_table(tracks, indicator)
    layout = _layout(palette, height, bottom=26)
    if not heights:
        layout["xaxis"], layout["yaxis"] = _axis(palette, 0, 1), _axis(palette, 0, 1)
        layout["annotations"].append(_note(0.5, 0.5, f"{words.MISSING}: sem dado na série", palette.muted))
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    days = [day for track in tracks for day in track.known_days()]
    first_x, last_x = min(map(frames.year_of, days)), max(map(frames.year_of, days))
    way: list[tuple[float, float]] = []
    if path is not None:
        way = _path_points(path, first_x)
        heights += [value for _, value in way]
        # Room under the lowest point for its label, which a low drawing gives up a larger share for.
        heights.append(
            min(heights) - (max(heights) - min(heights)) * max(0.14, min(36 / (height - 60) - 0.1, 0.4))
        )
        first_x, last_x = min(first_x, way[0][0]), max(last_x, way[-1][0])
    if indicator.kind == "category":
        low, high = 0.6, len(indicator.categories) + 0.4
        steps = [float(place) for place in range(1, len(indicator.categories) + 1)]
    else:
        low, high = frames.value_range(min(heights), max(heights), indicator)
        steps = frames.round_steps(low, high, 3)
        if way:
            # Room for the two lines of the latest value's label when it stands under its point.
            low -= (high - low) * 0.16
    marks = frames.tick_texts(steps, indicator)
    data: list[Figure] = []
    unit = frames.unit_note(indicator)
    top = 48 if starts and unit else 34 if path is not None or starts or unit else 22
    for track in others:
        data += _track_traces(track, indicator, palette, False, False)
    if way:
        data += _way_traces(way, path, indicator, palette)
    dots = max(len(track.days) for track in mains) <= 24 if mains else False
    for place, track in reversed(list(enumerate(mains))):
        data += _track_traces(track, indicator, palette, place == 0 or len(mains) <= 3, dots)
    right = 14.0
    plot = height - top - 26
    up = -1 if indicator.kind == "category" else 1
    if way and len(mains) == 1:
        assert path is not None
        layout["annotations"] += _path_labels(
            mains[0], way, path, indicator, palette, (high - low) / plot * 26
        )
        ends = others
    else:
        ends = tracks
    labels = _end_labels(ends, indicator, palette, low, high, plot, up)
    if labels:
        right = min(max(label["width"] for label in labels) + 16, 168)
        layout["annotations"] += [label["note"] for label in labels]
    span = (last_x - first_x) or 1.0
    vals, texts = _year_ticks(days, [int(x) for x, _ in way], indicator)
    left = max(text_width(text, TICK) for text in marks) + 10
    if texts:
        # The first label hangs out on the left by half its width; so does the last on the right.
        left = max(left, text_width(texts[0], TICK) / 2 - 4)
        right = max(right, text_width(texts[-1], TICK) / 2 + 2)
    layout["margin"] |= {"l": left, "r": right, "t": top}
    layout["xaxis"] = _axis(
        palette,
        first_x - span * 0.03,
        last_x + span * 0.03,
        tickvals=vals,
        ticktext=texts,
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    layout["yaxis"] = _axis(
        palette,
        high if up < 0 else low,
        low if up < 0 else high,
        tickvals=steps,
        ticktext=[f"{_text(mark)}{NBSP}" for mark in marks],
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )
    for start in starts:
        before = [x for track in mains for x in track.x if x < start]
        middle = (max(before) + start) / 2 if before else start
        layout["shapes"].append(
            {
                "type": "line",
                "x0": middle,
                "x1": middle,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": palette.muted, "width": 1, "dash": "dot"},
                "layer": "below",
            }
        )
    if unit:
        layout["annotations"].append(
            _note(
                0,
                1,
                _text(unit),
                palette.muted,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                # Above the word for a change of method, which a phone sets in the same place.
                yshift=22 if starts else 8,
            )
        )
    if starts:
        before = [x for track in mains for x in track.x if x < starts[-1]]
        middle = (max(before) + starts[-1]) / 2 if before else starts[-1]
        late = middle > (first_x + last_x) / 2
        layout["annotations"].append(
            _note(
                middle,
                1,
                "mudou o método",
                palette.muted,
                yref="paper",
                yanchor="bottom",
                xanchor="right" if late else "left",
                xshift=4 if late else -4,
                yshift=3,
            )
        )
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def _series_table(
    tracks: Sequence[frames.Track], indicator: Indicator
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a period, one column a line; missing stays missing."""
    days = sorted({day for track in tracks for day in track.days})
    table: dict[str, list[Any]] = {"Período": [words.period(day, indicator) for day in days]}
    decimals: dict[str, int] = {}
    for track in reversed(tracks):
        held = dict(zip(track.days, track.values, strict=True))
        column: list[Any] = [held.get(day) for day in days]
        if indicator.kind == "category":
            column = [words.category(value, indicator) for value in column]
        head = track.name
        table[head] = column
        decimals[head] = indicator.decimals
        marks = dict(zip(track.days, track.flags, strict=True))
        if any(marks.values()):
            table[f"{head}: observação"] = [words.flag(marks.get(day)) for day in days]
    return pd.DataFrame(table), decimals


def _way_traces(
    way: Sequence[tuple[float, float]], path: TargetPath | None, indicator: Indicator, palette: Palette
) -> list[Figure]:
    line = _line([x for x, _ in way], [y for _, y in way], palette.target, 2, "5px,4px")
    traces = [line]
    milestones = way[1:-1]
    if milestones:
        rings = _dots([x for x, _ in milestones], [y for _, y in milestones], palette.surface, 7)
        rings["marker"]["line"] = {"width": 1.5, "color": palette.target}
        rings |= _told(
            [[f"Previsto para {int(x)}", words.with_unit(y, indicator), ""] for x, y in milestones]
        )
        traces.append(rings)
    end = _dots([way[-1][0]], [way[-1][1]], palette.target, 13)
    end["marker"]["symbol"] = "diamond"
    end["cliponaxis"] = False
    assert path is not None
    end |= _told(
        [
            [
                f"{words.capitalised(path.word)} para {path.target_year}",
                words.with_unit(path.target_value, indicator, trim=True),
                "",
            ]
        ]
    )
    traces.append(end)
    return traces


def _path_labels(
    track: frames.Track,
    way: Sequence[tuple[float, float]],
    path: TargetPath,
    indicator: Indicator,
    palette: Palette,
    line: float,
) -> list[Figure]:
    """Labels on the drawing: the latest value, the first one, the target and the word for the path.

    `line`: the height of a label with its gap, in values.
    """
    held = [place for place, value in enumerate(track.values) if value is not None]
    aim = words.with_unit(path.target_value, indicator, short=True, trim=True)
    notes = [
        _note(
            way[-1][0],
            way[-1][1],
            f"<b>{path.word} {_text(aim)}</b> em {path.target_year}",
            palette.target,
            xanchor="right",
            yanchor="top" if way[-1][1] < way[0][1] else "bottom",
            xshift=6,
            yshift=-9 if way[-1][1] < way[0][1] else 9,
        )
    ]
    if held:
        last = held[-1]
        value, x = track.values[last], track.x[last]
        assert value is not None
        expected = _on_way(way, x)
        above = expected is None or value >= expected
        when = words.period(track.days[last], indicator)
        left = min(way[0][0], track.x[held[0]])
        edge = 0.12 * (way[-1][0] - left)
        near_start, near_end = x < left + edge, x > way[-1][0] - edge
        # At the axis the label stands beside its point, clear of the axis and of the unit above it.
        beside = near_start and not near_end and value != expected
        notes.append(
            _note(
                x,
                value,
                f"<b>{_text(words.with_unit(value, indicator, short=True))}</b><br>em {when}",
                track.colour,
                yanchor="middle" if beside else "bottom" if above else "top",
                xanchor="right" if near_end else "left" if near_start else "center",
                xshift=10 if beside else 0,
                yshift=0 if beside else 8 if above else -8,
                align="left" if beside else "center",
            )
        )
        first = held[0]
        start = track.values[first]
        following = next((item for place in held[1:] if (item := track.values[place]) is not None), None)
        below = following is not None and start is not None and following >= start
        # On the side that the line leaves free, and to the right, clear of the axis; where the path takes that
        # side the sentence alone says the first value.
        reach = [_on_way(way, track.x[first] + (way[-1][0] - left) * share) for share in (0, 0.08, 0.16)]
        gaps = [height - start for height in reach if height is not None and start is not None]
        free = not any(0 < (-gap if below else gap) <= line for gap in gaps)
        # Nor beside the latest value's own label.
        close = x - track.x[first] < 0.2 * (way[-1][0] - left)
        level = start is not None and abs(value - start) < 2 * line
        free &= not (close and level and below != above)
        if first != last and start is not None and free:
            notes.append(
                _note(
                    track.x[first],
                    start,
                    _text(words.with_unit(start, indicator, short=True)),
                    track.colour,
                    xanchor="left",
                    xshift=-4,
                    yanchor="top" if below else "bottom",
                    yshift=-7 if below else 7,
                )
            )
    if len(way) > 1 and path.baseline_year is not None:
        # To the right of a point the space under a rising path is free at any width, and over a falling one.
        place = way[0][0] + (way[-1][0] - way[0][0]) * 0.6
        spot = _on_way(way, place)
        rising = way[-1][1] >= way[0][1]
        if spot is not None:
            notes.append(
                _note(
                    place,
                    spot,
                    "caminho previsto",
                    palette.target,
                    xanchor="left",
                    yanchor="top" if rising else "bottom",
                    xshift=4,
                    yshift=-4 if rising else 4,
                )
            )
    for note in notes:
        # The line may come from the side of a label, or cross a limit just under it.
        note["font"]["shadow"] = _halo(palette)
    return notes


def _on_way(way: Sequence[tuple[float, float]], x: float) -> float | None:
    """The path's height at `x`, linear between neighbours; None before its start."""
    if x < way[0][0]:
        return None
    for (x0, y0), (x1, y1) in pairwise(way):
        if x <= x1:
            return y1 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return way[-1][1]


def _end_labels(
    tracks: Sequence[frames.Track],
    indicator: Indicator,
    palette: Palette,
    low: float,
    high: float,
    plot: float,
    up: int,
) -> list[Figure]:
    """Name and last value at the right of each line, pushed apart where they would meet."""
    labels: list[Figure] = []
    ended = [track for track in tracks if any(value is not None for value in track.values)]
    # Two lines a label while there is room for them, else one.
    room, mark = (32, "<br>") if len(ended) * 32 <= plot + 20 else (17, f"{NBSP}")
    for track in ended:
        held = [place for place, value in enumerate(track.values) if value is not None]
        last = held[-1]
        value = track.values[last]
        assert value is not None
        share = (value - low) / (high - low) if high > low else 0.5
        text = frames.plain_value(value, indicator)
        # What does not fit loses its method first: the line of the state says the same one.
        whole = track.name if len(track.name) <= LABEL else track.name.removesuffix(" (mediana)")
        name = frames.shorten(whole, LABEL)
        widths = (text_width(name, TICK), text_width(text, TICK, True))
        labels.append(
            {
                "width": max(widths) if room > 17 else sum(widths) + 4,
                "pixel": plot * (1 - share if up > 0 else share),
                "note": _note(
                    track.x[last],
                    value,
                    f"{_text(name)}{mark}<b>{_text(text)}</b>",
                    track.colour if track.colour != palette.outline else palette.muted,
                    xanchor="left",
                    xshift=9,
                ),
            }
        )
    labels.sort(key=lambda label: label["pixel"])
    placed = [label["pixel"] for label in labels]
    for place in range(1, len(placed)):
        placed[place] = max(placed[place], placed[place - 1] + room)
    if placed:
        # What was pushed out at the bottom moves everything above it back up.
        limit = plot - room / 3
        for place in range(len(placed) - 1, -1, -1):
            placed[place] = min(placed[place], limit)
            limit = placed[place] - room
    for label, pixel in zip(labels, placed, strict=True):
        label["note"]["yshift"] = round(label["pixel"] - pixel, 1)
    return labels


# Distances to targets, several municipalities, two indicators


def dumbbell(
    frame: pd.DataFrame,
    indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    first: int | None = 14,
) -> Chart:
    """The way from the value to the target, furthest first.

    `frame`: municipality_code, name, value, target_value, target_year, period (or year), status (id).
    Rows without a value or a target are left out of the drawing and stay in the table.
    """
    palette = PALETTES[theme]
    codes, names = frames.column(frame, "municipality_code"), frames.column(frame, "name")
    values, targets = frames.column(frame, "value"), frames.column(frame, "target_value")
    years, statuses = frames.column(frame, "target_year"), frames.column(frame, "status")
    periods = frames.periods(frame, indicator)
    chosen = set(frames.selection(selected))
    sign = -1 if indicator.better == "lower" else 1

    def gap(row: int) -> float:
        return float(sign * (targets[row] - values[row]))

    held = [row for row in range(len(codes)) if values[row] is not None and targets[row] is not None]
    order = sorted(held, key=lambda row: (-gap(row), words.collated(str(names[row]))))
    rows = _kept(order, [row for row in order if codes[row] in chosen], first, 1, 0)
    drawn = [(place, row) for place, row in enumerate(rows) if row is not None]
    table = pd.DataFrame(
        {
            "Código IBGE": codes,
            "Município": names,
            "Período": periods,
            _head(indicator): values,
            "Meta": targets,
            "Ano da meta": [None if year is None else str(int(year)) for year in years],
            "Distância até a meta": [
                None if values[row] is None or targets[row] is None else max(gap(row), 0.0)
                for row in range(len(codes))
            ],
            "Situação": ["" if status is None else STATUS_LABELS[status] for status in statuses],
        }
    )
    table = table.iloc[order + [row for row in range(len(codes)) if row not in set(held)]].reset_index(
        drop=True
    )
    decimals = dict.fromkeys((_head(indicator), "Meta", "Distância até a meta"), indicator.decimals)
    sentence = _dumbbell_sentence(
        indicator, frames.common_period(periods), names, values, targets, order, gap, len(codes)
    )
    if not drawn:
        layout = _layout(palette, 80)
        layout["xaxis"], layout["yaxis"] = _axis(palette, 0, 1), _axis(palette, 0, 1)
        layout["annotations"].append(_note(0.5, 0.5, "nenhum município com dado e meta", palette.muted))
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    shared = len({targets[row] for _, row in drawn}) == 1 and len({years[row] for _, row in drawn}) == 1
    everything = [item for _, row in drawn for item in (values[row], targets[row])]
    least, most = min(everything), max(everything)
    span = (most - least) or abs(most) or 1.0
    texts = [words.amount(values[row], indicator) for _, row in drawn]
    aims = [words.trimmed(targets[row], indicator.decimals) for _, row in drawn]
    ahead = [values[row] > targets[row] for _, row in drawn]
    room = max(text_width(text) for text in texts) + 18
    beyond = (max(text_width(text) for text in aims) + 18) if not shared else (room if any(ahead) else 14)
    scale = span / max(220 - room - beyond, 60)
    data = [
        _line(
            [item for _, row in drawn for item in (values[row], targets[row], None)],
            [item for place, _ in drawn for item in (place, place, None)],
            palette.line,
            3,
        )
    ]
    ends = _dots(
        [targets[row] for _, row in drawn],
        [place for place, _ in drawn],
        palette.target,
        10,
        **_told(
            [
                [
                    _text(names[row]),
                    f"{words.with_unit(targets[row], indicator, trim=True)} em {int(years[row])}"
                    if years[row] is not None
                    else words.with_unit(targets[row], indicator, trim=True),
                    "meta",
                ]
                for _, row in drawn
            ]
        ),
    )
    ends["marker"]["symbol"] = "diamond"
    if not shared:
        ends |= {
            "mode": "markers+text",
            "text": [
                f"{NBSP}{NBSP}{text}" if not side else f"{text}{NBSP}{NBSP}"
                for text, side in zip(aims, ahead, strict=True)
            ],
            "textposition": ["middle right" if not side else "middle left" for side in ahead],
            "textfont": {"size": TICK, "color": palette.target},
        }
    data.append(ends)
    symbols = [MARKS[statuses[row]].symbol if statuses[row] else "circle" for _, row in drawn]
    fills = [MARKS[statuses[row]].fill[theme] if statuses[row] else palette.data for _, row in drawn]
    inks = [MARKS[statuses[row]].ink[theme] if statuses[row] else palette.data for _, row in drawn]
    starts = _dots(
        [values[row] for _, row in drawn],
        [place for place, _ in drawn],
        fills,
        13,
        mode="markers+text",
        text=[
            f"{NBSP}{NBSP}{NBSP}{text}" if side else f"{text}{NBSP}{NBSP}{NBSP}"
            for text, side in zip(texts, ahead, strict=True)
        ],
        textposition=["middle right" if side else "middle left" for side in ahead],
        textfont={"size": TICK, "color": palette.text},
        **_told(
            [
                [
                    _text(names[row]),
                    f"{_text(words.with_unit(values[row], indicator))} em {periods[row]}",
                    STATUS_LABELS[statuses[row]] if statuses[row] else "",
                ]
                for _, row in drawn
            ]
        ),
    )
    starts["marker"] |= {"symbol": symbols, "line": {"width": 1, "color": inks}}
    data.append(starts)
    labels = [frames.shorten(str(names[row])) if row is not None else "⋯" for row in rows]
    bold = [row is not None and codes[row] in chosen for row in rows]
    left = max(text_width(label, SIZE, strong) for label, strong in zip(labels, bold, strict=True)) + 10
    step = 30 if len(rows) <= 40 else 20
    layout = _layout(palette, step * len(rows) + 50, left=left, right=6, top=4, bottom=4)
    layout["xaxis"] = _axis(palette, least - room * scale, most + beyond * scale)
    layout["yaxis"] = _axis(
        palette,
        len(rows) - 0.4,
        -1.25,
        tickvals=list(range(len(rows))),
        ticktext=[
            f"<b>{_text(label)}</b>" if strong else _text(label)
            for label, strong in zip(labels, bold, strict=True)
        ],
        tickfont={"size": SIZE, "color": palette.text},
    )
    # The gap's figure needs room over its line: 44 px at the scale of a phone.
    layout["annotations"] = [
        _note(
            (values[row] + targets[row]) / 2,
            place,
            words.signed(values[row] - targets[row], indicator.decimals),
            palette.muted,
            yanchor="bottom",
            yshift=1,
            font={"size": 11.5, "color": palette.muted},
        )
        for place, row in drawn
        if abs(targets[row] - values[row]) / scale > 44
    ]
    top = drawn[0][1]
    layout["annotations"].append(
        _note(
            values[top],
            -0.85,
            _text(frames.common_period(periods)),
            palette.muted,
            xanchor="right" if not ahead[0] else "left",
        )
    )
    aim = f"meta {words.with_unit(targets[top], indicator, short=True, trim=True)}" if shared else "meta"
    flush = most - targets[top] < span * 0.2
    layout["annotations"].append(
        _note(
            targets[top],
            -0.85,
            _text(aim),
            palette.target,
            xanchor="right" if flush else "center",
            xshift=8 if flush else 0,
        )
    )
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def _dumbbell_sentence(
    indicator: Indicator,
    when: str,
    names: Sequence[str],
    values: Sequence[Any],
    targets: Sequence[Any],
    order: Sequence[int],
    gap: Any,
    total: int,
) -> str:
    head = f"{words.named(indicator)}, {when}"
    if not order:
        return f"{head}: nenhum município com dado e meta."
    reached = sum(gap(row) <= 0 for row in order)
    share = f"{words.number(reached)} de {words.counted(len(order), 'município', 'municípios')}"
    text = f"{head}: {share} {words.plural(reached, 'alcançou', 'alcançaram')} a meta"
    worst = order[0]
    if gap(worst) > 0:
        value = words.with_unit(values[worst], indicator, short=True)
        aim = words.with_unit(targets[worst], indicator, short=True, trim=True)
        text += f"; o mais distante é {names[worst]}, com {value} para a meta de {aim}"
    absent = total - len(order)
    return f"{text}." + (f" {words.number(absent)} sem dado ou sem meta." if absent else "")


def small_multiples(
    frame: pd.DataFrame,
    indicator: Indicator,
    theme: Theme = "light",
    *,
    state: pd.DataFrame | None = None,
    columns: int = 4,
) -> Chart:
    """One small panel a municipality on one scale, the state in grey behind each.

    `frame`: name, period (or year), value, flag, break_before. `state`: place, period (or year), value.
    `columns`: panels side by side (2 on a phone; `panels` gives the same as HTML that wraps by itself).
    """
    palette = PALETTES[theme]
    mains = frames.tracks_of(frame, "name", (palette.data,), 2.2)
    behind = (
        frames.tracks_of(state, "place", (palette.outline,), 1.2) if state is not None and len(state) else []
    )
    sentence = frames.series_sentence(mains, indicator, None)
    table, decimals = _series_table([*behind, *mains], indicator)
    rows = max(-(-len(mains) // columns), 1)
    layout = _layout(palette, 140 * rows, top=0, bottom=0, right=0)
    heights = [value for track in (*mains, *behind) for value in track.values if value is not None]
    if not heights:
        layout["xaxis"], layout["yaxis"] = _axis(palette, 0, 1), _axis(palette, 0, 1)
        layout["annotations"].append(_note(0.5, 0.5, f"{words.MISSING}: sem dado na série", palette.muted))
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    low, high = frames.value_range(min(heights), max(heights), indicator)
    steps = frames.round_steps(low, high, 2)
    marks = frames.tick_texts(steps, indicator)
    days = [day for track in (*mains, *behind) for day in track.known_days()]
    first_x, last_x = frames.year_of(min(days)), frames.year_of(max(days))
    span = (last_x - first_x) or 1.0
    left = max(text_width(mark, 11) for mark in marks) + 6
    layout["margin"]["l"] = left
    data: list[Figure] = []
    gutter = 0.045
    wide = (1 - gutter * (columns - 1)) / columns
    for place, track in enumerate(mains):
        row, column = divmod(place, columns)
        name = "" if place == 0 else str(place + 1)
        x0 = column * (wide + gutter)
        top = 1 - row / rows
        bottom = top - 1 / rows
        domain = [bottom + 22 / (140 * rows), top - 40 / (140 * rows)]
        starts = track.starts()
        for other in behind:
            data += _panel(frames.cut_at(other, starts), name, palette, False, indicator)
        data += _panel(track, name, palette, True, indicator)
        layout[f"xaxis{name}"] = _axis(
            palette,
            first_x - span * 0.05,
            last_x + span * 0.05,
            domain=[x0, x0 + wide],
            anchor=f"y{name}",
            tickvals=[first_x, last_x] if last_x > first_x else [first_x],
            ticktext=[words.period(min(days), indicator), words.period(max(days), indicator)][
                : 2 if last_x > first_x else 1
            ],
            tickfont={"size": 11, "color": palette.muted},
        )
        layout[f"yaxis{name}"] = _axis(
            palette,
            low,
            high,
            domain=domain,
            anchor=f"x{name}",
            tickvals=steps,
            ticktext=[_text(mark) + NBSP for mark in marks] if column == 0 else [""] * len(steps),
            tickfont={"size": 11, "color": palette.muted},
            showgrid=True,
            gridcolor=palette.grid,
            gridwidth=1,
        )
        held = [value for value in track.values if value is not None]
        value = words.with_unit(held[-1], indicator, short=True) if held else words.MISSING
        layout["annotations"].append(
            _note(
                x0,
                top,
                f"{_text(frames.shorten(track.name, 20))}<br><b>{_text(value)}</b>",
                palette.text,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="top",
                yshift=-2,
            )
        )
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def _panel(
    track: frames.Track, name: str, palette: Palette, main: bool, indicator: Indicator
) -> list[Figure]:
    traces = _track_traces(track, indicator, palette, False, False)
    if not main:
        traces = traces[:1]
    for trace in traces:
        trace["xaxis"], trace["yaxis"] = f"x{name}", f"y{name}"
    return traces


def scatter(
    frame: pd.DataFrame,
    x_indicator: Indicator,
    y_indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    correlation: tuple[float, float, float] | None = None,
) -> Chart:
    """Two indicators against each other; labels for the selected municipalities.

    `frame`: municipality_code, name, x, y; `group` (colour, e.g. region) and `population` (size) may be
    given. `correlation`: rank correlation with its 95% interval.
    """
    palette = PALETTES[theme]
    codes, names = frames.column(frame, "municipality_code"), frames.column(frame, "name")
    xs, ys = frames.column(frame, "x"), frames.column(frame, "y")
    groups, people = frames.column(frame, "group"), frames.column(frame, "population")
    chosen = set(frames.selection(selected))
    held = [row for row in range(len(codes)) if xs[row] is not None and ys[row] is not None]
    absent = len(codes) - len(held)
    table = pd.DataFrame(
        {
            "Código IBGE": codes,
            "Município": names,
            **({"Grupo": groups} if any(groups) else {}),
            _head(x_indicator): xs,
            (
                _head(y_indicator)
                if _head(y_indicator) != _head(x_indicator)
                else f"{_head(y_indicator)} (y)"
            ): ys,
        }
    )
    decimals = {_head(x_indicator): x_indicator.decimals, _head(y_indicator): y_indicator.decimals}
    sentence = (
        f"{x_indicator.title} e {y_indicator.title}: "
        f"{words.counted(len(held), 'município', 'municípios')} com os dois dados."
    )
    if correlation is not None:
        rho, lower, upper = correlation
        if lower <= 0 <= upper:
            trend = "sem associação clara"
        else:
            trend = "onde um é maior, o outro tende a ser " + ("maior" if rho > 0 else "menor")
        sentence += (
            f" {words.capitalised(trend)} (correlação de postos {words.number(rho, 2)}, "
            f"provavelmente entre {words.number(lower, 2)} e {words.number(upper, 2)}). "
            "Associação não prova causa."
        )
    if absent:
        sentence += f" {words.number(absent)} sem um dos dados."
    layout = _layout(palette, 420, bottom=46, top=30, right=12)
    if not held:
        layout["xaxis"], layout["yaxis"] = _axis(palette, 0, 1), _axis(palette, 0, 1)
        layout["annotations"].append(_note(0.5, 0.5, words.MISSING, palette.muted))
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    biggest = max((size for size in people if size is not None), default=None)

    def size(row: int) -> float:
        if biggest is None or people[row] is None:
            return 10.0
        return round(7 + 27 * math.sqrt(float(people[row]) / float(biggest)), 1)

    kinds = [kind for kind in dict.fromkeys(groups) if kind is not None]
    kinds = sorted(kinds, key=lambda kind: -sum(groups[row] == kind for row in held))
    data: list[Figure] = []
    shown = kinds[: len(palette.categorical)] if kinds else [None]
    batches = [(kind, [row for row in held if groups[row] == kind]) for kind in shown]
    rest = [row for row in held if kinds and groups[row] not in shown]
    colours = list(palette.categorical) if kinds else [palette.data]
    if rest:
        batches.append(("Outros", rest))
        colours = [*colours[: len(shown)], palette.outline]
    for (kind, rows), colour in zip(batches, colours, strict=False):
        # Large ones first, so that small ones lie on top of them; the chosen in a trace of their own, since
        # the legend borrows the look of a trace's first point.
        rows = sorted(rows, key=size, reverse=True)
        for marked in (False, True):
            group = [row for row in rows if (codes[row] in chosen) == marked]
            if not group:
                continue
            points = _dots(
                [xs[row] for row in group],
                [ys[row] for row in group],
                rgba(colour, 0.72),
                [size(row) for row in group],
                name=_text(kind) if kind is not None else "",
                showlegend=kind is not None and not marked,
                cliponaxis=False,
                **_told(
                    [
                        [
                            _text(names[row]),
                            _text(
                                f"{x_indicator.short}: {words.with_unit(xs[row], x_indicator, short=True)}"
                            ),
                            _text(
                                f"{y_indicator.short}: {words.with_unit(ys[row], y_indicator, short=True)}"
                            ),
                        ]
                        for row in group
                    ]
                ),
            )
            points["marker"]["line"] = {
                "width": 2 if marked else 0.8,
                "color": palette.text if marked else palette.surface,
            }
            data.append(points)
    ranges = []
    for column in (xs, ys):
        low, high = min(column[row] for row in held), max(column[row] for row in held)
        # Room for the largest bubble (17 px) at the edge of a phone's drawing.
        pad = ((high - low) or abs(high) or 1.0) * 0.1
        ranges.append((low - pad, high + pad))
    (x_low, x_high), (y_low, y_high) = ranges
    x_steps, y_steps = frames.round_steps(x_low, x_high, 4), frames.round_steps(y_low, y_high, 3)
    y_marks = frames.tick_texts(y_steps, y_indicator)
    layout["margin"]["l"] = max(text_width(mark, TICK) for mark in y_marks) + 10
    layout["xaxis"] = _axis(
        palette,
        x_low,
        x_high,
        tickvals=x_steps,
        ticktext=frames.tick_texts(x_steps, x_indicator),
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    layout["yaxis"] = _axis(
        palette,
        y_low,
        y_high,
        tickvals=y_steps,
        ticktext=[mark + NBSP for mark in y_marks],
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )
    layout["annotations"] += [
        _note(
            0,
            1,
            f"↑ {_text(y_indicator.short)}",
            palette.muted,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            yshift=8,
        ),
        _note(
            1,
            0,
            f"{_text(x_indicator.short)} →",
            palette.muted,
            xref="paper",
            yref="paper",
            xanchor="right",
            yanchor="top",
            yshift=-24,
        ),
    ]
    for row in held:
        if codes[row] in chosen:
            right = xs[row] < (x_low + x_high) / 2
            layout["annotations"].append(
                _note(
                    xs[row],
                    ys[row],
                    f"<b>{_text(names[row])}</b>",
                    palette.text,
                    xanchor="left" if right else "right",
                    xshift=(size(row) / 2 + 4) * (1 if right else -1),
                    bgcolor=rgba(palette.surface, 0.75),
                )
            )
    if kinds:
        layout["showlegend"] = True
        layout["margin"]["autoexpand"] = True
        layout["legend"] = {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -0.14,
            "yanchor": "top",
            "font": {"size": TICK, "color": palette.text},
            "itemsizing": "constant",
            "itemclick": False,
            "itemdoubleclick": False,
            "bgcolor": "rgba(0,0,0,0)",
        }
        layout["height"] = 420 + 22 * -(-len(batches) // 3)
        layout["margin"]["b"] = 46 + 22 * -(-len(batches) // 3)
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)
