"""Shared widgets. Each starts from the choice and writes back to it, so that the link says what they show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import words
from dashboard.charts import markup
from dashboard.findings import comparisons, peers
from dashboard.findings.deliverables import BIMONTH
from dashboard.screens import messages, searching
from dashboard.screens.choices import (
    MOST_COMPARED,
    among_options,
    colours,
    indicator_labels,
    number_indicators,
    periods,
    plan_titles,
    region_options,
    regions_of,
    states,
    wanted_list,
    wanted_option,
    wanted_state,
    wanted_year,
)
from dashboard.screens.installation import config
from dashboard.screens.link import (
    AMONG_SLUGS,
    BAND_SLUGS,
    PARTICIPATION,
    absence,
    elsewhere,
    parsed_date,
    place_code,
)
from dashboard.screens.session import address, choice, demonstration, filtered
from dashboard.screens.shell import html
from dashboard.tables import Tables
from pipelines.declarations import Indicator


def _from_widget(name: str, *forgotten: str) -> None:
    """Copy a widget's value into the choice, forgetting what depended on the old one."""
    held = choice()
    value = st.session_state.get(f"widget:{name}")
    held.put(name, None if value is None else str(value))
    for other in forgotten:
        held.put(other, None)


def _start(name: str, value: Any) -> str:
    """Give a widget the chosen value before it is drawn; returns its key.

    On every run, even where the session says so already: on another page the same key is another widget, which
    would begin at its own default.
    """
    key = f"widget:{name}"
    st.session_state[key] = value
    return key


def indicator_choice(
    data: Tables, default: str, label: str = "Indicador", allowed: Sequence[str] | None = None
) -> Indicator:
    """A select box of indicators, with their area; the declaration of the chosen one."""
    declared = data.indicators
    options = list(allowed) if allowed is not None else data.available()
    held = choice()
    if held.get("indicador") not in options:
        missed = default not in options and not elsewhere(default, data)
        if missed and (said := absence(default, data)):
            html(markup.note(f"{said} Mostramos outro indicador."))
        held.put("indicador", default if default in options else options[0])
    key = _start("indicador", held.get("indicador"))
    st.selectbox(
        label,
        options,
        format_func=indicator_labels(data).__getitem__,
        key=key,
        on_change=_from_widget,
        args=("indicador", "ano", "periodo"),
    )
    return declared[held.get("indicador")]


def year_choice(data: Tables, indicator: Indicator) -> int:
    """A select box of the indicator's years, newest first; the chosen one, always one with data."""
    held = choice()
    years = data.years(indicator.indicator)
    year = wanted_year(data, indicator)
    held.put("ano", str(year))
    key = _start("ano", year)
    st.selectbox("Ano", years, key=key, on_change=_from_widget, args=("ano", "periodo"), width=112)
    return year


def period_choice(data: Tables, indicator: Indicator, year: int) -> None:
    """A select box of the periods of a year, where it has several."""
    options = periods(data, indicator, year)
    if len(options) > 1:
        newest = min(data.newest(indicator.indicator).date().isoformat(), next(iter(options)))
        option_choice("Período", "periodo", options, newest)


def municipality_choice(data: Tables) -> None:
    """The municipality in focus, in the side bar of every page."""
    names = data.names()
    value = choice().get("municipio") or None
    if not searching.listed(data):
        searching.search(data, "Município em foco", "municipio", value or "", _put_focus, "Escreva o nome")
        return
    st.selectbox(
        "Município em foco",
        list(names),
        index=None,
        format_func=lambda code: names[code],
        key=_start("municipio", value),
        placeholder="Escolha um município",
        on_change=_from_widget,
        args=("municipio",),
    )


def place_choice(data: Tables) -> None:
    """The municipality to put in focus, on a page that has nothing to show without one; the side bar may be closed."""
    names = data.names()
    if not searching.listed(data):
        searching.search(data, "Município", "na-tela", "", _put_focus, "Escreva o nome")
        return
    st.selectbox(
        "Município",
        list(names),
        index=None,
        format_func=lambda code: names[code],
        key=_start("municipio-na-tela", None),
        placeholder="Escreva ou escolha um município",
        on_change=_from_page,
    )


def _from_page() -> None:
    _put_focus(st.session_state["widget:municipio-na-tela"])


def _put_focus(code: str | None) -> None:
    choice().put("municipio", code)


def municipalities_choice(data: Tables, label: str, most: int = 8) -> tuple[str, ...]:
    """A list of municipalities to set side by side, kept in the link; their codes."""
    names = data.names()
    asked = dict.fromkeys(choice().get("municipios").split(","))
    chosen = [code for code in asked if code in names][:most]
    key, options = _start("municipios", chosen), list(names)
    if not searching.listed(data):
        # A box that only takes out what is chosen, beside one that finds what is not.
        options = chosen
        if len(chosen) < most:
            searching.search(
                data,
                f"Acrescentar: {label[0].lower()}{label[1:]}",
                "lista",
                "",
                _add_to_list,
                "Escreva o nome",
            )
        if not chosen:
            return ()
    st.multiselect(
        label,
        options,
        format_func=lambda code: names[code],
        key=key,
        max_selections=most,
        placeholder="Acrescente municípios",
        on_change=_from_list,
        args=("municipios",),
    )
    return tuple(chosen)


def _add_to_list(code: str | None) -> None:
    if code:
        listed = [part for part in choice().get("municipios").split(",") if part]
        choice().put("municipios", ",".join(dict.fromkeys([*listed, code])))


def _from_list(name: str) -> None:
    choice().put(name, ",".join(st.session_state[f"widget:{name}"]))


def since_choice(data: Tables) -> dt.date:
    """The date from which changes are told, typed the Brazilian way; 60 days before the judging by default."""
    start = parsed_date(choice().get("desde")) or data.as_of - BIMONTH
    key, shown = "widget:desde", "desde-na-caixa"
    # What the reader types stays, though it be no date; a date that comes by another way is shown.
    if key not in st.session_state or st.session_state.get(shown) != start:
        st.session_state[key] = words.date(start)
    else:
        st.session_state[key] = st.session_state[key]
    st.session_state[shown] = start
    st.text_input("Desde (dia/mês/ano)", key=key, on_change=_from_date, width=200)
    if parsed_date(st.session_state[key]) is None:
        messages.warned(
            f"“{st.session_state[key][:20]}” não é uma data. Escreva dia/mês/ano, como {words.date(start)}."
        )
    return start


def _from_date() -> None:
    typed = parsed_date(st.session_state["widget:desde"])
    if typed:
        choice().put("desde", typed.isoformat())


def demonstration_choice() -> None:
    """The switch that shows the demonstration plan."""
    st.toggle("Plano de demonstração", key=_start("demonstracao", demonstration()), on_change=_from_switch)


def _from_switch() -> None:
    choice().put("demonstracao", "sim" if st.session_state["widget:demonstracao"] else None)


def among_choice(data: Tables, code: str) -> str:
    """The same as `wanted_among`, with the box in which it is chosen."""
    return AMONG_SLUGS[option_choice("Posição entre", "entre", among_options(data, code), "todos")]


def plan_choice(data: Tables) -> str:
    """A select box of the plans in force; the id of the chosen one, or an empty text for all."""
    titles, value = plan_titles(data), choice().get("plano")
    st.selectbox(
        "Plano",
        list(titles),
        format_func=lambda plan: titles[plan],
        key=_start("plano", value),
        on_change=_from_widget,
        args=("plano",),
    )
    return value


def _clear_filters() -> None:
    for name in ("regiao", "porte", "programa"):
        choice().put(name, None)


def clear_button(key: str) -> None:
    """The way out of an empty filter."""
    st.button("Limpar filtros", key=key, on_click=_clear_filters)


def filters(data: Tables) -> tuple[str, ...]:
    """The popover of filters; the codes of the municipalities it leaves, by name."""
    # The label stays the same, since a popover with another label is another one and closes; what is filtered
    # stands in the page's eyebrow.
    opened = st.popover("Filtros", key="filtros", on_change="rerun")
    if opened.open:
        with opened:
            _filter_boxes(data)
    return data.chosen(filtered(data))


def _filter_boxes(data: Tables) -> None:
    _region_boxes(data)
    present = set(data.municipalities()["population_band"].dropna().unique())
    bands = {part: f"{label} habitantes" for part, label in BAND_SLUGS.items() if label in present}
    _filter_box("Porte", "porte", ["", *bands], {"": "Todos"} | bands)
    states = {part: label for part, (_, label) in PARTICIPATION.items()}
    _filter_box("Programa", "programa", ["", *states], {"": "Todos"} | states)
    if not config().programme.participants:
        html(
            markup.note(
                "A lista de participantes do programa ainda não foi informada: todos aparecem como Não informado."
            )
        )
    clear_button("limpar-filtros")


def _region_boxes(data: Tables) -> None:
    """State, then its regions: of the whole country nobody looks through 1,300 of them in one list."""
    state, every = wanted_state(data), "Todas"
    if data.several_states():
        labels = {"": "Todos"} | states(data)
        value = place_code("state", state) if state else ""
        st.selectbox(
            "Estado",
            list(labels),
            format_func=lambda option: labels[option],
            key=_start("estado", value),
            on_change=_from_state,
        )
        every = "Todo o estado"
    if state:
        whole = place_code("state", state) if data.several_states() else ""
        regions = {whole: every} | regions_of(data, state)
        _filter_box("Região", "regiao", list(regions), regions)


def _from_state() -> None:
    choice().put("regiao", st.session_state["widget:estado"])


def _filter_box(label: str, name: str, options: list[str], labels: Mapping[str, str]) -> None:
    value = choice().get(name) if choice().get(name) in options else options[0]
    st.selectbox(
        label,
        options,
        format_func=lambda option: labels[option],
        key=_start(name, value),
        on_change=_from_widget,
        args=(name,),
    )


def link_button() -> None:
    """The address of this view, ready to copy."""
    opened = st.popover("Link", key="link", on_change="rerun")
    if opened.open:
        with opened:
            html(markup.note("Quem abrir este endereço verá esta mesma tela."))
            st.code(address(), language=None, wrap_lines=True)


def controls_row(key: str = "controles") -> Any:
    """The one row of controls under the title; another row of a page needs another key."""
    return st.container(horizontal=True, vertical_alignment="bottom", key=key)


def option_choice(label: str, name: str, options: Mapping[str, str], default: str, *forgotten: str) -> str:
    """A select box of named options, kept in the link under `name`; the chosen one. `forgotten`: see _from_widget."""
    value = wanted_option(name, options, default)
    st.selectbox(
        label,
        list(options),
        format_func=lambda option: options[option],
        key=_start(name, value),
        on_change=_from_widget,
        args=(name, *forgotten),
    )
    return value


def list_choice(
    label: str, name: str, options: Mapping[str, str], most: int, placeholder: str
) -> tuple[str, ...]:
    """A list of named options, kept in the link under `name`, in the order of choosing."""
    chosen = wanted_list(name, options, most)
    st.multiselect(
        label,
        list(options),
        format_func=lambda option: options[option],
        key=_start(name, list(chosen)),
        max_selections=most,
        placeholder=placeholder,
        on_change=_from_list,
        args=(name,),
    )
    return chosen


def comparison_choices(data: Tables) -> None:
    """The controls of a comparison: set of indicators, order, and, in a popover, regions and single indicators."""
    with controls_row():
        option_choice(
            "Indicadores", "conjunto", comparisons.sets(data), comparisons.RECOGNISED, "indicadores"
        )
        option_choice("Ordenar por", "ordem", comparisons.ORDERS, "area")
        opened = st.popover("Mais escolhas", key="mais", on_change="rerun")
        if opened.open:
            with opened:
                _more_choices(data)
        link_button()


def _more_choices(data: Tables) -> None:
    list_choice("Regiões ao lado", "regioes", region_options(data), MOST_COMPARED, "Acrescente regiões")
    available, labels = data.available(), indicator_labels(data)
    titles = {name: labels[name] for name in available}
    list_choice("Só estes indicadores", "indicadores", titles, len(available), "Todos os do conjunto")


def _add_compared(code: str, first: str) -> None:
    listed = [part for part in choice().get("municipios").split(",") if part] or [first]
    choice().put("municipios", ",".join(dict.fromkeys([*listed, code])))


PEER_BUTTONS = 3


def peer_buttons(data: Tables, code: str) -> None:
    """The municipalities most like one as buttons that add each to the comparison, with the reasons."""
    found = peers.here(data, code, PEER_BUTTONS)
    if not found:
        return
    html(markup.sentence(f"Municípios parecidos com {data.names()[code]}, para pôr ao lado:"))
    for column, peer in zip(st.columns(PEER_BUTTONS, gap="medium"), found, strict=False):
        with column:
            st.button(
                messages.plain_text(f"Comparar com {peer.name}"),
                key=f"par-{peer.code}",
                on_click=_add_compared,
                args=(peer.code, code),
            )
            html(markup.note(peer.reasons))


def pair_choices(data: Tables, x: Indicator, y: Indicator) -> None:
    """Two select boxes of indicators: across and up."""
    with controls_row("controles-par"):
        option_choice("Na horizontal", "x", number_indicators(data), x.indicator)
        option_choice("Na vertical", "y", number_indicators(data), y.indicator)


def relation_choices(data: Tables, default: str) -> tuple[str, ...]:
    """What colours the points, whose names are shown, the filters and the link; the codes of those named."""
    with controls_row():
        option_choice("Cor dos pontos", "cor", colours(data), default)
        listed = municipalities_choice(data, "Mostrar o nome de", MOST_COMPARED)
        filters(data)
        link_button()
    return listed
