"""Will we get there? Each challenge of a municipality as a card, worst first, and what to take to the meeting."""

from __future__ import annotations

import streamlit as st

from dashboard import screens
from dashboard.findings import deliverables, targets
from dashboard.screens import controls, installation, session

# So many commitments fill a screen; the others wait below, folded, and all of them are in the table at the end.
FIRST = 4

data = installation.tables()
code, demonstration, as_of = session.municipality(), session.demonstration(), data.as_of
if not code:
    screens.heading("Plano do município", "Escolha um município")
    screens.sentence("Escreva ou escolha na lista para ver suas metas e compromissos.")
    controls.place_choice(data)
    session.write_link()
    st.stop()

name = data.names()[code]
view = (code, demonstration)
found = session.kept(
    data, "leituras", lambda: targets.on_agenda(data, (code,), as_of, demonstration), on=view
)
screens.heading(f"Plano do município · {name}", f"{name}: {found.title}")
screens.demonstration_banner("demonstration" in found.origins)
with controls.controls_row():
    controls.link_button()
    controls.demonstration_choice()
session.write_link()
screens.demonstration_hint(data, code)
nothing = (
    "Nenhum plano municipal foi recebido: "
    + ("o que segue é um exemplo inventado; " if "demonstration" in found.origins else "")
    + "abaixo estão os compromissos oficiais que valem para o município."
)
screens.ribbon(
    data,
    "metas",
    found.frame,
    f"Situação das metas de {name}",
    view,
    before=screens.headed("", text="" if "municipal" in found.origins else nothing),
)
if len(found.own):
    screens.section("Desafios do plano")
    screens.cards(data, "proprios", found.own, view)
    screens.section("Compromissos oficiais")
first, others = session.kept(data, "urgentes", lambda: (found.asking[:FIRST], found.asking[FIRST:]), on=view)
screens.cards(data, "oficiais", first, view)
screens.folded_cards(data, "outros", others, "Mais compromissos", view)
screens.folded_cards(data, "no-caminho", found.on_the_way, "Compromissos sem sinal de atraso", view)
screens.folded_cards(data, "encerrados", found.closed, "Compromissos encerrados", view)

meeting = installation.config().programme.next_meeting
screens.list_or(
    data,
    "atrasadas",
    "Entregas atrasadas",
    lambda: deliverables.deliverables_table(deliverables.overdue(found.deliverables, as_of), as_of),
    "Nenhuma entrega atrasada.",
    on=view,
    before=screens.headed("Levar para a reunião", quiet=screens.meeting_note(meeting, as_of)),
    seen=lambda: deliverables.deliverables_words(deliverables.overdue(found.deliverables, as_of), as_of),
)
screens.list_or(
    data,
    "pauta",
    "Metas que pedem decisão",
    lambda: targets.agenda(data, found.frame),
    "Nenhuma meta pede decisão.",
    on=view,
    seen=lambda: targets.agenda_words(data, found.frame),
)
screens.coming_versions(data, code, demonstration)
screens.older_versions(data, code, demonstration)
screens.bulletins(data, code)
