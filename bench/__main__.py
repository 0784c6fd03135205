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
from functools import partial
from pathlib import Path

import duckdb
from playwright.sync_api import Browser, WebSocket, sync_playwright
from streamlit.testing.v1 import AppTest

from pipelines import build, declarations
from pipelines.declarations import ROOT
from tests.conftest import serving
from tests.e2e.reader import ADDRESSES, DRAWN, launch

SLIDER = "import streamlit as st\n\nst.slider('x', 0, 10)\n"
BAR = """import streamlit as st

st.title("one bar")
st.plotly_chart({"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {}}, theme=None)
"""
FOCUS = "5002704"
ROUNDS = 7


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


def median_in_turn(works: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> list[float]:
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


def reruns() -> list[Line]:
    """A warm rerun of each page against that of a page with one slider."""
    slider = AppTest.from_string(SLIDER, default_timeout=60)
    slider.run()
    lines = []
    for page in ADDRESSES:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        app.query_params["municipio"] = FOCUS
        app.switch_page(page)
        app.run()
        app.run()
        # A run takes milliseconds, so many of them still cost little.
        page_time, slider_time = median_in_turn((app.run, slider.run), 3 * ROUNDS)
        name = ADDRESSES[page] or "panorama"
        lines.append(
            Line(
                f"rerun of {name} / one slider",
                page_time / slider_time,
                5,
                f"{page_time * 1e3:.0f} ms / {slider_time * 1e3:.0f} ms",
            )
        )
    return lines


@contextmanager
def other_app(source: str) -> Iterator[str]:
    """A server of a small script, with this project's configuration; yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "one.py"
        script.write_text(source, "utf-8")
        with serving(own_config(Path(folder)), script) as address:
            yield address


def own_config(folder: Path) -> Path:
    """This installation's configuration, copied so that the server's log does not land in the project."""
    config = declarations.read_config()
    text = config.file.read_text("utf-8").replace('folder = "data"', f'folder = "{config.data.as_posix()}"')
    copy = folder / "farol.toml"
    copy.write_text(text, "utf-8")
    return copy


def drawn(browser: Browser, address: str) -> float:
    """Seconds from asking for an address to the last chart's marks, in a fresh browser context."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN, timeout=60_000)
    took = time.perf_counter() - start
    context.close()
    return took


def drawing(browser: Browser, app: str) -> list[Line]:
    """Page to drawn in the browser against a page with one Plotly bar."""
    lines = []
    with other_app(BAR) as bar:
        drawn(browser, bar)
        for _page, path in ADDRESSES.items():
            address = f"{app}/{path}?municipio={FOCUS}"
            drawn(browser, address)
            pairs = [(drawn(browser, address), drawn(browser, bar)) for _ in range(5)]
            page_time, bar_time = (statistics.median(found) for found in zip(*pairs, strict=True))
            name = path or "panorama"
            lines.append(
                Line(
                    f"{name} drawn / one bar drawn",
                    page_time / bar_time,
                    1.5,
                    f"{page_time:.2f} s / {bar_time:.2f} s",
                )
            )
    return lines


def listen(sizes: list[int], socket: WebSocket) -> None:
    socket.on("framereceived", lambda frame: sizes.append(len(frame)))


def bytes_sent(browser: Browser, app: str) -> list[Line]:
    """Kilobytes sent to the browser for one rerun of the pages with a map."""
    lines = []
    for path in ("", "indicador", "metas"):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        received: list[int] = []
        page.on("websocket", partial(listen, received))
        page.goto(f"{app}/{path}?municipio={FOCUS}")
        page.wait_for_function(DRAWN, timeout=60_000)
        page.wait_for_timeout(1500)
        received.clear()
        page.locator("[data-testid=stSidebar] [data-testid=stSelectbox] input").click()
        page.keyboard.type("Corumbá")
        page.keyboard.press("Enter")
        page.wait_for_timeout(1000)
        page.wait_for_function(DRAWN, timeout=60_000)
        page.wait_for_timeout(1000)
        sent = sum(received) / 1000
        lines.append(
            Line(f"kB sent for a rerun of {path or 'panorama'}", sent, 60, f"{len(received)} messages")
        )
        context.close()
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
    build.ensure(declarations.read_config())
    lines = told([building(), *reruns(), *sheets()])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        with serving(own_config(Path(folder))) as app:
            lines += told(drawing(browser, app))
            lines += told(bytes_sent(browser, app))
        browser.close()
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
