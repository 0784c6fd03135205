"""How the deliverables of an accepted plan stand: told one by one, or by a sheet."""

from __future__ import annotations

from dashboard import screens
from dashboard.screens import desk, reporting, session
from programme.plans import WRITERS

screens.heading("Programa · Atualizar entrega", "Diga como está cada entrega")
session.write_link()
visit = desk.visit(*WRITERS)
if visit is not None:
    reporting.report(visit)
    desk.receipts(visit)
