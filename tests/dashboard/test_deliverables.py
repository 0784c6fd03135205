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
