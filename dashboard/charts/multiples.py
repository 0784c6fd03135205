"""Small multiples: a panel a municipality on one scale, as one figure and as HTML that wraps by itself."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts import frames
from dashboard.charts.figure import NBSP, Chart, Figure, axis, base_layout, blank, label_text, text_note
from dashboard.charts.markup import Html
from dashboard.charts.palettes import PALETTES, Palette, Theme, text_width
from dashboard.charts.series import series_table, track_traces
from pipelines.declarations import Indicator

# Pixels: the height of a panel, what its name takes at the top and its years at the bottom.
TALL, HEAD, FOOT = 140, 40, 22
# The gap between panels, as a share of the whole width.
GUTTER = 0.045


@dataclass(frozen=True)
class _Scale:
    """What all panels share: values `low` to `high` with their grid, years `first` to `last` and their words."""

    low: float
    high: float
    steps: Sequence[float]
    marks: Sequence[str]
    first: float
    last: float
    ends: tuple[str, str]


def _lines(
    frame: pd.DataFrame, state: pd.DataFrame | None, palette: Palette
) -> tuple[list[frames.Track], list[frames.Track]]:
    """The line of each panel, and the one behind all of them."""
    mains = frames.tracks_of(frame, "main", (palette.data,), 2.2)
    if state is None or not len(state):
        return mains, []
    return mains, frames.tracks_of(state, "state", (palette.outline,), 1.2)


def _scale(tracks: Sequence[frames.Track], indicator: Indicator) -> _Scale | None:
    """None where no line has a value."""
    heights = [value for track in tracks for value in track.values if value is not None]
    if not heights:
        return None
    low, high = frames.value_range(min(heights), max(heights), indicator)
    steps = frames.round_steps(low, high, 2, whole=not indicator.decimals)
    days = [day for track in tracks for day in track.known_days()]
    first, last = min(days), max(days)
    return _Scale(
        low,
        high,
        steps,
        frames.tick_texts(steps, indicator),
        frames.year_of(first),
        frames.year_of(last),
        (words.period(first, indicator), words.period(last, indicator)),
    )


def _latest(track: frames.Track, indicator: Indicator) -> str:
    """The last value in words."""
    held = [value for value in track.values if value is not None]
    return words.with_unit(held[-1], indicator, short=True) if held else words.MISSING


# Panels side by side.
COLUMNS = 4


def small_multiples(
    frame: pd.DataFrame,
    indicator: Indicator,
    theme: Theme = "light",
    *,
    state: pd.DataFrame | None = None,
) -> Chart:
    """One small panel a municipality on one scale, the state in grey behind each.

    `frame`: name, period (or year), value, flag, break_before. `state`: place, period (or year), value.
    `panels` gives the same as HTML that wraps by itself.
    """
    palette = PALETTES[theme]
    mains, behind = _lines(frame, state, palette)
    sentence = frames.series_sentence(mains, indicator, None)
    table, decimals = series_table([*behind, *mains], indicator)
    rows = max(-(-len(mains) // COLUMNS), 1)
    layout = base_layout(palette, TALL * rows, top=0, bottom=0, right=0)
    scale = _scale([*mains, *behind], indicator) if mains else None
    if scale is None:
        figure = blank(palette, layout, f"{words.MISSING}: sem dado na série")
        return Chart(figure, sentence, table, theme, decimals)
    layout["margin"]["l"] = max(text_width(mark, 11) for mark in scale.marks) + 6
    data: list[Figure] = []
    wide = (1 - GUTTER * (COLUMNS - 1)) / COLUMNS
    for place, track in enumerate(mains):
        row, column = divmod(place, COLUMNS)
        name = "" if place == 0 else str(place + 1)
        left, top = column * (wide + GUTTER), 1 - row / rows
        starts = track.starts()
        for other in behind:
            data += _panel(frames.cut_at(other, starts), name, palette, indicator)
        data += _panel(track, name, palette, indicator)
        _panel_axes(layout, name, scale, palette, across=(left, left + wide), top=top, rows=rows)
        shown = label_text(frames.shorten(track.name, 20))
        layout["annotations"].append(
            text_note(
                left,
                top,
                f"{shown}<br><b>{label_text(_latest(track, indicator))}</b>",
                palette.text,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="top",
                yshift=-2,
            )
        )
    return Chart({"data": data, "layout": layout}, sentence, table, theme, decimals)


def _panel(track: frames.Track, name: str, palette: Palette, indicator: Indicator) -> list[Figure]:
    """A line of the panel `name`; the one behind it is a line alone."""
    traces = track_traces(track, indicator, palette, False, False)
    if track.role == "state":
        traces = traces[:1]
    for trace in traces:
        trace["xaxis"], trace["yaxis"] = f"x{name}", f"y{name}"
    return traces


def _panel_axes(
    layout: Figure,
    name: str,
    scale: _Scale,
    palette: Palette,
    *,
    across: tuple[float, float],
    top: float,
    rows: int,
) -> None:
    """The axes of the panel `name`: `across` and `top` say where it stands, as shares of the drawing."""
    span = (scale.last - scale.first) or 1.0
    small = {"size": 11, "color": palette.muted}
    count = 2 if scale.last > scale.first else 1
    layout[f"xaxis{name}"] = axis(
        palette,
        scale.first - span * 0.05,
        scale.last + span * 0.05,
        domain=list(across),
        anchor=f"y{name}",
        tickvals=[scale.first, scale.last][:count],
        ticktext=list(scale.ends)[:count],
        tickfont=small,
    )
    shown = [label_text(mark) + NBSP for mark in scale.marks]
    layout[f"yaxis{name}"] = axis(
        palette,
        scale.low,
        scale.high,
        domain=[top - 1 / rows + FOOT / (TALL * rows), top - HEAD / (TALL * rows)],
        anchor=f"x{name}",
        tickvals=scale.steps,
        ticktext=shown if across[0] == 0 else [""] * len(scale.steps),
        tickfont=dict(small),
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )


# The size of a panel's drawing in HTML, in pixels.
WIDE, HIGH = 220, 96


def panels(
    frame: pd.DataFrame, indicator: Indicator, theme: Theme = "light", *, state: pd.DataFrame | None = None
) -> Html:
    """The small multiples as an HTML grid of inline SVG, four across and two on a phone.

    Frames as in `small_multiples`.
    """
    palette = PALETTES[theme]
    mains, behind = _lines(frame, state, palette)
    scale = _scale([*mains, *behind], indicator)
    if scale is None:
        return Html(f'<p class="note">{words.MISSING}: sem dado na série.</p>')
    shares = [(step - scale.low) / (scale.high - scale.low) for step in scale.steps]
    grid = "".join(
        f'<path d="M0 {HIGH - share * HIGH:.1f}H{WIDE}" stroke="{palette.grid}" '
        'vector-effect="non-scaling-stroke"/>'
        for share in shares
    )
    numbers = "".join(
        f'<span style="bottom:{share * 100:.1f}%">{_h(mark)}</span>'
        for share, mark in zip(shares, scale.marks, strict=True)
    )
    items = []
    for track in mains:
        starts = track.starts()
        said = frames.series_sentence([track], indicator, None)
        lines = "".join(_line(frames.cut_at(other, starts), scale) for other in behind) + _line(track, scale)
        items.append(
            f'<figure class="panel" role="img" aria-label="{_h(said)}"><figcaption>{_h(track.name)} '
            f'<b>{_h(_latest(track, indicator))}</b></figcaption><div class="plot"><svg viewBox="0 0 {WIDE} {HIGH}" '
            f'preserveAspectRatio="none">{grid}{lines}</svg><div class="scale">{numbers}</div></div>'
            f'<div class="ends"><span>{scale.ends[0]}</span><span>{scale.ends[1]}</span></div></figure>'
        )
    return Html(f'<div class="panels">{"".join(items)}</div>')


def _h(value: Any) -> Html:
    return Html(html.escape(str(value), quote=True))


def _line(track: frames.Track, scale: _Scale) -> Html:
    """A line of a panel as SVG."""
    span = (scale.last - scale.first) or 1.0

    def spot(x: float, value: float) -> str:
        across = 6 + (x - scale.first) / span * (WIDE - 12)
        return f"{across:.1f} {HIGH - (value - scale.low) / (scale.high - scale.low) * HIGH:.1f}"

    parts = []
    for run in track.pieces():
        points = [spot(track.x[place], value) for place in run if (value := track.values[place]) is not None]
        # A single point still shows: a line of no length with round ends is a dot.
        parts.append("M" + "L".join(points if len(points) > 1 else points * 2))
    return Html(
        f'<path d="{"".join(parts)}" fill="none" stroke="{track.colour}" stroke-width="{track.width}" '
        'stroke-linejoin="round" stroke-linecap="round" vector-effect="non-scaling-stroke"/>'
    )
