"""How do these differ? Municipalities and regions side by side over any indicators, and all of them at once."""

from __future__ import annotations

from dashboard import charts, screens, words
from dashboard.findings import comparisons
from dashboard.screens import choices, controls, installation, session

data, theme = installation.tables(), session.theme()
columns, names = choices.compared(data), choices.compared_indicators(data)
order = choices.wanted_option("ordem", comparisons.ORDERS, "area")
sort = choices.wanted_option("coluna", choices.sort_options(data, names), "nome")
towns = [column.code for column in columns if column.code]
everyone = data.chosen(session.filtered(data))
screens.heading(
    screens.eyebrow("Comparar", data, everyone),
    session.kept(data, "achado", lambda: comparisons.title(data, names, columns), on=(names, columns)),
)
controls.municipalities_choice(data, "Municípios lado a lado (até oito)", choices.MOST_COMPARED)
if len(towns) < 2 and towns:
    controls.peer_buttons(data, towns[0])
controls.comparison_choices(data)
session.write_link("municipios", "regioes", "conjunto", "indicadores", "ordem", "indicador", "coluna")

if columns:

    def heat() -> charts.Html:
        """The heat table indicators x places, with links that open each indicator."""
        rows, groups = comparisons.side_by_side(
            data, names, columns, order, lambda name: session.address_of("indicador", indicador=name)
        )
        heads = ("Indicador", "Ano", *(column.name for column in columns))
        return charts.heat_table("Indicadores lado a lado", heads, rows, groups)

    screens.listing(
        data,
        "lado-a-lado",
        "Indicadores lado a lado",
        lambda: comparisons.long_table(data, names, columns),
        screens.ALL_SOURCES,
        on=(names, columns, order, session.address_of("indicador")),
        whole=True,
        before=screens.headed(
            "",
            quiet="Cor: em que quinto dos municípios o valor está, do menos favorável (laranja) ao mais favorável "
            f"(verde-azulado); sem cor, a margem de erro não deixa dizer. {words.MARKED} País, estado e regiões pelo método de cada indicador.",
        ),
        drawn=heat,
    )

    screens.note(comparisons.untold(data, names, columns))
    screens.section("Ao longo do tempo")
    indicator = controls.indicator_choice(data, comparisons.first_series(data, names), label="Ver a série de")
    session.write_link("municipios", "regioes", "conjunto", "indicadores", "ordem", "indicador", "coluna")
    whole = data.whole_series(indicator.indicator)

    def multiples() -> tuple[charts.Chart, charts.Html]:
        """The small multiples as a chart to take away, and as they stand on the page."""
        series = comparisons.series_of(data, columns, indicator)
        return charts.small_multiples(series, indicator, theme, state=whole), charts.panels(
            series, indicator, theme, state=whole
        )

    drawn, panels = session.kept(data, "series", multiples, on=(columns, indicator.indicator))
    source = screens.source_of(data, indicator)
    screens.drawn(
        drawn.sentence, panels, f"Em cinza, {comparisons.behind(whole)}. {source}" if len(whole) else source
    )
    screens.downloads(lambda: drawn.frame, "series", indicator.title, source, data, chart=lambda: drawn)
else:
    screens.sentence(comparisons.invitation(data))

if opened := screens.folded(comparisons.matrix_title(everyone, names), "todos"):
    with opened:
        with controls.controls_row("controles-todos"):
            options = choices.sort_options(data, names)
            controls.option_choice("Ordenar municípios por", "coluna", options, "nome")
            controls.filters(data)

        def matrix() -> charts.Html:
            """All municipalities by all indicators, with links that open each municipality."""
            heads, rows = comparisons.matrix(
                data,
                names,
                everyone,
                "" if sort == "nome" else sort,
                lambda code: session.address_of("municipio", municipio=code),
            )
            drawn = charts.heat_table("Municípios e indicadores", heads, rows)
            return charts.Html(f'<div class="matrix">{drawn}</div>')

        screens.listing(
            data,
            "matriz",
            "Municípios e indicadores",
            lambda: comparisons.wide_table(data, names, everyone),
            screens.ALL_SOURCES,
            on=(names, everyone, sort, session.address_of("municipio", municipio="")),
            before=screens.headed("", quiet=comparisons.matrix_note(everyone)),
            drawn=matrix,
        )
