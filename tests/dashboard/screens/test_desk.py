"""What a person before the desk is shown: days of the territory, and whose a line is."""

from __future__ import annotations

import datetime as dt

from dashboard.screens.desk import Visit
from programme.desk import Desk, Who
from tests.programme.conftest import CAPITAL, OTHER, Team
from tests.programme.conftest import address as address
from tests.programme.conftest import clock as clock
from tests.programme.conftest import desk as desk
from tests.programme.conftest import team as team


def visit(desk: Desk, who: Who) -> Visit:
    state = desk.store.state()
    return Visit(desk, who, state.people[who.person], state)


def test_a_moment_late_in_the_evening_is_of_that_day(desk: Desk, team: Team) -> None:
    """In UTC, in which moments are kept, it is tomorrow."""
    found = visit(desk, team.officer)
    assert found.day_of(dt.datetime(2026, 11, 23, 3, 59, tzinfo=dt.UTC)) == "22/11/2026"
    assert found.day_of(dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)) == "23/11/2026"


def test_a_line_says_whose_it_is_to_those_who_have_several(desk: Desk, team: Team) -> None:
    assert visit(desk, team.officer).of(CAPITAL, "Falta a ata") == "Falta a ata"
    several = visit(desk, team.reference)
    assert several.of(OTHER, "Falta a ata") == "Dourados: Falta a ata"
    assert several.of(None, "Reunião") == "Reunião"
    assert several.places == [CAPITAL, OTHER]


def test_what_a_page_makes_is_of_a_role_and_its_municipalities(desk: Desk, team: Team) -> None:
    assert visit(desk, team.officer).kept("name", lambda: "mine") == "mine"
    assert visit(desk, team.other).kept("name", lambda: "others'") == "others'"
    assert visit(desk, team.officer).kept("name", lambda: "again") == "mine"
