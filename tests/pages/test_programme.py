"""The forms of the programme's page of notices and people write what they say, each by a press of its button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.screens import desk as room
from dashboard.screens import reporting, reviewing, steering, texts
from pipelines.declarations import Config
from programme import NoAccess, access, meetings, open_desk, plans, progress
from programme.access import Opened
from programme.desk import Desk
from programme.evidence import Upload
from programme.store import Store
from tests.e2e.test_programme import PLAN, file_of, plan_of
from tests.pages.screens import assert_sound, html, plain, text

Visit = Callable[..., AppTest]
CAPITAL, OTHER = "5002704", "5003702"
PAGE, PROGRESS = "pages/programa/programa.py", "pages/programa/atualizar.py"
QUEUE = "pages/programa/fila.py"


@pytest.fixture
def desk(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk of the real municipalities over a store of its own; folded parts stand open."""
    monkeypatch.setattr("programme.desk.address_of", lambda _config: f"sqlite:///{tmp_path / 'p.db'}")
    found = replace(open_desk(config), config=replace(config, data=tmp_path / "data"))
    assert isinstance(found.store, Store)
    monkeypatch.setattr(room, "desk_of", lambda _config: found)
    # The tables of the other tests stay as they are.
    monkeypatch.setattr("programme.appearing.soon", lambda _desk: None)
    for part in (steering, reporting, reviewing, room, texts):
        monkeypatch.setattr(part, "folded", lambda _title, key, _count=None: st.container(key=key))
    yield found
    found.close()


def let_in(desk: Desk, monkeypatch: pytest.MonkeyPatch, role: str, name: str, *codes: str) -> Opened:
    invited = access.invite(desk, access.console(), role=role, name=name, municipalities=codes)
    opened = access.exchange(desk, invited.token, "127.0.0.1")
    monkeypatch.setattr(room, "token", lambda: opened.token)
    return opened


def filled(at: AppTest, button: str, **fields: str) -> AppTest:
    """Fill the fields whose keys begin so, press the button of that label."""
    for name, value in fields.items():
        every: list[Any] = [*at.text_input, *at.text_area]
        field = next(one for one in every if one.key and one.key.startswith(name.replace("_", "-")))
        field.set_value(value)
    next(one for one in at.button if one.label == button).click()
    return at.run()


def test_what_the_coordination_leads_is_answered_by_the_town(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(desk, monkeypatch, "coordinator", "Carla Coordena")
    at = visit(PAGE)
    assert_sound(at)
    at = filled(at, "Marcar", titulo_reuniao="Reunião de teste")
    assert_sound(at)
    assert "Recebido" in " ".join(one.value for one in at.success)
    # Once wherever the reader is, and then no more.
    assert [plain(one.value)[:8] for one in at.toast] == ["Recebido"] and not at.run().toast
    at = filled(at, "Publicar o aviso", texto_aviso="Prazo até sexta")
    at = filled(at, "Pedir", texto_pedido="Falta a ata")
    at = filled(at, "Registrar", texto_encaminhamento="Visitar a escola", dono_encaminhamento="Rui")
    state = desk.store.state()
    assert [one.title for one in state.meetings.values()] == ["Reunião de teste"]
    assert [one.text for one in state.posts.values()] == ["Prazo até sexta"]
    assert [(one.text, one.owner) for one in state.decisions.values()] == [("Visitar a escola", "Rui")]
    asked = next(iter(state.requests.values()))
    assert asked.text == "Falta a ata"
    # What cannot be taken is said, and nothing is written.
    at = filled(at, "Marcar", data_reuniao="amanhã")
    assert "Escreva dia/mês/ano" in " ".join(one.value.replace("\\", "") for one in at.error)
    assert len(desk.store.state().meetings) == 1
    let_in(desk, monkeypatch, "officer", "Olga Oliveira", asked.municipality_code)
    at = visit(PAGE)
    assert_sound(at)
    assert "Falta a ata" in text(at) and "Reunião de teste" in text(at) and "Prazo até sexta" in text(at)
    # An officer leads nothing and lets nobody in.
    labels = {one.label for one in at.button}
    assert not labels & {"Marcar", "Pedir", "Registrar", "Publicar o aviso", "Fazer o link", "Encerrar"}
    at = filled(at, "Responder", texto_responder="Segue a ata")
    assert_sound(at)
    answered = desk.store.state().requests[asked.request]
    assert [said for _, _, said in answered.answers] == ["Segue a ata"]


def pressed(at: AppTest, button: str) -> AppTest:
    next(one for one in at.button if one.label == button).click()
    return at.run()


def successes(at: AppTest) -> str:
    return " ".join(plain(one.value) for one in at.success)


def test_a_link_is_taken_back_an_access_ended_and_the_audit_says_so(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = access.invite(desk, access.console(), role="officer", name="Lúcio Link", municipalities=[CAPITAL])
    officer = let_in(desk, monkeypatch, "officer", "Olga Oliveira", CAPITAL)
    with pytest.raises(NoAccess):
        access.exchange(desk, "x" * 43, "127.0.0.1")
    let_in(desk, monkeypatch, "coordinator", "Carla Coordena")
    at = visit(PAGE)
    for chosen in (f"invite:{link.invite}", f"person:{officer.person.person}"):
        box = next(one for one in at.selectbox if one.key and one.key.startswith("qual-encerrar"))
        at = pressed(box.set_value(chosen).run(), "Encerrar")
        assert_sound(at)
        assert "Recebido" in successes(at)
    state = desk.store.state()
    assert state.invites[link.invite].revoked is not None
    assert not state.people[officer.person.person].active
    with pytest.raises(NoAccess):
        access.exchange(desk, link.token, "127.0.0.1")
    with pytest.raises(NoAccess):
        access.present(desk, officer.token, "127.0.0.1")
    said = text(at)
    for line in (
        "Carla Coordena: link cancelado", "Carla Coordena: acesso encerrado", "acesso recusado (usar um link)",
        "Olga Oliveira: sessão aberta", "Olga Oliveira (Responsável no município, Campo Grande, acesso encerrado)",
    ):  # fmt: skip
        assert line in said, line
    # One's own coordination stays.
    box = next(one for one in at.selectbox if one.key and one.key.startswith("qual-encerrar"))
    own = next(one.person for one in state.people.values() if one.name == "Carla Coordena")
    at = pressed(box.set_value(f"person:{own}").run(), "Encerrar")
    assert "Ninguém tira a própria coordenação" in " ".join(plain(one.value) for one in at.error)
    assert desk.store.state().people[own].active


def test_a_receipt_is_found_again_by_whoever_may_see_it(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = meetings.ask(desk, access.console(), CAPITAL, "Falta a ata", desk.day)
    for codes, mine in ((CAPITAL, True), (OTHER, False)):
        let_in(desk, monkeypatch, "officer", f"Alguém de {codes}", codes)
        at = visit(PAGE)
        assert_sound(at)
        assert (asked.protocol in text(at)) is mine
        at = at.text_input(key="protocolo").set_value(asked.protocol).run()
        assert_sound(at)
        assert (f"Pedido. {asked.text}" in successes(at)) is mine
        assert (asked.hash in text(at)) is mine
        assert ("Sem acesso" in text(at)) is not mine
    # What stands in the field was asked once, however often the page is drawn again.
    before = len(desk.store.events(kinds=["access.refused"]))
    for _ in range(3):
        at = at.run()
    assert "Sem acesso" in text(at)
    assert len(desk.store.events(kinds=["access.refused"])) == before


def test_many_deliverables_are_told_by_one_sheet(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    officer = let_in(desk, monkeypatch, "officer", "Olga Oliveira", CAPITAL)
    plans.save_draft(desk, officer.who, file_of(desk, tmp_path, plan_of(desk)), "plano.xlsx")
    plans.send(desk, officer.who, PLAN, 1)
    plans.accept(desk, access.console(), PLAN, 1)
    out = progress.sheet(desk, officer.who, PLAN, "csv").data.decode("utf-8-sig")
    brought: list[tuple[str, Upload] | None] = [None]
    monkeypatch.setattr("dashboard.screens.uploads.read_once", lambda *_: brought[0])
    at = visit(PROGRESS)
    assert_sound(at)
    assert next(one for one in at.button if one.label == "Enviar planilha").disabled
    row = next(line for line in out.splitlines() if line.startswith("E1"))
    for cell, said in (("1,5e9", "andamento"), ("35", "")):
        told = out.replace(row, _told(out, row, cell))
        assert told != out
        brought[0] = ("entregas.csv", Upload("entregas.csv", told.encode()))
        at = pressed(at.run(), "Enviar planilha")
        found = desk.store.state().progress.get((PLAN, "E1"), ())
        if said:
            assert said in " ".join(plain(one.value) for one in at.error).lower()
            assert not found
    assert_sound(at)
    assert "Recebido" in successes(at)
    assert [(one.percent, one.status) for one in found] == [(35.0, "in_progress")]
    assert ("35%" in text(at)) and "Olga Oliveira: " in text(at)


def _told(sheet: str, row: str, percent: str) -> str:
    """The row with another state and percentage, in the columns that the sheet names."""
    lines = sheet.splitlines()
    header = next(line for line in lines if "Andamento" in line)
    mark = ";" if ";" in header else ","
    names, cells = header.split(mark), row.split(mark)
    for name, value in (("Situação", "Em andamento"), ("Andamento", percent)):
        place = next(number for number, each in enumerate(names) if each.startswith(name))
        cells[place] = value if mark == ";" else f'"{value}"'
    return mark.join(cells)


def test_the_queue_says_who_sent_what_and_whose_each_thing_is(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    officer = let_in(desk, monkeypatch, "officer", "Olga Oliveira", CAPITAL)
    other = let_in(desk, monkeypatch, "officer", "Otto Outro", OTHER)
    plans.save_draft(desk, officer.who, file_of(desk, tmp_path, plan_of(desk)), "plano.xlsx")
    plans.send(desk, officer.who, PLAN, 1)
    plans.accept(desk, access.console(), PLAN, 1)
    progress.report(desk, officer.who, PLAN, "E1", status="in_progress", percent=40, sentence="Turma formada")
    # A draft was sent to nobody.
    draft = file_of(desk, tmp_path, plan_of(desk, code=OTHER, name="plano-do-outro"))
    plans.save_draft(desk, other.who, draft, "plano.xlsx")
    meetings.decide(desk, access.console(), "Visitar a escola", "Rui", desk.day, municipality=OTHER)
    let_in(desk, monkeypatch, "reference", "Rui Referência", CAPITAL, OTHER)
    at = visit(QUEUE)
    assert_sound(at)
    said = text(at)
    today = f"{desk.day:%d/%m/%Y}"
    for line in (
        "De 2 municípios: 1 com plano aceito, 0 com plano à espera, 0 com plano devolvido, 1 sem nenhum "
        "envio.",
        "Dourados.",
        f"Campo Grande: Plano de alfabetização, versão 1, aceito em {today}; andamento em {today}",
        "Campo Grande, E1: em andamento, 40%. Turma formada",
        "Dourados: Visitar a escola (Rui, até",
    ):
        assert line in said, line
    # The next event shows at the next run.
    plans.send(desk, other.who, "plano-do-outro", 1)
    assert "1 com plano à espera, 0 com plano devolvido, 0 sem nenhum envio" in text(at.run())


def test_what_people_write_is_shown_letter_by_letter(
    visit: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bold = "<b>Olga</b> ![](http://exemplo.invalid/x.png)"
    officer = let_in(desk, monkeypatch, "officer", bold, CAPITAL)
    plan = replace(plan_of(desk), title=bold)
    plans.save_draft(desk, officer.who, file_of(desk, tmp_path, plan), f"{bold}.xlsx")
    plans.send(desk, officer.who, PLAN, 1)
    plans.accept(desk, access.console(), PLAN, 1)
    progress.report(desk, officer.who, PLAN, "E1", status="in_progress", percent=40, sentence=bold)
    meetings.ask(desk, access.console(), CAPITAL, bold, desk.day)
    later = file_of(desk, tmp_path, replace(plan, plan_version=2, targets=plan_of(desk, version=2).targets))
    plans.save_draft(desk, officer.who, later, "plano.xlsx")
    plans.send(desk, officer.who, PLAN, 2)
    let_in(desk, monkeypatch, "coordinator", bold)
    for page in (PAGE, PROGRESS, QUEUE, "pages/programa/enviar.py"):
        at = visit(page)
        assert_sound(at)
        drawn = " ".join(html(at))
        assert "&lt;b&gt;Olga" in drawn and "<b>Olga" not in drawn, page
        said = [one.value for kind in (at.info, at.success, at.warning, at.markdown) for one in kind]
        said += [one.label for kind in (at.expander, at.button) for one in kind]
        assert not [one for one in said if "![](" in one], page
