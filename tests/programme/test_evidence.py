from __future__ import annotations

import io
import struct
import zipfile
import zlib

import openpyxl
import pytest

from programme.desk import Desk, Refused
from programme.evidence import HEADERS, MOST_BYTES, Upload, address_of, kind_of, taken

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\xff\xda" + b"\0" * 20 + b"\xff\xd9"


def chunk(mark: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + mark + data + struct.pack(">I", zlib.crc32(mark + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
    + chunk(b"IEND", b"")
)


def xlsx(value: object = "turma") -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("ata.pdf", PDF, "pdf"),
        # A name is not believed.
        ("ata.exe", PDF, "pdf"),
        ("foto.png", PNG, "png"),
        ("foto.jpg", JPEG, "jpeg"),
        ("telefone.jpg", JPEG + b"SEFHSEFT", "jpeg"),
        ("lista.xlsx", xlsx(), "xlsx"),
        ("lista.csv", b"nome;valor\nAna;-3,5\n", "csv"),
    ],
)
def test_a_file_is_what_its_content_is(name: str, data: bytes, kind: str) -> None:
    assert kind_of(name, data) == kind


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("vazio.pdf", b"", "está vazio"),
        ("grande.pdf", PDF + b"0" * MOST_BYTES, "o limite é de 5 MB"),
        ("cortado.pdf", PDF[:40], "cortado"),
        ("senha.pdf", PDF.replace(b"/Catalog", b"/Catalog/Encrypt 2 0 R"), "senha"),
        ("script.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</JS(x)>>"), "executa"),
        ("anexo.pdf", PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 3 0 R>>"), "outro arquivo dentro"),
        ("cortada.png", PNG[:-6], "cortada"),
        ("emenda.png", PNG + b"<script>", "depois do fim"),
        ("cortada.jpg", JPEG[:-2], "cortada"),
        ("excel.csv", "município;valor\n".encode("cp1252"), "CSV UTF-8"),
        ("pagina.html", b"<html><script>alert(1)</script></html>", "não é aceito"),
        ("pagina.csv", b"<html>,<script>\n", "é uma página"),
        ("desenho.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "não é aceito"),
        ("programa.pdf", b"MZ\x90\x00\x03", "não é aceito"),
        ("conta.csv", b"nome;valor\nAna;=1+1\n", "linha 2: a célula '=1\\+1' é uma fórmula"),
        ("conta.csv", b"nome;valor\nAna;@SUM(A1)\n", "é uma fórmula"),
        ("conta.xlsx", xlsx("=1+1"), "tem fórmulas"),
        ("zip.xlsx", zipped(a=b"1"), "não é uma planilha"),
        ("bomba.xlsx", zipped(xl__worksheets__sheet1=b"0" * 9_000_000), "depois de aberto"),
        ("entidade.xlsx", zipped(xl__workbook=b"<!DOCTYPE x>"), "definições"),
        ("macro.xlsx", zipped(xl__vbaProject=b"x"), "macros"),
        ("fora.xlsx", zipped(**{"xl__workbook.xml": b"<a/>", "xl__externalLinks__a.xml": b"<a/>"}), "outro arquivo"),
        ("cortada.xlsx", xlsx()[:200], "não abre"),
    ],
)  # fmt: skip
def test_what_could_harm_or_is_broken_is_refused_by_name(name: str, data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said) as told:
        kind_of(name, data)
    assert name in str(told.value)


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "ftp://ms.gov.br/a", "https://", "https://a b.br/", "https://local/x", "//ms.gov.br",
     "https://fulano:senha@ms.gov.br/", 'https://ms.gov.br/"><script>', "https://ms.gov.br/" + "a" * 500, "data:text/html,x",
     "https://[ms.gov.br/"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="não é um endereço"):
        address_of(text)


def test_an_address_is_taken_as_it_is() -> None:
    assert address_of(" https://www.ms.gov.br/ata?id=1 ").address == "https://www.ms.gov.br/ata?id=1"


def test_files_are_kept_once_by_hash_under_a_harmless_name(desk: Desk) -> None:
    found = taken(desk, [Upload("../../etc/<b>ata</b>.exe", PDF), Upload("ata.pdf", PDF)], [])
    assert [one.name for one in found] == ["b_.pdf", "ata.pdf"]
    assert len([path for path in (desk.folder / "files").rglob("*") if path.is_file()]) == 1


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_kept(desk: Desk) -> None:
    with pytest.raises(Refused) as told:
        taken(desk, [Upload("a.pdf", PDF), Upload("b.pdf", b"x")], ["nada"])
    assert len(told.value.faults) == 2
    assert not (desk.folder / "files").exists()
    with pytest.raises(Refused, match="no máximo 5"):
        taken(desk, [Upload("a.pdf", PDF)] * 6, [])


def test_a_download_is_neither_shown_nor_run() -> None:
    assert HEADERS["Content-Disposition"] == "attachment"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    "inside",
    [
        b"<</OpenAction<</S/J#61vaScript/J#53(app.alert(1))>>>>",
        b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>stream\n"
        + zlib.compress(b"1 0 <</S/JavaScript/JS(app.alert(1))>>")
        + b"\nendstream",
    ],
    ids=["a name in hexadecimal", "packed objects"],
)
def test_a_pdf_that_hides_what_it_runs_is_refused(inside: bytes) -> None:
    with pytest.raises(Refused, match="executa algo"):
        kind_of("ata.pdf", PDF.replace(b"<</Type/Catalog>>", inside))
    # Packed objects and names in hexadecimal are no fault by themselves.
    fair = b"<</Type/ObjStm/N 1>>stream\n" + zlib.compress(b"1 0 <</Type/C#61talog>>") + b"\nendstream"
    assert kind_of("ata.pdf", PDF.replace(b"<</Type/Catalog>>", fair)) == "pdf"
