"""python -m bench.load: many people at once, over the real websocket and through the proxy as it is deployed.

Each person has a session of their own, thinks 3 to 5 seconds and clicks; half of the clicks change the view. In the same run
as many people move the slider of a page that has nothing else, on as many processes behind the same proxy. Every screen is
compared with the tables (`bench.answers`); that and all else that needs no clock is done when the clicks are over.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import gc
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from bench import servers, views
from bench.answers import TOWN_LABEL, Facts
from bench.client import LONGEST, Fallen, Session, cpu
from bench.memory import megabytes
from bench.servers import SLIDER, Server
from pipelines import build, declarations, publishing
from tests.proxy import COOKIE, Proxy, proxied, unverified

THINK = (3.0, 5.0)
# Seconds in which all have come and opened their first page; what is clicked before that is not timed.
ARRIVAL = 10.0
# Active people a process, the bound of their p95 against the slider's, and in seconds on a quiet machine.
PEOPLE, RATIO, QUIET = 30, 4.0, 0.5
CROWD = 3


class Person(Protocol):
    """Somebody who clicks; `chance`: their own, seeded."""

    chance: random.Random

    def first(self, session: Session) -> bytes:
        """What opens their first page."""

    def click(self, session: Session) -> tuple[bool, bytes]:
        """Whether their next click changes the view, and what asks for it."""

    def wrong(self, screen: Session) -> list[str]:
        """What is wrong with a screen that they were shown."""


@dataclass
class Reader:
    """Somebody who reads the dashboard: from page to page, and on each another municipality, indicator, year or filter."""

    facts: Facts
    chance: random.Random
    town: str = ""
    asked: dict[str, str] = field(default_factory=dict)

    def first(self, session: Session) -> bytes:
        """Any page, of any municipality."""
        self.town = self.chance.choice(sorted(self.facts.names))
        return self._to(session, self.chance.choice(list(views.KINDS)))

    def _to(self, session: Session, page: str) -> bytes:
        self.asked = {TOWN_LABEL: self.facts.names[self.town]}
        return session.opening(page, municipio=self.town)

    def click(self, session: Session) -> tuple[bool, bytes]:
        """Half of the time the same view again (where there are filters, their box is opened so), else another."""
        labels = views.labels(session.page)
        self.asked = {TOWN_LABEL: self.facts.names[self.town]}
        if self.chance.random() < 0.5:
            shut = views.FILTERS in session.widgets and labels[views.FILTER] not in session.widgets
            return False, session.asking((views.FILTERS, True) if shut else None)
        kind = self.chance.choice(("page", *views.KINDS[session.page]))
        if kind == "page":
            others = [page for page in views.KINDS if page != session.page]
            return True, self._to(session, self.chance.choice(others))
        label = labels[kind]
        options = [one for one in session.options(label) if one != session.shown(label)]
        if not options:
            label = TOWN_LABEL
            options = [one for one in session.options(label) if one != session.shown(label)]
        value = self.chance.choice(options)
        if label == TOWN_LABEL:
            self.town = self.facts.codes[value]
        self.asked[label] = value
        return True, session.asking((label, value))

    def wrong(self, screen: Session) -> list[str]:
        """Where the screen does not show what was chosen, or shows of it what the tables do not hold."""
        return list(self.facts.wrong(screen.page, screen))

    def unheard(self, session: Session) -> list[str]:
        """What was chosen and is not shown as chosen."""
        return [
            f"{session.page or 'panorama'}: asked for {value!r} in {label!r}, shown {session.shown(label)!r}"
            for label, value in self.asked.items()
            if session.shown(label) != value
        ]


@dataclass
class Slider:
    """Somebody who moves the one slider of a page."""

    chance: random.Random

    def first(self, session: Session) -> bytes:
        """The page."""
        return session.opening()

    def click(self, session: Session) -> tuple[bool, bytes]:
        """To where it is not."""
        return True, session.asking(("x", float((session.runs * 3) % 10)))

    def wrong(self, screen: Session) -> list[str]:
        """Where the slider is gone."""
        return [] if "x" in screen.widgets else ["no slider"]


@dataclass
class Heard:
    """What became of all clicks: seconds of each that was timed, with whether it changed the view; screens; failures."""

    timed: list[tuple[bool, float]] = field(default_factory=list)
    screens: list[tuple[Person, Session]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    processes: Counter[str] = field(default_factory=Counter)

    def seconds(self, changed: bool | None = None) -> list[float]:
        """The seconds of all clicks, or of those that changed the view, or of the others."""
        return [took for how, took in self.timed if changed in (None, how)]


@dataclass(frozen=True)
class Found:
    """One crowd's measurement. `cpu`: of the servers and of the people, in cores; `megabytes`: of the largest server."""

    processes: int
    people: int
    seconds: float
    heard: Heard
    cpu: tuple[float, float]
    megabytes: float

    @property
    def rate(self) -> float:
        """Reruns a second."""
        return len(self.heard.timed) / self.seconds

    def quantile(self, share: float, changed: bool | None = None) -> float:
        """The seconds in which this share of the clicks was answered."""
        times = self.heard.seconds(changed)
        if len(times) < 2:
            return float("nan")
        return statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1]


async def answered(wire: ClientConnection, session: Session, asked: bytes) -> None:
    """Send what is asked and take in the answer, whole. Raises TimeoutError where it does not come."""
    await wire.send(asked)
    async with asyncio.timeout(LONGEST):
        while True:
            data = await wire.recv(decode=False)
            if session.take(data):
                return


def pictured(session: Session) -> Session:
    """What a session shows now, without what it keeps."""
    screen = copy.copy(session)
    screen.kept, screen.messages = {}, []
    return screen


async def sat(proxy: Proxy, person: Person, heard: Heard, begin: float, end: float, wait: float) -> None:
    """One person's visit: comes after `wait` seconds, clicks until `end`; clicks after `begin` are timed."""
    await asyncio.sleep(wait)
    session = Session(proxy.address)
    try:
        process = (await asyncio.to_thread(proxy.get, "/")).process
        heard.processes[process] += 1
        host = urlsplit(proxy.address).netloc
        async with connect(
            f"wss://{host}/_stcore/stream",
            ssl=unverified(),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": f"{COOKIE}={process}"},
            max_size=None,
            open_timeout=LONGEST,
            # As a browser, which sends none of its own.
            ping_interval=None,
        ) as wire:
            moved = wire.response.headers.get("Set-Cookie") if wire.response else None
            if moved:
                heard.errors.append(f"the connection of process {process} was taken elsewhere: {moved}")
            await answered(wire, session, person.first(session))
            _shown(person, session, heard)
            while True:
                await asyncio.sleep(person.chance.uniform(*THINK))
                start = time.perf_counter()
                if start >= end:
                    return
                changed, asked = person.click(session)
                await answered(wire, session, asked)
                if start >= begin:
                    heard.timed.append((changed, time.perf_counter() - start))
                _shown(person, session, heard)
    except (OSError, WebSocketException, TimeoutError, Fallen, KeyError) as error:
        where = {"page": session.page, "link": session.query, **getattr(person, "asked", {})}
        heard.errors.append(f"{type(error).__name__}: {error}"[:300] + f"; asked for {where}")


def _shown(person: Person, session: Session, heard: Heard) -> None:
    if isinstance(person, Reader):
        heard.wrong += person.unheard(session)
    heard.screens.append((person, pictured(session)))


def crowd(
    at: Sequence[Server], proxy: Proxy, someone: Callable[[int], Person], people: int, seconds: float
) -> Found:
    """So many people for so many seconds; then every screen that they were shown is looked at."""
    heard = Heard()

    async def all_of_them() -> tuple[float, float]:
        start = time.perf_counter()
        begin, end = start + ARRIVAL, start + ARRIVAL + seconds
        visits = [
            asyncio.create_task(sat(proxy, someone(place), heard, begin, end, ARRIVAL * 0.6 * place / people))
            for place in range(people)
        ]
        await asyncio.sleep(ARRIVAL)
        before = sum(cpu(process) for _, process in at), time.process_time()
        await asyncio.sleep(seconds)
        after = sum(cpu(process) for _, process in at), time.process_time()
        await asyncio.gather(*visits)
        served, own = ((late - early) / seconds for late, early in zip(after, before, strict=True))
        return served, own

    gc.collect()
    gc.disable()
    try:
        used = asyncio.run(all_of_them())
    finally:
        gc.enable()
    size = max(megabytes(process) for _, process in at)
    for person, screen in heard.screens:
        heard.wrong += person.wrong(screen)
    heard.screens.clear()
    return Found(len(at), people, seconds, heard, used, size)


def ports(at: Sequence[Server]) -> list[int]:
    """The ports of servers."""
    return [urlsplit(address).port or 0 for address, _ in at]


def said(what: str, found: Found, against: Found | None = None, bounded: bool = False) -> bool:
    """Print one measurement; whether what it has to keep is kept."""
    heard, p95 = found.heard, found.quantile(0.95)
    print(
        f"{what}, {found.processes} process{'es' if found.processes > 1 else ''}, {found.people} people"
        f" ({' + '.join(str(count) for _, count in sorted(heard.processes.items()))}):"
        f" {found.rate:.1f} reruns/s, p50 {found.quantile(0.5) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms,"
        f" {len(heard.errors)} errors, {len(heard.wrong)} wrong of {len(heard.timed)} timed answers;"
        f" cores used: servers {found.cpu[0]:.2f}, people {found.cpu[1]:.2f};"
        f" {found.megabytes:.0f} MB a process"
    )
    for text in (*heard.errors[:3], *heard.wrong[:3]):
        print(f"    {text}")
    kept = not heard.errors and not heard.wrong and bool(heard.timed)
    if against is not None:
        print(
            f"    clicks that change the view: {len(heard.seconds(True))}, p95 {found.quantile(0.95, True) * 1e3:.0f} ms;"
            f" the same view again: {len(heard.seconds(False))}, p95 {found.quantile(0.95, False) * 1e3:.0f} ms"
        )
        ratio = p95 / against.quantile(0.95)
        line = f"    p95 against the slider's: {ratio:.2f}"
        if bounded:
            held = ratio <= RATIO and p95 <= QUIET
            kept = kept and held
            line += (
                f" (at most {RATIO:g}), p95 {p95 * 1e3:.0f} ms (at most {QUIET * 1e3:.0f})"
                f" {'ok' if held else 'MISSED'}"
            )
        print(line)
    sys.stdout.flush()
    return kept


def main(arguments: list[str]) -> int:
    """Measure, print; returns the exit status, which says whether everything was kept."""
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2], choices=[1, 2])
    parser.add_argument("--people", type=int, default=PEOPLE, help="active people a process")
    parser.add_argument("--seconds", type=float, default=60, help="of each measurement")
    parser.add_argument("--seed", default="1")
    given = parser.parse_args(arguments)
    config = declarations.read_config()
    if build.is_current(config):
        publishing.ensure(config)
    else:
        publishing.build(config)
    facts, kept = Facts(config.processed), True

    def reader(place: int) -> Person:
        return Reader(facts, random.Random(f"{given.seed}/{place}"))

    def slider(place: int) -> Person:
        return Slider(random.Random(f"{given.seed}/{place}"))

    for count in given.processes:
        people = given.people * count
        with servers.scripts(SLIDER, count) as at, proxied(ports(at)) as proxy:
            floor = crowd(at, proxy, slider, people, given.seconds / 2)
        kept &= said("one slider", floor)
        with servers.dashboards(count) as at, proxied(ports(at)) as proxy:
            kept &= said("dashboard", crowd(at, proxy, reader, people, given.seconds), floor, bounded=True)
            many = crowd(at, proxy, reader, people * CROWD, given.seconds)
            kept &= said(f"dashboard, {CROWD} times as many", many, floor)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
