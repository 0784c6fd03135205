"""What is kept of a build: weighed by what it holds, bounded, and made by one of those who ask."""

from __future__ import annotations

import threading
import time

import pandas as pd
import pytest

from dashboard.shelf import Shelf, _weight


def test_things_weigh_what_they_hold() -> None:
    assert _weight("x" * 1000) == 1000
    assert _weight(pd.DataFrame({"a": ["palavra" * 10] * 1000})) > 60_000
    rows = [{"name": f"municipality {place}", "value": float(place)} for place in range(20_000)]
    assert 400_000 < _weight(rows) < 4_000_000
    assert _weight(lambda: None) == 200_000


def test_the_oldest_give_way_and_the_weight_is_that_of_what_is_left() -> None:
    shelf = Shelf(10_000)
    for place in range(20):
        shelf.keep((place,), lambda: "x" * 1000)
    assert len(shelf.held) == 10 and shelf.weight == 10_000
    assert (19,) in shelf.held and (0,) not in shelf.held


def test_one_makes_what_many_ask_for() -> None:
    shelf, made = Shelf(10_000), []

    def slow() -> str:
        made.append(threading.get_ident())
        time.sleep(0.1)
        return "thing"

    found: list[str] = []
    askers = [threading.Thread(target=lambda: found.append(shelf.keep(("key",), slow))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == ["thing"] * 8 and len(made) == 1


def test_a_maker_that_fails_leaves_the_next_to_try() -> None:
    shelf = Shelf(10_000)

    def failing() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shelf.keep(("key",), failing)
    assert shelf.keep(("key",), lambda: "made") == "made"


def test_what_is_made_may_ask_for_other_things() -> None:
    shelf = Shelf(10_000)
    assert shelf.keep(("outer",), lambda: shelf.keep(("inner",), lambda: "in") + "side") == "inside"
