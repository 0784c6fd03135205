"""Do two indicators go together? A scatter of municipalities, the rank correlation and what it does not prove."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import charts, screens, words
from dashboard.findings import comparisons
from dashboard.screens import choices, controls, installation, session

data, theme = installation.tables(), session.theme()
everyone = data.chosen(session.filtered(data))
pair = choices.wanted_pair(data, data.first("across"), data.first("up"))
if pair is None:
    screens.heading("Relação", "Ainda não há dois indicadores para comparar")
    session.write_link()
    st.stop()
x, y = pair
scope = choices.wanted_scope(data, "nenhuma")
view = (x.indicator, y.indicator, everyone, scope)
years = data.newest(x.indicator).year, data.newest(y.indicator).year


def pairs() -> tuple[Any, Any, str]:
    """The pairs of values, their correlation, and what it says."""
    frame = comparisons.relation(data, x.indicator, y.indicator, everyone, scope)
    found = comparisons.correlation(frame["x"], frame["y"])
    return frame, found, comparisons.relation_title(x, y, found, years)


frame, found, title = session.kept(data, "pares", pairs, on=view)
screens.heading(screens.eyebrow("Relação", data, everyone), title)
controls.pair_choices(data, x, y)
listed = controls.relation_choices(data, "nenhuma")
session.write_link("x", "y", "cor", "municipios")
if not everyone:
    screens.nothing_here()
else:
    screens.sentence(comparisons.strength(found))
    shown = tuple(dict.fromkeys(code for code in (session.municipality(), *listed) if code))
    drawn = session.kept(
        data, "relacao", lambda: charts.scatter(frame, x, y, shown, theme), on=(*view, shown)
    )
    source = " ".join(dict.fromkeys((screens.source_of(data, x), screens.source_of(data, y))))
    title = f"{x.title} e {words.capitalised(y.title)}"
    screens.draw(drawn, "relacao", title, source, data)
    screens.note(
        f"Dados de {years[0]} e {years[1]}, o mais recente de cada um. "
        + (
            "Área do círculo: quantos municípios. "
            if charts.dense(frame)
            else "Tamanho do ponto: população. "
        )
        + "Força: correlação de postos de Spearman, intervalo de 95% (Bonett e Wright, 2000)."
    )
