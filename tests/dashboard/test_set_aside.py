from __future__ import annotations

import datetime as dt

import pandas as pd

from dashboard.findings import deliverables

DAY = dt.date(2026, 11, 26)


def handed(*statuses: str) -> pd.DataFrame:
    """A plan's deliverables of a past date, one of each status; none was ever updated."""
    return pd.DataFrame(
        {
            "plan": "p", "municipality_code": "5002704", "name": "Campo Grande", "title": "Plano",
            "deliverable_id": [f"E{place}" for place, _ in enumerate(statuses)],
            "deliverable": "Entrega", "action": "Ação", "due": pd.Timestamp(2026, 6, 30), "status": list(statuses),
            "percent": None, "updated_at": pd.NaT,
            "status_reason": ["Sem verba" if status == "cancelled" else None for status in statuses],
        }
    )  # fmt: skip


def test_what_is_set_aside_is_neither_late_nor_done_nor_due() -> None:
    frame = handed("to_do", "done", "cancelled", "suspended")
    assert list(deliverables.overdue(frame, DAY)["status"]) == ["to_do"]
    assert list(deliverables.coming(frame, dt.date(2026, 6, 1), None)["status"]) == ["to_do"]
    assert deliverables.standing(frame, DAY) == (
        "Entregas atrasadas: 1 de 2. Fora da conta: 1 suspensa e 1 cancelada."
    )
    table = deliverables.deliverables_table(frame, DAY)
    assert list(table["Situação"]) == ["Atrasada", "Concluída", "Cancelada", "Suspensa"]
    assert list(table["Motivo"]) == ["", "", "Sem verba", ""]
    assert deliverables.deliverable_lines(frame, DAY)[2].startswith("Entrega: cancelada (Sem verba), prazo")
    assert deliverables.silent(frame, DAY).empty
    assert len(deliverables.silent(handed("to_do"), DAY)) == 1


def test_tables_without_anything_set_aside_have_no_column_of_reasons() -> None:
    assert "Motivo" not in deliverables.deliverables_table(handed("to_do", "done"), DAY)
    assert deliverables.standing(handed("to_do"), DAY) == "Entregas atrasadas: 1 de 1."
