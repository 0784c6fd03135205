"""How a deliverable stands is told: state, percentage, date, a sentence, evidence; one by one or by a sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from dashboard import words
from dashboard.charts.markup import Html
from dashboard.files.spreadsheets import XLSX_MIME
from dashboard.screens import messages, uploads
from dashboard.screens.desk import Visit, faults, sent_so_far, taken
from dashboard.screens.entrance import evidence_address
from dashboard.screens.link import parsed_date
from dashboard.screens.shell import html
from dashboard.screens.texts import folded, note, sentence
from dashboard.words import slug
from pipelines import plan_files
from pipelines.plan_files import Deliverable
from pipelines.verdicts import CLOSED_DELIVERABLES, DELIVERABLE_LABELS, deliverable_state
from programme import Refused, folders, progress
from programme.desk import reaches
from programme.evidence import Upload, kind_of
from programme.progress import STATUSES
from programme.state import Evidence, Plan, Progress

ONE, SHEET = "entrega", "planilha"
FILE, BULK = "arquivo-da-evidencia", "planilha-de-entregas"


def accepted_plans(visit: Visit) -> list[Plan]:
    """The accepted plans in a person's reach, the last version of each, by municipality and title."""

    def found() -> list[Plan]:
        mine = [one for one in visit.state.in_force.values() if reaches(visit.person, one.municipality_code)]
        return sorted(mine, key=lambda one: (slug(visit.name_of(one.municipality_code)), one.title))

    return visit.kept("accepted", found)


def report(visit: Visit) -> None:
    """Choose a deliverable, say how it stands, send."""
    every = accepted_plans(visit)
    if not every:
        sentence(
            "Nenhum plano aceito ainda. Quando a coordenação aceitar o plano, as entregas aparecem aqui."
        )
        return
    plan = every[0]
    if len(every) > 1:
        names = {one.plan: f"{visit.name_of(one.municipality_code)} · {one.title}" for one in every}
        chosen = st.selectbox("Plano", list(names), format_func=names.__getitem__, key="plano-da-entrega")
        plan = next(one for one in every if one.plan == chosen)
    try:
        file = folders.file_of(visit.desk, visit.state, plan)
    except KeyError as error:
        messages.refused(
            f"O indicador {error} não é mais declarado; peça à coordenação uma nova versão do plano."
        )
        return
    if not file.deliverables:
        sentence("O plano aceito não tem entregas. Para incluir, envie uma nova versão.")
        return
    items = _ordered(file.deliverables, visit.desk.day)
    labels = {item.deliverable_id: _label(item, visit.desk.day) for item in items}
    name = st.selectbox("Entrega", list(labels), format_func=labels.__getitem__, key=f"entrega-{plan.plan}")
    item = next(item for item in items if item.deliverable_id == name)
    _form(visit, plan, item)
    _bulk(visit, plan)


def _ordered(items: Sequence[Deliverable], day: dt.date) -> list[Deliverable]:
    """What is open first, by deadline."""

    def place(item: Deliverable) -> tuple[bool, dt.date]:
        return deliverable_state(item.status, item.due, item.updated_at, day) in CLOSED_DELIVERABLES, item.due

    return sorted(items, key=place)


def _label(item: Deliverable, day: dt.date) -> str:
    stands = deliverable_state(item.status, item.due, item.updated_at, day)
    return f"{item.deliverable_id} · {item.deliverable[:60]} · {DELIVERABLE_LABELS[stands]}, até {words.date(item.due)}"


def _form(visit: Visit, plan: Plan, item: Deliverable) -> None:
    """What is told of one deliverable; what stood there when it was drawn is told with it."""
    told = visit.state.progress.get((plan.plan, item.deliverable_id), ())
    key = f"{ONE}-{plan.plan}-{item.deliverable_id}-{sent_so_far()}"
    box = f"{FILE}-{key}"
    _now(visit, item, told)
    st.file_uploader(
        "Evidência (PDF, imagem ou planilha, até 5 MB; se houver)",
        help="Um arquivo e um endereço por atualização. Para mais, envie outra atualização da mesma entrega.",
        type=["pdf", "png", "jpg", "jpeg", "xlsx", "csv"],
        key=box,
    )
    file = uploads.read_once(box, _evidence)
    if file is not None and isinstance(file[1], tuple):
        for fault in file[1]:
            messages.refused(fault)
    asked = faults(key)
    with st.form(f"formulario-{key}"):
        status = st.selectbox(
            "Situação",
            STATUSES,
            index=_first(item),
            format_func=DELIVERABLE_LABELS.__getitem__,
            key=f"situacao-{key}",
        )
        left, right = st.columns(2)
        number = "" if item.percent is None else plan_files.Cell(item.percent).text
        percent = left.text_input("Andamento (%)", number, key=f"andamento-{key}", max_chars=12)
        date = right.text_input(
            "Data (dia/mês/ano)", words.date(visit.desk.day), key=f"data-{key}", max_chars=10
        )
        said = st.text_area("O que foi feito, em uma frase", key=f"frase-{key}", max_chars=500, height=80)
        address = st.text_input("Endereço da evidência (se houver)", key=f"endereco-{key}", max_chars=500)
        sure = asked and st.checkbox("Confirmo o percentual", key=f"certeza-{key}")
        pressed = st.form_submit_button("Enviar atualização", type="primary", width="stretch")
    if not pressed:
        st.session_state[f"visto-{key}"] = told[-1].number if told else 0
        return
    day = parsed_date(date)
    if day is None:
        st.session_state[f"falha-{key}"] = (
            f"'{date}' não é uma data. Escreva dia/mês/ano, como 05/11/2026.",
        )
        st.rerun()
    files = [file[1]] if file is not None and isinstance(file[1], Upload) else []
    taken(
        key,
        lambda once: progress.report(
            visit.desk, visit.who, plan.plan, item.deliverable_id, status=status, percent=percent, date=day,
            sentence=said, files=files, addresses=[address] if address.strip() else [],
            seen=st.session_state.get(f"visto-{key}", 0), sure=bool(sure), once=once,
        ),
        shows=True,
    )  # fmt: skip


def _first(item: Deliverable) -> int:
    """The state that the form begins with: what was not begun is most likely being told of because it has."""
    return STATUSES.index("in_progress" if item.status == "to_do" else item.status)


def _evidence(name: str, content: bytes) -> Upload | tuple[str, ...]:
    try:
        kind_of(name, content)
    except Refused as error:
        return error.faults
    return Upload(name, content)


def _now(visit: Visit, item: Deliverable, told: Sequence[Progress]) -> None:
    """How the deliverable stands, and what was told of it, with its evidence."""
    percent = "" if item.percent is None else f", {plan_files.Cell(item.percent).text}%"
    when = f", em {words.date(item.updated_at)}" if item.updated_at else ""
    sentence(f"{item.deliverable} ({item.action}).")
    note(f"Consta hoje: {DELIVERABLE_LABELS[item.status]}{percent}{when}. Prazo: {words.date(item.due)}.")
    if not told:
        return
    opened = folded("Histórico", f"historico-{item.deliverable_id}", len(told))
    if opened is None:
        return
    state = visit.state
    lines = []
    for one in reversed(told):
        moment = one.moment.astimezone(visit.desk.clock().tzinfo)
        number = "" if one.percent is None else f", {plan_files.Cell(one.percent).text}%"
        text = (
            f"{moment:%d/%m/%Y %H:%M}, {state.name_of(one.actor)}: {DELIVERABLE_LABELS[one.status]}{number}, "
            f"em {words.date(one.date)}. {one.sentence}"
        )
        pieces = "".join(f" {_proof(one, piece)}" for piece in one.evidence)
        lines.append(f"<li>{escape(text.strip())}{pieces}</li>")
    with opened:
        html(Html(f'<ul class="points">{"".join(lines)}</ul>'))


def _proof(one: Progress, piece: Evidence) -> str:
    """The link to a proof, as HTML: a file that is kept is taken here, an address opens a page of its own."""
    if piece.address:
        way, does = piece.address, 'target="_blank" rel="noopener noreferrer"'
    else:
        way, does = evidence_address(one.plan, one.deliverable_id, piece.sha256), "download"
    return f'<a href="{escape(way, quote=True)}" {does}>{escape(piece.name or piece.address)}</a>'


def _sheet(visit: Visit, plan: str, form: str) -> bytes:
    return progress.sheet(visit.desk, visit.who, plan, form).data


def _bulk(visit: Visit, plan: Plan) -> None:
    """The same for many at once: the sheet out, filled in, and in again."""
    opened = folded("Várias de uma vez, por planilha", "varias")
    if opened is None:
        return
    key = f"{SHEET}-{plan.plan}"
    with opened:
        note(
            "Baixe, mude situação, andamento, data e motivo, e devolva o arquivo aqui. A versão do plano não muda."
        )
        for form, mime in (("xlsx", XLSX_MIME), ("csv", "text/csv")):
            st.download_button(
                messages.plain_text(f"Baixar entregas ({form.upper()})"),
                partial(_sheet, visit, plan.plan, form),
                f"{plan.plan}-entregas.{form}",
                mime,
                key=f"baixar-entregas-{form}",
                on_click="ignore",
            )
        box = f"{BULK}-{sent_so_far()}"
        st.file_uploader("Planilha preenchida (XLSX ou CSV)", type=["xlsx", "csv"], key=box)
        brought = uploads.read_once(box, Upload)
        asked = faults(key)
        sure = asked and st.checkbox("Confirmo os percentuais", key=f"certeza-{key}")
        if (
            st.button("Enviar planilha", key="enviar-planilha", disabled=brought is None)
            and brought is not None
        ):
            taken(
                key,
                lambda once: progress.take_sheet(
                    visit.desk, visit.who, plan.plan, brought[1].data, brought[0], sure=bool(sure), once=once
                ),
                shows=True,
            )
