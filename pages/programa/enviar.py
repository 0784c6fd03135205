"""A municipality's plan goes to the state: file, faults, what was read, reasons of changes, receipt."""

from __future__ import annotations

from dashboard import screens
from dashboard.screens import desk, installation, sending, session
from programme.plans import WRITERS

data = installation.tables()
screens.heading("Programa · Enviar plano", "Envie o plano do município à coordenação")
session.write_link()
visit = desk.visit(*WRITERS)
if visit is not None:
    sending.my_plans(visit)
    sending.send_plan(visit, data)
    sending.older(visit)
    desk.receipts(visit)
