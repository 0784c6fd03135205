"""Colours that everyone tells apart, inks that are read, widths of texts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from colorspacious import cspace_convert

from dashboard.charts.palettes import MARKS, PALETTES, contrast, ink_on, text_width


def seen(colours: Sequence[str]) -> list[Any]:
    """Colours in CAM02-UCS to normal sight and to three kinds of colour blindness (Machado, severity 100)."""
    rgb = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours])
    blind = [
        {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
        for kind in ("deuteranomaly", "protanomaly", "tritanomaly")
    ]
    return [
        cspace_convert(np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1), "sRGB1", "CAM02-UCS")
        for space in ("sRGB1", *blind)
    ]


def distance(colours: Sequence[str], pairs: Iterable[tuple[int, int]]) -> float:
    """The smallest difference between pairs of places, over every kind of sight."""
    spaces, pairs = seen(colours), list(pairs)
    return min(float(np.linalg.norm(space[a] - space[b])) for space in spaces for a, b in pairs)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_told_apart_by_everyone(theme: str) -> None:
    palette = PALETTES[theme]
    goals = ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged")
    fills = [MARKS[status].fill[theme] for status in goals]
    neighbours = list(itertools.pairwise(range(7)))
    every = list(itertools.combinations(range(8), 2))
    assert distance(palette.sequential[5], neighbours[:4]) > 15
    assert distance(palette.sequential[7], neighbours) > 9.8
    assert distance(palette.diverging[5], neighbours[:4]) > 20
    assert distance(palette.diverging[7], neighbours) > 13
    assert distance(palette.categorical, every) > 10
    assert distance(fills, every) > 11
    assert distance((palette.missing, *palette.sequential[5]), [(0, place) for place in range(1, 6)]) > 14


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_inks_are_read(theme: Any) -> None:
    palette = PALETTES[theme]
    for ink in (palette.text, palette.muted, palette.target):
        assert contrast(ink, palette.surface) >= 4.5
    for ground in palette.heat:
        assert contrast(palette.text, ground) >= 4.5
    for mark in MARKS.values():
        assert contrast(mark.ink[theme], palette.surface) >= 4.5
        assert contrast(ink_on(mark.fill[theme], theme), mark.fill[theme]) >= 3


def test_statuses_differ_by_shape_where_they_can_meet() -> None:
    for group in (
        ("achieved", "on_track", "at_risk", "off_track", "worsening", "missed", "no_data", "not_judged"),
        ("within", "alert", "prudential", "outside", "no_data", "not_judged"),
    ):
        glyphs: Sequence[str] = [MARKS[status].glyph for status in group]
        assert len(set(glyphs)) == len(glyphs)


def test_accents_take_no_room() -> None:
    assert text_width("Japorã") == text_width("Japora")
    assert text_width("ab", 26) == 2 * text_width("ab", 13)
