"""A whole run: what is kept, what is said, what is asked again, and who may run when."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import gzip
import json
import os
import pty
import re
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trustme

from pipelines import editions
from pipelines.__main__ import main
from pipelines.declarations import ROOT
from pipelines.editions import EditionError, Shelf
from pipelines.fetching import checking, placing, running
from pipelines.fetching.contract import STATES, FetchError, Harvest
from pipelines.fetching.memory import Memory
from pipelines.fetching.web import Client, Limits, Road
from pipelines.raw_files import fingerprint, raw_path
from tests.pipelines.fetching import answers
from tests.pipelines.fetching.answers import CLARA, GRANDE
from tests.pipelines.fetching.conftest import QUICK, TODAY, TOWNS, World
from tests.pipelines.fetching.publisher import Answer, Publishers, Reply, serving
from tests.pipelines.fetching.test_misbehaviour import PAGE, homicides
from tests.pipelines.fetching.test_publishers import population


def slowly(answer: object, seconds: float) -> Callable[[dict[str, str]], object]:
    def given(_: dict[str, str]) -> object:
        time.sleep(seconds)
        return answer

    return given


# --- what is kept ----------------------------------------------------------------------------------------


def test_the_old_edition_is_kept_and_a_revision_is_shown_value_by_value(world: World) -> None:
    copy = world.bytes_of("ipea_homicidios")
    series = homicides(world)
    world.fetch_one("ipea_homicidios")
    for item in series:
        if (item["regiao_id"], item["periodo"][:4]) == (CLARA, "2019"):
            item["valor"] = 77.7
    later = TODAY.replace(month=12)
    [outcome] = world.fetch("ipea_homicidios", today=later)
    assert (outcome.state, outcome.changed) == (running.NEW, 1)
    shelf = Shelf(world.config.raw / "ipea_homicidios")
    known = shelf.editions()
    assert [(e.label, e.origin) for e in known] == [
        ("2026-11-26", "snapshot"), ("2026-11-28", "fetched"), ("2026-12-28", "fetched"),
    ]  # fmt: skip
    assert shelf.read("2026-11-26") == copy
    assert shelf.read("2026-12-28") == world.bytes_of("ipea_homicidios")
    source = running.declared("ipea_homicidios")
    before, after = (checking.rows_of(shelf.read(label)) for label in ("2026-11-28", "2026-12-28"))
    [change] = checking.changes(source, before, after)
    assert (change.municipality, change.period, change.column, change.after) == (
        CLARA,
        "2019",
        "valor",
        "77.7",
    )


def test_the_same_figures_make_no_edition_and_confirm_the_copy(world: World) -> None:
    population(world)
    world.fetch_one("ibge_populacao")
    before = world.bytes_of("ibge_populacao")
    [outcome] = world.fetch("ibge_populacao", today=TODAY.replace(month=12))
    assert (outcome.state, outcome.changed) == (running.SAME, 0)
    assert world.bytes_of("ibge_populacao") == before
    assert len(Shelf(world.config.raw / "ibge_populacao").editions()) == 2
    assert "retrieved = 2026-12-28" in (world.declared / "ibge_populacao.toml").read_text("utf-8")


def test_a_file_corrected_by_hand_is_kept_too(world: World) -> None:
    series = homicides(world)
    world.fetch_one("ipea_homicidios")
    path = world.config.raw / "ipea_homicidios" / "values.csv"
    path.write_text(path.read_text("utf-8").replace(f"{CLARA},2020,1.5", f"{CLARA},2020,1.6"), "utf-8")
    corrected = path.read_bytes()
    series[0]["valor"] += 1
    assert world.fetch_one("ipea_homicidios").state == running.NEW
    shelf = Shelf(world.config.raw / "ipea_homicidios")
    assert [shelf.read(edition.label) for edition in shelf.editions()][2] == corrected


def test_two_editions_on_one_day_have_names_of_their_own(world: World) -> None:
    series = homicides(world)
    world.fetch_one("ipea_homicidios")
    series[0]["valor"] += 1
    world.fetch_one("ipea_homicidios")
    labels = [edition.label for edition in Shelf(world.config.raw / "ipea_homicidios").editions()]
    assert labels == ["2026-11-26", "2026-11-28", "2026-11-28.2"]


def test_old_editions_are_bounded_by_the_policy(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(b"copy\n", TODAY.replace(year=2020), "snapshot", "cópia")
    for month in range(editions.KEPT_NEWEST + 12):
        day = TODAY.replace(year=2021 + month // 12, month=month % 12 + 1)
        shelf.add(f"{month}\n".encode(), day, "fetched", "x")
    known = shelf.editions()
    kept = [edition.label for edition in known if edition.file]
    assert len(known) == editions.KEPT_NEWEST + 13
    assert kept[:2] == ["2020-11-28", "2021-01-28"] and kept[2] == "2022-01-28"
    assert len(kept) == 2 + editions.KEPT_NEWEST
    files = {path.name for path in (tmp_path / "editions").glob("*.gz")}
    assert files == {edition.file for edition in known if edition.file}
    with pytest.raises(EditionError, match="já não é guardado"):
        shelf.read("2021-02-28")


def resting(folder: Path, source: str, *sha256: str) -> None:
    """A build that says of some editions that readings rest on them."""
    rows = [{"source": source, "sha256": text, "readings": 3} for text in sha256]
    rows += [
        {"source": "snis", "sha256": "0", "readings": 1},
        {"source": source, "sha256": "1", "readings": 0},
    ]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / editions.TABLE)


def test_what_a_reading_rests_on_is_never_dropped(tmp_path: Path) -> None:
    shelf, tables = Shelf(tmp_path / "x"), tmp_path / "processed"
    assert editions.rested_on(tables, "x") == frozenset()
    second = fingerprint(b"1\n")
    resting(tables, "x", second)
    held = editions.rested_on(tables, "x")
    assert held == frozenset({second})

    def fill(first: int, last: int) -> list[str]:
        for number in range(first, last):
            day = dt.date(2026, 1, 1) + dt.timedelta(days=number)
            shelf.add(f"{number}\n".encode(), day, "fetched", "x", (), editions.rested_on(tables, "x"))
        return [edition.label for edition in shelf.editions() if edition.file]

    kept = fill(0, editions.KEPT_NEWEST + 10)
    assert len(kept) == editions.KEPT_NEWEST + 2
    assert kept[:2] == ["2026-01-01", "2026-01-02"] and shelf.read("2026-01-02") == b"1\n"
    # Readings of which nobody can say what they rest on: all stay until the next build says it.
    (tables / editions.READINGS).touch()
    (tables / editions.TABLE).write_bytes(b"PAR1")
    assert editions.rested_on(tables, "x") is None
    assert len(fill(40, 45)) == editions.KEPT_NEWEST + 7
    resting(tables, "x", second)
    assert len(fill(50, 51)) == editions.KEPT_NEWEST + 2 and shelf.read("2026-01-02") == b"1\n"


def test_a_fetch_asks_the_build_what_readings_rest_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "KEPT_NEWEST", 1)
    series = homicides(world)
    for number, day in enumerate((1, 8, 15, 22), start=1):
        series[0]["valor"] = number
        [outcome] = world.fetch("ipea_homicidios", today=dt.date(2026, 12, day))
        if day == 8:
            resting(world.config.processed, "ipea_homicidios", outcome.sha256)
    kept = [e.label for e in Shelf(world.config.raw / "ipea_homicidios").editions() if e.file]
    # The copy, the first of its year, the one that is read, and the newest.
    assert kept == ["2026-11-26", "2026-12-08", "2026-12-22"]


def test_a_damaged_edition_is_told(world: World) -> None:
    homicides(world)
    world.fetch_one("ipea_homicidios")
    shelf = Shelf(world.config.raw / "ipea_homicidios")
    (shelf.folder / "2026-11-28.csv.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(EditionError, match="estragado"):
        shelf.read("2026-11-28")
    shelf.index.write_text("{", "utf-8")
    with pytest.raises(EditionError, match="índice"):
        shelf.editions()


def test_a_packed_raw_file_stays_packed(tmp_path: Path) -> None:
    (tmp_path / "values.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    present = raw_path(tmp_path)
    assert checking.unpacked(present) == b"a,b\n1,2\n"
    with placing.beside(tmp_path, b"a,b\n3,4\n") as new:
        assert new.name == "values.csv.gz" and checking.unpacked(new) == b"a,b\n3,4\n"


# --- what is asked again ---------------------------------------------------------------------------------


def test_unchanged_files_are_asked_for_by_etag_and_not_sent_again(world: World) -> None:
    path = answers.capag(world.publishers)
    assert world.fetch_one("stn_capag").state == running.NEW
    assert world.fetch_one("stn_capag").state == running.SAME
    asked = [a for a in world.publishers.asked if a.path == path]
    assert "If-None-Match" not in asked[0].headers and asked[1].headers["If-None-Match"] == '"capag-1"'
    stamps = [a for e in Shelf(world.config.raw / "stn_capag").editions() for a in e.answers]
    assert [s["etag"] for s in stamps if "etag" in s] == ['"capag-1"']


def test_a_bad_answer_is_not_remembered(world: World) -> None:
    rows: dict[str, list[object]] = {
        code: ["A", 1.7, "A", 70.1, "A", 41.0, "A", "A"] for code in answers.TOWNS
    }
    answers.capag(world.publishers, answers.capag_book(rows))
    assert world.fetch_one("stn_capag").state == running.FAILED
    answers.capag(world.publishers)
    assert world.fetch_one("stn_capag").state == running.NEW


def test_a_damaged_memory_is_asked_for_again(world: World) -> None:
    answers.capag(world.publishers)
    world.fetch_one("stn_capag")
    for path in (world.config.data / ".fetch").glob("*.body"):
        path.write_bytes(b"PK")
    assert world.fetch_one("stn_capag").state == running.SAME


def test_a_host_is_asked_at_its_pace_and_publishers_side_by_side(world: World) -> None:
    population(world)
    world.limits = replace(QUICK, pace=1)
    moments: list[float] = []
    census = world.publishers.answers[answers.SIDRA.format(4714, 93)]

    def slow(query: dict[str, str]) -> object:
        moments.append(time.monotonic())
        time.sleep(0.5)
        return census(query) if callable(census) else census

    world.publishers.answers[answers.SIDRA.format(4714, 93)] = slow
    series = homicides(world)
    world.publishers.answers[answers.HOMICIDES] = slowly(series, 0.5)
    start = time.monotonic()
    outcomes = world.fetch("ibge_populacao", "ipea_homicidios")
    assert [outcome.state for outcome in outcomes] == [running.NEW, running.NEW]
    assert moments[0] - start >= 0.24
    assert time.monotonic() - start < 0.25 + 0.5 + 0.5 + 1.5


# --- who may run when, and what a kill leaves ------------------------------------------------------------


def test_two_never_run_at_once(world: World) -> None:
    homicides(world)
    with placing.alone(world.config), pytest.raises(FetchError, match="em andamento"):
        world.fetch("ipea_homicidios")
    assert world.fetch_one("ipea_homicidios").state == running.NEW


def test_a_run_killed_between_the_figures_and_the_declaration_is_completed(world: World) -> None:
    homicides(world)
    declared = (world.declared / "ipea_homicidios.toml").read_text("utf-8")
    world.fetch_one("ipea_homicidios")
    sealed = (world.declared / "ipea_homicidios.toml").read_text("utf-8")
    (world.declared / "ipea_homicidios.toml").write_text(declared, "utf-8")
    assert world.fetch_one("ipea_homicidios").state == running.SAME
    assert (world.declared / "ipea_homicidios.toml").read_text("utf-8") == sealed


def test_a_run_killed_before_the_figures_are_moved_is_completed(world: World) -> None:
    copy = world.bytes_of("ipea_homicidios")
    homicides(world)
    world.fetch_one("ipea_homicidios")
    new = world.bytes_of("ipea_homicidios")
    folder = world.config.raw / "ipea_homicidios"
    (folder / "values.csv").write_bytes(copy)
    (folder / ".new").mkdir()
    (folder / ".new" / "values.csv").write_bytes(b"half")
    assert world.fetch_one("ipea_homicidios").state == running.NEW
    assert world.bytes_of("ipea_homicidios") == new
    assert len(Shelf(folder).editions()) == 2 and not (folder / ".new").exists()


def test_a_fault_of_our_own_is_told_as_such_and_keeps_nobody_from_going_on(world: World) -> None:
    homicides(world)
    [good] = running.chosen(["ipea_homicidios"])
    broken = replace(good, source="stn_capag", collect=lambda *_: Harvest([{}], "", lambda _: True))
    asked = running.Run(world.config, "50", Road(QUICK, world.publishers.url), TODAY, world.declared)
    outcomes = running.run(asked, [broken, good])
    assert [outcome.state for outcome in outcomes] == [running.FAILED, running.NEW]
    assert "O próprio programa falhou" in outcomes[0].told


# --- what is asked for -----------------------------------------------------------------------------------


def test_what_was_not_asked_for_stays(world: World) -> None:
    """A fetch of another state leaves this one's rows alone; its municipalities have to be on the list."""
    homicides(world)
    before = world.bytes_of("ipea_homicidios")
    [outcome] = world.fetch("ipea_homicidios", state="51")
    assert outcome.state == running.FAILED and "território pedido" in outcome.told
    assert world.bytes_of("ipea_homicidios") == before


def test_the_country_and_one_state_of_it(world: World) -> None:
    elsewhere = "5103403"
    registry = world.config.raw / "ibge_municipios" / "values.csv"
    line = next(line for line in registry.read_text("utf-8").splitlines() if line.startswith(CLARA))
    registry.write_text(registry.read_text("utf-8") + line.replace(CLARA, elsewhere) + "\n", "utf-8")
    series = homicides(world)
    years = {item["periodo"] for item in series}
    series += [{"regiao_id": elsewhere, "valor": 30.5, "periodo": year} for year in years]
    assert world.fetch("ipea_homicidios", state="BR")[0].state == running.NEW
    assert world.row("ipea_homicidios", elsewhere, "2020")["valor"] == "30.5"
    for item in series:
        if item["periodo"] == "2020-01-15":
            item["valor"] = 2.5
    assert world.fetch("ipea_homicidios", state="50")[0].changed == len(TOWNS)
    assert world.row("ipea_homicidios", CLARA, "2020")["valor"] == "2.5"
    assert world.row("ipea_homicidios", elsewhere, "2020")["valor"] == "30.5"


def of_its_state(
    given: Answer, table: str, variable: str, asked: list[tuple[str, str]]
) -> Callable[[dict[str, str]], object]:
    """The answer for one state, and one without municipalities for the others."""

    def answer(query: dict[str, str]) -> object:
        asked.append((table, query["localidades"]))
        if query["localidades"] == "N6[N3[50]]|N3[50]|N1[all]" and callable(given):
            return given(query)
        return answers.sidra((variable, "Pessoas", {}))

    return answer


def test_ibge_is_asked_state_by_state_for_the_country(world: World) -> None:
    estimates = population(world)
    estimates[CLARA]["2025"] = "18000"
    asked: list[tuple[str, str]] = []
    for table, variable in (("6579", "9324"), ("4714", "93")):
        path = answers.SIDRA.format(table, variable)
        world.publishers.answers[path] = of_its_state(world.publishers.answers[path], table, variable, asked)
    assert world.fetch("ibge_populacao", state="BR")[0].state == running.NEW
    assert len(asked) == len(set(asked)) == 2 * len(STATES)
    assert world.row("ibge_populacao", CLARA, "2025")["populacao"] == "18000"


def test_states_by_letters_and_by_code() -> None:
    assert running.state_of("ms") == running.state_of("50") == "50"
    with pytest.raises(FetchError, match="não é um estado"):
        running.state_of("XX")


def test_a_source_without_connector_is_named_as_such() -> None:
    with pytest.raises(FetchError, match="aguarda conector"):
        running.chosen(["snis"])
    with pytest.raises(FetchError, match="não existe"):
        running.chosen(["nada"])


def test_one_log_line_per_source(world: World) -> None:
    homicides(world)
    world.publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = Reply(PAGE, "text/html")
    world.fetch("stn_capag", "ipea_homicidios")
    lines = [
        json.loads(line) for line in (world.config.data / ".fetch.jsonl").read_text("utf-8").splitlines()
    ]
    assert [(line["source"], line["state"]) for line in lines] == [
        ("stn_capag", "failed"),
        ("ipea_homicidios", "new"),
    ]
    assert all(line["time"] and line["mirror"] == world.publishers.url for line in lines)


# --- certificates ----------------------------------------------------------------------------------------


def guarded(leaf: trustme.LeafCert, file: Path, whole: bool) -> Callable[[ThreadingHTTPServer], str]:
    """Serve over TLS, with the intermediate or, as Inep does, without it."""

    def wrap(server: ThreadingHTTPServer) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        chain = [pem.bytes() for pem in leaf.cert_chain_pems]
        file.write_bytes(leaf.private_key_pem.bytes() + b"".join(chain if whole else chain[:1]))
        context.load_cert_chain(file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        return f"https://localhost:{server.server_port}"

    return wrap


def asked(url: str, certificates: Path | None, memory: Path) -> object:
    """The JSON of a server under its own address, not through a mirror."""
    road = Road(replace(QUICK, attempts=1), "", certificates)
    with Client(road, ("localhost",), Memory(memory)) as client:
        return client.json(f"{url}/x")


def test_an_unknown_certificate_is_refused_and_an_incomplete_chain_can_be_mended(
    tmp_path: Path,
) -> None:
    authority = trustme.CA()
    middle = authority.create_child_ca()
    leaf = middle.issue_cert("localhost")
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    (trusted / "root.pem").write_bytes(authority.cert_pem.bytes())
    with serving(guarded(leaf, tmp_path / "leaf.pem", whole=True)) as publishers:
        publishers.answers["x"] = lambda _: [1]
        with pytest.raises(FetchError, match="certificado de localhost"):
            asked(publishers.url, None, tmp_path / "memory")
        assert asked(publishers.url, trusted, tmp_path / "memory") == [1]
    with serving(guarded(leaf, tmp_path / "leaf.pem", whole=False)) as publishers:
        publishers.answers["x"] = lambda _: [1]
        with pytest.raises(FetchError, match="deploy/certificates"):
            asked(publishers.url, trusted, tmp_path / "memory")
        (trusted / "middle.pem").write_bytes(middle.cert_pem.bytes())
        assert asked(publishers.url, trusted, tmp_path / "memory") == [1]
    (trusted / "note.pem").write_text("no certificate", "utf-8")
    with pytest.raises(FetchError, match=r"note\.pem"):
        asked("https://localhost:1", trusted, tmp_path / "memory")


def test_plain_http_is_refused_outside_a_mirror(publishers: Publishers, tmp_path: Path) -> None:
    with (
        Client(Road(Limits(pace=0)), ("127.0.0.1",), Memory(tmp_path)) as client,
        pytest.raises(FetchError, match="https"),
    ):
        client.json(publishers.url)
    assert not publishers.asked


# --- the command, in a copy of the project ---------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The pipelines and the raw data of the 79, in a folder that a command may change."""
    shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    shutil.copy(ROOT / "farol.toml", tmp_path)
    return tmp_path


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "FAROL_CONFIG"}
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=180
    )  # fmt: skip


def test_from_the_publisher_to_the_tables(copy: Path, publishers: Publishers) -> None:
    rows = checking.rows_of(checking.unpacked(raw_path(copy / "data" / "raw" / "ipea_homicidios")))
    series = answers.on_file(rows, "valor")
    series[GRANDE]["2019"] = "21.5"
    for code in series:
        series[code]["2020"] = "10.25"
    given = [
        {"regiao_id": int(code), "valor": float(value), "periodo": f"{year}-01-15"}
        for code, values in series.items()
        for year, value in values.items()
    ]
    publishers.answers[answers.HOMICIDES] = lambda _: given
    for level, place, rate in ((3, 50, 21.4), (1, 1076, 20.03)):
        path = answers.HOMICIDES.replace("20/4", f"20/{level}")
        told = [{"regiao_id": place, "valor": rate, "periodo": "2020-01-15"}]
        publishers.answers[path] = Reply(json.dumps(told).encode())
    publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = Reply(PAGE, "text/html")
    done = command(copy, "fetch", "ipea_homicidios", "stn_cauc", "--mirror", publishers.url)
    assert done.returncode == 1, done.stderr
    assert "1 com edição nova, 1 falharam" in done.stdout and "stn_cauc" in done.stdout
    assert "Traceback" not in done.stderr
    told = json.loads(command(copy, "editions", "ipea_homicidios", "--json").stdout)
    assert [edition["origin"] for edition in told] == ["snapshot", "fetched"]
    labels = [edition["label"] for edition in told]
    difference = command(copy, "editions", "ipea_homicidios", "--diff", *labels)
    assert f"{GRANDE} · 2019 · valor: " in difference.stdout and "→ 21.5" in difference.stdout
    assert "82 valor(es) diferem." in difference.stdout
    built = command(copy, "build")
    assert built.returncode == 0, built.stderr
    with duckdb.connect() as con:
        tables = copy / "data" / "processed"
        source = con.execute(
            "select origin, edition, rejected from read_parquet(?) where source = 'ipea_homicidios'",
            [str(tables / "sources.parquet")],
        ).fetchall()
        value = con.execute(
            "select value from read_parquet(?) where indicator = 'homicidios_taxa' and municipality_code = ? "
            "and year(period) = 2020",
            [str(tables / "values.parquet"), GRANDE],
        ).fetchall()
        stated = con.execute(
            "select place, value from read_parquet(?) where indicator = 'homicidios_taxa' order by place",
            [str(tables / "benchmarks.parquet")],
        ).fetchall()
    assert source[0][:2] == ("fetched", "Atlas da Violência, série até 2020")
    assert value == [(10.25,)]
    assert stated == [("BR", 20.03), ("MS", 21.4)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fetch", "nada"), "A fonte 'nada' não existe"),
        (("fetch", "--state", "XX"), "'XX' não é um estado"),
        (("fetch", "--mirror", "ftp://x"), "não é um endereço"),
        (("editions", "nada"), "A fonte 'nada' não existe"),
        (("editions", "snis", "--diff", "a", "b"), "A edição 'a' não existe"),
    ],
)
def test_the_command_says_what_it_cannot_do(
    words: tuple[str, ...],
    said: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(ROOT / "farol.toml", world.config.data.parent)
    monkeypatch.setenv("FAROL_CONFIG", str(world.config.data.parent / "farol.toml"))
    assert main(list(words)) == 1
    assert said in capsys.readouterr().err
    assert main(["editions", "snis"]) == 0
    assert "Ainda não há edições" in capsys.readouterr().out


def test_a_killed_fetch_leaves_the_old_edition_and_no_lock(copy: Path, publishers: Publishers) -> None:
    before = raw_path(copy / "data" / "raw" / "ipea_homicidios").read_bytes()
    publishers.answers[answers.HOMICIDES] = slowly([], 20)
    words = [sys.executable, "-m", "pipelines", "fetch", "ipea_homicidios", "--mirror", publishers.url]
    with subprocess.Popen(words, cwd=copy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while not publishers.asked and time.monotonic() < end:
            time.sleep(0.05)
        assert "em andamento" in command(copy, "fetch", "ipea_homicidios", "--mirror", publishers.url).stderr
        process.send_signal(signal.SIGKILL)
    assert raw_path(copy / "data" / "raw" / "ipea_homicidios").read_bytes() == before
    publishers.answers[answers.HOMICIDES] = Reply(b"{}", status=404)
    done = command(copy, "fetch", "ipea_homicidios", "--mirror", publishers.url, "--json")
    assert done.returncode == 1 and json.loads(done.stdout)[0]["state"] == "failed"


def test_on_a_terminal_each_source_has_a_bar_of_its_own(copy: Path, publishers: Publishers) -> None:
    publishers.answers[answers.HOMICIDES] = slowly([], 0.5)
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    words = ("fetch", "ipea_homicidios", "stn_capag", "--mirror", publishers.url)
    environment = {key: value for key, value in os.environ.items() if key != "FAROL_CONFIG"}
    running_one = subprocess.Popen(
        [sys.executable, "-m", "pipelines", *words], cwd=copy, env=environment, stdout=subprocess.DEVNULL, stderr=end
    )  # fmt: skip
    os.close(end)
    shown = b""
    # The terminal's other end is gone (EIO) when the command has ended.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    assert running_one.wait(30) == 1
    for source in (b"ipea_homicidios: ", b"stn_capag: "):
        assert re.search(re.escape(source) + rb"[^\r]*pedidos", shown), shown
