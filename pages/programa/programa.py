"""Notices, requests, decisions and meetings of the programme, and the people who write."""

from __future__ import annotations

from dashboard import screens
from dashboard.screens import desk, session, steering
from programme.plans import WRITERS
from programme.state import OFFICER

screens.heading("Programa", "Avisos, pedidos, reuniões e pessoas")
session.write_link()
visit = desk.visit(*WRITERS)
if visit is not None:
    steering.notices(visit)
    steering.answers(visit)
    if visit.person.role != OFFICER:
        steering.lead(visit)
    steering.people(visit)
    desk.receipts(visit)
