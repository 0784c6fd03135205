"""What is made of the events is made once, and anew after another event, another day, or for somebody else."""

from __future__ import annotations

import pytest

from programme import meetings
from programme.desk import Desk, NoAccess, Refused, Who, receipt, sentence_of
from tests.programme.conftest import CAPITAL, OTHER, Clock, Team
from tests.programme.samples import accepted, version


def test_what_follows_from_the_events_is_kept_until_there_is_another(desk: Desk, clock: Clock) -> None:
    made: list[int] = []

    def kept() -> int:
        state = desk.store.state()

        def make() -> int:
            made.append(state.last)
            return len(made)

        return desk.kept(state, "something", make)

    assert [kept(), kept()] == [1, 1]
    assert desk.kept(desk.store.state(), "something else", lambda: 7) == 7
    with desk.store.writing() as write:
        write.add(
            "console", "notice.posted", "notice:1", {"text": "a", "municipalities": [], "until": "2026-12-01"}
        )
    assert [kept(), kept()] == [2, 2]
    # What is due changes with the day alone.
    clock.on(days=1)
    assert [kept(), kept()] == [3, 3]


def test_what_is_kept_of_one_person_is_not_shown_to_another(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator, version(1))
    meetings.ask(desk, team.coordinator, CAPITAL, "Falta a ata", desk.day)
    meetings.ask(desk, team.coordinator, OTHER, "Falta o mapa", desk.day)

    def told(who: Who) -> str:
        return " ".join(one.text for one in meetings.notices(desk, who))

    for _ in range(2):
        assert "Falta a ata" in told(team.officer) and "Falta o mapa" not in told(team.officer)
        assert "Falta o mapa" in told(team.other) and "Falta a ata" not in told(team.other)
        assert "Falta a ata" in told(team.reference) and "Falta o mapa" in told(team.reference)
        assert told(team.reader) == ""
        assert meetings.since_last(desk, team.coordinator).accepted
        assert not meetings.since_last(desk, team.other).accepted
    # A list that somebody changes is theirs.
    meetings.notices(desk, team.officer).clear()
    assert "Falta a ata" in told(team.officer)


def test_a_mistyped_protocol_is_a_slip_and_no_attempt(desk: Desk, team: Team) -> None:
    got = meetings.ask(desk, team.coordinator, OTHER, "Falta o mapa", desk.day)
    for _ in range(12):
        with pytest.raises(Refused, match="confira os algarismos"):
            receipt(desk, team.officer, got.protocol[:-1] + str((int(got.protocol[-1]) + 1) % 10))
    assert not desk.store.events(kinds=["access.refused"])
    # One that is right and others' is no access, and counts.
    with pytest.raises(NoAccess):
        receipt(desk, team.officer, got.protocol)
    assert len(desk.store.events(kinds=["access.refused"])) == 1


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "＝"])
def test_no_sentence_is_a_formula(text: str) -> None:
    with pytest.raises(Refused):
        sentence_of(text, "Motivo")
