"""How is an indicator, who stands out, how did it move, and what exactly does it measure?"""

import streamlit as st

from dashboard import charts, controls, summaries, words

data = controls.tables()
indicator = controls.wanted_indicator(data, "mortalidade_infantil_trienal")
year = controls.wanted_year(data, indicator)
codes = data.chosen(controls.filtered(data))
frame, when = controls.values(data, indicator, year, codes)

source, theme, focus = controls.source_of(indicator, when), controls.theme(), controls.municipality()
shown = controls.shown(data)
whole = data.whole_series(indicator.indicator)
own = data.series(indicator.indicator, shown) if shown else whole
sketches = {
    "mapa": controls.Sketch(
        lambda: charts.choropleth(frame, indicator, selected=focus, theme=theme, **controls.geometry(data)),
        f"{indicator.title}, {when}",
        source,
        selects=True,
    ),
    "ranking": controls.Sketch(
        lambda: charts.ranking(frame, indicator, focus, theme, first=10, last=5),
        "Quem está em cada ponta",
        source,
        alone=f"{indicator.title}, {when}",
    ),
    "serie": controls.Sketch(
        lambda: charts.series(own, indicator, theme, state=whole if shown else None),
        "Série",
        controls.source_of(indicator),
        alone=indicator.title,
    ),
    "distribuicao": controls.Sketch(
        lambda: charts.distribution(frame, indicator, focus, theme),
        f"Como os municípios se distribuem, {when}",
        source,
        alone=f"{indicator.title}, {when}: como os municípios se distribuem",
    ),
}
if controls.alone(sketches, data, "indicador", "ano", "municipios"):
    st.stop()

controls.heading(
    controls.eyebrow("Indicador", data, codes),
    controls.kept(data, "achado", lambda: words.finding(indicator, when, frame["value"].tolist())),
)
with controls.controls_row():
    controls.indicator_choice(data, "mortalidade_infantil_trienal")
    controls.year_choice(data, indicator)
    controls.filters(data)
    controls.link_button()
if not codes:
    controls.write_link("indicador", "ano", "municipios")
    controls.nothing_here()
    st.stop()

controls.sentence(indicator.note)
left, right = st.columns([55, 45], gap="medium")
with left:
    controls.show(sketches, "mapa", data)
with right:
    controls.show(sketches, "ranking", data)

controls.section("Ao longo do tempo")
controls.municipalities_choice(data, "Municípios na série")
controls.write_link("indicador", "ano", "municipios")
controls.show(sketches, "serie", data, 3)
controls.trends(data, indicator, shown)
controls.from_here(data, indicator)

controls.show(sketches, "distribuicao", data)

controls.section("O que este indicador mede")
controls.definitions(
    controls.kept(data, "sobre", lambda: summaries.about(indicator, data.lineage(), data.coverage()))
)
controls.indicator_sheet(data, indicator, year)
with st.expander(f"Ver tabela: {len(frame)} municípios", key="tabela"):
    controls.listing(
        data,
        "valores",
        f"{indicator.title}, {when}",
        lambda: summaries.table(frame, indicator),
        source,
        indicator,
    )
