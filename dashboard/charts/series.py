"""Series: lines over the years, the path to a target, small multiples."""

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
    dot_marks,
    halo,
    label_text,
    line_mark,
    seven_digits,
    text_note,
    told,
)
from dashboard.charts.palettes import PALETTES, Palette, Theme, rgba, text_width
from pipelines.declarations import Indicator


@dataclass(frozen=True)
class TargetPath:
    """The way to a target: baseline, milestones, end. Without a baseline it is a level line (a limit)."""

    target_year: int
    target_value: float
    baseline_year: int | None = None
    baseline_value: float | None = None
    milestones: Mapping[int, float] = field(default_factory=dict)
    word: str = "meta"


# Letters of a label at the end of a line.
LABEL = 24


def _track_traces(
    track: frames.Track, indicator: Indicator, palette: Palette, main: bool, dots: bool
) -> list[Figure]:
    traces: list[Figure] = []
    runs = track.pieces()
    if main:
        for run in runs:
            banded = [
                place for place in run if track.lows[place] is not None and track.highs[place] is not None
            ]
            if len(banded) > 1:
                xs = [track.x[place] for place in banded]
                ys = [track.highs[place] for place in banded] + [
                    track.lows[place] for place in reversed(banded)
                ]
                band = line_mark(xs + xs[::-1], ys, "rgba(0,0,0,0)", 0)
                band |= {"fill": "toself", "fillcolor": rgba(track.colour, palette.band)}
                traces.append(band)
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
    held = [place for run in runs for place in run]
    lonely = {run[0] for run in runs if len(run) == 1}
    shown = held if dots else [place for place in held if place in lonely or place == held[-1]]
    if shown:
        size = (9 if main else 7) if dots else 6
        marks = dot_marks(
            [track.x[place] for place in shown],
            seven_digits(track.values[place] for place in shown),
            [palette.surface if track.flags[place] else track.colour for place in shown],
            size,
        )
        marks["marker"]["line"] = {
            "width": 2 if main and dots else 1.5,
            # A provisional value is a ring; the others get an edge of the ground, parting them from the line.
            "color": [track.colour if track.flags[place] else palette.surface for place in shown],
        }
        marks["cliponaxis"] = False
        traces.append(marks)
    if held:
        hover = []
        for place in held:
            mark = f" ({words.flag(track.flags[place])})" if track.flags[place] else ""
            when = words.period(track.days[place], indicator)
            hover.append(
                [
                    label_text(track.name),
                    label_text(f"{words.with_unit(track.values[place], indicator)} em {when}{mark}"),
                    words.interval(track.lows[place], track.highs[place], indicator),
                ]
            )
        # Unseen, wide marks: the pointer finds a value without having to hit a line of two pixels.
        target = dot_marks(
            [track.x[place] for place in held],
            seven_digits(track.values[place] for place in held),
            "rgba(0,0,0,0)",
            16,
        )
        target |= told(hover)
        traces.append(target)
    return traces


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
    municipality's band). `state`, `regions`: place, period (or year), value. Lines are cut at missing values
    and at changes of method; a provisional or estimated value is a ring. `certain=False`: chance explains the
    change.
    """
    palette = PALETTES[theme]
    several = len(set(frames.column(frame, "name"))) > 1
    colours = palette.categorical if several else (palette.data,)
    mains = frames.tracks_of(frame, "name", colours, 3 if not several else 2.5)
    starts = sorted({start for track in mains for start in track.starts()})
    others: list[frames.Track] = []
    if regions is not None and len(regions):
        others += frames.tracks_of(regions, "place", (palette.muted,), 1.5, "dot", "Região ")
    if state is not None and len(state):
        others += frames.tracks_of(state, "place", (palette.outline,), 1.8)
    others = [frames.cut_at(track, starts) for track in others]
    tracks = [*others, *mains]
    heights = [value for track in tracks for value in track.values if value is not None]
    for track in mains[:1]:
        heights += [value for value in (*track.lows, *track.highs) if value is not None]
    sentence = frames.series_sentence(mains, indicator, certain)
    table, decimals = _series_table(tracks, indicator)
    layout = base_layout(palette, height, bottom=26)
    if not heights:
        layout["xaxis"], layout["yaxis"] = axis(palette, 0, 1), axis(palette, 0, 1)
        layout["annotations"].append(
            text_note(0.5, 0.5, f"{words.MISSING}: sem dado na série", palette.muted)
        )
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    days = [day for track in tracks for day in track.known_days()]
    first_x, last_x = min(map(frames.year_of, days)), max(map(frames.year_of, days))
    way: list[tuple[float, float]] = []
    if path is not None:
        way = _path_points(path, first_x)
        heights += [value for _, value in way]
        # Room under the lowest point for its label, which a low drawing gives up a larger share for.
        heights.append(
            min(heights) - (max(heights) - min(heights)) * max(0.14, min(36 / (height - 60) - 0.1, 0.4))
        )
        first_x, last_x = min(first_x, way[0][0]), max(last_x, way[-1][0])
    if indicator.kind == "category":
        low, high = 0.6, len(indicator.categories) + 0.4
        steps = [float(place) for place in range(1, len(indicator.categories) + 1)]
    else:
        low, high = frames.value_range(min(heights), max(heights), indicator)
        steps = frames.round_steps(low, high, 3)
        if way:
            # Room for the two lines of the latest value's label when it stands under its point.
            low -= (high - low) * 0.16
    marks = frames.tick_texts(steps, indicator)
    data: list[Figure] = []
    unit = frames.unit_note(indicator)
    top = 48 if starts and unit else 34 if path is not None or starts or unit else 22
    for track in others:
        data += _track_traces(track, indicator, palette, False, False)
    if way:
        data += _way_traces(way, path, indicator, palette)
    dots = max(len(track.days) for track in mains) <= 24 if mains else False
    for place, track in reversed(list(enumerate(mains))):
        data += _track_traces(track, indicator, palette, place == 0 or len(mains) <= 3, dots)
    right = 14.0
    plot = height - top - 26
    up = -1 if indicator.kind == "category" else 1
    if way and len(mains) == 1:
        assert path is not None
        layout["annotations"] += _path_labels(
            mains[0], way, path, indicator, palette, (high - low) / plot * 26
        )
        ends = others
    else:
        ends = tracks
    labels = _end_labels(ends, indicator, palette, low, high, plot, up)
    if labels:
        right = min(max(label["width"] for label in labels) + 16, 168)
        layout["annotations"] += [label["note"] for label in labels]
    span = (last_x - first_x) or 1.0
    vals, texts = _year_ticks(days, [int(x) for x, _ in way], indicator)
    left = max(text_width(text, TICK) for text in marks) + 10
    if texts:
        # The first label hangs out on the left by half its width; so does the last on the right.
        left = max(left, text_width(texts[0], TICK) / 2 - 4)
        right = max(right, text_width(texts[-1], TICK) / 2 + 2)
    layout["margin"] |= {"l": left, "r": right, "t": top}
    layout["xaxis"] = axis(
        palette,
        first_x - span * 0.03,
        last_x + span * 0.03,
        tickvals=vals,
        ticktext=texts,
        showline=True,
        linecolor=palette.line,
        linewidth=1,
    )
    layout["yaxis"] = axis(
        palette,
        high if up < 0 else low,
        low if up < 0 else high,
        tickvals=steps,
        ticktext=[f"{label_text(mark)}{NBSP}" for mark in marks],
        showgrid=True,
        gridcolor=palette.grid,
        gridwidth=1,
    )
    for start in starts:
        before = [x for track in mains for x in track.x if x < start]
        middle = (max(before) + start) / 2 if before else start
        layout["shapes"].append(
            {
                "type": "line",
                "x0": middle,
                "x1": middle,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": palette.muted, "width": 1, "dash": "dot"},
                "layer": "below",
            }
        )
    if unit:
        layout["annotations"].append(
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
                yshift=22 if starts else 8,
            )
        )
    if starts:
        before = [x for track in mains for x in track.x if x < starts[-1]]
        middle = (max(before) + starts[-1]) / 2 if before else starts[-1]
        late = middle > (first_x + last_x) / 2
        layout["annotations"].append(
            text_note(
                middle,
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
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def _series_table(
    tracks: Sequence[frames.Track], indicator: Indicator
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a period, one column a line; missing stays missing."""
    days = sorted({day for track in tracks for day in track.days})
    table: dict[str, list[Any]] = {"Período": [words.period(day, indicator) for day in days]}
    decimals: dict[str, int] = {}
    for track in reversed(tracks):
        held = dict(zip(track.days, track.values, strict=True))
        column: list[Any] = [held.get(day) for day in days]
        if indicator.kind == "category":
            column = [words.category(value, indicator) for value in column]
        head = track.name
        table[head] = column
        decimals[head] = indicator.decimals
        marks = dict(zip(track.days, track.flags, strict=True))
        if any(marks.values()):
            table[f"{head}: observação"] = [words.flag(marks.get(day)) for day in days]
    return pd.DataFrame(table), decimals


def _way_traces(
    way: Sequence[tuple[float, float]], path: TargetPath | None, indicator: Indicator, palette: Palette
) -> list[Figure]:
    line = line_mark([x for x, _ in way], [y for _, y in way], palette.target, 2, "5px,4px")
    traces = [line]
    milestones = way[1:-1]
    if milestones:
        rings = dot_marks([x for x, _ in milestones], [y for _, y in milestones], palette.surface, 7)
        rings["marker"]["line"] = {"width": 1.5, "color": palette.target}
        rings |= told([[f"Previsto para {int(x)}", words.with_unit(y, indicator), ""] for x, y in milestones])
        traces.append(rings)
    end = dot_marks([way[-1][0]], [way[-1][1]], palette.target, 13)
    end["marker"]["symbol"] = "diamond"
    end["cliponaxis"] = False
    assert path is not None
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


def _path_labels(
    track: frames.Track,
    way: Sequence[tuple[float, float]],
    path: TargetPath,
    indicator: Indicator,
    palette: Palette,
    line: float,
) -> list[Figure]:
    """Labels on the drawing: the latest value, the first one, the target and the word for the path.

    `line`: the height of a label with its gap, in values.
    """
    held = [place for place, value in enumerate(track.values) if value is not None]
    aim = words.with_unit(path.target_value, indicator, short=True, trim=True)
    notes = [
        text_note(
            way[-1][0],
            way[-1][1],
            f"<b>{path.word} {label_text(aim)}</b> em {path.target_year}",
            palette.target,
            xanchor="right",
            yanchor="top" if way[-1][1] < way[0][1] else "bottom",
            xshift=6,
            yshift=-9 if way[-1][1] < way[0][1] else 9,
        )
    ]
    if held:
        last = held[-1]
        value, x = track.values[last], track.x[last]
        assert value is not None
        expected = _on_way(way, x)
        above = expected is None or value >= expected
        when = words.period(track.days[last], indicator)
        left = min(way[0][0], track.x[held[0]])
        edge = 0.12 * (way[-1][0] - left)
        near_start, near_end = x < left + edge, x > way[-1][0] - edge
        # At the axis the label stands beside its point, clear of the axis and of the unit above it.
        beside = near_start and not near_end and value != expected
        notes.append(
            text_note(
                x,
                value,
                f"<b>{label_text(words.with_unit(value, indicator, short=True))}</b><br>em {when}",
                track.colour,
                yanchor="middle" if beside else "bottom" if above else "top",
                xanchor="right" if near_end else "left" if near_start else "center",
                xshift=10 if beside else 0,
                yshift=0 if beside else 8 if above else -8,
                align="left" if beside else "center",
            )
        )
        first = held[0]
        start = track.values[first]
        following = next((item for place in held[1:] if (item := track.values[place]) is not None), None)
        below = following is not None and start is not None and following >= start
        # On the side that the line leaves free, and to the right, clear of the axis; where the path takes that
        # side the sentence alone says the first value.
        reach = [_on_way(way, track.x[first] + (way[-1][0] - left) * share) for share in (0, 0.08, 0.16)]
        gaps = [height - start for height in reach if height is not None and start is not None]
        free = not any(0 < (-gap if below else gap) <= line for gap in gaps)
        # Nor beside the latest value's own label.
        close = x - track.x[first] < 0.2 * (way[-1][0] - left)
        level = start is not None and abs(value - start) < 2 * line
        free &= not (close and level and below != above)
        if first != last and start is not None and free:
            notes.append(
                text_note(
                    track.x[first],
                    start,
                    label_text(words.with_unit(start, indicator, short=True)),
                    track.colour,
                    xanchor="left",
                    xshift=-4,
                    yanchor="top" if below else "bottom",
                    yshift=-7 if below else 7,
                )
            )
    if len(way) > 1 and path.baseline_year is not None:
        # To the right of a point the space under a rising path is free at any width, and over a falling one.
        place = way[0][0] + (way[-1][0] - way[0][0]) * 0.6
        spot = _on_way(way, place)
        rising = way[-1][1] >= way[0][1]
        if spot is not None:
            notes.append(
                text_note(
                    place,
                    spot,
                    "caminho previsto",
                    palette.target,
                    xanchor="left",
                    yanchor="top" if rising else "bottom",
                    xshift=4,
                    yshift=-4 if rising else 4,
                )
            )
    for note in notes:
        # The line may come from the side of a label, or cross a limit just under it.
        note["font"]["shadow"] = halo(palette)
    return notes


def _on_way(way: Sequence[tuple[float, float]], x: float) -> float | None:
    """The path's height at `x`, linear between neighbours; None before its start."""
    if x < way[0][0]:
        return None
    for (x0, y0), (x1, y1) in pairwise(way):
        if x <= x1:
            return y1 if x1 == x0 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return way[-1][1]


def _end_labels(
    tracks: Sequence[frames.Track],
    indicator: Indicator,
    palette: Palette,
    low: float,
    high: float,
    plot: float,
    up: int,
) -> list[Figure]:
    """Name and last value at the right of each line, pushed apart where they would meet."""
    labels: list[Figure] = []
    ended = [track for track in tracks if any(value is not None for value in track.values)]
    # Two lines a label while there is room for them, else one.
    room, mark = (32, "<br>") if len(ended) * 32 <= plot + 20 else (17, f"{NBSP}")
    for track in ended:
        held = [place for place, value in enumerate(track.values) if value is not None]
        last = held[-1]
        value = track.values[last]
        assert value is not None
        share = (value - low) / (high - low) if high > low else 0.5
        text = frames.plain_value(value, indicator)
        # What does not fit loses its method first: the line of the state says the same one.
        whole = track.name if len(track.name) <= LABEL else track.name.removesuffix(" (mediana)")
        name = frames.shorten(whole, LABEL)
        widths = (text_width(name, TICK), text_width(text, TICK, True))
        labels.append(
            {
                "width": max(widths) if room > 17 else sum(widths) + 4,
                "pixel": plot * (1 - share if up > 0 else share),
                "note": text_note(
                    track.x[last],
                    value,
                    f"{label_text(name)}{mark}<b>{label_text(text)}</b>",
                    track.colour if track.colour != palette.outline else palette.muted,
                    xanchor="left",
                    xshift=9,
                ),
            }
        )
    labels.sort(key=lambda label: label["pixel"])
    placed = [label["pixel"] for label in labels]
    for place in range(1, len(placed)):
        placed[place] = max(placed[place], placed[place - 1] + room)
    if placed:
        # What was pushed out at the bottom moves everything above it back up.
        limit = plot - room / 3
        for place in range(len(placed) - 1, -1, -1):
            placed[place] = min(placed[place], limit)
            limit = placed[place] - room
    for label, pixel in zip(labels, placed, strict=True):
        label["note"]["yshift"] = round(label["pixel"] - pixel, 1)
    return labels


def small_multiples(
    frame: pd.DataFrame,
    indicator: Indicator,
    theme: Theme = "light",
    *,
    state: pd.DataFrame | None = None,
    columns: int = 4,
) -> Chart:
    """One small panel a municipality on one scale, the state in grey behind each.

    `frame`: name, period (or year), value, flag, break_before. `state`: place, period (or year), value.
    `columns`: panels side by side (2 on a phone; `panels` gives the same as HTML that wraps by itself).
    """
    palette = PALETTES[theme]
    mains = frames.tracks_of(frame, "name", (palette.data,), 2.2)
    behind = (
        frames.tracks_of(state, "place", (palette.outline,), 1.2) if state is not None and len(state) else []
    )
    sentence = frames.series_sentence(mains, indicator, None)
    table, decimals = _series_table([*behind, *mains], indicator)
    rows = max(-(-len(mains) // columns), 1)
    layout = base_layout(palette, 140 * rows, top=0, bottom=0, right=0)
    heights = [value for track in (*mains, *behind) for value in track.values if value is not None]
    if not heights:
        layout["xaxis"], layout["yaxis"] = axis(palette, 0, 1), axis(palette, 0, 1)
        layout["annotations"].append(
            text_note(0.5, 0.5, f"{words.MISSING}: sem dado na série", palette.muted)
        )
        return Chart({"data": [], "layout": layout}, sentence, table, decimals)
    low, high = frames.value_range(min(heights), max(heights), indicator)
    steps = frames.round_steps(low, high, 2)
    marks = frames.tick_texts(steps, indicator)
    days = [day for track in (*mains, *behind) for day in track.known_days()]
    first_x, last_x = frames.year_of(min(days)), frames.year_of(max(days))
    span = (last_x - first_x) or 1.0
    left = max(text_width(mark, 11) for mark in marks) + 6
    layout["margin"]["l"] = left
    data: list[Figure] = []
    gutter = 0.045
    wide = (1 - gutter * (columns - 1)) / columns
    for place, track in enumerate(mains):
        row, column = divmod(place, columns)
        name = "" if place == 0 else str(place + 1)
        x0 = column * (wide + gutter)
        top = 1 - row / rows
        bottom = top - 1 / rows
        domain = [bottom + 22 / (140 * rows), top - 40 / (140 * rows)]
        starts = track.starts()
        for other in behind:
            data += _panel(frames.cut_at(other, starts), name, palette, False, indicator)
        data += _panel(track, name, palette, True, indicator)
        layout[f"xaxis{name}"] = axis(
            palette,
            first_x - span * 0.05,
            last_x + span * 0.05,
            domain=[x0, x0 + wide],
            anchor=f"y{name}",
            tickvals=[first_x, last_x] if last_x > first_x else [first_x],
            ticktext=[words.period(min(days), indicator), words.period(max(days), indicator)][
                : 2 if last_x > first_x else 1
            ],
            tickfont={"size": 11, "color": palette.muted},
        )
        layout[f"yaxis{name}"] = axis(
            palette,
            low,
            high,
            domain=domain,
            anchor=f"x{name}",
            tickvals=steps,
            ticktext=[label_text(mark) + NBSP for mark in marks] if column == 0 else [""] * len(steps),
            tickfont={"size": 11, "color": palette.muted},
            showgrid=True,
            gridcolor=palette.grid,
            gridwidth=1,
        )
        held = [value for value in track.values if value is not None]
        value = words.with_unit(held[-1], indicator, short=True) if held else words.MISSING
        layout["annotations"].append(
            text_note(
                x0,
                top,
                f"{label_text(frames.shorten(track.name, 20))}<br><b>{label_text(value)}</b>",
                palette.text,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="top",
                yshift=-2,
            )
        )
    return Chart({"data": data, "layout": layout}, sentence, table, decimals)


def _panel(
    track: frames.Track, name: str, palette: Palette, main: bool, indicator: Indicator
) -> list[Figure]:
    traces = _track_traces(track, indicator, palette, False, False)
    if not main:
        traces = traces[:1]
    for trace in traces:
        trace["xaxis"], trace["yaxis"] = f"x{name}", f"y{name}"
    return traces
