"""A real nginx with deploy/nginx.conf, on loopback: ports and certificate are of the run, all else as it is deployed."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.declarations import ROOT
from tests.conftest import free_port
from tests.programs import quiet

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
COOKIE = "farol_processo"
# The ports of the processes in deploy/nginx.conf.
DEPLOYED = (8501, 8502)
_WHOLE = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
worker_processes 2;
events {{ worker_connections 1024; }}
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


def nginx() -> str | None:
    """The path of nginx, which stands where not everybody's PATH looks; None where there is none."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def install() -> str:
    """The path of nginx, installing it where there is none; exits saying what to install where that fails."""
    if found := nginx():
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing nginx with the system's package manager…", flush=True)
        quiet("apt-get", "update")
        quiet("apt-get", "install", "-y", "--no-install-recommends", "nginx-light")
    if found := nginx():
        return found
    sys.exit("No nginx for the tests of the deployment. Install the package 'nginx' and run again.")


@dataclass(frozen=True)
class Answer:
    """What the proxy answered; header names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def process(self) -> str:
        """The port of the process that the answer's cookie names; empty where it sets none."""
        found = re.match(rf"{COOKIE}=(\d+);", self.headers.get("set-cookie", ""))
        return found[1] if found else ""


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: its ports, the folder with its logs, and the address of the dashboard through it."""

    plain: int
    safe: int
    folder: Path

    @property
    def address(self) -> str:
        """As a browser is given it."""
        return f"https://127.0.0.1:{self.safe}"

    def get(
        self,
        path: str,
        cookie: str = "",
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One answer, headers and body read; `cookie`: the port that the reader's cookie names."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.safe, timeout=20, context=unverified())
        given = dict(headers or {}) | ({"Cookie": f"{COOKIE}={cookie}"} if cookie else {})
        connection.request(method, path, body, given)
        answer = connection.getresponse()
        # A header that came twice is both, in their order.
        said: dict[str, list[str]] = {}
        for name, value in answer.getheaders():
            said.setdefault(name.lower(), []).append(value)
        found = Answer(
            answer.status, {name: ", ".join(values) for name, values in said.items()}, answer.read()
        )
        connection.close()
        return found


@cache
def unverified() -> ssl.SSLContext:
    """A context that takes the certificate of the run, which nobody signed; one for all, and without the system's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def configuration(ports: Sequence[int]) -> str:
    """deploy/nginx.conf for processes on these ports: one, or as many as it has."""
    text = CONFIGURATION.read_text("utf-8")
    for gone in DEPLOYED[len(ports) :]:
        text = re.sub(rf"upstream farol_{gone} \{{[^}}]*\}}\n", "", text)
        text = "".join(line for line in text.splitlines(keepends=True) if not re.search(rf"\b{gone}\b", line))
    return re.sub(
        r"(?<!\d)(?:" + "|".join(map(str, DEPLOYED)) + r")(?!\d)",
        lambda found: str(ports[DEPLOYED.index(int(found[0]))]),
        text,
    )


@contextmanager
def proxied(ports: Sequence[int]) -> Iterator[Proxy]:
    """nginx in front of processes on these ports of this machine, until the block ends."""
    program = install()
    with tempfile.TemporaryDirectory(prefix="farol-nginx-") as name:
        folder = Path(name)
        # Its workers are another user's where the master is root's.
        folder.chmod(0o755)
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        found = Proxy(free_port(), free_port(), folder)
        text = configuration(ports)
        for old, new in (
            ("listen 80;", f"listen 127.0.0.1:{found.plain};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{found.safe} ssl;"),
            ("/etc/ssl/painel.pem", str(certificate)),
            ("/etc/ssl/painel.key", str(key)),
        ):
            assert old in text
            text = text.replace(old, new)
        (folder / "farol.conf").write_text(text, "utf-8")
        (folder / "nginx.conf").write_text(_WHOLE.format(folder=folder), "utf-8")
        command = [program, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
        tried = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True)
        assert tried.returncode == 0, tried.stderr
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
