"""Pieces of pages as markup: tables, cards, strips of statuses, small drawings. Text from data is escaped.

Colours come from the palettes; the classes are styled in `style.css`.
"""

from __future__ import annotations

import html
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NewType

import pandas as pd

from dashboard import words
from dashboard.charts import frames
from dashboard.charts.palettes import HALF, MARKS, PALETTES, Theme, fill, rgba
from pipelines.declarations import Indicator
from pipelines.verdicts import STRENGTH_LABELS, status_word

# Tells markup from text, so that mypy sees an unescaped value; made where text is escaped.
Html = NewType("Html", str)
NOTHING = Html("")


def joined(*parts: Html) -> Html:
    """Pieces of markup one after the other."""
    return Html("".join(parts))


_SPECIAL = re.compile("[&<>\"']")


def _h(value: Any) -> Html:
    text = str(value)
    return Html(html.escape(text, quote=True) if _SPECIAL.search(text) else text)


# What is said of a reading that is less than certain, beside its status.
DOUBTS: Mapping[str, str] = {
    "likely": STRENGTH_LABELS["likely"],
    "unclear": STRENGTH_LABELS["unclear"],
}


def ribbon(
    counts: Mapping[tuple[str, str], int],
    theme: Theme = "light",
    label: str = "Situação das metas",
    demand: str | None = None,
) -> Html:
    """A strip of readings by status and, inside each, by how sure they are; glyph, word and counts below.

    `counts`: (status id, sureness) to number, in the order in which they are drawn. `demand`: of all of them, as `only_demand` tells
    it: floors, ceilings and categories have words of their own.
    """
    totals: dict[str, dict[str, int]] = {}
    for (status, sureness), count in counts.items():
        totals.setdefault(status, {})[sureness] = count
    named = {status: status_word(status, demand, totals) for status in totals}
    said = words.listed(
        [f"{named[status]}: {words.number(sum(by.values()))}{parted(by)}" for status, by in totals.items()]
    )
    parts = "".join(
        f'<span style="flex:{count} 1 0;min-width:3px;{_ground(status, sureness, theme)}"></span>'
        for (status, sureness), count in counts.items()
    )
    keys = "".join(
        f'<li><span class="glyph" aria-hidden="true" style="color:{MARKS[status].ink[theme]}">'
        f"{MARKS[status].glyph}</span> {_h(named[status])} <b>{words.number(sum(by.values()))}</b>"
        f"{parted(by)}</li>"
        for status, by in totals.items()
    )
    return Html(
        f'<div class="ribbon"><div class="strip" role="img" aria-label="{_h(label)}. {_h(said)}">'
        f"{parts}</div>"
        f'<ul class="keys">{keys}</ul></div>'
    )


def doubted(status: str, sureness: str, demand: str | None = None, among: Iterable[str | None] = ()) -> str:
    """A status in words, with how sure it is where that is less than certain: `No ritmo (provável)`.

    `demand`, `among`: as in `status_word`.
    """
    doubt = DOUBTS.get(sureness)
    return f"{status_word(status, demand, among)}{f' ({doubt})' if doubt else ''}"


def _ground(status: str, sureness: str, theme: Theme) -> str:
    """CSS of a reading's fill: whole, half with its ink as an edge, or the edge alone."""
    edge = f";box-shadow:inset 0 0 0 1.5px {MARKS[status].ink[theme]}" if sureness in DOUBTS else ""
    return f"background:{fill(status, sureness, theme)}{edge}"


# The same of several at once.
MANY: Mapping[str, tuple[str, str]] = {
    "firm": ("certa", "certas"),
    "likely": ("provável", "prováveis"),
    "unclear": ("não dá para dizer", "não dá para dizer"),
}


def parted(by: Mapping[str, int]) -> str:
    """How many of a status are less than certain, in words; empty where none is."""
    if not any(by.get(name) for name in DOUBTS):
        return ""
    return f" ({', '.join(words.counted(by[name], *MANY[name]) for name in MANY if by.get(name))})"


def chip(status: str, theme: Theme = "light", sureness: str = "firm", demand: str | None = None) -> Html:
    """A status as glyph and word: filled where it is sure, lighter and edged where likely, an edge alone where unclear.

    `demand`: of its target, since floors, ceilings and categories have words of their own.
    """
    mark = MARKS[status]
    unclear = sureness == "unclear"
    share = PALETTES[theme].chip * (HALF if sureness == "likely" else 1)
    ground = "transparent" if unclear else rgba(mark.fill[theme], share)
    ink = PALETTES[theme].muted if unclear else mark.ink[theme]
    edge = f";border:1px solid {PALETTES[theme].outline if unclear else ink}" if sureness in DOUBTS else ""
    note = f' <span class="doubt">{_h(DOUBTS[sureness])}</span>' if sureness in DOUBTS else ""
    return Html(
        f'<span class="chip" style="color:{ink};background:{ground}{edge}">'
        f'<span class="glyph" aria-hidden="true">{mark.glyph}</span> {_h(status_word(status, demand))}{note}</span>'
    )


def tile(label: str, value: str, unit: str = "", context: str = "") -> Html:
    """A card with one figure: label, ready-made value, unit, and a line of context."""
    small = f' <span class="unit">{_h(unit)}</span>' if unit else ""
    return Html(
        f'<div class="tile"><div class="label">{_h(label)}</div><div class="value">{_h(value)}{small}</div>'
        f'<div class="context">{_h(context)}</div></div>'
    )


def tiles(cards: Iterable[tuple[str, str, str, str]]) -> Html:
    """A row of cards from (label, value, unit, context); two by two on a phone."""
    return Html(f'<div class="tiles">{"".join(tile(*card) for card in cards)}</div>')


SPARK = (96, 24)


def sparkline(values: Sequence[Any], theme: Theme = "light", breaks: Sequence[bool] | None = None) -> Html:
    """A line without axes as inline SVG; cut at missing values (None) and at changes of method, last point marked.

    Decoration beside a printed number: hidden from screen readers. Empty for fewer than three values: on a scale
    of its own, a line between two of them is steep whatever they are.
    """
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return NOTHING
    colour = PALETTES[theme].data
    width, height = SPARK
    low, high = min(known), max(known)
    step = (width - 8) / max(len(values) - 1, 1)

    def spot(place: int, value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{round(4 + place * step, 1):g} {round(height - 4 - share * (height - 8), 1):g}"

    drawn: list[str] = []
    alone: list[str] = []
    run: list[str] = []

    def close() -> None:
        if len(run) == 1:
            alone.append(run[0])
        elif run:
            drawn.append(f"M{'L'.join(run)}")
        run.clear()

    last = ""
    for place, value in enumerate(values):
        if breaks is not None and breaks[place]:
            close()
        if value is None:
            close()
            continue
        last = spot(place, value)
        run.append(last)
    close()
    # Dots are lines of no length with round ends: a table holds a hundred of these drawings.
    dots = "".join(f"M{spot}h0" for spot in alone if spot != last)
    small = f'<path d="{dots}" stroke-width="2.4"/>' if dots else ""
    return Html(
        f'<svg class="spark" width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true" '
        f'fill="none" stroke="{colour}" stroke-width="1.5" stroke-linecap="round">'
        f'<path d="{"".join(drawn)}"/>{small}<path d="M{last}h0" stroke-width="4.4"/></svg>'
    )


class Cell(NamedTuple):
    """A cell of a heat table. `markup`: HTML of ours (a sparkline), instead of the text."""

    text: str
    shade: int | None = None
    title: str = ""
    missing: bool = False
    href: str = ""
    markup: Html = NOTHING
    number: bool = True


def heat_table(
    caption: str,
    heads: Sequence[str | tuple[str, str]],
    rows: Sequence[tuple[Cell | str, Sequence[Cell]]],
    groups: Mapping[int, str] | None = None,
) -> Html:
    """A table whose cells are shaded from worst to best fifth; every number is printed.

    `heads`: column heads, the first over the row names; a pair gives the short head and its full words.
    `rows`: the row's name and its cells. `groups`: a heading row before the row of that place.
    """
    # Heads stand over their figures: at the right where a column has only numbers.
    columns = zip(*(cells for _, cells in rows), strict=True) if rows else ()
    numbers = [all(cell.number and not cell.markup for cell in column) for column in columns]
    kinds = ["", *(' class="n"' if number else "" for number in numbers)]
    top = "".join(
        f'<th scope="col"{kind}{_title(head)}>{_h(head if isinstance(head, str) else head[0])}</th>'
        for head, kind in itertools.zip_longest(heads, kinds[: len(heads)], fillvalue="")
    )
    body = []
    for place, (name, cells) in enumerate(rows):
        if groups is not None and place in groups:
            body.append(
                f'<tr class="group"><th scope="colgroup" colspan="{len(heads)}">{_h(groups[place])}</th></tr>'
            )
        held = name if isinstance(name, Cell) else Cell(name)
        inside = "".join(_td(cell) for cell in cells)
        body.append(f'<tr><th scope="row"{_title(held)}>{_inner(held)}</th>{inside}</tr>')
    return Html(
        f'<div class="heat" role="region" aria-label="{_h(caption)}" tabindex="0"><table>'
        f"<caption>{_h(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _title(item: Cell | str | tuple[str, str]) -> str:
    text = item.title if isinstance(item, Cell) else item[1] if isinstance(item, tuple) else ""
    return f' title="{_h(text)}"' if text else ""


def _inner(cell: Cell) -> Html:
    inside = cell.markup or _h(cell.text)
    return Html(f'<a href="{_h(cell.href)}">{inside}</a>') if cell.href else inside


def _td(cell: Cell) -> Html:
    kinds = [] if cell.number else ["t"]
    if cell.missing:
        kinds.append("nd")
    elif cell.shade is not None:
        kinds.append(f"heat-{cell.shade}")
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return Html(f"<td{kind}{_title(cell)}>{_inner(cell)}</td>")


# Beside a value that a newer edition of its source changed.
REVISED = "†"


def value_cell(
    value: Any,
    flag: Any,
    indicator: Indicator,
    shade: int | None,
    when: str = "",
    unit: bool = False,
    revision: str = "",
) -> Cell:
    """A cell that shows a value, or `n.d.` with its reason; `revision`: what a newer edition made of it, in words."""
    if words.is_missing(value):
        reason = " em ".join(filter(None, (words.missing_reason(flag), when)))
        return Cell(words.MISSING, title="; ".join(filter(None, (reason, revision))), missing=True)
    plain = indicator.kind == "category" or unit
    text = words.with_unit(value, indicator, short=True) if plain else words.amount(value, indicator)
    marked = words.flag(flag, indicator)
    told = (
        words.with_unit(value, indicator),
        f"em {when}" if when else "",
        f"({marked})" if marked else "",
    )
    title = "; ".join(filter(None, (" ".join(filter(None, told)), revision)))
    mark = ("*" if marked else "") + (REVISED if revision else "")
    return Cell(f"{text}{mark}", shade, "" if title == text else title)


def data_table(
    frame: pd.DataFrame,
    caption: str,
    decimals: frames.Decimals | None = None,
    limit: int = 120,
    links: Sequence[str] = (),
    opens: tuple[str, Sequence[str]] = ("", ()),
) -> Html:
    """A frame as an accessible HTML table: the first column heads the rows, numbers right, missing `n.d.`.

    `decimals`: those of a chart; without them as the frame carries them. Over `limit` rows the rest is
    left to the download, and the caption says so. `links`: where the head of each row leads; `opens`: a column, and
    where what each of its cells says leads, an empty text for nowhere.
    """
    decimals = frames.decimals_of(frame) if decimals is None else decimals
    numeric = {
        name: pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        for name in frame.columns
    }
    heads = "".join(
        f'<th scope="col"{" class=" + chr(34) + "n" + chr(34) if numeric[name] else ""}>{_h(name)}</th>'
        for name in frame.columns
    )
    rows = []
    columns = {name: frames.column(frame, name) for name in frame.columns}
    for row in range(min(len(frame), limit)):
        cells = []
        for place, name in enumerate(frame.columns):
            value = columns[name][row]
            if value is None:
                text, kind = words.MISSING, ' class="n nd"' if numeric[name] else ' class="nd"'
            elif numeric[name]:
                places = frames.decimals_at(decimals, name, row)
                text = str(int(value)) if places is None else words.number(value, places)
                kind = ' class="n"'
            else:
                text, kind = str(value), ""
            inside = _h(text)
            leads = links[row] if place == 0 and links else opens[1][row] if name == opens[0] else ""
            if leads and value is not None:
                inside = Html(f'<a href="{_h(leads)}">{inside}</a>')
            cells.append(f'<th scope="row"{kind}>{inside}</th>' if place == 0 else f"<td{kind}>{inside}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    if len(frame) > limit:
        caption += (
            f" ({words.number(limit)} de {words.number(len(frame))} linhas; o restante está no arquivo)"
        )
    return Html(
        f'<div class="data" role="region" aria-label="{_h(caption)}" tabindex="0"><table>'
        f"<caption>{_h(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _rings(geometry: Mapping[str, Any]) -> Iterable[Sequence[Sequence[float]]]:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for part in parts:
        yield from part


@dataclass(frozen=True)
class Outlines:
    """Shapes ready to draw: SVG path data by feature id, in a box of `width` by `height`."""

    paths: Mapping[str, str]
    width: float
    height: float


# Corners nearer to each other than this, in pixels, look like one.
NEAREST = 1.6


def _ring(spots: Sequence[tuple[float, float]]) -> str:
    """A closed ring as SVG path data; every view sends it, so corners that cannot be told apart are left out."""
    kept = [spots[0]]
    for spot in spots[1:-1]:
        if math.dist(spot, kept[-1]) >= NEAREST:
            kept.append(spot)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept) + "Z"


def outlines(geojson: Mapping[str, Any], width: float = 160) -> Outlines:
    """Project a GeoJSON FeatureCollection once, for insets drawn many times. Features carry `id`."""
    shapes = [(str(feature["id"]), list(_rings(feature["geometry"]))) for feature in geojson["features"]]
    spots = [
        (code, [[frames.project(*point[:2]) for point in ring] for ring in rings]) for code, rings in shapes
    ]
    every = [spot for _, rings in spots for ring in rings for spot in ring]
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    south, north = min(y for _, y in every), max(y for _, y in every)
    scale = (width - 4) / (east - west)
    paths = {
        code: "".join(
            _ring([(2 + (x - west) * scale, 2 + (north - y) * scale) for x, y in ring]) for ring in rings
        )
        for code, rings in spots
    }
    return Outlines(paths, width, round((north - south) * scale + 4, 1))


def territory(shapes: Outlines, theme: Theme = "light") -> Html:
    """All the shapes in grey, under `inset`. An SVG of `shapes`' size, decoration beside what lies over it."""
    palette = PALETTES[theme]
    body = f'<path d="{"".join(shapes.paths.values())}" fill="{palette.grid}" stroke="{palette.surface}" '
    return _stamp(shapes, f'{body}stroke-width="0.5"/>', 'class="inset"')


def inset(shapes: Outlines, selected: str, name: str, theme: Theme = "light") -> Html:
    """Where a municipality lies: it alone, in the data colour, to stand over `territory`."""
    palette = PALETTES[theme]
    body = f'<path d="{shapes.paths.get(selected, "")}" fill="{palette.data}" stroke="{palette.text}" '
    about = f'class="inset" role="img" aria-label="Localização de {_h(name)}"'
    return _stamp(shapes, f'{body}stroke-width="1.2" stroke-linejoin="round"/>', about)


def _stamp(shapes: Outlines, body: str, about: str) -> Html:
    return Html(
        f'<svg xmlns="http://www.w3.org/2000/svg" {about} width="{shapes.width:g}" height="{shapes.height:g}" '
        f'viewBox="0 0 {shapes.width:g} {shapes.height:g}">{body}</svg>'
    )


def section(title: str, level: int) -> Html:
    """A heading inside a page."""
    return Html(f'<h{level} class="section">{_h(title)}</h{level}>')


def sentence(text: str) -> Html:
    """A sentence of a page's text."""
    return Html(f'<p class="sentence">{_h(text)}</p>')


def note(text: str) -> Html:
    """A quiet line: source, scope, caveat."""
    return Html(f'<p class="note">{_h(text)}</p>')


def points(items: Sequence[str]) -> Html:
    """A short list."""
    return Html(f'<ul class="points">{"".join(f"<li>{_h(item)}</li>" for item in items)}</ul>')
