"""Those who write, behind the proxy as it is deployed: the link's exchange, the cookie, uploads, evidence, failures, logs."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from pipelines.declarations import Config
from programme import access, plans, progress
from programme.desk import Who
from programme.evidence import Upload
from programme.progress import STATUSES
from tests.e2e.reader import DRAWN
from tests.e2e.test_programme import CAPITAL, PDF, PLAN, House, file_of, housed, plan_of
from tests.proxy import Proxy, proxied

pytestmark = pytest.mark.deploy
COOKIE = "farol_sessao"


@dataclass(frozen=True)
class Site:
    """A dashboard with a store behind the proxy; the desk makes links for the proxy's address, as farol.toml would."""

    house: House
    proxy: Proxy

    def link(self, role: str, name: str, *codes: str) -> str:
        found = access.invite(self.house.desk, access.console(), role=role, name=name, municipalities=codes)
        assert found.link.startswith(f"{self.proxy.address}/entrar#")
        return found.link

    def ask(
        self, method: str, path: str, body: bytes | None = None, source: str = "127.0.0.1", **headers: str
    ) -> tuple[int, dict[str, list[str]], bytes]:
        """One answer to somebody at a network address of this machine: status, headers, body."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.proxy.safe, timeout=30, context=ssl._create_unverified_context(),
            source_address=(source, 0),
        )  # fmt: skip
        connection.request(
            method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        said: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            said.setdefault(name.lower(), []).append(value)
        found = answer.status, said, answer.read()
        connection.close()
        return found

    def exchange(self, token: str, source: str, **headers: str) -> tuple[int, str]:
        status, _, body = self.ask(
            "POST", "/entrar/trocar", json.dumps({"token": token}).encode(), source,
            Content_Type="application/json", **headers,
        )  # fmt: skip
        return status, json.loads(body)["dito"] if status != 429 else ""


@pytest.fixture(scope="module")
def site(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with (
        housed(config, tmp_path_factory.mktemp("programa")) as house,
        proxied([urlsplit(house.address).port or 0]) as proxy,
    ):
        desk = house.desk
        named = replace(desk.config, programme=replace(desk.config.programme, address=proxy.address))
        yield Site(replace(house, desk=replace(desk, config=named)), proxy)


@contextmanager
def telephone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        ignore_https_errors=True,
        locale="pt-BR",
        accept_downloads=True,
        viewport={"width": 380, "height": 800},
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def test_a_town_enters_sends_proves_and_no_log_knows_its_token(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    desk, link = site.house.desk, site.link("officer", "Olga Oliveira", CAPITAL)
    token = link.partition("#")[2]
    with telephone(browser) as page:
        asked: list[tuple[str, str]] = []
        page.on("request", lambda one: asked.append((one.url, one.headers.get("referer", ""))))
        page.goto(link)
        page.wait_for_url(lambda url: "entrar" not in url)
        page.get_by_text("Olga Oliveira · Responsável no município · Campo Grande").first.wait_for()
        cookie = next(one for one in page.context.cookies() if one["name"] == COOKIE)
        assert cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Strict"
        page.locator("input[type=file]").first.set_input_files(
            {"name": "plano.xlsx", "mimeType": "application/octet-stream",
             "buffer": file_of(desk, tmp_path, plan_of(desk))}
        )  # fmt: skip
        page.get_by_text("80, lido como 80").first.wait_for()
        page.get_by_role("button", name="Enviar à coordenação", exact=True).click()
        page.get_by_text("Recebido. Protocolo").first.wait_for()
        plans.accept(desk, access.console(), PLAN, 1)
        session = Who(
            next(one.person for one in desk.store.state().people.values() if one.name == "Olga Oliveira"),
            access.hash_of(cookie["value"]), "127.0.0.1",
        )  # fmt: skip
        progress.report(
            desk, session, PLAN, "E1", status=STATUSES[1], percent=30, files=[Upload("lista.pdf", PDF)]
        )
        page.goto(f"{site.proxy.address}/atualizar")
        page.wait_for_function(DRAWN)
        page.locator("[data-testid=stExpander] summary").filter(has_text="Histórico").click()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="lista.pdf").click()
        assert waiting.value.path().read_bytes() == PDF
    place = waiting.value.url.removeprefix(site.proxy.address)
    status, headers, body = site.ask("GET", place, Cookie=f"{COOKIE}={cookie['value']}")
    assert (status, body) == (200, PDF)
    assert headers["content-disposition"][0].startswith("attachment")
    assert any("sandbox" in one for one in headers["content-security-policy"])
    assert set(headers["x-content-type-options"]) == {"nosniff"} and "no-store" in headers["cache-control"][0]
    assert site.ask("GET", place)[0] == 403
    # The link is used up, and of both tokens no address, Referer or log knows.
    assert site.exchange(token, "127.0.0.1")[0] == 403
    logs = [site.proxy.folder / "access.log", site.proxy.folder / "error.log", site.house.log]
    said = "".join(path.read_text("utf-8", "replace") for path in logs)
    assert "POST /entrar/trocar" in said and "/evidencia/" in said
    for secret in (token, cookie["value"]):
        assert secret not in said
        assert not [pair for pair in asked if secret in pair[0].partition("#")[0] or secret in pair[1]]


def test_ten_failures_close_one_address_and_no_header_opens_another(site: Site) -> None:
    desk, thief = site.house.desk, "127.0.0.2"
    # Whoever names another address in a header of their own is still known by where they come from.
    said = [
        site.exchange("x" * 43, thief, X_Forwarded_For=f"203.0.113.{n}, 198.51.100.{n}") for n in range(11)
    ]
    assert [status for status, _ in said] == [403] * 10 + [429]
    closed = desk.store.state().closed
    assert desk.mark_of(thief) in closed and desk.mark_of("127.0.0.1") not in closed
    opened = access.exchange(desk, site.link("officer", "Otto Outro", CAPITAL).partition("#")[2], "127.0.0.1")
    held = f"{COOKIE}={opened.token}"
    path = f"/evidencia/{PLAN}/E1/{'0' * 64}"
    assert "tentativas demais" in site.ask("GET", path, None, thief, Cookie=held)[2].decode()
    assert "tentativas demais" not in site.ask("GET", path, Cookie=held)[2].decode()
    good = site.link("reader", "Lia Leitora").partition("#")[2]
    assert site.exchange(good, "127.0.0.3") == (200, "Você entrou, Lia Leitora.")
