"""The programme's desk of this process, and who stands before it: by the cookie that a link was exchanged for.

A session's token is in the reader's cookie alone: neither the choice nor a link, a file or a log ever holds it.
"""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import streamlit as st

from dashboard import words
from dashboard.screens import accounts, messages
from dashboard.screens.installation import config
from dashboard.screens.session import choice
from dashboard.screens.texts import folded, note, points, sentence
from dashboard.shelf import HEAP
from dashboard.words import slug
from pipelines.declarations import Config, DeclarationError
from programme import (
    Asked,
    Desk,
    NoAccess,
    Receipt,
    Refused,
    StoreError,
    Who,
    access,
    appearing,
    exists,
    open_desk,
    receipt,
)
from programme.events import Event
from programme.state import COORDINATOR, READER, ROLES, Person, State

COOKIE = "farol_sessao"
LOOPBACK = "127.0.0.1"
ENTRANCE = "entrar"
READ_ONLY = (
    "Este painel é de leitura aberta. Para enviar planos e andamento é preciso um link pessoal, que a coordenação "
    "do programa faz. Quem recebeu um link entra por ele; quem perdeu o seu pede outro à coordenação."
)

T = TypeVar("T")

_desks: dict[tuple[Path, int], Desk] = {}
_newest: dict[Path, int] = {}
_turn = threading.Lock()


def desk_of(present: Config) -> Desk | None:
    """The desk of a configuration, opened once for this process; None where no store was ever made. Raises StoreError."""
    if not exists(present):
        return None
    key = (present.file, present.file.stat().st_mtime_ns)
    with _turn:
        found = _desks.get(key)
        if found is None:
            # One configuration at a time: a changed farol.toml may name another store.
            for old in _desks.values():
                old.close()
            _desks.clear()
            found = _desks[key] = open_desk(present)
    return found


@dataclass(frozen=True)
class Visit:
    """A person before the desk, in a session that stands."""

    desk: Desk
    who: Who
    person: Person
    state: State

    def kept(self, name: Hashable, make: Callable[[], T]) -> T:
        """What a page makes of the events, once for everybody of this role and these municipalities."""
        return self.desk.kept(self.state, (name, self.person.role, self.person.municipalities), make)

    @property
    def places(self) -> list[str]:
        """Codes of the municipalities that the person reaches, by name."""
        names = self.desk.municipalities
        every = names if self.person.role == COORDINATOR else self.person.municipalities

        def found() -> list[str]:
            return sorted((code for code in every if code in names), key=lambda code: slug(names[code]))

        return self.kept("places", found)

    def of(self, code: str | None, text: str) -> str:
        """A line with whose it is, where the person reaches several municipalities and it is of one."""
        return text if code is None or len(self.places) == 1 else f"{self.name_of(code)}: {text}"

    def day_of(self, moment: dt.datetime) -> str:
        """The date of a moment in the territory, in words."""
        return words.date(moment.astimezone(self.desk.clock().tzinfo).date())

    def name_of(self, code: str | None) -> str:
        """A municipality's name; of None, that it is of all of them."""
        return "Todos os municípios" if code is None else self.desk.municipalities.get(code, code)


def token() -> str:
    """The session's token in the reader's cookie; empty where there is none."""
    return str(st.context.cookies.get(COOKIE, ""))


def visit(*roles: str) -> Visit | None:
    """Who looks at a page of the programme; None, said in words, for whoever has no session or another role.

    A token that was refused is not tried again in this session of the browser: one visit is one line in the audit.
    """
    given = token()
    try:
        desk = desk_of(config())
        if desk is None or not given:
            sentence(READ_ONLY)
            if desk is None:
                note(
                    "Quem mantém o painel faz o primeiro link com: python -m programme invite (veja o manual)."
                )
            else:
                accounts.doors()
            return None
        held = st.session_state.get("programa-recusado")
        if held is not None and held[0] == given:
            raise NoAccess(held[1], counted=False)
        try:
            who = access.present(desk, given, st.context.ip_address or LOOPBACK)
        except NoAccess as error:
            st.session_state["programa-recusado"] = (given, str(error))
            raise
        state = desk.store.state()
        person = state.people[who.person]
    except (NoAccess, StoreError, DeclarationError) as error:
        messages.told(str(error))
        sentence(READ_ONLY)
        accounts.doors()
        return None
    if _newest.get(desk.config.file) != state.last:
        # What follows from the events stays, most of it as long as the process does.
        _newest[desk.config.file] = state.last
        HEAP.grown()
    found = Visit(desk, who, person, state)
    _who(found)
    receipt_shown()
    if person.role == READER or (roles and person.role not in roles):
        there = "" if person.role == READER else ": use Enviar plano, Atualizar entrega ou Avisos e pessoas"
        messages.told(f"Esta tela não é do seu papel ({ROLES[person.role]}){there}.")
        return None
    return found


def _who(found: Visit) -> None:
    """Who is in, and the way out, which asks once more: a link that was used opens no second session."""
    person = found.person
    where = ", ".join(found.name_of(code) for code in person.municipalities[:3])
    more = f" e mais {words.number(len(person.municipalities) - 3)}" if len(person.municipalities) > 3 else ""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        note(f"{person.name} · {ROLES[person.role]}" + (f" · {where}{more}" if where else ""))
        opened = st.popover("Sair", key="sair", on_change="rerun")
    if not opened.open:
        return
    way = found.state.sessions[found.who.session].way
    back = "entre de novo com a sua conta" if way == "oidc" else "peça outro link à coordenação"
    with opened:
        note(f"Encerra a sessão neste aparelho. Para voltar, {back}.")
        ends = st.button("Encerrar a sessão", key="encerrar-sessao")
    if ends:
        # Who has no session any more is out already.
        with suppress(NoAccess):
            access.leave(found.desk, found.who)
        st.session_state.pop("programa-recusado", None)
        accounts.leave()
        st.rerun()


def mark(key: str) -> str:
    """The sender's own mark of one sending: the same until it was taken, so that a double tap is one event."""
    held: str = st.session_state.setdefault(f"marca-{key}", secrets.token_hex(8))
    return held


def taken(key: str, act: Callable[[str], Receipt], shows: bool = False) -> None:
    """Do what a button asks, then draw the page again: with its receipt, or with what is wrong or asked back.

    `act` is given the mark of this sending; `shows`: whether public pages change by it.
    """
    fault, asked = f"falha-{key}", f"pergunta-{key}"
    st.session_state.pop(fault, None)
    st.session_state.pop(asked, None)
    try:
        receipt = act(mark(key))
    except Asked as error:
        st.session_state[asked] = error.faults
    except Refused as error:
        st.session_state[fault] = error.faults
    except (NoAccess, StoreError) as error:
        st.session_state[fault] = (str(error),)
    else:
        st.session_state.pop(f"marca-{key}", None)
        st.session_state["recibo"] = (choice().place[0], receipt)
        st.session_state["recibo-novo"] = True
        st.session_state["envios"] = sent_so_far() + 1
        if shows and (desk := desk_of(config())) is not None:
            appearing.soon(desk)
    st.rerun()


def sent_so_far() -> int:
    """How much this session has sent: in the key of a form's fields, so that they begin anew after each sending."""
    count: int = st.session_state.get("envios", 0)
    return count


def faults(key: str) -> bool:
    """Show what was wrong with the last sending; whether it is asked back and `sure` would take it."""
    for fault in st.session_state.get(f"falha-{key}", ()):
        messages.refused(fault)
    asked = st.session_state.get(f"pergunta-{key}", ())
    for question in asked:
        messages.warned(question)
    return bool(asked)


def receipt_shown() -> None:
    """The receipt of what was last sent from this page."""
    place, receipt = st.session_state.get("recibo", ("", None))
    if receipt is None:
        return
    if place != choice().place[0]:
        st.session_state.pop("recibo")
        return
    messages.confirmed(f"Recebido. {receipt.text}.")
    if st.session_state.pop("recibo-novo", False):
        # On a telephone the button that was tapped is a screen below the receipt.
        messages.passing(f"Recebido. {receipt.text}.")
    if receipt.told:
        messages.told(receipt.told)
    note(f"Resumo completo: {receipt.hash}")


KINDS: Mapping[str, str] = {
    "plan.drafted": "Rascunho de plano",
    "plan.sent": "Plano enviado",
    "plan.returned": "Plano devolvido",
    "plan.accepted": "Plano aceito",
    "progress.reported": "Entrega atualizada",
    "meeting.called": "Reunião marcada",
    "meeting.held": "Reunião encerrada",
    "decision.made": "Encaminhamento",
    "decision.answered": "Encaminhamento respondido",
    "request.made": "Pedido",
    "request.answered": "Pedido respondido",
    "request.closed": "Pedido encerrado",
    "notice.posted": "Aviso",
}
MOST_RECEIPTS = 30


def receipts(found: Visit) -> None:
    """Receipts again: the latest of the person's municipalities, and any other by its protocol number."""
    opened = folded("Recibos", "recibos")
    if opened is None:
        return
    with opened:
        asked = st.text_input("Número do protocolo", key="protocolo", max_chars=30).strip()
        if asked:
            _receipt_of(found, asked)
        lines = []
        for event in reversed(_latest(found)):
            said = found.desk.receipt_of(event)
            lines.append(f"{KINDS[event.kind]}, {found.name_of(event.municipality_code)}: {said.text}")
        points("Últimos", lines)


def _receipt_of(found: Visit, protocol: str) -> None:
    """The receipt of a number, asked for once: the field goes on saying it, and each refusal counts."""
    place = "protocolo-achado"
    held = st.session_state.get(place)
    if held is None or held[0] != protocol:
        try:
            held = (protocol, receipt(found.desk, found.who, protocol), "")
        except (NoAccess, Refused, StoreError) as error:
            held = (protocol, None, str(error))
        st.session_state[place] = held
    _, said, fault = held
    if said is None:
        messages.told(fault)
        return
    messages.confirmed(f"{KINDS.get(said.kind, 'Registro')}. {said.text}.")
    note(f"Resumo completo: {said.hash}")


def _latest(found: Visit) -> list[Event]:
    """The latest events that a person may see the receipts of, oldest first."""
    kinds = list(KINDS)
    store = found.desk.store
    if found.person.role == COORDINATOR:
        return store.events(kinds=kinds, newest=MOST_RECEIPTS)
    events = [
        event
        for code in found.person.municipalities
        for event in store.events(municipality=code, kinds=kinds, newest=MOST_RECEIPTS)
    ]
    return sorted(events, key=lambda event: event.number)[-MOST_RECEIPTS:]
