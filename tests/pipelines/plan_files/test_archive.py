from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from pipelines import plan_files
from pipelines.plan_files import (
    PlanFile,
)
from tests.pipelines.plan_files.samples import (
    GOOD,
    faults,
    good,
    measured,
    read,
    replacing,
    with_part,
)


def test_macros_under_another_name_are_refused(plan: Path) -> None:
    [fault] = faults(with_part(plan.read_bytes(), "xl/vbaProject.bin", b"x"))
    assert "macros" in fault.problem
    typed = replacing(
        plan.read_bytes(),
        "[Content_Types].xml",
        lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main"),
    )
    assert "macros" in faults(typed)[0].problem


def test_broken_parts_are_refused(plan: Path) -> None:
    data = plan.read_bytes()
    parts = zipfile.ZipFile(io.BytesIO(data)).namelist()
    for part in parts:
        broken = replacing(data, part, lambda xml: xml[: len(xml) // 2])
        assert isinstance(read(broken), list | PlanFile)
    assert isinstance(read(data[:-400]), list)


DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "before", ["", "\n", '<?xml version="1.0"?>', '<?xml version="1.0"?>\n<!-- nota -->\n']
)
@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/worksheets/sheet2.xml", "xl/_rels/workbook.xml.rels"])
def test_document_types_are_refused(plan: Path, part: str, before: str, encoding: str) -> None:
    data = replacing(plan.read_bytes(), part, lambda xml: f"{before}{DOCTYPE}{xml.decode()}".encode(encoding))
    [fault] = faults(data)
    assert "definições" in fault.problem


def test_document_types_are_refused_after_a_long_comment(plan: Path) -> None:
    before = f"<!--{'x' * 100_000}-->"
    data = replacing(
        plan.read_bytes(), "xl/styles.xml", lambda xml: f"{before}{DOCTYPE}{xml.decode()}".encode()
    )
    [fault] = faults(data)
    assert "definições" in fault.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_document_types_are_refused_in_a_sheet_under_another_ending(plan: Path, encoding: str) -> None:
    renamed = io.BytesIO()
    with zipfile.ZipFile(plan) as old, zipfile.ZipFile(renamed, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            name = item.filename.replace("sheet2.xml", "sheet2.bin")
            new.writestr(name, old.read(item).replace(b"sheet2.xml", b"sheet2.bin"))
    assert good(renamed.getvalue()).targets == GOOD.targets
    data = replacing(
        renamed.getvalue(),
        "xl/worksheets/sheet2.bin",
        lambda xml: f"{DOCTYPE}{xml.decode()}".encode(encoding),
    )
    [fault] = faults(data)
    assert "definições" in fault.problem


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "HP LaserJet".encode("utf-16-le")])
def test_pictures_and_printer_settings_are_no_document_types(plan: Path, content: bytes) -> None:
    assert good(with_part(plan.read_bytes(), "xl/media/image1.bin", content)).targets == GOOD.targets


def test_a_zip_bomb_is_refused_unopened(plan: Path) -> None:
    bomb = with_part(plan.read_bytes(), "xl/worksheets/sheet9.xml", b"0" * 300_000_000)
    assert len(bomb) < plan_files.MAX_FILE_BYTES
    found, seconds, megabytes = measured(bomb)
    assert isinstance(found, list)
    assert "depois de aberto" in found[0].problem
    assert seconds < 2
    assert megabytes < 30
