"""Tables for spreadsheets and for other systems: CSV in the Brazilian way, CSV with codes, XLSX."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from dashboard import words
from dashboard.charts.frames import Decimals, decimals_at, decimals_of
from pipelines.formulas import harmless

XLSX_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def _safe(text: str) -> str:
    # A control character cannot stand in a spreadsheet file at all.
    shown: str = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", harmless(text))
    return shown


def _cells(frame: pd.DataFrame) -> Iterable[list[Any]]:
    """Rows of plain cells: int, float, bool, date, text made harmless, or None."""
    columns = [
        [None if words.is_missing(item) else item for item in frame[name].tolist()] for name in frame.columns
    ]
    for row in zip(*columns, strict=True):
        yield [_safe(item) if isinstance(item, str) else item for item in row]


def _day(value: Any) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else value if isinstance(value, dt.date) else None


def _plain(value: Any, comma: bool) -> str:
    """A cell of a CSV file; numbers keep every digit they have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return ("sim" if value else "não") if comma else ("true" if value else "false")
    day = _day(value)
    if day is not None:
        return day.isoformat()
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        return text.replace(".", ",") if comma else text
    return str(value)


def csv_brazil(frame: pd.DataFrame) -> bytes:
    """A CSV that Brazilian Excel opens rightly by itself: `;`, decimal comma, UTF-8 with its mark.

    Texts stand in quotes, so that a spreadsheet can be told that a code in digits is no number.
    """
    lines = [";".join(_in_quotes(_safe(str(name))) for name in frame.columns)]
    for row in _cells(frame):
        cells = (_in_quotes(item) if isinstance(item, str) else _plain(item, True) for item in row)
        lines.append(";".join(cells))
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def _in_quotes(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def csv_systems(frame: pd.DataFrame) -> bytes:
    """A CSV for programs: `,`, decimal point, UTF-8; empty where there is no value."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(str(name)) for name in frame.columns])
    for row in _cells(frame):
        writer.writerow([_plain(item, False) for item in row])
    return out.getvalue().encode("utf-8")


def _format(value: float, decimals: Decimals, name: str, row: int) -> str:
    """How a spreadsheet shows a number: in thousands with its decimals, or bare."""
    if name not in decimals and value != int(value):
        return "General"
    places = decimals_at(decimals, name, row)
    return "0" if places is None else "#,##0" + (f".{'0' * places}" if places else "")


def xlsx(frame: pd.DataFrame, metadata: Mapping[str, str], decimals: Decimals | None = None) -> bytes:
    """A workbook with the sheets Dados and Sobre (the metadata, one line each).

    `decimals`: those of a chart; without them as the frame carries them. A number that has more decimals than its
    column is said to show stands as it is where nobody said how many.
    Text stays text (codes, periods), numbers stay numbers, and an empty cell is a missing value.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "Dados"
    rows = list(_cells(frame))
    decimals = decimals_of(frame) if decimals is None else decimals
    for column, name in enumerate(frame.columns, start=1):
        head = sheet.cell(1, column, _safe(str(name)))
        head.font, head.alignment = _BOLD, _WRAPPED
        longest = max([len(str(name)) / 2, *(len(str(row[column - 1] or "")) for row in rows[:200])])
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 9), 48)
    for place, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            if value is None:
                continue
            cell = sheet.cell(place, column, _day(value) or value)
            if isinstance(value, str):
                # Without the text format Excel would turn a code into a number as soon as a cell is edited.
                cell.data_type, cell.number_format = "s", "@"
            elif isinstance(value, dt.date):
                cell.number_format = "dd/mm/yyyy"
            elif not isinstance(value, bool):
                cell.number_format = _format(value, decimals, str(frame.columns[column - 1]), place - 2)
    sheet.freeze_panes = "A2"
    if rows:
        sheet.auto_filter.ref = sheet.dimensions
    about = book.create_sheet("Sobre")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 26, 100
    for place, (name, text) in enumerate(metadata.items(), start=1):
        about.cell(place, 1, _safe(str(name))).font = _BOLD
        cell = about.cell(place, 2, _safe(str(text)))
        cell.data_type, cell.number_format, cell.alignment = "s", "@", _WRAPPED
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
