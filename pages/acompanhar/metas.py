"""Who is on the way? One indicator's targets across the municipalities."""

from typing import Any

import streamlit as st

from dashboard import charts, controls, plans

data = controls.tables()
demonstration, theme = controls.demonstration(), controls.theme()
everything = data.verdicts(demonstration)
allowed = data.remember(("com-meta", demonstration), lambda: plans.indicators_with_targets(everything))
if not allowed:
    controls.heading("Metas", "Nenhuma meta para acompanhar")
    st.stop()
indicator = controls.wanted_indicator(data, "crianca_alfabetizada_municipal", allowed)
codes = data.chosen(controls.filtered(data))


def current() -> tuple[Any, Any, str, bool]:
    """The readings of the filter's municipalities, these, the finding, and whether one is a demonstration."""
    found = everything[everything["indicator"] == indicator.indicator]
    found = found[found["municipality_code"].isin(codes)]
    said = plans.metas_title(found) if len(found) else "Nenhum município neste filtro"
    chosen = data.municipalities().loc[list(codes)].reset_index(drop=True)
    return found, chosen, said, bool((found["origin"] == "demonstration").any())


frame, places, title, shows_demonstration = controls.kept(data, "leituras", current)
source, focus = controls.source_of(indicator), controls.municipality()
sketches = {
    "distancia": controls.Sketch(
        lambda: charts.dumbbell(plans.distances(frame), indicator, focus, theme),
        "Distância até a meta",
        source,
        alone=f"{indicator.title}: distância até a meta",
    ),
    "mapa": controls.Sketch(
        lambda: charts.status_map(
            plans.map_frame(frame, places),
            indicator.title,
            selected=focus,
            theme=theme,
            **controls.geometry(data),
        ),
        "Situação em cada município",
        source,
        selects=True,
        alone=f"{indicator.title}: situação da meta em cada município",
        legend=lambda: controls.ribbon(data, "metas", frame, f"{indicator.title}: situação das metas"),
    ),
}
if not plans.has_distance(frame):
    del sketches["distancia"]
if controls.alone(sketches, data, "indicador"):
    controls.demonstration_banner(shows_demonstration)
    st.stop()
controls.heading(controls.eyebrow("Metas", data, codes), title)
controls.demonstration_banner(shows_demonstration)
with controls.controls_row():
    controls.indicator_choice(data, indicator.indicator, allowed=allowed)
    controls.filters(data)
    controls.link_button()
    controls.demonstration_choice()
controls.write_link("indicador")
if frame.empty:
    controls.nothing_here()
    st.stop()

controls.sentence(controls.kept(data, "regra", lambda: plans.rule(frame)))
controls.ribbon(data, "metas", frame, f"{indicator.title}: situação das metas")
left, right = st.columns([52, 48], gap="medium")
with left:
    if "distancia" in sketches:
        controls.show(sketches, "distancia", data)
    else:
        controls.section("Situação", text="Meta por categoria: não há distância para medir.")
with right:
    controls.show(sketches, "mapa", data)

controls.section(
    "Quem participa do programa e quem não participa",
    quiet="Comparação lado a lado; não prova que o programa causou a diferença.",
)
controls.listing(data, "grupos", "Participação e situação", lambda: plans.participants(frame), source)
with st.expander(f"Ver tabela: {len(frame)} metas", key="tabela"):
    controls.listing(data, "metas", indicator.title, lambda: plans.targets_table(frame), source)
