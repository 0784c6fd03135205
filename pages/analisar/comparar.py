"""How do these differ? Municipalities and regions side by side over any indicators, and all of them at once."""

import streamlit as st

from dashboard import charts, comparisons, controls

data, theme = controls.tables(), controls.theme()
columns, names = controls.compared(data), controls.compared_indicators(data)
order = controls.wanted_option("ordem", comparisons.ORDERS, "area")
sort = controls.wanted_option("coluna", controls.sort_options(names), "nome")
towns = [column.code for column in columns if column.code]
everyone = data.chosen(controls.filtered(data))
controls.heading(controls.eyebrow("Comparar", data, everyone), comparisons.title(data, names, columns))
controls.municipalities_choice(data, "Municípios lado a lado (até oito)", controls.MOST_COMPARED)
if len(towns) < 2 and towns:
    controls.peer_buttons(data, towns[0])
controls.comparison_choices(data)
controls.write_link("municipios", "regioes", "conjunto", "indicadores", "ordem", "indicador", "coluna")

if columns:
    rows, groups = comparisons.side_by_side(
        data, names, columns, order, lambda name: controls.address_of("indicador", indicador=name)
    )
    heads = ("Indicador", "Ano", *(column.name for column in columns))
    frame = comparisons.long_table(data, names, columns)
    controls.note(
        "Cor: em que quinto dos municípios o valor está, do menos favorável (laranja) ao mais favorável "
        "(verde-azulado). * provisório ou estimado. Regiões e estado pelo método de cada indicador."
    )
    markup = charts.heat_table("Indicadores lado a lado", heads, rows, theme, groups)
    controls.table(markup, frame, "lado-a-lado", "Indicadores lado a lado", controls.ALL_SOURCES, data)

    controls.section("Ao longo do tempo")
    indicator = controls.indicator_choice(data, comparisons.first_series(data, names), label="Ver a série de")
    controls.write_link("municipios", "regioes", "conjunto", "indicadores", "ordem", "indicador", "coluna")
    series = controls.compared_series(data, columns, indicator)
    whole = data.whole_series(indicator.indicator)
    drawn = charts.small_multiples(series, indicator, theme, state=whole)
    controls.sentence(drawn.sentence)
    controls.html(charts.panels(series, indicator, theme, state=whole))
    controls.note(
        f"Em cinza, o estado. {controls.source_of(indicator)}"
        if len(whole)
        else controls.source_of(indicator)
    )
    with st.container(horizontal=True, key="levar-series"):
        controls.downloads(
            drawn.frame, "series", indicator.title, controls.source_of(indicator), data, chart=drawn
        )
else:
    controls.sentence(
        "Escolha municípios na lista acima, ou um município em foco para ver quem se parece com ele."
    )

opened = st.expander(
    f"Ver {len(everyone)} municípios × {len(names)} indicadores", key="todos", on_change="rerun"
)
if opened.open:
    with opened:
        with controls.controls_row("controles-todos"):
            controls.option_choice("Ordenar municípios por", "coluna", controls.sort_options(names), "nome")
            controls.filters(data)
        tops, lines = comparisons.matrix(
            data,
            names,
            everyone,
            "" if sort == "nome" else sort,
            lambda code: controls.address_of("municipio", municipio=code),
        )
        frame = comparisons.wide_table(data, names, everyone)
        markup = (
            f'<div class="matrix">{charts.heat_table("Municípios e indicadores", tops, lines, theme)}</div>'
        )
        controls.table(markup, frame, "matriz", "Municípios e indicadores", controls.ALL_SOURCES, data)
