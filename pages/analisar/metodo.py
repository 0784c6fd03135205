"""May I trust a reading? The method in plain words, with the figures of the day."""

from __future__ import annotations

from dashboard import screens
from dashboard.findings import method
from dashboard.screens import installation, session

data = installation.tables()
screens.heading("Como lemos as metas", method.TITLE)
session.write_link()
for title, lines in method.sections():
    screens.points(title, lines, 2)
screens.definitions(
    session.kept(data, "exemplos", lambda: method.examples(data), on=()),
    "Exemplos de hoje, dos compromissos oficiais",
)
drawn = session.kept(data, "oscilante", lambda: method.swinging(data), on=())
chart = session.kept(data, "oscilacao", lambda: method.oscillation(data, drawn, session.theme()), on=(drawn,))
if chart is not None:
    indicator = data.indicators[drawn]
    source = screens.source_of(data, indicator)
    screens.draw(chart, "oscilacao", f"Quanto oscila: {indicator.title}", source, data)
screens.list_or(
    data,
    "oscilacoes",
    "Oscilação usual dos indicadores medidos em grupos pequenos",
    lambda: method.oscillations(data),
    "Nenhum indicador tem edições bastantes.",
    on=(),
    before=screens.headed("A oscilação de cada indicador", quiet=method.unfitted(data)),
    seen=lambda: method.oscillations_words(data),
)
screens.listing(
    data,
    "historicos",
    "Quanto as trajetórias passadas acertaram",
    lambda: method.records(data),
    on=(),
    before=screens.headed(
        "O histórico das trajetórias",
        text=session.kept(data, "alcance", lambda: method.reached(data), on=()),
    ),
)
screens.points("O que mudou nas leituras desta edição", method.CHANGES, 2)
