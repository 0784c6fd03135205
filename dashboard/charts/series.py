"""Series: lines over the years, and the path to a target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts import frames
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
    seven_digits,
    text_note,
    told,
    upright,
)
from dashboard.charts.palettes import PALETTES, Palette, Theme, rgba, text_width
from dashboard.charts.path_labels import path_labels
from pipelines.declarations import Indicator


@dataclass(frozen=True)
class TargetPath:
    """The way to a target: baseline, milestones, end. Without a baseline it is a level line (a limit).

    `whose`: who set the milestones, in words; without milestones the path is a straight line of ours.
    """

    target_year: int
    target_value: float
    baseline_year: int | None = None
    baseline_value: float | None = None
    milestones: Mapping[int, float] = field(default_factory=dict)
    word: str = "meta"
    whose: str = ""

    @property
    def told(self) -> str:
        """What the path is: whose yearly targets, or a line that we drew."""
        if not self.milestones:
            return STRAIGHT
        return f"metas de cada ano: {self.whose}" if self.whose else "etapas do plano"

    def step(self, year: int) -> str:
        """What a milestone is, where a mark of it is pointed at."""
        return f"Meta de {year}{f', de {self.whose}' if self.whose else ' do plano'}"


# A path that nobody set: between baseline and target we assume the same step each year.
STRAIGHT = "caminho em linha reta, traçado por nós"


# Letters of a label at the end of a line.
LABEL = 24
# How high a chart is that has nothing to draw.
BLANK = 96


def track_traces(
    track: frames.Track, indicator: Indicator, palette: Palette, strong: bool, dots: bool
) -> list[Figure]:
    """A line with what belongs to it; `strong`: with the band of its intervals; `dots`: a mark at every value."""
    runs = track.pieces()
    held = [place for run in runs for place in run]
    traces = _bands(track, runs, palette) if strong else []
    joined = [item for run in runs for item in (*run, None)][:-1]
    traces.append(
        line_mark(
            [None if place is None else track.x[place] for place in joined],
            seven_digits(None if place is None else track.values[place] for place in joined),
            track.colour,
            track.width,
            track.dash,
        )
    )
    lonely = {run[0] for run in runs if len(run) == 1}
    marked = [place for place in held if track.revised[place][0] is not None]
    shown = held if dots else [p for p in held if p in lonely or p == held[-1] or p in marked]
    if shown:
        traces.append(_value_marks(track, shown, palette, strong, dots))
    if held:
        traces.append(_pointed_at(track, held, indicator))
    return traces


def _bands(track: frames.Track, runs: Sequence[Sequence[int]], palette: Palette) -> list[Figure]:
    """The intervals of the values, one surface a run."""
    traces = []
    for run in runs:
        banded = [place for place in run if track.lows[place] is not None and track.highs[place] is not None]
        if len(banded) > 1:
            xs = [track.x[place] for place in banded]
            ys = [track.highs[place] for place in banded] + [track.lows[place] for place in reversed(banded)]
            band = line_mark(xs + xs[::-1], ys, "rgba(0,0,0,0)", 0)
            traces.append(band | {"fill": "toself", "fillcolor": rgba(track.colour, palette.band)})
    return traces


def _value_marks(
    track: frames.Track, shown: Sequence[int], palette: Palette, strong: bool, dots: bool
) -> Figure:
    """Dots on some of the values."""
    marks = dot_marks(
        [track.x[place] for place in shown],
        seven_digits(track.values[place] for place in shown),
        [palette.surface if track.flags[place] else track.colour for place in shown],
        (9 if strong else 7) if dots else 6,
    )
    marks["marker"]["line"] = {
        "width": 2 if strong and dots else 1.5,
        # A provisional value is a ring; the others get an edge of the ground, parting them from the line.
        "color": [track.colour if track.flags[place] else palette.surface for place in shown],
    }
    if any(track.revised[place][0] is not None for place in shown):
        # A value that a newer edition changed is a square.
        revised = (track.revised[place][0] is not None for place in shown)
        marks["marker"]["symbol"] = ["square" if one else "circle" for one in revised]
    marks["cliponaxis"] = False
    return marks


def _pointed_at(track: frames.Track, held: Sequence[int], indicator: Indicator) -> Figure:
    """Unseen, wide marks: the pointer finds a value without having to hit a line of two pixels."""
    hover = []
    for place in held:
        mark = f" ({words.flag(track.flags[place], indicator)})" if track.flags[place] else ""
        when = words.period(track.days[place], indicator)
        hover.append(
            [
                label_text(track.name),
                label_text(f"{words.with_unit(track.values[place], indicator)} em {when}{mark}"),
                " · ".join(
                    filter(
                        None,
                        (
                            words.interval(track.lows[place], track.highs[place], indicator),
                            track.revision(place, indicator),
                        ),
                    )
                ),
            ]
        )
    target = dot_marks(
        [track.x[place] for place in held],
        seven_digits(track.values[place] for place in held),
        "rgba(0,0,0,0)",
        16,
    )
    return target | told(hover)


def _path_points(path: TargetPath, first: float) -> list[tuple[float, float]]:
    if path.baseline_year is None or path.baseline_value is None:
        return [
            (min(first, float(path.target_year)), path.target_value),
            (float(path.target_year), path.target_value),
        ]
    steps = {path.baseline_year: path.baseline_value, **path.milestones, path.target_year: path.target_value}
    return [(float(year), steps[year]) for year in sorted(steps)]


def _year_ticks(
    days: Iterable[dt.date], extra: Iterable[int], indicator: Indicator
) -> tuple[list[float], list[str]]:
    """At most seven labels (four where periods are months), the last one always there."""
    periods = sorted(set(days))
    if all((day.month, day.day) == (12, 31) for day in periods):
        years = sorted({day.year for day in periods} | set(extra))
        if not years:
            return [], []
        span = years[-1] - years[0]
        if len(years) <= 5 and all(later - sooner >= span * 0.12 for sooner, later in pairwise(years)):
            return [float(year) for year in years], [str(year) for year in years]
        # A step that the series' own rhythm divides (data every second year), so that labels meet points.
        beat = min((second - first for first, second in pairwise(years)), default=1)
        step = beat * max(-(-(years[-1] - years[0]) // (beat * 7)), 1)
        shown = list(range(years[-1], years[0] - 1, -step))[::-1]
        return [float(year) for year in shown], [str(year) for year in shown]
    step = -(-len(periods) // 4)
    kept = periods[::-1][::step][::-1]
    return [frames.year_of(day) for day in kept], [words.period(day, indicator) for day in kept]


@dataclass(frozen=True)
class _Field:
    """What a series chart spans: values `low` to `high`, years `first` to `last`, `plot` pixels high.

    `steps`: where the grid stands; `room`: pixels over the plot; `starts`: where the method changed; `way`: the
    corners of the path to the target.
    """

    low: float
    high: float
    steps: Sequence[float]
    first: float
    last: float
    plot: float
    room: float
    starts: Sequence[float]
    way: Sequence[tuple[float, float]]


def _lines(
    frame: pd.DataFrame, state: pd.DataFrame | None, regions: pd.DataFrame | None, palette: Palette
) -> tuple[list[frames.Track], list[frames.Track], list[float]]:
    """The lines a chart is about, those behind them, and where the method of the first changed."""
    several = len(set(frames.line_keys(frame, "main"))) > 1
    colours = palette.categorical if several else (palette.data,)
    mains = frames.tracks_of(frame, "main", colours, 3 if not several else 2.5)
    starts = sorted({start for track in mains for start in track.starts()})
    others: list[frames.Track] = []
    if regions is not None and len(regions):
        others += frames.tracks_of(regions, "region", (palette.muted,), 1.5, "dot")
    if state is not None and len(state):
        others += frames.tracks_of(state, "state", (palette.outline,), 1.8)
    # The median of the only municipality with data is no second line.
    drawn = {_known(track) for track in mains}
    return mains, [frames.cut_at(track, starts) for track in others if _known(track) not in drawn], starts


def _known(track: frames.Track) -> tuple[tuple[float, Any], ...]:
    """The points of a line, as it is shown."""
    pairs = zip(track.x, track.values, strict=True)
    return tuple((when, value) for when, value in pairs if value is not None)


# Pixels of the row over a drawing that says what its path is.
_WAY_ROW = 18


def _has_way(path: TargetPath, way: Sequence[tuple[float, float]]) -> bool:
    """Whether the path leads from a baseline to a target; a limit's is level, and a target alone is a point."""
    return len(way) > 1 and path.baseline_year is not None


def _field(
    tracks: Sequence[frames.Track],
    heights: list[float],
    starts: Sequence[float],
    indicator: Indicator,
    path: TargetPath | None,
    height: float,
) -> _Field:
    """`heights`: every value that the drawing has to hold; `height`: of the drawing, in pixels."""
    years = [frames.year_of(day) for track in tracks for day in track.known_days()]
    first, last = min(years), max(years)
    way: list[tuple[float, float]] = []
    if path is not None:
        way = _path_points(path, first)
        heights = heights + [value for _, value in way]
        # Room under the lowest point for its label, which a low drawing gives up a larger share for.
        share = max(0.14, min(36 / (height - 60) - 0.1, 0.4))
        heights.append(min(heights) - (max(heights) - min(heights)) * share)
        first, last = min(first, way[0][0]), max(last, way[-1][0])
    if indicator.kind == "category":
        low, high = 0.6, len(indicator.categories) + 0.4
        steps = [float(place) for place in range(1, len(indicator.categories) + 1)]
    else:
        low, high = frames.value_range(min(heights), max(heights), indicator)
        steps = frames.round_steps(low, high, 3, whole=not indicator.decimals)
        if way:
            # Room for the two lines of the latest value's label when it stands under its point.
            low -= (high - low) * 0.16
    unit = frames.unit_note(indicator)
    room = 48 if starts and unit else 34 if path is not None or starts or unit else 22
    if path is not None and _has_way(path, way):
        room += _WAY_ROW
    return _Field(low, high, steps, first, last, height - room - 26, room, starts, way)


def series(
    frame: pd.DataFrame,
    indicator: Indicator,
    theme: Theme = "light",
    *,
    state: pd.DataFrame | None = None,
    regions: pd.DataFrame | None = None,
    path: TargetPath | None = None,
    certain: bool | None = None,
    height: float = 270,
) -> Chart:
    """Values over time: municipalities, the state in grey, regions dotted, and the path to a target.

    `frame`: name, period (or year), value, flag, break_before; low and high may be given (the first
    municipality's band). `state`, `regions`: place, period (or year), value; `short`, the place without its method,
    may be given. Lines are cut at missing values and at changes of method; a provisional or estimated value is a
    ring, one that a newer edition changed (`revised_at` and `revised_from` may be given) a square. `certain=False`:
    chance explains the change.
    """
    palette = PALETTES[theme]
    mains, others, starts = _lines(frame, state, regions, palette)
    tracks = [*others, *mains]
    heights = [value for track in tracks for value in track.values if value is not None]
    for track in mains[:1]:
        heights += [value for value in (*track.lows, *track.highs) if value is not None]
    sentence = frames.series_sentence(mains, indicator, certain) + frames.revised_sentence(mains, indicator)
    table, decimals = series_table(tracks, indicator)
    layout = base_layout(palette, height, bottom=26)
    if not heights:
        # A sentence and no drawing needs no room of one.
        figure = blank(palette, {**layout, "height": BLANK}, f"{words.MISSING}: sem dado na série")
        return Chart(figure, sentence, table, theme, decimals)
    field = _field(tracks, heights, starts, indicator, path, height)
    data: list[Figure] = []
    for track in others:
        data += track_traces(track, indicator, palette, False, False)
    if path is not None:
        data += _way_traces(field.way, path, indicator, palette)
    dots = max(len(track.days) for track in mains) <= 24 if mains else False
    for place, track in reversed(list(enumerate(mains))):
        data += track_traces(track, indicator, palette, place == 0 or len(mains) <= 3, dots)
    ends = tracks
    if path is not None and len(mains) == 1:
        line = (field.high - field.low) / field.plot * 26
        aim = words.with_unit(path.target_value, indicator, short=True, trim=True)
        target = f"<b>{path.word} {label_text(aim)}</b> em {path.target_year}"
        layout["annotations"] += path_labels(mains[0], field.way, target, indicator, palette, line)
        ends = others
    labels = _end_labels(ends, indicator, palette, field)
    layout["annotations"] += [label["note"] for label in labels]
    right = min(max(label["width"] for label in labels) + 16, 168) if labels else 14.0
    _series_axes(layout, tracks, field, right, indicator, palette)
    _mark_breaks(layout, mains, field, palette)
    way = path.told if path is not None and _has_way(path, field.way) else ""
    layout["annotations"] += _head_notes(mains, field, indicator, palette, way)
    return Chart({"data": data, "layout": layout}, sentence, table, theme, decimals)


def _series_axes(
    layout: Figure,
    tracks: Sequence[frames.Track],
    field: _Field,
    right: float,
    indicator: Indicator,
    palette: Palette,
) -> None:
    """Both axes and the margins; `right`: the room that labels at the ends of lines need, in pixels."""
    span = (field.last - field.first) or 1.0
    days = [day for track in tracks for day in track.known_days()]
    vals, texts = _year_ticks(days, [int(x) for x, _ in field.way], indicator)
    marks = frames.tick_texts(field.steps, indicator)
    left = max(text_width(text, TICK) for text in marks) + 10
    if texts:
        # The first label hangs out on the left by half its width; so does the last on the right.
        left = max(left, text_width(texts[0], TICK) / 2 - 4)
        right = max(right, text_width(texts[-1], TICK) / 2 + 2)
    layout["margin"] |= {"l": left, "r": right, "t": field.room}
    layout["xaxis"] = axis(
        palette,
        field.first - span * 0.03,
        field.last + span * 0.03,
        tickvals=vals,
        ticktext=texts,
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    # The first of the categories is the best one, and stands on top.
    ends = (field.high, field.low) if indicator.kind == "category" else (field.low, field.high)
    layout["yaxis"] = axis(
        palette,
        *ends,
        tickvals=field.steps,
        ticktext=[f"{label_text(mark)}{NBSP}" for mark in marks],
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )


def _break_at(mains: Sequence[frames.Track], start: float) -> float:
    """Where the line of a change of method stands: halfway from the last value of the old one."""
    before = [x for track in mains for x in track.x if x < start]
    return (max(before) + start) / 2 if before else start


def _mark_breaks(layout: Figure, mains: Sequence[frames.Track], field: _Field, palette: Palette) -> None:
    """A dotted line at each change of method."""
    for start in field.starts:
        spot = _break_at(mains, start)
        layout["shapes"].append(upright(spot, 0, 1, palette.muted, 1, "dot", "below", yref="paper"))


def _head_notes(
    mains: Sequence[frames.Track], field: _Field, indicator: Indicator, palette: Palette, way: str
) -> list[Figure]:
    """What stands over the plot: the unit, the word for the last change of method and, on top, that for the path.

    `way`: what the path is, in words. Beside the path itself no drawing of a card or a phone has room for it.
    """
    notes = []
    if way:
        notes.append(
            text_note(
                0,
                1,
                label_text(f"– – {way}"),
                palette.target,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                yshift=field.room - _WAY_ROW,
            )
        )
    unit = frames.unit_note(indicator)
    if unit:
        notes.append(
            text_note(
                0,
                1,
                label_text(unit),
                palette.muted,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                # Above the word for a change of method, which a phone sets in the same place.
                yshift=22 if field.starts else 8,
            )
        )
    if field.starts:
        spot = _break_at(mains, field.starts[-1])
        late = spot > (field.first + field.last) / 2
        notes.append(
            text_note(
                spot,
                1,
                "mudou o método",
                palette.muted,
                yref="paper",
                yanchor="bottom",
                xanchor="right" if late else "left",
                xshift=4 if late else -4,
                yshift=3,
            )
        )
    return notes


def series_table(tracks: Sequence[frames.Track], indicator: Indicator) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a period, one column a line; missing stays missing."""
    days = sorted({day for track in tracks for day in track.days})
    table: dict[str, list[Any]] = {"Período": [words.period(day, indicator) for day in days]}
    decimals: dict[str, int] = {}
    for track in reversed(tracks):
        held = dict(zip(track.days, track.values, strict=True))
        column: list[Any] = [held.get(day) for day in days]
        if indicator.kind == "category":
            column = [words.category(value, indicator) for value in column]
        head = track.name if track.name not in table else f"{track.name} ({track.code})"
        table[head] = column
        decimals[head] = indicator.decimals
        told = (
            "; ".join(filter(None, (words.flag(mark, indicator), track.revision(place, indicator))))
            for place, mark in enumerate(track.flags)
        )
        marks = dict(zip(track.days, told, strict=True))
        if any(marks.values()):
            table[f"{head}: observação"] = [marks.get(day, "") for day in days]
    return pd.DataFrame(table), decimals


def _way_traces(
    way: Sequence[tuple[float, float]], path: TargetPath, indicator: Indicator, palette: Palette
) -> list[Figure]:
    line = line_mark([x for x, _ in way], [y for _, y in way], palette.target, 2, "5px,4px")
    traces = [line]
    milestones = way[1:-1]
    if milestones:
        rings = dot_marks([x for x, _ in milestones], [y for _, y in milestones], palette.surface, 7)
        rings["marker"]["line"] = {"width": 1.5, "color": palette.target}
        rings |= told(
            [[label_text(path.step(int(x))), words.with_unit(y, indicator), ""] for x, y in milestones]
        )
        traces.append(rings)
    end = dot_marks([way[-1][0]], [way[-1][1]], palette.target, 13)
    end["marker"]["symbol"] = "diamond"
    end["cliponaxis"] = False
    end |= told(
        [
            [
                f"{words.capitalised(path.word)} para {path.target_year}",
                words.with_unit(path.target_value, indicator, trim=True),
                "",
            ]
        ]
    )
    traces.append(end)
    return traces


def _end_labels(
    tracks: Sequence[frames.Track], indicator: Indicator, palette: Palette, field: _Field
) -> list[Figure]:
    """Name and last value at the right of each line, pushed apart where they would meet."""
    ended = [track for track in tracks if any(value is not None for value in track.values)]
    # Two lines a label while there is room for them, else one.
    room, mark = (32, "<br>") if len(ended) * 32 <= field.plot + 20 else (17, f"{NBSP}")
    labels: list[Figure] = []
    for track in ended:
        last = max(place for place, value in enumerate(track.values) if value is not None)
        value = track.values[last]
        assert value is not None
        share = (value - field.low) / (field.high - field.low) if field.high > field.low else 0.5
        text = frames.plain_value(value, indicator)
        # What does not fit loses its method first: the line of the state says the same one.
        name = frames.shorten(track.name if len(track.name) <= LABEL else track.short, LABEL)
        widths = (text_width(name, TICK), text_width(text, TICK, True))
        labels.append(
            {
                "width": max(widths) if room > 17 else sum(widths) + 4,
                "pixel": field.plot * (share if indicator.kind == "category" else 1 - share),
                "note": text_note(
                    track.x[last],
                    value,
                    f"{label_text(name)}{mark}<b>{label_text(text)}</b>",
                    palette.muted if track.role == "state" else track.colour,
                    xanchor="left",
                    xshift=9,
                ),
            }
        )
    labels.sort(key=lambda label: label["pixel"])
    placed = _pushed_apart([label["pixel"] for label in labels], room, field.plot)
    for label, pixel in zip(labels, placed, strict=True):
        label["note"]["yshift"] = round(label["pixel"] - pixel, 1)
    return labels


def _pushed_apart(pixels: Sequence[float], room: float, plot: float) -> list[float]:
    """Heights from the top, in order, moved so that each has `room` and none stands under the plot."""
    placed = list(pixels)
    for place in range(1, len(placed)):
        placed[place] = max(placed[place], placed[place - 1] + room)
    if placed:
        # What was pushed out at the bottom moves everything above it back up.
        limit = plot - room / 3
        for place in range(len(placed) - 1, -1, -1):
            placed[place] = min(placed[place], limit)
            limit = placed[place] - room
    return placed
