"""Do two indicators go together? A scatter of municipalities, the rank correlation and what it does not prove."""

from typing import Any

from dashboard import charts, comparisons, controls, words

data, theme = controls.tables(), controls.theme()
everyone = data.chosen(controls.filtered(data))
x, y = controls.wanted_pair(data, "renda_per_capita", "ideb_anos_iniciais_publica")
scope = controls.wanted_scope("planejamento")


def pairs() -> tuple[Any, Any, str]:
    """The pairs of values, their correlation, and what it says."""
    frame = comparisons.relation(data, x.indicator, y.indicator, everyone, scope)
    found = comparisons.correlation(frame["x"], frame["y"])
    return frame, found, comparisons.relation_title(x, y, found)


frame, found, title = controls.kept(data, "pares", pairs)
controls.heading(controls.eyebrow("Relação", data, everyone), title)
controls.pair_choices(data, x, y)
listed = controls.relation_choices(data, "planejamento")
controls.write_link("x", "y", "cor", "municipios")
if not everyone:
    controls.nothing_here()
else:
    controls.sentence(comparisons.strength(found))
    shown = tuple(dict.fromkeys(code for code in (controls.municipality(), *listed) if code))
    drawn = controls.kept(data, "relacao", lambda: charts.scatter(frame, x, y, shown, theme))
    source = " ".join(dict.fromkeys((controls.source_of(x), controls.source_of(y))))
    title = f"{x.title} e {words.capitalised(y.title)}"
    controls.draw(drawn, "relacao", title, source, data)
    controls.note(
        "Correlação de postos de Spearman com intervalo de 95% (Bonett e Wright, 2000). Tamanho: população. "
        f"Dados de {data.years(x.indicator)[0]} e {data.years(y.indicator)[0]}, o mais recente de cada um."
    )
