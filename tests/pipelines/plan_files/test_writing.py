from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import openpyxl

from pipelines.plan_files import (
    DELIVERABLES,
    MILESTONES,
    PLAN,
    TARGETS,
    template_bytes,
    write_template,
)
from tests.pipelines.plan_files.samples import (
    GOOD,
    MEASURES,
    PLACES,
    faults,
    good,
)


def test_what_is_written_is_read_back(plan: Path, folder: Path) -> None:
    for found in (good(plan), good(folder, folder.name)):
        assert found.targets == GOOD.targets
        assert found.deliverables == GOOD.deliverables
        assert (found.plan, found.plan_version, found.title) == ("educacao-2026", 2, "Plano de educação")
        assert (found.origin, found.municipality_code, found.valid_from) == (
            "municipal", "5002704", dt.date(2026, 2, 1)
        )  # fmt: skip
        assert found.rows == {"alfabetizacao": 2, "mortalidade": 3, "capag": 4}
        assert len(found.sha256) == 64


def test_blank_template_asks_for_what_is_missing(tmp_path: Path) -> None:
    found = faults(template_bytes(PLACES, MEASURES))
    missing = {fault.column for fault in found if fault.sheet == PLAN}
    assert missing == {"Identificador", "Versão", "Título", "Município", "Vale a partir de"}
    assert [fault.problem for fault in found if fault.sheet == TARGETS] == ["o plano não tem metas"]
    write_template(tmp_path / "modelo", PLACES, MEASURES)
    assert {(fault.sheet, fault.column) for fault in faults(tmp_path / "modelo", "modelo")} == {
        (fault.sheet, fault.column) for fault in found
    }


def test_template_has_sheets_dropdowns_and_explained_example() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_bytes(PLACES, MEASURES)))
    assert book.sheetnames == [PLAN, TARGETS, MILESTONES, DELIVERABLES, "Listas", "Exemplo"]
    lists = {
        rule.promptTitle: rule
        for rule in book[TARGETS].data_validations.dataValidation
        if rule.type == "list"
    }
    assert set(lists) == {"Indicador", "Tipo", "Sentido"}
    # The list of the indicators points at their titles.
    letter, last = re.fullmatch(r"Listas!\$([A-Z])\$2:\$[A-Z]\$(\d+)", lists["Indicador"].formula1).groups()  # type: ignore[union-attr]
    listed = [book["Listas"][f"{letter}{row}"].value for row in range(2, int(last) + 1)]
    assert sorted(listed) == sorted(found.title for found in MEASURES.values())
    example = list(book["Exemplo"].iter_rows(min_row=2, values_only=True))
    assert {row[0] for row in example} == {PLAN, TARGETS, MILESTONES, DELIVERABLES}
    assert all(row[4] for row in example)
    assert not any(sheet.merged_cells.ranges for sheet in book)
