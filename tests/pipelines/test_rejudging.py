"""Plans judged alone give what a whole build gives, and a whole build is what happens where that cannot be said."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines import build, plan_files, rejudging, swapping
from pipelines.declarations import Config
from pipelines.plan_files import PlanFile
from pipelines.schema import ORDER
from tests.conftest import AS_OF

TABLES = [name for name in ORDER if name != "sources"]


@pytest.fixture(scope="module")
def lists(config: Config) -> tuple[Any, Any]:
    return plan_files.template_lists(config)


@pytest.fixture
def standing(config: Config, tmp_path: Path) -> Config:
    """The tables of this run in a data folder of their own."""
    found = replace(config, data=tmp_path / "data")
    found.data.mkdir()
    (found.data / "raw").symlink_to(config.raw)
    shutil.copytree(config.processed, found.processed)
    return found


def demonstration(config: Config, lists: tuple[Any, Any]) -> PlanFile:
    path = next((config.raw / "plans").glob("*.xlsx"))
    found = plan_files.read_plan(path, path.name, *lists)
    assert isinstance(found, PlanFile)
    return found


def put(config: Config, plan: PlanFile, lists: tuple[Any, Any]) -> None:
    place = config.data / "programme" / "plans" / f"{plan.plan}-v{plan.plan_version}"
    plan_files.write_plan(place, plan, *lists, lists=False)


def lowered(plan: PlanFile, number: int) -> PlanFile:
    """Another version in force, with targets that are nearly nothing and one deliverable done."""
    targets = tuple(
        replace(one, plan_version=number, target_value=(one.baseline_value or 0) + 0.1, milestones={})
        if one.kind == "goal" and one.baseline_value is not None
        else replace(one, plan_version=number)
        for one in plan.targets
    )
    done = replace(plan.deliverables[0], status="done", percent=100.0, status_reason=None)
    return replace(
        plan, plan_version=number, targets=targets, deliverables=(done, *plan.deliverables[1:]),
        valid_from=AS_OF - dt.timedelta(days=3),
    )  # fmt: skip


def rows(folder: Path, table: str) -> list[str]:
    with duckdb.connect() as con:
        found = con.execute("from read_parquet(?)", [str(folder / f"{table}.parquet")]).fetchall()
    return sorted(map(repr, found))


def test_plans_alone_give_what_the_whole_build_gives(
    standing: Config, lists: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # On the day itself: a judging of a day gone by writes no history.
    noon = dt.datetime.combine(AS_OF, dt.time(12), tzinfo=ZoneInfo(standing.territory.timezone))
    monkeypatch.setattr(Config, "now", lambda _config: noon)
    told = standing.processed / "build.json"
    told.write_text(json.dumps({**json.loads(told.read_text("utf-8")), "looks_back": False}), "utf-8")
    shown = demonstration(standing, lists)
    put(standing, lowered(shown, shown.plan_version + 1), lists)
    put(standing, replace(lowered(shown, 1), plan="outro-plano"), lists)
    (standing.data / "programme" / "plans" / "ruim-v1").mkdir()
    with rejudging.prepared(standing, AS_OF) as (folder, manifest):
        alone = standing.data / "alone"
        shutil.copytree(folder, alone)
    with build.prepared(standing, AS_OF) as (folder, whole):
        for table in TABLES:
            assert rows(alone, table) == rows(folder, table), table
        assert {path.name for path in alone.iterdir()} == {path.name for path in folder.iterdir()}
    assert manifest["fingerprint"] == whole["fingerprint"]
    changed = rows(alone, "verdict_history")
    assert any("target_revised" in row for row in changed)
    assert len(rows(alone, "plans")) == len(rows(standing.processed, "plans")) + 2
    assert any("programme/ruim-v1" in row for row in rows(alone, "rejected"))


def test_what_was_judged_alone_is_current_and_the_next_one_goes_on_from_it(
    standing: Config, lists: tuple[Any, Any]
) -> None:
    put(standing, lowered(demonstration(standing, lists), 7), lists)
    assert not build.is_current(standing, AS_OF)
    with rejudging.prepared(standing, AS_OF) as (folder, _):
        swapping.swap((folder, standing.processed))
    assert build.is_current(standing, AS_OF)
    before = {table: rows(standing.processed, table) for table in TABLES}
    with rejudging.prepared(standing, AS_OF) as (folder, _):
        assert {table: rows(folder, table) for table in TABLES} == before
    shutil.rmtree(standing.data / "programme")
    with rejudging.prepared(standing, AS_OF) as (folder, _):
        assert len(rows(folder, "plans")) == len(before["plans"]) - 1


def test_anything_else_that_changed_asks_for_a_whole_build(
    standing: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rejudging.standing(standing, AS_OF) is not None
    assert rejudging.standing(standing, AS_OF - dt.timedelta(days=1)) is None
    with monkeypatch.context() as patch:
        # These tables look back on a day; judged on that very day they would not.
        noon = dt.datetime.combine(AS_OF, dt.time(12), tzinfo=ZoneInfo(standing.territory.timezone))
        patch.setattr(Config, "now", lambda _config: noon)
        assert rejudging.standing(standing, AS_OF) is None
    shutil.move(standing.processed / "panel.pq", standing.data / "panel.pq")
    assert rejudging.standing(standing, AS_OF) is None
    shutil.move(standing.data / "panel.pq", standing.processed / "panel.pq")
    assert rejudging.standing(standing, AS_OF) is not None
    monkeypatch.setattr(build, "figures_fingerprint", lambda _config: "other")
    assert rejudging.standing(standing, AS_OF) is None
    asked = []

    def whole(*_: object) -> Any:
        asked.append(True)
        raise swapping.BuildError("whole")

    monkeypatch.setattr(build, "prepared", whole)
    with pytest.raises(swapping.BuildError, match="whole"), rejudging.prepared(standing, AS_OF):
        pass
    assert asked


def test_a_plan_that_came_in_is_no_change_of_figures(copied: Config) -> None:
    before = build.figures_fingerprint(copied), build.inputs_fingerprint(copied)
    (copied.raw / "plans" / "novo.xlsx").write_bytes(b"x")
    assert build.figures_fingerprint(copied) == before[0]
    assert build.inputs_fingerprint(copied) != before[1]
    (copied.raw / "plans" / "novo.xlsx").unlink()
    assert build.inputs_fingerprint(copied) == before[1]
    folder = copied.data / "programme" / "plans" / "a-v1"
    folder.mkdir(parents=True)
    (folder / "plano.csv").write_bytes(b"x")
    assert build.figures_fingerprint(copied) == before[0]
    assert build.inputs_fingerprint(copied) != before[1]
    (copied.raw / "ibge_pib" / "novo.csv").write_bytes(b"x")
    assert build.figures_fingerprint(copied) != before[0]
