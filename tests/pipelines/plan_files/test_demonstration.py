from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import openpyxl

from pipelines import plan_files
from pipelines.declarations import ROOT, read_config
from pipelines.plan_files import DELIVERABLES, PLAN, TARGETS, PlanFile, demonstration, lint, read_plan
from tests.pipelines.plan_files.samples import edited, good, put


def test_demonstration_is_marked(plan: Path) -> None:
    assert good(put(plan, PLAN, "B9", "sim")).origin == "demonstration"


def test_the_demonstration_plan_says_so() -> None:
    config = read_config()
    places, measures = plan_files.template_lists(config)
    found = read_plan(
        ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx", "demonstracao.xlsx", places, measures
    )
    assert isinstance(found, PlanFile)
    assert found.origin == "demonstration"
    assert found.title.startswith("DEMONSTRAÇÃO")
    assert {aim.kind for aim in found.targets} == {"goal", "limit", "category"}
    as_of = dt.date(2026, 11, 22)
    assert any(item.due < as_of and item.status != "done" for item in found.deliverables)
    assert any(item.updated_at is None for item in found.deliverables)


SHIPPED = ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx"


def _shipped(change: Callable[[openpyxl.Workbook], None], folder: Path) -> PlanFile:
    path = folder / "copia.xlsx"
    path.write_bytes(SHIPPED.read_bytes())
    edited(path, change)
    found = read_plan(path, path.name, *plan_files.template_lists(read_config()))
    assert isinstance(found, PlanFile), [fault.text for fault in found]
    return found


def test_the_content_is_known_and_not_the_mark(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        for cell, value in {"B2": "saude-2027", "B4": "Plano de saúde", "B5": "5002704", "B9": None}.items():
            book[PLAN][cell] = value
        book[TARGETS]["A2"] = "Outro desafio"
        book[DELIVERABLES]["D3"] = "Outra entrega"

    found = _shipped(change, tmp_path)
    assert found.origin == "demonstration"
    assert not found.marked
    assert lint(found, {}, {})[0].remark.id == "demonstration_content"


def test_whoever_fills_the_example_anew_has_a_plan_of_their_own(tmp_path: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[PLAN]["B9"] = "não"
        for row in range(2, 7):
            book[TARGETS][f"A{row}"] = f"Desafio {row}"
        for row in range(2, 11):
            book[DELIVERABLES][f"C{row}"] = f"Ação {row}"

    assert _shipped(change, tmp_path).origin == "municipal"


def test_the_known_pieces_are_those_of_the_plan_that_ships() -> None:
    found = read_plan(SHIPPED, SHIPPED.name, *plan_files.template_lists(read_config()))
    assert isinstance(found, PlanFile)
    assert demonstration.pieces(found.targets, found.deliverables) == demonstration.PIECES
