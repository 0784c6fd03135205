"""One cell of a raw file: its text tidied, and the SQL that names and reads it."""

from __future__ import annotations

import re
import unicodedata

from pipelines.declarations import WRITINGS, Column

CONTROL = re.compile(r"[\x00-\x1f\x7f]")

# Text to value. A thousands dot is only dropped where three digits follow, so that '7.52' is not read as 752;
# an underscore between digits is a programmer's number, no publisher's. Cells come tidied: no blank at their ends.
MACROS = r"""
create or replace macro number(cell) as case when not contains(cell, '_') then try_cast(cell as double) end;
create or replace macro number_br(cell) as
    case when regexp_matches(trim(cell), '^(R\$ ?)?[-+−]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?( ?%)?$')
    then try_cast(replace(replace(regexp_replace(trim(cell), '[R$ %.]', '', 'g'), ',', '.'), '−', '-') as double) end;
create or replace macro number_percent(cell) as number(rtrim(trim(cell), '%'));
create or replace macro period_end(cell) as
    case
        when regexp_matches(cell, '^\d{4}$') then try_cast(cell || '-12-31' as date)
        when regexp_matches(cell, '^\d{4}-\d{2}$') then last_day(try_cast(cell || '-01' as date))
        when regexp_matches(cell, '^\d{4}-\d{2}-\d{2}$') then try_cast(cell as date)
    end;
create or replace macro shown(x) as
    case when x = floor(x) and abs(x) < 1e15 then format('{:t.}', x::bigint) else replace(x::varchar, '.', ',') end;
"""


def shown(value: float) -> str:
    """A bound as a sentence says it, in all its figures; `shown` in SQL says the same.

    >>> shown(6e6), shown(-0.5), shown(10.3)
    ('6.000.000', '-0,5', '10,3')
    """
    return f"{value:,.15g}".translate(str.maketrans(",.", ".,"))


def quoted(name: str) -> str:
    """An SQL identifier, quoted: names of columns come from publishers and may hold anything."""
    return '"' + name.replace('"', '""') + '"'


def text_of(value: str) -> str:
    """An SQL text."""
    return "'" + value.replace("'", "''") + "'"


def inside(state: str) -> str:
    """The SQL of whether a row's municipality_code lies in a territory, as `Territory.state` has it."""
    if state == "BR":
        return "true"
    return f"left(municipality_code, 2) in ({', '.join(map(text_of, state.split()))})"


def parsed(column: Column) -> str:
    """The SQL of a column's number."""
    return f"{WRITINGS[column.written][1]}({quoted(column.name)})"


def tidy(text: str) -> str:
    """A cell without what no reader sees: composed letters, single blanks of the plain kind, none at the ends."""
    if text.isascii() and text.isprintable():
        # Nearly every cell there is.
        return " ".join(text.split())
    seen = "".join(mark for mark in unicodedata.normalize("NFC", text) if unicodedata.category(mark) != "Cf")
    return " ".join(CONTROL.sub(" ", seen).split())
