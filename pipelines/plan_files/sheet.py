"""One sheet of an XLSX file read straight from its XML: cells with what they show, and merged ranges.

Rows and cells are taken where their references say, whatever the sheet's dimension tag claims and in whatever order
they stand: that tag is optional, and programs write it too short.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import from_excel, from_ISO8601

from pipelines.plan_files import formats
from pipelines.plan_files.cells import EMPTY, Cell, Rows
from pipelines.plan_files.faults import MAX_FAULTS, Fault, Faults
from pipelines.plan_files.template import Sheet

MAX_COLUMNS = 40
# Past this row a file is no plan.
MAX_SCANNED_ROWS = 20_000
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}")


@dataclass(frozen=True)
class Look:
    """What cells need to know of their workbook: shared texts, the format of each style, and where dates begin."""

    texts: Sequence[str] = ()
    codes: Sequence[str] = ()
    epoch: dt.datetime = dt.datetime(1899, 12, 30)


class _FullError(Exception):
    """The sheet has more filled rows than a plan may have."""


def parse(data: bytes, start: Any, end: Any, text: Any) -> None:
    """Run handlers over XML, with the names of elements bare of their namespaces; raises expat.ExpatError.

    `start` takes name and attributes, `end` a name, `text` characters. Entities are never followed.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def declared(*_: Any) -> None:
        raise expat.ExpatError("entities are not read")

    parser.EntityDeclHandler = declared
    bare: dict[str, str] = {}

    def started(name: str, given: Mapping[str, str]) -> None:
        start(bare.get(name) or bare.setdefault(name, name.rpartition("}")[2]), given)

    parser.StartElementHandler = started
    parser.EndElementHandler = lambda name: end(bare[name])
    parser.CharacterDataHandler = text
    parser.Parse(data, True)


def unescaped(text: str) -> str:
    """A text as Excel shows it: `_x000D_` stands for a character that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def shared_texts(data: bytes) -> list[str]:
    """The shared texts of a workbook; the readings beside Japanese text are no part of it."""
    found: list[str] = []
    pieces: list[str] = []
    state = {"text": False, "phonetic": False}

    def start(name: str, _: Mapping[str, str]) -> None:
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            state["phonetic"] = True
        elif name == "t":
            state["text"] = not state["phonetic"]

    def end(name: str) -> None:
        if name == "si":
            found.append(unescaped("".join(pieces)))
        elif name == "rPh":
            state["phonetic"] = False
        elif name == "t":
            state["text"] = False

    def text(letters: str) -> None:
        if state["text"]:
            pieces.append(letters)

    parse(data, start, end, text)
    return found


@dataclass
class _Reading:
    """A sheet while it is read."""

    sheet: Sheet
    look: Look
    faults: Faults
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    kind: str = ""
    style: int = 0
    formula: bool = False
    phonetic: bool = False
    into: str = ""
    parts: dict[str, list[str]] = field(default_factory=dict)
    merged: int = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        if name == "mergeCell":
            self.merged += 1
            if self.merged <= MAX_FAULTS:
                self._merge(given.get("ref", ""))
        elif name == "row":
            self.row = int(given["r"]) if given.get("r", "").isdecimal() else self.row + 1
            self.column = 0
        elif name == "c":
            self._cell_starts(given)
        elif name in ("v", "f", "t"):
            self.into = "" if name == "t" and self.phonetic else name
            self.formula = self.formula or name == "f"
        elif name == "rPh":
            self.phonetic = True

    def _cell_starts(self, given: Mapping[str, str]) -> None:
        place = _REFERENCE.fullmatch(given.get("r", ""))
        self.column = column_index_from_string(place[1]) if place else self.column + 1
        self.row = int(place[2]) if place else self.row
        self.kind = given.get("t", "n")
        self.style = int(given["s"]) if given.get("s", "").isdecimal() else 0
        self.formula = False
        self.parts = {}

    def text(self, letters: str) -> None:
        if self.into:
            self.parts.setdefault(self.into, []).append(letters)

    def end(self, name: str) -> None:
        if name in ("v", "f", "t"):
            self.into = ""
        elif name == "rPh":
            self.phonetic = False
        elif name == "c":
            cell = self._cell()
            if cell is not EMPTY:
                self._place(cell)

    def _place(self, cell: Cell) -> None:
        letter = get_column_letter(self.column)
        filled = self.rows.get(self.row)
        if filled is None:
            if self.row > MAX_SCANNED_ROWS or len(self.rows) > self.sheet.max_rows:
                raise _FullError
            filled = self.rows.setdefault(self.row, {})
        if self.column > MAX_COLUMNS:
            self._fault(letter, cell.text, "está fora das colunas do modelo", "Apague a célula.")
        elif self.column in filled:
            self._fault(
                letter, cell.text, "é de uma célula que aparece duas vezes", "Abra no Excel e salve de novo."
            )
        else:
            filled[self.column] = cell

    def _fault(self, column: str | None, value: str | None, problem: str, mend: str) -> None:
        self.faults.add(Fault(self.sheet.name, self.row, column, value, problem, mend))

    def _merge(self, span: str) -> None:
        place = _REFERENCE.match(span)
        if place is None:
            return
        self.faults.add(
            Fault(
                self.sheet.name, int(place[2]), place[1], span, "são células mescladas",
                "Desfaça a mescla: uma por célula.",
            )
        )  # fmt: skip

    def _cell(self) -> Cell:
        """The cell that has just ended."""
        value = "".join(self.parts.get("v", ()))
        if self.formula:
            return Cell(f"={''.join(self.parts.get('f', ()))}", "é uma fórmula")
        if self.kind == "e":
            return Cell(value, "é um erro de fórmula")
        if self.kind in ("s", "str", "inlineStr"):
            if self.kind == "s":
                place = int(value) if value.strip().isdecimal() else -1
                if not 0 <= place < len(self.look.texts):
                    return EMPTY if not value.strip() else Cell(value, "aponta para um texto que não existe")
                found = self.look.texts[place]
            else:
                found = unescaped(value or "".join(self.parts.get("t", ())))
            return Cell(found) if found.strip() else EMPTY
        if not value.strip():
            return EMPTY
        if self.kind == "b":
            return Cell(value.strip() in ("1", "true"))
        if self.kind == "d":
            return _iso(value.strip())
        return self._number(value.strip())

    def _number(self, text: str) -> Cell:
        """A number as its format shows it; a date where the format makes it one."""
        number: int | float
        try:
            number = int(text) if _INTEGER.fullmatch(text) else float(text)
        except ValueError:
            return Cell(text)
        code = self.look.codes[self.style] if self.style < len(self.look.codes) else "General"
        # Whole numbers that no float holds, and infinite ones, are left to the check of the column.
        if not -1e300 < number < 1e300:
            return Cell(number)
        if is_date_format(code) or is_timedelta_format(code):
            try:
                return Cell(from_excel(number, self.look.epoch, timedelta=is_timedelta_format(code)))
            except (OverflowError, ValueError):
                return Cell(number, misleads=True)
        if code == "General":
            return Cell(number)
        return Cell(
            formats.scaled(number, code), None, formats.shown(number, code), formats.misleads(number, code)
        )


def _iso(text: str) -> Cell:
    """A cell of kind `d`, as strict workbooks write dates."""
    try:
        found = from_ISO8601(text)
    except ValueError:
        return Cell(text)
    return Cell(found if found is not None else text)


def read(data: bytes, sheet: Sheet, look: Look, faults: Faults) -> Rows:
    """The rows of a sheet that hold something, with their numbers and in their order; raises expat.ExpatError."""
    reading = _Reading(sheet, look, faults)
    try:
        parse(data, reading.start, reading.end, reading.text)
    except _FullError:
        faults.add(too_many_rows(sheet, reading.row))
    faults.count(max(0, reading.merged - MAX_FAULTS))
    return [
        (number, [cells.get(column, EMPTY) for column in range(1, max(cells, default=0) + 1)])
        for number, cells in sorted(reading.rows.items())
        if cells
    ]


def too_many_rows(sheet: Sheet, row: int) -> Fault:
    """The fault of a sheet with more filled rows than a plan has."""
    return Fault(
        sheet.name,
        row,
        None,
        None,
        f"a aba tem linhas demais; o limite é de {sheet.max_rows} linhas preenchidas",
        "Apague as linhas que não são do plano.",
    )
