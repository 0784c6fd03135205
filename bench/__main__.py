"""python -m bench: prints each ratio with its bound; the exit status says whether all hold."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from playwright.sync_api import Browser, sync_playwright

from bench import memory, programme, views
from bench.client import reading
from pipelines import build, declarations, publishing
from pipelines.declarations import ROOT
from tests.conftest import started
from tests.e2e.reader import ADDRESSES, DRAWN, launch

SLIDER = "import streamlit as st\n\nst.slider('x', 0, 10)\n"
BAR = """import streamlit as st

st.title("one bar")
st.plotly_chart({"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {}}, theme=None)
"""
REBUILDS = 20


@dataclass(frozen=True)
class Line:
    """One ratio: what was measured, the two numbers behind it, and the bound it should keep (None: only told)."""

    what: str
    ratio: float
    bound: float | None
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.bound is None or self.ratio <= self.bound


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_in_turn(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """The median seconds of each work, all measured in turn so that load on the machine falls on all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for place, work in enumerate(works):
            times[place].append(seconds(work))
    return [statistics.median(found) for found in times]


def building() -> Line:
    """The whole build against a bare COPY of the same files to Parquet."""
    config = declarations.read_config()
    files = sorted(config.raw.glob("*/values.csv*"))

    def bare() -> None:
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
            for file in files:
                con.execute(
                    f"copy (select * from read_csv(?, all_varchar = true)) to '{folder}/{file.parent.name}.parquet'",
                    [str(file)],
                )

    def whole() -> None:
        with duckdb.connect() as con:
            build.build_tables(con, config, config.today())

    whole_time, bare_time = median_in_turn((whole, bare), 3)
    return Line(
        "build / bare COPY of the same files",
        whole_time / bare_time,
        None,
        f"{whole_time:.2f} s / {bare_time:.2f} s",
    )


@contextmanager
def script(source: str) -> Iterator[tuple[str, int]]:
    """The address and process of a server of a small script, in a folder of its own, as Streamlit runs it by default."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "one.py").write_text(source, "utf-8")
        # Settings of its own, which say nothing: the project's are not those of another page.
        (place / ".streamlit").mkdir()
        with started(declarations.config_file(), place / "one.py", place / "server.log") as found:
            yield found


@contextmanager
def dashboard() -> Iterator[tuple[str, int]]:
    """The address and process of this installation's dashboard, just started: nothing of this build is drawn yet."""
    with (
        tempfile.TemporaryDirectory() as folder,
        started(declarations.config_file(), log=Path(folder) / "server.log") as found,
    ):
        yield found


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
                lines += told([_click(found, 1)])
            for found in views.changed(client, slider):
                lines += told([_click(found, 4)])
                lines += told([_sent(found)])
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


def rebuilds() -> list[Line]:
    """The memory of a server under one reader over rebuilds: the last against the first after which all is warm."""
    found = list(memory.over_rebuilds(REBUILDS))
    said = " ".join(f"{size:.0f}" for size in found)
    return [
        Line(f"MB after {REBUILDS} rebuilds", found[-1], 400, ""),
        Line("the same / after the third", found[-1] / found[2], 1.1, said),
    ]


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


def told(lines: list[Line]) -> list[Line]:
    """Print lines as soon as they are known."""
    for line in lines:
        bound = "" if line.bound is None else f"(at most {line.bound:g}) {'ok' if line.holds else 'MISSED'}"
        print(f"{line.what:<42} {line.ratio:8.2f}  {line.detail:<24} {bound}", flush=True)
    return lines


def main() -> int:
    """Measure everything and print it as one table."""
    config = declarations.read_config()
    if build.is_current(config):
        publishing.ensure(config)
    else:
        publishing.build(config)
    lines = [*told([building(), *sheets()]), *clicks(), *written(), *told(rebuilds())]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with dashboard() as (app, _):
            lines += told(drawing(browser, app))
        browser.close()
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
