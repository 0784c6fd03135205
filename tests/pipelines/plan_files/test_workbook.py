from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import plan_files
from tests.pipelines.plan_files.samples import (
    faults,
    good,
)


def test_bytes_read_like_the_file(plan: Path) -> None:
    assert good(plan.read_bytes()) == good(plan)


@pytest.mark.parametrize("name", ["plano.xlsm", "plano.xls", "plano.ods", "plano.csv", "plano.pdf", "plano"])
def test_wrong_endings_are_refused(plan: Path, name: str) -> None:
    [fault] = faults(plan.read_bytes(), name)
    assert ".xlsx" in fault.mend or "pasta" in fault.mend


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 nothing", b"nome;valor\n1;2\n", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"\0" * 5000],
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    [fault] = faults(data)
    assert fault.mend


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "plano.xlsx"
    path.write_bytes(b"\0" * (plan_files.MAX_FILE_BYTES + 1))
    [fault] = faults(path)
    assert "MB" in fault.problem
