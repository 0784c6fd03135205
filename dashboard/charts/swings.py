"""How much an indicator of small groups swings, by population: the municipalities' own changes and the usual limit."""

from __future__ import annotations

import math
from typing import Any

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
    blank,
    dot_marks,
    label_text,
    line_mark,
    text_note,
    told,
)
from dashboard.charts.palettes import PALETTES, Palette, Theme, rgba, text_width
from pipelines import verdicts
from pipelines.declarations import Indicator
from pipelines.verdicts import Oscillation

# Populations that an axis of powers of ten is marked at.
MARKED = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
# More marks than these meet each other on a phone.
MOST_MARKS = 6
# Two sizes of town that the sentence compares.
SMALL, LARGE = 3_000, 100_000
# Points of the limit's line.
STEPS = 60


def swings(frame: pd.DataFrame, fit: Oscillation, indicator: Indicator, theme: Theme = "light") -> Chart:
    """Changes between editions against population, between the lines within which 95 of 100 lie.

    More than `MOST_POINTS` of them would lie on each other: then a circle stands for those close by on the same side of
    the limit, and its area says how many they are.

    `frame`: municipality_code, name, population, start_year, year, change (less the median one of the state, in
    the indicator's unit). Populations stand on a scale of powers of ten.
    """
    palette = PALETTES[theme]
    people, changes = frames.column(frame, "population"), frames.column(frame, "change")
    limits = [fit.limit(count) for count in people]
    inside = [abs(change) <= limit for change, limit in zip(changes, limits, strict=True)]
    table = _table(frame, people, changes, limits, inside, indicator)
    decimals = dict.fromkeys(
        (_head("Mudança", indicator), _head("Limite usual", indicator)), indicator.decimals
    )
    sentence = _sentence(fit, indicator, inside)
    close = len(people) > MOST_POINTS
    if close:
        sentence += " Cada círculo junta mudanças próximas; a área diz quantas são."
    layout = base_layout(palette, 380, bottom=46, top=30, right=12)
    if not people:
        return Chart(blank(palette, layout, words.MISSING), sentence, table, theme, decimals)
    first, last = math.log10(min(people)), math.log10(max(people))
    pad = ((last - first) or 1.0) * 0.05
    low, high = first - pad, last + pad
    data = [
        *_limits(fit, low, high, palette),
        _density(frame, people, changes, inside, indicator, palette)
        if close
        else _dots(frame, people, changes, limits, inside, indicator, palette),
    ]
    _axes(layout, (low, high), [*changes, fit.limit(10**low), -fit.limit(10**low)], indicator, palette)
    layout["annotations"] += _notes(fit, low, indicator, palette)
    return Chart({"data": data, "layout": layout}, sentence, table, theme, decimals)


def _head(text: str, indicator: Indicator) -> str:
    unit = "p.p." if indicator.sign == verdicts.PERCENT else words.unit_of(indicator, short=True)
    return f"{text} ({unit})" if unit else text


def _table(
    frame: pd.DataFrame,
    people: list[Any],
    changes: list[Any],
    limits: list[float],
    inside: list[bool],
    indicator: Indicator,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Código IBGE": frames.column(frame, "municipality_code"),
            "Município": frames.column(frame, "name"),
            "População": people,
            "De": [str(year) for year in frames.column(frame, "start_year")],
            "Até": [str(year) for year in frames.column(frame, "year")],
            _head("Mudança", indicator): changes,
            _head("Limite usual", indicator): limits,
            "Dentro do usual": ["sim" if one else "não" for one in inside],
        }
    )


def _sentence(fit: Oscillation, indicator: Indicator, inside: list[bool]) -> str:
    small, large = (words.difference(fit.limit(size), indicator, sign=False) for size in (SMALL, LARGE))
    head = (
        f"{words.named(indicator)}: de uma edição para a outra, o usual é mudar até {small} a mais ou a menos que a "
        f"mediana do estado nos municípios de {words.number(SMALL)} habitantes e até {large} nos de "
        f"{words.number(LARGE)} (95 em cada 100 mudanças)."
    )
    count = words.counted(len(inside), "mudança vista aqui", "mudanças vistas aqui")
    return f"{head} Ficaram dentro disso {words.number(sum(inside))} de {count}." if inside else head


def _limits(fit: Oscillation, low: float, high: float, palette: Palette) -> list[Figure]:
    """The limit above and below, and the level of no change."""
    xs = [low + (high - low) * step / STEPS for step in range(STEPS + 1)]
    curve = [fit.limit(10**x) for x in xs]
    return [
        line_mark([low, high], [0, 0], palette.line, 1),
        line_mark(xs, curve, palette.target, 2),
        line_mark(xs, [-value for value in curve], palette.target, 2),
    ]


def _dots(
    frame: pd.DataFrame,
    people: list[Any],
    changes: list[Any],
    limits: list[float],
    inside: list[bool],
    indicator: Indicator,
    palette: Palette,
) -> Figure:
    """A dot for each change; those beyond the limit are open rings, so that shape tells it too."""
    names, years = frames.column(frame, "name"), frames.column(frame, "year")
    starts = frames.column(frame, "start_year")
    said = [
        [
            label_text(names[row]),
            label_text(f"{words.difference(changes[row], indicator)} de {starts[row]} a {years[row]}"),
            label_text(f"usual: até {words.difference(limits[row], indicator, sign=False)}"),
        ]
        for row in range(len(people))
    ]
    return _marks([math.log10(count) for count in people], changes, inside, 8, said, palette)


def _density(
    frame: pd.DataFrame,
    people: list[Any],
    changes: list[Any],
    inside: list[bool],
    indicator: Indicator,
    palette: Palette,
) -> Figure:
    """A circle for each part of the field that holds changes inside the limit, an open ring for those beyond it."""
    columns = (frames.column(frame, name) for name in ("name", "start_year", "year"))
    names = [f"{name} ({start} a {year})" for name, start, year in zip(*columns, strict=True)]
    tens = [math.log10(count) for count in people]
    parts = joined(tens, changes)
    split = [
        ([point for point in part if inside[point] == side], side) for part in parts for side in (True, False)
    ]
    groups = [points for points, _ in split if points]

    def inhabitants(points: list[int]) -> str:
        told = spread(people, points, words.number)
        return f"{told} {words.plural(max(people[point] for point in points), 'habitante', 'habitantes')}"

    said = [
        [
            head(names, points, "mudança", "mudanças"),
            label_text(spread(changes, points, lambda change: words.difference(change, indicator))),
            inhabitants(points),
        ]
        for points in groups
    ]
    xs, ys = ([mean(column, points) for points in groups] for column in (tens, changes))
    return _marks(xs, ys, [inside[points[0]] for points in groups], sizes(groups), said, palette)


def _marks(
    xs: list[float], ys: list[Any], inside: list[bool], size: Any, said: list[list[str]], palette: Palette
) -> Figure:
    dots = dot_marks(
        [round(x, 4) for x in xs],
        [round(y, 3) for y in ys],
        [rgba(palette.data, 0.6) if one else palette.text for one in inside],
        size,
        **told(said),
    )
    dots["marker"]["symbol"] = ["circle" if one else "circle-open" for one in inside]
    dots["cliponaxis"] = False
    return dots


def _axes(
    layout: Figure, span: tuple[float, float], reach: list[float], indicator: Indicator, palette: Palette
) -> None:
    """Both axes with their marks: populations as people say them, changes with their sign."""
    most = max(map(abs, reach)) * 1.08 or 1.0
    steps = frames.round_steps(-most, most, 5)
    places = max((len(words.trimmed(step, 3).partition(",")[2]) for step in steps), default=0)
    marks = [words.signed(step, places) for step in steps]
    layout["margin"]["l"] = max(text_width(mark, TICK) for mark in marks) + 10
    held = [size for size in MARKED if span[0] <= math.log10(size) <= span[1]]
    if len(held) > MOST_MARKS:
        held = [size for size in held if math.log10(size).is_integer()]
    layout["xaxis"] = axis(
        palette,
        *span,
        tickvals=[math.log10(size) for size in held],
        ticktext=[words.compact(size, 0) for size in held],
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    layout["yaxis"] = axis(
        palette,
        -most,
        most,
        tickvals=steps,
        ticktext=[mark + NBSP for mark in marks],
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )


def _notes(fit: Oscillation, low: float, indicator: Indicator, palette: Palette) -> list[Figure]:
    """What the axes and the lines are."""
    paper = {"xref": "paper", "yref": "paper"}
    up = f"↑ {_head('Mudança além da mediana do estado', indicator)}"
    return [
        text_note(0, 1, label_text(up), palette.muted, **paper, xanchor="left", yanchor="bottom", yshift=8),
        text_note(1, 0, "habitantes →", palette.muted, **paper, xanchor="right", yanchor="top", yshift=-24),
        text_note(
            low,
            fit.limit(10**low),
            "95 de cada 100 ficam entre as linhas",
            palette.target,
            xanchor="left",
            yanchor="bottom",
            xshift=24,
        ),
    ]
