"""What all charts share: the figure with its sentence and table, layout, axes, labels, hovers.

Charts are plain dictionaries for Plotly. No file is read, no widget is made. Every chart comes with one sentence
that says what it shows (its text alternative) and with the table of the same figures. A missing value is never
drawn as 0, and a line never crosses a gap or a change of method.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import orjson
import pandas as pd

from dashboard import sentences, words
from dashboard.charts import frames
from dashboard.charts.palettes import FONT, Palette, Theme, text_width
from dashboard.shelf import once
from pipelines.declarations import Indicator
from pipelines.verdicts import columns

SIZE = 13
TICK = 12.5
NBSP = words.NBSP
Figure = dict[str, Any]
R = TypeVar("R")


@dataclass(frozen=True)
class Chart:
    """A drawing: a Plotly figure, its text alternative, and the same figures as a table.

    `drawing`: the figure in plain dictionaries and lists, which is kept as JSON (`written`): a tenth of the memory, and
    what goes to the browser; `height`: what it takes, in pixels. `table`: the figures' rows, to which `ranked` gives their order and the place of each row, where
    it is another. `theme`: the one it was made for. `decimals`: how many decimals each number column of `frame` is shown
    with. `symbols`: by legend entry that begins with a glyph, Plotly's symbol of it, for who draws it as a shape.
    """

    drawing: InitVar[Figure]
    sentence: str
    table: pd.DataFrame
    theme: Theme
    decimals: Mapping[str, int] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    ranked: tuple[Sequence[int], Sequence[str]] | None = None
    written: bytes = field(init=False)
    height: int = field(init=False)

    def __post_init__(self, drawing: Figure) -> None:
        object.__setattr__(self, "written", orjson.dumps(drawing))
        object.__setattr__(self, "height", int(drawing["layout"]["height"]))

    @property
    def frame(self) -> pd.DataFrame:
        """The table of the figures; one that is ranked is put in its order when it is taken away, which few ask for."""
        if self.ranked is None:
            return self.table
        order, places = self.ranked
        columns = {str(name): self.table[name].array.take(order) for name in self.table}
        if places:
            # The place stands before the last column, the observation.
            head, notes = columns.popitem()
            columns |= {"Posição": [places[row] for row in order], head: notes}
        return pd.DataFrame(columns, copy=False)

    def saying(self, sentence: str) -> Chart:
        """The same drawing with another text alternative."""
        return replace(self, drawing=self.figure, sentence=sentence)

    @property
    def figure(self) -> Figure:
        """The figure as it was drawn, read anew."""
        found: Figure = orjson.loads(self.written)
        return found


@dataclass(frozen=True)
class Rows:
    """A frame of municipalities read for a drawing: lists of one length, None where a cell is missing.

    `numbers`: the values as numbers, NaN for a missing one; `places`: where each stands among those with data; `hover`:
    what marks say, a list for each of the three lines of `told`; `chosen`: the codes selected; `table`: the table of the
    figures, not to be changed, and `decimals`: how many its column of values is shown with.
    """

    indicator: Indicator
    codes: Sequence[str]
    names: Sequence[str]
    values: Sequence[Any]
    numbers: words.Numbers
    flags: Sequence[Any]
    periods: Sequence[str]
    places: Sequence[str]
    hover: Sequence[Sequence[str]]
    chosen: Sequence[str]
    table: pd.DataFrame
    decimals: dict[str, int]

    def when(self) -> str:
        """The period that all rows share, or words for a mixture."""
        return frames.common_period(self.periods)

    def focus(self) -> int | None:
        """The first chosen row; None where none of the rows is chosen."""
        return next((row for row, code in enumerate(self.codes) if code in self.chosen), None)

    def said(self, rows: Sequence[int]) -> list[list[str]]:
        """What the marks of some rows say, a list for each line."""
        return [[column[row] for row in rows] for column in self.hover]


# A frame of so many rows is read once, as long as it lives: each map, ranking and spread of a view reads the same one, and so
# does every click on another municipality.
LARGE = 500


def rows_of(frame: pd.DataFrame, indicator: Indicator, selected: str | Sequence[str] | None) -> Rows:
    """Read a frame of municipality_code, name, value, flag and period (or year); low and high may be given.

    What it returns is not to be changed, and nor is a frame of LARGE rows or more once it has been read.
    """
    chosen = list(dict.fromkeys(frames.selection(selected)))
    key = ("rows", *known_by(indicator))
    return replace(of_frame(frame, key, lambda: _read(frame, indicator)), chosen=chosen)


def of_frame(frame: pd.DataFrame, key: tuple[Hashable, ...], make: Callable[[], R]) -> R:
    """What is made of a frame, whoever is chosen: of a frame of LARGE rows or more once, under `key`."""
    return make() if len(frame) < LARGE else once(frame, key, make)


def known_by(*indicators: Indicator) -> tuple[str, ...]:
    """What tells a drawing of indicators from one of others, in a key of `of_frame`."""
    return tuple(text for one in indicators for text in (one.indicator, one.title))


def _read(frame: pd.DataFrame, indicator: Indicator) -> Rows:
    values, flags = frames.column(frame, "value"), frames.column(frame, "flag")
    names, periods, numbers = (
        frames.column(frame, "name"),
        frames.periods(frame, indicator),
        words.numbers(values),
    )
    places = _positions(frame, sentences.readable(numbers, flags), indicator)
    hover = [label_texts(names), label_texts(_said(numbers, flags, periods, indicator)), places]
    codes, decimals = frames.column(frame, "municipality_code"), {value_head(indicator): indicator.decimals}
    table = _table(frame, numbers, flags, periods, indicator)
    return Rows(indicator, codes, names, values, numbers, flags, periods, places, hover, [], table, decimals)


def _table(
    frame: pd.DataFrame,
    values: words.Numbers,
    flags: Sequence[Any],
    periods: Sequence[str],
    indicator: Indicator,
) -> pd.DataFrame:
    category = indicator.kind == "category"
    said = {mark: words.flag(mark, indicator) for mark in {*flags}}
    return pd.DataFrame(
        {
            "Código IBGE": frame["municipality_code"].array,
            "Município": frame["name"].array,
            "Período": _repeated(periods),
            value_head(indicator): words.with_units(values, indicator) if category else values,
            "Observação": _repeated([said[mark] for mark in flags]),
        }
    )


def _repeated(texts: Sequence[str]) -> Any:
    """A column of few texts, each read once."""
    few = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return pd.Series(list(few), dtype="str").array.take(np.array([few[text] for text in texts], dtype=int))


def label_text(value: Any) -> str:
    """Text from data for a Plotly label, which would read tags in it."""
    return html.escape(str(value), quote=False)


def label_texts(values: Sequence[Any]) -> list[str]:
    """Each text as `label_text` writes it, for thousands at once."""
    texts = list(map(str, values))
    whole = "".join(texts)
    # Hardly any has anything to escape.
    return texts if html.escape(whole, quote=False) == whole else list(map(label_text, texts))


def value_head(indicator: Indicator) -> str:
    """The head of a column of values: the indicator's short title with its unit."""
    unit = words.unit_of(indicator)
    return f"{indicator.short} ({unit})" if unit else indicator.short


def _positions(frame: pd.DataFrame, values: words.Numbers, indicator: Indicator) -> list[str]:
    """The place of each row among those with data: an interval where the value has one, else ties."""
    if indicator.kind == "category":
        return [""] * len(values)
    ties = [
        None if place is None else (place[0], place[0], place[1] - 1)
        for place in words.ranks(values, indicator.better)
    ]
    lows = frames.column(frame, "low")
    if any(low is not None for low in lows):
        least, most = (frame[name].to_numpy(dtype=float, na_value=math.nan) for name in ("low", "high"))
        found = columns.rank_intervals(values, least, most, indicator.better)
        ties = [
            tie if tie is None or low is None or first != first else (int(first), int(last), 0)
            for tie, low, first, last in zip(ties, lows, *(edge.tolist() for edge in found), strict=True)
        ]
    # Many share a place, and it is put in words once.
    places = {tie for tie in ties if tie is not None}
    total = len(ties) - ties.count(None)
    said = words.all_ranks(places, total, indicator.better, len(ties))
    return ["" if tie is None else said[tie] for tie in ties]


def _said(
    values: words.Numbers, flags: Sequence[Any], periods: Sequence[str], indicator: Indicator
) -> list[str]:
    """What a mark says of its value: it with its unit and period, or the reason for none."""
    told: list[str | None] = [*words.with_units(values, indicator)]
    for row in np.flatnonzero(np.isnan(values)).tolist():
        told[row] = None
    cells = list(zip(told, flags, periods, strict=True))
    # Most say what others say.
    said = {cell: _mark(*cell, indicator) for cell in {*cells}}
    return [said[cell] for cell in cells]


def _mark(amount: str | None, flag: Any, when: str, indicator: Indicator) -> str:
    if amount is None:
        return f"{words.missing_reason(flag)} em {when}"
    return f"{amount} em {when}" + (f" ({words.flag(flag, indicator)})" if flag else "")


def told(rows: Sequence[Sequence[str]]) -> Figure:
    """What marks say when they are pointed at: a name and two lines each."""
    return told_in([list(line) for line in zip(*rows, strict=True)])


def told_in(lines: Sequence[Sequence[str]], name: str = "") -> Figure:
    """The same of a list for each line; `name`: what Plotly's template has for the first of them, where the marks themselves
    bear their names.

    Words that all lines begin or end with stand once, in the template, which makes a chart a third smaller; a line that is
    the same for all marks stands there whole, and one that is empty for all is none.
    """
    own: list[Sequence[str]] = []
    written = [name] if name else []
    for line in lines:
        if written and line and not any(line):
            continue
        # Names stay whole.
        distinct = {*line} if written else set()
        if len(line) > 1 and len(distinct) == 1:
            written.append(line[0])
            continue
        before, after = _shared(distinct)
        written.append(f"{before}%{{customdata[{len(own)}]}}{after}")
        cut = {text: text[len(before) : len(text) - len(after)] for text in distinct}
        own.append([cut[text] for text in line] if before or after else line)
    template = "<br>".join((f"<b>{written[0]}</b>", *written[1:]))
    return {
        "customdata": list(zip(*own, strict=True)) if own else [],
        "hovertemplate": f"{template}<extra></extra>",
        "hoverinfo": "all",
    }


def _shared(texts: Collection[str]) -> tuple[str, str]:
    """The whole words that all texts begin with, and those that all end with, leaving each a word of its own."""
    if len(texts) < 2:
        return "", ""
    # A word ends with its blank. What the first and the last in order begin with all of them do.
    least = min(text.count(" ") for text in texts)
    begins = _alike(min(texts), max(texts))
    before = begins[: begins.rfind(" ") + 1]
    backwards = [text[::-1] for text in texts]
    ends = _alike(min(backwards), max(backwards))[::-1]
    after = min(ends.count(" "), least - before.count(" "))
    return before, "".join(re.split("(?<= )", ends)[-after:]) if after else ""


def _alike(one: str, other: str) -> str:
    """The letters that two texts begin with."""
    ends = (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return one[: next(ends, min(len(one), len(other)))]


def seven_digits(values: Iterable[float | None]) -> list[float | None]:
    """Where marks are drawn, in seven digits: finer than a screen, and shorter to send than a quotient's sixteen."""
    return [None if value is None else float(f"{value:.7g}") for value in values]


def base_layout(
    palette: Palette,
    height: float,
    left: float = 0,
    right: float = 8,
    top: float = 8,
    bottom: float = 8,
    **more: Any,
) -> Figure:
    """The layout that all figures share; margins in pixels, `more` wins."""
    return {
        "height": height,
        "margin": {"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        "font": {"family": FONT, "size": SIZE, "color": palette.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": ",.",
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": False,
        "hoverlabel": {
            "bgcolor": palette.surface,
            "bordercolor": palette.line,
            "align": "left",
            "font": {"family": FONT, "size": SIZE, "color": palette.text},
        },
        "annotations": [],
        "shapes": [],
        **more,
    }


def blank(palette: Palette, layout: Figure, text: str) -> Figure:
    """The figure of a chart that has nothing to draw: its layout with a word in the middle."""
    layout["xaxis"], layout["yaxis"] = axis(palette, 0, 1), axis(palette, 0, 1)
    layout["annotations"].append(text_note(0.5, 0.5, text, palette.muted))
    return {"data": [], "layout": layout}


def axis(palette: Palette, low: float, high: float, **more: Any) -> Figure:
    """An axis from `low` to `high` without lines or labels; `more` wins."""
    return {
        "range": [low, high],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": TICK, "color": palette.muted},
        "tickmode": "array",
        "tickvals": [],
        "ticktext": [],
        **more,
    }


def halo(palette: Palette) -> str:
    """A shadow in the colour of the ground, for text that may lie on lines."""
    steps = (-1.5, 0, 1.5)
    return ", ".join(f"{x}px {y}px 1.5px {palette.surface}" for x in steps for y in steps if x or y)


def text_note(x: Any, y: Any, text: str, colour: str, **more: Any) -> Figure:
    """A label without an arrow, placed in data unless `xref`/`yref` say paper."""
    return {
        "x": x,
        "y": y,
        "xref": "x",
        "yref": "y",
        "text": text,
        "showarrow": False,
        "xanchor": "center",
        "yanchor": "middle",
        "align": "left",
        "font": {"size": TICK, "color": colour},
        **more,
    }


def dot_marks(x: Sequence[Any], y: Sequence[Any], colour: Any, size: Any, **more: Any) -> Figure:
    """A trace of dots, silent when pointed at; `more` wins."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": list(y),
        "marker": {"color": colour, "size": size, "line": {"width": 0}},
        "showlegend": False,
        "hoverinfo": "skip",
        **more,
    }


def line_mark(
    x: Sequence[Any], y: Sequence[Any], colour: str, width: float, dash: str = "solid", **more: Any
) -> Figure:
    """A trace of one line, silent when pointed at, cut at missing values; `more` wins."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": width, "dash": dash},
        "connectgaps": False,
        "showlegend": False,
        "hoverinfo": "skip",
        **more,
    }


def row_axis(
    palette: Palette, labels: Sequence[str], bold: Sequence[bool], top: float, size: float = SIZE, **more: Any
) -> Figure:
    """The axis of a chart with a row a municipality: their names, the chosen ones bold; `top`: where it begins."""
    return axis(
        palette,
        len(labels) - 0.4,
        top,
        tickvals=list(range(len(labels))),
        ticktext=[
            f"<b>{label_text(label)}</b>" if strong else label_text(label)
            for label, strong in zip(labels, bold, strict=True)
        ],
        tickfont={"size": size, "color": palette.text},
        **more,
    )


def labels_width(labels: Sequence[str], bold: Sequence[bool], size: float = SIZE) -> float:
    """The width in pixels of the widest name of a `row_axis`; 0 without any."""
    return max(
        (text_width(label, size, strong) for label, strong in zip(labels, bold, strict=True)), default=0
    )


def upright(
    x: Any, low: Any, high: Any, colour: str, width: float, dash: str, layer: str, **more: Any
) -> Figure:
    """An upright line at `x` as a shape of a layout, from `low` to `high`."""
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": low,
        "y1": high,
        **more,
        "line": {"color": colour, "width": width, "dash": dash},
        "layer": layer,
    }


def below_legend(palette: Palette, y: float, sizing: str) -> Figure:
    """A legend in rows below the drawing, at `y` of its height, which takes no clicks."""
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": y,
        "yanchor": "top",
        "font": {"size": TICK, "color": palette.text},
        "itemsizing": sizing,
        "itemclick": False,
        "itemdoubleclick": False,
        "bgcolor": "rgba(0,0,0,0)",
    }


def sorted_rows(values: words.Numbers, names: Sequence[str], indicator: Indicator) -> list[int]:
    """Rows with a value, worst first, equal ones by name; highest first where no direction is better."""
    # A category is its place among the categories, best first.
    sign = 1 if indicator.better == "higher" and indicator.kind == "number" else -1
    return rising(sign * values, names)


def rising(values: words.Numbers, names: Sequence[str]) -> list[int]:
    """Rows with a value, lowest first, equal ones by name."""
    held = np.flatnonzero(~np.isnan(values))
    told = [words.collated(str(names[row])) for row in held.tolist()]
    held = held[sorted(range(len(told)), key=told.__getitem__)]
    found: list[int] = held[np.argsort(values[held], kind="stable")].tolist()
    return found


def left_out(order: Sequence[int], kept: Sequence[int | None], prints: Sequence[str]) -> list[str]:
    """The labels of a drawing's rows where some of `order` are left out: how many of those print as the row before them,
    or as the row after, since the alphabet alone chose who of them is drawn; of both, whose they are. Empty for a row
    that is drawn.

    `prints`: what each row of the frame prints.
    """
    position = {row: place for place, row in enumerate(order)}
    labels = []
    for place, row in enumerate(kept):
        if row is not None:
            labels.append("")
            continue
        before = kept[place - 1] if place else None
        after = kept[place + 1] if place + 1 < len(kept) else None
        start = 0 if before is None else position[before] + 1
        end = len(order) if after is None else position[after]
        between = [prints[other] for other in order[start:end]]
        beside = dict.fromkeys(prints[other] for other in (before, after) if other is not None)
        ties = [(many, text) for text in beside if (many := between.count(text))]
        if len(ties) > 1:
            labels.append(f"⋯ {words.listed([f'{words.number(many)} de {text}' for many, text in ties])}")
        elif ties:
            [(many, text)] = ties
            rest = f"{words.number(len(between))}, {words.number(many)} de {text}"
            alike = words.counted(many, "igual", "iguais")
            labels.append(f"⋯ mais {alike if many == len(between) else rest}")
        else:
            labels.append("⋯")
    return labels


def kept_rows(
    order: Sequence[int],
    chosen: Iterable[int],
    first: int | None,
    around: int,
    last: int,
    ties: Sequence[str] = (),
) -> list[int | None]:
    """The rows to draw, with None where rows are left out.

    `ties`: what each row prints; where given, a None also ends the rows if one after the last prints as it does.
    """
    if first is None or len(order) <= first + last:
        return list(order)
    places = set(range(first)) | set(range(len(order) - last, len(order)))
    position = {row: place for place, row in enumerate(order)}
    for row in chosen:
        if row in position and position[row] not in places:
            places |= {
                place
                for place in range(position[row] - around, position[row] + around + 1)
                if 0 <= place < len(order)
            }
    kept: list[int | None] = []
    previous = -1
    for place in sorted(places):
        if place > previous + 1:
            kept.append(None)
        kept.append(order[place])
        previous = place
    if ties and previous + 1 < len(order) and ties[order[previous]] == ties[order[previous + 1]]:
        kept.append(None)
    return kept
