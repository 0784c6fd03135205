"""Entering by an account kept elsewhere (OpenID Connect): Streamlit's own login, handed over once for our session.

Streamlit keeps who logged in for 30 days, longer than a session of the programme may last: an identity counts for
some minutes after its provider vouched for it, once. The page hands the entrance a code, never the e-mail itself.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.screens import shell
from dashboard.screens.messages import plain_text
from dashboard.screens.texts import note

# Seconds that an identity counts from the moment its provider vouched for it, and that a code waits for the entrance.
FRESH, CODE_LASTS = 600.0, 60.0
# Bytes of the secret that signs Streamlit's own cookies.
LEAST_SECRET = 32
# How Streamlit's cookies of a login begin.
LOGIN_COOKIES = "_streamlit_user"
NAMES: Mapping[str, str] = {
    "google": "Google",
    "govbr": "gov.br",
    "entra": "Microsoft",
    "microsoft": "Microsoft",
}
DEFAULT = "default"
_NEEDED = ("client_id", "client_secret", "server_metadata_url")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """Somebody whom a provider vouched for. `email`: None where it does not say that the address was verified."""

    login: tuple[str, str, float]
    email: str | None


_turn = threading.Lock()
_codes: dict[str, tuple[Arrival, float]] = {}
_done: dict[tuple[str, str, float], float] = {}


def providers() -> dict[str, str]:
    """Names on the buttons by the providers of `[auth]` in .streamlit/secrets.toml; empty where it is not complete."""
    if not st.secrets.load_if_toml_exists():
        return {}
    section = st.secrets.get("auth")
    if not isinstance(section, Mapping):
        return {}
    lacking = [name for name in ("redirect_uri", "cookie_secret") if not section.get(name)]
    if lacking or len(str(section["cookie_secret"])) < LEAST_SECRET:
        _log.warning(
            "Login: em [auth] de .streamlit/secrets.toml falta %s.",
            ", ".join(lacking) or f"um cookie_secret de ao menos {LEAST_SECRET} letras",
        )
        return {}
    found = {}
    if all(section.get(name) for name in _NEEDED):
        found[DEFAULT] = "a sua conta"
    for name, held in section.items():
        # Streamlit takes no provider with an underscore in its name.
        if isinstance(held, Mapping) and "_" not in name and all(held.get(each) for each in _NEEDED):
            found[name] = NAMES.get(name.lower(), name)
    return found


def doors() -> None:
    """A button for each provider; nothing where none is configured."""
    found = providers()
    if found:
        note("Quem foi convidado com um e-mail entra também com a conta dele.")
    for provider, name in found.items():
        if st.button(plain_text(f"Entrar com {name}"), key=f"entrar-{provider}"):
            st.login(None if provider == DEFAULT else provider)


def arrived() -> bool:
    """Lead who has just logged in to the entrance, with a code; whether this run has nothing else to draw."""
    found = arrival(st.user.to_dict(), time.time())
    if found is None:
        return False
    with _turn:
        if found.login in _done:
            return False
    # What a browser keeps after `#` it sends to no server; the entrance takes it out of the address.
    shell.lead_to(f"entrar#{code_for(found)}", "Entrando…")
    return True


def arrival(claims: Mapping[str, Any], now: float) -> Arrival | None:
    """Whom a provider's claims speak of, where somebody is logged in and was vouched for within FRESH seconds.

    `xms_edov` is how Entra says that the address belongs to a domain that its owner proved to hold.
    """
    issued = claims.get("iat")
    if claims.get("is_logged_in") is not True or not isinstance(issued, int | float):
        return None
    if abs(now - issued) >= FRESH:
        return None
    email = claims.get("email")
    vouched = any(
        claims.get(claim) in (True, "true", "1") for claim in ("email_verified", "xms_edov")
    ) and isinstance(email, str)
    login = (str(claims.get("provider")), str(claims.get("sub")), float(issued))
    return Arrival(login, str(email) if vouched else None)


def code_for(found: Arrival) -> str:
    """A code that the entrance takes once, within CODE_LASTS seconds."""
    code, now = secrets.token_urlsafe(32), time.monotonic()
    with _turn:
        for old in [each for each, (_, until) in _codes.items() if until <= now]:
            del _codes[old]
        _codes[code] = (found, now + CODE_LASTS)
    return code


def redeemed(code: str) -> Arrival | None:
    """Whom a code stands for; None for what is no code, or no more. Neither it nor its login counts again."""
    now = time.monotonic()
    with _turn:
        found, until = _codes.pop(code, (None, 0.0))
        for old in [login for login, end in _done.items() if end <= now]:
            del _done[old]
        if found is None or until <= now or found.login in _done:
            return None
        # A provider's clock may be ahead of ours by as much as an identity may be old.
        _done[found.login] = now + 2 * FRESH
    return found


def leave() -> None:
    """End Streamlit's own login, and the provider's where it can be ended from here; nothing for who has none."""
    if st.user.to_dict().get("is_logged_in") is True:
        st.logout()
        st.stop()
