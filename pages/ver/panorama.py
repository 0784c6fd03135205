"""Where is attention needed? One indicator on the map, its figures, and the areas that ask for a look."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, screens
from dashboard.findings import indicators, places, targets
from dashboard.screens import choices, controls, installation, session

data = installation.tables()
indicator = choices.wanted_indicator(data, data.first("panorama"))
year = choices.wanted_year(data, indicator)
codes = data.chosen(session.filtered(data))
frame, when = choices.values(data, indicator, year, codes)
view = (indicator.indicator, year, codes)

screens.heading(
    screens.eyebrow("Panorama", data, codes),
    session.kept(data, "achado", lambda: indicators.finding(frame, indicator, when), on=view),
)
with controls.controls_row():
    controls.indicator_choice(data, data.first("panorama"))
    controls.year_choice(data, indicator)
    controls.filters(data)
    controls.link_button()
session.write_link("indicador", "ano")
if not codes:
    screens.nothing_here()
    st.stop()


def tiles() -> list[indicators.Tile]:
    """The four figures of the indicator, over what the filter leaves."""
    changes = data.changes(indicator.indicator, year)
    return indicators.tiles(frame, choices.among(data, changes, codes), indicator, when)


cautions = " ".join(caution.text for caution in indicator.cautions if caution.period.year == year)
partial = session.kept(data, "estados", lambda: indicators.partial(frame), on=view)
screens.tiles(
    session.kept(data, "figuras", tiles, on=view), quiet=" ".join(filter(None, (partial, cautions)))
)
source, theme, focus = screens.source_of(data, indicator, when), session.theme(), session.municipality()
left, right = st.columns([55, 45], gap="medium")
with left:
    drawn = session.kept(
        data,
        "mapa",
        lambda: charts.choropleth(
            frame, indicator, selected=focus, theme=theme, **screens.geometry(data, codes)
        ),
        on=(*view, focus),
    )
    screens.draw(drawn, "mapa", f"{indicator.title}, {when}", source, data, selects=True)
with right:
    drawn = session.kept(
        data, "ranking", lambda: charts.ranking(frame, indicator, focus, theme), on=(*view, focus)
    )
    title = indicators.ranking_title(indicator, 12, len(frame))
    screens.draw(drawn, "ranking", title, source, data, alone=f"{indicator.title}, {when}: {title.lower()}")

readings = session.kept(data, "leituras", lambda: targets.on_agenda(data, codes, data.as_of), on=(codes,))
screens.ribbon(
    data,
    "leituras",
    readings.frame,
    "Situação das metas e dos compromissos",
    on=(codes,),
    before=screens.headed(
        "Como estão as metas e os compromissos", text=f"{readings.title}. Veja cada plano em Monitoramento."
    ),
)
# Of one municipality alone nobody stands last.
if len(data.names()) > 1:
    weak = session.kept(data, "fracos", lambda: places.attention(data, codes), on=(codes,))
    screens.listing(
        data,
        "atencao",
        "Municípios que pedem atenção",
        lambda: places.attention_rows(weak),
        screens.ALL_SOURCES,
        on=(codes, session.address_of("municipio", municipio="")),
        links=lambda: [session.address_of("municipio", municipio=code) for code in weak["municipality_code"]],
        before=screens.headed(
            "Onde olhar primeiro",
            text=session.kept(data, "empates", lambda: places.attention_note(data, codes, weak), on=(codes,)),
        ),
    )
    screens.listing(
        data,
        "areas",
        "Resumo por área",
        lambda: places.area_rows(places.areas(data, codes)),
        screens.ALL_SOURCES,
        on=(codes,),
        before=screens.headed("Por área"),
    )
