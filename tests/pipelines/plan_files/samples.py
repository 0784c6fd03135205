"""One good plan, its file, and ways to change the file by hand."""

from __future__ import annotations

import datetime as dt
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from pipelines.declarations import Indicator
from pipelines.plan_files import (
    Deliverable,
    Fault,
    Measure,
    PlanFile,
    read_plan,
    target_of,
)

PLACES = {"5002704": "Campo Grande", "5003702": "Dourados", "5100201": "Água Boa"}
LITERACY = Measure(
    "alfabetizacao", "Crianças alfabetizadas", "Educação", "%", 1, "higher", "number", (), 0, 100, 100
)
DEATHS = Measure(
    "mortalidade", "Mortalidade infantil", "Saúde", "por mil", 1, "lower", "number", (), 0, 1000, 1000
)
GRADE = Measure("capag", "Capag", "Finanças", "nota", 0, "lower", "category", ("A+", "A", "B", "C"), 1, 4, 1)
PEOPLE = Measure("populacao", "População", "Contexto", "pessoas", 0, "none", "number", (), 0, 1e8, 1)
MEASURES = {found.indicator: found for found in (LITERACY, DEATHS, GRADE, PEOPLE)}


def target(facts: Indicator, **given: Any) -> Any:
    common = {
        "plan": "educacao-2026", "plan_version": 2, "municipality_code": "5002704", "front": facts.front,
        "challenge": "Desafio", "responsible": "Secretaria", "legal_basis": "Ata 1",
    }  # fmt: skip
    return target_of(facts, **{**common, **given})


GOAL = target(
    LITERACY, kind="goal", operator=">=", baseline_year=2023, baseline_value=41.6, target_year=2028,
    target_value=70.0, milestones={2025: 50.5, 2026: 58.0},
)  # fmt: skip
LIMIT = target(
    DEATHS, kind="limit", operator="<=", target_value=12.0, alert_value=10.8, prudential_value=11.4
)
CATEGORY = target(GRADE, kind="category", target_categories=("A", "B"))
DONE = Deliverable(
    "E1", "alfabetizacao", "Desafio", "Formar", "40 formados", "Núcleo", dt.date(2026, 2, 1),
    dt.date(2026, 6, 30), "done", 100.0, dt.date(2026, 7, 1),
)  # fmt: skip
TO_DO = Deliverable(
    "E2",
    "mortalidade",
    "Desafio",
    "Visitar",
    "Visitas",
    None,
    None,
    dt.date(2026, 12, 31),
    "to_do",
    None,
    None,
)
GOOD = PlanFile(
    "educacao-2026", 2, "Plano de educação", "municipal", "5002704", dt.date(2026, 2, 1), "Ata 1",
    "Secretaria", (GOAL, LIMIT, CATEGORY), (DONE, TO_DO),
)  # fmt: skip


def read(source: Path | bytes, name: str = "plano.xlsx") -> PlanFile | list[Fault]:
    return read_plan(source, name, PLACES, MEASURES)


def good(source: Path | bytes, name: str = "plano.xlsx") -> PlanFile:
    found = read(source, name)
    assert isinstance(found, PlanFile), [fault.text for fault in found]
    return found


def faults(source: Path | bytes, name: str = "plano.xlsx") -> list[Fault]:
    found = read(source, name)
    assert isinstance(found, list)
    assert found
    return found


def edited(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def put(path: Path, sheet: str, cell: str, value: Any) -> Path:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value

    return edited(path, change)


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def replacing(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename == part else content)
    return buffer.getvalue()


def measured(data: Path | bytes) -> tuple[PlanFile | list[Fault], float, float]:
    tracemalloc.start()
    started = time.perf_counter()
    found = read(data)
    seconds = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, seconds, peak / 1e6
