from __future__ import annotations

import time
from pathlib import Path

from pipelines.plan_files import MAX_FAULTS, TARGETS, total
from tests.pipelines.plan_files.samples import faults, replacing


def test_a_quarter_of_a_million_merged_cells_are_counted_in_a_moment(plan: Path) -> None:
    spans = b"".join(b'<mergeCell ref="A1:B2"/>' for _ in range(250_000))
    data = replacing(
        plan.read_bytes(),
        "xl/worksheets/sheet2.xml",
        lambda xml: xml.replace(b"</sheetData>", b"</sheetData><mergeCells>" + spans + b"</mergeCells>"),
    )
    assert len(data) < 60_000
    started = time.perf_counter()
    found = faults(data)
    assert time.perf_counter() - started < 2
    assert len(found) == MAX_FAULTS
    assert total(found) == 250_000
    assert found[0].sheet == TARGETS
    assert found[-1].text == (
        "Há mais 249.801 ajustes além destes. Arrume os que estão na lista e confira de novo."
    )
