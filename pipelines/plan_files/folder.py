"""The CSV files of a plan's folder as rows of cells."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from pathlib import Path

from pipelines.plan_files.cells import EMPTY, Cell, Rows
from pipelines.plan_files.faults import Fault, Faults
from pipelines.plan_files.sheet import MAX_COLUMNS, MAX_SCANNED_ROWS, too_many_rows
from pipelines.plan_files.template import SHEETS, Sheet
from pipelines.plan_files.workbook import MAX_FILE_BYTES


def read_folder(folder: Path) -> tuple[dict[str, Rows], Faults, str]:
    """The four CSV files of a folder as rows of cells."""
    faults = Faults()
    sheets: dict[str, Rows] = {}
    digest = hashlib.sha256()
    known = {sheet.file for sheet in SHEETS.values()} | {"listas.csv", "exemplo.csv"}
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            faults.add(Fault(path.name, None, None, None, "o arquivo não é do modelo", "Retire-o da pasta."))
    for name, sheet in SHEETS.items():
        data = _bytes(folder / sheet.file, sheet, faults)
        if data is None:
            continue
        digest.update(f"{sheet.file}\0".encode())
        digest.update(data)
        rows = _rows(data, sheet, faults)
        if rows is not None:
            sheets[name] = rows
    return sheets, faults, digest.hexdigest()


def _bytes(path: Path, sheet: Sheet, faults: Faults) -> bytes | None:
    """A file's bytes; None, with a fault, where there is no file or it is too large."""
    if not path.is_file():
        problem = f"falta o arquivo {sheet.file}"
        faults.add(Fault(sheet.name, None, None, None, problem, "Devolva o arquivo do modelo."))
        return None
    if path.stat().st_size > MAX_FILE_BYTES:
        problem = f"{sheet.file} passa de {MAX_FILE_BYTES // 1_000_000} MB"
        faults.add(Fault(sheet.name, None, None, None, problem, "Apague as linhas que não são do plano."))
        return None
    return path.read_bytes()


def _rows(data: bytes, sheet: Sheet, faults: Faults) -> Rows | None:
    """A file's rows; None, with a fault, where it is no CSV in UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        problem = f"{sheet.file} não está em UTF-8"
        faults.add(Fault(sheet.name, row, None, None, problem, "No Excel, salve como 'CSV UTF-8'."))
        return None
    head = text.split("\n", 1)[0]
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if head.count(";") >= head.count(",") else ",",
        strict=True,
    )
    try:
        return _filled(([_csv_cell(cell) for cell in line] for line in lines), sheet, faults)
    except csv.Error:
        problem = f"{sheet.file} não é um CSV"
        faults.add(Fault(sheet.name, lines.line_num, None, None, problem, "Salve-o de novo."))
        return None


def _filled(rows: Iterable[list[Cell]], sheet: Sheet, faults: Faults) -> Rows:
    """The rows that hold something, with their numbers; stops at the limit."""
    found: Rows = []
    for number, cells in enumerate(rows, start=1):
        holds = any(cell is not EMPTY for cell in cells)
        if number > MAX_SCANNED_ROWS or (holds and len(found) > sheet.max_rows):
            faults.add(too_many_rows(sheet, number))
            break
        if holds:
            for cell in cells[MAX_COLUMNS:]:
                if cell is not EMPTY:
                    problem = "está fora das colunas do modelo"
                    faults.add(Fault(sheet.name, number, None, cell.text, problem, "Apague a célula."))
            found.append((number, cells[:MAX_COLUMNS]))
    return found


def _csv_cell(text: str) -> Cell:
    if not text.strip():
        return EMPTY
    if text.lstrip().startswith(("=", "@")) and len(text.strip()) > 1:
        return Cell(text, "é uma fórmula")
    return Cell(text)
