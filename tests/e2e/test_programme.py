"""The programme's way in the browser: invite, plan, return, acceptance, progress; and those who may not."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Locator

from pipelines import declarations, plan_files
from pipelines.declarations import ROOT, Config
from pipelines.plan_files import Deliverable, PlanFile, target_of
from programme import access, appearing, open_desk, plans, transfer
from programme.desk import Desk
from programme.events import Event
from programme.store import verified
from tests.conftest import serving, started
from tests.e2e.reader import Reader, reading

CAPITAL, OTHER = "5002704", "5003702"
PLAN, GOAL = "alfabetizacao-capital", "crianca_alfabetizada_municipal"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


# The contrast of the words on the form's button with its ground (WCAG 2).
CONTRAST = """() => {
    const button = document.querySelector('[data-testid=stFormSubmitButton] button[kind^=primary]');
    const light = colour => {
        const [r, g, b] = colour.match(/[0-9.]+/g).map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const said = light(getComputedStyle(button.querySelector('p')).color);
    const ground = light(getComputedStyle(button).backgroundColor);
    return Math.max(said, ground) / Math.min(said, ground);
}"""


@dataclass(frozen=True)
class House:
    """A dashboard of its own with a store: its address, configuration, and the desk of the server's own machine."""

    address: str
    config: Config
    desk: Desk
    log: Path

    def link(self, role: str, name: str, *codes: str) -> str:
        """A link that the console makes, on the port of this run."""
        found = access.invite(self.desk, access.console(), role=role, name=name, municipalities=codes)
        return self.at(found.link)

    def at(self, link: str) -> str:
        return f"{self.address}/entrar#{link.partition('#')[2]}"


@contextmanager
def stored(config: Config, folder: Path) -> Iterator[House]:
    """A configuration of its own with tables and a store, in `folder`; nobody serves it yet."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    shutil.copytree(config.processed, folder / "data" / "processed")
    shutil.copy(ROOT / "farol.toml", folder)
    present = declarations.read_config(folder / "farol.toml")
    desk = open_desk(present)
    yield House("", present, desk, folder / "server.log")
    desk.close()


@contextmanager
def housed(config: Config, folder: Path, secrets: str = "") -> Iterator[House]:
    """A dashboard with a store, in `folder`; `secrets`: as `serving` takes them."""
    with stored(config, folder) as found, serving(found.config.file, secrets=secrets) as address:
        yield replace(found, address=address)


@pytest.fixture(scope="module")
def house(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with housed(config, tmp_path_factory.mktemp("programa")) as found:
        yield found


@pytest.fixture
def people(browser: Browser, house: House) -> Iterator[ExitStack]:
    with ExitStack() as readers:
        yield readers


class Hand:
    """Somebody at a browser whose taps and seconds are counted."""

    def __init__(
        self, people: ExitStack, browser: Browser, house: House, width: int = 380, dark: bool = False
    ) -> None:
        self.reader: Reader = people.enter_context(reading(browser, house.address, width=width, dark=dark))
        self.page, self.taps = self.reader.page, 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start, self.taps = time.monotonic(), 0
        yield
        print(f"{name}: {time.monotonic() - start:.1f} s, {self.taps} taps")

    def enter(self, link: str) -> None:
        self.page.goto(link)
        self.page.wait_for_url(lambda url: "entrar" not in url)
        self.reader.wait()
        self.taps += 1

    def go(self, path: str) -> None:
        self.reader.open(path)
        self.taps += 1

    def tap(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.taps += 1

    def open(self, title: str) -> None:
        part = self.page.locator("[data-testid=stExpander]").filter(
            has=self.page.locator("summary").filter(has_text=title)
        )
        part.locator("summary").click()
        self.taps += 1
        self.reader.wait()
        # It slides open, and what moves between a press and its release is not clicked: a hand waits, too.
        heights: list[float] = []
        for _ in range(100):
            heights.append(part.evaluate("part => part.getBoundingClientRect().height"))
            if len(heights) > 5 and len(set(heights[-5:])) == 1:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never still: {title}")

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.taps += 1

    def choose(self, label: str, option: str) -> None:
        self.page.wait_for_timeout(500)
        self.reader.choose(label, option)
        self.taps += 2
        self.reader.wait()

    def bring(self, name: str, data: bytes, place: int = 0) -> None:
        boxes = self.page.locator("[data-testid=stFileUploaderDropzoneInput], input[type=file]")
        boxes.nth(place).set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        )
        self.taps += 2

    def sees(self, text: str) -> Locator:
        found = self.page.get_by_text(text).first
        found.wait_for(timeout=60_000)
        return found


def plan_of(
    desk: Desk, version: int = 1, goal: float = 80.0, code: str = CAPITAL, name: str = PLAN
) -> PlanFile:
    facts = desk.measures[GOAL]
    target = target_of(
        facts, plan=name, plan_version=version, municipality_code=code, front=facts.front,
        challenge="Ler na idade certa", kind="goal", operator=">=", baseline_year=2023, baseline_value=40.0,
        target_year=2030, target_value=goal, responsible="Secretaria de Educação", legal_basis="Ata 1",
    )  # fmt: skip
    item = Deliverable(
        "E1", GOAL, "Ler na idade certa", "Formar professores", "Formação de 40 professores", "Núcleo",
        dt.date(2026, 2, 1), dt.date(2028, 6, 30), "to_do", None, None,
    )  # fmt: skip
    return PlanFile(
        name, version, "Plano de alfabetização", "municipal", code, dt.date(2026, 2, 1), "Ata 1",
        "Secretaria de Educação", (target,), (item,),
    )  # fmt: skip


def file_of(desk: Desk, folder: Path, plan: PlanFile) -> bytes:
    path = folder / "plano.xlsx"
    plan_files.write_plan(path, plan, desk.municipalities, desk.measures)
    return path.read_bytes()


def spoilt(data: bytes) -> bytes:
    """The file with a word in place of the target and a day that is none."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for sheet, old, new in (
        ("Metas", 80, "oitenta"),
        ("Ações e Entregas", dt.datetime(2028, 6, 30), "31/02/2028"),
    ):
        cells = [cell for row in book[sheet].iter_rows() for cell in row if cell.value == old]
        assert len(cells) == 1, (sheet, cells)
        cells[0].value = new
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_from_the_invitation_to_the_progress_on_a_phone(
    house: House, browser: Browser, people: ExitStack, tmp_path: Path
) -> None:
    good = file_of(house.desk, tmp_path, plan_of(house.desk))
    state = Hand(people, browser, house, width=1280)
    with state.step("coordenação entra pelo primeiro link"):
        state.enter(house.link("coordinator", "Carla Coordena"))
        state.sees("O que espera resposta")
    with state.step("coordenação convida"):
        state.go("programa")
        state.open("Convidar alguém")
        state.write("Nome", "Olga Oliveira")
        state.choose("Município", "Campo Grande")
        state.tap("Fazer o link")
        link = house.at(state.sees("/entrar#").inner_text())
    town = Hand(people, browser, house)
    with town.step("município entra pelo link, no telefone"):
        town.enter(link)
        town.sees("Olga Oliveira · Responsável no município · Campo Grande")
    with town.step("plano com falhas: todas de uma vez"):
        town.bring("plano.xlsx", spoilt(good))
        town.sees("2 ajustes a fazer em plano.xlsx")
    assert "oitenta" in town.reader.text and "31/02/2028" in town.reader.text
    with town.step("plano arrumado, conferido e enviado"):
        town.bring("plano.xlsx", good)
        town.sees("80, lido como 80")
        town.tap("Enviar à coordenação")
        town.sees("Recebido. Protocolo")
    assert "Resumo completo" in town.reader.text
    with state.step("coordenação devolve, por linha"):
        state.go("fila")
        state.open("Devolver para ajustes")
        state.write("O que arrumar nesta linha", "A meta de 80% é de que ano?")
        state.tap("Acrescentar")
        state.sees("A meta de 80% é de que ano?")
        state.tap("Devolver ao município")
        state.sees("Recebido. Protocolo")
    with town.step("município vê o motivo e envia de novo"):
        town.go("enviar")
        town.sees("A meta de 80% é de que ano?")
        town.bring("plano.xlsx", good)
        town.tap("Enviar à coordenação")
        town.sees("Recebido. Protocolo")
    with state.step("coordenação aceita"):
        state.go("fila")
        state.tap("Aceitar o plano")
        state.sees("Recebido. Protocolo")
    reader = people.enter_context(reading(browser, house.address))
    start = time.monotonic()
    for _ in range(60):
        reader.open("plano", municipio=CAPITAL)
        if "Plano de alfabetização" in reader.text:
            break
        reader.page.wait_for_timeout(500)
    print(f"aparece na página: {time.monotonic() - start:.1f} s")
    assert "Plano de alfabetização" in reader.text
    with town.step("entrega atualizada com evidência"):
        town.go("atualizar")
        town.bring("lista.pdf", PDF)
        town.write("Andamento (%)", "0,6")
        town.write("O que foi feito, em uma frase", "Formados 24 de 40 professores")
        town.tap("Enviar atualização")
        town.sees("andamento de 0,6% ou de 60%?")
        town.write("Andamento (%)", "60")
        town.tap("Enviar atualização")
        town.sees("Recebido. Protocolo")
    told = house.desk.store.state().progress[PLAN, "E1"]
    assert [(one.percent, one.sentence) for one in told] == [(60.0, "Formados 24 de 40 professores")]
    town.open("Histórico")
    with town.page.expect_download() as handed:
        town.page.get_by_role("link", name="lista.pdf").click()
    assert handed.value.path().read_bytes() == PDF
    assert "lista" in handed.value.suggested_filename


def test_a_lowered_target_asks_why_and_two_people_are_told_of_each_other(
    house: House, browser: Browser, people: ExitStack, tmp_path: Path
) -> None:
    name = "agua-dourados"
    first = plan_of(house.desk, code=OTHER, name=name)
    one = Hand(people, browser, house)
    two = Hand(people, browser, house, dark=True)
    one.enter(house.link("officer", "Otto Outro", OTHER))
    two.enter(house.link("officer", "Olívia Outra", OTHER))
    for number, goal in ((1, 80.0), (2, 65.0)):
        one.go("enviar")
        target = replace(first.targets[0], plan_version=number, target_value=goal)
        one.bring(
            "plano.xlsx",
            file_of(house.desk, tmp_path, replace(first, plan_version=number, targets=(target,))),
        )
        if number == 2:
            one.sees("80% → 65%")
            one.tap("Enviar à coordenação")
            one.sees("Diga por que mudou")
            one.page.locator("[data-testid=stForm] input[type=text]").first.fill("Cortes na formação")
        one.tap("Enviar à coordenação")
        one.sees("Recebido. Protocolo")
        plans.accept(house.desk, access.console(), name, number)
    assert house.desk.store.state().plans[name, 2].changes[0].reason == "Cortes na formação"
    appearing.appear(house.desk)
    for page in ("plano", "monitoramento"):
        one.reader.open(page, municipio=OTHER)
        one.sees("80% → 65%")
        assert "Cortes na formação" in one.reader.text and "Otto" not in one.reader.text, page
    state = Hand(people, browser, house, width=1280)
    state.enter(house.link("reference", "Rui Referência", OTHER))
    state.sees("Dourados: Crianças alfabetizadas no 2º ano, rede municipal, meta: 80% → 65%")
    assert "Campo Grande" not in state.page.locator("[data-testid=stMain]").inner_text()
    for hand, percent in ((one, "10"), (two, "20")):
        hand.go("atualizar")
        hand.write("Andamento (%)", percent)
    one.tap("Enviar atualização")
    one.sees("Recebido. Protocolo")
    for hand in (one, two):
        # What a form sends with can be read in both themes.
        assert hand.page.evaluate(CONTRAST) >= 4.5
    two.tap("Enviar atualização")
    two.sees("Otto Outro atualizou esta entrega")
    assert [each.percent for each in house.desk.store.state().progress[name, "E1"]] == [10.0, 20.0]


def test_those_who_may_not_are_told_so_and_the_token_is_nowhere(
    house: House, browser: Browser, people: ExitStack, tmp_path: Path
) -> None:
    link = house.link("officer", "Otávio de Dourados", OTHER)
    town, thief = Hand(people, browser, house), Hand(people, browser, house)
    town.enter(link)
    cookie = next(each for each in town.page.context.cookies() if each["name"] == "farol_sessao")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert "farol_sessao" not in town.page.evaluate("document.cookie")
    # Pasted where the page is open already.
    thief.page.goto(f"{house.address}/entrar")
    thief.sees("vale uma vez")
    thief.page.goto(link)
    thief.sees("já foi usado")
    assert "#" not in thief.page.url
    thief.go("fila")
    thief.sees("Este painel é de leitura aberta")
    # Another municipality's plan.
    town.bring("plano.xlsx", file_of(house.desk, tmp_path, plan_of(house.desk, version=9)))
    town.sees("Sem acesso")
    assert (PLAN, 9) not in house.desk.store.state().plans
    town.go("fila")
    town.sees("Esta tela não é do seu papel")
    # Taken away between the look and the tap.
    town.go("enviar")
    town.bring("p.xlsx", file_of(house.desk, tmp_path, plan_of(house.desk, code=OTHER, name="outro-plano")))
    town.sees("80, lido como 80")
    access.end(house.desk, access.console(), _person(house, "Otávio de Dourados"))
    town.tap("Enviar à coordenação")
    town.sees("Sem acesso")
    assert house.desk.store.state().plans["outro-plano", 1].state == "draft"
    # The used link and the plan of others; that the access had ended is in the audit already.
    refused = [one.after["what"] for one in house.desk.store.events(kinds=["access.refused"])]
    assert refused == ["usar um link", "enviar um plano"]
    # Nowhere but in the cookie: neither the link's token nor the session's.
    transfer.export(house.desk, tmp_path / "export")
    written = [house.log, *(path for path in (tmp_path / "export").rglob("*") if path.is_file())]
    written += [path for path in (house.config.data / "programme").rglob("*") if path.is_file()]
    said = b"\n".join(path.read_bytes() for path in written)
    for token in (link.partition("#")[2], cookie["value"]):
        assert token.encode() not in said
        for hand in (town, thief):
            assert not [url for url in hand.reader.requests if token in url.partition("#")[0]]
            assert token not in hand.page.url and token not in hand.page.content()


def _person(house: House, name: str) -> str:
    return next(one.person for one in house.desk.store.state().people.values() if one.name == name)


def test_ten_failures_close_one_address(house: House) -> None:
    """The reader's address is the last that the proxy on this machine names, whatever the reader wrote before it."""

    def tried(forwarded: str, token: str = "x" * 43) -> tuple[int, str]:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": forwarded}
        body = json.dumps({"token": token}).encode()
        asked = urllib.request.Request(f"{house.address}/entrar/trocar", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, json.load(answer)["dito"]
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["dito"]

    said = [tried(f"{'127.0.0.1, ' * (n % 2)}203.0.113.5") for n in range(11)]
    assert {status for status, _ in said} == {403}
    assert "tentativas demais" not in said[9][1] and "tentativas demais" in said[10][1]
    state = house.desk.store.state()
    assert house.desk.mark_of("203.0.113.5") in state.closed
    assert house.desk.mark_of("127.0.0.1") not in state.closed
    assert "tentativas demais" not in tried("203.0.113.6")[1]
    # A link made without an address in farol.toml holds on this machine alone.
    token = house.link("reader", "Lia Leitora").partition("#")[2]
    assert tried("203.0.113.7", token)[0] == 403
    assert tried("127.0.0.1", token) == (200, "Você entrou, Lia Leitora.")


def test_a_server_killed_while_it_takes_a_plan_kept_all_of_it_or_nothing(
    config: Config, browser: Browser, tmp_path: Path
) -> None:
    """Killed at once, a little later, and after the receipt; the next server and the receipts tell what became of it."""
    kept: list[Event] = []
    sendings: list[Event] = []
    seen = ""
    with stored(config, tmp_path / "morto") as house, ExitStack() as people:
        town: Hand | None = None
        for number, wait in enumerate((0.0, 0.06, None), 1):
            # One that was not sent is brought again: a single draft stands at a time.
            name = f"plano-{len(kept) + 1}"
            with started(house.config.file) as (address, process):
                house = replace(house, address=address)
                town = town or Hand(people, browser, house)
                town.reader.address = address
                if number == 1:
                    town.enter(house.link("officer", "Olga Oliveira", CAPITAL))
                else:
                    town.go("enviar")
                town.bring("p.xlsx", file_of(house.desk, tmp_path, plan_of(house.desk, name=name)))
                town.sees("80, lido como 80")
                town.tap("Enviar à coordenação")
                if wait is None:
                    seen = town.sees("Recebido. Protocolo").inner_text()
                else:
                    time.sleep(wait)
                os.kill(process, signal.SIGKILL)
            # The log is whole, and of this plan there is one sending or none.
            verified(house.desk.store.lines())
            sendings = [
                event
                for event in house.desk.store.events(kinds=["plan.sent"])
                if event.subject == f"plan:{name}"
            ]
            assert len(sendings) <= 1
            assert house.desk.store.state().plans[name, 1].state == ("sent" if sendings else "draft")
            kept += sendings
        with started(house.config.file) as (address, _process):
            assert town is not None
            town.reader.address = address
            town.go("enviar")
            town.open("Recibos")
            for event in kept:
                town.sees(house.desk.receipt_of(event).protocol)
    # The last was killed after its receipt had been seen.
    assert sendings and house.desk.receipt_of(sendings[0]).protocol in seen
