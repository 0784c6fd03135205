"""The pages of the programme over a store of 1,000 events on every municipality, in a folder of its own.

Nobody's store is touched: configuration, tables, store and published files are all of this run. What is in the store
came in by the doors that people use: links, plans as files, answers, progress.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import views
from bench.client import Client, Fallen, Run, reading
from bench.views import Clicks
from pipelines import declarations, plan_files
from pipelines.declarations import ROOT, STATIC, Config
from pipelines.plan_files import Deliverable, PlanFile, target_of
from programme import access, appearing, meetings, open_desk, plans, progress
from programme.desk import Desk, Who
from programme.progress import STATUSES
from programme.state import COORDINATOR, OFFICER, REFERENCE, Line

EVENTS = 1000
SERVED = "bancada"
COOKIE = "farol_sessao"
GOALS = ("crianca_alfabetizada_municipal", "cobertura_aps", "vacina_penta")
ITEMS = 4
# Of the municipalities, from the end of the list: so many plans wait, so many were returned, so many towns sent none.
WAITING, RETURNED, SILENT = 6, 3, 4
# Every so many plans have a second version, which lowers a target.
SECOND = 6
# The pages on which the store shows, by who looks at them.
OWN = ("enviar", "atualizar", "programa")
PAGES: dict[str, tuple[str, ...]] = {
    COORDINATOR: ("fila", *OWN, "monitoramento", "plano", "metas", "municipio", ""),
    REFERENCE: ("fila", *OWN),
    OFFICER: OWN,
}
# Clicks of the coordinator that show another thing of the store, by page: what is chosen.
CHOICES = {
    "fila": ("Plano a analisar",),
    "atualizar": ("Plano", "Entrega"),
    "programa": ("Pedido ou encaminhamento",),
    "monitoramento": ("Município em foco",),
    "plano": ("Município em foco",),
}
# And the same view right after somebody else sent something, so that all of it is made again.
AFTER = ("fila", *OWN)


@dataclass(frozen=True)
class House:
    """A dashboard over such a store: its configuration, how much is in it, and a session's token by role."""

    config: Config
    events: int
    municipalities: int
    written: float
    appeared: float
    tokens: dict[str, str]

    def cookie(self, role: str) -> str:
        """What the browser of the person of this role sends."""
        return f"{COOKIE}={self.tokens[role]}"


@contextmanager
def furnished() -> Iterator[House]:
    """A configuration of its own with tables and a store of at least EVENTS events; gone when the block ends."""
    place = Path(tempfile.mkdtemp(prefix="farol-bancada-"))
    try:
        yield furnish(place)
    finally:
        shutil.rmtree(place)
        shutil.rmtree(STATIC / SERVED, ignore_errors=True)


def furnish(place: Path) -> House:
    """Fill an empty folder with such a house."""
    (place / "data").mkdir(parents=True)
    (place / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    text = (ROOT / "farol.toml").read_text("utf-8")
    # What this run publishes goes nowhere near what browsers fetch of the installation.
    (place / "farol.toml").write_text(f'{text.rstrip()}\nserved = "{SERVED}"\n', "utf-8")
    config = declarations.read_config(place / "farol.toml")
    desk = open_desk(config)
    start = time.perf_counter()
    tokens = _written(desk)
    written, start = time.perf_counter() - start, time.perf_counter()
    appearing.appear(desk)
    every = desk.store.events()
    found = House(
        config, len(every), len({one.municipality_code for one in every if one.municipality_code}), written,
        time.perf_counter() - start, tokens,
    )  # fmt: skip
    desk.close()
    return found


def _written(desk: Desk) -> dict[str, str]:
    """Write the events; tokens by role: of a coordinator, of a reference person of ten towns, of the capital's officer."""
    codes = list(desk.municipalities)
    focus = views.FOCUS
    codes.insert(0, codes.pop(codes.index(focus)))
    opened = {
        COORDINATOR: _let_in(desk, COORDINATOR, "Carla Coordena"),
        REFERENCE: _let_in(desk, REFERENCE, "Rui Referência", *codes[:5], *codes[-5:]),
    }
    writers: dict[str, Who] = {}
    for number, code in enumerate(codes):
        session = _let_in(desk, OFFICER, f"Pessoa {number} de {desk.municipalities[code]}", code)
        writers[code] = session.who
        opened.setdefault(OFFICER, session)
    sending = codes[: len(codes) - SILENT]
    leader = opened[COORDINATOR].who
    for number, code in enumerate(sending):
        _sent(desk, writers[code], _plan(desk, code, 1))
        left = len(sending) - number
        if left <= RETURNED:
            plans.give_back(desk, leader, f"plano-{code}", 1, [Line("Metas", 4, "De que ano é a meta?")])
        elif left > RETURNED + WAITING:
            plans.accept(desk, leader, f"plano-{code}", 1)
            if number % SECOND == 0:
                _sent(desk, writers[code], _plan(desk, code, 2), "A verba do ano foi cortada")
                plans.accept(desk, leader, f"plano-{code}", 2)
    _led(desk, leader, codes)
    accepted = sending[: len(sending) - WAITING - RETURNED]
    _told(desk, writers, accepted)
    return {role: session.token for role, session in opened.items()}


def _let_in(desk: Desk, role: str, name: str, *codes: str) -> access.Opened:
    invited = access.invite(desk, access.console(), role=role, name=name, municipalities=codes)
    return access.exchange(desk, invited.token, "127.0.0.1")


def _plan(desk: Desk, code: str, version: int) -> PlanFile:
    """A town's plan of three targets and four deliverables; the second version lowers the first and puts one off."""
    day = desk.day
    targets = tuple(
        target_of(
            desk.measures[name], plan=f"plano-{code}", plan_version=version, municipality_code=code,
            front=desk.measures[name].front, challenge=f"Desafio {place}", kind="goal", operator=">=",
            baseline_year=2023, baseline_value=40.0, target_year=2030,
            target_value=80.0 if version == 1 or place else 65.0, responsible="Secretaria", legal_basis="Ata 1",
        )
        for place, name in enumerate(GOALS)
    )  # fmt: skip
    items = tuple(
        Deliverable(
            f"E{place + 1}", GOALS[place % len(GOALS)], f"Desafio {place % len(GOALS)}", "Formar equipes",
            f"Formação de {10 * (place + 1)} pessoas", "Núcleo de projetos", dt.date(2026, 2, 1),
            day + dt.timedelta(days=40 * place - 20 + (30 if version == 2 and not place else 0)), "to_do", None, None,
        )
        for place in range(ITEMS)
    )  # fmt: skip
    name = desk.municipalities[code]
    return PlanFile(
        f"plano-{code}", version, f"Plano de {name}", "municipal", code, dt.date(2026, 2, 1), "Ata 1", "Secretaria",
        targets, items,
    )  # fmt: skip


def _sent(desk: Desk, who: Who, plan: PlanFile, reason: str = "") -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plano.xlsx"
        plan_files.write_plan(file, plan, desk.municipalities, desk.measures)
        data = file.read_bytes()
    changes = plans.check(desk, who, data, file.name).changes
    plans.save_draft(desk, who, data, file.name)
    plans.send(desk, who, plan.plan, plan.plan_version, {one.key: reason for one in changes})


def _led(desk: Desk, leader: Who, codes: Sequence[str]) -> None:
    """A meeting held, another called, decisions, requests and notices."""
    day, soon = desk.day, desk.day + dt.timedelta(days=20)
    meetings.call(desk, leader, "Reunião bimestral", day)
    held = next(iter(desk.store.state().meetings))
    meetings.hold(desk, leader, held, "Lida a ata anterior.")
    meetings.call(desk, leader, "Reunião bimestral", soon)
    meetings.post(desk, leader, "O prazo para o envio de andamento é sexta-feira.", soon)
    for number, code in enumerate(codes):
        if number % 3 == 0:
            meetings.ask(desk, leader, code, "Falta a ata da reunião do conselho.", soon)
        if number % 4 == 0:
            meetings.decide(desk, leader, "Visitar a escola do distrito", "Rui", soon, municipality=code)


def _told(desk: Desk, writers: dict[str, Who], accepted: Sequence[str]) -> None:
    """Progress, town after town, until there are events enough."""
    number = 0
    while desk.store.state().last < EVENTS:
        code = accepted[number % len(accepted)]
        item, turn = f"E{number // len(accepted) % ITEMS + 1}", number // len(accepted)
        progress.report(
            desk, writers[code], f"plano-{code}", item, status=STATUSES[1], percent=min(99, 5 + 7 * turn),
            sentence=f"Passo {turn + 1} dado", addresses=["https://example.org/ata"],
        )  # fmt: skip
        number += 1


def clicks(house: House, app: str, process: int, slider: Client) -> Iterator[Clicks]:
    """Every page over the store, each click between two moves of the slider.

    The same view again, by role; another plan, deliverable, request or municipality for the first time; and the same
    view after an event of somebody else, which the server has not seen and after which it has everything to derive.
    """
    for role, pages in PAGES.items():
        with reading(app, process, house.cookie(role)) as client:
            for page in pages:
                client.open(page, municipio=views.FOCUS)
                if page in (*OWN, "fila") and "leitura aberta" in " ".join(client.session.texts):
                    raise Fallen(f"{page}: the session of the {role} does not stand")
                client.again()
                yield views.between(
                    f"{page or 'panorama'} ({role})", "same view", [client.again] * views.CLICKS, slider
                )
    with reading(app, process, house.cookie(COORDINATOR)) as client:
        unseen = views.Unseen()
        for page, labels in CHOICES.items():
            client.open(page, municipio=views.FOCUS)
            for label in labels:
                left = unseen.of(
                    f"{page}:{label}", client.session.options(label), client.session.shown(label)
                )
                works = [
                    _choosing(client, label, option)
                    for _, option in zip(range(views.CLICKS), left, strict=False)
                ]
                yield views.between(f"{page} (store)", label, works, slider)
        desk = open_desk(house.config)
        for page in AFTER:
            client.open(page, municipio=views.FOCUS)
            yield views.between(
                f"{page} (store)", "after an event", [_after(desk, client)] * views.CLICKS, slider
            )
        desk.close()


def _choosing(client: Client, label: str, option: str) -> Callable[[], Run]:
    return lambda: client.choose(label, option)


def _after(desk: Desk, client: Client) -> Callable[[], Run]:
    """A run right after a notice that another process wrote."""

    def work() -> Run:
        meetings.post(desk, access.console(), "A reunião mudou de sala.", desk.day)
        return client.again()

    return work
