"""What waits for the state's answer: plans that were sent, with what they change; accepted, or returned with reasons."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from dashboard import words
from dashboard.screens import messages
from dashboard.screens.desk import Visit, faults, sent_so_far, taken
from dashboard.screens.plans import checked_plan
from dashboard.screens.sending import reasons_of, sent_file_button
from dashboard.screens.texts import folded, long_points, note, points, section
from dashboard.tables import Tables
from pipelines import plan_files
from pipelines.plan_files import DELIVERABLES
from pipelines.verdicts import DELIVERABLE_LABELS
from programme import meetings, plans
from programme.content import plan_of
from programme.desk import reaches
from programme.meetings import Since
from programme.state import ACCEPTED, DRAFT, PLAN_STATES, RETURNED, SENT, Change, Line, Plan


def queue(visit: Visit, data: Tables) -> None:
    """The plans that wait, the longest waiting first; one is opened at a time."""
    state = visit.state
    waiting = [one for one in plans.queue(state) if reaches(visit.person, one.municipality_code)]
    section(f"Planos à espera de resposta: {words.number(len(waiting))}")
    if not waiting:
        note("Nenhum plano espera resposta.")
        return
    names = {
        f"{one.plan}/{one.version}": f"{visit.name_of(one.municipality_code)} · {one.title}, versão {one.version}"
        for one in waiting
    }
    chosen = next(iter(names))
    if len(waiting) > 1:
        chosen = st.selectbox("Plano a analisar", list(names), format_func=names.__getitem__, key="na-fila")
    _one(visit, data, next(one for one in waiting if f"{one.plan}/{one.version}" == chosen))


def _one(visit: Visit, data: Tables, one: Plan) -> None:
    """A plan that was sent: by whom, what it changes and why, its numbers; the answer."""
    state = visit.state
    key = f"{one.plan}-{one.version}-{sent_so_far()}"
    with st.container(border=True):
        section(f"{one.title}, versão {one.version}", 3)
        when = (one.sent_at or one.moment).astimezone(visit.desk.clock().tzinfo)
        sender = state.name_of(one.sent_by or one.drafted_by)
        note(f"{visit.name_of(one.municipality_code)} · enviado por {sender} em {when:%d/%m/%Y às %H:%M}.")
        if one.changes:
            points("O que muda e por quê", [with_reason(change) for change in one.changes], 4)
        else:
            note("Nada muda do que foi aceito antes." if one.base else "Primeira versão deste plano.")
        sent_file_button(visit, one)
        opened = folded("O plano por inteiro: números lidos e prévia das leituras", f"inteiro-{key}")
        if opened is not None:
            with opened:
                try:
                    checked_plan(one.file_name, plan_of(one.content, visit.desk.measures), data)
                except KeyError as error:
                    messages.refused(f"O indicador {error} não é mais declarado. Devolva o plano.")
        asked = f"resposta-{key}"
        faults(asked)
        if st.button("Aceitar o plano", key=f"aceitar-{key}", type="primary", width="stretch"):
            taken(
                asked,
                lambda once: plans.accept(visit.desk, visit.who, one.plan, one.version, once),
                shows=True,
            )
        _give_back(visit, one, key, asked)


def _give_back(visit: Visit, one: Plan, key: str, asked: str) -> None:
    """Return a plan: reasons by line of its file, gathered one by one, and one of the whole."""
    opened = folded("Devolver para ajustes", f"devolver-{key}")
    if opened is None:
        return
    held: list[Line] = st.session_state.setdefault(f"motivos-{key}", [])
    places = _places(visit, one)
    with opened:
        with st.form(f"motivo-{key}", clear_on_submit=True, border=False):
            place = st.selectbox(
                "Linha do arquivo", list(places), format_func=places.__getitem__, key=f"linha-{key}"
            )
            text = st.text_input("O que arrumar nesta linha", key=f"texto-{key}", max_chars=500)
            if st.form_submit_button("Acrescentar") and text.strip():
                held.append(_line(place, text.strip()))
        if held:
            points("Motivos por linha", reasons_of(held, ""), 4)
        whole = st.text_input("Motivo do todo (se houver)", key=f"todo-{key}", max_chars=500)
        if st.button("Devolver ao município", key=f"devolver-agora-{key}", width="stretch"):
            taken(
                asked,
                lambda once: plans.give_back(visit.desk, visit.who, one.plan, one.version, held, whole, once),
            )


def _line(place: str, text: str) -> Line:
    """A reason of one of the places that `_places` names."""
    sheet, row, item = (*place.split("/", 2), "")[:3]
    return Line(sheet, int(row) if row else None, f"Entrega {item}: {text}" if item else text)


def _places(visit: Visit, one: Plan) -> dict[str, str]:
    """The lines of a plan's file that a reason may be of, by `sheet/row`."""
    found: dict[str, str] = {}
    for noted in one.content["as_read"]:
        if noted["row"] is None:
            continue
        measure = visit.desk.measures.get(noted["indicator"])
        title = measure.title if measure else noted["indicator"]
        key = f"{noted['sheet']}/{noted['row']}"
        found.setdefault(key, f"{noted['sheet']}, linha {noted['row']}: {title}")
    for item in one.content["deliverables"]:
        # Where it stands in the file is not kept; its number says which it is.
        found[f"{DELIVERABLES}//{item['deliverable_id']}"] = (
            f"Entrega {item['deliverable_id']}: {item['deliverable'][:60]}"
        )
    return found


def with_reason(change: Change) -> str:
    """`Alfabetização, meta: 40% → 25% (pede menos). Motivo: …`."""
    mark = {True: " (pede menos ou mais tarde)", False: " (pede mais ou mais cedo)", None: ""}[change.eased]
    return f"{change.text}{mark}. Motivo: {change.reason}"


def standing(visit: Visit) -> None:
    """Who sent what, and who is silent."""
    said, nothing, quiet, every = visit.kept("standing", lambda: _standing(visit))
    section("Quem enviou o quê")
    note(said)
    if quiet:
        long_points("Sem notícia", quiet)
    opened = folded("Sem nenhum envio", "sem-envio", len(nothing)) if nothing else None
    if opened is not None:
        with opened:
            note(", ".join(nothing) + ".")
    opened = folded("Município por município", "por-municipio", len(every)) if every else None
    if opened is not None:
        with opened:
            points("Última versão de cada plano", every, 4)


def _standing(visit: Visit) -> tuple[str, list[str], list[str], list[str]]:
    """How many sent what, in a sentence; who sent nothing, by name; of whom nothing was heard for long; every plan."""
    every = visit.places
    counts: dict[str, set[str]] = {SENT: set(), RETURNED: set(), ACCEPTED: set()}
    for one in visit.state.plans.values():
        # A draft was sent to nobody.
        if one.state != DRAFT:
            counts.setdefault(one.state, set()).add(one.municipality_code)
    nothing = [visit.name_of(code) for code in every if not any(code in codes for codes in counts.values())]
    accepted, sent, returned = (len(counts[name] & set(every)) for name in (ACCEPTED, SENT, RETURNED))
    said = (
        f"De {words.counted(len(every), 'município', 'municípios')}: {words.number(accepted)} com plano aceito, {words.number(sent)} com plano "
        f"à espera, {words.number(returned)} com plano devolvido, {words.number(len(nothing))} sem nenhum envio."
    )
    quiet = [
        f"{visit.name_of(one.municipality_code)}: {one.text}"
        for one in meetings.notices(visit.desk, visit.who)
        if one.kind == "silent"
    ]
    return said, nothing, quiet, _every_plan(visit)


def _every_plan(visit: Visit) -> list[str]:
    """What became of the last version of each plan that was sent, and when a deliverable of it was last told of."""
    last: dict[str, Plan] = {}
    for one in visit.state.plans.values():
        known = last.get(one.plan)
        if one.state != DRAFT and (known is None or one.version > known.version):
            last[one.plan] = one
    heard: dict[str, dt.datetime] = {}
    for (plan, _), told in visit.state.progress.items():
        heard[plan] = max(told[-1].moment, heard.get(plan, told[-1].moment))
    lines = []
    for code in visit.places:
        for one in sorted(last.values(), key=lambda plan: plan.title):
            if one.municipality_code == code:
                news = f"; andamento em {visit.day_of(heard[one.plan])}" if one.plan in heard else ""
                lines.append(
                    f"{visit.name_of(code)}: {one.title}, versão {one.version}, {PLAN_STATES[one.state]} em "
                    f"{visit.day_of(one.moment)}{news}"
                )
    return lines


def since_last(visit: Visit) -> None:
    """What happened since the last meeting held: new plans, what is promised now, progress, decisions, requests."""
    found = meetings.since_last(visit.desk, visit.who)
    since = visit.day_of(found.moment) if found.moment else ""
    section(f"Desde a última reunião, {since}" if since else "Desde o começo: nenhuma reunião foi encerrada")
    lists = visit.kept("since-lines", lambda: since_lines(visit, found))
    for title, lines in lists:
        if lines:
            long_points(title, lines)
    if not any(lines for _, lines in lists):
        note("Nada mudou.")


def since_lines(visit: Visit, found: Since) -> list[tuple[str, list[str]]]:
    """What happened since a meeting, in sentences under their titles."""
    state = visit.state
    eased: list[str] = []
    others: list[str] = []
    for plan, number, code, _ in found.accepted:
        for change in state.plans[plan, number].changes:
            (eased if change.eased else others).append(f"{visit.name_of(code)}: {with_reason(change)}")
    told = []
    for one in found.progress:
        owner = state.accepted(one.plan)
        if owner is not None and reaches(visit.person, owner.municipality_code):
            percent = "" if one.percent is None else f", {plan_files.Cell(one.percent).text}%"
            stands = f"{DELIVERABLE_LABELS[one.status].lower()}{percent}"
            where = f"{visit.name_of(owner.municipality_code)}, {one.deliverable_id}"
            told.append(f"{where}: {stands}. {one.sentence}".strip())
    # What came last is most likely what was not seen yet.
    told.reverse()
    return [
        (
            "Planos novos",
            [f"{visit.name_of(code)}: {title}, versão {number}" for _, number, code, title in found.accepted],
        ),
        ("Metas e prazos que pedem menos, ou mais tarde", eased),
        ("Outras mudanças do que foi prometido", others),
        ("Entregas atualizadas", told),
        (
            "Encaminhamentos cumpridos",
            [f"{visit.name_of(one.municipality_code)}: {one.text}" for one in found.done],
        ),
        (
            "Encaminhamentos em aberto",
            [
                f"{visit.name_of(one.municipality_code)}: {one.text} ({one.owner}, até {words.date(one.due)})"
                for one in found.open
            ],
        ),
        (
            "Pedidos em aberto",
            [
                f"{visit.name_of(one.municipality_code)}: {one.text} (até {words.date(one.due)})"
                for one in found.asked
            ],
        ),
    ]
