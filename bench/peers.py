"""python -m bench.peers: five questions asked of this dashboard and of Apache Superset over the same tables, in one run.

Each question is asked in several ways of both, in turn, so that load on the machine falls on both:

- *asked*: the answer for something not asked before. Superset answers rows by its chart-data API, told to use nothing it
  kept; the dashboard answers the one drawing, by its embedding link over the websocket, for the first time in this build.
- *again*: the same once more, from what each keeps; only told but of the export, since nearly all of it is a run of
  Streamlit's own.
- *page*: as *asked*, of the dashboard the whole page that has the drawing among others; only told.
- *opened*: the link of the drawing opened in a browser that has both programs' files already, to the last mark drawn; only
  told, since Superset draws a table of the rows.

Before anything is timed, both must answer the same values.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from playwright.sync_api import Page, sync_playwright

from bench.client import Client, reading
from bench.lines import Line, told
from bench.servers import current, dashboard
from bench.superset import PASSWORD, USER, Asked, Superset, running
from dashboard.tables import Tables, open_tables
from pipelines.series_files import SERIES
from tests.e2e.reader import MARKS, launch

ROUNDS = 15
BOUND = 1 / 3
TOWN = "5002704"
POINT = ("municipality_code", "name", "period", "value")
# A table of ours, and one of Superset, as soon as they have rows.
TABLED = "[data-testid=stHtml] table tbody tr"
ROWS = ".dashboard-component-chart-holder table tbody tr"


@dataclass(frozen=True)
class Question:
    """One question, asked for one subject after another: of Superset, by a link of the dashboard, and its values.

    `drawing`: which of the page's drawings answers it; `export`: where the dashboard serves the same as a file, for what is
    taken away instead of looked at.
    """

    name: str
    subjects: Sequence[str]
    asked: Callable[[str], Asked]
    page: str
    drawing: str
    link: Callable[[str], dict[str, str]]
    values: Callable[[str], Sequence[float | None]]
    export: Callable[[str], str] | None = None


def questions(data: Tables, region: str, place: str) -> list[Question]:
    """The five. `region`: the name of an immediate region, `place`: what a link calls it."""
    indicators = [name for name in data.available() if data.indicators[name].kind == "number"]
    towns = list(data.municipalities()["municipality_code"])
    inside = [code for code, name in data.municipalities()["immediate_region"].items() if name == region]
    eight = towns[:8]

    def latest(*more: tuple[str, str, Any]) -> Callable[[str], Asked]:
        def asked(name: str) -> Asked:
            period = ("period", "==", str(data.newest(name)))
            return Asked(("municipality_code", "name", "value"), (("indicator", "==", name), period, *more))

        return asked

    def values(where: str) -> Callable[[str], Sequence[float | None]]:
        """The values that a condition on `values` v holds for, `$1` the subject and `$2` the newest period of it."""

        def found(subject: str) -> Sequence[float | None]:
            newest = data.newest(subject) if subject in data.indicators else None
            told = [subject, newest, inside, eight]
            binding = "from (select ? as subject, ?::date as newest, ?::varchar[] as inside, ?::varchar[] as eight), "
            return list(data.query(f'select value {binding} "values" v where {where}', told)["value"])

        return found

    of_period = "indicator = subject and period = newest"
    among = {"municipios": ",".join(eight)}
    return [
        Question(
            "map of an indicator", indicators, latest(), "indicador", "mapa",
            lambda name: {"indicador": name}, values(of_period),
        ),
        Question(
            "profile of a municipality", towns,
            lambda code: Asked(("title", "period", "value"), (("municipality_code", "==", code),)), "municipio", "perfil",
            lambda code: {"municipio": code}, values("municipality_code = subject"),
        ),
        Question(
            "ranking in a region", indicators, latest(("region", "==", region)), "indicador", "ranking",
            lambda name: {"indicador": name, "regiao": place},
            values(f"{of_period} and list_contains(inside, municipality_code)"),
        ),
        Question(
            "series of eight", indicators,
            lambda name: Asked(POINT, (("indicator", "==", name), ("municipality_code", "IN", eight))),
            "indicador", "serie", lambda name: among | {"indicador": name},
            values("indicator = subject and list_contains(eight, municipality_code)"),
        ),
        Question(
            "export of an indicator", indicators,
            lambda name: Asked((*POINT, "numerator", "denominator", "flag"), (("indicator", "==", name),)),
            "", "", lambda name: {}, values("indicator = subject"),
            lambda name: f"data/{SERIES}/{name}.csv",
        ),
    ]  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """What one deed takes by the clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def same(question: Question, subject: str, superset: Superset) -> None:
    """Raise AssertionError where Superset answers other values than the tables have, which the pages show."""

    def told(values: Sequence[Any]) -> list[float]:
        return sorted(float(value) for value in values if value is not None and not math.isnan(value))

    theirs = told([row["value"] for row in superset.rows(question.asked(subject))])
    ours = told(question.values(subject))
    # Superset's own queries are told apart by all their columns: rows alike are one.
    assert len(theirs) == len(ours) and all(map(math.isclose, theirs, ours)), (question.name, subject)


def asked(question: Question, superset: Superset, client: Client, address: str) -> list[Line]:
    """A question for one subject after another, each for the first time and once more, of both in turn."""
    first: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    pages: list[tuple[float, float]] = []
    alone = {"grafico": question.drawing}
    for subject, other in zip(question.subjects[:ROUNDS], question.subjects[ROUNDS:], strict=False):
        same(question, subject, superset)
        first.append(_both(question, subject, superset, client, address, alone, cached=False))
        again.append(_both(question, subject, superset, client, address, alone, cached=True))
        if not question.export:
            pages.append(_both(question, other, superset, client, address, {}, cached=False))
    lines = [
        _line(question, "asked", first),
        _line(question, "again", again, BOUND if question.export else None),
    ]
    return [*lines, _line(question, "page", pages, bound=None)] if pages else lines


def _both(
    question: Question,
    subject: str,
    superset: Superset,
    client: Client,
    address: str,
    more: Mapping[str, str],
    cached: bool,
) -> tuple[float, float]:
    """Seconds of the answer here and there; `more`: what the link says besides."""
    form = "csv" if question.export else "json"
    there = seconds(lambda: superset.ask(question.asked(subject), cached=cached, form=form))
    if question.export:
        url = f"{address}/app/static/{question.export(subject)}"
        return seconds(lambda: urllib.request.urlopen(url).read()), there
    run = client.open(question.page, **question.link(subject), **more)
    drawn = "".join((*client.session.charts, *client.session.texts))
    assert "<table" in drawn or '"layout"' in drawn, (question.name, subject)
    return run.seconds, there


def opened(question: Question, ours: Page, theirs: Page, superset: Superset, address: str) -> Line:
    """Links of one subject after another opened in two browsers, in turn."""
    pairs = []
    for subject in question.subjects[2 * ROUNDS : 2 * ROUNDS + 4]:
        board = superset.dashboard(f"{question.name}: {subject}", question.asked(subject))
        link = f"{address}/{question.page}?{urlencode(question.link(subject) | {'grafico': question.drawing, 'embed': 'true'})}"

        def here(link: str = link) -> None:
            ours.goto(link)
            ours.wait_for_selector(f"[data-testid=stPlotlyChart] :is({MARKS}), {TABLED}", state="attached")

        def there(board: str = board) -> None:
            theirs.goto(board)
            theirs.wait_for_selector(ROWS, timeout=90_000)

        pairs.append((seconds(here), seconds(there)))
    # The first of each fetched the programs' files.
    return _line(question, "opened", pairs[1:], bound=None)


def _line(
    question: Question, way: str, pairs: Sequence[tuple[float, float]], bound: float | None = BOUND
) -> Line:
    ours, theirs = (statistics.median(found) for found in zip(*pairs, strict=True))
    return Line(
        f"{question.name}: {way} / Superset",
        ours / theirs,
        bound,
        f"{ours * 1e3:.0f} / {theirs * 1e3:.0f} ms",
    )


def _place(client: Client, region: str) -> str:
    """What a link calls an immediate region, as the page itself writes it."""
    client.open("indicador")
    client.choose("Filtros", True)
    label = next(
        option
        for option in client.session.options("Região")
        if option.startswith(f"{region} · região imediata")
    )
    client.choose("Região", label)
    return dict(parse_qsl(client.session.query))["regiao"]


def main() -> int:
    """Ask everything and print each ratio; the exit status says whether all hold."""
    config = current()
    data = open_tables(config)
    region = str(data.municipalities().loc[TOWN, "immediate_region"])
    lines: list[Line] = []
    with (
        tempfile.TemporaryDirectory() as home,
        dashboard() as (app, process),
        running(Path(home), config.processed) as superset,
        reading(app, process) as client,
        sync_playwright() as playwright,
    ):
        found = questions(data, region, _place(client, region))
        for question in found:
            lines += told(asked(question, superset, client, app))
        browser = launch(playwright)
        ours, theirs = browser.new_page(), browser.new_page()
        theirs.goto(f"{superset.address}/login/")
        theirs.fill("#username", USER)
        theirs.fill("#password", PASSWORD)
        theirs.keyboard.press("Enter")
        theirs.wait_for_url("**/welcome/")
        for question in found:
            if question.export is None:
                lines += told([opened(question, ours, theirs, superset, app)])
        browser.close()
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
