"""The present state, derived from the events alone: people, sessions, plans, progress, meetings, requests.

A state is never changed: `advanced` gives the one after some more events. Nothing here reads a file or a clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from programme.events import ROOT_HASH, Event

COORDINATOR, REFERENCE, OFFICER, READER = "coordinator", "reference", "officer", "reader"
ROLES: Mapping[str, str] = {
    COORDINATOR: "Coordenação estadual",
    REFERENCE: "Pessoa de referência",
    OFFICER: "Responsável no município",
    READER: "Leitura",
}
DRAFT, SENT, RETURNED, ACCEPTED = "draft", "sent", "returned", "accepted"
PLAN_STATES: Mapping[str, str] = {
    DRAFT: "rascunho",
    SENT: "enviado",
    RETURNED: "devolvido",
    ACCEPTED: "aceito",
}
# So many refusals within an hour close an address for an hour.
MOST_REFUSALS = 10
CALLED, HELD = "called", "held"
OPEN, DONE, DROPPED, ANSWERED, CLOSED = "open", "done", "dropped", "answered", "closed"
DECISION_STATES: Mapping[str, str] = {OPEN: "em aberto", DONE: "cumprido", DROPPED: "retirado"}
REQUEST_STATES: Mapping[str, str] = {OPEN: "em aberto", ANSWERED: "respondido", CLOSED: "encerrado"}


@dataclass(frozen=True)
class Person:
    """Somebody who writes; `email` is None for whoever comes by link alone. `municipalities`: codes, of a reference
    person several, of an officer one, empty for the others."""

    person: str
    name: str
    email: str | None
    role: str
    municipalities: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True)
class Invite:
    """A link that somebody may exchange once for a session; `local`: from the server's own machine alone."""

    invite: str
    person: str
    token_hash: str
    made: dt.datetime
    expires: dt.datetime
    local: bool
    used: dt.datetime | None = None
    revoked: dt.datetime | None = None


@dataclass(frozen=True)
class Session:
    """A session that was opened, by link (`invite`) or by a login (`oidc`)."""

    token_hash: str
    person: str
    opened: dt.datetime
    expires: dt.datetime
    way: str
    ended: dt.datetime | None = None


@dataclass(frozen=True)
class Line:
    """A reason why a plan was returned: where in its file, and what to mend."""

    sheet: str | None
    row: int | None
    text: str


@dataclass(frozen=True)
class Change:
    """What a version changes of the accepted one before it: `40% → 25%`, and why.

    `key`: what the reason is given by (`alfabetizacao/target_value`). `eased`: whether less is promised, or later;
    None where that cannot be said.
    """

    key: str
    indicator: str
    deliverable_id: str | None
    what: str
    before: str
    after: str
    eased: bool | None
    reason: str = ""
    version: int = 0
    moment: dt.datetime | None = None
    actor: str = ""

    @property
    def text(self) -> str:
        """The change as one line: `Meta de 2028: 40% → 25%`."""
        return f"{self.what}: {self.before} → {self.after}"


@dataclass(frozen=True)
class Plan:
    """One version of a municipality's plan, in the store.

    `content`: what was read of the file, as `plans.content_of` writes it. `file`: sha256 of the file as it was sent.
    `state`: draft, sent, returned or accepted. `number`: of the last event on it.
    """

    plan: str
    version: int
    municipality_code: str
    title: str
    state: str
    content: Mapping[str, Any]
    file: str
    file_name: str
    number: int
    moment: dt.datetime
    drafted_by: str
    sent_by: str | None = None
    sent_at: dt.datetime | None = None
    base: int = 0
    changes: tuple[Change, ...] = ()
    lines: tuple[Line, ...] = ()
    note: str = ""
    accepted_at: dt.datetime | None = None


@dataclass(frozen=True)
class Evidence:
    """What proves a progress: a file kept by its sha256, or an address."""

    kind: str
    name: str = ""
    sha256: str = ""
    size: int = 0
    address: str = ""


@dataclass(frozen=True)
class Progress:
    """How a deliverable stood on a date, as somebody told it; `version`: of the plan then accepted."""

    number: int
    moment: dt.datetime
    actor: str
    plan: str
    version: int
    deliverable_id: str
    status: str
    percent: float | None
    date: dt.date
    sentence: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Meeting:
    """A meeting; `municipalities` empty for all of them. `summary`: what was on the table when it was held, frozen."""

    meeting: str
    title: str
    date: dt.date
    municipalities: tuple[str, ...]
    state: str
    number: int
    minutes: str = ""
    held_at: dt.datetime | None = None
    summary: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Decision:
    """Something decided: what, who does it, until when; `about`: a deliverable, an indicator, or nothing."""

    decision: str
    meeting: str | None
    municipality_code: str | None
    text: str
    owner: str
    due: dt.date
    about: str
    state: str
    number: int
    answer: str = ""
    answered_at: dt.datetime | None = None


@dataclass(frozen=True)
class Request:
    """Something that the state asks of a municipality, with its answers as (moment, actor, text)."""

    request: str
    municipality_code: str
    text: str
    due: dt.date
    about: str
    actor: str
    state: str
    number: int
    answers: tuple[tuple[dt.datetime, str, str], ...] = ()


@dataclass(frozen=True)
class Post:
    """A notice that the coordination wrote; `municipalities` empty for all, shown until a day."""

    post: str
    text: str
    municipalities: tuple[str, ...]
    until: dt.date
    moment: dt.datetime


@dataclass(frozen=True)
class State:
    """All that follows from the events up to `last`; what is derived from no event is not here."""

    last: int = 0
    hash: str = ROOT_HASH
    moment: dt.datetime | None = None
    people: Mapping[str, Person] = field(default_factory=dict)
    invites: Mapping[str, Invite] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    refusals: Mapping[str, tuple[dt.datetime, ...]] = field(default_factory=dict)
    closed: Mapping[str, dt.datetime] = field(default_factory=dict)
    plans: Mapping[tuple[str, int], Plan] = field(default_factory=dict)
    progress: Mapping[tuple[str, str], tuple[Progress, ...]] = field(default_factory=dict)
    meetings: Mapping[str, Meeting] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    once: Mapping[str, Event] = field(default_factory=dict)

    @cached_property
    def in_force(self) -> Mapping[str, Plan]:
        """The version of each plan that was accepted last, by the plan's id; progress is told of it."""
        every = sorted(self.plans.items())
        return {name: found for (name, _), found in every if found.state == ACCEPTED}

    def versions(self, plan: str) -> list[Plan]:
        """Every version of a plan, oldest first."""
        found = [one for (name, _), one in self.plans.items() if name == plan]
        return sorted(found, key=lambda one: one.version)

    def accepted(self, plan: str) -> Plan | None:
        """The version of a plan that was accepted last; None where none was."""
        return self.in_force.get(plan)

    def name_of(self, actor: str) -> str:
        """Who an event names: a person's name, or what stands for none."""
        if actor in self.people:
            return self.people[actor].name
        return "Console do servidor" if actor == "console" else "Não identificado"


class _Next:
    """A state on its way: the mappings that events touch are copied once, before their first change."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._copied: dict[str, dict[Any, Any]] = {}

    def table(self, name: str) -> dict[Any, Any]:
        """A mapping of the state, to change at will."""
        if name not in self._copied:
            self._copied[name] = dict(getattr(self.state, name))
        return self._copied[name]

    def change(self, table: str, key: Any, **values: Any) -> None:
        """Put another value of some fields in place of one thing."""
        held = self.table(table)
        held[key] = replace(held[key], **values)

    def ended(self, last: Event) -> State:
        """The state after the last event."""
        return replace(self.state, last=last.number, hash=last.hash, moment=last.moment, **self._copied)


def advanced(state: State, events: Iterable[Event]) -> State:
    """The state after some more events, which follow its own."""
    coming, last = _Next(state), None
    for event in events:
        if event.once is not None:
            coming.table("once")[event.once] = event
        if (rule := _RULES.get(event.kind)) is not None:
            rule(coming, event)
        last = event
    return state if last is None else coming.ended(last)


def _day(value: Any) -> dt.date:
    return dt.date.fromisoformat(value)


def _when(value: Any) -> dt.datetime:
    return dt.datetime.fromisoformat(value)


def _of(event: Event) -> str:
    """The id in an event's subject: `plan:educacao-2026` is educacao-2026."""
    return event.subject.partition(":")[2]


def _person(coming: _Next, event: Event) -> None:
    given = {**event.after, "municipalities": tuple(event.after["municipalities"])}
    coming.table("people")[_of(event)] = Person(person=_of(event), **given)


def _invited(coming: _Next, event: Event) -> None:
    given = event.after
    coming.table("invites")[_of(event)] = Invite(
        _of(event),
        given["person"],
        given["token_hash"],
        event.moment,
        _when(given["expires"]),
        given["local"],
    )


def _opened(coming: _Next, event: Event) -> None:
    given = event.after
    coming.table("sessions")[_of(event)] = Session(
        _of(event), given["person"], event.moment, _when(given["expires"]), given["way"]
    )


def _drafted(coming: _Next, event: Event) -> None:
    given = event.after
    coming.table("plans")[_of(event), given["version"]] = Plan(
        _of(event), given["version"], str(event.municipality_code), given["title"], DRAFT, given["content"],
        given["file"], given["file_name"], event.number, event.moment, event.actor,
    )  # fmt: skip


def _plan(coming: _Next, event: Event, **values: Any) -> None:
    key = (_of(event), event.after["version"])
    coming.change("plans", key, number=event.number, moment=event.moment, **values)


def _sent(coming: _Next, event: Event) -> None:
    version = event.after["version"]
    changes = tuple(
        Change(**given, version=version, moment=event.moment, actor=event.actor)
        for given in event.after["changes"]
    )
    _plan(
        coming, event, state=SENT, sent_by=event.actor, sent_at=event.moment, changes=changes, lines=(), note="",
        base=event.after["base"],
    )  # fmt: skip


def _reported(coming: _Next, event: Event) -> None:
    given = event.after
    told = Progress(
        event.number, event.moment, event.actor, given["plan"], given["version"], given["deliverable_id"],
        given["status"], given["percent"], _day(given["date"]), given["sentence"],
        tuple(Evidence(**each) for each in given["evidence"]),
    )  # fmt: skip
    held = coming.table("progress")
    key = (told.plan, told.deliverable_id)
    held[key] = (*held.get(key, ()), told)


def _called(coming: _Next, event: Event) -> None:
    given = event.after
    coming.table("meetings")[_of(event)] = Meeting(
        _of(event), given["title"], _day(given["date"]), tuple(given["municipalities"]), CALLED, event.number
    )


def _held(coming: _Next, event: Event) -> None:
    coming.change(
        "meetings", _of(event), state=HELD, number=event.number, minutes=event.after["minutes"], held_at=event.moment,
        summary=event.after["summary"],
    )  # fmt: skip


def _decided(coming: _Next, event: Event) -> None:
    given = {**event.after, "due": _day(event.after["due"])}
    coming.table("decisions")[_of(event)] = Decision(
        decision=_of(event),
        municipality_code=event.municipality_code,
        state=OPEN,
        number=event.number,
        **given,
    )


def _asked(coming: _Next, event: Event) -> None:
    given = {**event.after, "due": _day(event.after["due"])}
    coming.table("requests")[_of(event)] = Request(
        request=_of(event), municipality_code=str(event.municipality_code), actor=event.actor, state=OPEN,
        number=event.number, **given,
    )  # fmt: skip


def _answered(coming: _Next, event: Event) -> None:
    asked = coming.table("requests")[_of(event)]
    coming.change(
        "requests", _of(event), state=ANSWERED, number=event.number,
        answers=(*asked.answers, (event.moment, event.actor, event.after["text"])),
    )  # fmt: skip


def _posted(coming: _Next, event: Event) -> None:
    given = event.after
    coming.table("posts")[_of(event)] = Post(
        _of(event), given["text"], tuple(given["municipalities"]), _day(given["until"]), event.moment
    )


def _refused(coming: _Next, event: Event) -> None:
    held = coming.table("refusals")
    held[_of(event)] = (*held.get(_of(event), ()), event.moment)[-MOST_REFUSALS:]


def _closed(coming: _Next, event: Event) -> None:
    coming.table("closed")[_of(event)] = _when(event.after["until"])


# What each kind of event does to the state; of one that is not here only the log tells.
_RULES: Mapping[str, Callable[[_Next, Event], None]] = {
    "person.added": _person,
    "person.changed": _person,
    "person.ended": lambda coming, event: coming.change("people", _of(event), active=False),
    "invite.made": _invited,
    "invite.used": lambda coming, event: coming.change("invites", _of(event), used=event.moment),
    "invite.revoked": lambda coming, event: coming.change("invites", _of(event), revoked=event.moment),
    "session.opened": _opened,
    "session.ended": lambda coming, event: coming.change("sessions", _of(event), ended=event.moment),
    "access.refused": _refused,
    "access.closed": _closed,
    "plan.drafted": _drafted,
    "plan.sent": _sent,
    "plan.returned": lambda coming, event: _plan(
        coming, event, state=RETURNED, note=event.after["note"],
        lines=tuple(Line(**line) for line in event.after["lines"]),
    ),
    "plan.accepted": lambda coming, event: _plan(coming, event, state=ACCEPTED, accepted_at=event.moment),
    "progress.reported": _reported,
    "meeting.called": _called,
    "meeting.held": _held,
    "decision.made": _decided,
    "decision.answered": lambda coming, event: coming.change(
        "decisions", _of(event), state=event.after["state"], answer=event.after["text"], number=event.number,
        answered_at=event.moment
    ),
    "request.made": _asked,
    "request.answered": _answered,
    "request.closed": lambda coming, event: coming.change(
        "requests", _of(event), state=CLOSED, number=event.number
    ),
    "notice.posted": _posted,
}  # fmt: skip
KINDS = frozenset(_RULES)
