"""How is an indicator, who stands out, how did it move, and what exactly does it measure?"""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import charts, screens
from dashboard.findings import catalogue, indicators
from dashboard.screens import choices, controls, installation, session

data = installation.tables()
indicator = choices.wanted_indicator(data, data.first("indicator"))
year = choices.wanted_year(data, indicator)
codes = data.chosen(session.filtered(data))
frame, when = choices.values(data, indicator, year, codes)

source, theme, focus = screens.source_of(data, indicator, when), session.theme(), session.municipality()
shown, view, place = choices.shown(data), (indicator.indicator, year, codes), screens.geometry(data, codes)
# Asked where they are shown: a chart that stands alone needs one of them or none.
whole = partial(data.whole_series, indicator.indicator)
own = partial(data.series, indicator.indicator, shown) if shown else whole
ends = "Quem está em cada ponta" if len(codes) > 1 else "O único município"
sketches = {
    "mapa": screens.Sketch(
        lambda: charts.choropleth(frame, indicator, selected=focus, theme=theme, **place),
        f"{indicator.title}, {when}",
        source,
        (*view, focus),
        selects=True,
    ),
    "ranking": screens.Sketch(
        lambda: charts.ranking(frame, indicator, focus, theme, first=10, last=5),
        ends,
        source,
        (*view, focus),
        alone=f"{indicator.title}, {when}: {ends[0].lower()}{ends[1:]}",
    ),
    "serie": screens.Sketch(
        lambda: charts.series(own(), indicator, theme, state=whole() if shown else None),
        "Ao longo do tempo",
        screens.source_of(data, indicator),
        (indicator.indicator, shown),
        alone=indicator.title
        if not shown
        else f"{indicator.title}: {', '.join(data.names()[code] for code in shown)}",
        whole=True,
    ),
    "distribuicao": screens.Sketch(
        lambda: charts.distribution(frame, indicator, focus, theme),
        f"Como os municípios se distribuem, {when}",
        source,
        (*view, focus),
        alone=f"{indicator.title}, {when}: como os municípios se distribuem",
    ),
}
if screens.alone(sketches, data, "indicador", "ano", "municipios"):
    st.stop()

screens.heading(
    screens.eyebrow("Indicador", data, codes),
    session.kept(data, "achado", lambda: indicators.finding(frame, indicator, when), on=view),
    indicator.note,
)
with controls.controls_row():
    controls.indicator_choice(data, data.first("indicator"))
    controls.year_choice(data, indicator)
    controls.filters(data)
    controls.link_button()
if not codes:
    session.write_link("indicador", "ano", "municipios")
    screens.nothing_here()
    st.stop()

if said := session.kept(data, "pessoas", lambda: indicators.whom(frame, indicator, when), on=view):
    screens.sentence(said)
left, right = st.columns([55, 45], gap="medium")
with left:
    screens.show(sketches, "mapa", data)
with right:
    screens.show(sketches, "ranking", data)

controls.municipalities_choice(data, "Municípios na série")
session.write_link("indicador", "ano", "municipios")
if own()["value"].notna().any():
    screens.show(sketches, "serie", data)
else:
    screens.section("Ao longo do tempo", text=indicators.no_series(data, indicator, bool(shown)))
screens.about_series(data, indicator, shown)

screens.show(sketches, "distribuicao", data)

screens.definitions(
    session.kept(data, "sobre", lambda: catalogue.about(data, indicator), on=(indicator.indicator,)),
    "O que este indicador mede",
)
screens.indicator_sheet(data, indicator, year)
screens.values_listing(data, frame, indicator, when, source)
