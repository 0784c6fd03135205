"""The desk: where everything that is written comes in, with who brings it, and a receipt goes out.

Whatever is written passes `perform`: it looks up, under the writers' lock, that the session still stands, that its
person's role may do this, and that the municipality is one of theirs; what is refused leaves a line in the audit.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pipelines import plan_files
from pipelines.declarations import Config, Indicator
from programme.events import Event, number_of_protocol
from programme.state import COORDINATOR, MOST_REFUSALS, Person, State
from programme.store import Store, Writing, address_of

T = TypeVar("T")

HOUR = dt.timedelta(hours=1)
CONSOLE, ANONYMOUS = "console", "anonymous"
NO_ACCESS = (
    "Sem acesso. Isto não está entre o que você pode ver ou mudar; se deveria, fale com a coordenação."
)
# Letters of a sentence that somebody writes.
MOST_LETTERS = 500


class NoAccess(Exception):
    """Whoever asks may not; the message says nothing of what is there. `counted`: whether it is a failure."""

    def __init__(self, text: str = NO_ACCESS, counted: bool = True) -> None:
        super().__init__(text)
        self.counted = counted


class Refused(Exception):
    """What was brought cannot be taken; `faults`: all that is wrong with it, a sentence in Portuguese each."""

    def __init__(self, *faults: str) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class Asked(Refused):
    """What was brought may be meant otherwise; the same with `sure=True` is taken as it is."""


@dataclass(frozen=True)
class Who:
    """Who brings something: a person in a session (by the hash of its token), from an address."""

    person: str
    session: str
    address: str = ""


def console() -> Who:
    """Whoever runs a command on the server itself; there is no session, and it may all that a coordinator may."""
    return Who(CONSOLE, "")


@dataclass(frozen=True)
class Receipt:
    """What is handed out for something taken: protocol number, hash and moment. `told`: what the sender should know."""

    protocol: str
    hash: str
    moment: dt.datetime
    kind: str
    subject: str
    number: int
    told: str = ""

    @property
    def text(self) -> str:
        """The receipt as one line; the hash by its first letters."""
        return f"Protocolo {self.protocol}, {self.moment:%d/%m/%Y às %H:%M}, resumo {self.hash[:12]}"


@dataclass
class Desk:
    """The store of one configuration and what plans may point at; `clock` gives this moment with its zone."""

    config: Config
    store: Store
    municipalities: Mapping[str, str]
    measures: Mapping[str, Indicator]
    clock: Callable[[], dt.datetime]
    _kept: tuple[int, dict[Hashable, Any]] = field(default_factory=lambda: (0, {}), init=False, repr=False)

    def kept(self, state: State, key: Hashable, make: Callable[[], T]) -> T:
        """What is made of a state's events, made once and kept until there is another event or another day.

        `key`: names what is made and says all that it depends on besides.
        """
        last, held = self._kept
        if last != state.last:
            # Whoever looks at an older state meanwhile makes their own: one of the two gives way.
            self._kept = last, held = state.last, {}
        whole = (self.day, key)
        if whole not in held:
            held[whole] = make()
        found: T = held[whole]
        return found

    @property
    def folder(self) -> Path:
        """Where the programme keeps files: plans as the build reads them, and what people sent."""
        return self.config.data / "programme"

    @property
    def day(self) -> dt.date:
        """The date in the territory."""
        return self.clock().date()

    @cached_property
    def _key(self) -> bytes:
        return _key_of(self.config.data / "programme.key")

    def mark_of(self, address: str) -> str:
        """What the audit says in place of a network address: the same for the same one, and not the address."""
        try:
            found = ipaddress.ip_address(address)
            if found.version == 6:
                # A household or an office has a whole /64 to itself.
                found = ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False).network_address
            address = str(found)
        except ValueError:
            address = "unknown"
        return hmac.new(self._key, address.encode(), hashlib.sha256).hexdigest()[:16]

    def receipt_of(self, event: Event, told: str = "") -> Receipt:
        """The receipt of an event, in the territory's time."""
        moment = event.moment.astimezone(self.clock().tzinfo)
        return Receipt(event.protocol, event.hash, moment, event.kind, event.subject, event.number, told)

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()


def open_desk(config: Config) -> Desk:
    """The desk of a configuration; makes or migrates its store. Raises StoreError."""
    municipalities, measures = plan_files.template_lists(config)
    return Desk(config, Store(address_of(config), config.now), municipalities, measures, config.now)


def _key_of(path: Path) -> bytes:
    """The installation's own key, made once; it is in no export and no backup."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    if not path.exists():
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            # Of two that start at once the first makes the key of both.
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return path.read_bytes()


@dataclass
class Act:
    """Something being done by a person: what is added bears their name."""

    desk: Desk
    write: Writing
    person: Person
    once: str | None = None
    told: list[str] = field(default_factory=list)

    @property
    def state(self) -> State:
        """The state, with what this act added so far."""
        return self.write.state

    def reach(self, municipality: str | None) -> None:
        """Raise NoAccess where a municipality is not one of the person's."""
        if not reaches(self.person, municipality):
            raise NoAccess

    def add(
        self,
        kind: str,
        subject: str,
        after: Mapping[str, Any],
        *,
        before: Mapping[str, Any] | None = None,
        municipality: str | None = None,
    ) -> Event:
        """Append an event; the first of an act carries the sender's mark."""
        once, self.once = self.once, None
        return self.write.add(
            self.person.person, kind, subject, after, before=before, municipality=municipality, once=once
        )


def reaches(person: Person, municipality: str | None) -> bool:
    """Whether a municipality is one of a person's; None: what is of all of them."""
    return person.role == COORDINATOR or (municipality is not None and municipality in person.municipalities)


def standing(desk: Desk, state: State, who: Who, moment: dt.datetime) -> Person:
    """The person behind a session that stands; raises NoAccess for one that ended, was taken away or never was."""
    if who == console():
        return Person(CONSOLE, "Console do servidor", None, COORDINATOR)
    refuse_closed(desk, state, who.address, moment)
    session, person = state.sessions.get(who.session), state.people.get(who.person)
    if session is None or person is None or session.person != who.person or not person.active:
        raise NoAccess
    if session.ended is not None or session.expires <= moment:
        raise NoAccess("Sem acesso. A sessão terminou: entre de novo, ou peça outro link.", counted=False)
    return person


def refuse_closed(desk: Desk, state: State, address: str, moment: dt.datetime) -> None:
    """Raise NoAccess for an address that is closed for now."""
    until = state.closed.get(desk.mark_of(address))
    if until is not None and until > moment:
        local = until.astimezone(desk.clock().tzinfo)
        raise NoAccess(
            f"Sem acesso. Houve tentativas demais desta rede; tente de novo depois das {local:%H:%M}.",
            counted=False,
        )


def perform(
    desk: Desk,
    who: Who,
    roles: Sequence[str],
    what: str,
    action: Callable[[Act], Event],
    once: str | None = None,
) -> Receipt:
    """Do something in the name of who brings it, whole or not at all, and hand out the receipt.

    `roles`: who may. `what`: for the audit. `once`: the sender's own mark of this sending: brought twice (a double
    tap, a page sent again after a failure) it is done once, and both get the same receipt. Raises NoAccess, which
    leaves a line in the audit, Refused, and StoreError.
    """
    try:
        with desk.store.writing() as write:
            person = standing(desk, write.state, who, write.moment)
            if person.role not in roles:
                raise NoAccess
            mark = None if once is None else f"{person.person}:{_mark(once)}"
            if mark is not None and (known := write.state.once.get(mark)) is not None:
                return desk.receipt_of(known, "Este envio já tinha sido recebido; o protocolo é o mesmo.")
            act = Act(desk, write, person, mark)
            event = action(act)
    except NoAccess as error:
        if error.counted:
            record_refusal(desk, who, what)
        raise
    return desk.receipt_of(event, " ".join(act.told))


def _mark(once: str) -> str:
    if not re.fullmatch(r"[\w-]{8,64}", once, re.ASCII):
        raise ValueError("a sender's mark is 8 to 64 letters, digits, - or _")
    return once


def record_refusal(desk: Desk, who: Who, what: str) -> None:
    """Leave a line in the audit; the tenth within an hour closes the address for an hour."""
    subject = f"address:{desk.mark_of(who.address)}"
    with desk.store.writing() as write:
        actor = who.person if who.person in write.state.people else ANONYMOUS
        write.add(actor, "access.refused", subject, {"what": what})
        mark = subject.partition(":")[2]
        since = max(write.moment - HOUR, write.state.closed.get(mark, write.moment - HOUR))
        recent = [moment for moment in write.state.refusals[mark] if moment > since]
        if len(recent) >= MOST_REFUSALS:
            until = (write.moment + HOUR).isoformat()
            write.add(actor, "access.closed", subject, {"until": until})


def present_person(desk: Desk, who: Who) -> tuple[State, Person]:
    """The state and the person who looks at it; raises NoAccess where their session does not stand."""
    state = desk.store.state()
    return state, standing(desk, state, who, desk.clock())


def reading(desk: Desk, who: Who, municipality: str | None, what: str) -> tuple[State, Person]:
    """The same for something of one municipality; what is refused leaves a line in the audit."""
    try:
        state, person = present_person(desk, who)
        if not reaches(person, municipality):
            raise NoAccess
    except NoAccess as error:
        if error.counted:
            record_refusal(desk, who, what)
        raise
    return state, person


def receipt(desk: Desk, who: Who, protocol: str) -> Receipt:
    """The receipt of a protocol number, for those whose municipality it is of, and for whoever wrote it.

    Raises Refused for what is no protocol number, which is a slip and no attempt; NoAccess for others'.
    """
    number = number_of_protocol(protocol)
    if number is None:
        raise Refused("Não é um número de protocolo: confira os algarismos, como em 2026-000123-38.")
    found = desk.store.event(number)
    _, person = present_person(desk, who)
    if found is None or not (found.actor == person.person or reaches(person, found.municipality_code)):
        record_refusal(desk, who, "recibo")
        raise NoAccess
    return desk.receipt_of(found)


def sentence_of(text: str, what: str, least: int = 3, most: int = MOST_LETTERS) -> str:
    """A text that somebody wrote, on one line; raises Refused where it is too short, too long or cannot be kept."""
    said = plan_files.Cell(text).text
    if plan_files.unfit(text):
        raise Refused(
            f"{what}: há um caractere que não pode ser guardado. Apague o texto e digite-o de novo."
        )
    if len(said) < least:
        raise Refused(f"{what}: está em branco. Escreva uma frase.")
    if len(said) > most:
        raise Refused(f"{what}: tem mais de {most} letras. Encurte.")
    if said.startswith(("=", "@")) and len(said) > 1:
        # In the plan's CSV it would be one, and the whole plan could not be read.
        raise Refused(f"{what}: '{said[:20]}' começa como uma fórmula. Escreva a frase com palavras.")
    return said
