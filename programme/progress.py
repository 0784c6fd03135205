"""Progress of deliverables, one at a time or in bulk: state, percentage, date, a sentence, evidence."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from pipelines import plan_files, verdicts
from pipelines.plan_files import SHEETS, Deliverable, PlanFile
from programme import evidence as proofs
from programme.changes import changes_between
from programme.content import current, deliverables_of, plan_of
from programme.desk import Act, Asked, Desk, NoAccess, Receipt, Refused, Who, perform, reading, sentence_of
from programme.events import Event
from programme.evidence import Upload
from programme.folders import file_of
from programme.plans import WRITERS, Faulty, doubt, shown
from programme.state import Evidence, Plan, Progress, State

STATUSES = tuple(plan_files.STATUSES.values())
STOPPED = ("suspended", "cancelled")
# What a progress says of a deliverable; the rest of it changes by a new version of the plan.
TOLD = ("status", "percent", "updated_at", "status_reason")


def report(
    desk: Desk,
    who: Who,
    plan: str,
    deliverable_id: str,
    *,
    status: str,
    percent: float | str | None = None,
    date: dt.date | None = None,
    sentence: str = "",
    files: Sequence[Upload] = (),
    addresses: Sequence[str] = (),
    seen: int | None = None,
    sure: bool = False,
    once: str | None = None,
) -> Receipt:
    """Tell how a deliverable of an accepted plan stands; the receipt says whether somebody else told so meanwhile.

    `percent`: 0 to 100, a number or as people write it. `date`: of what is told, today where it is not given. `seen`:
    the number of the last progress that the sender had before them (0 for none). Raises Asked for a percentage
    between 0 and 1, Refused with all that is wrong, NoAccess.
    """
    state = desk.store.state()
    owner = state.accepted(plan)
    # Whoever may not write here leaves no file either.
    reading(desk, who, owner.municipality_code if owner else None, "atualizar uma entrega")
    given = _facts(desk, deliverable_id, status, percent, date or desk.day, sentence, sure)
    pieces = proofs.taken(desk, files, addresses)

    def action(act: Act) -> Event:
        accepted, item = _item(act, plan, deliverable_id)
        told = act.state.progress.get((plan, deliverable_id), ())
        last = told[-1] if told else None
        if last is not None and seen is not None and last.number > seen:
            act.told.append(_overtaken(desk, act.state, last))
        return _add(act, accepted, item, told, given, pieces)

    receipt = perform(desk, who, WRITERS, "atualizar uma entrega", action, once)
    return shown(desk, plan, receipt)


def _item(act: Act, plan: str, deliverable_id: str) -> tuple[Plan, Deliverable]:
    """The accepted version and its deliverable; what is not there, or not in reach, is no access."""
    accepted = act.state.accepted(plan)
    if accepted is None:
        raise NoAccess
    act.reach(accepted.municipality_code)
    for item in deliverables_of(accepted.content):
        if item.deliverable_id == deliverable_id:
            return accepted, item
    raise NoAccess


def _facts(
    desk: Desk, name: str, status: str, percent: float | str | None, date: dt.date, sentence: str, sure: bool
) -> dict[str, Any]:
    """What is told, checked; raises Refused with all that is wrong."""
    faults: list[str] = []
    where = f"Entrega {name}"
    number = _percent(where, percent, faults)
    said = ""
    if status not in STATUSES:
        faults.append(f"{where}: a situação não existe. Use: {', '.join(plan_files.STATUSES)}.")
    if sentence.strip() or status in STOPPED:
        try:
            said = sentence_of(
                sentence, f"{where}, motivo" if status in STOPPED else f"{where}, o que foi feito"
            )
        except Refused as error:
            faults += error.faults
    if date > desk.day:
        faults.append(f"{where}: a data {date:%d/%m/%Y} ainda não chegou. Confira a data.")
    if date.year not in plan_files.YEARS:
        faults.append(f"{where}: a data está fora do calendário dos planos. Confira o ano.")
    if status == "done" and number is not None and number < 100:
        shown_percent = plan_files.Cell(number).text
        faults.append(f"{where}: concluída com {shown_percent}%? Escreva 100, ou use Em andamento.")
    if status == "to_do" and number:
        faults.append(f"{where}: já andou, e está como A fazer. Use Em andamento.")
    if faults:
        raise Refused(*faults)
    if number is not None and 0 < number < 1 and not sure:
        raise Asked(doubt(name, number))
    if status == "done":
        number = 100.0
    return {"status": status, "percent": number, "date": date, "sentence": said}


def _percent(where: str, given: float | str | None, faults: list[str]) -> float | None:
    """A percentage as people write it."""
    number = plan_files.number_of(given) if isinstance(given, str) and given.strip() else given
    if isinstance(number, str):
        return None
    if isinstance(given, str) and given.strip() and number is None:
        faults.append(f"{where}: '{given[:40]}' não é um percentual. Escreva um número de 0 a 100.")
        return None
    if number is not None and not 0 <= number <= 100:
        faults.append(f"{where}: {plan_files.Cell(float(number)).text} não é um percentual de 0 a 100.")
        return None
    return None if number is None else float(number)


def _overtaken(desk: Desk, state: State, last: Progress) -> str:
    moment = last.moment.astimezone(desk.clock().tzinfo)
    label = verdicts.DELIVERABLE_LABELS[last.status]
    percent = "" if last.percent is None else f", {plan_files.Cell(last.percent).text}%"
    return (
        f"{state.name_of(last.actor)} atualizou esta entrega em {moment:%d/%m/%Y às %H:%M} ({label}{percent}), "
        "depois que você a abriu. A sua atualização é a que vale agora; as duas ficam no histórico."
    )


def _add(
    act: Act,
    plan: Plan,
    item: Deliverable,
    told: tuple[Progress, ...],
    given: dict[str, Any],
    pieces: Sequence[Evidence],
) -> Event:
    now = current(item, plan.version, told)
    before = {
        "status": now.status,
        "percent": now.percent,
        "date": now.updated_at.isoformat() if now.updated_at else None,
    }
    after = {
        "plan": plan.plan,
        "version": plan.version,
        "deliverable_id": item.deliverable_id,
        **given,
        "date": given["date"].isoformat(),
        "evidence": [asdict(piece) for piece in pieces],
    }
    return act.add(
        "progress.reported", f"deliverable:{plan.plan}/{item.deliverable_id}", after, before=before,
        municipality=plan.municipality_code,
    )  # fmt: skip


def sheet(desk: Desk, who: Who, plan: str, form: str = "xlsx") -> Upload:
    """The accepted plan as its template's file, with what was told so far: to be filled in and brought back.

    `form`: xlsx, or csv for the sheet of deliverables alone. Raises NoAccess.
    """
    state = desk.store.state()
    accepted = state.accepted(plan)
    reading(desk, who, accepted.municipality_code if accepted else None, "baixar as entregas")
    if accepted is None:
        raise NoAccess
    found = file_of(desk, state, accepted)
    folder = Path(tempfile.mkdtemp(prefix="farol-entregas-"))
    try:
        if form == "csv":
            plan_files.write_plan(folder, found, desk.municipalities, desk.measures, lists=False)
            name = SHEETS[plan_files.DELIVERABLES].file
            return Upload(f"{plan}-entregas.csv", (folder / name).read_bytes())
        plan_files.write_plan(folder / "plano.xlsx", found, desk.municipalities, desk.measures)
        return Upload(f"{plan}-entregas.xlsx", (folder / "plano.xlsx").read_bytes())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_sheet(
    desk: Desk, who: Who, plan: str, data: bytes, name: str, *, sure: bool = False, once: str | None = None
) -> Receipt:
    """Take the progress of a sheet that was handed out, all of it or none, without a new version of the plan.

    A row that says what was already said once (the sheet was handed out before a later update) changes nothing. A
    change whose date was left as it was is of today. Raises Faulty, Refused with all that is wrong, Asked, NoAccess.
    """
    state = desk.store.state()
    owner = state.accepted(plan)
    reading(desk, who, owner.municipality_code if owner else None, "atualizar entregas")
    if owner is None:
        raise NoAccess
    read = _read_sheet(desk, file_of(desk, state, owner), data, name)

    def action(act: Act) -> Event:
        accepted = act.state.accepted(plan)
        if accepted is None or accepted.version != owner.version:
            raise Refused("Outra versão do plano foi aceita agora mesmo. Baixe a planilha de novo.")
        act.reach(accepted.municipality_code)
        original = plan_of(accepted.content, desk.measures)
        _refuse_other_changes(desk, original, read)
        news = _news(desk, act.state, accepted, original, read, sure)
        if not news:
            raise Refused(
                "A planilha não traz nenhuma atualização: situação, andamento e data são os de antes."
            )
        events = [_add(act, accepted, item, told, given, ()) for item, told, given in news]
        count = len(events)
        act.told.append(
            "Uma entrega atualizada."
            if count == 1
            else f"{verdicts.pt_number(count, 0)} entregas atualizadas."
        )
        return events[0]

    receipt = perform(desk, who, WRITERS, "atualizar entregas", action, once)
    return shown(desk, plan, receipt)


def _read_sheet(desk: Desk, present: PlanFile, data: bytes, name: str) -> PlanFile:
    """The plan of a sheet brought back; a CSV is read as the sheet of deliverables of the plan at hand."""
    if not name.lower().endswith(".csv"):
        found = plan_files.read_plan(data, name, desk.municipalities, desk.measures)
    else:
        folder = Path(tempfile.mkdtemp(prefix="farol-entregas-"))
        try:
            plan_files.write_plan(folder, present, desk.municipalities, desk.measures, lists=False)
            (folder / SHEETS[plan_files.DELIVERABLES].file).write_bytes(data)
            found = plan_files.read_plan(folder, name, desk.municipalities, desk.measures)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if isinstance(found, list):
        raise Faulty(found)
    return found


def _refuse_other_changes(desk: Desk, original: PlanFile, read: PlanFile) -> None:
    """Raise Refused where a sheet changes more than what is told of deliverables."""
    if (read.plan, read.plan_version, read.municipality_code) != (
        original.plan, original.plan_version, original.municipality_code,
    ):  # fmt: skip
        raise Refused(
            "A planilha é de outro plano ou de outra versão. Baixe a planilha deste plano e preencha-a."
        )
    mend = "Para mudar o plano, envie uma nova versão; aqui mudam situação, andamento, data e motivo."
    faults = [f"{change.text}. {mend}" for change in changes_between(original, read, desk.measures)]
    known = {item.deliverable_id: item for item in original.deliverables}
    for item in read.deliverables:
        was = known.get(item.deliverable_id)
        if was is None:
            faults.append(f"Entrega {item.deliverable_id}: não está no plano aceito. {mend}")
        elif replace(item, due=was.due, **{key: getattr(was, key) for key in TOLD}) != was:
            faults.append(f"Entrega {item.deliverable_id}: o texto não é o do plano aceito. {mend}")
    if not faults and (read.targets != original.targets or read.title != original.title):
        faults.append(f"As metas ou o título não são os do plano aceito. {mend}")
    if faults:
        raise Refused(*faults)


def _news(
    desk: Desk, state: State, accepted: Plan, original: PlanFile, read: PlanFile, sure: bool
) -> list[tuple[Deliverable, tuple[Progress, ...], dict[str, Any]]]:
    """What rows of a sheet tell that nobody told yet."""
    found = []
    faults: list[str] = []
    doubts: list[str] = []
    known = {item.deliverable_id: item for item in original.deliverables}
    for row in read.deliverables:
        item = known[row.deliverable_id]
        told = state.progress.get((accepted.plan, row.deliverable_id), ())
        said = [
            _told(item),
            *(_told(current(item, accepted.version, told[: end + 1])) for end in range(len(told))),
        ]
        if _told(row) in said:
            continue
        date = row.updated_at
        if date is None or date == said[-1][2]:
            date = desk.day
        try:
            given = _facts(
                desk, row.deliverable_id, row.status, row.percent, date, row.status_reason or "", sure
            )
            found.append((item, told, given))
        except Asked as error:
            doubts += error.faults
        except Refused as error:
            faults += error.faults
    if faults:
        raise Refused(*faults)
    if doubts:
        raise Asked(*doubts)
    return found


def _told(item: Deliverable) -> tuple[str, float | None, dt.date | None, str | None]:
    return item.status, item.percent, item.updated_at, item.status_reason


def history(desk: Desk, who: Who, plan: str, deliverable_id: str) -> list[Progress]:
    """All that was told of a deliverable, oldest first, for those whose municipality it is of. Raises NoAccess."""
    state = desk.store.state()
    owner = state.accepted(plan)
    reading(desk, who, owner.municipality_code if owner else None, "ver o histórico de uma entrega")
    return list(state.progress.get((plan, deliverable_id), ()))


__all__ = [
    "history",
    "report",
    "sheet",
    "take_sheet",
]
