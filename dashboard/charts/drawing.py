"""A drawing as shapes in SVG and texts with their places: what planes, maps and legends are drawn with."""

from __future__ import annotations

import functools
import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.charts.palettes import text_width

Figure = Mapping[str, Any]


class Svg(str):
    """An SVG image that the house drew: set as it is, where a text is first looked through."""


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

    def svg(self) -> Svg:
        """The shapes as one SVG image, without the texts."""
        box = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        return Svg(f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(self.shapes)}</svg>')

    def data(self) -> dict[str, Any]:
        """What the typst function `drawing` takes, ready for JSON."""
        return {"width": self.width, "height": self.height, "svg": self.svg(), "texts": self.texts}


_RGBA = re.compile(r"rgba\((\d+),\s*(\d+),\s*(\d+),\s*([\d.]+)\)")


@functools.lru_cache(maxsize=512)
def paint(colour: str, kind: str) -> str:
    """A colour as attributes of `fill` or `stroke`; opacity apart, which every SVG reader knows."""
    found = _RGBA.fullmatch(colour)
    if found is None:
        return f'{kind}="{colour}"'
    red, green, blue, alpha = found.groups()
    if float(alpha) == 0:
        return f'{kind}="none"'
    return f'{kind}="#{int(red):02X}{int(green):02X}{int(blue):02X}" {kind}-opacity="{alpha}"'


def clear(colour: Any) -> bool:
    """Whether a colour is wholly transparent."""
    return isinstance(colour, str) and colour.replace(" ", "").endswith(",0)")


def dashes(style: str, width: float) -> str:
    """A dash array as Plotly draws the named styles."""
    if style in ("", "solid"):
        return ""
    unit = max(width, 3)
    named = {"dot": f"{unit:g},{unit:g}", "dash": f"{3 * unit:g},{3 * unit:g}"}
    return f' stroke-dasharray="{named.get(style, style.replace("px", ""))}"'


def n(value: float) -> str:
    """A place in a drawing: a tenth of a pixel is fine enough."""
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
    "triangle-up": ((-1.2, 0.7), (0, -1.3), (1.2, 0.7)),
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
    look = 'fill="none"' if fill == "none" else paint(fill, "fill")
    if edge and edge_width and not clear(edge):
        look += f' {paint(edge, "stroke")} stroke-width="{edge_width:g}"'
    if kind == "circle":
        return f'<circle cx="{n(x)}" cy="{n(y)}" r="{size / 2:g}" {look}/>'
    radius = size / 2
    points = "L".join(f"{n(x + dx * radius)} {n(y + dy * radius)}" for dx, dy in _SYMBOLS[kind])
    return f'<path d="M{points}Z" {look} stroke-linejoin="round"/>'


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


def line_width(line: Sequence[Sequence[Any]], size: float) -> float:
    """The width of a line of [text, bold] runs in pixels."""
    return sum(text_width(str(text), size, bool(bold)) for text, bold in line)


LEADING = 1.3
# From a line's middle to its baseline, as a share of the size.
MIDDLE = 0.35


def write(
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
        wide = max(line_width(line, size) for line in lines)
        left = x - wide * {"start": 0, "center": 0.5, "end": 1}[anchor]
        out.shapes.append(
            f'<rect x="{n(left - 2)}" y="{n(top)}" width="{n(wide + 4)}" height="{n(block)}" rx="2" '
            f"{paint(ground, 'fill')}/>"
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


def each(value: Any, count: int) -> list[Any]:
    """What a figure says of each mark: a list of its own, or one thing for all."""
    return list(value) if isinstance(value, list) else [value] * count


# How a text stands to its anchor, by the side of its mark that it stands on.
ANCHORS = {"left": "end", "right": "start", "center": "center"}
