"""The parts of an XLSX file, unpacked within bounds: nothing is believed of what the file says about itself."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

from pipelines.plan_files.faults import Fault
from pipelines.verdicts import pt_number

# A plan with every row of the template filled takes under 1 MB inside; the rest is room for other programs.
MAX_PART_BYTES = 8_000_000
MAX_SMALL_PART_BYTES = 1_000_000
MAX_PARTS = 300
# A part is unpacked in pieces of so many bytes.
PIECE = 65_536
_HEADER = struct.Struct("<4s22xHH")

ENDINGS = {
    ".xlsm": ("tem macros", "Salve como 'Pasta de Trabalho do Excel (.xlsx)', sem macros."),
    ".xlsb": ("está no formato binário do Excel", "Salve como 'Pasta de Trabalho do Excel (.xlsx)'."),
    ".xls": ("está no formato antigo do Excel", "Salve como 'Pasta de Trabalho do Excel (.xlsx)'."),
    ".ods": ("está no formato do LibreOffice", "Salve como 'Excel 2007-365 (.xlsx)'."),
    ".csv": ("é uma aba só", "Em CSV o plano é uma pasta com os quatro arquivos do modelo."),
}


class _LyingError(Exception):
    """A part whose size or content is not what the archive's directory says."""


def refused(problem: str, mend: str, value: str | None = None, sheet: str | None = None) -> list[Fault]:
    """The one fault of a file that is not looked into."""
    return [Fault(sheet, None, None, value, problem, mend)]


def unpacked(data: bytes, name: str) -> dict[str, bytes] | list[Fault]:
    """The parts of an archive by name, or why it is refused; `name`: the file's, for the message.

    Raises zipfile.BadZipFile, zlib.error or struct.error where the bytes are no archive at all.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if faults := _directory_faults(parts, name):
        return faults
    try:
        found = {part.filename: _content(data, part) for part in parts}
    except _LyingError:
        return refused(
            "está danificado ou foi alterado: uma parte não tem o tamanho ou o conteúdo que declara",
            "Abra-o no Excel e salve de novo, ou recomece do modelo.",
            name,
        )
    if b"macroEnabled" in found.get("[Content_Types].xml", b""):
        problem, mend = ENDINGS[".xlsm"]
        return refused(problem, mend, name)
    if any(has_doctype(content) for content in found.values()):
        return refused("contém definições que um plano não tem", "Recomece do modelo.", name)
    return found


def _directory_faults(parts: list[zipfile.ZipInfo], name: str) -> list[Fault]:
    """Look at the zip's directory only: nothing is unpacked before its declared size is known."""
    total = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS:
        return refused(f"tem {len(parts)} partes internas", "Recomece do modelo em branco.", name)
    if len({part.filename for part in parts}) < len(parts):
        return refused("tem partes internas repetidas", "Abra-o no Excel e salve de novo.", name)
    large = [
        part.filename
        for part in parts
        if part.file_size > MAX_SMALL_PART_BYTES
        and not part.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
    ]
    if total > MAX_PART_BYTES or large:
        return refused(
            f"ocupa {pt_number(total / 1e6)} MB depois de aberto; um plano não passa de "
            f"{MAX_PART_BYTES // 1_000_000} MB",
            "Ele tem linhas demais ou não é um plano: recomece do modelo em branco.",
            name,
        )
    if any(part.flag_bits & 0x1 for part in parts):
        return refused("está protegido por senha", "Retire a senha e salve de novo.", name)
    if any(re.search(r"vbaProject|macrosheets|activeX", part.filename) for part in parts):
        problem, mend = ENDINGS[".xlsm"]
        return refused(problem, mend, name)
    return []


def _content(data: bytes, part: zipfile.ZipInfo) -> bytes:
    """A part's bytes: at most its declared size and one more are unpacked, in pieces, and must be just as many."""
    mark, name_length, extra_length = _HEADER.unpack_from(data, part.header_offset)
    if mark != b"PK\x03\x04":
        raise zipfile.BadZipFile("no local header")
    start = part.header_offset + _HEADER.size + name_length + extra_length
    packed = memoryview(data)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        content = bytes(packed[: part.file_size + 1])
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        content = _inflated(packed, part.file_size + 1)
    else:
        raise zipfile.BadZipFile("a method that no spreadsheet uses")
    if len(content) != part.file_size or zlib.crc32(content) != part.CRC:
        raise _LyingError
    return content


def _inflated(packed: memoryview, most: int) -> bytes:
    """At most so many bytes of a deflated stream."""
    found = bytearray()
    stream = zlib.decompressobj(-15)
    for start in range(0, len(packed), PIECE):
        rest: bytes | memoryview = packed[start : start + PIECE]
        while rest and len(found) < most:
            found += stream.decompress(rest, min(PIECE, most - len(found)))
            rest = stream.unconsumed_tail
        if len(found) >= most or stream.eof:
            return bytes(found)
    # What the stream still holds back although all of the input is in.
    while len(found) < most and (piece := stream.decompress(b"", min(PIECE, most - len(found)))):
        found += piece
    return bytes(found)


def has_doctype(data: bytes) -> bool:
    """XML of a workbook never declares a document type; one that does is made to blow up its reader."""
    # A sheet may stand under any name, so every part is searched.
    # In UTF-16 the search would miss it, and no program writes workbooks that way.
    return b"<!DOCTYPE" in data or re.match(rb"\xff\xfe|\xfe\xff|[<\s]\0|\0[<\s]", data) is not None
