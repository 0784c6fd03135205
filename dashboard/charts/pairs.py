"""Two values beside each other: distances to targets, and two indicators of each municipality."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    kept_rows,
    label_text,
    line_mark,
    text_note,
    told,
    value_head,
)
from dashboard.charts.palettes import MARKS, PALETTES, Theme, rgba, text_width
from pipelines.declarations import Indicator
from pipelines.verdicts import STATUS_LABELS


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
    rows = kept_rows(order, [row for row in order if codes[row] in chosen], first, 1, 0)
    drawn = [(place, row) for place, row in enumerate(rows) if row is not None]
    table = pd.DataFrame(
        {
            "Código IBGE": codes,
            "Município": names,
            "Período": periods,
            value_head(indicator): values,
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
    decimals = dict.fromkeys((value_head(indicator), "Meta", "Distância até a meta"), indicator.decimals)
    sentence = _dumbbell_sentence(
        indicator, frames.common_period(periods), names, values, targets, order, gap, len(codes)
    )
    if not drawn:
        layout = base_layout(palette, 80)
        layout["xaxis"], layout["yaxis"] = axis(palette, 0, 1), axis(palette, 0, 1)
        layout["annotations"].append(text_note(0.5, 0.5, "nenhum município com dado e meta", palette.muted))
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
        line_mark(
            [item for _, row in drawn for item in (values[row], targets[row], None)],
            [item for place, _ in drawn for item in (place, place, None)],
            palette.line,
            3,
        )
    ]
    ends = dot_marks(
        [targets[row] for _, row in drawn],
        [place for place, _ in drawn],
        palette.target,
        10,
        **told(
            [
                [
                    label_text(names[row]),
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
    starts = dot_marks(
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
        **told(
            [
                [
                    label_text(names[row]),
                    f"{label_text(words.with_unit(values[row], indicator))} em {periods[row]}",
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
    layout = base_layout(palette, step * len(rows) + 50, left=left, right=6, top=4, bottom=4)
    layout["xaxis"] = axis(palette, least - room * scale, most + beyond * scale)
    layout["yaxis"] = axis(
        palette,
        len(rows) - 0.4,
        -1.25,
        tickvals=list(range(len(rows))),
        ticktext=[
            f"<b>{label_text(label)}</b>" if strong else label_text(label)
            for label, strong in zip(labels, bold, strict=True)
        ],
        tickfont={"size": SIZE, "color": palette.text},
    )
    # The gap's figure needs room over its line: 44 px at the scale of a phone.
    layout["annotations"] = [
        text_note(
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
        text_note(
            values[top],
            -0.85,
            label_text(frames.common_period(periods)),
            palette.muted,
            xanchor="right" if not ahead[0] else "left",
        )
    )
    aim = f"meta {words.with_unit(targets[top], indicator, short=True, trim=True)}" if shared else "meta"
    flush = most - targets[top] < span * 0.2
    layout["annotations"].append(
        text_note(
            targets[top],
            -0.85,
            label_text(aim),
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
            value_head(x_indicator): xs,
            (
                value_head(y_indicator)
                if value_head(y_indicator) != value_head(x_indicator)
                else f"{value_head(y_indicator)} (y)"
            ): ys,
        }
    )
    decimals = {value_head(x_indicator): x_indicator.decimals, value_head(y_indicator): y_indicator.decimals}
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
    layout = base_layout(palette, 420, bottom=46, top=30, right=12)
    if not held:
        layout["xaxis"], layout["yaxis"] = axis(palette, 0, 1), axis(palette, 0, 1)
        layout["annotations"].append(text_note(0.5, 0.5, words.MISSING, palette.muted))
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
            points = dot_marks(
                [xs[row] for row in group],
                [ys[row] for row in group],
                rgba(colour, 0.72),
                [size(row) for row in group],
                name=label_text(kind) if kind is not None else "",
                showlegend=kind is not None and not marked,
                cliponaxis=False,
                **told(
                    [
                        [
                            label_text(names[row]),
                            label_text(
                                f"{x_indicator.short}: {words.with_unit(xs[row], x_indicator, short=True)}"
                            ),
                            label_text(
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
    layout["xaxis"] = axis(
        palette,
        x_low,
        x_high,
        tickvals=x_steps,
        ticktext=frames.tick_texts(x_steps, x_indicator),
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    layout["yaxis"] = axis(
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
        text_note(
            0,
            1,
            f"↑ {label_text(y_indicator.short)}",
            palette.muted,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="bottom",
            yshift=8,
        ),
        text_note(
            1,
            0,
            f"{label_text(x_indicator.short)} →",
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
                text_note(
                    xs[row],
                    ys[row],
                    f"<b>{label_text(names[row])}</b>",
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
