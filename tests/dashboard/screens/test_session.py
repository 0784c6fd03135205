"""What is kept of a page without its saying on what it depends is kept for all that the link chooses."""

from __future__ import annotations

import pytest

from dashboard.screens import session
from dashboard.screens.link import EVERYWHERE, OF_PAGES, Choice
from dashboard.shelf import Shelf


class Kept:
    """As much of the tables as keeping asks for."""

    def __init__(self) -> None:
        self.remember = Shelf(1_000_000).keep


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Choice:
    held = Choice()
    monkeypatch.setattr(session, "choice", lambda: held)
    monkeypatch.setattr(session, "theme", lambda: held.get("theme") or "light")
    return held


@pytest.mark.parametrize("name", [*EVERYWHERE, *OF_PAGES, "theme"])
def test_what_says_nothing_is_made_for_each_choice(held: Choice, name: str) -> None:
    data = Kept()
    made = [session.kept(data, "parte", object)]  # type: ignore[arg-type]
    for value in ("one", "two"):
        held.put(name, value)
        made.append(session.kept(data, "parte", object))  # type: ignore[arg-type]
    held.put(name, None)
    assert len({id(thing) for thing in made}) == 3
    assert session.kept(data, "parte", object) is made[0]  # type: ignore[arg-type]


def test_what_says_on_what_it_depends_is_made_for_that_alone(held: Choice) -> None:
    data = Kept()
    first = session.kept(data, "parte", object, on=("a",))  # type: ignore[arg-type]
    held.put("municipio", "5002704")
    assert session.kept(data, "parte", object, on=("a",)) is first  # type: ignore[arg-type]
    others = [
        session.kept(data, "parte", object, on=("b",)),  # type: ignore[arg-type]
        session.kept(data, "outra", object, on=("a",)),  # type: ignore[arg-type]
        session.kept(data, "parte", object, on=()),  # type: ignore[arg-type]
        session.kept(data, "parte", object),  # type: ignore[arg-type]
    ]
    held.put("theme", "dark")
    others.append(session.kept(data, "parte", object, on=("a",)))  # type: ignore[arg-type]
    held.place = ("outra página", None)
    others.append(session.kept(data, "parte", object, on=("a",)))  # type: ignore[arg-type]
    assert first not in others and len({id(thing) for thing in others}) == len(others)


@pytest.mark.parametrize("name", ["indicador", "municipio", "porte"])
def test_addresses_made_by_the_hundred_are_those_made_one_by_one(held: Choice, name: str) -> None:
    """Whatever else is chosen, and whatever letters a value has."""
    for other, value in (
        ("municipio", "5002704"),
        ("regiao", "immediate_region.indicador=__"),
        ("porte", "__"),
    ):
        held.put(other, value)
    made = session.addresses_of("passaporte", name)
    for value in ("saldo_caged", "São Gabriel & filhos", "a=b", "__"):
        assert made(value) == session.address_of("passaporte", **{name: value})
