"""A plan is sent: every fault at once, what was read as what, what changes and why, the receipt; what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import words
from dashboard.screens import messages, uploads
from dashboard.screens.desk import Visit, faults, mark, sent_so_far, taken
from dashboard.screens.plans import checked_plan, template_button
from dashboard.screens.texts import folded, note, points, section, sentence
from dashboard.tables import Tables
from pipelines.plan_files import Fault, PlanFile
from programme import Faulty, NoAccess, Refused, StoreError, plans
from programme.plans import Checked
from programme.state import ACCEPTED, DRAFT, PLAN_STATES, RETURNED, SENT, Line, Plan

BOX = "plano-a-enviar"
# Targets shown before the button; the rest stands in the preview.
MOST_READ = 15


@dataclass(frozen=True)
class _Brought:
    """What became of a file that was brought: a draft, or what is wrong with it."""

    found: tuple[Fault, ...] = ()
    said: tuple[str, ...] = ()


def send_plan(visit: Visit, data: Tables) -> None:
    """The steps of sending a plan: the file, what was read of it, why it changes, and send."""
    section("1. O arquivo")
    left, right = st.columns(2, gap="medium")
    with left:
        template_button(data, first=False)
        note("Carregar não envia: o arquivo sem falhas fica como rascunho até você tocar em Enviar.")
    box = f"{BOX}-{sent_so_far()}"
    right.file_uploader("Arquivo do plano (XLSX, até 2 MB)", type=["xlsx"], key=box)
    brought = uploads.read_once(box, lambda name, content: _bring(visit, name, content))
    if brought is not None:
        name, result = brought
        if not result.found and not result.said:
            messages.confirmed(f"Nenhuma falha em {name}: guardado como rascunho. Falta enviar.")
        if result.found:
            checked_plan(name, list(result.found), data)
        for fault in result.said:
            messages.refused(fault)
    drafts = [one for one in plans.visible(visit.desk, visit.who) if one.state == DRAFT]
    section("2. Conferir e enviar")
    if not drafts:
        note("Nenhum rascunho: carregue o arquivo do plano acima.")
        return
    names = {number: f"{one.title}, versão {one.version}" for number, one in enumerate(drafts)}
    chosen = 0
    if len(drafts) > 1:
        chosen = st.selectbox("Rascunho", list(names), format_func=names.__getitem__, key="rascunho")
    _draft(visit, data, drafts[chosen])


def _bring(visit: Visit, name: str, content: bytes) -> _Brought:
    """Take a file as a draft, once, or say all that is wrong with it."""
    try:
        plans.save_draft(visit.desk, visit.who, content, name, mark(BOX))
        st.session_state.pop(f"marca-{BOX}", None)
    except Faulty as error:
        return _Brought(found=error.found)
    except Refused as error:
        return _Brought(said=error.faults)
    except (NoAccess, StoreError) as error:
        return _Brought(said=(str(error),))
    return _Brought()


def _checked(visit: Visit, one: Plan) -> Checked | tuple[str, ...]:
    """A draft as it would be sent now, read again where it or the accepted version has changed."""
    base = visit.state.accepted(one.plan)
    key = (one.number, base.number if base else 0)
    held = st.session_state.get("rascunho-lido")
    if held is not None and held[0] == key:
        found: Checked | tuple[str, ...] = held[1]
        return found
    try:
        name, content = plans.sent_file(visit.desk, visit.who, one.plan, one.version)
        found = plans.check(visit.desk, visit.who, content, name)
    except Refused as error:
        found = error.faults
    except (NoAccess, StoreError) as error:
        found = (str(error),)
    st.session_state["rascunho-lido"] = (key, found)
    return found


def _draft(visit: Visit, data: Tables, one: Plan) -> None:
    """A draft: its numbers as they were read and its readings, the reasons that its changes ask for, the button."""
    key = f"enviar-{one.plan}-{one.version}"
    with st.container(border=True):
        section(f"{one.title}, versão {one.version}", 3)
        found = _checked(visit, one)
        if isinstance(found, tuple):
            for said in found:
                messages.refused(said)
            return
        _as_read(data, found.plan)
        asked = faults(key)
        with st.form(f"formulario-{key}", border=False):
            if found.changes:
                note("Esta versão muda o que foi aceito. Diga por que, mudança por mudança:")
            reasons = {
                change.key: st.text_input(
                    messages.plain_text(change.text), key=f"motivo-{key}-{change.key}", max_chars=500
                )
                for change in found.changes
            }
            sure = asked and st.checkbox("Confirmo: os números estão certos", key=f"certeza-{key}")
            count = len(found.plan.targets), len(found.plan.deliverables)
            targets = words.counted(count[0], "meta", "metas")
            items = words.counted(count[1], "entrega", "entregas")
            note(f"{visit.name_of(one.municipality_code)}: {targets} e {items}.")
            pressed = st.form_submit_button("Enviar à coordenação", type="primary", width="stretch")
        if pressed:
            taken(
                key,
                lambda once: plans.send(
                    visit.desk, visit.who, one.plan, one.version, reasons, sure=bool(sure), once=once
                ),
            )
        opened = folded("Avisos, todos os números lidos e prévia das leituras", f"previa-{key}")
        if opened is not None:
            with opened:
                checked_plan(one.file_name, found.plan, data)


def _as_read(data: Tables, plan: PlanFile) -> None:
    """The targets as they were read: `95%, lido como 95`."""
    read = [noted for noted in plan.as_read if not noted.what.startswith(("Marco", "Linha de base"))]
    lines = [
        f"{data.indicators[noted.indicator].title}, {noted.what.lower()}: {noted.text}"
        for noted in read[:MOST_READ]
        if noted.indicator in data.indicators
    ]
    points("Como as metas foram lidas", lines, 4)
    if len(read) > MOST_READ:
        note(f"E mais {words.number(len(read) - MOST_READ)}, na prévia abaixo.")


def my_plans(visit: Visit) -> None:
    """What became of the plans that a person may see: the latest version of each, with the reasons of a return."""
    latest: dict[str, Plan] = {}
    for one in plans.visible(visit.desk, visit.who):
        known = latest.get(one.plan)
        if one.state != DRAFT and (known is None or one.version > known.version):
            latest[one.plan] = one
    returned = [one for one in latest.values() if one.state == RETURNED]
    for one in returned:
        messages.warned(
            f"{one.title}, versão {one.version}: devolvido em {_day(visit, one)}. Arrume o arquivo e carregue-o de novo."
        )
        points("O que arrumar", reasons_of(one.lines, one.note))
    others = [one for one in latest.values() if one.state in (SENT, ACCEPTED)]
    if others:
        points(
            "Situação",
            [
                f"{one.title} ({visit.name_of(one.municipality_code)}), versão {one.version}: "
                f"{PLAN_STATES[one.state]} em {_day(visit, one)}"
                for one in others
            ],
            2,
        )


def _day(visit: Visit, one: Plan) -> str:
    return f"{one.moment.astimezone(visit.desk.clock().tzinfo):%d/%m/%Y às %H:%M}"


def reasons_of(lines: Sequence[Line], whole: str) -> list[str]:
    """Why a plan was returned, a sentence each, by line of its file first."""
    said = []
    for line in lines:
        place = [line.sheet or "", f"linha {line.row}" if line.row else ""]
        where = ", ".join(part for part in place if part)
        said.append(f"{where}: {line.text}" if where else line.text)
    return [*said, whole] if whole else said


def older(visit: Visit) -> None:
    """Every version that was sent, to be taken again as it came."""
    every = [one for one in plans.visible(visit.desk, visit.who) if one.state != DRAFT]
    opened = folded("Versões enviadas", "enviadas", len(every)) if every else None
    if opened is None:
        return
    with opened:
        for one in every[:40]:
            sent_file_button(visit, one)
        if len(every) > 40:
            sentence("As mais antigas saem com: python -m programme export")


def sent_file_button(visit: Visit, one: Plan) -> None:
    """The file of a version as it was sent, for whoever may see it."""

    def content() -> bytes:
        return plans.sent_file(visit.desk, visit.who, one.plan, one.version)[1]

    st.download_button(
        messages.plain_text(f"Baixar {one.title}, versão {one.version} ({PLAN_STATES[one.state]})"),
        content,
        # Of a name that somebody else gave: only what it is.
        f"{one.plan}-v{one.version}.xlsx",
        key=f"arquivo-{one.plan}-{one.version}",
        on_click="ignore",
    )
