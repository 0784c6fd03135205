"""Colours, glyphs and text widths, in light and dark: what every drawing of the product shares.

Distances between the colours hold for normal sight and for the three kinds of colour blindness; a test
computes them (Machado, Oliveira and Fernandes 2009, severity 100, in CAM02-UCS).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Theme = Literal["light", "dark"]

# Streamlit ships Source Sans under this name; the static renderer takes the file in dashboard/fonts.
FONT = '"Source Sans", "Source Sans 3", "Segoe UI", Roboto, sans-serif'


@dataclass(frozen=True)
class Palette:
    """Colours of one theme, as `#RRGGBB`; `sequential`, `diverging`: by number of classes, low to high."""

    surface: str
    secondary: str
    text: str
    muted: str
    line: str
    grid: str
    outline: str
    data: str
    target: str
    missing: str
    sequential: Mapping[int, tuple[str, ...]]
    diverging: Mapping[int, tuple[str, ...]]
    categorical: tuple[str, ...]
    heat: tuple[str, ...]
    band: float
    chip: float


PALETTES: Mapping[str, Palette] = {
    "light": Palette(
        surface="#FFFFFF",
        secondary="#F3F6FA",
        text="#1B2733",
        muted="#4A5663",
        line="#D5DCE4",
        grid="#E8ECF1",
        outline="#5B6775",
        data="#1351B4",
        target="#B35C00",
        missing="#CFCBC4",
        sequential={
            5: ("#D3E7F7", "#8ABDE1", "#468AD1", "#1553B5", "#0A2A5E"),
            7: ("#D3E7F7", "#A6CCE7", "#74ACDA", "#468AD1", "#2466BE", "#134598", "#0A2A5E"),
        },
        diverging={
            5: ("#7A3B0A", "#DA904E", "#EDEDE9", "#60A3AD", "#0B4A57"),
            7: ("#7A3B0A", "#C46D1F", "#EDB57D", "#EDEDE9", "#8BC1C7", "#308694", "#0B4A57"),
        },
        categorical=(
            "#1351B4",
            "#CF721A",
            "#2F9272",
            "#580949",
            "#4A3D03",
            "#2B97EE",
            "#B3003F",
            "#8C7299",
        ),
        heat=("#F3D9BF", "#F8EBDD", "#F1F1EF", "#DCEBEE", "#B9DADF"),
        band=0.12,
        chip=0.16,
    ),
    "dark": Palette(
        surface="#111A26",
        secondary="#1A2635",
        text="#E8EDF3",
        muted="#A9B4C0",
        line="#33414F",
        grid="#243140",
        outline="#8E9BA8",
        data="#6EA8FF",
        target="#E6A23C",
        missing="#403C36",
        sequential={
            5: ("#1F3A5F", "#2B64AA", "#5196DD", "#98C7EE", "#E3F1FB"),
            7: ("#1F3A5F", "#285690", "#3674BC", "#5196DD", "#80B7E8", "#B2D4F0", "#E3F1FB"),
        },
        diverging={
            5: ("#FFC58A", "#A76327", "#49484A", "#288290", "#9BE0E8"),
            7: ("#FFC58A", "#CD7E36", "#844E23", "#49484A", "#2E6471", "#35A2B2", "#9BE0E8"),
        },
        categorical=(
            "#6EA8FF",
            "#E6A23C",
            "#7FBE85",
            "#C5A5C8",
            "#F0E390",
            "#BDE9E7",
            "#F0406E",
            "#877FB2",
        ),
        heat=("#6B4220", "#46331F", "#2A3440", "#1D4049", "#1F5D68"),
        band=0.18,
        chip=0.24,
    ),
}


@dataclass(frozen=True)
class Mark:
    """How a status is drawn: a glyph, Plotly's symbol of it, and fill and text ink by theme."""

    glyph: str
    symbol: str
    fill: Mapping[str, str]
    ink: Mapping[str, str]


def _mark(glyph: str, symbol: str, fill: tuple[str, str], ink: tuple[str, str]) -> Mark:
    return Mark(glyph, symbol, {"light": fill[0], "dark": fill[1]}, {"light": ink[0], "dark": ink[1]})


_ON_TRACK = (("#73C391", "#0FA07A"), ("#0F6B3F", "#4FD6A8"))
_AT_RISK = (("#F2CD1A", "#F8D648"), ("#735400", "#F8D648"))
_OFF_TRACK = (("#D1600F", "#E5771C"), ("#A63A06", "#FFA45C"))
_WORSENING = (("#922B34", "#BE3F4A"), ("#922B34", "#FF9AA3"))

# In the order of reading: best to worst, then what has no verdict; limits borrow the colours of goals.
MARKS: Mapping[str, Mark] = {
    "achieved": _mark("★", "star", ("#1351B4", "#3FB2FF"), ("#1351B4", "#7CC8FF")),
    "on_track": _mark("►", "triangle-right", *_ON_TRACK),
    "within": _mark("✓", "circle", *_ON_TRACK),
    "at_risk": _mark("◆", "diamond", *_AT_RISK),
    "alert": _mark("◆", "diamond", *_AT_RISK),
    "off_track": _mark("■", "square", *_OFF_TRACK),
    "prudential": _mark("■", "square", *_OFF_TRACK),
    "worsening": _mark("◄", "triangle-left", *_WORSENING),
    "outside": _mark("✕", "x", *_WORSENING),
    "missed": _mark("✕", "x", ("#441836", "#D5D8E8"), ("#441836", "#D5D8E8")),
    "no_data": _mark("○", "circle-open", ("#CFCBC4", "#403C36"), ("#4A5663", "#B4C0CC")),
    "not_judged": _mark("□", "square-open", ("#9A9FB3", "#767F99"), ("#4A5663", "#B4C0CC")),
}
# How much of a status's fill a likely claim keeps; the rest is the ground's colour.
HALF = 0.5


def fill(status: str, sureness: str, theme: Theme) -> str:
    """What a reading is filled with: whole where it is sure or unread, half where likely, the ground where unclear.

    Half fills are never told apart by colour alone: they come with the ink of their status as an edge, and with its
    glyph.
    """
    whole = MARKS[status].fill[theme]
    if sureness == "likely":
        return _mixed(whole, PALETTES[theme].surface, HALF)
    return PALETTES[theme].surface if sureness == "unclear" else whole


def _mixed(colour: str, ground: str, share: float) -> str:
    pairs = ((int(colour[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02X}" for one, other in pairs)


# What goes well stays quiet on a map, so that trouble is seen first.
QUIET = frozenset({"on_track", "within"})


def rgba(colour: str, alpha: float) -> str:
    """`#RRGGBB` with an opacity, as CSS."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1 (WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(fill: str, theme: Theme) -> str:
    """The ink, white or the dark one, that is read best on a fill."""
    dark, light = ("#1B2733", "#FFFFFF") if theme == "light" else ("#111A26", "#FFFFFF")
    return light if contrast(light, fill) >= contrast(dark, fill) else dark


# Advance widths of Source Sans 3 Regular for the characters 32 to 126, in thousandths of the font size; an
# accented letter is as wide as its base. Room for labels is reckoned with them, since Plotly's own reckoning
# (automargin) draws the figure twice.
_WIDTHS = (
    200, 289, 426, 497, 497, 824, 609, 249, 303, 303, 418, 497, 249, 311, 249, 350, 497, 497, 497, 497,
    497, 497, 497, 497, 497, 497, 249, 249, 497, 497, 497, 425, 847, 544, 588, 571, 615, 527, 494, 617,
    652, 263, 480, 579, 486, 727, 647, 664, 566, 664, 569, 534, 536, 645, 515, 786, 513, 476, 539, 303,
    350, 303, 497, 500, 542, 504, 553, 456, 555, 496, 292, 504, 544, 246, 247, 495, 255, 829, 547, 542,
    555, 555, 347, 419, 338, 544, 467, 719, 446, 467, 425, 303, 241, 303, 497,
)  # fmt: skip
_OTHER = 497
# What the face lacks, and browsers take from another one.
_BORROWED = {"\u00a0": 200, "⋯": 1000, "↑": 838, "↓": 838, "→": 838}
# Semibold is about this much wider.
_BOLD = 1.045


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float = 13, bold: bool = False) -> float:
    """Width of a line of text in pixels, set in Source Sans at `size` pixels."""
    total = 0
    for letter in unicodedata.normalize("NFD", text):
        if unicodedata.combining(letter):
            continue
        place = ord(letter) - 32
        total += _WIDTHS[place] if 0 <= place < len(_WIDTHS) else _BORROWED.get(letter, _OTHER)
    return total * size / 1000 * (_BOLD if bold else 1)
