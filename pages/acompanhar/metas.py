"""Who is on the way? One indicator's targets across the municipalities."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, screens, words
from dashboard.findings import targets
from dashboard.screens import choices, controls, installation, session

data = installation.tables()
demonstration, theme = session.demonstration(), session.theme()
everything = data.verdicts(demonstration)
allowed = data.remember(
    ("com-meta", demonstration), lambda: targets.indicators_with_targets(data, everything)
)
if not allowed:
    screens.heading("Metas", "Nenhuma meta para acompanhar")
    st.stop()
opening = data.remember(("abertura", demonstration), lambda: targets.opening(data, everything, allowed))
indicator = choices.wanted_indicator(data, opening, allowed)
codes = data.chosen(session.filtered(data))
view = (indicator.indicator, codes, demonstration)
frame = session.kept(
    data, "leituras", lambda: targets.of_indicator(data, indicator.indicator, codes, demonstration), on=view
)
shows_demonstration = bool((frame["origin"] == "demonstration").any())
source, focus = screens.source_of(data, indicator), session.municipality()
sketches = {
    "distancia": screens.Sketch(
        lambda: charts.dumbbell(targets.distances(frame), indicator, focus, theme, targets.FURTHEST),
        session.kept(
            data, "distancia:titulo", lambda: targets.distance_title(targets.distances(frame)), on=view
        ),
        source,
        (*view, focus),
        alone=f"{indicator.title}: distância até a meta",
    ),
    "mapa": screens.Sketch(
        lambda: screens.status_map(data, frame, codes, indicator.title),
        "Situação em cada município",
        source,
        (*view, focus),
        selects=True,
        alone=f"{indicator.title}: situação da meta em cada município",
        taken=lambda: screens.status_map(data, frame, codes, indicator.title, legend=True),
        legend=lambda: screens.ribbon(data, "metas", frame, f"{indicator.title}: situação das metas", view),
    ),
}
if not targets.has_distance(frame):
    del sketches["distancia"]
if screens.alone(sketches, data, "indicador"):
    screens.demonstration_banner(shows_demonstration)
    st.stop()
screens.heading(
    screens.eyebrow("Metas", data, codes),
    session.kept(data, "achado", lambda: targets.metas_title(frame), on=view),
)
screens.demonstration_banner(shows_demonstration)
with controls.controls_row():
    controls.indicator_choice(data, indicator.indicator, allowed=allowed)
    controls.filters(data)
    controls.link_button()
    controls.demonstration_choice()
session.write_link("indicador")
if frame.empty:
    screens.nothing_here()
    st.stop()

rule = screens.headed("", text=session.kept(data, "regra", lambda: targets.rule(data, frame), on=view))
screens.ribbon(data, "metas", frame, f"{indicator.title}: situação das metas", view, before=rule)
if "distancia" in sketches:
    left, right = st.columns([52, 48], gap="medium")
    with left:
        screens.show(sketches, "distancia", data)
    with right:
        screens.show(sketches, "mapa", data)
else:
    # Of categories there is no distance to measure.
    screens.show(sketches, "mapa", data)

screens.participants(data, frame, indicator, source, view)
if opened := screens.folded(f"Ver tabela: {words.counted(len(frame), 'meta', 'metas')}", "tabela"):
    with opened:
        screens.listing(
            data,
            "metas",
            indicator.title,
            lambda: targets.targets_table(data, frame),
            source,
            on=view,
            drawn=lambda: screens.in_words(lambda: targets.targets_words(data, frame), indicator.title),
        )
