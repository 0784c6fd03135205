"""Charts and maps on a page: drawn once, handed over again, alone on a page of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, cast
from urllib.parse import urlencode

import orjson
import pandas as pd
import streamlit as st
from plotly.basedatatypes import BaseFigure

from dashboard import charts
from dashboard.charts import Chart, Html, markup
from dashboard.charts.markup import NOTHING, joined
from dashboard.files.interchange import CODE
from dashboard.findings import targets
from dashboard.screens import messages
from dashboard.screens.downloads import PLOTLY, SERVED, downloads
from dashboard.screens.session import (
    TITLE,
    On,
    choice,
    embedded,
    kept,
    municipality,
    served,
    theme,
    write_link,
)
from dashboard.screens.shell import html
from dashboard.screens.texts import headed, note, section
from dashboard.sheets.shapes import area
from dashboard.tables import Tables
from pipelines.declarations import STATES

# How the map of several states is read further; the filter is the way of the keyboard.
ZOOMS = "touches-that-led-to-a-state"
ZOOM = "Toque em um município para abrir o estado dele, ou escolha o estado em Filtros."


class _Written(dict[str, Any]):
    """A figure as JSON: to Plotly an empty one, of which it asks what there is to write."""

    def __init__(self, text: bytes) -> None:
        super().__init__()
        self._text = text

    def to_plotly_json(self) -> orjson.Fragment:
        """The whole figure, ready."""
        return orjson.Fragment(self._text)


class _Ready(BaseFigure):  # type: ignore[misc]
    """A figure that is JSON already.

    Streamlit validates dictionaries key by key, 10 ms a chart on every rerun, and refuses a figure without
    data; the charts are validated once, in their tests.
    """

    def __init__(self, figure: _Written) -> None:
        self.__dict__["ready"] = figure

    def to_dict(self) -> Any:
        return self.__dict__["ready"]


def plot(chart: Chart, key: str, on_select: Callable[[], None] | None = None) -> None:
    """A Plotly chart with its sentence as text alternative."""
    more: dict[str, Any] = {"selection_mode": "points", "on_select": on_select} if on_select else {}
    # Of what is JSON already Streamlit does not find the height, and would give every chart its own.
    st.plotly_chart(
        _Ready(_Written(chart.written)),
        height=chart.height,
        theme=None,
        config=PLOTLY,
        key=key,
        alt=chart.sentence,
        **more,
    )


def geometry(data: Tables, codes: Sequence[str]) -> dict[str, Any]:
    """Keyword arguments of the maps of these municipalities: where the browser finds the mesh and the outline of what
    they lie in, and its bounds.
    """
    drawn = area(data, codes)
    return {
        "geometry_url": f"{SERVED}{drawn['municipalities']}",
        "outline_url": f"{SERVED}{drawn['outline']}",
        "bounds": tuple(drawn["bounds"]),
    }


def status_map(
    data: Tables, frame: pd.DataFrame, codes: Sequence[str], title: str, legend: bool = False
) -> Chart:
    """How the targets of `frame` stand in each municipality; `legend`: with the words of the statuses."""
    return charts.status_map(
        targets.map_frame(data, frame, codes),
        title,
        selected=municipality(),
        theme=theme(),
        legend=legend,
        **geometry(data, codes),
    )


def _clicked(key: str, zooms: bool) -> None:
    """Focus the municipality whose shape was clicked, or, on a map of several states, go to its state."""
    points = st.session_state[key]["selection"]["points"]
    for point in points:
        code = point.get("location")
        if isinstance(code, str) and code.isdigit():
            name, value = ("regiao", f"estado.{code[:2]}") if zooms else ("municipio", code)
            choice().put(name, value)
            if zooms:
                st.session_state[ZOOMS] = str(int(st.session_state.get(ZOOMS, 0)) + 1)


def _shown_states(chart: Chart, data: Tables) -> list[str]:
    """The states in which the municipalities of a map lie, by code; empty in a territory of one state."""
    if "states" not in data.manifest["geometry"]:
        return []
    return sorted(chart.frame[CODE].str[:2].unique())


def _leave_region() -> None:
    choice().put("regiao", None)


def _way_back(key: str, data: Tables) -> None:
    """From the map of a state to that of the territory."""
    every = len(data.manifest["geometry"]["states"]) == len(STATES)
    label = "Voltar ao Brasil" if every else "Voltar a todos os estados"
    st.button(label, key=f"voltar-{key}", type="tertiary", on_click=_leave_region)


def draw(
    chart: Chart,
    key: str,
    title: str,
    source: str,
    data: Tables,
    *,
    selects: bool = False,
    embeds: bool = False,
    alone: str = "",
    taken: Callable[[], Chart] | None = None,
    whole: bool = False,
) -> None:
    """A chart with its heading, its sentence (also its text alternative), its source and its downloads.

    `selects`: a click on a shape puts its municipality in focus, or goes to its state first where there are several.
    `embeds`: the page can show this chart alone.
    `alone`: the title of its files, where nothing around them says what they are about; `taken`: makes the
    chart as it leaves the page, with what explains its marks; `whole`: the page's filter does not touch it.
    """
    states = _shown_states(chart, data) if selects else []
    zooms, zoomed = len(states) > 1, len(states) == 1
    section(title, text=chart.sentence, quiet=ZOOM if zooms else "")
    if zoomed and choice().get("regiao"):
        _way_back(key, data)
    # After each touch that led elsewhere it is another widget: what was clicked on one map is not chosen on the next.
    widget = "-".join((key, *states[: int(zoomed)], *filter(None, (st.session_state.get(ZOOMS),))))
    plot(chart, widget, (lambda: _clicked(widget, zooms)) if selects else None)
    note(source)
    downloads(
        lambda: chart.frame,
        key,
        alone or title,
        source,
        data,
        chart=taken or (lambda: chart),
        embeds=embeds,
        whole=whole,
    )


@dataclass(frozen=True)
class Sketch:
    """A chart of a page, made when it is shown, or the markup of a table; its key in the page's mapping is its id in a link.

    `alone`: the title where nothing around the chart says what it is about; `legend`: draws what explains its
    marks, where the page shows that elsewhere; `taken`: makes the chart with its marks explained, to take away;
    `whole`: the page's filter does not touch it; `on`: what the chart depends on, as `session.kept` takes it; `quiet`: the
    line that explains a table.
    """

    make: Callable[[], Chart | Html]
    title: str
    source: str
    on: On = None
    selects: bool = False
    alone: str = ""
    legend: Callable[[], None] | None = None
    taken: Callable[[], Chart] | None = None
    whole: bool = False
    quiet: str = ""


def show(sketches: Mapping[str, Sketch], key: str, data: Tables) -> None:
    """Draw one chart of a page with all that belongs to it."""
    sketch = sketches[key]
    draw(
        cast(Chart, kept(data, key, sketch.make, on=sketch.on)),
        key,
        sketch.title,
        sketch.source,
        data,
        selects=sketch.selects,
        embeds=True,
        alone=sketch.alone,
        taken=sketch.taken,
        whole=sketch.whole,
    )


def alone(sketches: Mapping[str, Sketch], data: Tables, *own: str) -> bool:
    """Draw only the chart or table that an embedding link names, with its source; False where the link names none.

    `own`: the parameters that only this page uses, kept in the link.
    """
    key = embedded()
    if not key:
        return False
    write_link(*own, "grafico")
    sketch = sketches.get(key)
    if sketch is None:
        messages.told(f"Não há um gráfico “{key[:40]}” nesta página. Use um destes: {', '.join(sketches)}.")
        return True
    drawn, head = kept(data, key, sketch.make, on=sketch.on), headed(sketch.alone or sketch.title)
    if isinstance(drawn, Chart):
        html(head)
        plot(drawn, key)
        above = NOTHING
    else:
        # Inside the frame of another site no page may open.
        apart = Html(drawn.replace("<a ", '<a target="_blank" rel="noopener" '))
        above = joined(head, apart, markup.note(sketch.quiet))
    if sketch.legend is not None:
        sketch.legend()
    whole = served(f"{(st.context.url or '').split('?')[0].rsplit('/', 1)[-1]}?{urlencode(choice().written)}")
    html(
        Html(
            f'{above}<p class="note">{escape(sketch.source)} <a href="{escape(whole.replace(f"grafico={key}", "").rstrip("&?"), quote=True)}" '
            f'target="_blank" rel="noopener">{TITLE}</a></p>'
        )
    )
    return True
