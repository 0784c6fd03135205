"""A desk over a store of its own: SQLite in a folder, or a database of its own on the PostgreSQL of `tests.services`."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, make_url, text

from pipelines import declarations
from programme import access
from programme.access import Opened
from programme.desk import Desk, Who
from programme.store import Store
from tests.pipelines.plan_files.samples import MEASURES, PLACES

SERVER = os.environ.get("FAROL_TEST_STORE", "")
CAPITAL, OTHER, BEYOND = "5002704", "5003702", "5100201"
HOUSE, TOWN_HALL, STRANGER = "127.0.0.1", "200.10.10.1", "203.0.113.9"


@dataclass
class Clock:
    """A clock that stands still until a test sets it on."""

    moment: dt.datetime = dt.datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("America/Campo_Grande"))

    def __call__(self) -> dt.datetime:
        return self.moment

    def on(self, **span: float) -> None:
        self.moment += dt.timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address of an empty store."""
    if not SERVER:
        yield f"sqlite:///{tmp_path / 'programme.db'}"
        return
    name = f"t{uuid.uuid4().hex[:16]}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"create database {name}"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    server.dispose()


def desk_at(address: str, data: Path, clock: Clock, where: str = "https://painel.example.org") -> Desk:
    config = declarations.read_config()
    programme = replace(config.programme, address=where)
    return Desk(
        replace(config, data=data, programme=programme), Store(address, clock), PLACES, MEASURES, clock
    )


@pytest.fixture
def desk(address: str, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """An open desk with nobody in it; its plans may point at the samples' municipalities and indicators."""
    found = desk_at(address, tmp_path / "data", clock)
    yield found
    found.close()


@dataclass
class Team:
    """Somebody of each role, each in a session."""

    coordinator: Who
    reference: Who
    officer: Who
    other: Who
    reader: Who


def let_in(desk: Desk, role: str, name: str, *codes: str, address: str = TOWN_HALL) -> Opened:
    invited = access.invite(desk, access.console(), role=role, name=name, municipalities=codes)
    return access.exchange(desk, invited.token, address)


@pytest.fixture
def team(desk: Desk) -> Team:
    return Team(
        let_in(desk, "coordinator", "Carla Coordena", address="198.51.100.1").who,
        let_in(desk, "reference", "Rui Referência", CAPITAL, OTHER, address="198.51.100.2").who,
        let_in(desk, "officer", "Olga Oliveira", CAPITAL, address=TOWN_HALL).who,
        let_in(desk, "officer", "Otto Outro", OTHER, address="200.10.10.2").who,
        let_in(desk, "reader", "Lia Leitora", address="200.10.10.3").who,
    )
