"""One cell of a raw file: its text tidied, and the SQL that names and reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pipelines.declarations import KINDS, SIGNS, WRITINGS, Column

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What a decoder writes where it could not read, and what no character is.
DAMAGE = "[\ufffd\ufffe\uffff]"

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


def one_of(texts: Iterable[str]) -> str:
    """The SQL type of a column that has few texts in many rows: numbers to what sorts and writes it, texts to who reads it.

    In the order of the alphabet; of no text at all any.
    """
    known = ", ".join(map(text_of, sorted(texts)))
    return f"enum ({known})" if known else "varchar"


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


def numeric_fault(column: Column, left: str) -> str:
    """SQL: why a cell is no number of this column; null where it is one."""
    cell, value = quoted(column.name), parsed(column)
    form = f"{SIGNS[column.sign]}{WRITINGS[column.written][0]}"
    example = ("-" if column.sign == "negative" else "") + column.written
    assert column.range is not None
    low, high = column.range
    negative = text_of(f"Número negativo onde a fonte não traz nenhum; {left}. Confira na fonte.")
    # Zero has no sign, whatever its column.
    # What is well written is looked at once: nearly all of a million cells.
    return f"""case when {cell} is null then null
        when regexp_full_match({cell}, {text_of(form)}) or {cell} = '0' then
            case when {value} is null or {value} not between {float(low)} and {float(high)}
                then {text_of(f"Fora do intervalo possível, de {shown(low)} a {shown(high)}; {left}.")} end
        when {column.sign == "none"} and regexp_full_match({cell}, {text_of("-" + WRITINGS[column.written][0])}) then {negative}
        else {text_of(f"Não é um número como a fonte escreve nesta coluna ({KINDS[column.kind]}, como {example}); {left}. Confira na fonte.")}
        end"""


def text_fault(column: Column, left: str) -> str:
    """SQL: why a cell is no text of this column; null where it is one. Empty where any text may stand."""
    cell = quoted(column.name)
    if column.allowed:
        known = ", ".join(map(text_of, column.allowed))
        said = text_of(f"Texto desconhecido; {left}. Os conhecidos: {', '.join(column.allowed)}.")
        return f"case when {cell} not in ({known}) then {said} end"
    if column.kind == "code":
        said = text_of(f"O código tem {column.digits} dígitos; {left}.")
        return f"case when not regexp_full_match({cell}, '[0-9]{{{column.digits}}}') then {said} end"
    if column.kind == "validity":
        # Other marks are for the indicator to judge; a day that no calendar has would pass there for a day.
        day = rf"regexp_full_match({cell}, '\d{{2}}/\d{{2}}/\d{{2,4}}')"
        real = f"coalesce(try_strptime({cell}, '%d/%m/%y'), try_strptime({cell}, '%d/%m/%Y'))"
        return f"case when {day} and {real} is null then {text_of(f'Data que não existe; {left}.')} end"
    if column.kind == "text":
        said = text_of(f"O texto traz letras que se perderam; {left}. Busque-o de novo na fonte.")
        return f"case when regexp_matches({cell}, '{DAMAGE}') then {said} end"
    return ""
