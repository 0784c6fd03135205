"""What was accepted, and each progress, as plan folders of the template's CSV form, which the build reads as any plan.

A folder is written aside and put in its place at one moment; what is there follows from the store alone, so that a
server killed in between is set right by the next `publish`.
"""

from __future__ import annotations

import filecmp
import json
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipelines import plan_files, swapping
from pipelines.plan_files import PlanFile
from programme.content import current, plan_of
from programme.desk import Desk
from programme.state import ACCEPTED, Plan, State

FOLDER = "plans"
# What accepted versions changed of what was promised, for pages: what, why and when, and nobody's name.
PROMISES = "promises.json"
_turn = threading.Lock()


def file_of(desk: Desk, state: State, plan: Plan) -> PlanFile:
    """An accepted version with what was told of its deliverables. Raises KeyError as `plan_of`."""
    found = plan_of(plan.content, desk.measures, plan.file_name)
    return replace(
        found,
        deliverables=tuple(
            current(item, plan.version, state.progress.get((plan.plan, item.deliverable_id), ()))
            for item in found.deliverables
        ),
    )


def publish(desk: Desk, plan: str | None = None) -> list[str]:
    """Bring the folders up to the state, of one plan or of all; returns a sentence for each that could not be written.

    Raises BuildError where the system refuses to write; what was there stays.
    """
    place = desk.folder / FOLDER
    problems: list[str] = []
    with swapping.refusals_in_words(), _alone(desk):
        place.mkdir(parents=True, exist_ok=True)
        swapping.clear_dead(desk.folder, ".plan-*")
        # Inside the lock: whoever came before may have known less.
        state = desk.store.state()
        wanted = {
            f"{name}-v{version}": one for (name, version), one in state.plans.items() if one.state == ACCEPTED
        }
        for name, one in wanted.items():
            # Configurations of several territories may share a data folder: each writes its own.
            if one.municipality_code not in desk.municipalities or (plan is not None and one.plan != plan):
                continue
            try:
                found = file_of(desk, state, one)
            except KeyError as error:
                problems.append(
                    f"{one.title}, versão {one.version}: o indicador {error} não é mais declarado; o plano ficou "
                    "como estava. Devolva a declaração ou peça uma nova versão."
                )
                continue
            if not _put(desk, found, place / name):
                problems.append(
                    f"{one.title}, versão {one.version}: uma frase não cabe no arquivo do plano, que ficou como estava. "
                    "Atualize a entrega de novo, com outras palavras."
                )
        _tell(desk, state)
        for path in place.iterdir() if plan is None else ():
            if path.name not in wanted:
                gone = desk.folder / f".plan-{secrets.token_hex(4)}"
                path.replace(gone)
                shutil.rmtree(gone, ignore_errors=True)
    return problems


def _tell(desk: Desk, state: State) -> None:
    """Write every change that accepted versions brought, oldest first, unless the same is there already."""
    zone = desk.clock().tzinfo
    found = [
        {
            "plan": one.plan,
            "version": one.version,
            "municipality_code": one.municipality_code,
            "indicator": change.indicator,
            "text": change.text,
            "eased": change.eased,
            "reason": change.reason,
            "day": one.accepted_at.astimezone(zone).date().isoformat(),
        }
        for one in sorted(state.plans.values(), key=lambda plan: plan.number)
        if one.state == ACCEPTED and one.accepted_at is not None
        for change in one.changes
    ]
    text = json.dumps(found, ensure_ascii=False, indent=1)
    place = desk.folder / PROMISES
    if found and not (place.is_file() and place.read_text("utf-8") == text):
        aside = desk.folder / f".{PROMISES}-{secrets.token_hex(4)}"
        aside.write_text(text, "utf-8")
        aside.replace(place)


def _put(desk: Desk, plan: PlanFile, place: Path) -> bool:
    """Write a plan's folder aside and put it in its place, unless the same is there already.

    False where the build could not read it: what was there stays.
    """
    aside = desk.folder / f".plan-{secrets.token_hex(4)}"
    try:
        plan_files.write_plan(aside, plan, desk.municipalities, desk.measures, lists=False)
        aside.chmod(0o755)
        if not _same(aside, place):
            if isinstance(plan_files.read_plan(aside, place.name, desk.municipalities, desk.measures), list):
                return False
            swapping.swap((aside, place))
        return True
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _same(one: Path, other: Path) -> bool:
    names = sorted(path.name for path in one.iterdir())
    if not other.is_dir() or sorted(path.name for path in other.iterdir()) != names:
        return False
    return filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


@contextmanager
def _alone(desk: Desk) -> Iterator[None]:
    """One at a time, among threads and processes; a build that is under way is not waited for."""
    desk.folder.mkdir(parents=True, exist_ok=True)
    with _turn, swapping.held(desk.folder / ".lock"):
        yield
