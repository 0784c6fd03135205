"""An identity counts while it is fresh, once, and with an e-mail only where its provider verified it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st

from dashboard.screens import accounts, entrance
from dashboard.screens.accounts import FRESH, Arrival
from programme import access
from programme.access import NOT_INVITED, NOT_VERIFIED
from programme.desk import Desk
from tests.dashboard.screens.test_entrance import client
from tests.dashboard.screens.test_entrance import clock as clock
from tests.dashboard.screens.test_entrance import desk as desk

NOW = 1_800_000_000.0
EMAIL = "carla@estado.ms.gov.br"
CLAIMS = {
    "is_logged_in": True, "provider": "govbr", "sub": "1", "iat": NOW - 5, "email": EMAIL, "email_verified": True,
}  # fmt: skip
WHOLE = {"client_id": "farol", "client_secret": "s", "server_metadata_url": "https://contas.example/c"}
AUTH = {"redirect_uri": "https://painel.example/oauth2callback", "cookie_secret": "s" * 32}


@pytest.fixture(autouse=True)
def nobody_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(accounts, "_codes", {})
    monkeypatch.setattr(accounts, "_done", {})
    yield


@pytest.mark.parametrize(
    ("other", "email"),
    [
        ({}, EMAIL),
        ({"email_verified": False}, None),
        ({"email_verified": None}, None),
        ({"email_verified": "false"}, None),
        ({"email_verified": None, "xms_edov": True}, EMAIL),
        ({"email": None}, None),
    ],
)
def test_an_email_counts_where_it_was_verified(other: dict[str, Any], email: str | None) -> None:
    found = accounts.arrival({**CLAIMS, **other}, NOW)
    assert found is not None and found.email == email


@pytest.mark.parametrize(
    "other",
    [
        {"is_logged_in": False},
        {"is_logged_in": None},
        {"iat": NOW - FRESH},
        {"iat": NOW + FRESH},
        {"iat": None},
    ],
)
def test_an_identity_that_is_old_or_nobodys_is_no_arrival(other: dict[str, Any]) -> None:
    assert accounts.arrival({**CLAIMS, **other}, NOW) is None


def test_a_code_and_its_login_count_once_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Arrival(("govbr", "1", NOW), EMAIL)
    first, second = accounts.code_for(found), accounts.code_for(found)
    assert accounts.redeemed("x" * 43) is None
    assert accounts.redeemed(first) == found
    # The page was drawn twice: its other code is of the same login.
    assert accounts.redeemed(first) is None and accounts.redeemed(second) is None
    monkeypatch.setattr(accounts, "CODE_LASTS", -1.0)
    late = accounts.code_for(Arrival(("govbr", "1", NOW + 1), EMAIL))
    assert accounts.redeemed(late) is None


def test_the_entrance_takes_a_code_for_who_was_invited_and_forgets_any_other_account(desk: Desk) -> None:
    access.invite(desk, access.console(), role="coordinator", name="Carla Coordena", email=EMAIL)
    for number, (email, said) in enumerate(((None, NOT_VERIFIED), ("nadia@outro.example", NOT_INVITED))):
        reader = client()
        reader.cookies.set("_streamlit_user", "dela")
        code = accounts.code_for(Arrival(("govbr", "2", NOW + number), email))
        answer = reader.post("/entrar/trocar", json={"token": code})
        assert answer.status_code == 403 and answer.json() == {"dito": said}
        assert '_streamlit_user=""; expires=' in answer.headers["set-cookie"]
        assert "farol_sessao" not in answer.headers["set-cookie"]
    assert len(desk.store.events(kinds=["access.refused"])) == 2
    said_of = str([event.after for event in desk.store.events()])
    assert "nadia" not in said_of
    answer = client().post(
        "/entrar/trocar", json={"token": accounts.code_for(Arrival(("g", "1", NOW), EMAIL))}
    )
    assert answer.json() == {"dito": "Você entrou, Carla Coordena.", "aonde": "fila"}
    assert "HttpOnly" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("auth", "names"),
    [
        (None, {}),
        ({**AUTH, **WHOLE}, {"default": "a sua conta"}),
        ({**AUTH, "govbr": WHOLE, "google": WHOLE, "senai": WHOLE},
         {"govbr": "gov.br", "google": "Google", "senai": "senai"}),
        ({**AUTH, "govbr": {**WHOLE, "client_secret": ""}, "com_traço": WHOLE}, {}),
        ({**AUTH, **WHOLE, "cookie_secret": "curto"}, {}),
        ({**WHOLE, "cookie_secret": "s" * 32}, {}),
    ],
)  # fmt: skip
def test_a_button_stands_for_each_provider_that_is_whole(
    monkeypatch: pytest.MonkeyPatch, auth: dict[str, Any] | None, names: dict[str, str]
) -> None:
    class Secrets(dict[str, Any]):
        def load_if_toml_exists(self) -> bool:
            return auth is not None

    monkeypatch.setattr(st, "secrets", Secrets(auth=auth))
    assert accounts.providers() == names
    page = client().get("/entrar")
    assert ("Entrar com a conta" in page.text) == bool(names)
    assert entrance.PRIVATE["Referrer-Policy"] == page.headers["referrer-policy"]
