"""The package for the meeting: every sheet behind its contents, in one book and in a zip."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from dashboard import sheets
from dashboard.sheets import binding
from dashboard.tables import Tables
from pipelines.declarations import Config
from tests.dashboard.sheets.reading import (
    ADDRESS,
    CAPITAL,
    DEMONSTRATED,
    SMALL,
    SOME,
    assert_whole,
    fonts,
    plain,
    reader,
    structure,
)


@pytest.fixture(scope="module")
def package(config: Config, data: Tables) -> sheets.Package:
    """The sheets of some municipalities, the one with the demonstration plan among them."""
    return sheets.meeting_package(data, SOME, config=config, address=ADDRESS, demonstration=True)


def test_the_package_binds_every_sheet_behind_its_contents(data: Tables, package: sheets.Package) -> None:
    names = [str(data.municipalities().at[code, "name"]) for code in SOME]
    lengths = {name: binding.pages_of(pdf) for name, pdf in package.sheets.items()}
    assert list(lengths) == [sheets.file_name(data, code) for code in SOME]
    book = reader(package.joint)
    pages = list(book.pages)
    assert len(pages) == 1 + sum(lengths.values())
    contents = plain(pages[0].extract_text())
    starts: list[int] = []
    following = 1
    for length, name in zip(lengths.values(), names, strict=True):
        start = following
        following += length
        starts.append(start)
        text = pages[start].extract_text()
        assert name in text.split("\n")
        assert f"página {start + 1} de {len(pages)}" in text
        assert re.search(rf"{re.escape(name)}[ .]+[^.]*? {start + 1}\b", contents), name
    assert [item.title for item in book.outline] == [f"Ficha de {name}" for name in names]
    entries = [entry.get_object() for entry in pages[0]["/Annots"]]
    inside = [entry["/Dest"][0].get_object() for entry in entries if "/Dest" in entry]
    assert [pages.index(page) for page in inside] == starts


def test_every_municipality_has_a_sheet_of_one_page(config: Config, data: Tables) -> None:
    codes = tuple(data.municipalities()["municipality_code"])
    made = sheets.municipality_pdfs(data, codes, config=config)
    assert list(made) == [sheets.file_name(data, code) for code in codes]
    assert {binding.pages_of(pdf) for pdf in made.values()} == {1}


def test_the_bound_book_is_as_accessible_as_its_sheets(package: sheets.Package) -> None:
    book = reader(package.joint)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in book.root_object["/Metadata"].get_data()
    assert book.root_object["/Lang"] == "pt-BR"
    kinds = structure(book)
    single = [structure(reader(pdf)) for pdf in package.sheets.values()]
    for kind in ("/Table", "/Figure", "/TH", "/TD"):
        assert kinds[kind] >= sum(one.get(kind, 0) for one in single)
    assert kinds["/Part"] >= len(single)
    assert fonts(book) == {"SourceSans3-Regular", "SourceSans3-Semibold"}


def test_nothing_is_cut_or_overlaps_on_any_sheet(package: sheets.Package) -> None:
    for name, pdf in package.sheets.items():
        assert_whole(pdf, 2 if DEMONSTRATED in name else 1)


def test_the_zip_holds_the_book_and_every_sheet(package: sheets.Package) -> None:
    with zipfile.ZipFile(io.BytesIO(package.zipped())) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == ["pacote-da-reuniao.pdf", *package.sheets]
        assert archive.read(names[0]) == package.joint


def test_a_package_tells_how_far_it_is_and_needs_a_municipality(config: Config, data: Tables) -> None:
    told: list[tuple[float, str]] = []
    sheets.meeting_package(
        data, (SMALL, CAPITAL), lambda share, text: told.append((share, text)), config=config
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert told[1][1] == "Montando as fichas: Campo Grande"
    with pytest.raises(ValueError):
        sheets.meeting_package(data, (), config=config)
