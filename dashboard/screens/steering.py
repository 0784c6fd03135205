"""Meetings, decisions, requests, notices, and the people who write: what the coordination leads and others answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from dashboard import words
from dashboard.screens import messages
from dashboard.screens.desk import Visit, faults, sent_so_far, taken
from dashboard.screens.link import parsed_date
from dashboard.screens.texts import copyable, folded, long_points, note, points, section
from programme import NoAccess, Refused, StoreError, access, meetings
from programme.access import Invited
from programme.desk import reaches
from programme.state import (
    CALLED,
    CLOSED,
    COORDINATOR,
    DONE,
    DROPPED,
    OFFICER,
    OPEN,
    REFERENCE,
    REQUEST_STATES,
    ROLES,
)

EVERYWHERE = ""
# What waits for somebody, by kind, in the order of reading.
NOTICES = {
    "Avisos da coordenação": ("posted",),
    "Planos": ("plan_returned", "plan_sent"),
    "Pedidos": ("request",),
    "Encaminhamentos": ("decision",),
    "Reuniões": ("meeting",),
    "Entregas com prazo vencido": ("overdue",),
    "Entregas que vencem logo": ("due",),
}


def notices(visit: Visit) -> None:
    """What waits for the person today, what is late first."""
    found = [one for one in meetings.notices(visit.desk, visit.who) if one.kind != "silent"]
    section(f"Para você: {words.number(len(found))}")
    if not found:
        note("Nada espera por você hoje.")
    for title, kinds in NOTICES.items():
        lines = [visit.of(one.municipality_code, one.text) for one in found if one.kind in kinds]
        if lines:
            long_points(title, lines)


def answers(visit: Visit) -> None:
    """Requests and decisions of the person's municipalities, to be answered one at a time."""
    state = visit.state
    waiting = {
        f"request:{one.request}": f"Pedido · {visit.name_of(one.municipality_code)} · {one.text[:80]} "
        f"({REQUEST_STATES[one.state]}, até {words.date(one.due)})"
        for one in state.requests.values()
        if one.state != CLOSED and reaches(visit.person, one.municipality_code)
    } | {
        f"decision:{one.decision}": f"Encaminhamento · {one.text[:80]} ({one.owner}, até {words.date(one.due)})"
        for one in state.decisions.values()
        if one.state == OPEN and reaches(visit.person, one.municipality_code)
    }
    if not waiting:
        return
    section("Responder")
    key = f"responder-{sent_so_far()}"
    with st.container(border=True):
        chosen = st.selectbox(
            "Pedido ou encaminhamento", list(waiting), format_func=waiting.__getitem__, key=f"a-{key}"
        )
        kind, _, name = chosen.partition(":")
        if kind == "request":
            said = [
                f"{visit.day_of(moment)}, {state.name_of(actor)}: {text}"
                for moment, actor, text in state.requests[name].answers
            ]
            if said:
                points("Respostas", said)
        faults(key)
        text = st.text_area("Resposta", key=f"texto-{key}", max_chars=500, height=80)
        left, right = st.columns(2)
        label = "Responder" if kind == "request" else "Foi cumprido"
        if left.button(label, key=f"ok-{key}", type="primary", width="stretch"):
            if kind == "request":
                taken(key, lambda once: meetings.answer(visit.desk, visit.who, name, text, once))
            taken(key, lambda once: meetings.answer_decision(visit.desk, visit.who, name, DONE, text, once))
        if visit.person.role == OFFICER:
            return
        end = "Encerrar o pedido" if kind == "request" else "Retirar"
        if right.button(end, key=f"fim-{key}", width="stretch"):
            if kind == "request":
                taken(key, lambda once: meetings.close(visit.desk, visit.who, name, once))
            taken(
                key, lambda once: meetings.answer_decision(visit.desk, visit.who, name, DROPPED, text, once)
            )


def _date(label: str, key: str, start: dt.date) -> dt.date | None:
    """A date that is typed; None, said in words, for what is none."""
    text = st.text_input(
        messages.plain_text(f"{label} (dia/mês/ano)"), words.date(start), key=key, max_chars=10
    )
    return parsed_date(text)


def _municipality(visit: Visit, key: str, whole: str = "") -> str:
    """A municipality of the person's; `whole`: what stands for none, where the role may say so."""
    options = [*([EVERYWHERE] if whole and visit.person.role == COORDINATOR else []), *visit.places]
    return st.selectbox(
        "Município", options, format_func=lambda code: visit.name_of(code) if code else whole, key=key
    )


NO_DATE = "A data não é uma data. Escreva dia/mês/ano, como 05/11/2026."


def _fault(key: str, text: str) -> None:
    st.session_state[f"falha-{key}"] = (text,)
    st.rerun()


def lead(visit: Visit) -> None:
    """Call and close meetings, record decisions, ask, and tell."""
    section("Conduzir")
    for title, name, part in (
        ("Marcar uma reunião", "reuniao", _call),
        ("Encerrar uma reunião", "ata", _hold),
        ("Registrar um encaminhamento", "encaminhamento", _decide),
        ("Pedir complementação", "pedido", _ask),
        ("Escrever um aviso", "aviso", _post),
    ):
        if name == "aviso" and visit.person.role != COORDINATOR:
            continue
        opened = folded(title, f"abre-{name}")
        if opened is not None:
            with opened:
                key = f"{name}-{sent_so_far()}"
                faults(key)
                part(visit, key)


def _call(visit: Visit, key: str) -> None:
    with st.form(f"f-{key}", border=False):
        title = st.text_input("Título", "Reunião bimestral", key=f"titulo-{key}", max_chars=120)
        day = _date("Data", f"data-{key}", visit.desk.day + dt.timedelta(days=60))
        code = _municipality(visit, f"municipio-{key}", "Todos os municípios")
        if st.form_submit_button("Marcar", type="primary"):
            if day is None:
                _fault(key, NO_DATE)
            else:
                codes = [code] if code else []
                taken(key, lambda once: meetings.call(visit.desk, visit.who, title, day, codes, once))


def _hold(visit: Visit, key: str) -> None:
    state = visit.state
    called = {
        one.meeting: f"{one.title}, {words.date(one.date)}"
        for one in state.meetings.values()
        if one.state == CALLED and all(reaches(visit.person, code) for code in one.municipalities or (None,))
    }
    if not called:
        note("Nenhuma reunião marcada.")
        return
    with st.form(f"f-{key}", border=False):
        name = st.selectbox("Reunião", list(called), format_func=called.__getitem__, key=f"qual-{key}")
        minutes = st.text_area("Ata", key=f"texto-{key}", max_chars=5000)
        note("O que mudou desde a reunião anterior fica guardado com ela.")
        if st.form_submit_button("Encerrar a reunião", type="primary"):
            taken(key, lambda once: meetings.hold(visit.desk, visit.who, name, minutes, once))


def _decide(visit: Visit, key: str) -> None:
    with st.form(f"f-{key}", border=False):
        text = st.text_input("O que foi decidido", key=f"texto-{key}", max_chars=500)
        owner = st.text_input("Quem faz", key=f"dono-{key}", max_chars=120)
        day = _date("Até", f"data-{key}", visit.desk.day + dt.timedelta(days=30))
        code = _municipality(visit, f"municipio-{key}", "Todos os municípios")
        if st.form_submit_button("Registrar", type="primary"):
            if day is None:
                _fault(key, NO_DATE)
            else:
                taken(
                    key,
                    lambda once: meetings.decide(
                        visit.desk, visit.who, text, owner, day, municipality=code or None, once=once
                    ),
                )


def _ask(visit: Visit, key: str) -> None:
    with st.form(f"f-{key}", border=False):
        code = _municipality(visit, f"municipio-{key}")
        text = st.text_input("O que falta", key=f"texto-{key}", max_chars=500)
        day = _date("Até", f"data-{key}", visit.desk.day + dt.timedelta(days=15))
        if st.form_submit_button("Pedir", type="primary"):
            if day is None:
                _fault(key, NO_DATE)
            else:
                taken(key, lambda once: meetings.ask(visit.desk, visit.who, code, text, day, once=once))


def _post(visit: Visit, key: str) -> None:
    with st.form(f"f-{key}", border=False):
        text = st.text_input("Aviso", key=f"texto-{key}", max_chars=500)
        day = _date("Até", f"data-{key}", visit.desk.day + dt.timedelta(days=15))
        code = _municipality(visit, f"municipio-{key}", "Todos os municípios")
        if st.form_submit_button("Publicar o aviso", type="primary"):
            if day is None:
                _fault(key, NO_DATE)
            else:
                codes = [code] if code else []
                taken(key, lambda once: meetings.post(visit.desk, visit.who, text, day, codes, once))


def people(visit: Visit) -> None:
    """Who writes: invite, take back a link, end an access. Others than coordinators see who is in their municipalities."""
    found = access.people(visit.desk, visit.who)
    section("Pessoas")
    state = visit.state
    waiting = {one.person: one for one in state.invites.values() if one.used is None and one.revoked is None}
    lines = []
    for one in found:
        where = ", ".join(visit.name_of(code) for code in one.municipalities[:6])
        link = waiting.get(one.person)
        until = f", link espera até {visit.day_of(link.expires)}" if link else ""
        ended = "" if one.active else ", acesso encerrado"
        lines.append(f"{one.name} ({ROLES[one.role]}{', ' + where if where else ''}{until}{ended})")
    long_points("Quem escreve", lines)
    if visit.person.role != COORDINATOR:
        return
    opened = folded("Convidar alguém", "abre-convite")
    if opened is not None:
        with opened:
            _invite(visit)
    opened = folded("Encerrar um acesso ou cancelar um link", "abre-encerrar")
    if opened is not None:
        with opened:
            _end(visit)
    _audit(visit)


def _invite(visit: Visit) -> None:
    """Make a link: shown once, here, to be handed on."""
    key = f"convite-{sent_so_far()}"
    made: Invited | None = st.session_state.get("convite-feito")
    faults(key)
    role = st.selectbox(
        "Papel", [OFFICER, REFERENCE, COORDINATOR], format_func=ROLES.__getitem__, key=f"papel-{key}"
    )
    with st.form(f"f-{key}", border=False):
        name = st.text_input("Nome", key=f"nome-{key}", max_chars=80)
        email = st.text_input("E-mail (só para quem entra por login)", key=f"email-{key}", max_chars=254)
        codes: Sequence[str] = ()
        if role == OFFICER:
            codes = [_municipality(visit, f"municipio-{key}")]
        elif role == REFERENCE:
            codes = st.multiselect(
                "Municípios", visit.places, format_func=visit.name_of, key=f"municipios-{key}"
            )
        if st.form_submit_button("Fazer o link", type="primary"):
            try:
                st.session_state["convite-feito"] = access.invite(
                    visit.desk,
                    visit.who,
                    role=role,
                    name=name,
                    email=email.strip() or None,
                    municipalities=codes,
                )
            except Refused as error:
                st.session_state[f"falha-{key}"] = error.faults
            except (NoAccess, StoreError) as error:
                st.session_state[f"falha-{key}"] = (str(error),)
            else:
                st.session_state["envios"] = sent_so_far() + 1
            st.rerun()
    if made is not None:
        until = visit.day_of(made.expires)
        messages.confirmed(
            f"Link feito: vale uma vez, até {until}. {made.receipt.text}. Copie-o agora; não aparece de novo."
        )
        copyable(made.link)
        if st.button("Já copiei: esconder o link", key="esconder-link"):
            st.session_state.pop("convite-feito")
            st.rerun()


def _end(visit: Visit) -> None:
    state = visit.state
    options = {
        f"person:{one.person}": f"Acesso de {one.name} ({ROLES[one.role]})"
        for one in access.people(visit.desk, visit.who)
        if one.active
    } | {
        f"invite:{one.invite}": f"Link de {state.name_of(one.person)}, feito em {visit.day_of(one.made)}"
        for one in state.invites.values()
        if one.used is None and one.revoked is None
    }
    key = f"encerrar-{sent_so_far()}"
    faults(key)
    chosen = st.selectbox("Qual", list(options), format_func=options.__getitem__, key=f"qual-{key}")
    kind, _, name = (chosen or "").partition(":")
    if st.button("Encerrar", key=f"agora-{key}"):
        end = access.end if kind == "person" else access.revoke
        taken(key, lambda _once: end(visit.desk, visit.who, name))


AUDIT = {
    "person.added": "pessoa incluída", "person.changed": "pessoa mudada", "person.ended": "acesso encerrado",
    "invite.made": "link feito", "invite.used": "link usado", "invite.revoked": "link cancelado",
    "session.opened": "sessão aberta", "session.ended": "sessão encerrada", "access.refused": "acesso recusado",
    "access.closed": "rede fechada por uma hora",
}  # fmt: skip


def _audit(visit: Visit) -> None:
    """What happened to accesses lately."""
    opened = folded("Auditoria dos acessos", "abre-auditoria")
    if opened is None:
        return
    state, zone = visit.state, visit.desk.clock().tzinfo
    with opened:
        lines = []
        for event in reversed(access.audit(visit.desk, visit.who, newest=60)):
            what = f" ({event.after['what']})" if event.kind == "access.refused" else ""
            lines.append(
                f"{event.moment.astimezone(zone):%d/%m/%Y %H:%M}, {state.name_of(event.actor)}: {AUDIT[event.kind]}{what}"
            )
        points("Últimos", lines)
