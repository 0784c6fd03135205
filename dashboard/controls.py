"""Shared widgets. Each starts from the choice and writes back to it, so that the link says what they show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import comparisons, markup, peers, words
from dashboard.comparisons import Column
from dashboard.session import (
    BAND_SLUGS,
    PARTICIPATION,
    SCOPE_SLUGS,
    absence,
    address,
    as_of,
    choice,
    config,
    demonstration,
    doubt,
    filtered,
    kept,
    municipality,
    parsed_date,
    place_of,
    region_label,
    slug,
)
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import SCOPES, Indicator


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


@cache
def _indicator_labels() -> dict[str, str]:
    """Every indicator as lists show it: its title with its area."""
    return {
        name: f"{item.title} · {declarations.AREAS[item.area]}"
        for name, item in declarations.indicators().items()
    }


def indicator_choice(
    data: Tables, default: str, label: str = "Indicador", allowed: Sequence[str] | None = None
) -> Indicator:
    """A select box of indicators, with their area; the declaration of the chosen one."""
    declared = declarations.indicators()
    options = list(allowed) if allowed is not None else data.available()
    held = choice()
    if held.get("indicador") not in options:
        if default not in options and (said := absence(default, data)):
            st.html(markup.note(f"{said} Mostramos outro indicador."))
        held.put("indicador", default if default in options else options[0])
    key = _start("indicador", held.get("indicador"))
    st.selectbox(
        label,
        options,
        format_func=_indicator_labels().__getitem__,
        key=key,
        on_change=_from_widget,
        args=("indicador", "ano"),
    )
    return declared[held.get("indicador")]


def year_choice(data: Tables, indicator: Indicator) -> int:
    """A select box of the indicator's years, latest first; the chosen one, always one with data."""
    held = choice()
    years = data.years(indicator.indicator)
    year = wanted_year(data, indicator)
    held.put("ano", str(year))
    st.selectbox("Ano", years, key=_start("ano", year), on_change=_from_widget, args=("ano",), width=112)
    return year


def wanted_indicator(data: Tables, default: str, allowed: Sequence[str] | None = None) -> Indicator:
    """The indicator of the link or the default, before the widget is drawn (titles come first).

    `allowed`: the indicators that the page can show; another one of the link gives way, in words.
    """
    name = choice().get("indicador")
    options = list(allowed) if allowed is not None else data.available()
    if allowed is not None and name and name not in options:
        title = declarations.indicators()[name].title
        choice().messages.append(f"{title} não tem meta para acompanhar. Mostramos outro indicador.")
    if name not in options:
        if not name and default not in options and (said := absence(default, data)):
            choice().messages.append(f"{said} Mostramos outro indicador.")
            choice().put("indicador", options[0])
        name = default if default in options else options[0]
    return declarations.indicators()[name]


def wanted_year(data: Tables, indicator: Indicator) -> int:
    """The year of the link where the indicator has data in it, else its latest, saying so."""
    held = choice()
    years = data.years(indicator.indicator)
    asked = held.get("ano")
    if asked and int(asked) not in years:
        held.messages.append(
            f"{indicator.title} não tem dado de {asked}. Mostramos {years[0]}, o mais recente."
        )
        held.put("ano", str(years[0]))
    return int(held.get("ano") or years[0])


def values(data: Tables, indicator: Indicator, year: int, codes: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """The rows of `Tables.at` that the filter leaves, and their period in words."""

    def found() -> tuple[pd.DataFrame, str]:
        frame = data.at(indicator.indicator, year)
        when = words.period(frame["period"].iloc[0], indicator)
        return frame[frame["municipality_code"].isin(codes)], when

    return kept(data, "valores", found)


def municipality_choice(data: Tables) -> None:
    """The municipality in focus, in the side bar of every page."""
    names = data.names()
    value = choice().get("municipio") or None
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
    choice().put("municipio", st.session_state["widget:municipio-na-tela"])


def municipalities_choice(data: Tables, label: str, most: int = 8) -> tuple[str, ...]:
    """A list of municipalities to set side by side, kept in the link; their codes."""
    names = data.names()
    asked = dict.fromkeys(choice().get("municipios").split(","))
    chosen = [code for code in asked if code in names][:most]
    key = _start("municipios", chosen)
    st.multiselect(
        label,
        list(names),
        format_func=lambda code: names[code],
        key=key,
        max_selections=most,
        placeholder="Acrescente municípios",
        on_change=_from_list,
        args=("municipios",),
    )
    return tuple(chosen)


def _from_list(name: str) -> None:
    choice().put(name, ",".join(st.session_state[f"widget:{name}"]))


def since_choice(data: Tables) -> dt.date:
    """The date from which changes are told, typed the Brazilian way; 60 days before the judging by default."""
    start = parsed_date(choice().get("desde")) or as_of(data) - dt.timedelta(days=60)
    key, shown = "widget:desde", "desde-na-caixa"
    # What the reader types stays, though it be no date; a date that comes by another way is shown.
    if key not in st.session_state or st.session_state.get(shown) != start:
        st.session_state[key] = words.date(start)
    else:
        st.session_state[key] = st.session_state[key]
    st.session_state[shown] = start
    st.text_input("Desde (dia/mês/ano)", key=key, on_change=_from_date, width=200)
    if parsed_date(st.session_state[key]) is None:
        st.warning(
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


def _plan_titles(data: Tables) -> dict[str, str]:
    shown = demonstration()

    def titles() -> dict[str, str]:
        frame = data.plans(shown)
        return {"": "Todos os planos e compromissos", **dict(zip(frame["plan"], frame["title"], strict=True))}

    return data.remember(("planos", shown), titles)


def wanted_plan(data: Tables) -> str:
    """The plan of the link, or an empty text for all, before the widget is drawn; a hidden one is said."""
    held = choice()
    if held.get("plano") not in _plan_titles(data):
        held.messages.append(
            "O plano do link é o de demonstração, que só aparece quando se pede. Mostramos todos os planos."
        )
        held.put("plano", None)
    return held.get("plano")


def plan_choice(data: Tables) -> str:
    """A select box of the plans in force; the id of the chosen one, or an empty text for all."""
    titles, value = _plan_titles(data), choice().get("plano")
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
    labels = data.remember(("regioes",), lambda: _region_labels(data))
    _filter_box("Região", "regiao", list(labels), labels)
    present = set(data.municipalities()["population_band"].dropna())
    bands = {part: f"{label} habitantes" for part, label in BAND_SLUGS.items() if label in present}
    _filter_box("Porte", "porte", ["", *bands], {"": "Todos"} | bands)
    states = {part: label for part, (_, label) in PARTICIPATION.items()}
    _filter_box("Programa", "programa", ["", *states], {"": "Todos"} | states)
    if not config().programme.participants:
        st.html(
            markup.note(
                "A lista de participantes do programa ainda não foi informada: todos aparecem como Não informado."
            )
        )
    clear_button("limpar-filtros")


def _region_labels(data: Tables) -> dict[str, str]:
    """Every region as it stands in a link, with its name and kind; the empty one stands for all."""
    return {"": "Todas"} | {
        f"{part}.{slug(place)}": region_label(scope, place, data)
        for part, scope in SCOPE_SLUGS.items()
        for place in data.places(scope)
    }


def _filter_box(label: str, name: str, options: list[str], labels: Mapping[str, str]) -> None:
    value = choice().get(name) if choice().get(name) in options else ""
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
            st.html(markup.note("Quem abrir este endereço verá esta mesma tela."))
            st.code(address(), language=None, wrap_lines=True)


def controls_row(key: str = "controles") -> Any:
    """The one row of controls under the title; another row of a page needs another key."""
    return st.container(horizontal=True, vertical_alignment="bottom", key=key)


MOST_COMPARED = 8


def wanted_option(name: str, options: Mapping[str, str], default: str) -> str:
    """The option of the link or the default, before the widget is drawn; an unknown one is said and left aside.

    The first option where the default is none of them, and an empty text where there is no option.
    """
    held = choice()
    asked = held.get(name)
    if asked and asked not in options:
        held.messages.append(
            f"O link pede uma opção que não existe (“{asked[:40]}”). Mostramos outra. Escolha na lista."
        )
        held.put(name, None)
    return held.get(name) or (default if default in options else next(iter(options), ""))


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


def wanted_list(name: str, options: Mapping[str, str], most: int) -> tuple[str, ...]:
    """The options of the link's list that exist, at most `most`; unknown ones are said and left aside."""
    held = choice()
    asked = [part for part in held.get(name).split(",") if part]
    unknown = [part for part in asked if part not in options]
    if unknown:
        held.messages.append(
            f"A lista do link traz um item que não existe (“{unknown[0][:40]}”). Deixamos esse item de lado."
        )
        held.put(name, ",".join(part for part in asked if part in options))
    return tuple(part for part in dict.fromkeys(asked) if part in options)[:most]


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


def region_options(data: Tables) -> dict[str, str]:
    """Every region of every scope, and the territory: link code -> name. `imediata.corumba` -> `Corumbá · região imediata`."""
    found = {"estado": config().territory.name}
    for part, scope in SCOPE_SLUGS.items():
        found |= {f"{part}.{slug(place)}": region_label(scope, place, data) for place in data.places(scope)}
    return found


def shown(data: Tables) -> tuple[str, ...]:
    """The municipality in focus and those of the link's list, each once."""
    names = data.municipalities().index
    listed = [code for code in dict.fromkeys(choice().get("municipios").split(",")) if code in names][
        :MOST_COMPARED
    ]
    return tuple(dict.fromkeys(code for code in (municipality(), *listed) if code))


def compared(data: Tables) -> tuple[Column, ...]:
    """What is set side by side: the municipalities of the link, or the one in focus, and then the regions."""
    names = data.names()
    listed = [code for code in dict.fromkeys(choice().get("municipios").split(",")) if code in names][
        :MOST_COMPARED
    ]
    towns = listed or [code for code in (municipality(),) if code]
    found = [Column(names[code], code=code) for code in towns]
    for part in wanted_list("regioes", region_options(data), MOST_COMPARED):
        if part == "estado":
            place = str(data.municipalities()["state"].iloc[0])
            found.append(Column(config().territory.name, scope="state", place=place))
        elif (region := place_of(part, data)) is not None:
            kind = ", ".join(filter(None, (SCOPES[region[0]].lower(), doubt(*region, data))))
            found.append(Column(f"{region[1]} ({kind})", scope=region[0], place=region[1]))
    return tuple(found)


def compared_indicators(data: Tables) -> tuple[str, ...]:
    """The indicators to compare: those of the link's list, else those of the chosen set."""
    available = data.available()
    listed = wanted_list("indicadores", dict.fromkeys(available, ""), len(available))
    chosen = wanted_option("conjunto", comparisons.sets(available), comparisons.RECOGNISED)
    return listed or comparisons.members(chosen, available)


def comparison_choices(data: Tables) -> None:
    """The controls of a comparison: set of indicators, order, and, in a popover, regions and single indicators."""
    available = data.available()
    with controls_row():
        option_choice(
            "Indicadores", "conjunto", comparisons.sets(available), comparisons.RECOGNISED, "indicadores"
        )
        option_choice("Ordenar por", "ordem", comparisons.ORDERS, "area")
        opened = st.popover("Mais escolhas", key="mais", on_change="rerun")
        if opened.open:
            with opened:
                _more_choices(data)
        link_button()


def _more_choices(data: Tables) -> None:
    list_choice("Regiões ao lado", "regioes", region_options(data), MOST_COMPARED, "Acrescente regiões")
    available, labels = data.available(), _indicator_labels()
    titles = {name: labels[name] for name in available}
    list_choice("Só estes indicadores", "indicadores", titles, len(available), "Todos os do conjunto")


def _add_compared(code: str, first: str) -> None:
    listed = [part for part in choice().get("municipios").split(",") if part] or [first]
    choice().put("municipios", ",".join(dict.fromkeys([*listed, code])))


def peer_buttons(data: Tables, code: str, most: int = 3) -> None:
    """The municipalities most like one as buttons that add each to the comparison, with the reasons."""
    st.html(markup.sentence(f"Municípios parecidos com {data.names()[code]}, para pôr ao lado:"))
    found = peers.of(data, code, most)
    for column, peer in zip(st.columns(most, gap="medium"), found, strict=False):
        with column:
            st.button(
                f"Comparar com {peer.name}",
                key=f"par-{peer.code}",
                on_click=_add_compared,
                args=(peer.code, code),
            )
            st.html(markup.note(peer.reasons))


def sort_options(names: Sequence[str]) -> dict[str, str]:
    """By what the municipalities of a comparison can be ordered."""
    return {"nome": "Nome"} | {
        name: f"{declarations.indicators()[name].title} (pior primeiro)" for name in names
    }


def _numbers(data: Tables) -> dict[str, str]:
    """The indicators that are numbers, with their area; ranks of categories would be mostly ties."""
    declared, labels = declarations.indicators(), _indicator_labels()
    return {name: labels[name] for name in data.available() if declared[name].kind == "number"}


def wanted_pair(data: Tables, x: str, y: str) -> tuple[Indicator, Indicator] | None:
    """The two indicators of the link or the defaults, else the first two there are; None with fewer than two."""
    options = _numbers(data)
    if len(options) < 2:
        return None
    held, declared, defaults = choice(), declarations.indicators(), {"x": x, "y": y}
    for name, default in defaults.items():
        if said := absence(held.get(name) or default, data):
            held.messages.append(f"{said} Mostramos outro indicador.")
            taken = [held.get(other) or defaults[other] for other in defaults]
            held.put(name, next(option for option in options if option not in taken))
    return declared[wanted_option("x", options, x)], declared[wanted_option("y", options, y)]


def pair_choices(data: Tables, x: Indicator, y: Indicator) -> None:
    """Two select boxes of indicators: across and up."""
    with controls_row("controles-par"):
        option_choice("Na horizontal", "x", _numbers(data), x.indicator)
        option_choice("Na vertical", "y", _numbers(data), y.indicator)


COLOURS = {"nenhuma": "Sem cor"} | {part: SCOPES[scope] for part, scope in SCOPE_SLUGS.items()}


def wanted_scope(default: str) -> str:
    """The regions that colour the points; empty for none."""
    return SCOPE_SLUGS.get(wanted_option("cor", COLOURS, default), "")


def relation_choices(data: Tables, default: str) -> tuple[str, ...]:
    """What colours the points, whose names are shown, the filters and the link; the codes of those named."""
    with controls_row():
        option_choice("Cor dos pontos", "cor", COLOURS, default)
        listed = municipalities_choice(data, "Mostrar o nome de", MOST_COMPARED)
        filters(data)
        link_button()
    return listed
