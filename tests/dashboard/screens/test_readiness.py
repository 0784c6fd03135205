from __future__ import annotations

from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.screens import readiness
from pipelines.declarations import DeclarationError


@pytest.fixture
def door() -> TestClient:
    return TestClient(Starlette(routes=readiness.routes()))


def test_a_process_that_can_show_the_tables_says_of_which_build(
    door: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "tables", lambda: SimpleNamespace(build="abc"))
    answer = door.get(readiness.PATH)
    assert (answer.status_code, answer.json()) == (200, {"construcao": "abc"})
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FileNotFoundError(), "python -m pipelines build"),
        (DeclarationError("As tabelas são de outra versão."), "As tabelas são de outra versão."),
        (ValueError("segredo em /opt"), "o registro do servidor diz por quê"),
    ],
)
def test_one_that_cannot_says_why_and_nothing_of_its_inside(
    door: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def refused() -> None:
        raise error

    monkeypatch.setattr(readiness, "tables", refused)
    answer = door.get(readiness.PATH)
    assert answer.status_code == 503
    assert told in answer.json()["dito"] and "segredo" not in answer.text
