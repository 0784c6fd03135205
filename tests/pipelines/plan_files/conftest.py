from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.plan_files import (
    write_plan,
)
from tests.pipelines.plan_files.samples import (
    GOOD,
    MEASURES,
    PLACES,
)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plano.xlsx"
    write_plan(path, GOOD, PLACES, MEASURES)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "plano"
    write_plan(path, GOOD, PLACES, MEASURES)
    return path
