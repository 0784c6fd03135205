"""Zip files and spreadsheets as publishers send them, opened with care."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import PurePosixPath

from python_calamine import CalamineError, CalamineWorkbook

from pipelines.fetching.contract import FetchError, Row

MOST_MEMBERS = 500
MOST_BYTES = 800_000_000
# Spreadsheets of numbers shrink about twenty times; what shrinks far more was made to fill a disk.
MOST_RATIO = 150
SMALL = 5_000_000
# Notes above the header of a spreadsheet.
MOST_NOTES = 60


def _members(data: bytes, what: str) -> zipfile.ZipFile:
    """A zip whose members are safe to read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OverflowError):
        raise FetchError(f"{what} chegou cortado ou não é um zip. Rode de novo mais tarde.") from None
    listed = archive.infolist()
    if len(listed) > MOST_MEMBERS:
        raise FetchError(
            f"{what} traz {len(listed)} arquivos dentro; são demais para esta fonte. Nada foi trocado."
        )
    if sum(member.file_size for member in listed) > MOST_BYTES:
        raise FetchError(f"{what} se expande além de {MOST_BYTES // 1_000_000} MB. Nada foi trocado.")
    for member in listed:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            raise FetchError(
                f"{what} traz um nome que sai da pasta ('{member.filename[:60]}'). Nada foi trocado."
            )
        if member.file_size > SMALL and member.file_size > MOST_RATIO * max(1, member.compress_size):
            raise FetchError(f"{what} se expande demais ('{member.filename[:60]}'). Nada foi trocado.")
        if member.flag_bits & 1:
            raise FetchError(f"{what} está protegido por senha. O conector precisa ser revisto.")
    return archive


def member(data: bytes, ending: str, what: str) -> bytes:
    """The one file of a zip whose name ends so (without case); `what` names the zip in sentences. Raises FetchError."""
    with _members(data, what) as archive:
        found = [item for item in archive.infolist() if item.filename.lower().endswith(ending)]
        found = [item for item in found if not item.filename.rsplit("/", 1)[-1].startswith(("~$", "."))]
        if len(found) != 1:
            raise FetchError(
                f"{what} traz {len(found)} arquivos {ending}, e aqui se espera um. Nada foi trocado."
            )
        try:
            with archive.open(found[0]) as file:
                # One more byte than declared: zipfile stops at the declared size, and checks the sum at the end.
                return file.read(found[0].file_size + 1)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError):
            raise FetchError(f"{what} chegou cortado ou estragado. Rode de novo mais tarde.") from None


def text(cell: object) -> str:
    """A spreadsheet's cell as text: 7.0 as `7`, an empty cell as an empty text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def sheet(
    data: bytes, head: Sequence[str], what: str, title: str = "", unnamed: Sequence[str] = ()
) -> Iterator[Row]:
    """The rows of the first sheet that has all columns of `head` in one line, below any notes.

    `title`: the one sheet that is meant, where several have these columns. `unnamed`: names for the first columns,
    where the publisher leaves theirs blank. Columns without a name are left out, blank lines too. Raises FetchError,
    naming the column that is missing.
    """
    _members(data, what).close()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
    except (CalamineError, OSError, ValueError):
        raise FetchError(f"{what} não abre como planilha. Rode de novo mais tarde.") from None
    nearest: list[str] = list(head)
    for name in (n for n in names if title in ("", n)):
        try:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except (CalamineError, ValueError):
            continue
        for place, cells in enumerate(rows[:MOST_NOTES]):
            found = [text(cell) for cell in cells]
            missing = [column for column in head if column not in found]
            if not missing:
                named = [cell or name for cell, name in zip_longest(found, unnamed, fillvalue="")]
                return _below(named, rows[place + 1 :])
            if len(missing) < len(nearest):
                nearest = missing
    raise FetchError(
        f"{what} não traz a coluna '{nearest[0]}': o publicador mudou a planilha. Nada foi trocado; o conector precisa "
        "ser revisto."
    )


def _below(head: list[str], rows: Sequence[Sequence[object]]) -> Iterator[Row]:
    for cells in rows:
        row = {name: text(cell) for name, cell in zip(head, cells, strict=False) if name}
        if any(row.values()):
            yield row
