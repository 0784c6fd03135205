from __future__ import annotations

import pytest

from programme import access, plans
from programme.desk import Desk, NoAccess, Refused, Who
from tests.programme.conftest import CAPITAL, HOUSE, OTHER, STRANGER, TOWN_HALL, Clock, Team, desk_at, let_in
from tests.programme.samples import PLAN, sent


def invited(desk: Desk, **given: object) -> access.Invited:
    facts = {"role": "officer", "name": "Olga Oliveira", "municipalities": [CAPITAL], **given}
    return access.invite(desk, access.console(), **facts)  # type: ignore[arg-type]


def test_a_link_opens_one_session_once(desk: Desk) -> None:
    made = invited(desk)
    assert made.link == f"https://painel.example.org/entrar#{made.token}"
    opened = access.exchange(desk, made.token, TOWN_HALL)
    assert (opened.person.name, opened.person.municipalities) == ("Olga Oliveira", (CAPITAL,))
    assert access.present(desk, opened.token, TOWN_HALL) == opened.who
    with pytest.raises(NoAccess):
        access.exchange(desk, made.token, TOWN_HALL)


def test_no_token_is_in_the_store(desk: Desk) -> None:
    made = invited(desk)
    opened = access.exchange(desk, made.token, TOWN_HALL)
    held = str(desk.store.lines())
    assert made.token not in held
    assert opened.token not in held
    assert access.hash_of(made.token) in held


def test_a_link_expires_and_can_be_taken_back(desk: Desk, clock: Clock) -> None:
    old, taken = invited(desk, days=3), invited(desk, name="Outra Pessoa")
    access.revoke(desk, access.console(), taken.invite)
    with pytest.raises(NoAccess):
        access.exchange(desk, taken.token, TOWN_HALL)
    clock.on(days=3)
    with pytest.raises(NoAccess):
        access.exchange(desk, old.token, TOWN_HALL)
    with pytest.raises(Refused, match="já foi usado ou cancelado"):
        access.revoke(desk, access.console(), taken.invite)


def test_why_a_link_does_not_hold_is_told_to_nobody(desk: Desk) -> None:
    used = invited(desk)
    access.exchange(desk, used.token, TOWN_HALL)
    said = []
    for token in (used.token, "inventado"):
        with pytest.raises(NoAccess) as told:
            access.exchange(desk, token, TOWN_HALL)
        said.append(str(told.value))
    assert said[0] == said[1]


def test_a_link_of_an_installation_without_address_is_for_its_own_machine(
    address: str, tmp_path: object, clock: Clock
) -> None:
    desk = desk_at(address, tmp_path / "data", clock, where="")  # type: ignore[operator]
    made = invited(desk)
    assert made.link.startswith("http://127.0.0.1:8501/entrar#")
    with pytest.raises(NoAccess):
        access.exchange(desk, made.token, STRANGER)
    assert access.exchange(desk, made.token, HOUSE).person.name == "Olga Oliveira"
    desk.close()


def test_sessions_end_by_themselves_by_hand_and_with_their_person(desk: Desk, clock: Clock) -> None:
    by_time = let_in(desk, "coordinator", "Carla Coordena")
    clock.on(days=access.SESSION_DAYS["coordinator"])
    with pytest.raises(NoAccess, match="sessão terminou"):
        access.present(desk, by_time.token, TOWN_HALL)
    by_hand = let_in(desk, "officer", "Olga Oliveira", CAPITAL)
    access.leave(desk, by_hand.who)
    with pytest.raises(NoAccess, match="sessão terminou"):
        access.present(desk, by_hand.token, TOWN_HALL)
    gone = let_in(desk, "officer", "Otto Outro", OTHER)
    access.end(desk, access.console(), gone.person.person)
    with pytest.raises(NoAccess):
        access.present(desk, gone.token, TOWN_HALL)
    with pytest.raises(NoAccess):
        sent(desk, gone.who)


def test_ten_failures_within_an_hour_close_an_address_for_an_hour(desk: Desk, clock: Clock) -> None:
    good = invited(desk)
    for _ in range(10):
        with pytest.raises(NoAccess, match="Este link não vale"):
            access.exchange(desk, "inventado", STRANGER)
    lines = desk.store.state().last
    with pytest.raises(NoAccess, match="tentativas demais"):
        access.exchange(desk, good.token, STRANGER)
    # A closed address fills no log.
    assert desk.store.state().last == lines
    clock.on(minutes=61)
    assert access.exchange(desk, good.token, STRANGER)


def test_failures_of_more_than_an_hour_close_nothing_and_others_are_let_in(desk: Desk, clock: Clock) -> None:
    good = invited(desk)
    for number in range(12):
        clock.on(minutes=7)
        with pytest.raises(NoAccess, match="Este link não vale"):
            access.exchange(desk, f"inventado{number}", STRANGER)
    for _ in range(10):
        with pytest.raises(NoAccess):
            access.exchange(desk, "inventado", "203.0.113.77")
    assert access.exchange(desk, good.token, TOWN_HALL)


def test_neighbours_of_one_ipv6_network_count_as_one(desk: Desk) -> None:
    assert desk.mark_of("2001:db8:1:2::1") == desk.mark_of("2001:db8:1:2:ffff::9")
    assert desk.mark_of("2001:db8:1:2::1") != desk.mark_of("2001:db8:1:3::1")
    assert desk.mark_of("qualquer coisa") == desk.mark_of("")


def test_the_audit_tells_who_failed_without_the_address(desk: Desk, team: Team) -> None:
    with pytest.raises(NoAccess):
        sent(desk, team.other)
    with pytest.raises(NoAccess):
        access.exchange(desk, "inventado", STRANGER)
    events = access.audit(desk, team.coordinator)
    refused = [(one.actor, one.after["what"]) for one in events if one.kind == "access.refused"]
    assert refused == [(team.other.person, "enviar um plano"), ("anonymous", "usar um link")]
    held = str(desk.store.lines())
    assert STRANGER not in held
    assert TOWN_HALL not in held
    with pytest.raises(NoAccess):
        access.audit(desk, team.officer)


def test_whoever_logs_in_elsewhere_is_known_by_e_mail(desk: Desk) -> None:
    invited(desk, email="Olga@Prefeitura.ms.gov.br")
    opened = access.enter(desk, "olga@prefeitura.MS.gov.br", TOWN_HALL)
    assert opened.person.name == "Olga Oliveira"
    with pytest.raises(NoAccess):
        access.enter(desk, "outra@prefeitura.ms.gov.br", TOWN_HALL)
    access.end(desk, access.console(), opened.person.person)
    with pytest.raises(NoAccess):
        access.enter(desk, "olga@prefeitura.ms.gov.br", TOWN_HALL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"municipalities": []}, "um município, e só um"),
        ({"municipalities": [CAPITAL, OTHER]}, "um município, e só um"),
        ({"municipalities": ["9999999"]}, "não é o código"),
        ({"role": "reference", "municipalities": []}, "ao menos um município"),
        ({"role": "coordinator"}, "não leva município"),
        ({"role": "chefe"}, "não existe"),
        ({"email": "sem arroba"}, "não é um endereço de e-mail"),
        ({"name": " "}, "Nome: está em branco"),
        ({"name": "x" * 81}, "mais de 80 letras"),
        ({"days": 0}, "de 1 a 60 dias"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(desk: Desk, given: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        invited(desk, **given)
    assert desk.store.state().last == 0


def test_only_coordinators_let_others_in(desk: Desk, team: Team) -> None:
    for who in (team.reference, team.officer, team.reader):
        with pytest.raises(NoAccess):
            access.invite(desk, who, role="coordinator", name="Mais Um")
        with pytest.raises(NoAccess):
            access.end(desk, who, team.other.person)
        with pytest.raises(NoAccess):
            access.change(desk, who, who.person, role="coordinator", name="Eu", email=None, municipalities=())
    made = access.invite(desk, team.coordinator, role="coordinator", name="Mais Um")
    assert access.exchange(desk, made.token, TOWN_HALL)


def test_nobody_takes_away_their_own_coordination_on_the_screens(desk: Desk, team: Team) -> None:
    with pytest.raises(Refused, match="própria coordenação"):
        access.end(desk, team.coordinator, team.coordinator.person)
    access.end(desk, access.console(), team.coordinator.person)
    assert not access.has_coordinator(desk)


def test_a_role_changed_holds_at_once_for_open_sessions(desk: Desk, team: Team) -> None:
    access.change(
        desk, team.coordinator, team.officer.person, role="officer", name="Olga Oliveira", email=None,
        municipalities=[OTHER],
    )  # fmt: skip
    with pytest.raises(NoAccess):
        sent(desk, team.officer)
    changed = desk.store.events(kinds=["person.changed"])
    assert changed[0].before is not None
    assert (changed[0].before["municipalities"], changed[0].after["municipalities"]) == ([CAPITAL], [OTHER])


def test_names_are_shown_to_roles_that_need_them(desk: Desk, team: Team) -> None:
    def names(who: Who) -> set[str]:
        return {one.name for one in access.people(desk, who)}

    assert len(names(team.coordinator)) == 5
    assert names(team.other) == {"Otto Outro", "Rui Referência"}
    assert names(team.reader) == set()


def test_another_session_s_hash_or_person_opens_nothing(desk: Desk, team: Team) -> None:
    mixed = Who(team.coordinator.person, team.officer.session, TOWN_HALL)
    for who in (mixed, Who("console", "", TOWN_HALL), Who(team.officer.person, "", TOWN_HALL)):
        with pytest.raises(NoAccess):
            plans.visible(desk, who)


def test_a_link_made_twice_with_one_mark_is_one(desk: Desk) -> None:
    invited(desk, once="marca-0001")
    lines = desk.store.state().last
    with pytest.raises(Refused, match="já foi feito"):
        invited(desk, once="marca-0001")
    assert desk.store.state().last == lines


def test_plans_of_others_are_as_if_they_were_not(desk: Desk, team: Team) -> None:
    sent(desk, team.officer)
    for plan, version in ((PLAN, 1), ("nao-existe", 1)):
        with pytest.raises(NoAccess) as told:
            plans.sent_file(desk, team.other, plan, version)
        assert str(told.value).startswith("Sem acesso.")
    assert plans.visible(desk, team.other) == []
    assert len(plans.visible(desk, team.reference)) == 1


def test_whose_access_ended_is_told_so_and_closes_nobody_s_address(desk: Desk, team: Team) -> None:
    """Their browser goes on sending the session; a whole town hall may share its address."""
    opened = let_in(desk, "officer", "Olívia Outra", CAPITAL)
    access.end(desk, team.coordinator, opened.person.person)
    for _ in range(12):
        with pytest.raises(NoAccess, match="acesso foi encerrado"):
            access.present(desk, opened.token, TOWN_HALL)
    assert access.present(desk, let_in(desk, "officer", "Olga", CAPITAL).token, TOWN_HALL)
    assert desk.mark_of(TOWN_HALL) not in desk.store.state().closed
