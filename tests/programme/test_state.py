from __future__ import annotations

from programme import state
from programme.events import number_of_protocol, protocol_of


def test_a_protocol_with_a_wrong_or_swapped_digit_is_none() -> None:
    right = protocol_of(2026, 123456)
    assert number_of_protocol(right) == 123456
    for place in range(5, 11):
        for digit in "0123456789":
            wrong = right[:place] + digit + right[place + 1 :]
            assert (number_of_protocol(wrong) == 123456) == (wrong == right)
    for place in range(5, 10):
        swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        assert number_of_protocol(swapped) is None


def test_a_state_is_never_changed_by_the_next() -> None:
    first = state.State()
    assert state.advanced(first, []) is first
    assert first.people == {}


def test_every_role_and_state_has_its_word() -> None:
    assert set(state.ROLES) == {"coordinator", "reference", "officer", "reader"}
    assert set(state.PLAN_STATES.values()) == {"rascunho", "enviado", "devolvido", "aceito"}
