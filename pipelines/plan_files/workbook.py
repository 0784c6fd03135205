"""The sheets of an XLSX file as rows of cells: sizes looked up before anything is opened, nothing executed."""

from __future__ import annotations

import hashlib
import posixpath
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from pipelines.plan_files.archive import ENDINGS, refused, unpacked
from pipelines.plan_files.cells import Rows, plain_value
from pipelines.plan_files.faults import Fault, Faults
from pipelines.plan_files.sheet import Look, read, shared_texts
from pipelines.plan_files.template import EXAMPLE, LISTS, SHEETS
from pipelines.verdicts import pt_number

MAX_FILE_BYTES = 2_000_000
# What expat says of characters that XML cannot hold, raw or by number.
_CHARACTERS = frozenset({expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN],
                         expat.errors.codes[expat.errors.XML_ERROR_BAD_CHAR_REF]})  # fmt: skip


@dataclass(frozen=True)
class _Book:
    """What a workbook says of itself: its sheets (name, part) in order, and how its cells look."""

    sheets: tuple[tuple[str, str], ...]
    look: Look


def read_workbook(source: Path | bytes, name: str) -> tuple[dict[str, Rows], Faults, str] | list[Fault]:
    """The four sheets of an XLSX file as rows of cells, or why the file is refused."""
    ending = Path(name).suffix.lower()
    if ending != ".xlsx":
        problem, mend = ENDINGS.get(ending, ("não é uma planilha", "Envie o modelo preenchido, em .xlsx."))
        return refused(problem, mend, name)
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > MAX_FILE_BYTES:
        return refused(
            f"tem {pt_number(size / 1e6)} MB; o limite é de {MAX_FILE_BYTES // 1_000_000} MB",
            "Retire imagens e linhas em excesso, ou recomece do modelo em branco.",
            name,
        )
    data = source.read_bytes() if isinstance(source, Path) else source
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return refused(
            "está protegido por senha ou é de um Excel antigo com outro nome",
            "Abra-o, retire a senha e salve como .xlsx.",
            name,
        )
    try:
        parts = unpacked(data, name)
        if isinstance(parts, list):
            return parts
        book = _book(parts)
    except _UnfitError as error:
        return _unfit(error.place)
    except (*_BROKEN, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError) as error:
        return refused(
            f"não abre como planilha ({type(error).__name__})",
            "Abra-o no Excel e salve de novo.",
            name,
        )
    faults = Faults()
    try:
        found = _sheets(book, parts, faults)
    except _UnfitError as error:
        return _unfit(error.place)
    except _BROKEN as error:
        return refused(
            f"tem uma aba que não pôde ser lida ({type(error).__name__})",
            "Abra-o no Excel e salve de novo.",
            name,
        )
    return found, faults, hashlib.sha256(data).hexdigest()


# What a workbook broken in any way answers with, once its archive is whole.
_BROKEN = (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError, OverflowError, RecursionError)


class _UnfitError(Exception):
    """A part with a character that no spreadsheet may carry; `place`: the sheet, or None for the shared texts."""

    def __init__(self, place: str | None) -> None:
        super().__init__(place)
        self.place = place


def _unfit(place: str | None) -> list[Fault]:
    return refused(
        "há um caractere que nenhuma planilha pode guardar (como U+FFFE)",
        "Apague o texto colado de outro programa e digite-o de novo.",
        sheet=place,
    )


def _book(parts: Mapping[str, bytes]) -> _Book:
    """The workbook's own part, found as the format says: by relations, of either form of the standard."""
    main = next(
        (target for kind, target in _relations(parts, "").values() if kind == "officeDocument"),
        "xl/workbook.xml",
    )
    tree = ElementTree.fromstring(_part(parts, main))
    links = _relations(parts, main)
    listed = []
    for element in tree.iter():
        if _local(element.tag) == "sheet":
            link = next((value for key, value in element.attrib.items() if _local(key) == "id"), "")
            kind, target = links.get(link, ("", ""))
            if kind in ("worksheet", ""):
                listed.append((element.get("name") or "", target))
            else:
                listed.append((element.get("name") or "", ""))
    mac = any(
        _local(element.tag) == "workbookPr" and element.get("date1904") in ("1", "true")
        for element in tree.iter()
    )
    by_kind = dict(links.values())
    texts: list[str] = []
    if "sharedStrings" in by_kind:
        try:
            texts = shared_texts(_part(parts, by_kind["sharedStrings"]))
        except expat.ExpatError as error:
            _tell_characters(error, None)
            raise
    codes = _codes(_part(parts, by_kind["styles"])) if "styles" in by_kind else []
    return _Book(tuple(listed), Look(texts, codes, MAC_EPOCH if mac else WINDOWS_EPOCH))


def _tell_characters(error: expat.ExpatError, place: str | None) -> None:
    if getattr(error, "code", None) in _CHARACTERS:
        raise _UnfitError(place) from None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _part(parts: Mapping[str, bytes], name: str) -> bytes:
    """A part by name; LookupError where there is none."""
    if name in parts:
        return parts[name]
    # Names of parts are the same whatever their letters' case.
    return {key.lower(): content for key, content in parts.items()}[name.lower()]


def _relations(parts: Mapping[str, bytes], owner: str) -> dict[str, tuple[str, str]]:
    """What a part points at: id -> (last word of the relation's type, name of the target)."""
    folder, file = posixpath.split(owner)
    try:
        tree = ElementTree.fromstring(_part(parts, posixpath.join(folder, "_rels", f"{file}.rels")))
    except LookupError:
        return {}
    return {
        link.get("Id") or "": (
            (link.get("Type") or "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, link.get("Target") or "")).lstrip("/"),
        )
        for link in tree
        if link.get("TargetMode") != "External"
    }


def _codes(data: bytes) -> list[str]:
    """The number format of every cell style."""
    own: dict[int, str] = {}
    codes: list[str] = []
    tree = ElementTree.fromstring(data)
    for element in tree.iter():
        if _local(element.tag) == "numFmt":
            own[int(element.get("numFmtId") or 0)] = element.get("formatCode") or "General"
    for element in tree:
        if _local(element.tag) == "cellXfs":
            for style in element:
                number = int(style.get("numFmtId") or 0)
                codes.append(own.get(number) or BUILTIN_FORMATS.get(number, "General"))
    return codes


def _sheets(book: _Book, parts: Mapping[str, bytes], faults: Faults) -> dict[str, Rows]:
    """The sheets of the template, by its names; what is missing or strange becomes a fault."""
    expected = ", ".join([*SHEETS, LISTS, EXAMPLE])
    known = {plain_value(name): name for name in (*SHEETS, LISTS, EXAMPLE)}
    present: dict[str, str] = {}
    for name, part in book.sheets:
        own = known.get(plain_value(name))
        if own is None:
            mend = f"Retire-a. As abas são: {expected}."
            faults.add(Fault(name, None, None, None, "a aba não é do modelo", mend))
        elif own in present:
            faults.add(Fault(own, None, None, None, "a aba aparece duas vezes", "Deixe uma só."))
        else:
            present[own] = part
    found: dict[str, Rows] = {}
    for name, sheet in SHEETS.items():
        if name not in present:
            mend = "Devolva a aba do modelo, com este nome."
            faults.add(Fault(name, None, None, None, "a aba não existe", mend))
            continue
        try:
            found[name] = read(_part(parts, present[name]), sheet, book.look, faults)
        except expat.ExpatError as error:
            _tell_characters(error, name)
            raise
    return found
