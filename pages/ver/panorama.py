"""Where is attention needed? One indicator on the map, its figures, and the areas that ask for a look."""

from typing import Any

import streamlit as st

from dashboard import charts, controls, plans, summaries, words

data = controls.tables()
indicator = controls.wanted_indicator(data, "agua_atendimento")
year = controls.wanted_year(data, indicator)
codes = data.chosen(controls.filtered(data))
frame = data.at(indicator.indicator, year)
when = words.period(frame["period"].iloc[0], indicator)
frame = frame[frame["municipality_code"].isin(codes)]

controls.heading(
    controls.eyebrow("Panorama", data, codes), words.finding(indicator, when, frame["value"].tolist())
)
with controls.controls_row():
    controls.indicator_choice(data, "agua_atendimento")
    controls.year_choice(data, indicator)
    controls.filters(data)
    controls.link_button()
controls.write_link("indicador", "ano")
if not codes:
    controls.nothing_here()
    st.stop()


def tiles() -> list[summaries.Tile]:
    """The four figures of the indicator, over what the filter leaves."""
    changes = data.changes(indicator.indicator, year)
    return summaries.tiles(frame, changes[changes["municipality_code"].isin(codes)], indicator, when)


def current() -> Any:
    """The readings of the filter's municipalities whose term is not over."""
    readings = data.verdicts()
    readings = readings[readings["municipality_code"].isin(codes)]
    return readings[~plans.ended(readings, controls.as_of(data))]


controls.tiles(controls.kept(data, "figuras", tiles))
source, theme, focus = controls.source_of(indicator, when), controls.theme(), controls.municipality()
left, right = st.columns([55, 45], gap="medium")
with left:
    drawn = controls.kept(
        data,
        "mapa",
        lambda: charts.choropleth(frame, indicator, selected=focus, theme=theme, **controls.geometry(data)),
    )
    controls.draw(drawn, "mapa", f"{indicator.title}, {when}", source, data, selects=True)
with right:
    drawn = controls.kept(data, "ranking", lambda: charts.ranking(frame, indicator, focus, theme))
    controls.draw(drawn, "ranking", summaries.ranking_title(indicator, 12, len(frame)), source, data)

readings = controls.kept(data, "leituras", current)
controls.section("Como estão as metas e os compromissos")
controls.sentence(f"{plans.title(readings)}. Veja cada plano em Monitoramento.")
controls.ribbon(readings, "Situação das metas e dos compromissos")

controls.section("Onde olhar primeiro")
controls.attention(controls.kept(data, "atencao", lambda: summaries.attention(data.standing(), codes)), data)
controls.section("Por área")
controls.areas(controls.kept(data, "areas", lambda: summaries.areas(data.standing(), codes)), data)
