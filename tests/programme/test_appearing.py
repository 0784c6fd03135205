"""From what was sent to the tables that pages read, over the repository's own figures."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import plan_files, rejudging
from pipelines.declarations import Config
from pipelines.plan_files import PlanFile
from programme import appearing, plans, progress
from programme.desk import Desk
from programme.store import Store
from tests.programme.conftest import HOUSE, Clock, let_in


@pytest.fixture
def real(
    config: Config, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> Iterator[Desk]:
    """A desk over a copy of this run's tables, publishing elsewhere."""
    data = tmp_path / "real"
    data.mkdir()
    (data / "raw").symlink_to(config.raw)
    shutil.copytree(config.processed, data / "processed")
    monkeypatch.setattr(Config, "published", property(lambda _self: tmp_path / "published"))
    found = replace(config, data=data)
    lists = plan_files.template_lists(found)
    desk = Desk(found, Store(address, clock), *lists, clock)
    yield desk
    desk.close()


def deliverables(desk: Desk, plan: str) -> dict[str, Any]:
    with duckdb.connect() as con:
        rows = con.execute(
            "select deliverable_id, percent from read_parquet(?) where plan = ?",
            [str(desk.config.processed / "deliverables.parquet"), plan],
        ).fetchall()
    return dict(rows)


def test_what_was_accepted_and_told_is_in_the_tables_without_a_whole_build(
    real: Desk, tmp_path: Path
) -> None:
    path = next((real.config.raw / "plans").glob("*.xlsx"))
    read = plan_files.read_plan(path, path.name, real.municipalities, real.measures)
    assert isinstance(read, PlanFile)
    plan = replace(read, plan="enviado-2026", plan_version=1)
    plan_files.write_plan(tmp_path / "enviado.xlsx", plan, real.municipalities, real.measures)
    officer = let_in(real, "officer", "Olga Oliveira", plan.municipality_code, address=HOUSE).who
    coordinator = let_in(real, "coordinator", "Carla Coordena", address=HOUSE).who
    plans.save_draft(real, officer, (tmp_path / "enviado.xlsx").read_bytes(), "enviado.xlsx")
    plans.send(real, officer, plan.plan, 1)
    assert deliverables(real, plan.plan) == {}
    plans.accept(real, coordinator, plan.plan, 1)
    assert rejudging.standing(real.config, None) is not None
    assert appearing.appear(real) == []
    first = plan.deliverables[0].deliverable_id
    assert first in deliverables(real, plan.plan)
    progress.report(real, officer, plan.plan, first, status="in_progress", percent=37)
    appearing.soon(real).join()
    assert deliverables(real, plan.plan)[first] == 37
    said = json.loads((real.config.processed / "build.json").read_text("utf-8"))
    published = json.loads((tmp_path / "published" / "datapackage.json").read_text("utf-8"))
    assert published["id"] == said["build"]
    held = "".join(path.read_text("utf-8") for path in (tmp_path / "published").glob("*.csv"))
    assert "Olga Oliveira" not in held
    for path in (real.folder / "plans").rglob("*.csv"):
        assert "Olga" not in path.read_text("utf-8-sig")


def test_many_asked_at_once_are_few_runs_and_the_last_one_is_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    asked = [0]
    begun, gate = threading.Event(), threading.Event()

    def slow(_desk: Desk) -> list[str]:
        runs.append(asked[0])
        begun.set()
        gate.wait(5)
        return []

    monkeypatch.setattr(appearing, "appear", slow)
    threads = []
    for number in range(1, 9):
        asked[0] = number
        threads.append(appearing.soon(desk))
        begun.wait(5)
    gate.set()
    for thread in threads:
        thread.join(5)
    assert len(runs) == 2
    assert runs[-1] == 8
