from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from programme import access, meetings, plans, progress
from programme.desk import Desk, NoAccess, Receipt, Refused
from programme.state import CLOSED, DONE, DROPPED, HELD, OPEN
from tests.programme.conftest import CAPITAL, OTHER, Clock, Team
from tests.programme.samples import FIRST, PLAN, accepted, sent, version

DAY = dt.date(2026, 11, 22)
SOON, LATER = DAY + dt.timedelta(days=5), DAY + dt.timedelta(days=20)


def id_of(got: Receipt) -> str:
    return got.subject.partition(":")[2]


def kinds(desk: Desk, who: Any) -> list[str]:
    return [one.kind for one in meetings.notices(desk, who)]


def test_a_meeting_is_called_held_and_does_not_change_any_more(desk: Desk, team: Team, clock: Clock) -> None:
    called = id_of(meetings.call(desk, team.coordinator, "5ª reunião bimestral", SOON))
    assert "meeting" in kinds(desk, team.officer)
    with pytest.raises(Refused, match="ainda não chegou"):
        meetings.hold(desk, team.coordinator, called)
    accepted(desk, team.officer, team.coordinator)
    clock.on(days=5)
    meetings.hold(desk, team.coordinator, called, "Presentes: todos.\nAprovado o plano.")
    found = desk.store.state().meetings[called]
    assert (found.state, found.minutes) == (HELD, "Presentes: todos.\nAprovado o plano.")
    assert found.summary["accepted"] == [[PLAN, 1, CAPITAL, FIRST.title]]
    with pytest.raises(Refused, match="a ata não muda"):
        meetings.hold(desk, team.coordinator, called, "Outra.")
    progress.report(desk, team.officer, PLAN, "E2", status="in_progress", percent=10)
    assert desk.store.state().meetings[called].summary["progress"] == []


def test_what_happened_since_the_last_meeting_tells_lowered_targets(
    desk: Desk, team: Team, clock: Clock
) -> None:
    accepted(desk, team.officer, team.coordinator)
    meetings.hold(desk, team.coordinator, id_of(meetings.call(desk, team.coordinator, "4ª reunião", DAY)))
    clock.on(days=2)
    progress.report(desk, team.officer, PLAN, "E2", status="in_progress", percent=10)
    reasons = {"alfabetizacao/target_value": "Turmas fechadas."}
    sent(desk, team.officer, version(2, target_value=60.0), reasons)
    assert meetings.since_last(desk, team.coordinator).changes == ()
    plans.accept(desk, team.coordinator, PLAN, 2)
    found = meetings.since_last(desk, team.coordinator)
    assert found.moment is not None
    assert found.moment.date() == DAY
    assert [(one.text, one.reason, one.eased) for one in found.changes] == [
        ("Crianças alfabetizadas, meta: 70% → 60%", "Turmas fechadas.", True)
    ]
    assert [one.percent for one in found.progress] == [10]
    assert [(plan, number) for plan, number, _, _ in found.accepted] == [(PLAN, 2)]
    done = id_of(meetings.decide(desk, team.coordinator, "Refazer.", "Obras", LATER, municipality=CAPITAL))
    assert [one.decision for one in meetings.since_last(desk, team.coordinator).open] == [done]
    meetings.answer_decision(desk, team.officer, done, DONE, "Refeita.")
    assert [one.answer for one in meetings.since_last(desk, team.officer).done] == ["Refeita."]
    others = meetings.since_last(desk, team.other)
    assert (others.changes, others.progress, others.accepted) == ((), (), ())
    assert len(meetings.since_last(desk, team.reference).changes) == 1
    clock.on(hours=1)
    meetings.hold(desk, team.coordinator, id_of(meetings.call(desk, team.coordinator, "5ª reunião", DAY)))
    assert meetings.since_last(desk, team.coordinator).done == ()
    assert meetings.since_last(desk, team.coordinator).changes == ()


def test_a_decision_has_an_owner_a_day_and_an_end(desk: Desk, team: Team, clock: Clock) -> None:
    made = meetings.decide(
        desk, team.reference, "Refazer a licitação.", "Secretaria de Obras", SOON, municipality=CAPITAL
    )
    key = id_of(made)
    assert desk.store.state().decisions[key].state == OPEN
    assert "decision" in kinds(desk, team.officer)
    assert "decision" not in kinds(desk, team.other)
    with pytest.raises(NoAccess):
        meetings.answer_decision(desk, team.other, key, DONE, "Feito por outro.")
    with pytest.raises(NoAccess):
        meetings.answer_decision(desk, team.officer, key, DROPPED, "Não vamos fazer.")
    clock.on(days=6)
    late = next(one for one in meetings.notices(desk, team.officer) if one.kind == "decision")
    assert "vencido" in late.text
    meetings.answer_decision(desk, team.officer, key, DONE, "Publicada em 20/11.")
    found = desk.store.state().decisions[key]
    assert (found.state, found.answer) == (DONE, "Publicada em 20/11.")
    with pytest.raises(Refused, match="já foi respondido"):
        meetings.answer_decision(desk, team.officer, key, DONE, "De novo.")


def test_a_request_is_answered_and_closed(desk: Desk, team: Team) -> None:
    key = id_of(
        meetings.ask(desk, team.coordinator, CAPITAL, "Envie a ata da entrega E1.", SOON, about=f"{PLAN}/E1")
    )
    assert kinds(desk, team.officer) == ["request"]
    with pytest.raises(NoAccess):
        meetings.answer(desk, team.other, key, "Não é comigo.")
    meetings.answer(desk, team.officer, key, "Segue na entrega E1.")
    meetings.answer(desk, team.officer, key, "E também a lista.")
    assert [text for _, _, text in desk.store.state().requests[key].answers] == [
        "Segue na entrega E1.",
        "E também a lista.",
    ]
    with pytest.raises(NoAccess):
        meetings.close(desk, team.officer, key)
    meetings.close(desk, team.coordinator, key)
    assert desk.store.state().requests[key].state == CLOSED
    assert kinds(desk, team.officer) == []
    with pytest.raises(Refused, match="já foi encerrado"):
        meetings.answer(desk, team.officer, key, "Tarde demais.")


def test_a_notice_stays_up_until_its_day(desk: Desk, team: Team, clock: Clock) -> None:
    meetings.post(desk, team.coordinator, "Prazo de envio prorrogado.", SOON, [CAPITAL])
    assert kinds(desk, team.officer) == ["posted"]
    assert kinds(desk, team.other) == []
    clock.on(days=6)
    assert kinds(desk, team.officer) == []
    with pytest.raises(NoAccess):
        meetings.post(desk, team.reference, "Só a coordenação avisa.", LATER)


def test_what_is_late_due_or_silent_is_noticed_without_being_written(
    desk: Desk, team: Team, clock: Clock
) -> None:
    soon = replace(FIRST.deliverables[1], due=DAY + dt.timedelta(days=10))
    accepted(desk, team.officer, team.coordinator, replace(FIRST, deliverables=(FIRST.deliverables[0], soon)))
    lines = desk.store.state().last
    assert kinds(desk, team.officer) == ["due"]
    clock.on(days=11)
    assert kinds(desk, team.officer) == ["overdue"]
    clock.on(days=55)
    assert kinds(desk, team.officer) == ["overdue", "silent"]
    assert desk.store.state().last == lines
    progress.report(desk, team.officer, PLAN, "E2", status="done")
    assert kinds(desk, team.officer) == []


def test_plans_on_their_way_wait_for_the_right_person(desk: Desk, team: Team) -> None:
    sent(desk, team.officer)
    assert (kinds(desk, team.coordinator), kinds(desk, team.officer)) == (["plan_sent"], [])
    plans.give_back(desk, team.coordinator, PLAN, 1, note="Falta a ata.")
    assert kinds(desk, team.officer) == ["plan_returned"]
    assert kinds(desk, team.reader) == []


@pytest.mark.parametrize("codes", [[], [CAPITAL, OTHER], [OTHER, "5100201"]])
def test_a_reference_person_calls_meetings_of_their_own_alone(
    desk: Desk, team: Team, codes: list[str]
) -> None:
    if codes == [CAPITAL, OTHER]:
        meetings.call(desk, team.reference, "Reunião regional", SOON, codes)
        return
    with pytest.raises(NoAccess):
        meetings.call(desk, team.reference, "Reunião de todos", SOON, codes)


def test_a_past_day_is_no_deadline(desk: Desk, team: Team) -> None:
    gone = DAY - dt.timedelta(days=1)
    with pytest.raises(Refused, match="já passou"):
        meetings.ask(desk, team.coordinator, CAPITAL, "Envie a ata.", gone)
    with pytest.raises(Refused, match="já passou"):
        meetings.decide(desk, team.coordinator, "Refazer.", "Obras", gone)
    with pytest.raises(Refused, match="já passou"):
        meetings.post(desk, team.coordinator, "Aviso velho.", gone)


def test_a_day_is_the_territory_s_and_not_the_server_s(desk: Desk, team: Team, clock: Clock) -> None:
    """Late in the evening in Campo Grande it is tomorrow in UTC, in which moments are kept."""
    clock.moment = clock.moment.replace(hour=23, minute=30)
    accepted(desk, team.officer, team.coordinator)
    held = desk.store.state().plans[PLAN, 1].accepted_at
    assert held is not None and held.date() == DAY + dt.timedelta(days=1) and desk.day == DAY
    with pytest.raises(Refused, match="ainda não chegou"):
        progress.report(
            desk, team.officer, PLAN, "E2", status="in_progress", percent=10, date=DAY + dt.timedelta(days=1)
        )
    assert progress.report(desk, team.officer, PLAN, "E2", status="in_progress", percent=10, date=DAY)
    clock.on(minutes=40)
    assert desk.day == DAY + dt.timedelta(days=1)
    clock.on(days=61)
    quiet = [one for one in meetings.notices(desk, access.console()) if one.kind == "silent"]
    assert [one.text.rpartition("há ")[2] for one in quiet] == ["62 dias."]
