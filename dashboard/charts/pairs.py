"""Two values beside each other: distances to targets, and two indicators of each municipality."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard import words
from dashboard.charts import frames
from dashboard.charts.fields import MOST_POINTS, head, joined, mean, sizes, spread
from dashboard.charts.figure import (
    NBSP,
    TICK,
    Chart,
    Figure,
    axis,
    base_layout,
    below_legend,
    blank,
    dot_marks,
    kept_rows,
    known_by,
    label_text,
    labels_width,
    left_out,
    line_mark,
    of_frame,
    row_axis,
    seven_digits,
    text_note,
    told,
    value_head,
)
from dashboard.charts.markup import doubted
from dashboard.charts.palettes import MARKS, PALETTES, Palette, Theme, fill, rgba, text_width
from pipelines.declarations import Indicator
from pipelines.verdicts import none_of, only_demand


@dataclass(frozen=True)
class _Ways:
    """Values and targets of municipalities, one a row, None where missing; `order`: rows with both, furthest first."""

    indicator: Indicator
    codes: Sequence[str]
    names: Sequence[str]
    periods: Sequence[str]
    values: Sequence[Any]
    targets: Sequence[Any]
    years: Sequence[Any]
    statuses: Sequence[Any]
    demands: Sequence[Any]
    sures: Sequence[str]
    order: Sequence[int]

    def gap(self, row: int) -> float:
        """What is missing to the target, in the indicator's unit; below zero beyond it."""
        return _gap(self.values[row], self.targets[row], self.indicator)

    @property
    def shared(self) -> str | None:
        """What all limits ask."""
        return only_demand(self.statuses, self.demands)

    def kept(self, row: int) -> bool:
        """Whether the published value is where its target asks; a bound that is not included is not kept on it."""
        status = self.statuses[row]
        if status is None or self.demands[row] not in _KEPT:
            return self.gap(row) <= 0
        return status in ("within", "alert", "prudential", "achieved")

    def word(self, row: int) -> str:
        """The status of a row in words, with how sure it is; empty without one."""
        if not self.statuses[row]:
            return ""
        return doubted(self.statuses[row], self.sures[row], self.demands[row])

    def ahead(self, row: int) -> bool:
        """Whether the value stands to the right of the target."""
        return bool(self.values[row] > self.targets[row])


def _gap(value: float, target: float, indicator: Indicator) -> float:
    sign = -1 if indicator.better == "lower" else 1
    return float(sign * (target - value))


def _ways(frame: pd.DataFrame, indicator: Indicator) -> _Ways:
    names, codes = frames.column(frame, "name"), frames.column(frame, "municipality_code")
    values, targets = frames.column(frame, "value"), frames.column(frame, "target_value")
    held = [row for row in range(len(codes)) if values[row] is not None and targets[row] is not None]

    def place(row: int) -> tuple[float, Any]:
        return -_gap(values[row], targets[row], indicator), words.collated(str(names[row]))

    return _Ways(
        indicator,
        codes,
        names,
        frames.periods(frame, indicator),
        values,
        targets,
        frames.column(frame, "target_year"),
        frames.column(frame, "status"),
        frames.column(frame, "demand"),
        frames.column(frame, "sureness") if "sureness" in frame else ["firm"] * len(codes),
        sorted(held, key=place),
    )


@dataclass(frozen=True)
class _Span:
    """What a drawing of ways spans: `least` to `most`, with room for labels at both ends, in pixels.

    `scale`: a pixel in values, on a phone; `shared`: whether all have one target.
    """

    least: float
    most: float
    room: float
    beyond: float
    scale: float
    shared: bool


# Pixels of a phone across which a drawing goes.
_PHONE = 340


def _span(ways: _Ways, drawn: Sequence[int], width: float) -> _Span:
    """`width`: the pixels that names leave to the drawing of some rows, on a phone."""
    indicator = ways.indicator
    shared = len({ways.targets[row] for row in drawn}) == 1 and len({ways.years[row] for row in drawn}) == 1
    everything = [item for row in drawn for item in (ways.values[row], ways.targets[row])]
    least, most = min(everything), max(everything)
    room = max(text_width(words.amount(ways.values[row], indicator)) for row in drawn) + 24
    if not shared:
        beyond = max(text_width(words.trimmed(ways.targets[row], indicator.decimals)) for row in drawn) + 18
    else:
        beyond = room if any(ways.ahead(row) for row in drawn) else 14
    scale = ((most - least) or abs(most) or 1.0) / max(width - room - beyond, 60)
    return _Span(least, most, room, beyond, scale, shared)


def dumbbell(
    frame: pd.DataFrame,
    indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
    first: int | None = 14,
) -> Chart:
    """The way from the value to the target, furthest first.

    `frame`: municipality_code, name, value, target_value, target_year, period (or year), status (id); `demand` (as `Target.demand`) may be given.
    Rows without a value or a target are left out of the drawing and stay in the table.
    """
    palette = PALETTES[theme]
    ways, prints, table, sentence = of_frame(
        frame, ("ways", *known_by(indicator)), lambda: _read_ways(frame, indicator)
    )
    chosen = set(frames.selection(selected))
    rows = kept_rows(
        ways.order, [row for row in ways.order if ways.codes[row] in chosen], first, 1, 0, prints
    )
    drawn = [(place, row) for place, row in enumerate(rows) if row is not None]
    decimals = dict.fromkeys((value_head(indicator), "Meta", "Distância até a meta"), indicator.decimals)
    if not drawn:
        figure = blank(palette, base_layout(palette, 80), "nenhum município com dado e meta")
        return Chart(figure, sentence, table, theme, decimals)
    labels = [
        label if row is None else frames.shorten(str(ways.names[row]))
        for row, label in zip(rows, left_out(ways.order, rows, prints), strict=True)
    ]
    bold = [row is not None and ways.codes[row] in chosen for row in rows]
    left, right = labels_width(labels, bold) + 10, 6
    span = _span(ways, [row for _, row in drawn], _PHONE - left - right)
    data = [
        line_mark(
            [item for _, row in drawn for item in (ways.values[row], ways.targets[row], None)],
            [item for place, _ in drawn for item in (place, place, None)],
            palette.line,
            3,
        ),
        _aims(ways, drawn, span.shared, palette),
        _starts(ways, drawn, theme),
    ]
    step = 30 if len(rows) <= 40 else 20
    layout = base_layout(palette, step * len(rows) + 50, left=left, right=right, top=4, bottom=4)
    layout["xaxis"] = axis(palette, span.least - span.room * span.scale, span.most + span.beyond * span.scale)
    layout["yaxis"] = row_axis(palette, labels, bold, -1.25)
    layout["annotations"] = _dumbbell_notes(ways, drawn, span, palette)
    return Chart({"data": data, "layout": layout}, sentence, table, theme, decimals)


def _read_ways(frame: pd.DataFrame, indicator: Indicator) -> tuple[_Ways, list[str], pd.DataFrame, str]:
    """What of a drawing of ways is the same whoever is chosen: the ways, each distance in words, the table and the
    sentence.
    """
    ways = _ways(frame, indicator)
    away = words.numbers(ways.values) - words.numbers(ways.targets)
    prints = [
        "" if np.isnan(distance) else text
        for distance, text in zip(away, words.amounts(away, indicator), strict=True)
    ]
    return ways, prints, _dumbbell_table(ways), _dumbbell_sentence(ways)


def _dumbbell_table(ways: _Ways) -> pd.DataFrame:
    """The figures in the order of the drawing, those without value or target at the end."""
    count, held = len(ways.codes), set(ways.order)
    # Thousands of rows have few statuses.
    statuses = list(zip(ways.statuses, ways.sures, ways.demands, strict=True))
    said = {kind: doubted(*kind) if kind[0] else "" for kind in {*statuses}}
    table = pd.DataFrame(
        {
            "Código IBGE": ways.codes,
            "Município": ways.names,
            "Período": ways.periods,
            value_head(ways.indicator): ways.values,
            "Meta": ways.targets,
            "Ano da meta": [None if year is None else str(int(year)) for year in ways.years],
            "Distância até a meta": [
                max(ways.gap(row), 0.0) if row in held else None for row in range(count)
            ],
            "Situação": [said[kind] for kind in statuses],
        }
    )
    rest = [row for row in range(count) if row not in held]
    return table.iloc[[*ways.order, *rest]].reset_index(drop=True)


def _aims(ways: _Ways, drawn: Sequence[tuple[int, int]], shared: bool, palette: Palette) -> Figure:
    """A diamond at each target, with its figure where the targets differ."""
    indicator = ways.indicator
    said = []
    for _, row in drawn:
        text = words.with_unit(ways.targets[row], indicator, trim=True)
        year = ways.years[row]
        said.append([label_text(ways.names[row]), text if year is None else f"{text} em {int(year)}", "meta"])
    ends = dot_marks(
        [ways.targets[row] for _, row in drawn],
        [place for place, _ in drawn],
        palette.target,
        10,
        **told(said),
    )
    ends["marker"]["symbol"] = "diamond"
    if not shared:
        texts = [(words.trimmed(ways.targets[row], indicator.decimals), ways.ahead(row)) for _, row in drawn]
        ends |= {
            "mode": "markers+text",
            "text": [f"{NBSP}{NBSP}{text}" if not ahead else f"{text}{NBSP}{NBSP}" for text, ahead in texts],
            "textposition": ["middle right" if not ahead else "middle left" for _, ahead in texts],
            "textfont": {"size": TICK, "color": palette.target},
        }
    return ends


def _starts(ways: _Ways, drawn: Sequence[tuple[int, int]], theme: Theme) -> Figure:
    """Each value with the mark of its target's status and its figure."""
    palette, indicator = PALETTES[theme], ways.indicator
    marks = [MARKS[ways.statuses[row]] if ways.statuses[row] else None for _, row in drawn]
    texts = [
        (words.amount(ways.values[row], indicator, ways.targets[row]), ways.ahead(row)) for _, row in drawn
    ]
    gap = NBSP * 3
    said = [
        [
            label_text(ways.names[row]),
            f"{label_text(words.with_unit(ways.values[row], indicator))} em {ways.periods[row]}",
            ways.word(row),
        ]
        for _, row in drawn
    ]
    starts = dot_marks(
        [ways.values[row] for _, row in drawn],
        [place for place, _ in drawn],
        [
            fill(ways.statuses[row], ways.sures[row], theme) if ways.statuses[row] else palette.data
            for _, row in drawn
        ],
        13,
        mode="markers+text",
        text=[f"{gap}{text}" if ahead else f"{text}{gap}" for text, ahead in texts],
        textposition=["middle right" if ahead else "middle left" for _, ahead in texts],
        textfont={"size": TICK, "color": palette.text},
        **told(said),
    )
    starts["marker"] |= {
        "symbol": [mark.symbol if mark else "circle" for mark in marks],
        "line": {"width": 1, "color": [mark.ink[theme] if mark else palette.data for mark in marks]},
    }
    return starts


def _dumbbell_notes(
    ways: _Ways, drawn: Sequence[tuple[int, int]], span: _Span, palette: Palette
) -> list[Figure]:
    """The distances over their lines, and over the first row what its ends are."""
    indicator, values, targets = ways.indicator, ways.values, ways.targets
    # The gap's figure needs room over its line: 44 px at the scale of a phone.
    notes = [
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
        if abs(targets[row] - values[row]) / span.scale > 44
    ]
    top = drawn[0][1]
    period = label_text(_common_period(ways))
    # To the right of the last value there is room for its own figure, and seldom for a longer word.
    long = ways.ahead(top) and text_width(period, TICK) > span.beyond
    notes.append(
        text_note(
            values[top],
            -0.85,
            period,
            palette.muted,
            xanchor="left" if ways.ahead(top) and not long else "right",
            xshift=span.beyond - 4 if long else 0,
        )
    )
    aim = words.with_unit(targets[top], indicator, short=True, trim=True)
    flush = span.most - targets[top] < ((span.most - span.least) or abs(span.most) or 1.0) * 0.2
    notes.append(
        text_note(
            targets[top],
            -0.85,
            label_text(f"meta {aim}" if span.shared else "meta"),
            palette.target,
            xanchor="right" if flush else "center",
            xshift=8 if flush else 0,
        )
    )
    return notes


# What a value does that is where its target asks, of one and of several, by the operator of a limit.
_KEPT: Mapping[str, tuple[str, str]] = {
    ">=": ("alcançou o mínimo", "alcançaram o mínimo"),
    ">": ("alcançou o mínimo", "alcançaram o mínimo"),
    "<=": ("respeitou o máximo", "respeitaram o máximo"),
    "<": ("respeitou o máximo", "respeitaram o máximo"),
    "=": ("está como exigido", "estão como exigido"),
}
_REACHED = ("alcançou a meta", "alcançaram a meta")


def _common_period(ways: _Ways) -> str:
    """The period of all values; of several, the deadline up to which they are the last where that is over."""
    ends = {year for year, status in zip(ways.years, ways.statuses, strict=True) if status == "missed"}
    if len(set(ways.periods)) > 1 and len(ends) == 1 and None not in ends:
        return f"último dado até {int(next(iter(ends)))}"
    return frames.common_period(ways.periods)


def _dumbbell_sentence(ways: _Ways) -> str:
    indicator, order = ways.indicator, ways.order
    head = f"{words.named(indicator)}, {_common_period(ways)}"
    if not order:
        return f"{head}: nenhum município com dado e meta."
    # A value that cannot be read, too old or beyond the possible, has neither reached nor missed anything.
    read = [row for row in order if ways.sures[row] != "unread"]
    unread = len(order) - len(read)
    if not read:
        return f"{head}: {words.counted(unread, 'município', 'municípios')} com dado, nenhum com leitura."
    reached = [row for row in read if ways.kept(row)]
    share = f"{words.number(len(reached))} de {words.counted(len(read), 'município', 'municípios')}"
    did = words.plural(len(reached), *_KEPT.get(ways.shared or "", _REACHED))
    text = f"{head}: {share}{' com leitura' if unread else ''} {did}{_doubts(ways, reached)}"
    worst = read[0]
    if ways.gap(worst) > 0:
        target = ways.targets[worst]
        value = words.with_unit(ways.values[worst], indicator, short=True, line=target)
        none = none_of(indicator.unit)
        aim = words.with_unit(target, indicator, short=True, trim=True) if target or none == "zero" else none
        text += f"; o mais distante{' com leitura' if unread else ''} é {ways.names[worst]}, com {value} para a meta de {aim}"
    absent = len(ways.codes) - len(order)
    text = f"{text}." + (f" {words.number(unread)} com dado, mas sem leitura." if unread else "")
    return text + (f" {words.number(absent)} sem dado ou sem meta." if absent else "")


def _doubts(ways: _Ways, reached: Sequence[int]) -> str:
    """Of those whose published value is where its target asks: how many in alert, and of how many nothing is sure."""
    alert = sum(ways.statuses[row] in ("alert", "prudential") for row in reached)
    unclear = sum(ways.sures[row] == "unclear" for row in reached)
    parts = [
        f"{words.number(alert)} em alerta" if alert else "",
        f"{words.number(unclear)} sem que se possa afirmar" if unclear else "",
    ]
    told = "; ".join(filter(None, parts))
    return f" ({told})" if told else ""


@dataclass(frozen=True)
class _Cloud:
    """Two indicators of municipalities, one a row, None where missing; `held`: the rows that have both.

    `people`: their inhabitants, and `most` of any; `chosen`: codes of the selected.
    """

    x_indicator: Indicator
    y_indicator: Indicator
    codes: Sequence[str]
    names: Sequence[str]
    xs: Sequence[Any]
    ys: Sequence[Any]
    groups: Sequence[Any]
    people: Sequence[Any]
    most: Any
    held: Sequence[int]
    chosen: set[str]

    def size(self, row: int) -> float:
        """The width of a row's mark in pixels."""
        count = self.people[row]
        if self.most is None or count is None:
            return 10.0
        return round(7 + 27 * math.sqrt(float(count) / float(self.most)), 1)


def _cloud(frame: pd.DataFrame, x_indicator: Indicator, y_indicator: Indicator, chosen: set[str]) -> _Cloud:
    codes, people = frames.column(frame, "municipality_code"), frames.column(frame, "population")
    xs, ys = frames.column(frame, "x"), frames.column(frame, "y")
    most = max((count for count in people if count is not None), default=None)
    held = [row for row in range(len(codes)) if xs[row] is not None and ys[row] is not None]
    names, groups = frames.column(frame, "name"), frames.column(frame, "group")
    return _Cloud(x_indicator, y_indicator, codes, names, xs, ys, groups, people, most, held, chosen)


def scatter(
    frame: pd.DataFrame,
    x_indicator: Indicator,
    y_indicator: Indicator,
    selected: str | Sequence[str] | None = None,
    theme: Theme = "light",
) -> Chart:
    """Two indicators against each other; labels for the selected municipalities.

    More than `MOST_POINTS` of them would lie on each other: then a circle stands for those of neighbouring values, its
    area says how many they are, and no group is told by colour.

    `frame`: municipality_code, name, x, y; `group` (colour, e.g. region) and `population` (size) may be
    given.
    """
    palette = PALETTES[theme]
    own = known_by(x_indicator, y_indicator)
    cloud = of_frame(frame, ("cloud", *own), lambda: _cloud(frame, x_indicator, y_indicator, set()))
    cloud = replace(cloud, chosen=set(frames.selection(selected)))
    close = dense(frame)
    if close:
        # Among circles that say how many they are, one municipality is a dot.
        cloud = replace(cloud, most=None)
    table = of_frame(frame, ("pairs", *own), lambda: _cloud_table(frame, cloud))
    decimals = {value_head(x_indicator): x_indicator.decimals, value_head(y_indicator): y_indicator.decimals}
    sentence = (
        f"{x_indicator.title} e {y_indicator.title}: "
        f"{words.counted(len(cloud.held), 'município', 'municípios')} com os dois dados."
    )
    absent = len(cloud.codes) - len(cloud.held)
    if absent:
        sentence += f" {words.number(absent)} sem um dos dados."
    if close:
        sentence += " Cada círculo junta municípios de valores próximos; a área diz quantos são."
    layout = base_layout(palette, 420, bottom=46, top=30, right=12)
    if not cloud.held:
        return Chart(blank(palette, layout, words.MISSING), sentence, table, theme, decimals)
    batches: list[tuple[Any, list[int], str]] = [] if close else _batches(cloud, palette)
    data = (
        [
            of_frame(frame, ("density", theme, *own), lambda: _density(cloud, palette)),
            *_chosen_dots(cloud, palette),
        ]
        if close
        else [trace for batch in batches for trace in _bubbles(cloud, *batch, palette)]
    )
    _cloud_axes(layout, cloud, palette)
    layout["annotations"] += _cloud_notes(cloud, layout["xaxis"]["range"], palette)
    if any(kind is not None for kind, _, _ in batches):
        layout["showlegend"] = True
        layout["margin"]["autoexpand"] = True
        layout["legend"] = below_legend(palette, -0.14, "constant")
        layout["height"] = 420 + 22 * -(-len(batches) // 3)
        layout["margin"]["b"] = 46 + 22 * -(-len(batches) // 3)
    return Chart({"data": data, "layout": layout}, sentence, table, theme, decimals)


def _cloud_table(frame: pd.DataFrame, cloud: _Cloud) -> pd.DataFrame:
    x_head, y_head = value_head(cloud.x_indicator), value_head(cloud.y_indicator)
    return pd.DataFrame(
        {
            "Código IBGE": frame["municipality_code"].array,
            "Município": frame["name"].array,
            **({"Grupo": cloud.groups} if any(cloud.groups) else {}),
            x_head: cloud.xs,
            (y_head if y_head != x_head else f"{y_head} (y)"): cloud.ys,
        }
    )


def _batches(cloud: _Cloud, palette: Palette) -> list[tuple[Any, list[int], str]]:
    """The rows by group with the colour of each, the largest groups first; what has no colour left is "Outros"."""
    groups, held = cloud.groups, cloud.held
    kinds = [kind for kind in dict.fromkeys(groups) if kind is not None]
    if not kinds:
        return [(None, list(held), palette.data)]
    kinds = sorted(kinds, key=lambda kind: -sum(groups[row] == kind for row in held))
    shown = kinds[: len(palette.categorical)]
    batches = [
        (kind, [row for row in held if groups[row] == kind], colour)
        for kind, colour in zip(shown, palette.categorical, strict=False)
    ]
    rest = [row for row in held if groups[row] not in shown]
    if rest:
        batches.append(("Outros", rest, palette.outline))
    return batches


def _bubbles(cloud: _Cloud, kind: Any, rows: Sequence[int], colour: str, palette: Palette) -> list[Figure]:
    """The marks of a group. Large ones come first, so that small ones lie on top of them; the chosen in a trace of
    their own, since the legend borrows the look of a trace's first point.
    """

    def said(indicator: Indicator, value: Any) -> str:
        return label_text(f"{indicator.short}: {words.with_unit(value, indicator, short=True)}")

    ordered = sorted(rows, key=cloud.size, reverse=True)
    traces = []
    for marked in (False, True):
        group = [row for row in ordered if (cloud.codes[row] in cloud.chosen) == marked]
        if not group:
            continue
        points = dot_marks(
            [cloud.xs[row] for row in group],
            [cloud.ys[row] for row in group],
            rgba(colour, 0.72),
            [cloud.size(row) for row in group],
            name=label_text(kind) if kind is not None else "",
            showlegend=kind is not None and not marked,
            cliponaxis=False,
            **told(
                [
                    [
                        label_text(cloud.names[row]),
                        said(cloud.x_indicator, cloud.xs[row]),
                        said(cloud.y_indicator, cloud.ys[row]),
                    ]
                    for row in group
                ]
            ),
        )
        points["marker"]["line"] = {
            "width": 2 if marked else 0.8,
            "color": palette.text if marked else palette.surface,
        }
        traces.append(points)
    return traces


def dense(frame: pd.DataFrame) -> bool:
    """Whether the municipalities with both values are drawn by their density."""
    return int((frame["x"].notna() & frame["y"].notna()).sum()) > MOST_POINTS


def _chosen_dots(cloud: _Cloud, palette: Palette) -> list[Figure]:
    """The chosen ones, on top of a field."""
    marked = [row for row in cloud.held if cloud.codes[row] in cloud.chosen]
    return _bubbles(cloud, None, marked, palette.data, palette) if marked else []


def _density(cloud: _Cloud, palette: Palette) -> Figure:
    """A circle for each part of the field that holds municipalities.

    It stands at the mean of its municipalities; its area grows with how many they are.
    """
    xs, ys = ([column[row] for row in cloud.held] for column in (cloud.xs, cloud.ys))
    names = [cloud.names[row] for row in cloud.held]
    groups = joined(xs, ys)

    def said(indicator: Indicator, column: Sequence[Any], points: Sequence[int]) -> str:
        told = spread(column, points, lambda value: words.with_unit(value, indicator, short=True))
        return label_text(f"{indicator.short}: {told}")

    return dot_marks(
        seven_digits(mean(xs, points) for points in groups),
        seven_digits(mean(ys, points) for points in groups),
        rgba(palette.data, 0.72),
        sizes(groups),
        cliponaxis=False,
        **told(
            [
                [
                    head(names, points, "município", "municípios"),
                    said(cloud.x_indicator, xs, points),
                    said(cloud.y_indicator, ys, points),
                ]
                for points in groups
            ]
        ),
    )


def _cloud_axes(layout: Figure, cloud: _Cloud, palette: Palette) -> None:
    """Both axes with their marks, and the margin that those of the upright one need."""
    ranges = []
    for column in (cloud.xs, cloud.ys):
        low, high = min(column[row] for row in cloud.held), max(column[row] for row in cloud.held)
        # Room for the largest bubble (17 px) at the edge of a phone's drawing.
        pad = ((high - low) or abs(high) or 1.0) * 0.1
        ranges.append((low - pad, high + pad))
    x_range, y_range = ranges
    x_steps = frames.round_steps(*x_range, 4, whole=not cloud.x_indicator.decimals)
    y_steps = frames.round_steps(*y_range, 3, whole=not cloud.y_indicator.decimals)
    y_marks = frames.tick_texts(y_steps, cloud.y_indicator)
    layout["margin"]["l"] = max(text_width(mark, TICK) for mark in y_marks) + 10
    layout["xaxis"] = axis(
        palette,
        *x_range,
        tickvals=x_steps,
        ticktext=frames.tick_texts(x_steps, cloud.x_indicator),
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    layout["yaxis"] = axis(
        palette,
        *y_range,
        tickvals=y_steps,
        ticktext=[mark + NBSP for mark in y_marks],
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )


def _cloud_notes(cloud: _Cloud, x_range: Sequence[float], palette: Palette) -> list[Figure]:
    """The names of the axes, and those of the chosen municipalities beside their marks."""
    paper = {"xref": "paper", "yref": "paper"}
    up, along = f"↑ {label_text(cloud.y_indicator.short)}", f"{label_text(cloud.x_indicator.short)} →"
    notes = [
        text_note(0, 1, up, palette.muted, **paper, xanchor="left", yanchor="bottom", yshift=8),
        text_note(1, 0, along, palette.muted, **paper, xanchor="right", yanchor="top", yshift=-24),
    ]
    for row in cloud.held:
        if cloud.codes[row] in cloud.chosen:
            right = cloud.xs[row] < sum(x_range) / 2
            notes.append(
                text_note(
                    cloud.xs[row],
                    cloud.ys[row],
                    f"<b>{label_text(cloud.names[row])}</b>",
                    palette.text,
                    xanchor="left" if right else "right",
                    xshift=(cloud.size(row) / 2 + 4) * (1 if right else -1),
                    bgcolor=rgba(palette.surface, 0.75),
                )
            )
    return notes
