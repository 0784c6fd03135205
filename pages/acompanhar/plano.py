"""Will we get there? Each challenge of a municipality as a card, worst first, and what to take to the meeting."""

import streamlit as st

from dashboard import controls, plans

data = controls.tables()
code, demonstration, as_of = controls.municipality(), controls.demonstration(), controls.as_of(data)
if not code:
    controls.heading("Plano do município", "Escolha um município")
    controls.sentence("Escolha em “Município em foco” para ver suas metas e compromissos.")
    controls.write_link()
    st.stop()

place = data.municipalities().loc[code]
frame = data.verdicts(demonstration)
frame = frame[frame["municipality_code"] == code]
controls.heading(
    f"Plano do município · {place['name']}",
    f"{place['name']}: {plans.title(frame[~plans.ended(frame, as_of)])}",
)
controls.demonstration_banner(bool((frame["origin"] == "demonstration").any()))
with controls.controls_row():
    controls.link_button()
    controls.demonstration_choice()
controls.write_link()
controls.demonstration_hint(data, code)
if not (frame["origin"] == "municipal").any():
    controls.sentence(
        "Nenhum plano municipal foi recebido: abaixo estão os compromissos oficiais que valem para o município."
    )
controls.ribbon(frame[~plans.ended(frame, as_of)], f"Situação das metas de {place['name']}")
closed = plans.ended(frame, as_of)
own = frame["origin"] != "official"
if own.any():
    controls.section("Desafios do plano")
    controls.cards(controls.kept(data, "proprios", lambda: plans.cards(frame[own])), data)
    controls.section("Compromissos oficiais")
controls.cards(controls.kept(data, "oficiais", lambda: plans.cards(frame[~closed & ~own])), data)
if closed.any():
    with st.expander(f"Compromissos encerrados: {int(closed.sum())}", key="encerrados"):
        controls.cards(controls.kept(data, "encerrados", lambda: plans.cards(frame[closed])), data)

controls.section("Levar para a reunião")
meeting = controls.config().programme.next_meeting
controls.note(controls.meeting_note(meeting, as_of))
deliverables = data.deliverables(demonstration)
deliverables = deliverables[deliverables["municipality_code"] == code]
late = plans.deliverables_table(plans.overdue(deliverables, as_of), as_of)
controls.list_or(late, "atrasadas", "Entregas atrasadas", "Nenhuma entrega atrasada.", data)
agenda = controls.kept(data, "pauta", lambda: plans.agenda(frame[~closed]))
controls.list_or(agenda, "pauta", "Metas que pedem decisão", "Nenhuma meta pede decisão.", data)
controls.older_versions(data, code, demonstration)
controls.bulletins(data, code)
