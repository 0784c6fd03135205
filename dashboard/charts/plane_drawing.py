"""Charts with axes, drawn without a browser: lines, dots, bars, and labels that keep off each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.charts.drawing import (
    ANCHORS,
    Drawing,
    Figure,
    clear,
    dashes,
    each,
    line_width,
    n,
    paint,
    symbol,
    write,
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
                    f'<path d="M{n(plane.left)} {n(y)}H{n(plane.right)}" '
                    f'{paint(y_axis["gridcolor"], "stroke")} stroke-width="1"/>'
                )
        if x_axis["showline"]:
            out.shapes.append(
                f'<path d="M{n(plane.left)} {n(plane.bottom)}H{n(plane.right)}" '
                f'{paint(x_axis["linecolor"], "stroke")} stroke-width="1"/>'
            )
        for value, text in zip(y_axis["tickvals"], y_axis["ticktext"], strict=True):
            font = y_axis["tickfont"]
            edge = plane.left - 3 - y_axis.get("ticklabelstandoff", 0)
            write(out, edge, plane.y(value), text, font["size"], font["color"], "end")
        for value, text in zip(x_axis["tickvals"], x_axis["ticktext"], strict=True):
            font = x_axis["tickfont"]
            write(out, plane.x(value), plane.bottom + 4, text, font["size"], font["color"], "center", "top")


def _draw_scatter(out: Drawing, trace: Figure, plane: _Plane) -> None:
    xs, ys, mode = trace["x"], trace["y"], trace["mode"]
    if "lines" in mode:
        _draw_line(out, trace, plane)
    if "markers" not in mode and "text" not in mode:
        return
    marker = trace.get("marker", {})
    count = len(xs)
    sizes, colours = each(marker.get("size", 0), count), each(marker.get("color", ""), count)
    kinds = each(marker.get("symbol", "circle"), count)
    edge = marker.get("line", {})
    widths, edges = each(edge.get("width", 0), count), each(edge.get("color", ""), count)
    texts, spots = (
        each(trace.get("text", ""), count),
        each(trace.get("textposition", "middle center"), count),
    )
    font = trace.get("textfont", {})
    for place in range(count):
        if xs[place] is None or ys[place] is None:
            continue
        x, y = plane.x(xs[place]), plane.y(ys[place])
        if "markers" in mode and not (clear(colours[place]) and not widths[place]):
            out.shapes.append(
                symbol(kinds[place], x, y, sizes[place], colours[place], edges[place] or "", widths[place])
            )
        if "text" in mode and texts[place]:
            _, side = spots[place].split()
            away = sizes[place] / 1.6 + 1 if "markers" in mode else 0
            shift = {"left": -away, "right": away, "center": 0}[side]
            write(out, x + shift, y, texts[place], font["size"], font["color"], ANCHORS[side])


def _draw_line(out: Drawing, trace: Figure, plane: _Plane) -> None:
    parts: list[list[str]] = [[]]
    for x, y in zip(trace["x"], trace["y"], strict=True):
        if x is None or y is None:
            parts.append([])
        else:
            parts[-1].append(f"{n(plane.x(x))} {n(plane.y(y))}")
    path = "".join("M" + "L".join(part) for part in parts if len(part) > 1)
    if not path:
        return
    if trace.get("fill") == "toself":
        out.shapes.append(f'<path d="{path}Z" {paint(trace["fillcolor"], "fill")}/>')
    line = trace["line"]
    if not clear(line["color"]) and line["width"]:
        out.shapes.append(
            f'<path d="{path}" fill="none" {paint(line["color"], "stroke")} stroke-width="{line["width"]:g}"'
            f'{dashes(line.get("dash", ""), line["width"])} stroke-linejoin="round"/>'
        )


def _draw_bars(out: Drawing, trace: Figure, plane: _Plane) -> None:
    lying = trace.get("orientation") == "h"
    count = len(trace["x"])
    colours = each(trace["marker"]["color"], count)
    for x, y, wide, colour in zip(trace["x"], trace["y"], trace["width"], colours, strict=True):
        if lying:
            x0, x1 = plane.x(0), plane.x(x)
            y0, y1 = sorted((plane.y(y - wide / 2), plane.y(y + wide / 2)))
        else:
            x0, x1 = plane.x(x - wide / 2), plane.x(x + wide / 2)
            y0, y1 = sorted((plane.y(0), plane.y(y)))
        out.shapes.append(
            f'<rect x="{n(x0)}" y="{n(y0)}" width="{n(x1 - x0)}" height="{n(y1 - y0)}" '
            f"{paint(colour, 'fill')}/>"
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
        f'<path d="M{n(spot("x0"))} {n(spot("y0"))}L{n(spot("x1"))} {n(spot("y1"))}" '
        f'{paint(line["color"], "stroke")} stroke-width="{line["width"]:g}"'
        f"{dashes(line.get('dash', ''), line['width'])}/>"
    )


def _draw_note(out: Drawing, note: Figure, planes: Mapping[str, _Plane], layout: Figure) -> None:
    margin = layout["margin"]
    inner_width, inner_height = out.width - margin["l"] - margin["r"], out.height - margin["t"] - margin["b"]
    plane = planes[""]
    x = margin["l"] + note["x"] * inner_width if note["xref"] == "paper" else plane.x(note["x"])
    y = margin["t"] + (1 - note["y"]) * inner_height if note["yref"] == "paper" else plane.y(note["y"])
    font = note["font"]
    anchor = {"left": "start", "right": "end", "center": "center"}[note["xanchor"]]
    write(
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
        wide = line_width(line["runs"], line["size"])
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
            sizes = each(trace["marker"]["size"], len(trace["x"]))
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


def draw_plane(out: Drawing, figure: Figure) -> None:
    """Draw a figure that has axes: what lies below, axes, traces, what lies above, and labels clear of each other."""
    layout = figure["layout"]
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
