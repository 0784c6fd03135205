"""A click that changes the view in a real browser: from the key that chooses to the last change of what is drawn."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import duckdb
from playwright.sync_api import Browser, Page

from bench import views
from bench.lines import Line
from bench.servers import script
from pipelines.declarations import Config
from tests.e2e.reader import Reader

# In the page: when the last key was pressed, when a run of the script last ended, when what is drawn last changed.
WATCH = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    window.farol = {pressed: 0, ended: 0, changed: 0};
    document.addEventListener('keydown', () => { farol.pressed = performance.now(); }, true);
    new MutationObserver(() => {
        if (app.dataset.testScriptState === 'notRunning') farol.ended = performance.now();
    }).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
    new MutationObserver(() => { farol.changed = performance.now(); }).observe(
        document.querySelector('[data-testid=stMain]'),
        {subtree: true, childList: true, attributes: true, characterData: true});
}"""
# Nothing changes any more, for so many milliseconds, which do not count.
QUIET = 400
SETTLED = f"""asked => (asked
        ? document.querySelector('[data-testid=stMarkdown]')?.innerText === asked
        : farol.ended > farol.pressed)
    && performance.now() - Math.max(farol.ended, farol.changed) > {QUIET}"""
# The slider, and where it stands: so short a run begins and ends in one step of the browser.
SLIDER = "import streamlit as st\n\nst.write(st.slider('x', 0, 10))\n"
TOOK = "() => Math.max(farol.ended, farol.changed) - farol.pressed"
CLICKS = 3


def _took(page: Page, press: Callable[[], None], text: str = "") -> float:
    """Milliseconds from the last key that `press` presses to the last change on the page; `text`: what it then says, where
    the end of a run cannot be seen.
    """
    # Nobody chooses anew in the moment in which the last choice is drawn.
    page.wait_for_timeout(QUIET)
    page.bring_to_front()
    press()
    page.wait_for_function(SETTLED, arg=text, timeout=60_000)
    found: float = page.evaluate(TOOK)
    return found


def _chosen(reader: Reader, label: str, name: str) -> float:
    took = _took(reader.page, lambda: reader.choose(label, name))
    reader.wait()
    return took


def _moved(page: Page) -> float:
    """The slider moved by one and, the next time, back."""
    there = page.get_by_test_id("stMarkdown").inner_text() == "1"
    key, text = ("ArrowLeft", "0") if there else ("ArrowRight", "1")
    return _took(page, lambda: page.get_by_role("slider").press(key), text)


def _names(config: Config) -> list[str]:
    """The names of the largest municipalities, without the one in focus."""
    with duckdb.connect() as con:
        found = con.execute(
            """select name from read_parquet(?) where municipality_code != ?
            order by population desc nulls last, municipality_code limit ?""",
            [str(config.processed / "municipalities.parquet"), views.FOCUS, CLICKS],
        ).fetchall()
    return [name for (name,) in found]


def drawn(browser: Browser, app: str, config: Config) -> list[Line]:
    """Another municipality on every page until it is drawn, against a slider moved on a page that has nothing else: told."""
    lines = []
    with script(SLIDER) as (address, _):
        beside = browser.new_page(viewport={"width": 1280, "height": 800})
        beside.goto(address)
        beside.get_by_role("slider").wait_for()
        beside.evaluate(WATCH)
        for path in views.KINDS:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            reader = Reader(page, app)
            reader.open(path, municipio=views.FOCUS)
            page.evaluate(WATCH)
            label = views.labels(path)[views.TOWN]
            pairs = [(_chosen(reader, label, name), _moved(beside)) for name in _names(config)]
            page.close()
            page_time, slider_time = (statistics.median(found) for found in zip(*pairs, strict=True))
            lines.append(
                Line(
                    f"{path or 'panorama'}: municipality drawn / slider",
                    page_time / slider_time,
                    None,
                    f"{page_time:.0f} / {slider_time:.0f} ms",
                )
            )
        beside.close()
    return lines
