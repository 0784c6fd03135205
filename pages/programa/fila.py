"""What waits for the state's answer, who sent what, who is silent, and what happened since the last meeting."""

from __future__ import annotations

from dashboard import screens
from dashboard.screens import desk, installation, reviewing, session
from programme.plans import REVIEWERS

data = installation.tables()
screens.heading("Programa · Fila", "O que espera resposta")
session.write_link()
visit = desk.visit(*REVIEWERS)
if visit is not None:
    reviewing.queue(visit, data)
    reviewing.standing(visit)
    reviewing.since_last(visit)
    desk.receipts(visit)
