"""Maps: the classes of an indicator, and the statuses of targets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import sentences, words
from dashboard.charts import frames
from dashboard.charts.classes import Classes, classes
from dashboard.charts.figure import (
    TICK,
    Chart,
    Figure,
    Rows,
    base_layout,
    below_legend,
    halo,
    known_by,
    label_text,
    label_texts,
    of_frame,
    rows_of,
    told_in,
)
from dashboard.charts.markup import DOUBTS, doubted, parted
from dashboard.charts.palettes import MARKS, PALETTES, QUIET, Palette, Theme, fill, ink_on
from pipelines.declarations import Indicator
from pipelines.verdicts import only_demand, status_word

Bounds = tuple[float, float, float, float]
OUTLINE = "outline"

# Above so many municipalities marks lie on each other and hide the map; above so many, or on a map so many degrees
# wide, borders do.
MOST_MARKED = 250
MOST_BORDERED, WIDEST_BORDERED = 1000, 20.0
SEAM = 0.4


@dataclass(frozen=True)
class _Mesh:
    """Where the shapes are, what of the globe is in view, and how many municipalities are drawn."""

    municipalities: str
    outline: str
    bounds: Bounds
    count: int

    @property
    def marked(self) -> bool:
        """Whether there is room for a mark on each municipality; without it the class alone says what it is."""
        return self.count <= MOST_MARKED

    @property
    def bordered(self) -> bool:
        """Whether there is room for a border round each municipality."""
        return self.count <= MOST_BORDERED and self.bounds[2] - self.bounds[0] <= WIDEST_BORDERED

    def line(self, colour: str, width: float = 0.7) -> Figure:
        """A border of this colour, as wide as the number of municipalities lets it be."""
        return {"color": colour, "width": width if self.marked else width / 2}


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
    border: Figure,
) -> list[Figure]:
    """Municipalities filled by their place in `colours`, with a border; `hover`: a list for each line that they say below
    their name, which the mesh has.

    Where there is no room for borders each has its own colour as one, which closes the seams between neighbours: such
    a map has a trace for each colour.
    """
    if not mesh.bordered and len(colours) > 1:
        parts: list[list[int]] = [[] for _ in colours]
        for row, place in enumerate(index):
            parts[place].append(row)
        return [
            trace
            for colour, rows in zip(colours, parts, strict=True)
            if rows
            for trace in _shapes(
                mesh,
                [codes[row] for row in rows],
                [0] * len(rows),
                [colour],
                [[line[row] for row in rows] for line in hover],
                border,
            )
        ]
    return [
        {
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
            "marker": {
                "line": border if mesh.bordered else {"color": colours[0], "width": SEAM},
                "opacity": 1,
            },
            **told_in(hover, "%{properties.name}"),
        }
    ]


def _state_lines(mesh: _Mesh, palette: Palette) -> Figure:
    """The outlines of the states, finer where many lie side by side."""
    return _border(mesh.outline, [OUTLINE], palette.outline, 1.2 if mesh.bordered else 0.8)


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
    # A country is as high as it is wide.
    height = 470 if mesh.bordered else 570
    layout = base_layout(
        palette, height if legend else height - 100, right=0, top=0, bottom=0, geo=_geo(palette, mesh, legend)
    )
    layout["showlegend"] = legend
    # On a phone the legend takes one row more and pushes the map up.
    layout["margin"]["autoexpand"] = legend
    layout["legend"] = below_legend(palette, 0.085, "trace")
    return layout


def _selection(frame: pd.DataFrame, mesh: _Mesh, selected: Sequence[str], palette: Palette) -> list[Figure]:
    """The outline of the chosen municipalities, with their names when there are few."""
    asked = set(selected)
    if not asked:
        return []
    places = [row for row, code in enumerate(frames.column(frame, "municipality_code")) if code in asked]
    few = frame[["municipality_code", "name", "latitude", "longitude"]].iloc[places]
    known = dict(
        zip(
            frames.column(few, "municipality_code"),
            zip(
                frames.column(few, "name"),
                frames.column(few, "latitude"),
                frames.column(few, "longitude"),
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


@dataclass(frozen=True)
class _Reason:
    """A reason for a missing value as a map shows it: the id, its rows, and the mark that stands for it."""

    flag: str
    rows: Sequence[int]
    symbol: str
    glyph: str


def _reasons(rows: Rows, absent: Sequence[int]) -> list[_Reason]:
    held = [rows.flags[row] or "not_available" for row in absent]
    return [
        _Reason(flag, [row for row, other in zip(absent, held, strict=True) if other == flag], *mark)
        for (flag, _), mark in zip(Counter(held).most_common(), _ABSENT, strict=False)
    ]


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
    "outline", as `id` and their name as `name`; `bounds`: west, south, east, north in degrees. Missing is a warm grey with ○, on a map of
    hundreds the grey alone. A click gives `location`, the municipality code.
    """
    mesh = _Mesh(geometry_url, outline_url, bounds, len(frame))
    rows = rows_of(frame, indicator, selected)
    key = ("ground", mesh, theme, legend, *known_by(indicator))
    ground = of_frame(frame, key, lambda: _ground(frame, mesh, rows, theme, legend))
    return _with_chosen(frame, mesh, ground, rows.chosen, theme, legend)


@dataclass(frozen=True)
class _Ground:
    """What of a map is the same whoever is chosen: the traces below and above the outline of who is, and the rest of the
    chart.
    """

    below: list[Figure]
    above: list[Figure]
    sentence: str
    table: pd.DataFrame
    decimals: dict[str, int]
    symbols: dict[str, str]


def _with_chosen(
    frame: pd.DataFrame, mesh: _Mesh, ground: _Ground, chosen: Sequence[str], theme: Theme, legend: bool
) -> Chart:
    """A map with the outline of who is chosen."""
    palette = PALETTES[theme]
    data = [*ground.below, *_selection(frame, mesh, chosen, palette), *ground.above]
    figure = {"data": data, "layout": _map_layout(palette, mesh, legend)}
    return Chart(figure, ground.sentence, ground.table, theme, ground.decimals, ground.symbols)


def _ground(frame: pd.DataFrame, mesh: _Mesh, rows: Rows, theme: Theme, legend: bool) -> _Ground:
    palette, indicator = PALETTES[theme], rows.indicator
    found = classes(rows.numbers, indicator, rows.flags)
    strange = [row for row, flag in enumerate(rows.flags) if flag == words.IMPLAUSIBLE]
    beyond = set(strange)
    absent = [row for row, place in enumerate(found.index) if place is None and row not in beyond]
    reasons = _reasons(rows, absent)
    data = _classed_shapes(mesh, rows, found, absent, strange, palette)
    data.append(_state_lines(mesh, palette))
    if mesh.marked:
        data += _absent_marks(frame, reasons, palette)
    above: list[Figure] = []
    symbols: dict[str, str] = {}
    if legend and strange:
        what = words.strange([rows.values[row] for row in strange], indicator.sign)
        label = f"{what}, não dá para ler ({words.number(len(strange))})"
        above.append(_legend_square(label, palette.surface, palette))
    if legend:
        above += [
            _legend_square(label, colour, palette)
            for label, colour, count in zip(found.legend, found.colours(palette), found.counts, strict=True)
            if count
        ]
        if reasons and not mesh.marked:
            # Without marks the reasons are one colour: the sentence counts them, pointing and the table tell each.
            above.append(_legend_square(f"sem dado ({words.number(len(absent))})", palette.missing, palette))
        # One reason for a missing value needs no name here: the sentence says it.
        for reason in reasons if mesh.marked else ():
            word = words.flag(reason.flag, indicator) if len(reasons) > 1 else "sem dado"
            label = f"{reason.glyph} {word} ({words.number(len(reason.rows))})"
            symbols[label] = reason.symbol
            above.append(_legend_square(label, palette.missing, palette))
    sentence = sentences.map_sentence(indicator, rows.when(), rows.names, rows.numbers, rows.flags)
    return _Ground(data, above, sentence, rows.table, rows.decimals, symbols)


def _classed_shapes(
    mesh: _Mesh,
    rows: Rows,
    found: Classes,
    absent: Sequence[int],
    strange: Sequence[int],
    palette: Palette,
) -> list[Figure]:
    """The municipalities in the colours of their classes, those without a value in grey, and hollow those whose value
    is beyond what can be.
    """
    held = [(row, place) for row, place in enumerate(found.index) if place is not None]
    groups: list[tuple[list[int], list[int], list[str]]] = []
    if held:
        groups.append(([row for row, _ in held], [place for _, place in held], found.colours(palette)))
    if absent:
        groups.append((list(absent), [0] * len(absent), [palette.missing]))
    if strange:
        groups.append((list(strange), [0] * len(strange), [palette.surface]))
    traces = [
        trace
        for group, index, colours in groups
        for trace in _shapes(
            mesh,
            [rows.codes[row] for row in group],
            index,
            colours,
            # Of a country the place of each would be half of what is sent; the map of its state has it.
            rows.said(group)[1 : None if mesh.bordered else 2],
            mesh.line(palette.surface),
        )
    ]
    if strange:
        traces[-1]["marker"]["line"] = mesh.line(palette.outline, 1)
    return traces


def _absent_marks(frame: pd.DataFrame, reasons: Sequence[_Reason], palette: Palette) -> list[Figure]:
    """A mark on each municipality without a value, by its reason."""
    lats, lons = frames.column(frame, "latitude"), frames.column(frame, "longitude")
    traces = []
    for reason in reasons:
        spots = [row for row in reason.rows if lats[row] is not None]
        marks = _points(
            [lats[row] for row in spots], [lons[row] for row in spots], reason.symbol, 7, palette.muted
        )
        marks["marker"]["line"] = {"color": palette.muted, "width": 1.2}
        traces.append(marks)
    return traces


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
    """A map of statuses; glyphs on all but what goes well, none on a map of hundreds.

    `frame`: municipality_code, name, status (id or missing = no target), latitude, longitude; `sureness` and
    `detail` (a ready sentence for the hover) and `demand` (as `Target.demand`) may be given. `title` names the targets; addresses as in `choropleth`. The
    ribbon is its legend unless `legend` is asked for. A map without room for borders says no detail: of a country they
    would be a megabyte, and its states' maps have them.
    """
    mesh = _Mesh(geometry_url, outline_url, bounds, len(frame))
    key = ("readings", mesh, title, theme, legend)
    ground = of_frame(frame, key, lambda: _status_ground(frame, mesh, title, theme, legend))
    return _with_chosen(frame, mesh, ground, frames.selection(selected), theme, legend)


def _status_ground(frame: pd.DataFrame, mesh: _Mesh, title: str, theme: Theme, legend: bool) -> _Ground:
    palette = PALETTES[theme]
    statuses, details = frames.column(frame, "status"), frames.column(frame, "detail")
    sures = frames.column(frame, "sureness") if "sureness" in frame else ["firm"] * len(statuses)
    kinds = list(zip(statuses, sures, strict=True))
    demands = frames.column(frame, "demand")
    shared = only_demand(statuses, demands)
    order = [(status, sure) for status in MARKS for sure in ("firm", "likely", "unclear", "unread")]
    there = {*kinds}
    order = [kind for kind in order if kind in there]
    asked = list(zip(statuses, sures, demands, strict=True))
    called = {key: "Sem meta" if key[0] is None else doubted(*key) for key in {*asked}}
    said = [called[key] for key in asked]
    data = _status_shapes(frame, mesh, kinds, order, said, theme)
    data.append(_state_lines(mesh, palette))
    data += _status_marks(frame, mesh, kinds, order, theme)
    above: list[Figure] = []
    symbols: dict[str, str] = {}
    if legend:
        for status, sure in order:
            count = words.number(kinds.count((status, sure)))
            label = f"{MARKS[status].glyph} {doubted(status, sure, shared, statuses)} ({count})"
            symbols[label] = _symbol(status, sure)
            above.append(_legend_square(label, fill(status, sure, theme), palette))
    sentence = _status_sentence(title, kinds, order, shared)
    table = pd.DataFrame(
        {
            "Código IBGE": frames.column(frame, "municipality_code"),
            "Município": frames.column(frame, "name"),
            "Situação": said,
            "Detalhe": [detail or "" for detail in details],
        }
    )
    return _Ground(data, above, sentence, table, {}, symbols)


def _status_sentence(
    title: str, kinds: Sequence[tuple[str | None, str]], order: Sequence[tuple[str, str]], shared: str | None
) -> str:
    """How many municipalities have which status, and how surely; arguments as in `status_map`."""
    statuses = [status for status, _ in kinds]
    counts: dict[str, dict[str, int]] = {}
    for status, sure in order:
        counts.setdefault(status, {})[sure] = kinds.count((status, sure))
    parts = [
        f"{status_word(status, shared, statuses).lower()} em {words.number(sum(by.values()))}{parted(by)}"
        for status, by in counts.items()
    ]
    # A title with a colon of its own stands before another one.
    head = title.replace(": ", ", ")
    return f"{head}: {words.listed(parts)}." if parts else f"{head}: nenhum município com meta."


# A detail is a sentence, of which a map that is half a page wide has room for so many letters in a line.
_LINE = re.compile("(?=.{45})(.{30,44}) ")


def _status_shapes(
    frame: pd.DataFrame,
    mesh: _Mesh,
    kinds: Sequence[tuple[str | None, str]],
    order: Sequence[tuple[str, str]],
    said: Sequence[str],
    theme: Theme,
) -> list[Figure]:
    """The municipalities in the fills of their readings, and those without a target in the colour of the ground.

    `kinds`: status and sureness of each row; `order`: those that there are; `said`: in words.
    """
    palette = PALETTES[theme]
    codes = frames.column(frame, "municipality_code")
    details = frames.column(frame, "detail")

    def told_of(rows: Sequence[int]) -> list[list[str]]:
        lines = [label_texts([said[row] for row in rows])]
        if mesh.bordered:
            whole = label_texts([details[row] or "" for row in rows])
            lines.append([_LINE.sub(r"\1<br>", detail) for detail in whole])
        return lines

    traces: list[Figure] = []
    held = [row for row, (status, _) in enumerate(kinds) if status is not None]
    if held:
        colours = [fill(status, sure, theme) for status, sure in order]
        place = {kind: number for number, kind in enumerate(order)}
        index = [place[str(kinds[row][0]), kinds[row][1]] for row in held]
        hover = told_of(held)
        line = mesh.line(palette.surface)
        if any(sure == "unclear" for _, sure in order):
            # Borders in the colour of the ground would vanish between fills of the same colour.
            line = mesh.line(palette.outline, 0.5)
        traces += _shapes(mesh, [codes[row] for row in held], index, colours, hover, line)
    absent = [row for row, (status, _) in enumerate(kinds) if status is None]
    if absent:
        hover = told_of(absent)
        index, surface = [0] * len(absent), [palette.secondary]
        traces += _shapes(
            mesh, [codes[row] for row in absent], index, surface, hover, mesh.line(palette.line)
        )
    return traces


def _symbol(status: str, sureness: str) -> str:
    """Plotly's name of a reading's glyph: hollow where it cannot be told."""
    symbol = MARKS[status].symbol
    return f"{symbol.removesuffix('-open')}-open" if sureness == "unclear" else symbol


def _status_marks(
    frame: pd.DataFrame,
    mesh: _Mesh,
    kinds: Sequence[tuple[str | None, str]],
    order: Sequence[tuple[str, str]],
    theme: Theme,
) -> list[Figure]:
    """The glyphs of all readings but those that surely go well, where there is room and a municipality has a place."""
    if not mesh.marked:
        return []
    lats, lons = frames.column(frame, "latitude"), frames.column(frame, "longitude")
    traces = []
    for status, sure in order:
        spots = [row for row, kind in enumerate(kinds) if kind == (status, sure) and lats[row] is not None]
        if (status in QUIET and sure not in DOUBTS) or not spots:
            continue
        mark = MARKS[status]
        ink = mark.ink[theme] if sure in DOUBTS else ink_on(mark.fill[theme], theme)
        symbol = _symbol(status, sure)
        glyphs = _points([lats[row] for row in spots], [lons[row] for row in spots], symbol, 9, ink)
        if symbol.endswith("-open"):
            glyphs["marker"]["line"] = {"color": ink, "width": 1.5}
        traces.append(glyphs)
    return traces
