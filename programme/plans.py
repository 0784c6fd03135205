"""Plans on their way: draft, sent, returned with reasons by line, accepted and closed; what a new version changes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipelines import declarations, gathering, plan_files, swapping
from pipelines.plan_files import Fault, PlanFile
from programme import folders, keeping
from programme.changes import as_held, changes_between
from programme.content import content_of, plan_of
from programme.desk import (
    CONSOLE,
    Act,
    Asked,
    Desk,
    NoAccess,
    Receipt,
    Refused,
    Who,
    perform,
    present_person,
    reaches,
    reading,
    record_refusal,
    sentence_of,
)
from programme.events import Event
from programme.state import (
    ACCEPTED,
    COORDINATOR,
    OFFICER,
    READER,
    REFERENCE,
    RETURNED,
    SENT,
    Change,
    Line,
    Plan,
    State,
)

WRITERS = (COORDINATOR, REFERENCE, OFFICER)
REVIEWERS = (COORDINATOR, REFERENCE)
# Reasons by line of one return.
MOST_LINES = 100
LATER = "Ficou registrado; as páginas mostram assim que o disco aceitar a gravação."


class Faulty(Refused):
    """A plan's file with faults, all of them: `found` as the check tells them, with sheet, row and column."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__(*(fault.text for fault in found))
        self.found = tuple(found)


@dataclass(frozen=True)
class Checked:
    """A file without faults, looked at before anything is sent: the plan, and what it changes of the accepted one."""

    plan: PlanFile
    changes: tuple[Change, ...]


def check(desk: Desk, who: Who, data: bytes, name: str) -> Checked:
    """Read a plan's file as it would be taken, keeping nothing. Raises Faulty with every fault, Refused, NoAccess."""
    plan = _read(desk, data, name)
    state, _ = reading(desk, who, plan.municipality_code, "conferir um plano")
    _refuse_taken(state, plan, _dropped(desk, plan.plan))
    return Checked(plan, tuple(_changes(desk, state, plan)))


def save_draft(desk: Desk, who: Who, data: bytes, name: str, once: str | None = None) -> Receipt:
    """Take a file without faults as the draft of its version; an earlier draft of it, or a returned one, gives way.

    Raises Faulty with every fault, Refused, NoAccess.
    """
    plan = _read(desk, data, name)
    # Whoever may not write here, or not this, leaves no file either.
    state, _ = reading(desk, who, plan.municipality_code, "enviar um plano")
    dropped = _dropped(desk, plan.plan)
    _refuse_taken(state, plan, dropped)
    sha256 = keeping.keep(desk, data)

    def action(act: Act) -> Event:
        act.reach(plan.municipality_code)
        _refuse_taken(act.state, plan, dropped)
        before = act.state.plans.get((plan.plan, plan.plan_version))
        after = {
            "version": plan.plan_version,
            "title": plan.title,
            "file": sha256,
            "file_name": plan_files.Cell(Path(name).name).text[:120],
            "content": content_of(plan),
        }
        return act.add(
            "plan.drafted", f"plan:{plan.plan}", after, municipality=plan.municipality_code,
            before=None if before is None else {"state": before.state, "file": before.file},
        )  # fmt: skip

    return perform(desk, who, WRITERS, "enviar um plano", action, once)


def _read(desk: Desk, data: bytes, name: str) -> PlanFile:
    """The plan of a file that the build will read as this check does; raises Faulty, Refused."""
    found = plan_files.read_plan(data, name, desk.municipalities, desk.measures)
    if isinstance(found, list):
        raise Faulty(found)
    folder = Path(tempfile.mkdtemp(prefix="farol-plano-"))
    try:
        plan_files.write_plan(folder, found, desk.municipalities, desk.measures, lists=False)
        again = plan_files.read_plan(folder, name, desk.municipalities, desk.measures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if isinstance(again, list):
        # As CSV a cell says less: a text that begins as a formula is none in a workbook, and is one there.
        raise Faulty(again)
    if (again.targets, again.deliverables) != (found.targets, found.deliverables):
        raise Refused("Alguma célula muda de valor ao ser gravada em CSV. Escreva os números por extenso.")
    return found


def _refuse_taken(state: State, plan: PlanFile, dropped: Sequence[PlanFile]) -> None:
    """Raise Refused where the plan's id or version is somebody's or closed; `dropped`: of `_dropped`."""
    if plan.plan in declarations.commitments(gathering.PLANS):
        raise Refused("O identificador é de um compromisso oficial. Dê outro ao plano.")
    owned = [one for one in state.versions(plan.plan) if one.municipality_code != plan.municipality_code]
    if owned or any(one.municipality_code != plan.municipality_code for one in dropped):
        raise Refused("O identificador já é de um plano de outro município. Dê outro ao plano.")
    accepted = state.accepted(plan.plan)
    closed = max([one.plan_version for one in dropped] + ([accepted.version] if accepted else []), default=0)
    if plan.plan_version <= closed:
        raise Refused(
            f"A versão {closed} deste plano foi aceita e está fechada. Escreva {closed + 1} no campo Versão."
        )
    same = state.plans.get((plan.plan, plan.plan_version))
    if same is not None and same.state == SENT:
        raise Refused(
            f"A versão {plan.plan_version} já foi enviada e está em análise. Espere a resposta, ou peça que a devolvam."
        )


def _dropped(desk: Desk, plan: str) -> list[PlanFile]:
    """The versions of a plan that lie as files in data/raw/plans."""
    folder = desk.config.raw / "plans"
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not path.name.startswith((".", "~$")):
            try:
                one = plan_files.read_plan(path, path.name, desk.municipalities, desk.measures)
            except OSError:
                continue
            if isinstance(one, PlanFile) and one.plan == plan:
                found.append(one)
    return found


def _changes(desk: Desk, state: State, plan: PlanFile) -> list[Change]:
    base = state.accepted(plan.plan)
    if base is None:
        return []
    # An indicator that is declared no more was taken away by the dashboard, not by the municipality.
    return changes_between(plan_of(base.content, desk.measures, known=True), plan, desk.measures)


def send(
    desk: Desk,
    who: Who,
    plan: str,
    version: int,
    reasons: Mapping[str, str] | None = None,
    *,
    sure: bool = False,
    once: str | None = None,
) -> Receipt:
    """Send a draft to the state. `reasons`: of each change of a target, deadline or baseline, by `Change.key`.

    Raises Refused naming the changes that lack a reason; Asked for a progress between 0 and 1%, which may be meant
    as 60%; NoAccess.
    """
    # Files are read before the lock is held.
    dropped = _dropped(desk, plan)

    def action(act: Act) -> Event:
        found = _found(act, plan, version)
        if found.state == SENT:
            raise Refused("Esta versão já foi enviada e está em análise.")
        if found.state == RETURNED:
            raise Refused("Esta versão foi devolvida. Arrume o arquivo e carregue-o de novo antes de enviar.")
        if found.state == ACCEPTED:
            raise Refused("Esta versão já foi aceita e está fechada. Para mudar, envie uma nova versão.")
        try:
            read = plan_of(found.content, desk.measures)
        except KeyError as error:
            raise Refused(
                f"O indicador {error} não é mais declarado. Baixe o modelo, troque o indicador e carregue o arquivo."
            ) from None
        _refuse_taken(act.state, read, dropped)
        changes = _changes(desk, act.state, read)
        given = _reasons(changes, reasons or {})
        if not sure:
            doubtful = [item for item in read.deliverables if item.percent and 0 < item.percent < 1]
            if doubtful:
                raise Asked(*(doubt(item.deliverable_id, float(item.percent or 0)) for item in doubtful))
        base = act.state.accepted(plan)
        after = {
            "version": version,
            "base": base.version if base else 0,
            "file": found.file,
            "changes": [as_held(change, given[change.key]) for change in changes],
        }
        return act.add(
            "plan.sent", f"plan:{plan}", after, before={"state": found.state},
            municipality=found.municipality_code,
        )  # fmt: skip

    return perform(desk, who, WRITERS, "enviar um plano", action, once)


def doubt(deliverable: str, percent: float) -> str:
    """What to ask of a percentage under 1: `0,6` for 60%."""
    shown, meant = (plan_files.Cell(round(number, 6)).text for number in (percent, percent * 100))
    return f"Entrega {deliverable}: andamento de {shown}% ou de {meant}%? Escreva {meant} para {meant}%, ou confirme {shown}%."


def _reasons(changes: Sequence[Change], given: Mapping[str, str]) -> dict[str, str]:
    missing = [change for change in changes if not given.get(change.key, "").strip()]
    if missing:
        raise Refused(*(f"{change.text}. Diga por que mudou." for change in missing))
    return {change.key: sentence_of(given[change.key], change.what) for change in changes}


def _found(act: Act, plan: str, version: int) -> Plan:
    """A version in reach; what is there for others is as if it were not."""
    found = act.state.plans.get((plan, version))
    if found is None:
        raise NoAccess
    act.reach(found.municipality_code)
    return found


def give_back(
    desk: Desk,
    who: Who,
    plan: str,
    version: int,
    lines: Sequence[Line] = (),
    note: str = "",
    once: str | None = None,
) -> Receipt:
    """Return a version that was sent, with the reason by line of its file, or in a note of the whole."""
    said = [replace(line, text=sentence_of(line.text, "Motivo")) for line in lines]
    whole = sentence_of(note, "Motivo") if note.strip() else ""
    if len(said) > MOST_LINES:
        raise Refused(f"São no máximo {MOST_LINES} motivos por linha. Escreva o resto no motivo do todo.")
    if not said and not whole:
        raise Refused("Diga o que precisa mudar, por linha ou no todo.")

    def action(act: Act) -> Event:
        found = _in_review(_found(act, plan, version))
        after = {"version": version, "lines": [asdict(line) for line in said], "note": whole}
        return act.add(
            "plan.returned", f"plan:{plan}", after, before={"state": found.state},
            municipality=found.municipality_code,
        )  # fmt: skip

    return perform(desk, who, REVIEWERS, "devolver um plano", action, once)


def accept(desk: Desk, who: Who, plan: str, version: int, once: str | None = None) -> Receipt:
    """Accept a version that was sent: it is closed, supersedes the one before it, and the build reads it.

    Nobody accepts what they sent themselves, the console apart.
    """

    def action(act: Act) -> Event:
        found = _in_review(_found(act, plan, version))
        if act.person.person in (found.sent_by, found.drafted_by) and act.person.person != CONSOLE:
            raise Refused("Quem enviou o plano não o aceita. Peça a outra pessoa da coordenação.")
        base = act.state.accepted(plan)
        if (base.version if base else 0) != found.base:
            raise Refused(
                "Outra versão foi aceita depois deste envio, e as mudanças já não são estas. Devolva-o para novo envio."
            )
        return act.add(
            "plan.accepted", f"plan:{plan}", {"version": version, "file": found.file},
            before={"state": found.state, "accepted": found.base or None},
            municipality=found.municipality_code,
        )  # fmt: skip

    receipt = perform(desk, who, REVIEWERS, "aceitar um plano", action, once)
    return shown(desk, plan, receipt)


def shown(desk: Desk, plan: str, receipt: Receipt) -> Receipt:
    """The receipt, after the plan's folders were written; where they could not be it says so, and what was taken stands."""
    try:
        problems = folders.publish(desk, plan)
    except swapping.BuildError:
        problems = [LATER]
    return replace(receipt, told=" ".join([receipt.told, *problems]).strip())


def _in_review(found: Plan) -> Plan:
    if found.state != SENT:
        raise Refused("Só se devolve ou aceita um plano que foi enviado e ainda não teve resposta.")
    return found


def visible(desk: Desk, who: Who) -> list[Plan]:
    """The versions that a person may look at, latest change first: of their municipalities, drafts included."""
    state, person = present_person(desk, who)
    if person.role == READER:
        return []
    found = [one for one in state.plans.values() if reaches(person, one.municipality_code)]
    return sorted(found, key=lambda one: -one.number)


def sent_file(desk: Desk, who: Who, plan: str, version: int) -> tuple[str, bytes]:
    """The file of a version as it was sent: its name and bytes. Raises NoAccess; Refused where it is lost."""
    state = desk.store.state()
    found = state.plans.get((plan, version))
    reading(desk, who, found.municipality_code if found else None, "baixar um plano")
    if found is None:
        record_refusal(desk, who, "baixar um plano")
        raise NoAccess
    data = keeping.kept(desk, found.file)
    if data is None:
        raise Refused("O arquivo enviado não está mais no servidor. Restaure a última cópia de segurança.")
    return found.file_name, data


def queue(state: State) -> list[Plan]:
    """What waits for the state's answer, the longest waiting first."""
    return sorted((one for one in state.plans.values() if one.state == SENT), key=lambda one: one.number)


__all__ = [
    "Checked",
    "Faulty",
    "accept",
    "check",
    "give_back",
    "queue",
    "save_draft",
    "send",
    "sent_file",
    "visible",
]
