from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pipelines import declarations
from pipelines.plan_files import PlanFile, read_plan
from programme import changes, meetings, plans
from programme.access import console
from programme.content import content_of, plan_of
from programme.desk import Asked, Desk, NoAccess, Refused, receipt
from programme.events import canonical, protocol_of
from programme.plans import Faulty
from programme.state import ACCEPTED, DRAFT, RETURNED, SENT, Line
from tests.pipelines.plan_files.samples import GOOD, MEASURES, PLACES, TO_DO
from tests.programme.conftest import OTHER, Clock, Team
from tests.programme.samples import FIRST, PLAN, accepted, data_of, edited, sent, version


def test_from_a_draft_to_a_plan_that_is_closed(desk: Desk, team: Team) -> None:
    plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx")
    key = (PLAN, 1)
    assert desk.store.state().plans[key].state == DRAFT
    got = plans.send(desk, team.officer, PLAN, 1)
    assert desk.store.state().plans[key].state == SENT
    lines = [Line("Metas", 2, "A linha de base é a de 2024.")]
    plans.give_back(desk, team.coordinator, PLAN, 1, lines, "Veja também o prazo.")
    returned = desk.store.state().plans[key]
    assert (returned.state, returned.lines[0].row, returned.note) == (RETURNED, 2, "Veja também o prazo.")
    with pytest.raises(Refused, match="carregue-o de novo"):
        plans.send(desk, team.officer, PLAN, 1)
    sent(desk, team.officer)
    assert plans.accept(desk, team.coordinator, PLAN, 1).told == ""
    found = desk.store.state().plans[key]
    assert (found.state, found.lines) == (ACCEPTED, ())
    kinds = [one.kind for one in desk.store.events(subject=f"plan:{PLAN}")]
    assert kinds == [
        "plan.drafted", "plan.sent", "plan.returned", "plan.drafted", "plan.sent", "plan.accepted",
    ]  # fmt: skip
    assert receipt(desk, team.officer, got.protocol).hash == got.hash


def test_every_fault_of_a_file_is_told_at_once_and_nothing_is_kept(desk: Desk, team: Team) -> None:
    def spoil(book: object) -> None:
        book["Metas"]["I2"] = "muito"  # type: ignore[index]
        book["Ações e Entregas"]["G3"] = "breve"  # type: ignore[index]

    data, before = edited(data_of(FIRST), spoil), desk.store.state().last
    with pytest.raises(Faulty) as told:
        plans.save_draft(desk, team.officer, data, "plano.xlsx")
    assert [(one.sheet, one.row) for one in told.value.found] == [("Metas", 2), ("Ações e Entregas", 3)]
    assert desk.store.state().last == before
    assert not list(desk.folder.rglob("*.xlsx")) and not (desk.folder / "files").exists()


def test_an_accepted_version_is_locked_and_a_new_one_supersedes(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    with pytest.raises(Refused, match=r"está fechada\. Escreva 2 no campo Versão"):
        plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx")
    with pytest.raises(Refused, match="Só se devolve ou aceita"):
        plans.give_back(desk, team.coordinator, PLAN, 1, note="Não vale mais.")
    accepted(desk, team.officer, team.coordinator, version(2))
    held = desk.store.state()
    assert (held.accepted(PLAN) or held.plans[PLAN, 1]).version == 2
    assert held.plans[PLAN, 1].state == ACCEPTED


def test_a_lowered_target_asks_why_and_is_told_for_as_long_as_the_plan_lives(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    lower = version(2, target_value=55.0, target_year=2030)
    plans.save_draft(desk, team.officer, data_of(lower), "plano.xlsx")
    with pytest.raises(Refused) as told:
        plans.send(desk, team.officer, PLAN, 2, {"alfabetizacao/target_value": "Greve de 2026."})
    assert told.value.faults == ("Crianças alfabetizadas, prazo: 2028 → 2030. Diga por que mudou.",)
    reasons = {
        "alfabetizacao/target_value": "Greve de 2026.",
        "alfabetizacao/target_year": "Idem ao anterior.",
    }
    plans.send(desk, team.officer, PLAN, 2, reasons)
    assert changes.history(desk.store.state(), PLAN) == []
    plans.accept(desk, team.coordinator, PLAN, 2)
    accepted(desk, team.officer, team.coordinator, version(3, target_value=55.0, target_year=2030))
    found = changes.history(desk.store.state(), PLAN)
    assert [(one.text, one.reason, one.eased, one.version) for one in found] == [
        ("Crianças alfabetizadas, meta: 70% → 55%", "Greve de 2026.", True, 2),
        ("Crianças alfabetizadas, prazo: 2028 → 2030", "Idem ao anterior.", True, 2),
    ]
    assert found[0].actor == team.officer.person


def test_a_version_prepared_against_another_one_is_not_accepted(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    sent(desk, team.officer, version(2))
    sent(desk, team.officer, version(3))
    plans.accept(desk, team.coordinator, PLAN, 3)
    with pytest.raises(Refused, match="Outra versão foi aceita"):
        plans.accept(desk, team.coordinator, PLAN, 2)


def test_nobody_accepts_what_they_sent(desk: Desk, team: Team) -> None:
    sent(desk, team.coordinator)
    with pytest.raises(Refused, match="Quem enviou o plano não o aceita"):
        plans.accept(desk, team.coordinator, PLAN, 1)
    plans.accept(desk, team.reference, PLAN, 1)


@pytest.mark.parametrize("name", ["officer", "other", "reader"])
def test_roles_without_review_neither_accept_nor_return(desk: Desk, team: Team, name: str) -> None:
    sent(desk, team.officer)
    with pytest.raises(NoAccess):
        plans.accept(desk, getattr(team, name), PLAN, 1)
    with pytest.raises(NoAccess):
        plans.give_back(desk, getattr(team, name), PLAN, 1, note="Arrume o plano.")
    assert desk.store.state().plans[PLAN, 1].state == SENT


def test_a_municipality_s_plan_is_sent_by_its_own(desk: Desk, team: Team) -> None:
    for who in (team.other, team.reader):
        with pytest.raises(NoAccess):
            plans.save_draft(desk, who, data_of(FIRST), "plano.xlsx")
        with pytest.raises(NoAccess):
            plans.check(desk, who, data_of(FIRST), "plano.xlsx")
    assert not (desk.folder / "files").exists()
    sent(desk, team.reference)


def test_an_identifier_is_one_municipality_s(desk: Desk, team: Team) -> None:
    sent(desk, team.officer)
    theirs = replace(FIRST, municipality_code=OTHER)
    with pytest.raises(Refused, match="plano de outro município"):
        plans.save_draft(desk, team.other, data_of(theirs), "plano.xlsx")


def test_an_identifier_of_an_official_commitment_is_nobody_s(
    desk: Desk, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(declarations, "commitments", lambda _folder: {PLAN: None})
    with pytest.raises(Refused, match="compromisso oficial"):
        plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx")


def test_a_version_dropped_as_a_file_is_closed_too(desk: Desk, team: Team) -> None:
    folder = desk.config.raw / "plans"
    folder.mkdir(parents=True)
    (folder / "a.xlsx").write_bytes(data_of(GOOD))
    with pytest.raises(Refused, match="A versão 2 deste plano foi aceita"):
        plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx")
    (folder / "a.xlsx").write_bytes(data_of(replace(GOOD, municipality_code=OTHER)))
    with pytest.raises(Refused, match="outro município"):
        plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx")


def test_a_version_under_review_waits_for_its_answer(desk: Desk, team: Team) -> None:
    sent(desk, team.officer)
    with pytest.raises(Refused, match="em análise"):
        plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx")
    assert [one.plan for one in plans.queue(desk.store.state())] == [PLAN]


def test_a_percentage_under_one_is_asked_back(desk: Desk, team: Team) -> None:
    doubtful = replace(
        FIRST, deliverables=(FIRST.deliverables[0], replace(TO_DO, status="in_progress", percent=0.6))
    )
    plans.save_draft(desk, team.officer, data_of(doubtful), "plano.xlsx")
    with pytest.raises(Asked, match=r"E2: andamento de 0,6% ou de 60%"):
        plans.send(desk, team.officer, PLAN, 1)
    plans.send(desk, team.officer, PLAN, 1, sure=True)


def test_sent_twice_with_one_mark_is_one_with_one_receipt(desk: Desk, team: Team, clock: Clock) -> None:
    one = plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx", once="toque-0001")
    clock.on(minutes=1)
    two = plans.save_draft(desk, team.officer, data_of(FIRST), "plano.xlsx", once="toque-0001")
    assert (one.protocol, one.hash, one.moment) == (two.protocol, two.hash, two.moment)
    assert "já tinha sido recebido" in two.told
    # The mark is the sender's own: another's hides nothing.
    plans.save_draft(desk, team.coordinator, data_of(FIRST), "plano.xlsx", once="toque-0001")
    assert len(desk.store.events(subject=f"plan:{PLAN}")) == 2


def test_the_file_is_kept_as_it_was_sent(desk: Desk, team: Team) -> None:
    data = data_of(FIRST)
    plans.save_draft(desk, team.officer, data, "C:\\meus\\plano final.xlsx")
    name, held = plans.sent_file(desk, team.reference, PLAN, 1)
    assert held == data
    assert name.endswith("plano final.xlsx")


def test_a_text_that_is_a_formula_in_csv_is_told_before_it_is_sent(desk: Desk, team: Team) -> None:
    def formula(book: object) -> None:
        cell = book["Ações e Entregas"]["D2"]  # type: ignore[index]
        cell.value = "=soma"
        cell.data_type = "s"

    with pytest.raises(Faulty, match="fórmula"):
        plans.save_draft(desk, team.officer, edited(data_of(FIRST), formula), "plano.xlsx")


def test_what_an_event_holds_gives_the_plan_back() -> None:
    found = read_plan(data_of(FIRST), "plano.xlsx", PLACES, MEASURES)
    assert isinstance(found, PlanFile)
    held = json.loads(canonical(content_of(found)) or "")
    again = plan_of(held, MEASURES, found.file)
    assert replace(again, sha256=found.sha256) == found
    assert (again.rows, again.as_read) == (found.rows, found.as_read)


def test_a_receipt_is_shown_to_those_it_is_of(desk: Desk, team: Team) -> None:
    got = sent(desk, team.officer)
    assert receipt(desk, team.reference, got.protocol).hash == got.hash
    for who, protocol in ((team.other, got.protocol), (team.officer, protocol_of(2026, 999999))):
        with pytest.raises(NoAccess):
            receipt(desk, who, protocol)


def test_the_console_may_do_what_a_coordinator_may(desk: Desk) -> None:
    sent(desk, console())
    plans.accept(desk, console(), PLAN, 1)
    assert desk.store.state().plans[PLAN, 1].state == ACCEPTED


def test_an_indicator_that_is_declared_no_more_keeps_nobody_from_sending_or_looking(
    desk: Desk, team: Team, clock: Clock
) -> None:
    accepted(desk, team.officer, team.coordinator, version(1))
    plans.save_draft(desk, team.officer, data_of(version(2)), "plano.xlsx")
    clock.on(days=60)
    gone = version(1).targets[1].indicator
    desk = replace(desk, measures={name: one for name, one in MEASURES.items() if name != gone})
    # What waits for a person is told as before.
    assert "overdue" in [one.kind for one in meetings.notices(desk, console())]
    with pytest.raises(Refused, match=f"{gone}.*não é mais declarado"):
        plans.send(desk, team.officer, PLAN, 2)
    left = replace(
        version(2, target_value=65.0),
        targets=tuple(one for one in version(2, target_value=65.0).targets if one.indicator != gone),
        deliverables=tuple(one for one in FIRST.deliverables if one.indicator != gone),
    )
    found = plans.check(desk, team.officer, data_of(left), "plano.xlsx").changes
    assert [one.what for one in found if not one.deliverable_id] == ["Crianças alfabetizadas, meta"]
