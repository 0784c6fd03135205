from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from pipelines import plan_files
from pipelines.plan_files import (
    TARGETS,
)
from tests.pipelines.plan_files.samples import (
    GOOD,
    edited,
    faults,
    good,
    measured,
    replacing,
)


def test_merged_cells_are_refused(plan: Path) -> None:
    found = faults(edited(plan, lambda book: book[TARGETS].merge_cells("A2:A3")))
    assert any(fault.sheet == TARGETS and "mescladas" in fault.problem and fault.row == 2 for fault in found)


@pytest.mark.parametrize(
    "near", [b"mergeCell ", b'mergeCell ref="', b'mergeCell ref="A1:', b"mergeCell ref=A"]
)
def test_the_search_for_merged_cells_ends(plan: Path, near: bytes) -> None:
    hostile = b"</sheetData><!--" + near * 200_000 + b"-->"
    data = replacing(
        plan.read_bytes(), "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"</sheetData>", hostile)
    )
    assert good(data).targets == GOOD.targets


def test_a_hundred_thousand_rows_are_refused_in_seconds(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(TARGETS)
    sheet.append([column.title for column in plan_files.TARGET_COLUMNS])
    for _ in range(100_000):
        sheet.append(["Desafio"])
    book.save(tmp_path / "grande.xlsx")
    found, seconds, megabytes = measured(tmp_path / "grande.xlsx")
    assert isinstance(found, list)
    assert any("linhas demais" in fault.text for fault in found)
    assert seconds < 20
    assert megabytes < 200


def test_a_sheet_that_claims_a_million_rows_is_read_in_seconds(plan: Path) -> None:
    def far(xml: bytes) -> bytes:
        row = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>longe</t></is></c></row></sheetData>'
        return re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml).replace(
            b"</sheetData>", row
        )

    found, seconds, megabytes = measured(replacing(plan.read_bytes(), "xl/worksheets/sheet2.xml", far))
    assert isinstance(found, list)
    assert any("linhas demais" in fault.problem for fault in found)
    assert seconds < 20
    assert megabytes < 200
