"""How is my town? Who it is, where it stands well, where it asks for attention, and every indicator by area."""

import streamlit as st

from dashboard import charts, controls, summaries

data = controls.tables()
code, theme = controls.municipality(), controls.theme()
if not code:
    controls.heading(
        controls.eyebrow("Município", data, data.chosen(controls.filtered(data))), "Escolha um município"
    )
    controls.sentence("Escolha em “Município em foco”, ou toque no mapa.")
    controls.write_link()
    people = controls.wanted_indicator(data, "populacao")
    frame = data.at(people.indicator, data.years(people.indicator)[0])
    drawn = charts.choropleth(frame, people, theme=theme, **controls.geometry(data))
    controls.draw(drawn, "mapa", people.title, controls.source_of(people), data, selects=True)
    st.stop()

place = data.municipalities().loc[code]
standing, profile = data.standing(), data.profile(code)
controls.heading(
    controls.place_eyebrow(place),
    controls.kept(data, "titulo", lambda: summaries.profile_title(place["name"], standing, code)),
)
controls.who(place, profile, data)
best, worst = controls.kept(data, "pontas", lambda: summaries.ends(standing, code))
left, right = st.columns(2, gap="medium")
with left:
    controls.points("Pontos fortes", best, 2)
with right:
    controls.points("Pontos de atenção", worst, 2)

with controls.controls_row():
    indicator = controls.indicator_choice(data, "idhm", label="Ver a série de")
    controls.link_button()
controls.write_link("indicador")
drawn = controls.kept(
    data,
    "serie",
    lambda: charts.series(
        data.series(indicator.indicator, (code,)),
        indicator,
        theme,
        state=data.whole_series(indicator.indicator),
        regions=data.whole_series(indicator.indicator, "immediate_region", place["immediate_region"]),
    ),
)
controls.draw(drawn, "serie", indicator.title, controls.source_of(indicator), data)
controls.trends(data, indicator, (code,))
controls.from_here(data, indicator)

controls.section("Municípios parecidos")
controls.peer_table(data, code)

controls.section("Todos os indicadores, por área")
controls.note(
    "Cor: em que quinto dos municípios com dado o valor está, do menos favorável (laranja) ao mais favorável "
    "(verde-azulado). Posição em intervalo onde o valor tem margem de erro. * provisório ou estimado."
)


def heat() -> str:
    """The heat table of this municipality, with links that open each series."""
    rows, groups = summaries.profile_rows(
        profile, data.history(code), theme, lambda name: controls.address_of("municipio", indicador=name)
    )
    return charts.heat_table(f"Indicadores de {place['name']}", summaries.PROFILE_HEADS, rows, theme, groups)


controls.table(
    data.remember(("perfil", code, theme, controls.address_of("municipio")), heat),
    data.remember(("perfil", code), lambda: summaries.profile_table(profile)),
    "perfil",
    f"Indicadores de {place['name']}",
    controls.ALL_SOURCES,
    data,
)
