"""What proves a progress: files looked at by their content, and addresses. A file is only ever handed out as a download."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipelines import plan_files
from pipelines.formulas import harmless
from pipelines.plan_files import unpacked
from programme import keeping
from programme.desk import Desk, NoAccess, Refused, Who, reading, record_refusal
from programme.state import Evidence, State

MOST_BYTES = 5_000_000
MOST_PIECES = 5
MOST_ADDRESS = 500
# By kind: the ending a download gets, and its type; what a browser gets besides is in `HEADERS`.
ENDINGS: Mapping[str, tuple[str, str]] = {
    "pdf": (".pdf", "application/pdf"),
    "png": (".png", "image/png"),
    "jpeg": (".jpg", "image/jpeg"),
    "xlsx": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (".csv", "text/csv"),
}
# A browser that gets a file with these saves it, and neither shows nor guesses nor runs it.
HEADERS: Mapping[str, str] = {
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
}
_MEND = "Envie PDF, imagem (PNG ou JPEG) ou planilha (XLSX ou CSV)."
# What a PDF does by itself when it is opened, or carries inside.
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|EmbeddedFiles|RichMedia|XFA|OpenAction|AA)\b")


@dataclass(frozen=True)
class Upload:
    """A file as it was brought: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Download:
    """A file as it is handed out, with its type; send it with `HEADERS`."""

    name: str
    mime: str
    data: bytes


def kind_of(name: str, data: bytes) -> str:
    """The kind of a file, by its content: pdf, png, jpeg, xlsx or csv. Raises Refused; nothing is believed of its name."""
    if not data:
        raise Refused(f"{name}: o arquivo está vazio. {_MEND}")
    if len(data) > MOST_BYTES:
        size = plan_files.Cell(round(len(data) / 1e6, 1)).text
        raise Refused(
            f"{name}: tem {size} MB; o limite é de {MOST_BYTES // 1_000_000} MB. Reduza-o ou envie o endereço."
        )
    if data.startswith(b"%PDF-"):
        return _pdf(name, data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(name, data)
    if data.startswith(b"\xff\xd8\xff"):
        # Telephones write more of their own after the end of a picture; one without an end was cut.
        if b"\xff\xd9" not in data[data.rfind(b"\xff\xda") :]:
            raise Refused(f"{name}: a imagem está cortada. Envie-a de novo.")
        return "jpeg"
    if data.startswith(b"PK\x03\x04"):
        return _xlsx(name, data)
    return _csv(name, data)


def _pdf(name: str, data: bytes) -> str:
    if b"%%EOF" not in data[-2048:]:
        raise Refused(f"{name}: o PDF está cortado. Salve-o e envie-o de novo.")
    if b"/Encrypt" in data:
        raise Refused(f"{name}: o PDF tem senha. Salve-o sem senha.")
    data = _said_plainly(data)
    if found := _ACTIVE.search(data):
        if found[1] in (b"OpenAction", b"AA") and not re.search(rb"/(JavaScript|JS|Launch)\b", data):
            # Where to stand when it is opened is told by the same word.
            return "pdf"
        raise Refused(
            f"{name}: o PDF executa algo ou leva outro arquivo dentro. Imprima-o em PDF e envie esse."
        )
    return "pdf"


# So much of what a PDF holds compressed is looked into.
_MOST_UNPACKED = 20_000_000


def _said_plainly(data: bytes) -> bytes:
    """A PDF with what its words may hide behind: names written with #xx, and objects packed into streams (ISO 32000, 7.5.7)."""
    parts, left = [data], _MOST_UNPACKED
    for found in re.finditer(rb"/ObjStm\b.{0,400}?stream\r?\n", data, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(data[found.end() :], left))
        except zlib.error:
            continue
        left -= len(parts[-1])
        if left <= 0:
            break
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), b"\n".join(parts))


def _png(name: str, data: bytes) -> str:
    """Chunk by chunk, as far as the end that the file itself names."""
    place = 8
    while place + 12 <= len(data):
        length, mark = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if (
            end > len(data)
            or zlib.crc32(data[place + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            break
        if mark == b"IEND":
            if end == len(data):
                return "png"
            break
        place = end
    raise Refused(f"{name}: a imagem está cortada ou traz algo depois do fim. Salve-a e envie-a de novo.")


def _xlsx(name: str, data: bytes) -> str:
    """A workbook within the bounds of a plan's file: no bomb, no macro, no entity, no formula, nothing from elsewhere."""
    try:
        parts = unpacked(data, name)
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, ValueError):
        raise Refused(f"{name}: o arquivo não abre como planilha. {_MEND}") from None
    if isinstance(parts, list):
        raise Refused(
            *(fault.text.replace("um plano não passa", "uma evidência não passa") for fault in parts)
        )
    if "xl/workbook.xml" not in parts:
        raise Refused(f"{name}: o arquivo compactado não é uma planilha. {_MEND}")
    if any(part.startswith(("xl/externalLinks/", "xl/embeddings/", "xl/connections")) for part in parts):
        raise Refused(f"{name}: a planilha busca dados em outro arquivo. Cole só os valores e salve de novo.")
    if any(
        re.search(rb"<(\w+:)?f[\s>/]", content) for part, content in parts.items() if "worksheets/" in part
    ):
        raise Refused(f"{name}: a planilha tem fórmulas. Cole só os valores, ou envie em PDF.")
    return "xlsx"


def _csv(name: str, data: bytes) -> str:
    table = Path(name).suffix.lower() == ".csv"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        mend = "No Excel, salve como 'CSV UTF-8'." if table and b"\0" not in data else _MEND
        raise Refused(f"{name}: o arquivo não é aceito como está. {mend}") from None
    try:
        if plan_files.unfit(text):
            raise ValueError
        separator = ";" if text.partition("\n")[0].count(";") else ","
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (ValueError, csv.Error):
        raise Refused(f"{name}: o tipo do arquivo não é aceito. {_MEND}") from None
    if not table or max((len(row) for row in rows), default=0) < 2:
        raise Refused(f"{name}: o tipo do arquivo não é aceito. {_MEND}")
    if re.match(r"\s*<(!doctype|html|svg|\?xml|script)", text, re.IGNORECASE):
        raise Refused(f"{name}: o arquivo é uma página, e não uma planilha. {_MEND}")
    for number, row in enumerate(rows, start=1):
        for cell in row:
            if harmless(cell) != cell and plan_files.number_of(cell) is None:
                raise Refused(
                    f"{name}, linha {number}: a célula '{cell[:40]}' é uma fórmula. Deixe só o valor."
                )
    return "csv"


def address_of(text: str) -> Evidence:
    """An address as evidence; raises Refused for one that is no public page."""
    said = text.strip()
    try:
        found = urlsplit(said)
        sound = found.scheme in ("http", "https") and bool(found.hostname) and "." in str(found.hostname)
        secret = found.username is not None or found.password is not None
    except ValueError:
        sound = secret = False
    if (
        not sound
        or secret
        or len(said) > MOST_ADDRESS
        or re.search(r"[\s<>\"'`\\]", said)
        or not said.isprintable()
    ):
        raise Refused(f"'{said[:60]}' não é um endereço. Escreva-o inteiro, começando com https://.")
    return Evidence("address", address=said)


def taken(desk: Desk, files: Sequence[Upload], addresses: Sequence[str]) -> list[Evidence]:
    """Evidence of what was brought: files checked and kept, addresses checked. Raises Refused with all that is wrong."""
    if len(files) + len(addresses) > MOST_PIECES:
        raise Refused(f"São no máximo {MOST_PIECES} evidências por atualização.")
    faults: list[str] = []
    kinds, found = [], []
    for upload in files:
        try:
            kinds.append(kind_of(_shown(upload.name), upload.data))
        except Refused as error:
            faults += error.faults
    for text in addresses:
        try:
            found.append(address_of(text))
        except Refused as error:
            faults += error.faults
    if faults:
        raise Refused(*faults)
    kept = [
        Evidence(kind, _name(upload.name, kind), keeping.keep(desk, upload.data), len(upload.data))
        for kind, upload in zip(kinds, files, strict=True)
    ]
    return [*kept, *found]


def _shown(name: str) -> str:
    return plan_files.Cell(re.split(r"[/\\]", name)[-1]).text[:80] or "arquivo"


def _name(name: str, kind: str) -> str:
    """The name of a download: the sender's without a path, with the ending of what it is."""
    stem = re.sub(r"[^\w .()-]", "_", Path(_shown(name)).stem).strip(" .")
    return f"{stem[:80] or 'evidencia'}{ENDINGS[kind][0]}"


def download(desk: Desk, who: Who, plan: str, deliverable_id: str, sha256: str) -> Download:
    """A file of a deliverable, for those whose municipality it is of. Raises NoAccess; Refused where it is lost."""
    state = desk.store.state()
    found = _known(state, plan, deliverable_id, sha256)
    owner = state.accepted(plan)
    reading(desk, who, owner.municipality_code if owner else None, "baixar uma evidência")
    if found is None:
        record_refusal(desk, who, "baixar uma evidência")
        raise NoAccess
    data = keeping.kept(desk, sha256)
    if data is None:
        raise Refused("O arquivo não está mais no servidor. Restaure a última cópia de segurança.")
    return Download(found.name, ENDINGS[found.kind][1], data)


def _known(state: State, plan: str, deliverable_id: str, sha256: str) -> Evidence | None:
    told = state.progress.get((plan, deliverable_id), ())
    return next((one for each in told for one in each.evidence if sha256 and one.sha256 == sha256), None)


__all__ = [
    "ENDINGS",
    "HEADERS",
    "MOST_BYTES",
    "Download",
    "Upload",
    "address_of",
    "download",
    "kind_of",
    "taken",
]
