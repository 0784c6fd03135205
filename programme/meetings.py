"""Meetings, what they decide, what the state asks of municipalities, what it tells them, and what is due."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.verdicts import deliverable_state
from programme.content import current, deliverables_of
from programme.desk import (
    Act,
    Desk,
    NoAccess,
    Receipt,
    Refused,
    Who,
    perform,
    present_person,
    reaches,
    sentence_of,
)
from programme.events import Event
from programme.plans import REVIEWERS, WRITERS
from programme.state import (
    ACCEPTED,
    CALLED,
    CLOSED,
    COORDINATOR,
    DONE,
    DROPPED,
    HELD,
    OFFICER,
    OPEN,
    READER,
    RETURNED,
    SENT,
    Change,
    Decision,
    Meeting,
    Person,
    Plan,
    Progress,
    Request,
    State,
)

# Letters of the minutes of a meeting.
MOST_MINUTES = 5000
# Days: what is due within is told; a plan of which nobody told anything for longer is silent.
AHEAD, SILENT = 15, 60


def _new(kind: str) -> str:
    return f"{kind}:{secrets.token_hex(5)}"


def _codes(act: Act, municipalities: Sequence[str]) -> list[str]:
    """Municipalities in reach; none stands for all of them, which only the coordination may name."""
    unknown = [code for code in municipalities if code not in act.desk.municipalities]
    if unknown:
        raise Refused(f"'{unknown[0][:20]}' não é o código de um município deste território.")
    _reach_all(act, municipalities)
    return sorted(set(municipalities))


def _reach_all(act: Act, municipalities: Sequence[str]) -> None:
    if not municipalities:
        act.reach(None)
    for code in municipalities:
        act.reach(code)


def _single(codes: Sequence[str]) -> str | None:
    return codes[0] if len(codes) == 1 else None


def call(
    desk: Desk,
    who: Who,
    title: str,
    date: dt.date,
    municipalities: Sequence[str] = (),
    once: str | None = None,
) -> Receipt:
    """Call a meeting of some municipalities, or of all."""
    said = sentence_of(title, "Título", most=120)

    def action(act: Act) -> Event:
        codes = _codes(act, municipalities)
        after = {"title": said, "date": date.isoformat(), "municipalities": codes}
        return act.add("meeting.called", _new("meeting"), after, municipality=_single(codes))

    return perform(desk, who, REVIEWERS, "marcar uma reunião", action, once)


def hold(desk: Desk, who: Who, meeting: str, minutes: str = "", once: str | None = None) -> Receipt:
    """Close a meeting with its minutes; what had changed since the one before it is frozen with it."""
    said = _minutes(minutes)

    def action(act: Act) -> Event:
        found = _meeting(act, meeting)
        if found.state == HELD:
            raise Refused("Esta reunião já foi encerrada, e a ata não muda. Registre o que falta na próxima.")
        if found.date > desk.day:
            raise Refused(f"A reunião é em {found.date:%d/%m/%Y}, que ainda não chegou.")
        last = previous(act.state, found.municipalities, found)
        summary = since(act.state, last.held_at if last else None, found.municipalities)
        after = {"minutes": said, "summary": summary.held}
        return act.add(
            "meeting.held", f"meeting:{meeting}", after, before={"state": found.state},
            municipality=_single(found.municipalities),
        )  # fmt: skip

    return perform(desk, who, REVIEWERS, "encerrar uma reunião", action, once)


def _meeting(act: Act, meeting: str) -> Meeting:
    found = act.state.meetings.get(meeting)
    if found is None:
        raise NoAccess
    _reach_all(act, found.municipalities)
    return found


def previous(
    state: State, municipalities: Sequence[str] = (), before: Meeting | None = None
) -> Meeting | None:
    """The last meeting that was held, of all or of some of these municipalities; `before`: up to that one's day."""
    found = [
        one
        for one in state.meetings.values()
        if one.state == HELD
        and (before is None or one.date <= before.date)
        and (not one.municipalities or not municipalities or set(municipalities) & set(one.municipalities))
    ]
    return max(found, key=lambda one: (one.date, one.number), default=None)


def _minutes(text: str) -> str:
    """The minutes of a meeting, line by line; raises Refused."""
    lines = [sentence_of(line, "Ata", least=0, most=MOST_MINUTES) for line in text.splitlines()]
    said = "\n".join(lines).strip()
    if len(said) > MOST_MINUTES:
        raise Refused(f"Ata: tem mais de {MOST_MINUTES} letras. Encurte.")
    return said


def decide(
    desk: Desk,
    who: Who,
    text: str,
    owner: str,
    due: dt.date,
    *,
    meeting: str | None = None,
    municipality: str | None = None,
    about: str = "",
    once: str | None = None,
) -> Receipt:
    """Record something decided: what, who does it, until when; `about`: a deliverable or indicator, as a key of it."""
    after: dict[str, Any] = {
        "text": sentence_of(text, "Encaminhamento"),
        "owner": sentence_of(owner, "Responsável", most=120),
        "due": due.isoformat(),
        "meeting": meeting,
        "about": sentence_of(about, "Assunto", least=0, most=120),
    }

    def action(act: Act) -> Event:
        codes = _codes(act, [municipality] if municipality else [])
        if meeting is not None:
            _meeting(act, meeting)
        if due < desk.day:
            raise Refused(f"O prazo {due:%d/%m/%Y} já passou. Confira a data.")
        return act.add("decision.made", _new("decision"), after, municipality=_single(codes))

    return perform(desk, who, REVIEWERS, "registrar um encaminhamento", action, once)


def answer_decision(
    desk: Desk, who: Who, decision: str, state: str, text: str, once: str | None = None
) -> Receipt:
    """Say what became of a decision: done, or dropped, which only the state may say."""
    said = sentence_of(text, "Resposta")
    if state not in (DONE, DROPPED):
        raise ValueError(state)

    def action(act: Act) -> Event:
        found = act.state.decisions.get(decision)
        if found is None:
            raise NoAccess
        act.reach(found.municipality_code)
        if state == DROPPED and act.person.role == OFFICER:
            raise NoAccess
        if found.state != OPEN:
            raise Refused("Este encaminhamento já foi respondido.")
        return act.add(
            "decision.answered", f"decision:{decision}", {"state": state, "text": said},
            before={"state": found.state}, municipality=found.municipality_code,
        )  # fmt: skip

    return perform(desk, who, WRITERS, "responder um encaminhamento", action, once)


def ask(
    desk: Desk, who: Who, municipality: str, text: str, due: dt.date, about: str = "", once: str | None = None
) -> Receipt:
    """Ask a municipality for something that is missing, until a day."""
    after = {
        "text": sentence_of(text, "Pedido"),
        "due": due.isoformat(),
        "about": sentence_of(about, "Assunto", least=0, most=120),
    }

    def action(act: Act) -> Event:
        _codes(act, [municipality])
        if due < desk.day:
            raise Refused(f"O prazo {due:%d/%m/%Y} já passou. Confira a data.")
        return act.add("request.made", _new("request"), after, municipality=municipality)

    return perform(desk, who, REVIEWERS, "pedir complementação", action, once)


def _request(act: Act, request: str) -> Request:
    found = act.state.requests.get(request)
    if found is None:
        raise NoAccess
    act.reach(found.municipality_code)
    if found.state == CLOSED:
        raise Refused("Este pedido já foi encerrado.")
    return found


def answer(desk: Desk, who: Who, request: str, text: str, once: str | None = None) -> Receipt:
    """Answer what the state asked; more than one answer may follow until it is closed."""
    said = sentence_of(text, "Resposta", most=2000)

    def action(act: Act) -> Event:
        found = _request(act, request)
        return act.add(
            "request.answered", f"request:{request}", {"text": said}, before={"state": found.state},
            municipality=found.municipality_code,
        )  # fmt: skip

    return perform(desk, who, WRITERS, "responder um pedido", action, once)


def close(desk: Desk, who: Who, request: str, once: str | None = None) -> Receipt:
    """Close a request, answered or not."""

    def action(act: Act) -> Event:
        found = _request(act, request)
        return act.add(
            "request.closed", f"request:{request}", {}, before={"state": found.state},
            municipality=found.municipality_code,
        )  # fmt: skip

    return perform(desk, who, REVIEWERS, "encerrar um pedido", action, once)


def post(
    desk: Desk,
    who: Who,
    text: str,
    until: dt.date,
    municipalities: Sequence[str] = (),
    once: str | None = None,
) -> Receipt:
    """Tell some municipalities, or all, something that stays up until a day."""
    said = sentence_of(text, "Aviso")

    def action(act: Act) -> Event:
        codes = _codes(act, municipalities)
        if until < desk.day:
            raise Refused(f"O dia {until:%d/%m/%Y} já passou. Confira a data.")
        after = {"text": said, "municipalities": codes, "until": until.isoformat()}
        return act.add("notice.posted", _new("notice"), after, municipality=_single(codes))

    return perform(desk, who, [COORDINATOR], "escrever um aviso", action, once)


@dataclass(frozen=True)
class Notice:
    """Something that waits for a person: `kind` says what, `about` leads to it, `due` where it has a day.

    Kinds: posted, meeting, plan_sent, plan_returned, request, decision, overdue, due, silent.
    """

    kind: str
    municipality_code: str | None
    text: str
    about: str
    due: dt.date | None = None


def notices(desk: Desk, who: Who) -> list[Notice]:
    """What waits for a person today, what is late first; nothing is stored of it."""
    state, person = present_person(desk, who)
    if person.role == READER:
        return []
    key = ("notices", person.role, person.municipalities)
    return list(desk.kept(state, key, lambda: _notices(desk, state, person)))


def _notices(desk: Desk, state: State, person: Person) -> list[Notice]:
    day = desk.day
    found = [*_from_the_state(state, person, day), *_asked_and_decided(state, person, day)]
    for plan in state.plans.values():
        if not reaches(person, plan.municipality_code):
            continue
        if plan.state == SENT and person.role != OFFICER:
            found.append(
                Notice(
                    "plan_sent",
                    plan.municipality_code,
                    f"{plan.title}, versão {plan.version}: enviado, espera resposta.",
                    f"plan:{plan.plan}",
                )
            )
        if plan.state == RETURNED:
            found.append(
                Notice(
                    "plan_returned",
                    plan.municipality_code,
                    f"{plan.title}, versão {plan.version}: devolvido para ajustes.",
                    f"plan:{plan.plan}",
                )
            )
    for accepted in state.in_force.values():
        if reaches(person, accepted.municipality_code):
            found += _of_deliverables(desk, state, accepted, day)
    return sorted(found, key=lambda one: (one.due or dt.date.max, one.kind, one.about))


def _concerns(person: Person, municipalities: Sequence[str]) -> bool:
    return (
        not municipalities
        or person.role == COORDINATOR
        or bool(set(municipalities) & set(person.municipalities))
    )


def _from_the_state(state: State, person: Person, day: dt.date) -> list[Notice]:
    found = [
        Notice("posted", _single(one.municipalities), one.text, f"notice:{one.post}", one.until)
        for one in state.posts.values()
        if one.until >= day and _concerns(person, one.municipalities)
    ]
    found += [
        Notice(
            "meeting",
            _single(one.municipalities),
            f"Reunião em {one.date:%d/%m/%Y}: {one.title}",
            f"meeting:{one.meeting}",
            one.date,
        )
        for one in state.meetings.values()
        if one.state == CALLED and _concerns(person, one.municipalities)
    ]
    return found


def _asked_and_decided(state: State, person: Person, day: dt.date) -> list[Notice]:
    found = []
    for request in state.requests.values():
        if request.state != CLOSED and reaches(person, request.municipality_code):
            late = ", vencido" if request.due < day and request.state == OPEN else ""
            kind = "respondido" if request.state != OPEN else f"até {request.due:%d/%m/%Y}{late}"
            found.append(
                Notice(
                    "request",
                    request.municipality_code,
                    f"Pedido ({kind}): {request.text}",
                    f"request:{request.request}",
                    request.due,
                )
            )
    for decision in state.decisions.values():
        mine = decision.municipality_code is None or reaches(person, decision.municipality_code)
        if decision.state == OPEN and mine:
            late = ", vencido" if decision.due < day else ""
            text = f"Encaminhamento (até {decision.due:%d/%m/%Y}{late}): {decision.text}"
            found.append(
                Notice(
                    "decision",
                    decision.municipality_code,
                    text,
                    f"decision:{decision.decision}",
                    decision.due,
                )
            )
    return found


def _of_deliverables(desk: Desk, state: State, plan: Plan, day: dt.date) -> list[Notice]:
    """What is late, what is due soon, and a plan that nobody tells anything of; `plan`: the version in force."""
    name = plan.plan
    zone = desk.clock().tzinfo
    found, heard = [], [plan.accepted_at.astimezone(zone).date()] if plan.accepted_at else []
    unfinished = False
    for item in deliverables_of(plan.content):
        told = state.progress.get((name, item.deliverable_id), ())
        now = current(item, plan.version, told)
        stands = deliverable_state(now.status, now.due, now.updated_at, day)
        heard += [one.date for one in told] + ([item.updated_at] if item.updated_at else [])
        about = f"deliverable:{name}/{item.deliverable_id}"
        unfinished |= stands not in ("done", "cancelled", "suspended")
        if stands == "overdue":
            text = f"{item.deliverable_id}, {item.deliverable}: prazo em {now.due:%d/%m/%Y}, vencido."
            found.append(Notice("overdue", plan.municipality_code, text, about, now.due))
        elif stands in ("in_progress", "to_do", "never_updated") and now.due <= day + dt.timedelta(
            days=AHEAD
        ):
            text = f"{item.deliverable_id}, {item.deliverable}: prazo em {now.due:%d/%m/%Y}."
            found.append(Notice("due", plan.municipality_code, text, about, now.due))
    if unfinished and heard and (quiet := (day - max(heard)).days) > SILENT:
        text = f"{plan.title}: sem notícia há {quiet} dias."
        found.append(Notice("silent", plan.municipality_code, text, f"plan:{name}"))
    return found


@dataclass(frozen=True)
class Since:
    """What happened since a moment: versions accepted, changes of what was promised, progress, decisions and requests.

    `accepted`: plan, version, municipality and title of each. `done`: decisions ended since; `open`, `asked`: all that
    are open now.
    """

    moment: dt.datetime | None
    accepted: tuple[tuple[str, int, str, str], ...]
    changes: tuple[Change, ...]
    progress: tuple[Progress, ...]
    done: tuple[Decision, ...]
    open: tuple[Decision, ...]
    asked: tuple[Request, ...]

    @property
    def held(self) -> Mapping[str, Any]:
        """The same in plain JSON, to be frozen with a meeting."""
        return {
            "since": self.moment.isoformat() if self.moment else None,
            "accepted": [list(one) for one in self.accepted],
            "changes": [{"text": one.text, "reason": one.reason, "eased": one.eased} for one in self.changes],
            "progress": [
                {"plan": one.plan, "deliverable_id": one.deliverable_id, "status": one.status, "percent": one.percent,
                 "date": one.date.isoformat(), "sentence": one.sentence}
                for one in self.progress
            ],
            "done": [one.text for one in self.done],
            "open": [[one.text, one.owner, one.due.isoformat()] for one in self.open],
            "asked": [[one.municipality_code, one.text, one.due.isoformat(), one.state] for one in self.asked],
        }  # fmt: skip


def since(state: State, start: dt.datetime | None, municipalities: Sequence[str] = ()) -> Since:
    """What happened after a moment (None: ever), of some municipalities or of all; no drafts and nothing under review."""

    def within(code: str | None) -> bool:
        return not municipalities or code is None or code in municipalities

    def later(moment: dt.datetime | None) -> bool:
        return moment is not None and (start is None or moment > start)

    versions = [
        one for one in state.plans.values() if one.state == ACCEPTED and within(one.municipality_code)
    ]
    new = sorted((one for one in versions if later(one.accepted_at)), key=lambda one: one.number)
    owners = {one.plan: one.municipality_code for one in versions}
    told = [
        one
        for (plan, _), each in state.progress.items()
        if plan in owners
        for one in each
        if later(one.moment)
    ]
    decisions = [one for one in state.decisions.values() if within(one.municipality_code)]
    return Since(
        start,
        tuple((one.plan, one.version, one.municipality_code, one.title) for one in new),
        tuple(change for one in new for change in one.changes),
        tuple(sorted(told, key=lambda one: one.number)),
        tuple(one for one in decisions if one.state == DONE and later(one.answered_at)),
        tuple(sorted((one for one in decisions if one.state == OPEN), key=lambda one: one.due)),
        tuple(
            one for one in state.requests.values() if one.state != CLOSED and within(one.municipality_code)
        ),
    )


def since_last(desk: Desk, who: Who) -> Since:
    """What happened since the last meeting held, of the municipalities that a person may look at."""
    state, person = present_person(desk, who)
    mine = () if person.role == COORDINATOR else person.municipalities or ("",)

    def found() -> Since:
        last = previous(state, mine)
        return since(state, last.held_at if last else None, mine)

    return desk.kept(state, ("since", mine), found)


__all__ = [
    "Notice",
    "Since",
    "answer",
    "answer_decision",
    "ask",
    "call",
    "close",
    "decide",
    "hold",
    "notices",
    "post",
    "previous",
    "since",
    "since_last",
]
