"""A link's token is exchanged once, by our own page alone, for a cookie that no script reads; evidence only goes down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard.screens import entrance
from pipelines.declarations import ROOT
from programme import access, progress
from programme.access import Invited
from programme.desk import Desk
from programme.evidence import HEADERS, Upload
from tests.programme.conftest import CAPITAL, HOUSE, OTHER, TOWN_HALL, Clock, Team, desk_at, let_in
from tests.programme.conftest import team as team
from tests.programme.samples import FIRST, PLAN, accepted
from tests.programme.test_evidence import PNG

SITE = "https://painel.example.org"
PICTURE = Upload("escola.png", PNG)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An open desk that the routes find."""
    found = desk_at(f"sqlite:///{tmp_path / 'programme.db'}", tmp_path / "data", clock, SITE)
    monkeypatch.setattr(entrance, "desk_of", lambda _config: found)
    yield found
    found.close()


def client(site: str = SITE, address: str = TOWN_HALL) -> TestClient:
    return TestClient(
        Starlette(routes=entrance.routes()), base_url=site, client=(address, 40000), follow_redirects=False
    )


def invited(desk: Desk, role: str = "officer", code: str = CAPITAL) -> Invited:
    codes = [code] if role == "officer" else []
    return access.invite(desk, access.console(), role=role, name="Olga Oliveira", municipalities=codes)


def test_a_link_is_exchanged_once_for_a_cookie_that_no_script_reads(desk: Desk) -> None:
    found, reader = invited(desk), client()
    answer = reader.post("/entrar/trocar", json={"token": found.token})
    assert answer.status_code == 200
    assert answer.json() == {"dito": "Você entrou, Olga Oliveira.", "aonde": "enviar"}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("farol_sessao=") and "HttpOnly" in cookie and "Secure" in cookie
    assert "SameSite=strict" in cookie and "Path=/" in cookie and "expires=" in cookie
    token = answer.cookies["farol_sessao"]
    assert access.present(desk, token, TOWN_HALL).person == found.person
    assert found.token not in cookie + answer.text and token not in answer.text
    again = client().post("/entrar/trocar", json={"token": found.token})
    assert again.status_code == 403 and "já foi usado" in again.json()["dito"]
    assert "set-cookie" not in again.headers


def test_without_https_the_cookie_works_and_a_coordinator_is_led_to_the_queue(desk: Desk) -> None:
    answer = client("http://127.0.0.1:8501", HOUSE).post(
        "/entrar/trocar", json={"token": invited(desk, "coordinator").token}
    )
    assert answer.json()["aonde"] == "fila"
    assert "Secure" not in answer.headers["set-cookie"] and "HttpOnly" in answer.headers["set-cookie"]


def test_only_our_own_page_exchanges(desk: Desk) -> None:
    found = invited(desk)
    body = json.dumps({"token": found.token})
    reader = client()
    for headers, content in (
        ({"content-type": "application/json", "origin": "https://outro.example"}, body),
        ({"content-type": "application/json", "origin": "null"}, body),
        ({"content-type": "text/plain"}, body),
        ({"content-type": "application/x-www-form-urlencoded"}, f"token={found.token}"),
        ({"content-type": "application/json"}, body + " " * 400),
        ({"content-type": "application/json"}, '{"token": 3}'),
        ({"content-type": "application/json"}, "["),
    ):
        answer = reader.post("/entrar/trocar", headers=headers, content=content)
        assert answer.status_code == 400 and "set-cookie" not in answer.headers, headers
    assert reader.get(f"/entrar/trocar?token={found.token}").status_code == 405
    # And it is still there for its person.
    assert reader.post("/entrar/trocar", json={"token": found.token}, headers={"origin": SITE}).is_success


def test_the_page_says_nothing_and_asks_nobody_else(desk: Desk) -> None:
    found = client().get("/entrar")
    assert found.headers["referrer-policy"] == "no-referrer" and found.headers["cache-control"] == "no-store"
    policy = found.headers["content-security-policy"]
    assert (
        "default-src 'none'" in policy
        and "script-src 'self'" in policy
        and "frame-ancestors 'none'" in policy
    )
    assert "http" not in found.text.replace("http-equiv", "") and 'lang="pt-BR"' in found.text
    script = client().get("/entrar/entrar.js").text
    # Out of the address before anything is sent.
    assert script.index("history.replaceState") < script.index("fetch(")
    assert "localStorage" not in script and "sessionStorage" not in script


def test_ten_failures_close_the_address_and_nobody_elses(desk: Desk) -> None:
    for _ in range(10):
        assert client().post("/entrar/trocar", json={"token": "x" * 43}).status_code == 403
    good = invited(desk)
    closed = client().post("/entrar/trocar", json={"token": good.token})
    assert closed.status_code == 403 and "tentativas demais" in closed.json()["dito"]
    assert client(address="203.0.113.77").post("/entrar/trocar", json={"token": good.token}).is_success


def test_evidence_goes_out_as_a_download_to_whoever_may_see_it(desk: Desk, team: Team) -> None:
    accepted(desk, team.officer, team.coordinator)
    item = FIRST.deliverables[0].deliverable_id
    progress.report(desk, team.officer, PLAN, item, status="in_progress", percent=40, files=[PICTURE])
    sha256 = desk.store.state().progress[PLAN, item][0].evidence[0].sha256
    address = f"/{entrance.evidence_address(PLAN, item, sha256)}"
    mine = let_in(desk, "officer", "Olga", CAPITAL)
    other = let_in(desk, "officer", "Otto", OTHER)

    def taken(token: str, path: str = address) -> tuple[int, bytes]:
        reader = client()
        reader.cookies.set("farol_sessao", token)
        answer = reader.get(path)
        if answer.is_success:
            for name, value in HEADERS.items():
                assert answer.headers[name].startswith(value), name
            assert "filename*=UTF-8''escola.png" in answer.headers["content-disposition"]
        return answer.status_code, answer.content

    assert taken(mine.token) == (200, PICTURE.data)
    for token, path in (
        (other.token, address), ("", address), ("x" * 43, address),
        (mine.token, f"/evidencia/{PLAN}/{item}/{'0' * 64}"),
        (mine.token, "/evidencia/outro/1/..%2F..%2Ffarol.toml"),
    ):  # fmt: skip
        status, said = taken(token, path)
        assert status in (403, 404) and PICTURE.data not in said, path
    access.end(desk, access.console(), mine.person.person)
    assert taken(mine.token)[0] == 403


def test_without_a_store_nothing_is_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrance, "desk_of", lambda _config: None)
    assert client().post("/entrar/trocar", json={"token": "x" * 43}).status_code == 403


def test_a_configuration_that_changes_opens_another_desk(tmp_path: Path, desk: Desk) -> None:
    from dashboard.screens import desk as room

    folder = tmp_path / "other"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    file = folder / "farol.toml"
    file.write_text("", "utf-8")
    present = replace(desk.config, file=file, data=folder / "data")
    assert room.desk_of(present) is None
    (folder / "data" / "programme.db").touch()
    first = room.desk_of(present)
    assert first is not None and room.desk_of(present) is first
