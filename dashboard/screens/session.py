"""The run of a page: what the reader has chosen, which is what the link says.

The choice is kept once, in the session; widgets start from it and write back to it, and after every run the link
says it again. A link typed or pasted by the reader is read, checked and said in words where it asks for
something that does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar
from urllib.parse import quote_plus, urlencode

import streamlit as st

from dashboard.charts.palettes import Theme
from dashboard.screens.link import (
    BAND_SLUGS,
    EVERYWHERE,
    OF_PAGES,
    PARTICIPATION,
    Choice,
    link_fault,
    place_code,
    place_of,
)
from dashboard.tables import Filter, Tables
from dashboard.tables.territory import INSIDE
from pipelines.declarations import SCOPES

T = TypeVar("T")

# The values on which something of a page depends; None: on all that the link chooses.
On = tuple[Hashable, ...] | None

TITLE = "Farol Municipal"


def choice() -> Choice:
    """The session's choice."""
    try:
        held: Choice = st.session_state["choice"]
    except KeyError:
        held = st.session_state["choice"] = Choice()
    return held


def theme() -> Theme:
    """The reader's theme."""
    return "dark" if st.context.theme.type == "dark" else "light"


def read_link(data: Tables) -> None:
    """Take over what the link asks for, if the reader (and not this page) wrote it."""
    held = choice()
    link = {name: value for name, value in st.query_params.items() if name in (*EVERYWHERE, *OF_PAGES)}
    if not link or link == held.written:
        return
    for name, value in link.items():
        fault = link_fault(name, value, data)
        if fault:
            held.messages.append(fault)
            held.put(name, None)
        else:
            held.put(name, value)
    if place := place_of(held.get("regiao"), data):
        # An older link says the region's name.
        held.put("regiao", place_code(*place))
    if "indicador" in link:
        for name in {"ano", "periodo"} - link.keys():
            held.put(name, None)


def write_link(*own: str) -> None:
    """Make the link say what is chosen; `own`: the parameters that only this page uses."""
    held = choice()
    wanted = {name: held.get(name) for name in (*EVERYWHERE, *own) if held.get(name)}
    kept = {name: value for name, value in st.query_params.items() if name in {"embed", "embed_options"}}
    if dict(st.query_params.items()) != wanted | kept:
        st.query_params.from_dict(wanted | kept)
    held.written = wanted


def address() -> str:
    """The address that opens this view again."""
    base = (st.context.url or "").split("?")[0]
    query = urlencode(choice().written)
    return f"{base}?{query}" if query else base


def kept(data: Tables, name: str, make: Callable[[], T], on: On = None) -> T:
    """What a page shows under `name`, made once for what it depends on.

    `on`: the values that it depends on besides build, page, configuration and theme. A click on anything else, most
    often the municipality in focus, finds it again. What does not say on what it depends is made for each view: all
    that the link chooses.
    """
    held = choice()
    depends = tuple(sorted(held.values.items())) if on is None else on
    return data.remember((held.place, name, theme(), on is None, depends), make)


def demonstration() -> bool:
    """Whether the reader asked for the demonstration plan."""
    return choice().get("demonstracao") == "sim"


def municipality() -> str:
    """The IBGE code of the municipality in focus, or an empty text."""
    return choice().get("municipio")


def filtered(data: Tables) -> Filter:
    """The filter of the choice, applied by this page from here on."""
    choice().filters = True
    return _filter(data)


def _filter(data: Tables) -> Filter:
    held = choice()
    place = place_of(held.get("regiao"), data) if held.get("regiao") else None
    return Filter(
        scope=place[0] if place else "",
        place=place[1] if place else "",
        band=BAND_SLUGS.get(held.get("porte"), ""),
        participation=PARTICIPATION.get(held.get("programa"), ("", ""))[0],
    )


def doubt(scope: str, place: str, data: Tables) -> str:
    """`a confirmar` for a planning region, by its code, to which some municipality belongs by a reading not yet confirmed."""

    def unconfirmed() -> frozenset[str]:
        frame = data.municipalities()
        return frozenset(frame.loc[~frame["planning_region_confirmed"], "planning_region_code"].dropna())

    doubted = scope == "planning_region" and place in data.remember(("a-confirmar",), unconfirmed)
    return "a confirmar" if doubted else ""


def region_label(scope: str, place: str, data: Tables) -> str:
    """A place as lists show it: `Corumbá · região imediata`, `Bolsão · região de planejamento (a confirmar)`, `Piauí`."""
    mark, name = doubt(scope, place, data), data.place_name(scope, place)
    if scope == "state":
        return name
    return f"{name} · {SCOPES[scope].lower()}" + (f" ({mark})" if mark else "")


def filtered_state(data: Tables) -> str:
    """The name of the one state, of several, that the filter of this page leaves; empty where it leaves more."""
    used = _filter(data) if choice().filters else Filter()
    if not used.place or not data.several_states():
        return ""
    return data.place_name("state", data.state_of(used.scope, used.place))


def filter_words(data: Tables) -> list[str]:
    """The filter in words: `Região de saúde: Leste`, `até 5 mil`, `Programa: Participa`.

    Nothing on a page that has not applied it: what it shows is not filtered.
    """
    if not choice().filters:
        return []
    used = _filter(data)
    mark = doubt(used.scope, used.place, data)
    said = []
    if used.place:
        name = data.place_name(used.scope, used.place)
        said.append(f"{INSIDE[used.scope]}: {name}" + (f", {mark}" if mark else ""))
    if used.band:
        said.append(f"{used.band} habitantes")
    if used.participation:
        said.append(f"Programa: {PARTICIPATION[choice().get('programa')][1].lower()}")
    return said


def address_of(page: str, **values: str) -> str:
    """A relative address of another page, keeping the filters and the municipality in focus."""
    held = choice()
    # In one order, whether the reader has a municipality in focus or not: what is kept is kept for both.
    query = {name: found for name in EVERYWHERE if (found := values.get(name, held.get(name)))} | values
    return f"{page}?{urlencode(query)}"


# Where a value stands in an address that is made for many of them: nothing that is chosen has it, and encoding leaves it.
_PLACE = "__"


def addresses_of(page: str, name: str) -> Callable[[str], str]:
    """Makes `address_of` with one value given, for as many as a table has rows."""
    before, _, after = address_of(page, **{name: _PLACE}).rpartition(f"{name}={_PLACE}")
    return lambda value: f"{before}{name}={quote_plus(value)}{after}"


def served(path: str) -> str:
    """The absolute address of a file or folder that this server serves beside its pages."""
    page = (st.context.url or "").split("?")[0]
    return f"{page.rsplit('/', 1)[0]}/{path}"


def embedded() -> str:
    """The id of the one chart that a frame on another site shows (?grafico=<id>&embed=true); empty otherwise."""
    return (st.query_params.get("grafico") or choice().get("grafico")) if st.context.is_embedded else ""
