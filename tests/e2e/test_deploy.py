"""The dashboard behind the proxy as it is deployed: what it lets in, what it lets out, what it keeps."""

from __future__ import annotations

import http.client
import mimetypes
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from pipelines.declarations import ROOT
from tests.e2e.reader import ADDRESSES, DRAWN
from tests.proxy import Proxy, nginx, proxied

pytestmark = pytest.mark.deploy


@pytest.fixture(scope="module")
def proxy(app: str) -> Iterator[Proxy]:
    """The proxy as it is deployed, in front of the one process of this run."""
    if nginx() is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with proxied([urlsplit(app).port or 0]) as found:
        yield found


def broken(said: list[str]) -> list[str]:
    """What a browser's console says of rules of the policy."""
    return [text for text in said if re.search(r"Content.Security.Policy|Refused to|violates", text)]


def test_pages_work_under_the_policy_and_break_no_rule_of_it(proxy: Proxy, browser: Browser) -> None:
    context = browser.new_context(ignore_https_errors=True, locale="pt-BR", accept_downloads=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        for path in ADDRESSES.values():
            page.goto(f"{proxy.address}/{path}")
            page.wait_for_function(DRAWN, timeout=90_000)
        assert broken(said) == []
        # And a breach would be heard: a picture of another site, which is not even asked for.
        page.evaluate("() => { new Image().src = 'https://example.org/picture.png' }")
        page.wait_for_timeout(500)
        assert len(broken(said)) == 1
    finally:
        context.close()


def test_headers_hold_on_every_answer(proxy: Proxy) -> None:
    for path in ("/", "/app/static/farol.svg", "/_stcore/metrics", "/app/static/geo/nothing.geojson"):
        answer = proxy.get(path)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_one_chart_may_be_embedded_by_anyone_and_a_page_by_nobody_else(proxy: Proxy) -> None:
    def frames(path: str) -> str:
        return proxy.get(path).headers["content-security-policy"].rpartition("frame-ancestors ")[2]

    assert frames("/?grafico=mapa&embed=true") == "*"
    assert [frames(path) for path in ("/", "/?embed=true", "/?grafico=mapa", "/conferir")] == ["'self'"] * 4


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/script-health-check",
        "/_stcore/agent/openapi.json",
        "/metrics",
        "/pronto",
    ],
)
def test_what_tells_of_the_process_is_not_for_the_world(proxy: Proxy, path: str) -> None:
    assert proxy.get(path).status == 404


def test_what_is_not_encrypted_is_sent_on(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=10)
    connection.request("GET", "/dados?tabela=values", headers={"Host": "painel.example.org"})
    answer = connection.getresponse()
    assert answer.status == 301
    assert answer.getheader("Location") == "https://painel.example.org/dados?tabela=values"


@pytest.mark.parametrize(
    "path", ["/" + "a" * 5000, "/app/static/" + "b" * 300, "/app/static/%00", "/a/" + "c/" * 1200]
)
def test_an_address_that_no_file_can_have_is_not_found(app: str, path: str) -> None:
    answers = {}
    for method in ("GET", "HEAD", "POST"):
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(app).port or 0, timeout=20)
        connection.request(method, path)
        answers[method] = connection.getresponse().status
        connection.close()
    assert answers == {"GET": 404, "HEAD": 404, "POST": 404}


def test_more_than_a_town_halls_worth_of_requests_is_held_back(proxy: Proxy) -> None:
    command = [
        sys.executable, "-c",
        "import http.client, ssl, sys\n"
        "c = http.client.HTTPSConnection('127.0.0.1', int(sys.argv[1]), context=ssl._create_unverified_context())\n"
        "found = []\n"
        "for _ in range(1200):\n"
        "    c.request('GET', '/app/static/farol.svg'); a = c.getresponse(); a.read(); found.append(a.status)\n"
        "print(found[:200].count(200), found.count(429))",
        str(proxy.safe),
    ]  # fmt: skip
    served, held = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(served) >= 100 and int(held) > 0


def test_links_of_those_who_write_are_tried_ten_times_and_no_more(proxy: Proxy) -> None:
    answers = [
        proxy.get(
            "/entrar/trocar",
            method="POST",
            body=b'{"token": "nenhum"}',
            headers={"Content-Type": "application/json"},
        ).status
        for _ in range(12)
    ]
    assert answers == [403] * 10 + [429] * 2
    page = proxy.get("/entrar")
    assert page.status == 200 and page.headers["referrer-policy"] == "no-referrer"
    assert proxy.get("/app/static/farol.svg").headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_the_program_of_the_pages_and_the_meshes_are_packed() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    [packed] = re.findall(r"gzip_types ([^;]+);", text)
    for file in ("plotly.js", "page.css", "mesh.geojson", "tables.json"):
        served, _ = mimetypes.guess_type(file)
        assert served in packed.split(), (file, served)
