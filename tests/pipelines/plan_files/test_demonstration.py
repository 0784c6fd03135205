from __future__ import annotations

import datetime as dt
from pathlib import Path

from pipelines import plan_files
from pipelines.declarations import ROOT, read_config
from pipelines.plan_files import (
    PLAN,
    PlanFile,
    read_plan,
)
from tests.pipelines.plan_files.samples import (
    good,
    put,
)


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
