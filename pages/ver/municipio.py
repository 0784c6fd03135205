"""How is my town? Who it is, where it stands well, where it asks for attention, and every indicator by area."""

from __future__ import annotations

import streamlit as st

from dashboard import charts, screens
from dashboard.findings import places
from dashboard.screens import choices, controls, installation, session
from dashboard.tables import Filter

data = installation.tables()
code, theme = session.municipality(), session.theme()
if not code:
    # Of several states the map shows one at a time, so that each municipality is large enough to be touched.
    several = data.several_states()
    codes = data.chosen(session.filtered(data) if several else Filter())
    screens.heading(screens.eyebrow("Município", data, codes), "Escolha um município")
    screens.sentence("Escreva ou escolha na lista, ou toque no mapa.")
    controls.place_choice(data)
    if several:
        controls.filters(data)
    session.write_link("indicador")
    if not codes:
        screens.nothing_here()
        st.stop()
    people = choices.wanted_indicator(data, data.first("choice"))
    frame, when = choices.values(data, people, data.newest(people.indicator).year, codes)
    drawn = session.kept(
        data,
        "mapa",
        lambda: charts.choropleth(frame, people, theme=theme, **screens.geometry(data, codes)),
        on=(people.indicator, codes),
    )
    screens.draw(
        drawn, "mapa", f"{people.title}, {when}", screens.source_of(data, people, when), data, selects=True
    )
    st.stop()

place, among = data.municipalities().loc[code], choices.wanted_among(data, code)


def heat() -> charts.Html:
    """The heat table of this municipality, with links that open each series and each value's passport."""
    links = session.addresses_of("", "indicador"), screens.passport_addresses()
    rows, groups = places.profile_rows(data, code, theme, *links, among)
    return charts.heat_table(f"Indicadores de {place['name']}", places.PROFILE_HEADS, rows, groups)


profile = screens.Sketch(
    heat,
    f"Indicadores de {place['name']}",
    screens.ALL_SOURCES,
    (code, among, session.address_of("")),
    quiet=f"{places.HEAT} {places.left_out(data, code)}".strip(),
)
if screens.alone({"perfil": profile}, data, "indicador", "entre"):
    st.stop()

screens.heading(
    screens.place_eyebrow(place, data),
    session.kept(data, "titulo", lambda: places.profile_title(place["name"], data, code), on=(code,)),
)
screens.who(place, data)
if len(data.names()) > 1:
    best, worst = session.kept(data, "pontas", lambda: places.ends(data, code), on=(code,))
    screens.points_beside([("Pontos fortes", best), ("Pontos de atenção", worst)])

with controls.controls_row():
    weakest = session.kept(data, "pior", lambda: places.weakest(data, code, data.first("series")), on=(code,))
    indicator = controls.indicator_choice(data, weakest, label="Ver a série de")
    controls.among_choice(data, code)
    controls.link_button()
session.write_link("indicador", "entre")
drawn = session.kept(
    data,
    "serie",
    lambda: charts.series(
        data.series(indicator.indicator, (code,)),
        indicator,
        theme,
        state=data.whole_series(indicator.indicator),
        regions=screens.region_series(data, indicator, place),
    ),
    on=(indicator.indicator, code),
)
alone = f"{place['name']}: {indicator.title}"
screens.draw(drawn, "serie", indicator.title, screens.source_of(data, indicator), data, alone=alone)
screens.table(
    session.kept(data, "perfil", heat, on=profile.on),
    lambda: places.profile_table(data, code),
    "perfil",
    profile.title,
    profile.source,
    data,
    before=screens.headed("Todos os indicadores, por área", quiet=places.HEAT + places.BESIDE),
    embeds=True,
)
screens.note(places.left_out(data, code))
screens.about_series(data, indicator, (code,))
screens.peer_table(data, code)
