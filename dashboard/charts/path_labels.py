"""Where the labels of a series stand that is drawn with the way to its target: on nothing else that is drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dashboard import words
from dashboard.charts import frames
from dashboard.charts.figure import Figure, halo, label_text, text_note
from dashboard.charts.palettes import Palette
from pipelines.declarations import Indicator


def path_labels(
    track: frames.Track,
    way: Sequence[tuple[float, float]],
    target: str,
    indicator: Indicator,
    palette: Palette,
    line: float,
) -> list[Figure]:
    """The labels of a series with the way to its target: the latest value, the first one, and the target.

    `way`: the points of the path; `target`: what its label says, marked up; `line`: the height of a label with its gap, in
    values.
    """
    held = [
        (track.x[place], value, track.days[place])
        for place, value in enumerate(track.values)
        if value is not None
    ]
    right, above = _corner(held, way, line)
    notes = [
        text_note(
            way[-1 if right else 0][0],
            way[-1][1],
            target,
            palette.target,
            xanchor="right" if right else "left",
            yanchor="bottom" if above else "top",
            xshift=6 if right else 0,
            yshift=9 if above else -9,
        )
    ]
    if held:
        left = min(way[0][0], held[0][0])
        notes.append(_latest_label(held, left, way, indicator, track.colour, line))
        # A target's label at the left end may stand where the first value's would.
        free = right or abs(held[0][1] - way[-1][1]) > 3.5 * line
        if len(held) > 1 and free and _first_has_room(held, left, way, line):
            notes.append(_first_label(held, indicator, track.colour))
    for note in notes:
        # The line may come from the side of a label, or cross a limit just under it.
        note["font"]["shadow"] = halo(palette)
    return notes


# A value of a line: its place, its height and its period.
_Spot = tuple[float, float, dt.date]
# Of the width of a drawing, what the label of a target takes.
_LABEL = 0.45


def _corner(held: Sequence[_Spot], way: Sequence[tuple[float, float]], line: float) -> tuple[bool, bool]:
    """Where the target's label stands: at the right end or at the left, and above its path or under it.

    A path that leads to the target leaves one side free at its end. Along a limit the values run on any side of it: the
    label takes the first corner that neither they nor the label of the latest cross. `line`: as of `_latest_above`.
    """
    if way[0][1] != way[-1][1]:
        return True, way[-1][1] >= way[0][1]
    if not held:
        return True, True
    limit, start, end = way[-1][1], way[0][0], way[-1][0]
    xs, values = np.array([spot[0] for spot in held]), np.array([spot[1] for spot in held])
    room = _LABEL * (end - start)
    latest = values[-1] + np.linspace(0, 2.4 * line if _latest_above(held, way, line) else -2.4 * line, 9)
    for right in (True, False):
        first, last = (end - room, end) if right else (start, start + room)
        span = np.linspace(first, last, 40)
        taken = np.interp(span[(span >= xs[0]) & (span <= xs[-1])], xs, values)
        if first <= xs[-1] <= last:
            taken = np.append(taken, latest)
        for above in (True, False):
            away = (taken - limit) * (1 if above else -1)
            if not np.any((away > -0.2 * line) & (away < 1.5 * line)):
                return right, above
    return True, True


def _latest_above(held: Sequence[_Spot], way: Sequence[tuple[float, float]], line: float) -> bool:
    """Whether the latest value's label stands above its point: where the path is far enough on the side that the line
    leaves free, else on the side that the path leaves free.

    `line`: the height of a label of one line with its gap, in values.
    """
    value, expected = held[-1][1], _on_way(way, held[-1][0])
    if len(held) > 1 and held[-2][1] != value and (expected is None or abs(value - expected) > 2 * line):
        return value > held[-2][1]
    # From a point on it, the path may rise.
    return expected is None or value > expected or (value == expected and way[-1][1] <= value)


def _latest_label(
    held: Sequence[_Spot],
    left: float,
    way: Sequence[tuple[float, float]],
    indicator: Indicator,
    colour: str,
    line: float,
) -> Figure:
    """The latest value with its year; `left`: where the drawing begins; `line`: as of `_latest_above`."""
    x, value, day = held[-1]
    above, expected = _latest_above(held, way, line), _on_way(way, x)
    edge = 0.12 * (way[-1][0] - left)
    near_start, near_end = x < left + edge, x > way[-1][0] - edge
    # At the axis the label stands beside its point, clear of the axis and of the unit above it.
    beside = near_start and not near_end and value != expected
    shown, when = words.with_unit(value, indicator, short=True), words.period(day, indicator)
    return text_note(
        x,
        value,
        f"<b>{label_text(shown)}</b><br>em {when}",
        colour,
        yanchor="middle" if beside else "bottom" if above else "top",
        xanchor="right" if near_end else "left" if near_start else "center",
        xshift=10 if beside else 0,
        yshift=0 if beside else 8 if above else -8,
        align="left" if beside else "center",
    )


def _first_below(held: Sequence[_Spot]) -> bool:
    """Whether the first value's label stands below its point: on the side that the line leaves free."""
    return held[1][1] >= held[0][1]


def _first_has_room(
    held: Sequence[_Spot], left: float, way: Sequence[tuple[float, float]], line: float
) -> bool:
    """Whether the first value's label meets neither the path nor the latest value's own label.

    It stands on the side that the line leaves free, and to the right, clear of the axis; where the path takes that
    side the sentence alone says the first value.
    """
    (x, start, _), (last_x, value, _) = held[0], held[-1]
    below, wide = _first_below(held), way[-1][0] - left
    reach = [_on_way(way, x + wide * share) for share in (0, 0.08, 0.16)]
    gaps = [height - start for height in reach if height is not None]
    free = not any(0 < (-gap if below else gap) <= line for gap in gaps)
    above = _latest_above(held, way, line)
    close, level = last_x - x < 0.2 * wide, abs(value - start) < 2 * line
    return free and not (close and level and below != above)


def _first_label(held: Sequence[_Spot], indicator: Indicator, colour: str) -> Figure:
    x, start, _ = held[0]
    below = _first_below(held)
    return text_note(
        x,
        start,
        label_text(words.with_unit(start, indicator, short=True)),
        colour,
        xanchor="left",
        xshift=-4,
        yanchor="top" if below else "bottom",
        yshift=-7 if below else 7,
    )


def _on_way(way: Sequence[tuple[float, float]], x: float) -> float | None:
    """The path's height at `x`, linear between neighbours; None before its start."""
    if x < way[0][0]:
        return None
    for (x0, y0), (x1, y1) in pairwise(way):
        if x <= x1:
            return y1 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return way[-1][1]
