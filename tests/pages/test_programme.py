"""The forms of the programme's page of notices and people write what they say, each by a press of its button."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.screens import desk as room
from dashboard.screens import steering
from pipelines.declarations import Config
from programme import access, open_desk
from programme.access import Opened
from programme.desk import Desk
from programme.store import Store
from tests.pages.screens import assert_sound, text

Visit = Callable[..., AppTest]
CAPITAL = "5002704"
PAGE = "pages/programa/programa.py"


@pytest.fixture
def desk(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk of the real municipalities over a store of its own; folded parts stand open."""
    monkeypatch.setattr("programme.desk.address_of", lambda _config: f"sqlite:///{tmp_path / 'p.db'}")
    found = open_desk(config)
    assert isinstance(found.store, Store)
    monkeypatch.setattr(room, "desk_of", lambda _config: found)
    monkeypatch.setattr(steering, "folded", lambda _title, key: st.container(key=key))
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
