"""Will we get there? Each challenge of a municipality as a card, worst first, and what to take to the meeting."""

from typing import Any

import pandas as pd
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
name = str(place["name"])


def current() -> tuple[Any, Any, Any, Any, str]:
    """The municipality's readings: of its own plan, of official commitments, of ended ones; deliverables; the finding."""
    frame = data.verdicts(demonstration)
    frame = frame[frame["municipality_code"] == code]
    over, own = plans.ended(frame, as_of), frame["origin"] != "official"
    handed = data.deliverables(demonstration)
    handed = handed[handed["municipality_code"] == code]
    return frame[own], frame[~own & ~over], frame[over], handed, plans.title(frame[~over])


own, official, closed, deliverables, title = controls.kept(data, "leituras", current)
controls.heading(f"Plano do município · {name}", f"{name}: {title}")
controls.demonstration_banner(bool((own["origin"] == "demonstration").any()))
with controls.controls_row():
    controls.link_button()
    controls.demonstration_choice()
controls.write_link()
controls.demonstration_hint(data, code)
if not (own["origin"] == "municipal").any():
    controls.sentence(
        "Nenhum plano municipal foi recebido: abaixo estão os compromissos oficiais que valem para o município."
    )
controls.ribbon(
    data,
    "metas",
    controls.kept(data, "abertas", lambda: pd.concat([own, official])),
    f"Situação das metas de {name}",
)
if len(own):
    controls.section("Desafios do plano")
    controls.cards(data, "proprios", own)
    controls.section("Compromissos oficiais")
controls.cards(data, "oficiais", official)
if len(closed):
    opened = st.expander(f"Compromissos encerrados: {len(closed)}", key="encerrados", on_change="rerun")
    if opened.open:
        with opened:
            controls.cards(data, "encerrados", closed)

meeting = controls.config().programme.next_meeting
controls.section("Levar para a reunião", quiet=controls.meeting_note(meeting, as_of))
controls.list_or(
    data,
    "atrasadas",
    "Entregas atrasadas",
    lambda: plans.deliverables_table(plans.overdue(deliverables, as_of), as_of),
    "Nenhuma entrega atrasada.",
)
controls.list_or(
    data,
    "pauta",
    "Metas que pedem decisão",
    lambda: plans.agenda(pd.concat([own, official])),
    "Nenhuma meta pede decisão.",
)
controls.older_versions(data, code, demonstration)
controls.bulletins(data, code)
