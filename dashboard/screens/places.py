"""A place's pieces of a page: who it is, its peers, its series beside the region's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, words
from dashboard.charts import markup
from dashboard.charts.markup import NOTHING, Html, joined
from dashboard.findings import comparisons, peers, places
from dashboard.findings.indicators import Tile
from dashboard.screens.installation import config
from dashboard.screens.lists import ALL_SOURCES, listing
from dashboard.screens.session import address_of, kept, municipality, theme
from dashboard.screens.shell import html
from dashboard.screens.texts import headed, tiles_markup
from dashboard.sheets.shapes import area, mesh
from dashboard.tables import Tables
from pipelines.declarations import NEAR_SCOPE, SCOPES, Indicator


def place_eyebrow(place: pd.Series, data: Tables) -> str:
    """`Município · 5002704 · região imediata Campo Grande`; of several states with the one in which it lies."""
    code = str(place["municipality_code"])
    state = [config().territory.name, data.place_name("state", code[:2])] if data.several_states() else []
    return " · ".join(["Município", *state, code, f"região imediata {place['immediate_region']}"])


def who(place: pd.Series, data: Tables) -> None:
    """Who a municipality is: where it lies, its people, its land and its regions."""
    left, right = st.columns([70, 30], gap="medium")
    with left:
        html(kept(data, "quem", lambda: _who(place, data), on=(place["municipality_code"],)))
    # The territory stays as it is and is not sent again; the municipality lies over it.
    with right, st.container(key="onde-fica"):
        file = area(data, [place["municipality_code"]])["municipalities"]
        shapes = _outlines(file)
        html(kept(data, "territorio", lambda: charts.territory(shapes, theme()), on=(file,)))
        html(charts.inset(shapes, place["municipality_code"], place["name"], theme()))


def _who(place: pd.Series, data: Tables) -> Html:
    told = {name: data.profile_row(place["municipality_code"], name) for name in data.prominent("place")}
    planning = str(place["planning_region"])
    if not place["planning_region_confirmed"]:
        planning += " (a confirmar)"
    regions = [
        (SCOPES[scope], planning if scope == "planning_region" else str(place[scope]))
        for scope in SCOPES
        if not words.is_missing(place[scope])
    ]
    figures = [
        Tile("População", words.number(place["population"]), "", f"habitantes em {place['population_year']}"),
        Tile("Área", words.number(place["area_km2"], 1), " km²", "IBGE, 2022")
        if not words.is_missing(place["area_km2"])
        else Tile("Área", words.MISSING, "", "não está nesta cópia da fonte"),
        *(places.profile_tile(row, data.indicators[name]) for name, row in told.items() if row),
    ]
    about = [
        ("Porte", f"{place['population_band']} habitantes"),
        ("Programa", f"{participation_words(place['participant'])} ({config().programme.name})"),
        *regions,
    ]
    said = ". ".join(f"{term}: {text}" for term, text in about)
    return joined(tiles_markup(figures), markup.note(f"{said}."))


def participation_words(participant: Any) -> str:
    """Whether a municipality takes part in the programme; unknown is said, never taken for no."""
    if words.is_missing(participant):
        return "Não informado"
    return "Participa" if participant else "Não participa"


@cache
def _outlines(file: str) -> charts.Outlines:
    return charts.outlines(mesh(file), width=220)


def peer_table(data: Tables, code: str) -> None:
    """The municipalities most like one, with the reasons, the figures behind them and how they were found."""
    found, here = peers.of(data, code), peers.here(data, code)
    name = data.names()[code]
    listed = ",".join([code, *(peer.code for peer in here)])
    said = (
        f"Comparar {name} com estes {words.number(len(found))}"
        if here == found
        else f"Comparar {name} com os mais parecidos {config().territory.of_name}: {words.listed(peer.name for peer in here)}"
    )
    link = (
        NOTHING
        if not here
        else Html(
            f'<p class="sentence"><a href="{escape(address_of("comparar", municipios=listed), quote=True)}">'
            f"{escape(said)}</a></p>"
        )
    )
    listing(
        data,
        "parecidos",
        f"Municípios parecidos com {name}",
        lambda: peers.table(data, found),
        ALL_SOURCES,
        on=(code,),
        before=joined(markup.section("Municípios parecidos", 2), link, markup.note(peers.method(data))),
    )


def region_series(data: Tables, indicator: Indicator, place: pd.Series) -> pd.DataFrame | None:
    """The series of a municipality's immediate region; None where the region is not known."""
    region = place[f"{NEAR_SCOPE}_code"]
    if words.is_missing(region):
        return None
    return data.whole_series(indicator.indicator, NEAR_SCOPE, region)


def about_series(data: Tables, indicator: Indicator, codes: Sequence[str]) -> None:
    """What a series leads to: the trend of each municipality, and who started from the level where the one in
    focus is now and improved most.
    """
    code = municipality()
    trends = [
        data.remember(("tendencia", indicator.indicator, code), partial(_trend, data, indicator, code))
        for code in codes
    ]
    said = [markup.note(trend) for trend in trends if trend]
    said += [markup.note(caution.text) for caution in indicator.cautions]
    if code:
        said.append(
            kept(
                data,
                "quem-saiu-daqui",
                partial(_from_here, data, indicator, code),
                on=(indicator.indicator, code),
            )
        )
    else:
        asked = "Escolha um município em foco para ver quem já esteve no mesmo nível e mais melhorou."
        said.append(headed("Quem saiu daqui", quiet=asked))
    if told := joined(*said):
        html(told)


def _from_here(data: Tables, indicator: Indicator, code: str) -> Html:
    own = data.profile_row(code, indicator.indicator)
    value = None if own is None else own["value"]
    found = peers.from_here(data, indicator.indicator, code)
    name = data.names()[code]
    periods = len(data.years(indicator.indicator))
    intro, items = peers.from_here_words(found, indicator, name, value, periods)
    if not intro:
        return NOTHING
    listed = (
        joined(markup.points(items), markup.note(peers.from_here_note(found, indicator)))
        if items
        else NOTHING
    )
    return joined(markup.section("Quem saiu daqui", 2), markup.sentence(intro), listed)


def _trend(data: Tables, indicator: Indicator, code: str) -> str:
    name = data.names()[code]
    return comparisons.trend_sentence(name, data.spans(indicator.indicator, code), indicator)
