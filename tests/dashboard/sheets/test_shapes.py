"""Shapes of a sheet."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from dashboard.sheets import shapes


def test_the_shape_of_each_status_is_its_own_even_without_colour() -> None:
    # A limit borrows the shapes of goals; within either kind all differ.
    for group in (
        ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged"),
        ("within", "alert", "prudential", "outside", "no_data", "not_judged"),
    ):
        bare = {re.sub(r"#[0-9A-Fa-f]{6}", "", shapes.icon(status)) for status in group}
        assert len(bare) == len(group)


def test_a_map_is_of_the_state_where_all_lie_in_one() -> None:
    states = {"25": {"outline": "pb"}, "28": {"outline": "se"}}
    several: Any = SimpleNamespace(manifest={"geometry": {"outline": "both", "states": states}})
    assert shapes.area(several, ["2500106", "2507507"])["outline"] == "pb"
    assert shapes.area(several, ["2500106", "2800308"])["outline"] == "both"
    assert shapes.area(several, [])["outline"] == "both"
    # Tables of one state, and those of an older build, draw no state apart.
    one: Any = SimpleNamespace(manifest={"geometry": {"outline": "ms"}})
    assert shapes.area(one, ["5002704"])["outline"] == "ms"
