"""What the notation of a unit says: its sign, what it is a rate of, its noun. The only room that reads it.

A unit is written once, in a declaration: `%`, `R$`, `R$ por habitante`, `óbitos por mil nascidos vivos`,
`pendências`. Whoever has to know which kind it is asks here.
"""

from __future__ import annotations

import re
from functools import cache

PERCENT, MONEY = "%", "R$"

# Units of bare numbers, whose name says what they are.
UNSAID = frozenset({"", "índice", "nota", "número", "razão", "categoria"})

_RATE = re.compile(r"\bpor (100 mil|10 mil|mil|100)\b")


@cache
def sign(unit: str) -> str:
    """The sign that stands beside a number in place of words: `%`, `R$`, or nothing.

    >>> sign("%"), sign("R$ por habitante"), sign("% ao ano"), sign("pendências")
    ('%', 'R$', '', '')
    """
    return PERCENT if unit == PERCENT else MONEY if unit.partition(" ")[0] == MONEY else ""


@cache
def rate(unit: str) -> str:
    """Per how many a rate is told; empty for what is no rate.

    >>> rate("óbitos por mil nascidos vivos"), rate("por 100 mil habitantes"), rate("R$ por habitante")
    ('por mil', 'por 100 mil', '')
    """
    found = _RATE.search(unit)
    return found.group() if found else ""


def none_of(unit: str) -> str:
    """None of what a unit counts: `nenhuma pendência`; `zero` where it counts no things.

    >>> none_of("pendências"), none_of("óbitos por mil nascidos vivos"), none_of("por 100 mil habitantes")
    ('nenhuma pendência', 'nenhum óbito por mil nascidos vivos', 'zero')
    """
    first = unit.partition(" ")[0]
    if unit in UNSAID or first in (PERCENT, "por") or sign(unit):
        return "zero"
    return f"{'nenhuma' if first.endswith(('as', 'ões')) else 'nenhum'} {singular(unit)}"


def singular(unit: str) -> str:
    """The unit of one: `pendências` -> `pendência`, `internações` -> `internação`."""
    first, space, rest = unit.partition(" ")
    for many, one in (("ões", "ão"), ("ens", "em"), ("s", "")):
        if first.endswith(many):
            return f"{first.removesuffix(many)}{one}{space}{rest}"
    return unit
