"""Number formats of spreadsheets: what a cell shows, and the number that its reader sees.

The codes are those of ECMA-376, part 1, 18.8.31: up to four sections parted by semicolons, with text in quotes,
after a backslash or of the few marks that stand for themselves. A percent sign multiplies by a hundred only where
it is none of these; everything else in a format changes the picture and never the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from pipelines.verdicts import pt_number

_TOKENS = re.compile(
    r"""(?P<quoted>"[^"]*"?) | \\(?P<escaped>.?) | _(?P<skipped>.?) | \*(?P<filled>.?) | \[(?P<bracket>[^\]]*)\]?
    | (?P<general>general) | (?P<exponent>e[+-]) | (?P<place>[0#?]+) | (?P<mark>[.,%/;@]) | (?P<plain>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
}
# Excel's General shows so many digits.
GENERAL_DIGITS = 11
_NUMBER = re.compile(r"[-−]?\d[\d.]*(?:,\d+)?")


@dataclass(frozen=True)
class _Section:
    """One section: texts before and after the number, its decimals, and what scales or replaces it."""

    before: str
    after: str
    within: bool
    percents: int
    whole_places: int
    decimals: int
    fewest_decimals: int
    grouped: bool
    thousands: int
    general: bool
    placed: bool
    condition: tuple[str, float] | None

    def matches(self, value: float) -> bool:
        """Whether the section's own condition holds; one without a condition takes whatever comes."""
        return self.condition is None or _COMPARE[self.condition[0]](value, self.condition[1])


@cache
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[tuple[str, str]]] = [[]]
    for found in _TOKENS.finditer(code):
        kind = found.lastgroup or "plain"
        if kind == "mark" and found[0] == ";":
            parts.append([])
        else:
            parts[-1].append((kind, found[kind]))
    return tuple(_section(tokens) for tokens in parts)


def _section(tokens: list[tuple[str, str]]) -> _Section:
    """What one section's tokens say; `tokens`: (kind, text), in their order."""
    before, after, digits = "", "", ""
    percents = 0
    within = general = odd = False
    pending = ""
    condition = None
    for kind, text in tokens:
        literal = None
        if kind == "bracket":
            if text.startswith("$"):
                literal = text[1:].partition("-")[0]
            elif wanted := _CONDITION.fullmatch(text):
                condition = (wanted[1], float(wanted[2]))
        elif kind == "quoted":
            literal = text.strip('"')
        elif kind in ("escaped", "plain"):
            literal = text
        elif kind == "skipped":
            literal = " "
        elif kind == "general" or (kind == "mark" and text == "@"):
            general = True
        elif kind == "exponent" or (kind == "mark" and text == "/"):
            odd = True
        elif kind == "mark" and text == "%":
            percents += 1
            literal = "%"
        elif kind in ("place", "mark"):
            # Text between two places of the same number: what is seen is another number.
            within = within or bool(pending.strip())
            pending = ""
            digits += text
        if literal:
            if digits or general:
                pending += literal
                after += literal
            else:
                before += literal
    whole, _, decimals = digits.partition(".")
    trailing = len(whole) - len(whole.rstrip(","))
    return _Section(
        before, after, within, percents, whole.count("0"), len(decimals.rstrip(",")), decimals.count("0"),
        "," in whole.rstrip(","), trailing + decimals.count(","), general or odd,
        bool(re.search(r"[0#?]", digits)), condition,
    )  # fmt: skip


def _chosen(code: str, value: float) -> _Section | None:
    """The section that shows a value; None where no condition takes it."""
    sections = _sections(code)[:3]
    if any(section.condition for section in sections):
        return next((section for section in sections if section.matches(value)), None)
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[0]


def general(value: float) -> str:
    """A number as a cell without a format shows it: `12,5`, `2028`, `0,3`."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return format(value, f".{GENERAL_DIGITS}g").replace(".", ",")


def scaled(value: float, code: str) -> float:
    """The number that a reader sees in a cell, whatever its rounding: 0.95 under `0%` is 95, 95 under `0"%"` is 95.

    >>> scaled(0.95, "0%"), scaled(95, '0"%"'), scaled(95, r"0\\%"), scaled(0.95, "0;-0%"), scaled(-0.95, "0;-0%")
    (95.0, 95, 95, 0.95, -95.0)
    """
    section = _chosen(code, value)
    if section is None or not section.percents:
        return value
    return float(round(value * 100**section.percents, 9))


def shown(value: float, code: str) -> str:
    """What the cell shows, as a Brazilian Excel writes it.

    >>> shown(0.946, "0%"), shown(95, '"até "0"%"'), shown(1234.5, "#,##0.00"), shown(47000, "0,"), shown(3, ";;;")
    ('95%', 'até 95%', '1.234,50', '47', '')
    """
    section = _chosen(code, value)
    if section is None:
        return "####"
    several = len(_sections(code)) > 1 and section is not _sections(code)[0] and section.condition is None
    seen = abs(value) if several and value < 0 else value
    seen = seen * 100**section.percents
    if section.general:
        return f"{section.before}{general(seen)}{section.after}".strip()
    if not section.placed:
        return f"{section.before}{section.after}".strip()
    number = pt_number(seen / 1000**section.thousands, section.decimals)
    number = number if section.grouped else number.replace(".", "")
    optional = section.decimals - section.fewest_decimals
    for _ in range(optional):
        number = number.removesuffix("0") if "," in number else number
    whole, comma, rest = number.removesuffix(",").partition(",")
    sign = "-" if whole.startswith("-") else ""
    whole = sign + whole.removeprefix("-").rjust(section.whole_places, "0")
    return f"{sign}{section.before}{whole.removeprefix('-')}{comma}{rest}{section.after}".strip()


def misleads(value: float, code: str) -> bool:
    """Whether what the cell shows is not its number: hidden, divided by a thousand, without its sign, mixed with digits.

    >>> [misleads(value, code) for value, code in ((95, "0"), (47000, "0,"), (-5, "0;0"), (95, '"1"0'), (3, ";;;"))]
    [False, True, True, True, True]
    """
    section = _chosen(code, value)
    if section is None or section.within:
        return True
    picture = shown(value, code)
    found = _NUMBER.search(picture)
    if found is None:
        return True
    if section.general:
        return bool(re.search(r"[\d.,]$", section.before)) or bool(re.match(r"[\d.,]*\d", section.after))
    seen = float(found[0].replace("−", "-").replace(".", "").replace(",", "."))
    before = picture[: found.start()].rstrip()
    if seen > 0 and (before.endswith("(") or before.startswith("-")):
        seen = -seen
    number = scaled(value, code)
    decimals = section.decimals
    return abs(seen - number) > 0.5 * 10.0**-decimals * (1 + 1e-9) + 1e-9 * abs(number)
