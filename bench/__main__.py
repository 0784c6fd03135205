"""python -m bench: prints each ratio with its bound; the exit status says whether all hold."""

from __future__ import annotations

import gzip
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright

from bench import clicked, memory, programme, views
from bench.client import reading
from bench.lines import Line, median_in_turn, told
from bench.national import sorted_copy
from bench.servers import BAR, SLIDER, current, dashboard, script
from pipelines import build, declarations
from pipelines.declarations import ROOT
from pipelines.manifest import DRAWN as DRAWN_FILES
from tests.conftest import started
from tests.e2e.reader import ADDRESSES, DRAWN, launch


def building() -> Line:
    """The whole build, its tables written, against DuckDB's sorted COPY of the same raw files to Parquet."""
    config = declarations.read_config()
    files = sorted(config.raw.glob("*/values.csv*"))

    def bare() -> None:
        with tempfile.TemporaryDirectory() as folder:
            sorted_copy(files, Path(folder))

    def whole() -> None:
        # Written beside the tables that stand, which stay.
        with build.prepared(config):
            pass

    whole_time, bare_time = median_in_turn((whole, bare), 3)
    return Line(
        "build / sorted COPY of the same files",
        whole_time / bare_time,
        8,
        f"{whole_time:.2f} s / {bare_time:.2f} s",
    )


def clicks() -> list[Line]:
    """A click on each page, against a move of the slider of a page that has nothing else.

    The same view again, and each kind of click that changes it, drawn for the first time; then the memory that the
    server has after all that.
    """
    lines = []
    with dashboard() as (app, process), script(SLIDER) as (other, there):
        with reading(app, process) as client, reading(other, there) as slider:
            slider.open()
            for _ in range(3):
                views.slid(slider)
            for found in views.again(client, slider):
                lines += told([_click(found, 1), _sent(found)])
            written = views.towns(declarations.read_config())
            for found in views.changed(partial(reading, app, process), slider, written):
                lines += told([_click(found, 2), _sent(found)])
        lines += told([Line("MB of the process after all that", memory.megabytes(process), 400, "")])
    return lines


def written() -> list[Line]:
    """The pages of the programme, and those that show what accepted plans say, over a store of 1,000 events."""
    lines: list[Line] = []
    with programme.furnished() as house, tempfile.TemporaryDirectory() as folder:
        lines += told(
            [
                Line(
                    "events in the store of the bench",
                    house.events,
                    None,
                    f"{house.municipalities} municipalities",
                ),
                Line("seconds of its first build, plans and all", house.appeared, None, ""),
            ]
        )
        with started(house.config.file, log=Path(folder) / "server.log") as (app, process):
            with script(SLIDER) as (other, there), reading(other, there) as slider:
                slider.open()
                for found in programme.clicks(house, app, process, slider):
                    lines += told([_click(found, 1 if found.kind == "same view" else 4), _sent(found)])
            with sync_playwright() as playwright:
                browser = launch(playwright)
                lines += told(drawing(browser, app, programme.AFTER, house.tokens["coordinator"]))
                browser.close()
    return lines


def _click(found: views.Clicks, bound: float) -> Line:
    return Line(f"{found.page or 'panorama'}: {found.kind} / one slider", found.ratio, bound, found.detail)


def _sent(found: views.Clicks) -> Line:
    return Line(
        f"{found.page or 'panorama'}: {found.kind}, kB on the wire",
        found.wire,
        60,
        f"{found.sent:.0f} kB before compression",
    )


def drawn(browser: Browser, address: str, token: str = "") -> float:
    """Seconds from asking for an address to the last chart's marks, in a fresh browser context.

    `token`: of a session of the programme, which the browser then has from the start.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    if token:
        context.add_cookies([{"name": programme.COOKIE, "value": token, "url": address.partition("?")[0]}])
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN, timeout=60_000)
    took = time.perf_counter() - start
    context.close()
    return took


def drawing(
    browser: Browser, app: str, paths: Sequence[str] = tuple(ADDRESSES.values()), token: str = ""
) -> list[Line]:
    """Page to drawn in the browser against a page with one Plotly bar; `token`: of who looks, if anybody."""
    lines = []
    with script(BAR) as (bar, _):
        drawn(browser, bar)
        for path in paths:
            address = f"{app}/{path}?municipio={views.FOCUS}"
            drawn(browser, address, token)
            pairs = [(drawn(browser, address, token), drawn(browser, bar)) for _ in range(5)]
            page_time, bar_time = (statistics.median(found) for found in zip(*pairs, strict=True))
            name = (path or "panorama") + (" (store)" if token else "")
            lines.append(
                Line(
                    f"{name} drawn / one bar drawn",
                    page_time / bar_time,
                    1.5,
                    f"{page_time:.2f} s / {bar_time:.2f} s",
                )
            )
    return lines


# A first visit over a thin line, as Chromium's own throttling has it: bits a second, and milliseconds there and back.
THIN, AWAY = 1_600_000, 150


@dataclass(frozen=True)
class Visit:
    """What a first visit fetched, in bytes: all of it, Plotly in it, and what gzip before the server would leave."""

    seconds: float
    fetched: int
    plotly: int
    packed: int


def visited(browser: Browser, address: str) -> Visit:
    """A first visit with nothing kept from before, until all is drawn, over a thin line.

    What comes over the websocket is not counted, nor slowed by Chromium.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": AWAY, "downloadThroughput": THIN / 8, "uploadThroughput": THIN / 8},
    )
    came: dict[str, int] = {}
    asked: dict[str, str] = {}
    answers: list[Response] = []
    network.on(
        "Network.requestWillBeSent", lambda told: asked.update({told["requestId"]: told["request"]["url"]})
    )
    network.on(
        "Network.loadingFinished", lambda told: came.update({told["requestId"]: told["encodedDataLength"]})
    )
    page.on("response", lambda answer: answers.append(answer))
    start = time.perf_counter()
    page.goto(address, timeout=180_000)
    page.wait_for_function(DRAWN, timeout=180_000)
    took = time.perf_counter() - start
    packed = sum(len(gzip.compress(answer.body())) for answer in answers if answer.ok)
    plotly = sum(size for name, size in came.items() if "PlotlyChart" in asked.get(name, ""))
    context.close()
    return Visit(took, round(sum(came.values())), round(plotly), packed)


def first_visits(browser: Browser, app: str) -> list[Line]:
    """A first visit to the first page over a thin line, against one to a page with one Plotly bar: told, not bound."""
    with script(BAR) as (bar, _):
        page, other = visited(browser, app), visited(browser, bar)
    return [
        Line(
            "first visit at 1.6 Mbps / one bar",
            page.seconds / other.seconds,
            None,
            f"{page.seconds:.1f} s / {other.seconds:.1f} s",
        ),
        Line(
            "MB of a first visit",
            page.fetched / 1e6,
            None,
            f"{page.plotly / 1e6:.1f} of it Plotly; one bar {other.fetched / 1e6:.1f}; "
            f"{page.packed / 1e6:.1f} with gzip before the server",
        ),
    ]


def meshes() -> list[Line]:
    """The bytes of what the browser draws a map of, of this territory and of the country where it is built."""
    lines = []
    for config in (declarations.read_config(), declarations.read_config(ROOT / "farol-brasil.toml")):
        manifest = build.read_manifest(config)
        if manifest is None:
            continue
        drawn = [(declarations.STATIC / manifest["geometry"][name]).read_bytes() for name in DRAWN_FILES]
        plain, packed = (sum(map(len, found)) / 1000 for found in (drawn, map(gzip.compress, drawn)))
        lines.append(
            Line(f"kB of the map of {config.territory.name}", plain, None, f"{packed:.0f} with gzip")
        )
    return lines


def sheets() -> list[Line]:
    """Seconds for the sheets of every municipality in one process, and the memory it took at its peak."""
    told = subprocess.run(
        [sys.executable, "-c", SHEETS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    took, megabytes, count = told.split()[-3:]
    return [
        Line("seconds for all sheets", float(took), 10, f"{count} sheets"),
        Line("MB at the peak of all sheets", float(megabytes), 500, "with imports and tables"),
    ]


# The peak is read from the system, since the one of getrusage begins with that of the process before.
SHEETS = """
import re, time
from pathlib import Path
from dashboard import sheets, tables
from pipelines import declarations
data = tables.open_tables(declarations.read_config())
codes = tuple(data.municipalities()["municipality_code"])
start = time.perf_counter()
sheets.municipality_pdfs(data, codes)
took = time.perf_counter() - start
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(f"{took:.2f}", peak // 1000, len(codes))
"""


def main() -> int:
    """Measure everything and print it as one table."""
    current()
    lines = [*told([building(), *sheets(), *meshes()]), *clicks(), *written(), *told(memory.rebuilds(400))]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with dashboard() as (app, _):
            lines += told(first_visits(browser, app))
            lines += told(drawing(browser, app))
            lines += told(clicked.drawn(browser, app, declarations.read_config()))
        browser.close()
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
