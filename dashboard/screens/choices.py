"""What can be chosen on a page, and what is: indicator, year, plan, places, options."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard import words
from dashboard.findings import comparisons, places
from dashboard.findings.comparisons import Column
from dashboard.screens.installation import config
from dashboard.screens.link import (
    AMONG_SLUGS,
    SCOPE_SLUGS,
    absence,
    elsewhere,
    parsed_date,
    place_code,
    place_of,
    region_fault,
)
from dashboard.screens.session import choice, demonstration, doubt, municipality, region_label
from dashboard.tables import Tables
from dashboard.tables.territory import INSIDE
from pipelines.declarations import AREAS, SCOPES, Indicator
from pipelines.states import COUNTRY_CODE, COUNTRY_NAME


def indicator_labels(data: Tables) -> dict[str, str]:
    """Every indicator as lists show it: its title with its area."""

    def labels() -> dict[str, str]:
        return {name: f"{item.title} · {AREAS[item.area]}" for name, item in data.indicators.items()}

    return data.remember(("rotulos",), labels)


def wanted_indicator(data: Tables, default: str, allowed: Sequence[str] | None = None) -> Indicator:
    """The indicator of the link or the default, before the widget is drawn (titles come first).

    `allowed`: the indicators that the page can show; another one of the link gives way, in words.
    """
    name = choice().get("indicador")
    options = list(allowed) if allowed is not None else data.available()
    if allowed is not None and name and name not in options:
        title = data.indicators[name].title
        choice().messages.append(f"{title} não tem meta para acompanhar. Mostramos outro indicador.")
    if name not in options:
        # What nobody asked for and nobody here has is no fault of the build.
        missed = default not in options and not elsewhere(default, data)
        if not name and missed and (said := absence(default, data)):
            choice().messages.append(f"{said} Mostramos outro indicador.")
            choice().put("indicador", options[0])
        name = default if default in options else options[0]
    return data.indicators[name]


def wanted_year(data: Tables, indicator: Indicator) -> int:
    """The year of the link where the indicator has data in it, else its latest, saying so."""
    held = choice()
    years = data.years(indicator.indicator)
    asked = held.get("ano")
    newest = data.newest(indicator.indicator).year
    if asked and int(asked) not in years:
        held.messages.append(
            f"{indicator.title} não tem dado de {asked}. Mostramos {newest}, o mais recente."
        )
        held.put("ano", str(newest))
    return int(held.get("ano") or newest)


def periods(data: Tables, indicator: Indicator, year: int) -> dict[str, str]:
    """The periods of a year that have a value, newest first, as links and readers say them: `2026-02-28`, `fevereiro de 2026`."""
    frame = data.periods(indicator.indicator)
    days = [period.date() for period in frame.loc[frame["year"] == year, "period"]]
    return {day.isoformat(): words.period(day, indicator, long=True) for day in days}


def wanted_period(data: Tables, indicator: Indicator, year: int) -> dt.date | None:
    """The period of the link within a year that has several; None stands for the year's last, as tables take it."""
    options = periods(data, indicator, year)
    if len(options) < 2 or not choice().get("periodo"):
        choice().put("periodo", None)
        return None
    wanted_option("periodo", options, "")
    return parsed_date(choice().get("periodo"))


def among(data: Tables, frame: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """The rows of the municipalities that the filter leaves; where nothing is filtered nothing is copied."""
    every = len(codes) == len(data.names())
    return frame if every else frame[frame["municipality_code"].isin(codes)]


def values(data: Tables, indicator: Indicator, year: int, codes: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """The rows of `Tables.at` that the filter leaves, and their period in words."""

    def found() -> tuple[pd.DataFrame, str]:
        frame = data.at(indicator.indicator, year)
        when = words.period(frame["period"].iloc[0], indicator, long=True)
        return among(data, frame, codes), when

    return data.remember(("valores", indicator.indicator, year, tuple(codes)), found)


def plan_titles(data: Tables) -> dict[str, str]:
    """The titles of the plans that may be chosen by their id; the empty id stands for all."""
    shown = demonstration()

    def titles() -> dict[str, str]:
        frame = data.plans(shown)
        return {"": "Todos os planos e compromissos", **dict(zip(frame["plan"], frame["title"], strict=True))}

    return data.remember(("planos", shown), titles)


def wanted_plan(data: Tables) -> str:
    """The plan of the link, or an empty text for all, before the widget is drawn; a hidden one is said."""
    held = choice()
    if held.get("plano") not in plan_titles(data):
        held.messages.append(
            "O plano do link é o de demonstração, que só aparece quando se pede. Mostramos todos os planos."
        )
        held.put("plano", None)
    return held.get("plano")


def states(data: Tables) -> dict[str, str]:
    """Every state of the territory as it stands in a link, with its name."""
    return {place_code("state", place): name for place, name in data.places("state").items()}


def wanted_state(data: Tables) -> str:
    """The code of the state in which the filter lies; empty where it leaves more than one."""
    if not data.several_states():
        return data.whole[1]
    place = place_of(choice().get("regiao"), data)
    return data.state_of(*place) if place else ""


def regions_of(data: Tables, state: str) -> dict[str, str]:
    """The regions of one state as they stand in a link, with name and kind."""

    def places_of(scope: str) -> list[tuple[str, str]]:
        held = data.states_of(scope)
        return [(place, held[place]) for place in data.places(scope)]

    def made() -> dict[str, str]:
        return {
            place_code(scope, place): region_label(scope, place, data)
            for scope in SCOPES
            for place, lies_in in places_of(scope)
            if lies_in == state
        }

    return data.remember(("regioes", state), made)


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


def among_options(data: Tables, code: str) -> dict[str, str]:
    """Among whom a municipality's place can be told, as the link says it, in words."""
    known = places.among(data, code)
    return {part: words.capitalised(known[key]) for part, key in AMONG_SLUGS.items() if key in known}


def wanted_among(data: Tables, code: str) -> str:
    """Among whom the link asks for a municipality's place; a key of `ranks.AMONG`, empty for all."""
    return AMONG_SLUGS[wanted_option("entre", among_options(data, code), "todos")]


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


def region_options(data: Tables) -> dict[str, str]:
    """What can stand beside municipalities: link code -> name. `imediata.500010` -> `Corumbá · região imediata`.

    The territory, the country, and the regions; of a territory of several states each state, and the regions of
    those that something chosen lies in.
    """
    found = {WHOLE[data.whole[0]]: config().territory.name, "pais": COUNTRY_NAME}
    if not data.several_states():
        return found | regions_of(data, data.whole[1])
    asked = [place for part in choice().get("regioes").split(",") if (place := place_of(part, data))]
    held = {data.state_of(*place) for place in asked} | {code[:2] for code in shown(data)}
    for state in sorted({*held, wanted_state(data)} - {""}):
        found |= regions_of(data, state)
    return found | states(data)


# What the territory as one is called in a link, by its scope.
WHOLE = {"state": "estado", "states": "estados", "country": "pais"}


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
    _put_codes("regioes", data)
    for part in wanted_list("regioes", region_options(data), MOST_COMPARED):
        if part == WHOLE[data.whole[0]]:
            scope, place = data.whole
            found.append(Column(config().territory.name, scope=scope, place=place))
        elif part == "pais":
            found.append(Column(COUNTRY_NAME, scope="country", place=COUNTRY_CODE))
        elif (region := place_of(part, data)) is not None:
            kind = ", ".join(filter(None, (INSIDE[region[0]].lower(), doubt(*region, data))))
            found.append(Column(f"{data.place_name(*region)} ({kind})", scope=region[0], place=region[1]))
    return tuple(found)


def _put_codes(name: str, data: Tables) -> None:
    """Write the regions that an older link names into the choice by their codes; what names none, or two, is said."""
    held = choice()
    known = []
    for part in filter(None, held.get(name).split(",")):
        if part in WHOLE.values():
            known.append(part)
        elif place := place_of(part, data):
            known.append(place_code(*place))
        else:
            held.messages.append(
                region_fault(part, data).replace(
                    "Mostramos todas. Escolha em Filtros", "Escolha em Mais escolhas"
                )
            )
    held.put(name, ",".join(known))


def compared_indicators(data: Tables) -> tuple[str, ...]:
    """The indicators to compare: those of the link's list, else those of the chosen set."""
    available = data.available()
    listed = wanted_list("indicadores", dict.fromkeys(available, ""), len(available))
    chosen = wanted_option("conjunto", comparisons.sets(data), comparisons.RECOGNISED)
    return listed or comparisons.members(data, chosen)


def sort_options(data: Tables, names: Sequence[str]) -> dict[str, str]:
    """By what the municipalities of a comparison can be ordered."""
    return {"nome": "Nome"} | {name: f"{data.indicators[name].title} (pior primeiro)" for name in names}


def number_indicators(data: Tables) -> dict[str, str]:
    """The indicators that are numbers, with their area; ranks of categories would be mostly ties."""
    declared, labels = data.indicators, indicator_labels(data)
    return {name: labels[name] for name in data.available() if declared[name].kind == "number"}


def wanted_pair(data: Tables, x: str, y: str) -> tuple[Indicator, Indicator] | None:
    """The two indicators of the link or the defaults, else the first two there are; None with fewer than two."""
    options = number_indicators(data)
    if len(options) < 2:
        return None
    held, declared, defaults = choice(), data.indicators, {"x": x, "y": y}
    for name, default in defaults.items():
        if said := absence(held.get(name) or default, data):
            if held.get(name) or not elsewhere(default, data):
                held.messages.append(f"{said} Mostramos outro indicador.")
            taken = [held.get(other) or defaults[other] for other in defaults]
            held.put(name, next(option for option in options if option not in taken))
    return declared[wanted_option("x", options, x)], declared[wanted_option("y", options, y)]


def colours(data: Tables) -> dict[str, str]:
    """By what points can be coloured: states where there are several, and regions."""
    found = {"nenhuma": "Sem cor"} | {part: INSIDE[scope] for part, scope in SCOPE_SLUGS.items()}
    return {part: name for part, name in found.items() if part != "estado" or data.several_states()}


def wanted_scope(data: Tables, default: str) -> str:
    """The regions that colour the points; empty for none."""
    return SCOPE_SLUGS.get(wanted_option("cor", colours(data), default), "")
