"""The dashboard behind the proxy as it is deployed: what it lets in, what it lets out, what it keeps."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from pipelines.declarations import ROOT
from tests.conftest import free_port
from tests.e2e.reader import ADDRESSES, DRAWN

pytestmark = pytest.mark.deploy

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
WHOLE = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{ worker_connections 512; }}
http {{
    include /etc/nginx/mime.types;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/farol.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: its ports, its folder with its logs, and the address of the dashboard through it."""

    plain: int
    safe: int
    folder: Path

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.safe}"

    def get(self, path: str) -> http.client.HTTPResponse:
        """One answer, headers and body read."""
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("127.0.0.1", self.safe, timeout=20, context=context)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def proxy(app: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy in front of the dashboard of this run."""
    with proxied(app, tmp_path_factory.mktemp("nginx")) as found:
        yield found


@contextmanager
def proxied(app: str, folder: Path) -> Iterator[Proxy]:
    """nginx with deploy/nginx.conf before a dashboard, of which only ports and certificate are those of this run."""
    if not Path(NGINX).exists():
        pytest.skip("nginx is not installed: apt-get install nginx")
    port = urlsplit(app).port
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    found = Proxy(free_port(), free_port(), folder)
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("127.0.0.1:8501", f"127.0.0.1:{port}"),
        ("listen 80;", f"listen 127.0.0.1:{found.plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{found.safe} ssl;"),
        ("/etc/ssl/painel.pem", str(certificate)),
        ("/etc/ssl/painel.key", str(key)),
    ):
        assert old in text
        text = text.replace(old, new)
    # Started by root its workers are somebody else, to whom the folder of this run is closed.
    user = "user root root;" if os.geteuid() == 0 else ""
    (folder / "farol.conf").write_text(text, "utf-8")
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder, user=user), "utf-8")
    command = [NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            try:
                found.get("/_stcore/health")
                break
            except OSError:
                time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait(10)


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
        assert answer.getheader("Strict-Transport-Security") == "max-age=31536000"
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert "default-src 'self'" in str(answer.getheader("Content-Security-Policy"))


def test_one_chart_may_be_embedded_by_anyone_and_a_page_by_nobody_else(proxy: Proxy) -> None:
    def frames(path: str) -> str:
        policy = str(proxy.get(path).getheader("Content-Security-Policy"))
        return policy.rpartition("frame-ancestors ")[2]

    assert frames("/?grafico=mapa&embed=true") == "*"
    assert [frames(path) for path in ("/", "/?embed=true", "/?grafico=mapa", "/conferir")] == ["'self'"] * 4


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/openapi.json", "/metrics"]
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


@pytest.mark.parametrize("unit", ["farol.service", "farol-build.service", "farol-fetch.service"])
def test_the_services_are_hardened(unit: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here to read the unit")
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", str(ROOT / "deploy" / unit)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)
    assert exposure is not None, found.stderr
    assert float(exposure[1]) < 3


def test_links_of_those_who_write_are_tried_ten_times_and_no_more(proxy: Proxy) -> None:
    context = ssl._create_unverified_context()
    answers = []
    for _ in range(12):
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.safe, timeout=20, context=context)
        body = b'{"token": "nenhum"}'
        connection.request("POST", "/entrar/trocar", body, {"Content-Type": "application/json"})
        answers.append(connection.getresponse().status)
        connection.close()
    assert answers == [403] * 10 + [429] * 2
    page = proxy.get("/entrar")
    assert page.status == 200 and "no-referrer" in (page.getheader("Referrer-Policy") or "")
