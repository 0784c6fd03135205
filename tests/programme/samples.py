"""Plans of the samples as files, and what is done to them on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines.plan_files import PlanFile, write_plan
from programme import plans
from programme.desk import Desk, Receipt, Who
from tests.pipelines.plan_files.samples import GOAL, GOOD, MEASURES, PLACES

FIRST = replace(GOOD, plan_version=1, targets=tuple(replace(one, plan_version=1) for one in GOOD.targets))
PLAN = FIRST.plan


def version(number: int, **goal: Any) -> PlanFile:
    """The sample plan as a version, with another goal."""
    targets = (replace(GOAL, plan_version=number, **goal), *GOOD.targets[1:])
    return replace(FIRST, plan_version=number, targets=targets)


def data_of(plan: PlanFile) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plano.xlsx"
        write_plan(path, plan, PLACES, MEASURES)
        return path.read_bytes()


def sent(desk: Desk, who: Who, plan: PlanFile = FIRST, reasons: dict[str, str] | None = None) -> Receipt:
    plans.save_draft(desk, who, data_of(plan), "plano.xlsx")
    return plans.send(desk, who, plan.plan, plan.plan_version, reasons)


def accepted(
    desk: Desk, officer: Who, coordinator: Who, plan: PlanFile = FIRST, reasons: dict[str, str] | None = None
) -> Receipt:
    sent(desk, officer, plan, reasons)
    return plans.accept(desk, coordinator, plan.plan, plan.plan_version)


def edited(data: bytes, change: Callable[[Any], None]) -> bytes:
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
