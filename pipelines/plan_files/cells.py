"""One cell of a plan's file: its value, its text as a person sees it, and the numbers that people write."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pipelines.plan_files import formats

HIDDEN = frozenset({"Cc", "Cf", "Cs"})
# Ten times the country's product in R$: no indicator goes beyond.
MAX_NUMBER = 1e14


@dataclass(frozen=True)
class Cell:
    """A cell as read: its value, and `wrong` where it holds something no plan may hold.

    `shown`: what a format makes of it, where it makes anything; `misleads`: whether that is another number.
    """

    value: Any = None
    wrong: str | None = None
    shown: str | None = None
    misleads: bool = False

    @property
    def text(self) -> str:
        """The cell as a person sees it, on one line, in composed letters."""
        if self.shown is not None:
            return _one_line(self.shown)
        if self.value is None:
            return ""
        if isinstance(self.value, dt.datetime | dt.date):
            return self.value.strftime("%d/%m/%Y")
        if isinstance(self.value, bool):
            return "sim" if self.value else "não"
        if isinstance(self.value, float):
            return formats.general(self.value)
        return _one_line(str(self.value))


EMPTY = Cell()
Rows = list[tuple[int, list[Cell]]]


def _one_line(text: str) -> str:
    """Text without line ends and without marks that nobody sees, which come along when text is pasted."""
    seen = "".join(
        letter for letter in text if letter.isspace() or unicodedata.category(letter) not in HIDDEN
    )
    return " ".join(unicodedata.normalize("NFC", seen).split())


def plain_value(text: str) -> str:
    """Small letters without accents, for comparing what people typed."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().strip())
    return " ".join(
        "".join(
            letter
            for letter in decomposed
            if not unicodedata.combining(letter) and unicodedata.category(letter) not in HIDDEN - {"Cc"}
        ).split()
    )


def unfit(text: str) -> str | None:
    """The first character that no spreadsheet may carry, as `U+FFFE`; None where there is none.

    Those are the noncharacters of Unicode, control characters that are no white space, lone halves of a pair, and
    the mark that a program leaves where it lost a letter.

    >>> unfit("Educação"), unfit("a\\ufffe"), unfit("a\\x00"), unfit("Educa\\ufffdo")
    (None, 'U+FFFE', 'U+0000', 'U+FFFD')
    """
    for letter in text:
        code = ord(letter)
        if code < 0x20 or 0x7F <= code < 0xA0:
            lost = not letter.isspace()
        else:
            lost = (
                0xD800 <= code < 0xE000
                or 0xFDD0 <= code < 0xFDF0
                or code & 0xFFFE == 0xFFFE
                or code == 0xFFFD
            )
        if lost:
            return f"U+{code:04X}"
    return None


def number_of(text: str) -> float | None:
    """A number as people write it in Brazil, None where it is none or could be two.

    >>> number_of("1.234,5"), number_of("95%"), number_of("12.5"), number_of("-0,3")
    (1234.5, 95.0, 12.5, -0.3)

    A lone dot before three digits may mark thousands or decimals:

    >>> number_of("1.234") is number_of("abc") is None
    True
    """
    plain = text.strip().removeprefix("R$").removesuffix("%").strip().replace("−", "-")
    if re.fullmatch(r"[-+]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+),[0-9]+", plain):
        return float(plain.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[-+]?[0-9]{1,3}(\.[0-9]{3}){2,}", plain):
        return float(plain.replace(".", ""))
    if re.fullmatch(r"[-+]?[0-9]{1,15}(\.([0-9]{1,2}|[0-9]{4,10}))?", plain):
        return float(plain)
    return None
