from __future__ import annotations

import datetime as dt

import pandas as pd

from dashboard.findings import deliverables

AS_OF = dt.date(2026, 11, 22)


def frame(*rows: tuple[str, str, dt.date | None, str]) -> pd.DataFrame:
    """Deliverables: plan, municipality, last word, status."""
    return pd.DataFrame(
        [
            {"plan": plan, "municipality_code": name, "name": name, "title": plan.upper(), "deliverable_id": number,
             "updated_at": pd.NaT if day is None else pd.Timestamp(day), "status": status}
            for number, (plan, name, day, status) in enumerate(rows)
        ]
    )  # fmt: skip


def test_silent_plans_are_counted_with_those_that_do_not_exist() -> None:
    quiet = frame(("a", "Dourados", dt.date(2026, 3, 1), "in_progress"), ("a", "Dourados", None, "to_do"))
    heard = frame(("b", "Corumbá", dt.date(2026, 11, 9), "to_do"), ("b", "Corumbá", None, "to_do"))
    both = pd.concat([quiet, heard])
    found = deliverables.silent(both, AS_OF)
    assert found["plan"].tolist() == ["a"] and found["days"].tolist() == [266]
    assert deliverables.silence(found, 2, 77) == "77 municípios sem plano; 1 plano sem notícia há 266 dias."
    table = deliverables.silent_table(both, AS_OF)
    assert table.to_dict("records") == [
        {"Município": "Dourados", "Plano": "A", "Entregas": 2, "Última notícia": "01/03/2026"}
    ]


def test_a_plan_without_any_word_is_silent_but_not_one_that_was_set_aside() -> None:
    never = frame(("a", "Dourados", None, "to_do"), ("b", "Corumbá", None, "suspended"))
    found = deliverables.silent(never, AS_OF)
    assert found["plan"].tolist() == ["a"]
    assert deliverables.silence(found, 2) == "1 plano sem nenhuma notícia até hoje."
    assert deliverables.silent_table(never, AS_OF)["Última notícia"].tolist() == ["nunca"]


def test_only_where_none_is_silent_all_are_said_to_have_news() -> None:
    heard = frame(("b", "Corumbá", AS_OF - deliverables.BIMONTH, "to_do"))
    found = deliverables.silent(heard, AS_OF)
    assert found.empty
    assert deliverables.silence(found, 1) == "O plano recebido teve notícia nos últimos 60 dias."
    assert deliverables.silence(found, 3, 2).endswith(
        "os 3 planos recebidos tiveram notícia nos últimos 60 dias."
    )
    assert deliverables.silence(found, 0) == ""


def test_a_meeting_that_has_been_is_not_the_next() -> None:
    day = dt.timedelta(days=1)
    assert deliverables.ahead(None, AS_OF) is None
    assert deliverables.ahead(AS_OF - day, AS_OF) is None
    assert deliverables.ahead(AS_OF, AS_OF) == AS_OF


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
