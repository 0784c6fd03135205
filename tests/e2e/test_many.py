"""Many people: two processes behind the proxy as deployed, restarted one after another and rebuilt under their readers."""

from __future__ import annotations

import configparser
import datetime as dt
import http.server
import json
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from duckdb.func import FunctionNullHandling
from playwright.sync_api import Browser

from bench import client, load, memory
from bench.answers import Facts
from bench.client import Session
from deploy import ready
from pipelines import declarations, serving
from pipelines.declarations import ROOT
from pipelines.manifest import MANIFEST
from tests.conftest import free_port, started
from tests.e2e.reader import Reader, reading
from tests.e2e.test_revision import command
from tests.proxy import CONFIGURATION, COOKIE, DEPLOYED, Proxy, configuration, proxied

pytestmark = pytest.mark.many

DEPLOY = ROOT / "deploy"
PLAN = ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx"


def unit(name: str) -> configparser.ConfigParser:
    """A unit as systemd reads it, but for keys that stand twice, of which the last counts here."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read(DEPLOY / name, "utf-8")
    return found


def copied() -> Iterator[list[str]]:
    """Each COPY of the Dockerfile: its sources and, last, where they go."""
    for line in (DEPLOY / "Dockerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY "):
            yield line.split()[1:]


@dataclass
class Two:
    """Two processes over the same tables, of a project that has no more than the image would have.

    `first`: a copy of the tables as they were built; `built`: what those hold.
    """

    folder: Path
    proxy: Proxy
    ports: tuple[int, int]
    first: Path
    built: Facts
    running: dict[int, ExitStack] = field(default_factory=dict)
    pids: dict[int, int] = field(default_factory=dict)

    @property
    def config(self) -> declarations.Config:
        return declarations.read_config(self.folder / "farol.toml")

    @property
    def servers(self) -> list[tuple[str, int]]:
        return [(f"http://127.0.0.1:{port}", self.pids[port]) for port in self.ports]

    def start(self, port: int) -> None:
        stack = self.running[port] = ExitStack()
        _, self.pids[port] = stack.enter_context(
            started(
                self.folder / "farol.toml",
                self.folder / "app.py",
                self.folder / f"server-{port}.log",
                port=port,
            )
        )
        assert ready.main([str(port), "60"]) == 0

    def stop(self, port: int) -> None:
        self.running.pop(port).close()

    def end(self) -> None:
        for port in list(self.running):
            self.stop(port)

    def said(self) -> str:
        """What the processes wrote into their logs."""
        return "".join((self.folder / f"server-{port}.log").read_text("utf-8") for port in self.ports)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("farol")
    out = shutil.ignore_patterns("__pycache__")
    for *sources, place in copied():
        for source in sources:
            there = folder / place if place not in (".", "./") else folder / Path(source).name
            there.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, there, ignore=out)
            else:
                shutil.copy(ROOT / source, there)
    # The folders that compose puts in.
    shutil.copytree(
        ROOT / "static", folder / "static", ignore=shutil.ignore_patterns("data", "geo", ".data-*")
    )
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    command(folder, "build", "--if-needed")
    ports = (free_port(), free_port())
    with proxied(ports) as proxy, ExitStack() as ending:
        config = declarations.read_config(folder / "farol.toml")
        first = shutil.copytree(config.processed, folder / "first")
        found = Two(folder, proxy, ports, first, Facts(first))
        ending.callback(found.end)
        for port in ports:
            found.start(port)
        yield found


def port_of(server: Any) -> int:
    """The port of a stub."""
    return int(server.server_address[1])


SLOW = "/_stcore/stream?slow"


class Told(http.server.BaseHTTPRequestHandler):
    """A process that says only which one it is; of a session's connection that it takes (`SLOW`), when it ends."""

    taken, ended = threading.Event(), threading.Event()

    def do_GET(self) -> None:
        if self.path == SLOW:
            self.taken.set()
            self.ended.wait(30)
        body = str(port_of(self.server)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given: object) -> None: ...


def told(port: int = 0) -> http.server.ThreadingHTTPServer:
    """A stub that runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Told)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def away(server: http.server.ThreadingHTTPServer) -> None:
    """End a stub: what is asked of its port is refused."""
    server.shutdown()
    server.server_close()


@pytest.fixture
def stubs() -> Iterator[list[http.server.ThreadingHTTPServer]]:
    found = [told() for _ in DEPLOYED]
    yield found
    for server in found:
        away(server)


PATHS = (
    "/", "/indicador", "/_stcore/health", "/_stcore/stream", "/_stcore/upload_file/a/b", "/media/a.pdf",
    "/app/static/geo/a.geojson", "/app/static/brasil/geo/a.geojson", "/app/static/data/values.csv", "/entrar", "/evidencia/a/b/c", "/oauth2callback",
)  # fmt: skip


def test_a_reader_stays_with_the_process_that_the_cookie_names(
    stubs: list[http.server.ThreadingHTTPServer],
) -> None:
    ports = [port_of(server) for server in stubs]
    with proxied(ports) as proxy:
        for name in map(str, ports):
            for path in PATHS:
                answer = proxy.get(path, name)
                assert answer.body.decode() == name, path
                assert "set-cookie" not in answer.headers, path
                # Names of meshes hold their hash, whichever configuration serves them; the rest is asked for again.
                lasts = "immutable" in answer.headers.get("cache-control", "")
                assert lasts == ("/geo/" in path), path
        # New readers in turn, and each is told where it was.
        first = [proxy.get("/indicador") for _ in range(20)]
        assert all(answer.process == answer.body.decode() for answer in first)
        assert Counter(answer.process for answer in first) == {str(port): 10 for port in ports}
        [said] = {answer.headers["set-cookie"].partition("; ")[2] for answer in first}
        assert said == "Path=/; HttpOnly; Secure; SameSite=Lax"
        # Whoever keeps no cookie has all that belongs to a session in one place all the same.
        of_session = ("/_stcore/stream", "/_stcore/upload_file/a/b", "/media/a.pdf")
        assert len({proxy.get(path).body for path in of_session for _ in range(5)}) == 1
        # What is no port of ours chooses nothing.
        for strange in ("0", "22", "8501x", "farol", "../x"):
            assert proxy.get("/", strange).body.decode() in set(map(str, ports))


def test_who_comes_back_while_a_process_is_away_stays_with_the_other(
    stubs: list[http.server.ThreadingHTTPServer],
) -> None:
    gone, left = (str(port_of(server)) for server in stubs)
    with proxied([int(gone), int(left)]) as proxy:
        away(stubs[0])
        for path in PATHS:
            answer = proxy.get(path, gone)
            assert (answer.status, answer.body.decode()) == (200, left), path
            # Where the session's connection is, its reader belongs from now on; a file on the way moves nobody.
            assert answer.process == (left if path == "/_stcore/stream" else ""), path
        assert {proxy.get("/").body.decode() for _ in range(6)} == {left}


def test_a_process_that_is_back_has_its_readers_at_once_and_all_of_them(
    stubs: list[http.server.ThreadingHTTPServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    back, other = (port_of(server) for server in stubs)
    for name in ("taken", "ended"):
        monkeypatch.setattr(Told, name, threading.Event())
    with proxied([back, other]) as proxy, ThreadPoolExecutor(1) as reader:
        away(stubs[0])
        # Seen to be away by whatever the proxy asks of it.
        for path in PATHS * 2:
            assert proxy.get(path, str(back)).body.decode() == proxy.get(path).body.decode() == str(other)
        stubs[0] = told(back)
        # The first who is there stays connected; a file that the process holds for the next must be asked of it.
        first = reader.submit(proxy.get, SLOW, str(back))
        try:
            assert Told.taken.wait(20)
            for path in PATHS:
                assert proxy.get(path, str(back)).body.decode() == str(back), path
            assert {proxy.get("/").process for _ in range(4)} == {str(back), str(other)}
        finally:
            Told.ended.set()
        assert first.result().body.decode() == str(back)
        # And whoever was with the other while both were away finds the first that is back.
        for stub in stubs:
            away(stub)
        assert {proxy.get(path, str(other)).status for path in PATHS} == {502}
        stubs[0] = told(back)
        assert {proxy.get(path, str(other)).body.decode() for path in PATHS} == {str(back)}
        stubs[1] = told(other)


def test_the_proxy_takes_one_process_too_and_every_port_stands_wherever_it_must() -> None:
    text = CONFIGURATION.read_text("utf-8")
    assert configuration(DEPLOYED) == text
    for port in DEPLOYED:
        assert text.count(f"server 127.0.0.1:{port}") == 2 + len(DEPLOYED)
        assert f"upstream farol_{port} {{" in text and re.search(rf"\n    {port} +farol_{port};\n", text)
    port = free_port()
    with proxied([port]) as proxy:
        assert proxy.get("/").status == 502


def test_units_image_and_proxy_say_the_same() -> None:
    dashboard = unit("farol@.service")
    run = dashboard["Service"]["ExecStart"].removeprefix("/opt/farol/.venv/bin/")
    check = dashboard["Service"]["ExecStartPost"].removeprefix("/opt/farol/.venv/bin/")
    assert run == "python -m streamlit run app.py --server.port %i"
    assert check.startswith("python deploy/ready.py %i ")
    # A thread for each page that is being made, of as many as two workers of Debian's nginx hold open, two connections each.
    assert int(dashboard["Service"]["TasksMax"]) > 2 * 768 / 2
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert [run.replace("%i", "8501").split()] == [
        json.loads(found) for found in re.findall(r"\nCMD (.*)", image)
    ]
    assert dashboard["Service"]["WorkingDirectory"] == re.findall(r"\nWORKDIR (.*)", image)[0] == "/opt/farol"
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    for port in map(str, DEPLOYED):
        service = compose[f"farol-{port}"]
        assert service["command"] == run.replace("%i", port).split()
        assert service["healthcheck"]["test"] == ["CMD", "python", "deploy/ready.py", port]
        assert service["network_mode"] == "service:proxy" and service["read_only"]
        assert service["depends_on"]["build"]["condition"] == "service_completed_successfully"
    assert {name.removeprefix("farol-") for name in compose if name.startswith("farol-")} == set(
        map(str, DEPLOYED)
    )
    build = unit("farol-build.service")["Service"]["ExecStart"].removeprefix("/opt/farol/.venv/bin/")
    assert compose["build"]["command"] == build.split()
    # Each says in one place which configuration it shows.
    for name in ("farol@.service", "farol-health@.service", "farol-build.service", "farol-fetch.service"):
        assert unit(name)["Service"]["EnvironmentFile"] == "-/etc/farol.env", name
    for service in (compose["build"], *(compose[f"farol-{port}"] for port in DEPLOYED)):
        assert service["environment"]["FAROL_CONFIG"] == "${FAROL_CONFIG:-farol.toml}"
    # The manual starts these ports, and each unit that it names is there.
    manual = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert all(f"farol@{port}" in manual and f"farol-health@{port}.timer" in manual for port in DEPLOYED)
    assert "/_stcore/health" in CONFIGURATION.read_text("utf-8") and "|pronto)" in CONFIGURATION.read_text(
        "utf-8"
    )


def test_every_source_of_the_image_is_there_and_none_is_kept_out_of_it() -> None:
    image = (DEPLOY / "Dockerfile").read_text("utf-8")
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }
    sources = {source for *names, _ in copied() for source in names}
    assert all((ROOT / source).exists() for source in sources)
    assert sources == kept
    [version] = re.findall(r"FROM python:(\d+\.\d+)-slim", image)
    wanted = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert wanted is not None and tuple(map(int, version.split("."))) >= tuple(map(int, wanted[1].split(".")))
    # What compose puts in and nothing of it in the image: figures, tables, what people send, secrets.
    assert not {source for source in sources if source.startswith(("data", "static"))}


@pytest.mark.parametrize(
    "name", ["farol@.service", "farol-health@.service", "farol-build.service", "farol-fetch.service"]
)
def test_the_services_are_hardened_and_read_without_a_complaint(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here to read the unit")
    for path in DEPLOY.iterdir():
        if path.suffix in (".service", ".timer", ".target"):
            # As an instance is named, and with an interpreter that is here.
            text = path.read_text("utf-8").replace("/opt/farol/.venv/bin/python", sys.executable)
            (tmp_path / path.name.replace("@.", "@8501.")).write_text(text, "utf-8")
    file = tmp_path / name.replace("@.", "@8501.")
    for more in (file, *([file.with_suffix(".timer")] if file.with_suffix(".timer").exists() else [])):
        read = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(more), str(tmp_path / "farol.target")],
            check=False, capture_output=True, text=True, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        )  # fmt: skip
        assert (read.returncode, read.stderr) == (0, "")
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", str(file)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)
    assert exposure is not None, found.stderr
    assert float(exposure[1]) < 3


def test_a_process_that_is_not_there_is_not_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert ready.main([str(free_port())]) == 1
    assert "não responde" in capsys.readouterr().err


def build_of(port: int) -> str:
    """The build that a process shows."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/pronto", timeout=20) as answer:
        return str(json.loads(answer.read())["construcao"])


def sheet(reader: Reader) -> bytes:
    """The municipality's sheet, which the process makes and hands out when it is asked for."""
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name="Baixar ficha (PDF)").click()
    return waiting.value.path().read_bytes()


def test_a_restart_one_after_another_leaves_every_reader_on_the_same_view(two: Two, browser: Browser) -> None:
    def process() -> int:
        [found] = [item["value"] for item in reader.page.context.cookies() if item["name"] == COOKIE]
        return int(found)

    with reading(browser, two.proxy.address) as reader:
        reader.open("municipio", municipio="5003702", indicador="agua_perdas")
        assert sheet(reader).startswith(b"%PDF")
        title, link = reader.page.locator("h1").inner_text(), reader.link
        assert title.startswith("Dourados")
        # Both processes, one after the other: the reader is moved twice.
        for _ in two.ports:
            here = process()
            took = time.monotonic()
            two.stop(here)
            assert time.monotonic() - took < 20
            reader.until(lambda left=here: process() != left, "the cookie of the other process")  # type: ignore[misc]
            two.start(here)
            reader.wait()
            assert reader.page.locator("h1").inner_text() == title and reader.link == link
            assert reader.page.get_by_role("dialog").count() == 0
            # What is made, handed out and taken in by the process goes on where the reader is now.
            assert sheet(reader).startswith(b"%PDF")
        reader.choose("Município em foco", "Água Clara")
        reader.until(lambda: reader.title.startswith("Água Clara"), "the other town")
        reader.open("conferir")
        reader.page.set_input_files("input[type=file]", PLAN)
        reader.page.get_by_text("Nenhuma falha").wait_for()


def crowded(two: Two, someone: Callable[[int], load.Person], people: int, seconds: float) -> load.Found:
    """A crowd at both processes; in a thread of its own, since the browser's keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(load.crowd, two.servers, two.proxy, someone, people, seconds).result()


@dataclass
class Between(load.Reader):
    """A reader of two builds, whose screens each have to be of one of them."""

    others: Facts | None = None
    seen: Counter[str] = field(default_factory=Counter)

    def wrong(self, screen: Session) -> list[str]:
        """What is wrong under either build."""
        assert self.others is not None
        before, after = (list(facts.wrong(screen.page, screen)) for facts in (self.facts, self.others))
        if before and after:
            return [before[0], after[0]]
        self.seen["both" if not before and not after else "one" if not before else "other"] += 1
        return []


def altered(tables: Path, place: Path, facts: Facts) -> Path:
    """The same tables with every value of every indicator another one, also in the words of a reading; `facts`: of them."""
    shutil.copytree(tables, place)

    def reworded(indicator: str, value: float | None, reason: str | None) -> str | None:
        """A reading's reason with the other value."""
        if value is None or not reason:
            return reason
        said = rf"(?<![\w,.+−]){re.escape(facts.said(indicator, value))}(?![\w+]|[,.]\d)"
        return re.sub(said, facts.said(indicator, value * 0.9), reason)

    with duckdb.connect() as con:
        con.create_function("reworded", reworded, null_handling=FunctionNullHandling.SPECIAL)
        for name, column, words in (
            ("values", "value", ""),
            ("verdicts", "latest_value", ", reworded(indicator, latest_value, reason) as reason"),
        ):
            path = (place / f"{name}.parquet").as_posix()
            numbers = f"select indicator from read_parquet('{place.as_posix()}/indicators.parquet') where kind = 'number'"
            con.execute(
                f"create table t as select * replace ({column} * 0.9 as {column}{words}) from read_parquet('{path}') "
                f"where indicator in ({numbers}) union all from read_parquet('{path}') where indicator not in ({numbers})"
            )
            con.execute(f"copy t to '{path}' (format parquet)")
            con.execute("drop table t")
    # And the file that pages ask, as a build makes it of its tables.
    (place / serving.FILE).unlink()
    as_of = json.loads((place / MANIFEST).read_text("utf-8"))["as_of"]
    serving.write(place, declarations.read_declared(place), dt.date.fromisoformat(as_of))
    return place


def test_a_rebuild_under_the_readers_of_two_processes_makes_no_error_and_no_mixture(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "THINK", (0.1, 0.4))
    monkeypatch.setattr(load, "ARRIVAL", 3.0)
    config = two.config
    one, facts, seen = two.first, two.built, Counter[str]()
    other = altered(one, tmp_path / "other", facts)
    others = Facts(other)
    ended = threading.Event()
    swaps = 0

    def rebuilds() -> None:
        nonlocal swaps
        while not ended.wait(1.5):
            swaps += 1
            memory.rebuild(config, f"build-{swaps}", (one, other)[swaps % 2], two.folder / "static" / "data")

    builder = threading.Thread(target=rebuilds)
    builder.start()
    processes = Counter[str]()
    try:
        # Until both were seen often enough, for however long a busy machine takes to exchange them.
        for visit in range(10):
            found = crowded(
                two,
                lambda place, visit=visit: Between(  # type: ignore[misc]
                    facts, random.Random(f"mixture/{visit}/{place}"), others=others, seen=seen
                ),
                people=8,
                seconds=15,
            )
            assert not found.heard.errors
            assert not found.heard.wrong
            processes += found.heard.processes
            if swaps >= 5 and min(seen["one"], seen["other"]) > 10:
                break
    finally:
        ended.set()
        builder.join()
    # Readers of both processes were shown either build, many times over.
    assert set(processes) == set(map(str, two.ports)) and swaps >= 5
    assert seen["one"] > 10 and seen["other"] > 10
    assert {build_of(port) for port in two.ports} == {f"build-{swaps}"}
    assert "Traceback" not in two.said() and "page failed" not in two.said()


def test_a_whole_build_under_the_readers_of_two_processes_is_shown_by_both(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "THINK", (0.3, 0.8))
    monkeypatch.setattr(load, "ARRIVAL", 3.0)
    # From whatever stands to what the raw files say, as it was built at first.
    facts = Facts(two.config.processed)
    builder = threading.Thread(target=lambda: command(two.folder, "build"))
    before = {build_of(port) for port in two.ports}
    builder.start()
    seen = Counter[str]()
    while builder.is_alive():
        found = crowded(
            two,
            lambda place: Between(facts, random.Random(f"whole/{place}"), others=two.built, seen=seen),
            people=4,
            seconds=8,
        )
        assert not found.heard.errors
        assert not found.heard.wrong
    builder.join()
    after = {build_of(port) for port in two.ports}
    assert len(after) == 1 and not after & before
    assert "Traceback" not in two.said() and "page failed" not in two.said()


def test_sessions_and_failures_of_those_who_write_count_in_both_processes(two: Two) -> None:
    said = command(two.folder, "invite", "--role", "coordinator", "--name", "Ana", module="programme")
    [token] = re.findall(r"/entrar#(\S+)", said)

    def tried(port: int, given: str) -> urllib.request.Request:
        return urllib.request.Request(
            f"http://127.0.0.1:{port}/entrar/trocar",
            json.dumps({"token": given}).encode(),
            {"Content-Type": "application/json"},
        )

    with urllib.request.urlopen(tried(two.ports[0], token), timeout=20) as answer:
        session = re.match(r"farol_sessao=([^;]+)", answer.headers["set-cookie"])
    assert session is not None

    def status(request: urllib.request.Request) -> int:
        try:
            with urllib.request.urlopen(request, timeout=20) as found:
                return int(found.status)
        except urllib.error.HTTPError as error:
            return error.code

    # The session that one process opened stands at the other; without it both say that reading is all there is.
    for address, process in two.servers:
        for cookie, closed in ((f"farol_sessao={session[1]}", False), ("", True)):
            with client.reading(address, process, cookie) as reader:
                reader.open("fila")
                assert ("leitura aberta" in " ".join(reader.session.texts)) is closed
    again = command(two.folder, "invite", "--role", "reader", "--name", "Bia", module="programme")
    [second] = re.findall(r"/entrar#(\S+)", again)
    # Ten that fail, at one and at the other in turn, close the address at both, also for a link that holds.
    assert [status(tried(two.ports[place % 2], f"nenhum{place}")) for place in range(10)] == [403] * 10
    assert {status(tried(port, second)) for port in two.ports} == {403}
