"""People, their links and their sessions. Of a link and of a session the store knows the hash of the token alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from programme.desk import (
    ANONYMOUS,
    Act,
    Desk,
    NoAccess,
    Receipt,
    Refused,
    Who,
    console,
    perform,
    present_person,
    record_refusal,
    refuse_closed,
    sentence_of,
    standing,
)
from programme.events import Event
from programme.state import COORDINATOR, OFFICER, READER, REFERENCE, ROLES, Invite, Person, State
from programme.store import Writing

LOCAL = "http://127.0.0.1:8501"
# Days that a link waits for its person.
INVITE_DAYS, MOST_INVITE_DAYS = 14, 60
# Days that a session lasts: an officer's from one bimonthly meeting to the next, those of whoever sees more less.
SESSION_DAYS: Mapping[str, int] = {COORDINATOR: 7, REFERENCE: 30, OFFICER: 70, READER: 7}
_EMAIL = re.compile(r"[^@\s,;<>\"']{1,64}@[^@\s,;<>\"']+\.[^@\s,;<>\"'.]{2,}")
NO_LINK = (
    "Sem acesso. Este link não vale: já foi usado, venceu ou foi cancelado. "
    "Peça outro à coordenação do programa."
)
NOT_INVITED = (
    "Sem acesso. Ninguém foi convidado com o e-mail desta conta. Peça um convite à coordenação do programa, ou entre "
    "com a conta do e-mail do convite."
)
NOT_VERIFIED = (
    "Sem acesso. Quem guarda esta conta não confirma que o e-mail dela foi verificado. Verifique o e-mail na conta, ou "
    "entre pelo link que a coordenação do programa faz."
)


@dataclass(frozen=True)
class Invited:
    """A link just made. `link` holds the token, which is nowhere else: it is shown once, to be handed on."""

    receipt: Receipt
    invite: str
    person: str
    link: str
    token: str
    expires: dt.datetime


@dataclass(frozen=True)
class Opened:
    """A session just opened; `token` goes into the reader's cookie and nowhere else."""

    token: str
    who: Who
    person: Person
    expires: dt.datetime


def hash_of(token: str) -> str:
    """What the store keeps in a token's place. Tokens are 256 random bits, so that no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    desk: Desk,
    who: Who,
    *,
    role: str,
    name: str,
    email: str | None = None,
    municipalities: Sequence[str] = (),
    days: int = INVITE_DAYS,
    once: str | None = None,
) -> Invited:
    """Make a link for a person, who is added where nobody active has that e-mail.

    Without an `address` in farol.toml the link is for this machine alone. The token stands after `#`, which no
    browser sends to a server: it is in no log and no Referer. Raises Refused, NoAccess.
    """
    given = _facts(desk, role, name, email, municipalities)
    if not 1 <= days <= MOST_INVITE_DAYS:
        raise Refused(f"O link vale de 1 a {MOST_INVITE_DAYS} dias.")
    token, key = secrets.token_urlsafe(32), secrets.token_hex(6)
    made: dict[str, Any] = {}

    def action(act: Act) -> Event:
        person = _person_for(act, given)
        expires = act.write.moment + dt.timedelta(days=days)
        made.update(person=person, expires=expires)
        after = {
            "person": person,
            "token_hash": hash_of(token),
            "expires": expires.isoformat(),
            "local": not desk.config.programme.address,
        }
        return act.add("invite.made", f"invite:{key}", after, municipality=_one(given["municipalities"]))

    receipt = perform(desk, who, [COORDINATOR], "convidar", action, once)
    if not made:
        raise Refused("Este convite já foi feito. Para ter outro link, faça outro convite.")
    base = desk.config.programme.address.rstrip("/") or LOCAL
    return Invited(receipt, key, made["person"], f"{base}/entrar#{token}", token, made["expires"])


def _facts(
    desk: Desk, role: str, name: str, email: str | None, municipalities: Sequence[str]
) -> dict[str, Any]:
    """A person's facts, checked; as an event holds them."""
    faults = []
    if role not in ROLES:
        faults.append(f"O papel '{role}' não existe. Use: {', '.join(ROLES)}.")
    unknown = [code for code in municipalities if code not in desk.municipalities]
    if unknown:
        faults.append(f"'{unknown[0]}' não é o código de um município deste território.")
    if role == OFFICER and len(municipalities) != 1:
        faults.append("O responsável no município tem um município, e só um.")
    elif role == REFERENCE and not municipalities:
        faults.append("A pessoa de referência tem ao menos um município.")
    elif role in (COORDINATOR, READER) and municipalities:
        faults.append(f"O papel {ROLES[role]} não leva município.")
    if email is not None and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        faults.append(f"'{email[:60]}' não é um endereço de e-mail. Confira a escrita.")
    try:
        name = sentence_of(name, "Nome", least=2, most=80)
    except Refused as error:
        faults += error.faults
    if faults:
        raise Refused(*faults)
    return {
        "name": name,
        "email": email.lower() if email else None,
        "role": role,
        "municipalities": sorted(set(municipalities)),
    }


def _one(codes: Sequence[str]) -> str | None:
    return codes[0] if len(codes) == 1 else None


def _person_for(act: Act, given: Mapping[str, Any]) -> str:
    """The id of whoever a link is for: who has that e-mail, or somebody new."""
    known = by_email(act.state, given["email"])
    if known is None:
        person = f"p{secrets.token_hex(5)}"
        act.add("person.added", f"person:{person}", given, municipality=_one(given["municipalities"]))
        return person
    before = facts_of(known)
    if before != given:
        _keep_a_coordinator(act, known, given["role"])
        act.add(
            "person.changed", f"person:{known.person}", given, before=before,
            municipality=_one(given["municipalities"]),
        )  # fmt: skip
    return known.person


def facts_of(person: Person) -> dict[str, Any]:
    """A person's facts as an event holds them."""
    return {
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "municipalities": list(person.municipalities),
    }


def by_email(state: State, email: str | None) -> Person | None:
    """The active person with an e-mail, however its letters are."""
    if email is None:
        return None
    return next(
        (one for one in state.people.values() if one.active and one.email == email.strip().lower()), None
    )


def exchange(desk: Desk, token: str, address: str) -> Opened:
    """Exchange a link's token for a session, once; `address`: the network address it comes from.

    Whoever stands behind a proxy hands over the reader's address, not the proxy's. Raises NoAccess.
    """
    visitor = Who(ANONYMOUS, "", address)
    try:
        with desk.store.writing() as write:
            refuse_closed(desk, write.state, address, write.moment)
            found = next(
                (one for one in write.state.invites.values() if one.token_hash == hash_of(token)), None
            )
            if found is None or not _holds(write.state, found, write.moment, address):
                raise NoAccess(NO_LINK)
            write.add(found.person, "invite.used", f"invite:{found.invite}", {})
            return _open(write, found.person, address, "convite")
    except NoAccess as error:
        if error.counted:
            record_refusal(desk, visitor, "usar um link")
        raise


def _holds(state: State, found: Invite, moment: dt.datetime, address: str) -> bool:
    fresh = found.used is None and found.revoked is None and found.expires > moment
    return fresh and state.people[found.person].active and (not found.local or _is_loopback(address))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def enter(desk: Desk, email: str | None, address: str) -> Opened:
    """Open a session for who logged in elsewhere (OIDC).

    The caller vouches that the e-mail was verified there, and gives None where it was not. Raises NoAccess for None
    and for an e-mail that nobody active has; of the e-mail nothing is written.
    """
    try:
        with desk.store.writing() as write:
            refuse_closed(desk, write.state, address, write.moment)
            person = by_email(write.state, email)
            if person is None:
                raise NoAccess(NOT_VERIFIED if email is None else NOT_INVITED)
            return _open(write, person.person, address, "oidc")
    except NoAccess as error:
        if error.counted:
            record_refusal(desk, Who(ANONYMOUS, "", address), "entrar por uma conta")
        raise


def _open(write: Writing, person: str, address: str, way: str) -> Opened:
    token = secrets.token_urlsafe(32)
    found = write.state.people[person]
    expires = write.moment + dt.timedelta(days=SESSION_DAYS[found.role])
    after = {"person": person, "expires": expires.isoformat(), "way": way}
    write.add(person, "session.opened", f"session:{hash_of(token)}", after)
    return Opened(token, Who(person, hash_of(token), address), found, expires)


def present(desk: Desk, token: str, address: str) -> Who:
    """Who a session's token stands for; raises NoAccess for one that is unknown, ended or expired."""
    state = desk.store.state()
    session = state.sessions.get(hash_of(token))
    who = Who(session.person if session else ANONYMOUS, hash_of(token), address)
    if session is not None and not state.people[session.person].active:
        # Their browser goes on sending it, and a whole town hall may share its address.
        raise NoAccess("Sem acesso. O seu acesso foi encerrado: fale com a coordenação.", counted=False)
    try:
        standing(desk, state, who, desk.clock())
    except NoAccess as error:
        if error.counted:
            record_refusal(desk, who, "abrir uma sessão")
        raise
    return who


def leave(desk: Desk, who: Who) -> Receipt:
    """End one's own session."""

    def action(act: Act) -> Event:
        return act.add("session.ended", f"session:{who.session}", {})

    return perform(desk, who, list(ROLES), "sair", action)


def change(
    desk: Desk,
    who: Who,
    person: str,
    *,
    role: str,
    name: str,
    email: str | None,
    municipalities: Sequence[str],
) -> Receipt:
    """Change a person's name, e-mail, role or municipalities; open sessions go on with the new ones."""
    given = _facts(desk, role, name, email, municipalities)

    def action(act: Act) -> Event:
        found = act.state.people.get(person)
        if found is None or not found.active:
            raise NoAccess
        other = by_email(act.state, given["email"])
        if other is not None and other.person != person:
            raise Refused("Este e-mail já é de outra pessoa. Use outro.")
        _keep_a_coordinator(act, found, given["role"])
        return act.add(
            "person.changed", f"person:{person}", given, before=facts_of(found),
            municipality=_one(given["municipalities"]),
        )  # fmt: skip

    return perform(desk, who, [COORDINATOR], "mudar uma pessoa", action)


def end(desk: Desk, who: Who, person: str) -> Receipt:
    """Take away a person's access: sessions and links end with it; what they wrote stays theirs."""

    def action(act: Act) -> Event:
        found = act.state.people.get(person)
        if found is None or not found.active:
            raise NoAccess
        _keep_a_coordinator(act, found, None)
        return act.add(
            "person.ended", f"person:{person}", {}, before=facts_of(found),
            municipality=_one(found.municipalities),
        )  # fmt: skip

    return perform(desk, who, [COORDINATOR], "encerrar um acesso", action)


def _keep_a_coordinator(act: Act, found: Person, role: str | None) -> None:
    """On the screens nobody takes away their own coordination: it might be the last; the console may."""
    if act.person.person == found.person and found.role == COORDINATOR and role != COORDINATOR:
        raise Refused("Ninguém tira a própria coordenação. Peça a outra pessoa da coordenação.")


def revoke(desk: Desk, who: Who, invite_id: str) -> Receipt:
    """Take back a link that was not used yet."""

    def action(act: Act) -> Event:
        found = act.state.invites.get(invite_id)
        if found is None:
            raise NoAccess
        if found.used is not None or found.revoked is not None:
            raise Refused("Este link já foi usado ou cancelado. Para tirar o acesso, encerre o da pessoa.")
        return act.add("invite.revoked", f"invite:{invite_id}", {})

    return perform(desk, who, [COORDINATOR], "cancelar um link", action)


def people(desk: Desk, who: Who) -> list[Person]:
    """Those who write, by name: all of them for coordinators, those of one's own municipalities for the others."""
    state, person = present_person(desk, who)
    if person.role == READER:
        return []
    mine = set(person.municipalities)
    found = [
        one
        for one in state.people.values()
        if person.role == COORDINATOR or one.person == person.person or mine & set(one.municipalities)
    ]
    return sorted(found, key=lambda one: (one.name, one.person))


def audit(desk: Desk, who: Who, newest: int = 200) -> list[Event]:
    """What happened to accesses lately: links, sessions, refusals, closed addresses. For coordinators."""
    _, person = present_person(desk, who)
    if person.role != COORDINATOR:
        record_refusal(desk, who, "auditoria")
        raise NoAccess
    kinds = [
        "person.added", "person.changed", "person.ended", "invite.made", "invite.used", "invite.revoked",
        "session.opened", "session.ended", "access.refused", "access.closed",
    ]  # fmt: skip
    return desk.store.events(kinds=kinds, newest=newest)


def has_coordinator(desk: Desk) -> bool:
    """Whether anybody can let others in by now."""
    return any(one.active and one.role == COORDINATOR for one in desk.store.state().people.values())


__all__ = [
    "INVITE_DAYS", "LOCAL", "SESSION_DAYS", "Invited", "Opened", "audit", "by_email", "change", "console", "end",
    "enter", "exchange", "has_coordinator", "invite", "leave", "people", "present", "revoke",
]  # fmt: skip
