"""Cells out of files that come from outside: sizes looked up before anything is opened, nothing executed."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from pipelines.plan_files.template import EXAMPLE, LISTS, SHEETS, Sheet
from pipelines.verdicts import pt_number

MAX_FILE_BYTES = 2_000_000
# A plan with every row of the template filled takes under 1 MB inside; the rest is room for other programs.
MAX_PART_BYTES = 8_000_000
MAX_SMALL_PART_BYTES = 1_000_000
MAX_PARTS = 300
HIDDEN = frozenset({"Cc", "Cf", "Cs"})
MAX_COLUMNS = 40
# Rows that programs leave formatted but empty are skipped; past this many the file is no plan.
MAX_SCANNED_ROWS = 20_000
# Ten times the country's product in R$: no indicator goes beyond.
MAX_NUMBER = 1e14


@dataclass(frozen=True)
class Fault:
    """One thing wrong: sheet, row (the header is row 1), column, the cell's text, what and how to mend."""

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    problem: str
    mend: str

    @property
    def text(self) -> str:
        """The fault as one line in Portuguese."""
        place = [
            part
            for part in (
                f"aba {self.sheet}" if self.sheet else None,
                f"linha {self.row}" if self.row else None,
                f"coluna {self.column}" if self.column else None,
            )
            if part
        ]
        where = ", ".join(place)
        shown = "" if self.value is None else f"'{self.value}' "
        sentence = f"{shown}{self.problem}. {self.mend}"
        if not where:
            return sentence[0].upper() + sentence[1:]
        return f"{where[0].upper()}{where[1:]}: {sentence}"


@dataclass(frozen=True)
class Cell:
    """A cell as read: its value, and `wrong` where it holds something no plan may hold."""

    value: Any = None
    wrong: str | None = None

    @property
    def text(self) -> str:
        """The cell as a person sees it, on one line."""
        if self.value is None:
            return ""
        if isinstance(self.value, dt.datetime | dt.date):
            return self.value.strftime("%d/%m/%Y")
        if isinstance(self.value, bool):
            return "sim" if self.value else "não"
        if isinstance(self.value, float):
            whole = self.value.is_integer() and abs(self.value) <= MAX_NUMBER
            return pt_number(self.value, 0) if whole else str(self.value).replace(".", ",")
        # Control marks come along when text is pasted: nobody sees them, and no workbook can hold them.
        seen = "".join(
            letter
            for letter in str(self.value)
            if letter.isspace() or unicodedata.category(letter) not in HIDDEN
        )
        return " ".join(seen.split())


EMPTY = Cell()
Rows = list[tuple[int, list[Cell]]]


def shown_value(text: str) -> str:
    """A cell's text as messages show it: at most 60 letters."""
    return text if len(text) <= 60 else text[:57] + "..."


def _refused(problem: str, mend: str, value: str | None = None, sheet: str | None = None) -> list[Fault]:
    return [Fault(sheet, None, None, value, problem, mend)]


ENDINGS = {
    ".xlsm": ("tem macros", "Salve como 'Pasta de Trabalho do Excel (.xlsx)', sem macros."),
    ".xlsb": ("está no formato binário do Excel", "Salve como 'Pasta de Trabalho do Excel (.xlsx)'."),
    ".xls": ("está no formato antigo do Excel", "Salve como 'Pasta de Trabalho do Excel (.xlsx)'."),
    ".ods": ("está no formato do LibreOffice", "Salve como 'Excel 2007-365 (.xlsx)'."),
    ".csv": ("é uma aba só", "Em CSV o plano é uma pasta com os quatro arquivos do modelo."),
}


def read_workbook(source: Path | bytes, name: str) -> tuple[dict[str, Rows], list[Fault], str] | list[Fault]:
    """The four sheets of an XLSX file as rows of cells, or why the file is refused."""
    ending = Path(name).suffix.lower()
    if ending != ".xlsx":
        problem, mend = ENDINGS.get(ending, ("não é uma planilha", "Envie o modelo preenchido, em .xlsx."))
        return _refused(f"o arquivo {problem}", mend, name)
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > MAX_FILE_BYTES:
        return _refused(
            f"o arquivo tem {pt_number(size / 1e6)} MB; o limite é de {MAX_FILE_BYTES // 1_000_000} MB",
            "Retire imagens e linhas em excesso, ou recomece do modelo em branco.",
            name,
        )
    data = source.read_bytes() if isinstance(source, Path) else source
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _refused(
            "o arquivo está protegido por senha ou é de um Excel antigo com outro nome",
            "Abra-o, retire a senha e salve como .xlsx.",
            name,
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            faults = _archive_faults(archive, name)
            if faults:
                return faults
            if any(_has_doctype(archive, part) for part in archive.namelist()):
                return _refused(
                    "o arquivo contém definições que um plano não tem", "Recomece do modelo.", name
                )
            merged = _merged_cells(archive)
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    # A file from outside can be broken in any way, and openpyxl answers with many kinds of errors.
    except Exception as error:
        return _refused(
            f"o arquivo não abre como planilha ({type(error).__name__})",
            "Abra-o no Excel e salve de novo.",
            name,
        )
    try:
        sheets, faults = _sheets(workbook, merged)
    except Exception as error:
        return _refused(
            f"uma aba não pôde ser lida ({type(error).__name__})", "Abra-o no Excel e salve de novo.", name
        )
    finally:
        workbook.close()
    return sheets, faults, hashlib.sha256(data).hexdigest()


def _archive_faults(archive: zipfile.ZipFile, name: str) -> list[Fault]:
    """Look at the zip's directory only: nothing is unpacked before its declared size is known."""
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS:
        return _refused(f"o arquivo tem {len(parts)} partes internas", "Recomece do modelo em branco.", name)
    large = [
        part.filename
        for part in parts
        if part.file_size > MAX_SMALL_PART_BYTES
        and not part.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
    ]
    if total > MAX_PART_BYTES or large:
        return _refused(
            f"o arquivo ocupa {pt_number(total / 1e6)} MB depois de aberto; um plano não passa de "
            f"{MAX_PART_BYTES // 1_000_000} MB",
            "Ele tem linhas demais ou não é um plano: recomece do modelo em branco.",
            name,
        )
    if any(part.flag_bits & 0x1 for part in parts):
        return _refused("o arquivo está protegido por senha", "Retire a senha e salve de novo.", name)
    macros = [part.filename for part in parts if re.search(r"vbaProject|macrosheets|activeX", part.filename)]
    if macros or b"macroEnabled" in archive.read("[Content_Types].xml"):
        problem, mend = ENDINGS[".xlsm"]
        return _refused(f"o arquivo {problem}", mend, name)
    return []


def _has_doctype(archive: zipfile.ZipFile, part: str) -> bool:
    """XML of a workbook never declares a document type; one that does is made to blow up its reader."""
    # A sheet may stand under any name, so every part is searched.
    data = archive.read(part)
    # In UTF-16 the search would miss it, and no program writes workbooks that way.
    return b"<!DOCTYPE" in data or re.match(rb"\xff\xfe|\xfe\xff|[<\s]\0|\0[<\s]", data) is not None


def _merged_cells(archive: zipfile.ZipFile) -> dict[str, list[str]]:
    """Ranges of merged cells by sheet, which the streaming reader does not tell."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): (link.get("Target") or "").removeprefix("/xl/") for link in links}
    found = {}
    for sheet in book.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"):
        part = "xl/" + targets.get(sheet.get(f"{{{office}}}id"), "")
        if part in archive.namelist():
            # Bounded, or a tag repeated a million times and never closed is searched a million times over.
            ranges = re.findall(
                rb'mergeCell [^>]{0,60}?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"', archive.read(part)
            )
            found[sheet.get("name") or ""] = [item.decode() for item in ranges]
    return found


def _sheets(workbook: Any, merged: Mapping[str, list[str]]) -> tuple[dict[str, Rows], list[Fault]]:
    faults = []
    expected = ", ".join([*SHEETS, LISTS, EXAMPLE])
    for name in workbook.sheetnames:
        if name not in (*SHEETS, LISTS, EXAMPLE):
            faults.append(
                Fault(name, None, None, None, "a aba não é do modelo", f"Retire-a. As abas são: {expected}.")
            )
    sheets: dict[str, Rows] = {}
    for name, sheet in SHEETS.items():
        if name not in workbook.sheetnames:
            faults.append(
                Fault(name, None, None, None, "a aba não existe", "Devolva a aba do modelo, com este nome.")
            )
            continue
        for span in merged.get(name, []):
            place = re.match(r"([A-Z]+)([0-9]+)", span)
            assert place is not None  # the pattern that found it
            faults.append(
                Fault(
                    name,
                    int(place[2]),
                    place[1],
                    span,
                    "são células mescladas",
                    "Desfaça a mescla: uma por célula.",
                )
            )
        rows = ([_cell(cell) for cell in row] for row in workbook[name].iter_rows(max_col=MAX_COLUMNS))
        sheets[name] = _filled(rows, sheet, faults)
    return sheets, faults


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "f":
        return Cell(str(value), "é uma fórmula")
    if cell.data_type == "e":
        return Cell(str(value), "é um erro de fórmula")
    if isinstance(value, str) and not value.strip():
        return EMPTY
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in str(cell.number_format):
        # A cell that shows 95% holds 0.95; the plan is read as it is seen.
        return Cell(round(value * 100, 9))
    return Cell(value)


def _filled(rows: Iterable[list[Cell]], sheet: Sheet, faults: list[Fault]) -> Rows:
    """The rows that hold something, with their numbers; stops at the limit."""
    found: Rows = []
    for number, cells in enumerate(rows, start=1):
        holds = any(cell is not EMPTY for cell in cells)
        if number > MAX_SCANNED_ROWS or (holds and len(found) > sheet.max_rows):
            faults.append(
                Fault(
                    sheet.name,
                    number,
                    None,
                    None,
                    f"a aba tem linhas demais; o limite é de {sheet.max_rows} linhas preenchidas",
                    "Apague as linhas que não são do plano.",
                )
            )
            break
        if holds:
            found.append((number, cells))
    return found


def read_folder(folder: Path) -> tuple[dict[str, Rows], list[Fault], str]:
    """The four CSV files of a folder as rows of cells."""
    faults: list[Fault] = []
    sheets: dict[str, Rows] = {}
    digest = hashlib.sha256()
    known = {sheet.file for sheet in SHEETS.values()} | {"listas.csv", "exemplo.csv"}
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            faults.append(
                Fault(path.name, None, None, None, "o arquivo não é do modelo", "Retire-o da pasta.")
            )
    for name, sheet in SHEETS.items():
        path = folder / sheet.file
        if not path.is_file():
            faults.append(
                Fault(name, None, None, None, f"falta o arquivo {sheet.file}", "Devolva o arquivo do modelo.")
            )
            continue
        if path.stat().st_size > MAX_FILE_BYTES:
            limit = f"{MAX_FILE_BYTES // 1_000_000} MB"
            faults.append(
                Fault(
                    name,
                    None,
                    None,
                    None,
                    f"{sheet.file} passa de {limit}",
                    "Apague as linhas que não são do plano.",
                )
            )
            continue
        data = path.read_bytes()
        digest.update(f"{sheet.file}\0".encode())
        digest.update(data)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = data[: error.start].count(b"\n") + 1
            faults.append(
                Fault(
                    name,
                    row,
                    None,
                    None,
                    f"{sheet.file} não está em UTF-8",
                    "No Excel, salve como 'CSV UTF-8'.",
                )
            )
            continue
        head = text.split("\n", 1)[0]
        lines = csv.reader(
            io.StringIO(text), delimiter=";" if head.count(";") >= head.count(",") else ",", strict=True
        )
        try:
            sheets[name] = _filled(([_csv_cell(cell) for cell in line] for line in lines), sheet, faults)
        except csv.Error:
            faults.append(
                Fault(
                    name,
                    lines.line_num,
                    None,
                    None,
                    f"{sheet.file} não é um CSV",
                    "Salve-o de novo.",
                )
            )
    return sheets, faults, digest.hexdigest()


def _csv_cell(text: str) -> Cell:
    if not text.strip():
        return EMPTY
    if text.lstrip().startswith(("=", "@")) and len(text.strip()) > 1:
        return Cell(text, "é uma fórmula")
    return Cell(text)


def number_of(text: str) -> float | None:
    """A number as people write it in Brazil, None where it is none or could be two.

    >>> number_of("1.234,5"), number_of("95%"), number_of("12.5"), number_of("-0,3")
    (1234.5, 95.0, 12.5, -0.3)

    A lone dot before three digits may mark thousands or decimals:

    >>> number_of("1.234") is number_of("abc") is None
    True
    """
    plain = text.strip().removeprefix("R$").removesuffix("%").strip().replace("−", "-")
    if re.fullmatch(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+", plain):
        return float(plain.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[-+]?\d{1,3}(\.\d{3}){2,}", plain):
        return float(plain.replace(".", ""))
    if re.fullmatch(r"[-+]?\d{1,15}(\.(\d{1,2}|\d{4,10}))?", plain):
        return float(plain)
    return None
