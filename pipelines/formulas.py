"""Texts that a spreadsheet would run as a formula, made harmless before they leave in a file."""

from __future__ import annotations

import re

# What begins a formula (OWASP, CSV injection), with the wide, small, raised and lowered forms that programs
# take for the same sign.
_SIGNS = "=+@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−-"
# What a reader does not see and a program may skip before the sign: blanks of every width, joiners, marks of
# direction and of byte order, fillers, variation selectors and tags.
_UNSEEN = r"\x00-\x20\x7f-\xa0\xad" + "".join(
    f"{chr(first)}-{chr(last)}"
    for first, last in (
        (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x115F, 0x1160), (0x1680, 0x1680),
        (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F),
        (0x2800, 0x2800), (0x3000, 0x3000), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF),
    )
)  # fmt: skip
# One pattern for Python and for DuckDB (RE2). A sign that stands alone, as the operator "=", runs nothing.
FORMULA = rf"(?s)^(?:[\t\r\n]|[{_UNSEEN}]*[{_SIGNS}].)"
_FORMULA = re.compile(FORMULA)


def harmless(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it; else as it is."""
    return f"'{text}" if _FORMULA.match(text) else text


def harmless_sql(column: str) -> str:
    """The same as an expression over a column of texts; `column`: its name in quotes."""
    return f"case when regexp_matches({column}, '{FORMULA}') then '''' || {column} else {column} end"
