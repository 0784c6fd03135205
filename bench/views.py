"""A click that changes the view: another municipality, indicator, year or filter, drawn for the first time.

Over the real websocket to a server of its own, page by page; before and after each click one move of a slider at a server
of a page that has nothing else, so that load on the machine falls on both alike.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import duckdb

from bench.answers import TOWN_LABEL, YEAR_LABEL, label_of
from bench.client import Client, Run
from pipelines.declarations import Config

# The municipality in focus when a page is opened; the clicks choose others.
FOCUS = "5002704"
CLICKS = 6

TOWN, INDICATOR, YEAR, FILTER = "municipality", "indicator", "year", "filter"
FILTERS, REGION = "Filtros", "Região"
# Which clicks change the view of which page, in an order that leaves each something to change. The municipality is in
# the side bar of all.
KINDS: dict[str, tuple[str, ...]] = {
    "": (TOWN, INDICATOR, YEAR, FILTER),
    "indicador": (TOWN, INDICATOR, YEAR, FILTER),
    "municipio": (TOWN, INDICATOR),
    "monitoramento": (TOWN, FILTER),
    "plano": (TOWN,),
    "metas": (TOWN, INDICATOR, FILTER),
    "comparar": (TOWN, INDICATOR),
    "relacao": (TOWN, INDICATOR, FILTER),
}


@dataclass
class Unseen:
    """Values that no click of this run has chosen yet: what is drawn with them is drawn for the first time."""

    taken: set[tuple[str, str]] = field(default_factory=set)

    def of(self, kind: str, options: list[str], present: str | None) -> Iterator[str]:
        """The options not taken yet, each taken as it is handed out; the one shown at present is none."""
        for option in options:
            if option != present and (kind, option) not in self.taken:
                self.taken.add((kind, option))
                yield option


@dataclass(frozen=True)
class Clicks:
    """The clicks of one kind on one page, and what ran beside them; raises ValueError where there is none."""

    page: str
    kind: str
    runs: list[Run]
    floor: list[Run]

    def __post_init__(self) -> None:
        if not self.runs:
            raise ValueError(
                f"{self.page or 'the first page'}: no {self.kind} left that nobody has chosen yet"
            )

    def milliseconds(self) -> tuple[float, float]:
        """The median CPU of a click here and of what ran beside it."""
        here, there = (statistics.median(run.cpu for run in runs) for runs in (self.runs, self.floor))
        return here * 1e3, there * 1e3

    @property
    def ratio(self) -> float:
        """The CPU of a click against that of what ran beside it."""
        here, there = self.milliseconds()
        return here / there

    @property
    def sent(self) -> float:
        """The most kilobytes of messages that one of the clicks had."""
        return max(run.sent for run in self.runs) / 1000

    @property
    def wire(self) -> float:
        """The most kilobytes that came over the wire for one of the clicks."""
        return max(run.wire for run in self.runs) / 1000

    @property
    def detail(self) -> str:
        """What lies behind the ratio, in words."""
        here, there = self.milliseconds()
        wall = statistics.median(run.seconds for run in self.runs) * 1e3
        return f"{here:.0f} / {there:.0f} ms of CPU, ended after {wall:.0f} ms"


def slid(slider: Client) -> Run:
    """One move of the slider to where it is not."""
    return slider.choose("x", float((slider.session.runs * 3) % 10))


def between(page: str, kind: str, clicks: Iterable[Callable[[], Run]], slider: Client) -> Clicks:
    """Each click between two moves of the slider."""
    runs: list[Run] = []
    floor: list[Run] = []
    for click in clicks:
        floor.append(slid(slider))
        runs.append(click())
        floor.append(slid(slider))
    return Clicks(page, kind, runs, floor)


def again(client: Client, slider: Client) -> Iterator[Clicks]:
    """The same view once more, as a widget causes it that changes nothing; opens every page."""
    for page in PAGES:
        client.open(page, municipio=FOCUS)
        client.again()
        yield between(page, "same view", [client.again] * CLICKS, slider)


PAGES = (*KINDS, "conferir", "metodo", "fontes", "dados")


# Opens a session of its own: what was chosen on one page, above all a region, would go along to the next.
Visit = Callable[[], AbstractContextManager[Client]]


def changed(visit: Visit, slider: Client, written: Sequence[str]) -> Iterator[Clicks]:
    """Every page with every kind of click that changes it; `written`: the codes of `towns`."""
    unseen = Unseen()
    for page in PAGES:
        with visit() as client:
            client.open(page, municipio=FOCUS)
            for kind in KINDS.get(page, (TOWN,)):
                yield between(page, kind, _clicks(client, page, kind, unseen, written), slider)


def beside(visits: tuple[Visit, Visit], written: tuple[Sequence[str], Sequence[str]]) -> Iterator[Clicks]:
    """Every page with every kind of click that changes it, at two servers in turn; the second one is the floor.

    `written`: the codes of `towns` of each.
    """
    unseen = Unseen(), Unseen()
    for page in PAGES:
        with visits[0]() as client, visits[1]() as other:
            for reader in (client, other):
                reader.open(page, municipio=FOCUS)
            for kind in KINDS.get(page, (TOWN,)):
                here, there = (
                    _clicks(reader, page, kind, held, codes)
                    for reader, held, codes in zip((client, other), unseen, written, strict=True)
                )
                pairs = [(click(), again()) for click, again in zip(here, there, strict=False)]
                yield Clicks(page, kind, [run for run, _ in pairs], [run for _, run in pairs])


def labels(page: str) -> dict[str, str]:
    """The label of the list in which each kind of click chooses, on a page."""
    return {TOWN: TOWN_LABEL, INDICATOR: label_of(page), YEAR: YEAR_LABEL, FILTER: REGION}


# Of several states the state is chosen first.
STATE = "Estado"


def towns(config: Config) -> list[str]:
    """The municipalities of a configuration's tables by code, the largest first: what is written where no box lists them."""
    with duckdb.connect() as con:
        found = con.execute(
            "select municipality_code from read_parquet(?) order by population desc nulls last, municipality_code",
            [str(config.processed / "municipalities.parquet")],
        ).fetchall()
    return [code for (code,) in found if code != FOCUS]


def _clicks(
    client: Client, page: str, kind: str, unseen: Unseen, written: Sequence[str]
) -> Iterator[Callable[[], Run]]:
    label = labels(page)[kind]
    if kind == FILTER:
        client.choose(FILTERS, True)
    if kind == YEAR:
        _to_many_years(client)
    if kind == FILTER and not client.session.options(label):
        label = STATE
    # A territory too large to list takes a municipality by its name or code.
    options = client.session.options(label) or list(written if kind == TOWN else ())
    pool = f"{page}:{kind}" if kind == YEAR else kind
    left = unseen.of(pool, options, client.session.shown(label))
    for _, option in zip(range(CLICKS), left, strict=False):
        yield lambda option=option: client.choose(label, option)  # type: ignore[misc]


def _to_many_years(client: Client) -> None:
    """To an indicator that has years enough, if the present one has not."""
    for option in client.session.options("Indicador"):
        if len(client.session.options("Ano")) > CLICKS:
            return
        client.choose("Indicador", option)
