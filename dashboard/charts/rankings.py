"""Rankings and spreads: who stands where, and how values are distributed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard import sentences, words
from dashboard.charts import frames
from dashboard.charts.figure import (
    NBSP,
    SIZE,
    TICK,
    Chart,
    Figure,
    Rows,
    axis,
    base_layout,
    blank,
    dot_marks,
    kept_rows,
    known_by,
    label_text,
    labels_width,
    left_out,
    line_mark,
    of_frame,
    rising,
    row_axis,
    rows_of,
    seven_digits,
    sorted_rows,
    text_note,
    told,
    told_in,
    upright,
)
from dashboard.charts.palettes import PALETTES, Palette, Theme, rgba, text_width
from pipelines.declarations import Indicator

# Rows of a ranking that stand closer together, with smaller letters, where there are more than so many.
ROOMY = 40
# The upper end of a ranking's rows, where the word for the reference stands.
TOP = -1.4


@dataclass(frozen=True)
class _Standing:
    """What of a ranking is the same whoever is chosen: `order`, the rows with a value, worst first; what each row's figure
    prints: who of those that print alike is drawn says nothing; the median, None for categories.
    """

    order: Sequence[int]
    prints: Sequence[str]
    lows: Sequence[Any]
    highs: Sequence[Any]
    middle: float | None


@dataclass(frozen=True)
class _Ladder:
    """The rows of a ranking: `kept`, those drawn, None where some are left out.

    `spots`: where each row's dot stands; `sure`: the drawn rows with an interval; `least` to `most`: what the drawing
    spans.
    """

    rows: Rows
    standing: _Standing
    kept: Sequence[int | None]
    spots: Sequence[Any]
    sure: Sequence[int]
    least: float
    most: float

    @property
    def drawn(self) -> list[tuple[int, int]]:
        """Place from the top and row of each dot."""
        return [(place, row) for place, row in enumerate(self.kept) if row is not None]

    @property
    def small(self) -> bool:
        """Whether rows stand close."""
        return len(self.kept) > ROOMY

    def chosen(self, row: int | None) -> bool:
        """Whether the row is one of the selected municipalities."""
        return row is not None and self.rows.codes[row] in self.rows.chosen


# Rows on either side of a selected one.
NEIGHBOURS = 2


def ranking(
    frame: pd.DataFrame,
    indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    first: int | None = 12,
    last: int = 0,
) -> Chart:
    """A ranking in dots, worst first, with a line to the median of the frame.

    `frame`: municipality_code, name, value, flag, period (or year); low and high (an interval) may be given.
    `first`: rows from the worst (None: all); the selected ones come with their neighbours, then the `last`
    best.
    """
    palette = PALETTES[theme]
    ladder = _ladder(frame, rows_of(frame, indicator, selected), first, last)
    texts = [frames.plain_value(ladder.rows.values[row], indicator) for _, row in ladder.drawn]
    # The figures stand in a column of their own, between names and dots: beside the dots they lie on the intervals,
    # and on the names where a drawing is narrow.
    # Their last spaces keep them clear of a dot at the very edge.
    texts = [f"{text}{NBSP * 4}" for text in texts]
    figures_width = max(map(text_width, texts), default=0) + 8
    data = _ladder_bars(ladder, palette)
    if ladder.drawn:
        data += [_figures(ladder, texts, palette), _ladder_dots(ladder, palette)]
    layout = _ladder_layout(ladder, figures_width, palette)
    note = ""
    middle = ladder.standing.middle
    if middle is not None and ladder.drawn:
        note = f"mediana dos municípios {words.with_unit(middle, indicator, short=True)}"
        _mark_middle(layout, ladder, middle, note, palette)
    figure = {"data": data, "layout": layout}
    sentence = _ladder_sentence(frame, ladder.rows, note)
    rows, order = ladder.rows, ladder.standing.order
    # Those without a value or with one that cannot be stand at the end.
    every = list(dict.fromkeys((*order, *range(len(rows.values)))))
    places = rows.places if indicator.kind == "number" else ()
    return Chart(figure, sentence, rows.table, theme, rows.decimals, ranked=(every, places))


def _ladder(frame: pd.DataFrame, rows: Rows, first: int | None, last: int) -> _Ladder:
    """The rows to draw and where their dots stand."""
    indicator, values = rows.indicator, rows.values
    standing = of_frame(frame, ("standing", *known_by(indicator)), lambda: _standing(frame, rows))
    lows, highs, middle = standing.lows, standing.highs, standing.middle
    chosen = [row for row, code in enumerate(rows.codes) if code in rows.chosen]
    kept = kept_rows(standing.order, chosen, first, NEIGHBOURS, last, standing.prints)
    drawn = [row for row in kept if row is not None]
    numeric = indicator.kind == "number"
    # Better categories stand further right, as higher values do.
    spots: Sequence[Any] = values if numeric else [None if value is None else -value for value in values]
    sure = [row for row in drawn if lows[row] is not None and highs[row] is not None]
    everything: list[Any] = [spots[row] for row in drawn] + ([middle] if middle is not None else [])
    everything += [edge for row in sure for edge in (lows[row], highs[row])]
    least, most = min(everything, default=0.0), max(everything, default=1.0)
    return _Ladder(rows, standing, kept, spots, sure, least, most)


def _standing(frame: pd.DataFrame, rows: Rows) -> _Standing:
    indicator, values = rows.indicator, rows.values
    lows, highs = frames.column(frame, "low"), frames.column(frame, "high")
    order = sorted_rows(sentences.readable(rows.numbers, rows.flags), rows.names, indicator)
    prints = frames.plain_values(rows.numbers, indicator)
    numeric = indicator.kind == "number" and len(order) > 1
    middle = statistics.median(values[row] for row in order) if numeric else None
    return _Standing(order, prints, lows, highs, middle)


def _ladder_bars(ladder: _Ladder, palette: Palette) -> list[Figure]:
    """The intervals of the values, or where there are none the way from each dot to the median."""
    lows, highs, middle = ladder.standing.lows, ladder.standing.highs, ladder.standing.middle
    spots = ladder.spots
    if ladder.sure:
        bars = [(place, lows[row], highs[row]) for place, row in ladder.drawn if row in ladder.sure]
        colour, width = rgba(palette.data, 0.35), 4
    elif middle is not None and ladder.drawn:
        bars = [(place, spots[row], middle) for place, row in ladder.drawn]
        colour, width = palette.line, 2
    else:
        return []
    return [
        line_mark(
            [item for _, start, end in bars for item in (start, end, None)],
            [item for place, _, _ in bars for item in (place, place, None)],
            colour,
            width,
        )
    ]


def _with_interval(ladder: _Ladder, row: int) -> list[str]:
    """What the mark of a row says, its interval with it."""
    name, value, place = (line[row] for line in ladder.rows.hover)
    text = words.interval(ladder.standing.lows[row], ladder.standing.highs[row], ladder.rows.indicator)
    return [name, value, "<br>".join(filter(None, (place, text)))]


def _ladder_dots(ladder: _Ladder, palette: Palette) -> Figure:
    """A dot a row; a provisional value is a ring, a chosen one has a dark edge."""
    rows, drawn = ladder.rows, ladder.drawn
    dots = dot_marks(
        [ladder.spots[row] for _, row in drawn],
        [place for place, _ in drawn],
        [palette.surface if rows.flags[row] else palette.data for _, row in drawn],
        8 if ladder.small else 11,
        **told([_with_interval(ladder, row) for _, row in drawn]),
        cliponaxis=False,
    )
    dots["marker"]["line"] = {
        "width": [2.5 if ladder.chosen(row) else 1.5 for _, row in drawn],
        "color": [palette.text if ladder.chosen(row) else palette.data for _, row in drawn],
    }
    return dots


def _figures(ladder: _Ladder, texts: Sequence[str], palette: Palette) -> Figure:
    """The values in a column of their own, on axes of their own."""
    figures = dot_marks([0] * len(texts), [place for place, _ in ladder.drawn], "rgba(0,0,0,0)", 0)
    return figures | {
        "mode": "text",
        "text": [label_text(text) for text in texts],
        "textposition": "middle left",
        "textfont": {"size": 11.5 if ladder.small else TICK, "color": palette.text},
        "cliponaxis": False,
        "xaxis": "x2",
        "yaxis": "y2",
    }


def _ladder_labels(ladder: _Ladder) -> list[str]:
    """The name of each row, and dots where rows are left out."""
    names = ladder.rows.names
    told = left_out(ladder.standing.order, ladder.kept, ladder.standing.prints)
    return [
        label if row is None else frames.shorten(str(names[row]), 22)
        for row, label in zip(ladder.kept, told, strict=True)
    ]


def _ladder_layout(ladder: _Ladder, figures_width: float, palette: Palette) -> Figure:
    labels, bold = _ladder_labels(ladder), [ladder.chosen(row) for row in ladder.kept]
    step, size = (17, 11.5) if ladder.small else (28, SIZE)
    count = len(labels)
    left = labels_width(labels, bold, size) + (figures_width + 6)
    layout = base_layout(palette, step * max(count, 1) + 58, left=left, right=6, top=4, bottom=4)
    # Room for the dots at either end, also where the plot is 80 px wide.
    room = ((ladder.most - ladder.least) or abs(ladder.most) or 1.0) * 0.1
    layout["xaxis"] = axis(palette, ladder.least - room, ladder.most + room)
    layout["yaxis"] = row_axis(palette, labels, bold, TOP, size, ticklabelstandoff=round(figures_width))
    if ladder.drawn:
        # Places of their own for the figures: flush with the left edge of the plot at any width.
        layout["xaxis2"] = axis(palette, 0, 1, overlaying="x", anchor="y2")
        layout["yaxis2"] = axis(palette, count - 0.4, TOP, overlaying="y", anchor="x2")
        layout["xaxis2"]["domain"] = layout["yaxis2"]["domain"] = [0, 1]
    return layout


def _mark_middle(layout: Figure, ladder: _Ladder, middle: float, note: str, palette: Palette) -> None:
    """The line of the median with its word over it."""
    end = len(ladder.kept) - 0.4
    layer = "below" if ladder.sure else "above"
    layout["shapes"].append(upright(middle, -0.6, end, palette.target, 1.5, "dash", layer))
    low, high = layout["xaxis"]["range"]
    # The label runs away from the nearer end, where even a drawing of 260 px has room for it on that side; to the left
    # it has the names' column too.
    names = layout["margin"]["l"]
    plot, share = max(254 - names, 60), (middle - low) / (high - low)
    left, right = names + share * plot, (1 - share) * plot
    late = middle > (ladder.least + ladder.most) / 2
    side = "right" if late else "left"
    if (left if late else right) < (wide := text_width(note, TICK)):
        # Over its line there is room where neither side has it.
        side = "center" if max(left, right) < wide else "right" if left > right else "left"
    layout["annotations"].append(
        text_note(
            middle,
            -1.0,
            label_text(note),
            palette.target,
            xanchor=side,
            xshift={"right": 4, "left": -4, "center": 0}[side],
        )
    )


def _ladder_sentence(frame: pd.DataFrame, rows: Rows, note: str) -> str:
    parts = of_frame(
        frame,
        ("ranking", note, *known_by(rows.indicator)),
        lambda: sentences.ranking_parts(
            rows.indicator, rows.when(), rows.names, rows.numbers, note, rows.flags
        ),
    )
    focus = rows.focus()
    return sentences.ranking_sentence(
        parts, *() if focus is None else (rows.names[focus], rows.places[focus])
    )


# Columns of dots while none is higher than so many; else bars.
BINS, HIGHEST, BARS = 42, 22, 20


@dataclass(frozen=True)
class _Spread:
    """Values in columns: the column of each row and its place in it from the ground; `order`, lowest first.

    `least` and `most`: the ends; `middle`: the median; `width`: of a column; `heights`: dots by column.
    """

    rows: Rows
    order: Sequence[int]
    least: float
    most: float
    span: float
    width: float
    columns: dict[int, int]
    levels: dict[int, int]
    heights: dict[int, int]
    middle: float

    @property
    def dots(self) -> bool:
        """Whether columns of dots hold them all."""
        return max(self.heights.values()) <= HIGHEST

    def marked(self) -> list[int]:
        """The rows of the chosen municipalities."""
        return [row for row in self.order if self.rows.codes[row] in self.rows.chosen]


def _spread(rows: Rows) -> _Spread:
    values, order = rows.values, rising(sentences.readable(rows.numbers, rows.flags), rows.names)
    least, most = (values[order[0]], values[order[-1]]) if order else (0.0, 0.0)
    span = (most - least) or abs(most) or 1.0
    width = span / (BINS - 1)
    columns = {row: round((values[row] - least) / width) for row in order}
    heights: dict[int, int] = {}
    levels: dict[int, int] = {}
    for row in order:
        levels[row] = heights.get(columns[row], 0)
        heights[columns[row]] = levels[row] + 1
    middle = statistics.median(values[row] for row in order) if order else 0.0
    return _Spread(rows, order, least, most, span, width, columns, levels, heights, middle)


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
    rows = rows_of(frame, indicator, selected)
    table, decimals = rows.table, rows.decimals
    row = rows.focus()
    focus = None if row is None else str(rows.names[row])
    sentence = sentences.distribution_sentence(
        indicator, rows.when(), rows.names, rows.numbers, focus, rows.flags
    )
    layout = base_layout(palette, 200, left=8, right=8, top=26, bottom=26)
    if np.isnan(sentences.readable(rows.numbers, rows.flags)).all():
        return Chart(blank(palette, layout, words.MISSING), sentence, table, theme, decimals)
    if indicator.kind == "category":
        return Chart(_category_bars(rows, palette), sentence, table, theme)
    own = known_by(indicator)
    spread = replace(of_frame(frame, ("spread", *own), lambda: _spread(rows)), rows=rows)
    if spread.dots:
        tallest = max(spread.heights.values())
        data = _columns_of_dots(spread, palette)
        top = max(tallest, 6) + (2 if spread.marked() else 0)
        layout["height"] = 26 + 26 + max(top * 8.2, 80) + 22
    else:
        bars, top = of_frame(frame, ("bars", theme, *own), lambda: _bars(spread, palette))
        data, tallest = [bars], top
    _spread_axes(layout, spread, top, palette)
    _mark_median(layout, spread, top, palette)
    marked = spread.marked()
    if len(rows.chosen) <= 3:
        for row in marked:
            _label_chosen(layout, spread, row, tallest, palette)
    return Chart({"data": data, "layout": layout}, sentence, table, theme, decimals)


def _columns_of_dots(spread: _Spread, palette: Palette) -> list[Figure]:
    """A dot a municipality, the chosen ones darker and larger."""
    marked = spread.marked()
    plain = [row for row in spread.order if row not in marked]
    return [
        dot_marks(
            seven_digits(spread.least + spread.columns[row] * spread.width for row in group),
            [spread.levels[row] for row in group],
            colour,
            size,
            **told_in(spread.rows.said(group)),
            cliponaxis=False,
        )
        for group, colour, size in ((plain, rgba(palette.data, 0.62), 7), (marked, palette.text, 9))
        if group
    ]


def _bars(spread: _Spread, palette: Palette) -> tuple[Figure, int]:
    """How many municipalities each twentieth of the range has, as bars; and the highest count."""
    indicator = spread.rows.indicator
    width = spread.span / BINS * BINS / BARS
    counts = [0] * BARS
    for row in spread.order:
        counts[min(int((spread.rows.values[row] - spread.least) / width), BARS - 1)] += 1
    edges = [spread.least + place * width for place in range(BARS)]
    said = [
        [
            words.counted(count, "município", "municípios"),
            f"{words.with_unit(edge, indicator, short=True)} a "
            f"{words.with_unit(edge + width, indicator, short=True)}",
            "",
        ]
        for edge, count in zip(edges, counts, strict=True)
    ]
    bars = {
        "type": "bar",
        "x": [edge + width / 2 for edge in edges],
        "y": counts,
        "width": [width * 0.92] * BARS,
        "marker": {"color": palette.data},
        **told(said),
        "showlegend": False,
    }
    return bars, max(counts)


def _spread_axes(layout: Figure, spread: _Spread, top: int, palette: Palette) -> None:
    """The axes of a spread, and the ground on which its dots or bars stand."""
    start, end = spread.least - spread.span * 0.04, spread.most + spread.span * 0.04
    ground = -0.8 if spread.dots else 0
    indicator = spread.rows.indicator
    steps = frames.round_steps(spread.least, spread.most, 3, whole=not indicator.decimals)
    texts = frames.tick_texts(steps, indicator)
    if spread.least == spread.most:
        # Of a single value the tick is that value, as everywhere.
        steps, texts = [spread.least], [words.with_unit(spread.least, indicator, short=True)]
    layout["xaxis"] = axis(palette, start, end, tickvals=steps, ticktext=texts)
    layout["yaxis"] = axis(palette, ground, top * 1.16 + 0.5)
    layout["shapes"].append(
        {
            "type": "line",
            "x0": start,
            "x1": end,
            "y0": ground,
            "y1": ground,
            "line": {"color": palette.line, "width": 1},
            "layer": "below",
        }
    )


def _mark_median(layout: Figure, spread: _Spread, top: int, palette: Palette) -> None:
    """The line of the median with its word over the drawing."""
    middle = spread.middle
    ground = layout["yaxis"]["range"][0]
    layout["shapes"].append(upright(middle, ground, top * 1.1 + 0.5, palette.target, 1.5, "dash", "below"))
    layout["annotations"].append(
        text_note(
            middle,
            1,
            f"mediana dos municípios {label_text(words.with_unit(middle, spread.rows.indicator, short=True))}",
            palette.target,
            yref="paper",
            yanchor="bottom",
            xanchor="left" if middle < (spread.least + spread.most) / 2 else "right",
            yshift=2,
        )
    )


def _label_chosen(layout: Figure, spread: _Spread, row: int, tallest: int, palette: Palette) -> None:
    """Name and value of a chosen municipality over its dot, with a line down to it where others stand between."""
    rows, column = spread.rows, spread.columns[row]
    name, value = rows.names[row], rows.values[row]
    shown = words.with_unit(value, rows.indicator, short=True)
    right = value < (spread.least + spread.most) / 2
    # The label stands over the highest of the columns it covers (8 px each on a phone).
    reach = math.ceil(text_width(f"{name} {shown}", TICK, True) / 8)
    covered = range(column, column + reach) if right else range(column - reach, column + 1)
    over = max((spread.heights.get(place, 0) for place in covered), default=0) if spread.dots else tallest
    x = spread.least + column * spread.width if spread.dots else value
    layout["annotations"].append(
        text_note(
            x,
            over,
            f"<b>{label_text(name)}</b> {label_text(shown)}",
            palette.text,
            xanchor="left" if right else "right",
            xshift=-5 if right else 5,
            yanchor="bottom",
            yshift=-2,
            # Over the dashes of the median, which would strike it through.
            bgcolor=palette.surface,
        )
    )
    if not spread.dots:
        layout["shapes"].append(upright(x, 0, over - 0.2, palette.text, 1, "solid", "above"))
    elif over > spread.levels[row] + 1:
        start = spread.levels[row] + 0.7
        layout["shapes"].append(upright(x, start, over - 0.2, palette.text, 1, "solid", "below"))


def _category_bars(rows: Rows, palette: Palette) -> Figure:
    """How many municipalities stand in each category, best first."""
    categories = rows.indicator.categories
    count = len(categories)
    held = [[row for row, value in enumerate(rows.values) if value == place + 1] for place in range(count)]
    sizes = [len(group) for group in held]
    left = max(text_width(name) for name in categories) + 12
    layout = base_layout(palette, 28 * count + 16, left=left, right=8)
    layout["xaxis"] = axis(palette, 0, max([*sizes, 1]) * 1.7)
    layout["yaxis"] = axis(
        palette,
        count - 0.5,
        -0.5,
        tickvals=list(range(count)),
        ticktext=[f"{label_text(name)}{NBSP}{NBSP}" for name in categories],
        tickfont={"size": SIZE, "color": palette.text},
    )
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": sizes,
        "y": list(range(count)),
        "width": [0.62] * count,
        "marker": {"color": [palette.data] * count},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    for place, group in enumerate(held):
        here = [str(rows.names[row]) for row in group if rows.codes[row] in rows.chosen]
        text = f"{NBSP}{words.number(len(group))}"
        text += f" · <b>{label_text(words.listed(here))}</b>" if here else ""
        layout["annotations"].append(
            text_note(len(group), place, text, palette.text, xanchor="left", xshift=4)
        )
    return {"data": [bars], "layout": layout}
