"""Publishers that misbehave: the source fails with a sentence, the others go on, what was in place stays."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import socket
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from pipelines.__main__ import main
from pipelines.declarations import ROOT
from pipelines.fetching import archives, command, running
from pipelines.fetching.contract import FetchError
from pipelines.fetching.publishers import CONNECTORS
from pipelines.fetching.web import Limits
from tests.pipelines.fetching import answers
from tests.pipelines.fetching.answers import CLARA, FIGUEIRAO, GRANDE
from tests.pipelines.fetching.conftest import QUICK, World
from tests.pipelines.fetching.publisher import Answer, Reply

PAGE = b"<!DOCTYPE html><html><head><title>Indispon\xc3\xadvel</title></head><body>Volte mais tarde</body></html>"


def homicides(world: World, answer: Any = None) -> list[dict[str, Any]]:
    """The series as it is on file and one year more."""
    series = answers.on_file(world.rows("ipea_homicidios"), "valor")
    given: list[dict[str, Any]] = [
        {"regiao_id": code, "valor": float(value), "periodo": f"{year}-01-15"}
        for code, values in series.items()
        for year, value in {**values, "2020": "1.5"}.items()
    ]
    world.publishers.answers[answers.HOMICIDES] = (lambda _: given) if answer is None else answer
    return given


def refused(world: World, source: str = "ipea_homicidios") -> str:
    """The sentence of a source that fails; nothing of it may have changed."""
    folder, declaration = world.config.raw / source, world.declared / f"{source}.toml"
    before, declared = world.bytes_of(source), declaration.read_text("utf-8")
    outcome = world.fetch_one(source)
    assert outcome.state == running.FAILED
    assert world.bytes_of(source) == before and declaration.read_text("utf-8") == declared
    assert sorted(path.name for path in folder.iterdir()) == ["values.csv"]
    return outcome.told


def test_html_page_with_status_200(world: World) -> None:
    homicides(world, Reply(PAGE, "text/html; charset=utf-8"))
    assert "uma página de internet, e não os dados" in refused(world)
    assert world.publishers.count("series-values") == 1


def test_html_page_under_another_content_type(world: World) -> None:
    homicides(world, Reply(b"\n" + PAGE, "application/json"))
    assert "uma página de internet" in refused(world)


def test_captcha(world: World) -> None:
    homicides(world, Reply(PAGE.replace(b"Volte", b"<div class='g-recaptcha'></div>"), "text/html"))
    assert "captcha" in refused(world)


def test_login_page(world: World) -> None:
    homicides(world, Reply(PAGE.replace(b"Volte", b"<input type='password'>"), "text/html"))
    assert "uma página de login" in refused(world)


def test_redirect_to_a_login_of_another_host(world: World) -> None:
    homicides(world, Reply(status=302, headers={"Location": "https://sso.acesso.gov.br/login?x=1"}))
    told = refused(world)
    assert "login" in told and "sso.acesso.gov.br" in told
    assert not world.publishers.count("sso.acesso.gov.br")


def test_redirect_within_the_declared_hosts_is_followed(world: World) -> None:
    series = homicides(world, Reply(status=302, headers={"Location": "https://www.ipea.gov.br/novo/20"}))
    world.publishers.answers["www.ipea.gov.br/novo/20"] = lambda _: series
    assert world.fetch_one("ipea_homicidios").state == running.NEW


def test_redirect_by_a_path_alone_is_followed(world: World) -> None:
    series = homicides(world, Reply(status=301, headers={"Location": "/novo/20"}))
    world.publishers.answers["www.ipea.gov.br/novo/20"] = lambda _: series
    assert world.fetch_one("ipea_homicidios").state == running.NEW


def test_redirects_without_end(world: World) -> None:
    homicides(world, Reply(status=302, headers={"Location": f"https://{answers.HOMICIDES}"}))
    assert "redireciona sem fim" in refused(world)


def test_redirect_to_plain_http(world: World) -> None:
    homicides(world, Reply(status=302, headers={"Location": f"http://{answers.HOMICIDES}"}))
    assert "https" in refused(world)


def test_empty_200(world: World) -> None:
    homicides(world, Reply(b""))
    assert "sem conteúdo" in refused(world)


def test_empty_list(world: World) -> None:
    homicides(world, lambda _: [])
    assert "sem municípios" in refused(world)


def test_404_is_not_tried_again(world: World) -> None:
    homicides(world, Reply(b"{}", status=404))
    assert "não existe mais (404)" in refused(world)
    assert world.publishers.count("series-values") == 1


def test_403(world: World) -> None:
    homicides(world, Reply(b"{}", status=403))
    assert "recusou o acesso (403)" in refused(world)


def test_wrong_content_type(world: World) -> None:
    homicides(world, Reply(b"%PDF-1.7", "application/pdf"))
    assert "application/pdf" in refused(world)


def test_json_cut_short(world: World) -> None:
    homicides(world, Reply(b'[{"cod": 1, '))
    assert "JSON cortado" in refused(world)


def test_renamed_field(world: World) -> None:
    given = [
        {"codigo": item["regiao_id"], "valor": item["valor"], "periodo": item["periodo"]}
        for item in homicides(world)
    ]
    world.publishers.answers[answers.HOMICIDES] = lambda _: given
    told = refused(world)
    assert "forma esperada" in told and "regiao_id" in told


def test_changed_unit_of_a_field(world: World) -> None:
    given = [{**item, "valor": "muito"} for item in homicides(world)]
    world.publishers.answers[answers.HOMICIDES] = lambda _: given
    assert "mudaram de uma vez" in refused(world)


def test_text_in_new_cells(world: World) -> None:
    given = homicides(world)
    for item in given:
        if item["periodo"].startswith("2020"):
            item["valor"] = "ver nota"
    told = refused(world)
    assert "3 células ou linhas de 63 seriam recusadas" in told and "'ver nota'" in told


def test_half_of_the_municipalities(world: World) -> None:
    given = [item for item in homicides(world) if item["regiao_id"] == CLARA]
    world.publishers.answers[answers.HOMICIDES] = lambda _: given
    assert "1 dos 3 municípios" in refused(world)


def test_a_new_year_that_has_one_municipality_only(world: World) -> None:
    given = [i for i in homicides(world) if i["regiao_id"] == CLARA or not i["periodo"].startswith("2020")]
    world.publishers.answers[answers.HOMICIDES] = lambda _: given
    assert "2020 chegou com 1 de 3" in refused(world)


def test_half_of_the_rows(world: World) -> None:
    given = [item for item in homicides(world) if item["periodo"] < "2006"]
    world.publishers.answers[answers.HOMICIDES] = lambda _: given
    assert "linhas no lugar de 60" in refused(world)


def test_most_values_changed_at_once_and_somebody_accepts_it(world: World) -> None:
    given = homicides(world)
    for item in given:
        item["valor"] = item["valor"] / 10 + 0.01
    assert "--accept-revision" in refused(world)
    assert world.fetch_one("ipea_homicidios", accepted=True).state == running.NEW


def test_contradicting_rows(world: World) -> None:
    given = homicides(world)
    given += [{**item, "valor": 99.5} for item in given[:10]]
    assert "Chave repetida" in refused(world)


def test_municipalities_that_nobody_knows(world: World) -> None:
    given = homicides(world)
    given += [{**item, "regiao_id": f"50099{n:02}"} for n, item in enumerate(given[:20])]
    told = refused(world)
    assert "municípios que não estão na lista do IBGE" in told


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_tried_again(world: World, status: int) -> None:
    given = homicides(world)
    left = [Reply(b"{}", status=status), Reply(b"{}", status=status)]
    world.publishers.answers[answers.HOMICIDES] = lambda _: left.pop() if left else given
    assert world.fetch_one("ipea_homicidios").state == running.NEW
    # And once each for what is stated of the states and the country, which is not there.
    assert world.publishers.count("series-values") == 3 + 2


def test_retry_after_is_honoured(world: World) -> None:
    given = homicides(world)
    world.limits = Limits(wait=5, attempts=2, pace=0)
    left = [Reply(b"{}", status=429, headers={"Retry-After": "1"})]
    moments: list[float] = []

    def answer(_: Any) -> Any:
        moments.append(time.monotonic())
        return left.pop() if left else given

    world.publishers.answers[answers.HOMICIDES] = answer
    assert world.fetch_one("ipea_homicidios").state == running.NEW
    assert moments[1] - moments[0] >= 0.95


def test_retry_after_of_an_hour_is_told_and_not_waited_for(world: World) -> None:
    homicides(world, Reply(b"{}", status=503, headers={"Retry-After": "3600"}))
    assert "esperar 60 minuto(s)" in refused(world)
    assert world.publishers.count("series-values") == 1


def test_a_publisher_that_is_down(world: World) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    world.publishers.url = f"http://127.0.0.1:{port}"
    assert "Não foi possível conectar a www.ipea.gov.br" in refused(world)


def test_a_host_that_is_down_is_not_waited_for_by_its_other_sources(world: World) -> None:
    world.publishers.everywhere = Reply(b"{}", status=503)
    world.fetch("ibge_populacao", "ibge_pib")
    assert world.publishers.count("6579") == world.limits.attempts
    assert world.publishers.count("5938") == 1


def writes(action: Callable[[BaseHTTPRequestHandler], None]) -> Reply:
    return Reply(action)


def headed(handler: BaseHTTPRequestHandler, length: int | None) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    if length is None:
        handler.send_header("Connection", "close")
    else:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()


def test_a_body_that_never_ends(world: World) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        headed(handler, None)
        for _ in range(200):
            handler.wfile.write(b" " * 1000)
            handler.wfile.flush()
            time.sleep(0.05)

    homicides(world, writes(endless))
    world.limits = replace(QUICK, seconds=3)
    start = time.monotonic()
    assert "não terminou em 3 segundos" in refused(world)
    assert time.monotonic() - start < 6
    assert world.publishers.count("series-values") == 1


def test_a_body_that_trickles(world: World) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        headed(handler, None)
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    homicides(world, writes(trickle))
    world.limits = replace(QUICK, seconds=1)
    start = time.monotonic()
    assert "não terminou em 1 segundos" in refused(world)
    assert time.monotonic() - start < 6


def test_a_packed_body_is_read_and_one_that_expands_too_much_is_not(world: World) -> None:
    packed = {"Content-Encoding": "gzip"}
    body = json.dumps(homicides(world)).encode()
    homicides(world, Reply(gzip.compress(b"[" + b" " * 50_000_000), headers=packed))
    assert "passa de 5 MB" in refused(world)
    homicides(world, Reply(gzip.compress(body)[:-20], headers=packed))
    assert "interrompeu a resposta" in refused(world)
    homicides(world, Reply(b"no gzip at all", headers=packed))
    assert "não se abre" in refused(world)
    homicides(world, Reply(body, headers={"Content-Encoding": "br"}))
    assert "não foi pedida" in refused(world)
    homicides(world, Reply(gzip.compress(body), headers=packed))
    assert world.fetch_one("ipea_homicidios").state == running.NEW


def test_a_body_larger_than_the_limit(world: World) -> None:
    def large(handler: BaseHTTPRequestHandler) -> None:
        headed(handler, None)
        for _ in range(100):
            handler.wfile.write(b" " * 100_000)

    homicides(world, writes(large))
    assert "passa de 5 MB" in refused(world)


def test_a_body_cut_in_the_middle_is_tried_again(world: World) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        headed(handler, 1000)
        handler.wfile.write(b"[")

    homicides(world, writes(cut))
    assert "interrompeu a resposta" in refused(world)
    assert world.publishers.count("series-values") == world.limits.attempts


def test_a_publisher_that_falls_silent(world: World) -> None:
    def silent(handler: BaseHTTPRequestHandler) -> None:
        headed(handler, 1000)
        time.sleep(1.5)

    homicides(world, writes(silent))
    world.limits = replace(QUICK, silence=0.5, attempts=2)
    assert "não respondeu a tempo" in refused(world)


def test_capag_renamed_column(world: World) -> None:
    head: list[object] = [
        "cod_ibge",
        "CAPAG",
        "Indicador 1",
        "Nota 1",
        "Indicador II",
        "Nota 2",
        "Indicador 3",
        "Nota 3",
        "ICF",
    ]
    answers.capag(
        world.publishers, answers.workbook({"Prévia": [head, [int(CLARA), "A", 1, "A", 1, "A", 1, "A", "A"]]})
    )
    assert "não traz a coluna 'Indicador 2'" in refused(world, "stn_capag")


def test_truncated_spreadsheet(world: World) -> None:
    book = answers.capag_book({code: ["A", 0.1, "A", 0.7, "A", 0.4, "A", "A"] for code in answers.TOWNS})
    answers.capag(world.publishers, book[: len(book) // 2])
    assert "chegou cortado" in refused(world, "stn_capag")


def test_text_that_calls_itself_a_spreadsheet(world: World) -> None:
    answers.capag(world.publishers, b"cod_ibge;CAPAG\n1;A\n")
    assert "não é um XLSX" in refused(world, "stn_capag")


def test_a_catalogue_without_the_file(world: World) -> None:
    found = answers.catalogue(("Metadados", "PDF", "https://www.tesourotransparente.gov.br/x.pdf"))
    world.publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = lambda _: found
    assert "não tem arquivo XLSX" in refused(world, "stn_capag")


def test_a_catalogue_that_sends_elsewhere(world: World) -> None:
    found = answers.catalogue(("Capag 01/09/2026", "XLSX", "https://example.org/capag.xlsx"))
    world.publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = lambda _: found
    assert "example.org" in refused(world, "stn_capag")
    assert not world.publishers.count("example.org")


def test_pages_without_end(world: World) -> None:
    empty = {"items": [], "hasMore": True, "limit": 5000, "offset": 0, "count": 0}
    world.publishers.answers[f"{answers.SICONFI}/dca"] = lambda _: empty
    assert "há mais páginas e não as entrega" in refused(world, "stn_dca")


def test_zip_member_that_leaves_the_folder() -> None:
    for name in ("../../etc/passwd.xlsx", "/etc/x.xlsx", "..\\x.xlsx", "C:x.xlsx"):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), b"x")
        with pytest.raises(FetchError, match="sai da pasta"):
            archives.member(data.getvalue(), ".xlsx", "O zip")


def test_zip_that_expands_too_much() -> None:
    data = answers.zipped(bomb__xlsx=b"\0" * 30_000_000)
    assert len(data) < 100_000
    with pytest.raises(FetchError, match="expande demais"):
        archives.member(data, ".xlsx", "O zip")


def test_zip_with_too_many_members() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(archives.MOST_MEMBERS + 1):
            archive.writestr(f"{number}.xlsx", b"")
    with pytest.raises(FetchError, match="são demais"):
        archives.member(data.getvalue(), ".xlsx", "O zip")


def test_zip_that_lies_about_its_size() -> None:
    data = bytearray(answers.zipped(a__xlsx=b"x" * 10_000))
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    with pytest.raises(FetchError, match="cortado ou estragado"):
        archives.member(bytes(data), ".xlsx", "O zip")


def test_zip_with_two_spreadsheets() -> None:
    with pytest.raises(FetchError, match="traz 2 arquivos"):
        archives.member(answers.zipped(a__xlsx=b"1", b__xlsx=b"2"), ".xlsx", "O zip")


def test_one_failure_leaves_the_others_alone(world: World) -> None:
    homicides(world)
    world.publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = Reply(PAGE, "text/html")
    capag, crimes = world.fetch("stn_capag", "ipea_homicidios")
    assert (capag.state, crimes.state) == (running.FAILED, running.NEW)
    assert world.row("ipea_homicidios", GRANDE, "2020")["valor"] == "1.5"
    assert world.row("ipea_homicidios", FIGUEIRAO, "2020")["valor"] == "1.5"


def test_all_publishers_answer_with_a_page(world: World) -> None:
    """With the patience and the pace of a real run: nothing that lasts is tried again."""
    world.publishers.everywhere = Reply(PAGE, "text/html")
    world.limits = Limits()
    start = time.monotonic()
    outcomes = world.fetch()
    assert time.monotonic() - start < 40
    assert len(outcomes) == len(CONNECTORS) and {outcome.state for outcome in outcomes} == {running.FAILED}
    assert all("página de internet" in outcome.told for outcome in outcomes), [o.told for o in outcomes]


# --- each kind by its name, through the command ------------------------------------------------------------


def _endless(handler: BaseHTTPRequestHandler) -> None:
    headed(handler, None)
    for _ in range(400):
        handler.wfile.write(b" " * 100_000)


def _renamed(given: list[dict[str, Any]]) -> Answer:
    return lambda _: [{"codigo" if name == "regiao_id" else name: i[name] for name in i} for i in given]


Behaviour = Callable[[list[dict[str, Any]]], Answer]
# What a publisher may do instead of answering, and what the steward is told of it.
SERIES: dict[str, tuple[Behaviour, str]] = {
    "html_error_page": (lambda _: Reply(PAGE, "text/html"), "uma página de internet"),
    "empty_200": (lambda _: Reply(b""), "sem conteúdo"),
    "captcha": (
        lambda _: Reply(PAGE.replace(b"Volte", b"<div class='g-recaptcha'>"), "text/html"),
        "captcha",
    ),
    "renamed_column": (_renamed, "forma esperada"),
    "half_of_the_municipalities": (
        lambda given: lambda _: [i for i in given if i["regiao_id"] == CLARA],
        "1 dos 3 municípios",
    ),
    "redirect_to_a_login": (
        lambda _: Reply(status=302, headers={"Location": "https://sso.acesso.gov.br/login?volta=1"}),
        "login",
    ),
    "redirect_to_an_undeclared_host": (
        lambda _: Reply(status=302, headers={"Location": "https://cdn.example.org/20"}),
        "cdn.example.org",
    ),
    "redirect_to_plain_http": (
        lambda _: Reply(status=302, headers={"Location": f"http://{answers.HOMICIDES}"}),
        "https",
    ),
    "endless_body": (lambda _: Reply(_endless), "passa de 5 MB"),
    "wrong_content_type": (lambda _: Reply(b"%PDF-1.7", "application/pdf"), "application/pdf"),
    "publisher_down": (lambda _: Reply(b"{}", status=503), "503"),
}


def _member(name: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    return data.getvalue()


def _many() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for number in range(archives.MOST_MEMBERS + 1):
            archive.writestr(f"{number}.xml", b"")
    return data.getvalue()


# A spreadsheet is a zip: what a packed file may do, the publisher of one does.
PACKED: dict[str, tuple[Callable[[], bytes], str]] = {
    "truncated_zip": (lambda: answers.capag_book(GRADES)[:-2000], "cortado"),
    "zip_traversal": (lambda: _member("../../etc/passwd.xml"), "sai da pasta"),
    "zip_expansion": (lambda: answers.zipped(bomb__xml=b"\0" * 30_000_000), "expande demais"),
    "zip_count": (_many, "são demais"),
}
GRADES: dict[str, list[object]] = {code: ["A", 0.1, "A", 0.7, "A", 0.4, "A", "A"] for code in answers.TOWNS}


def told_by_the_command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bad: str, good: str
) -> str:
    """Run `fetch` for a source that fails and one that does not; the sentence of the first.

    Exit status, summary and --json have to agree, and nothing of the one that failed may have changed.
    """
    file = world.config.data.parent / "farol.toml"
    shutil.copy(ROOT / "farol.toml", file)
    monkeypatch.setenv("FAROL_CONFIG", str(file))
    monkeypatch.setattr(command, "Limits", lambda: replace(QUICK, wait=0.05))
    monkeypatch.setattr(running, "Run", partial(running.Run, declared=world.declared))
    before = world.bytes_of(bad), (world.declared / f"{bad}.toml").read_bytes()
    words = ["fetch", bad, good, "--mirror", world.publishers.url]
    assert main(words) == 1
    said = capsys.readouterr()
    assert "2 fonte(s): 1 com edição nova, 1 falharam" in said.out and "Traceback" not in said.err
    [line] = [line for line in said.out.splitlines() if line.startswith(bad)]
    assert "FALHOU" in line
    assert main([*words, "--json"]) == 1
    outcomes = {item["source"]: item for item in json.loads(capsys.readouterr().out)}
    assert (outcomes[bad]["state"], outcomes[good]["state"]) == ("failed", "same")
    assert outcomes[bad]["told"] in line
    assert (world.bytes_of(bad), (world.declared / f"{bad}.toml").read_bytes()) == before
    assert not (world.config.raw / bad / "editions").exists()
    return line


@pytest.mark.parametrize("kind", SERIES)
def test_what_a_publisher_may_do(
    kind: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    behaviour, sentence = SERIES[kind]
    given = homicides(world)
    world.publishers.answers[answers.HOMICIDES] = behaviour(given)
    answers.capag(world.publishers)
    assert sentence in told_by_the_command(world, monkeypatch, capsys, "ipea_homicidios", "stn_capag")
    assert not world.publishers.count("cdn.example.org")


@pytest.mark.parametrize("kind", PACKED)
def test_what_a_packed_file_may_do(
    kind: str, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made, sentence = PACKED[kind]
    homicides(world)
    answers.capag(world.publishers, made())
    assert sentence in told_by_the_command(world, monkeypatch, capsys, "stn_capag", "ipea_homicidios")


def test_a_catalogue_that_sends_to_plain_http(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    homicides(world)
    plain = answers.catalogue(("Capag 01/09/2026", "XLSX", f"http://{answers.TREASURY}/capag.xlsx"))
    world.publishers.answers[f"{answers.TREASURY}/api/3/action/package_show"] = lambda _: plain
    assert "https" in told_by_the_command(world, monkeypatch, capsys, "stn_capag", "ipea_homicidios")
    assert not world.publishers.count("capag.xlsx")
