from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import swapping
from pipelines.declarations import ROOT
from pipelines.plan_files import PlanFile, read_plan
from programme import folders, plans, progress
from programme.desk import Desk
from tests.pipelines.plan_files.samples import MEASURES, PLACES
from tests.programme.conftest import Team
from tests.programme.samples import FIRST, PLAN, accepted, sent, version


def published(desk: Desk) -> list[str]:
    place = desk.folder / folders.FOLDER
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


def test_only_what_was_accepted_is_there_for_the_build(desk: Desk, team: Team) -> None:
    sent(desk, team.officer)
    folders.publish(desk)
    assert published(desk) == []
    plans.accept(desk, team.coordinator, PLAN, 1)
    assert published(desk) == [f"{PLAN}-v1"]
    names = sorted(path.name for path in (desk.folder / folders.FOLDER / f"{PLAN}-v1").iterdir())
    assert names == ["acoes_e_entregas.csv", "marcos.csv", "metas.csv", "plano.csv"]
    accepted(desk, team.officer, team.coordinator, version(2))
    assert published(desk) == [f"{PLAN}-v1", f"{PLAN}-v2"]


def test_what_the_build_reads_is_what_was_sent(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    found = read_plan(desk.folder / folders.FOLDER / f"{PLAN}-v1", "plano", PLACES, MEASURES)
    assert isinstance(found, PlanFile)
    assert (found.targets, found.deliverables, found.title) == (
        FIRST.targets,
        FIRST.deliverables,
        FIRST.title,
    )


def test_what_is_there_follows_from_the_store_alone(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    place = desk.folder / folders.FOLDER
    (place / f"{PLAN}-v1" / "metas.csv").write_text("outra coisa", "utf-8")
    (place / "de-ninguem-v1").mkdir()
    folders.publish(desk)
    assert published(desk) == [f"{PLAN}-v1"]
    assert isinstance(read_plan(place / f"{PLAN}-v1", "plano", PLACES, MEASURES), PlanFile)


def test_nothing_is_written_again_where_nothing_changed(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    place = desk.folder / folders.FOLDER / f"{PLAN}-v1"
    before = place.stat().st_ino
    folders.publish(desk)
    assert place.stat().st_ino == before


def test_an_indicator_that_is_declared_no_more_leaves_its_plan_as_it_was(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    fewer = replace(desk, measures={name: one for name, one in MEASURES.items() if name != "mortalidade"})
    [told] = folders.publish(fewer)
    assert "'mortalidade' não é mais declarado" in told
    assert published(desk) == [f"{PLAN}-v1"]


def test_a_receipt_is_handed_out_where_the_folder_cannot_be_written(
    desk: Desk, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted(desk, team.officer, team.coordinator)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(swapping, "swap", full)
    got = progress.report(desk, team.officer, PLAN, "E2", status="in_progress", percent=30)
    assert got.told == plans.LATER
    monkeypatch.undo()
    folders.publish(desk)
    found = read_plan(desk.folder / folders.FOLDER / f"{PLAN}-v1", "plano", PLACES, MEASURES)
    assert isinstance(found, PlanFile)
    assert found.deliverables[1].percent == 30


WRITER = """
import sys
from pathlib import Path
from programme import folders
from tests.programme.conftest import Clock, desk_at
desk = desk_at(sys.argv[1], Path(sys.argv[2]), Clock())
print("ready", flush=True)
while True:
    for number in range(1, 7):
        folder = desk.folder / "plans" / f"educacao-2026-v{number}"
        if (folder / "metas.csv").exists():
            (folder / "metas.csv").unlink()
    folders.publish(desk)
"""


def test_killed_while_folders_are_written_each_is_whole_after_the_next(
    desk: Desk, team: Team, address: str
) -> None:
    for number in range(1, 7):
        accepted(desk, team.officer, team.coordinator, version(number))
    for wait in (0.05, 0.11, 0.17):
        run = [sys.executable, "-c", WRITER, address, str(desk.config.data)]
        writer = subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        threading.Event().wait(wait)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        folders.publish(desk)
        for name in published(desk):
            found = read_plan(desk.folder / folders.FOLDER / name, name, PLACES, MEASURES)
            assert isinstance(found, PlanFile), name
    assert len(published(desk)) == 6


def test_readers_see_one_version_of_a_folder_or_the_other(desk: Desk, team: Team) -> None:
    """While folders are swapped under them: what is read is a plan, with a percentage that was told."""
    from pipelines import gathering

    accepted(desk, team.officer, team.coordinator)
    place: Path = desk.folder / folders.FOLDER / f"{PLAN}-v1"
    ended = threading.Event()
    seen: list[object] = []

    def look() -> None:
        while not ended.is_set():
            found = gathering._steady(place, PLACES, MEASURES)
            seen.append(found.deliverables[1].percent if isinstance(found, PlanFile) else found)

    reader = threading.Thread(target=look)
    reader.start()
    for percent in range(1, 40):
        progress.report(desk, team.officer, PLAN, "E2", status="in_progress", percent=percent)
    ended.set()
    reader.join()
    assert len(seen) > 3
    assert {type(one) for one in seen} <= {float, type(None)}


def test_a_sentence_that_the_build_could_not_read_keeps_the_folder_and_is_told(
    desk: Desk, team: Team
) -> None:
    """As a store may hold it from before such sentences were refused."""
    accepted(desk, team.officer, team.coordinator)
    place = desk.folder / folders.FOLDER / f"{PLAN}-v1"
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    with desk.store.writing() as write:
        after = {
            "plan": PLAN, "version": 1, "deliverable_id": "E2", "status": "suspended", "percent": None,
            "date": desk.day.isoformat(), "sentence": "=1+1", "evidence": [],
        }  # fmt: skip
        write.add("console", "progress.reported", f"deliverable:{PLAN}/E2", after)
    [problem] = folders.publish(desk)
    assert "versão 1" in problem and "com outras palavras" in problem
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    progress.report(desk, team.officer, PLAN, "E2", status="suspended", sentence="Sem verba")
    assert folders.publish(desk) == []
    assert isinstance(read_plan(place, "x", PLACES, MEASURES), PlanFile)
