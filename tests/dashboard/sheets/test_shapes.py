"""Shapes of a sheet."""

from __future__ import annotations

import re

from dashboard.sheets import shapes


def test_the_shape_of_each_status_is_its_own_even_without_colour() -> None:
    # A limit borrows the shapes of goals; within either kind all differ.
    for group in (
        ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged"),
        ("within", "alert", "prudential", "outside", "no_data", "not_judged"),
    ):
        bare = {re.sub(r"#[0-9A-Fa-f]{6}", "", shapes.icon(status)) for status in group}
        assert len(bare) == len(group)
