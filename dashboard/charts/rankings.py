"""Rankings and spreads: who stands where, and how values are distributed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts import frames
from dashboard.charts.figure import (
    NBSP,
    SIZE,
    TICK,
    Chart,
    Figure,
    axis,
    base_layout,
    dot_marks,
    figures_table,
    hover_lines,
    kept_rows,
    label_text,
    line_mark,
    positions,
    seven_digits,
    sorted_rows,
    text_note,
    told,
)
from dashboard.charts.palettes import PALETTES, Theme, rgba, text_width
from pipelines.declarations import Indicator


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
    places = positions(frame, values, indicator)
    hover = hover_lines(frame, values, flags, periods, places, indicator)
    for row, (low, high) in enumerate(zip(lows, highs, strict=True)):
        text = words.interval(low, high, indicator)
        if text:
            hover[row][2] = "<br>".join(filter(None, (hover[row][2], text)))
    chosen = set(frames.selection(selected))
    order = sorted_rows(values, names, indicator)
    rows = kept_rows(order, [row for row in order if codes[row] in chosen], first, around, last)
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
            line_mark(
                [item for _, row in bars for item in (lows[row], highs[row], None)],
                [item for place, _ in bars for item in (place, place, None)],
                rgba(palette.data, 0.35),
                4,
            )
        )
    elif spot is not None and drawn:
        data.append(
            line_mark(
                [item for _, row in drawn for item in (spots[row], spot, None)],
                [item for place, _ in drawn for item in (place, place, None)],
                palette.line,
                2,
            )
        )
    if drawn:
        dots = dot_marks(
            [spots[row] for _, row in drawn],
            [place for place, _ in drawn],
            [palette.surface if flags[row] else palette.data for _, row in drawn],
            8 if small else 11,
            **told([hover[row] for _, row in drawn]),
            cliponaxis=False,
        )
        dots["marker"]["line"] = {
            "width": [2.5 if codes[row] in chosen else 1.5 for _, row in drawn],
            "color": [palette.text if codes[row] in chosen else palette.data for _, row in drawn],
        }
        figures = dot_marks([0] * len(drawn), [place for place, _ in drawn], "rgba(0,0,0,0)", 0)
        figures |= {
            "mode": "text",
            "text": [label_text(text) for text in texts],
            "textposition": "middle left",
            "textfont": {"size": 11.5 if small else TICK, "color": palette.text},
            "cliponaxis": False,
            "xaxis": "x2",
            "yaxis": "y2",
        }
        data += [figures, dots]
    layout = base_layout(palette, step * max(len(rows), 1) + 58, left=left, right=6, top=4, bottom=4)
    # Room for the dots at either end, also where the plot is 80 px wide.
    room = span * 0.1
    low, high = least - room, most + room
    layout["xaxis"] = axis(palette, low, high)
    layout["yaxis"] = axis(
        palette,
        len(rows) - 0.4,
        -1.4,
        tickvals=list(range(len(rows))),
        ticktext=[
            f"<b>{label_text(label)}</b>" if strong else label_text(label)
            for label, strong in zip(labels, bold, strict=True)
        ],
        tickfont={"size": size, "color": palette.text},
        ticklabelstandoff=round(figures_width),
    )
    if drawn:
        # Places of their own for the figures: flush with the left edge of the plot at any width.
        layout["xaxis2"] = axis(palette, 0, 1, overlaying="x", anchor="y2")
        layout["yaxis2"] = axis(palette, len(rows) - 0.4, -1.4, overlaying="y", anchor="x2")
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
            text_note(
                spot,
                -1.0,
                label_text(note),
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
    table, decimals = figures_table(frame, indicator, values, flags, periods)
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
    places = positions(frame, values, indicator)
    hover = hover_lines(frame, values, flags, periods, places, indicator)
    chosen = set(frames.selection(selected))
    order = sorted(
        (row for row, value in enumerate(values) if value is not None),
        key=lambda row: (values[row], words.collated(str(names[row]))),
    )
    table, decimals = figures_table(frame, indicator, values, flags, periods)
    focus = next((str(names[row]) for row in range(len(codes)) if codes[row] in chosen), None)
    sentence = words.distribution_sentence(
        indicator, frames.common_period(periods), names, values, focus, flags
    )
    layout = base_layout(palette, 200, left=8, right=8, top=26, bottom=26)
    layout["xaxis"] = axis(palette, 0, 1)
    layout["yaxis"] = axis(palette, 0, 1)
    if not order:
        layout["annotations"].append(text_note(0.5, 0.5, words.MISSING, palette.muted))
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
            dot_marks(
                seven_digits(least + round((values[row] - least) / width) * width for row in group),
                [level[row] for row in group],
                colour,
                size,
                **told([hover[row] for row in group]),
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
                **told(
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
    layout["xaxis"] = axis(
        palette,
        least - span * 0.04,
        most + span * 0.04,
        tickvals=steps,
        ticktext=frames.tick_texts(steps, indicator),
    )
    layout["yaxis"] = axis(palette, -0.8 if dots else 0, top * 1.16 + 0.5)
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
        text_note(
            middle,
            1,
            f"mediana {label_text(words.with_unit(middle, indicator, short=True))}",
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
                text_note(
                    x,
                    over,
                    f"<b>{label_text(names[row])}</b> "
                    + label_text(words.with_unit(values[row], indicator, short=True)),
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
            f"{NBSP}{words.number(size)}" + (f" · <b>{label_text(words.listed(here))}</b>" if here else "")
        )
    left = max(text_width(name) for name in indicator.categories) + 12
    layout = base_layout(palette, 28 * count + 16, left=left, right=8)
    layout["xaxis"] = axis(palette, 0, max([*sizes, 1]) * 1.7)
    layout["yaxis"] = axis(
        palette,
        count - 0.5,
        -0.5,
        tickvals=list(range(count)),
        ticktext=[f"{label_text(name)}{NBSP}{NBSP}" for name in indicator.categories],
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
        layout["annotations"].append(
            text_note(sizes[place], place, text, palette.text, xanchor="left", xshift=4)
        )
    return Chart({"data": [bars], "layout": layout}, sentence, table)
