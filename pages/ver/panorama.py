"""Where is attention needed? One indicator on the map, its figures, and the areas that ask for a look."""

from typing import Any

import streamlit as st

from dashboard import charts, controls, plans, summaries, words

data = controls.tables()
indicator = controls.wanted_indicator(data, "agua_atendimento")
year = controls.wanted_year(data, indicator)
codes = data.chosen(controls.filtered(data))
frame, when = controls.values(data, indicator, year, codes)

controls.heading(
    controls.eyebrow("Panorama", data, codes),
    controls.kept(data, "achado", lambda: words.finding(indicator, when, frame["value"].tolist())),
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


def current() -> tuple[Any, str]:
    """The readings of the filter's municipalities whose term is not over, and what they say together."""
    readings = data.verdicts()
    readings = readings[readings["municipality_code"].isin(codes)]
    readings = readings[~plans.ended(readings, controls.as_of(data))]
    return readings, plans.title(readings)


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

readings, said = controls.kept(data, "leituras", current)
controls.section("Como estão as metas e os compromissos", text=f"{said}. Veja cada plano em Monitoramento.")
controls.ribbon(data, "leituras", readings, "Situação das metas e dos compromissos")

controls.section(
    "Onde olhar primeiro",
    text="Municípios com mais indicadores entre os 20% em situação menos favorável, pelo dado mais recente de cada um.",
)
controls.listing(
    data,
    "atencao",
    "Municípios que pedem atenção",
    lambda: summaries.attention_rows(summaries.attention(data.standing(), codes)),
    controls.ALL_SOURCES,
)
controls.section("Por área")
controls.listing(
    data,
    "areas",
    "Resumo por área",
    lambda: summaries.area_rows(summaries.areas(data.standing(), codes)),
    controls.ALL_SOURCES,
)
