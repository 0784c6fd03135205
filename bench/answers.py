"""Whether a screen is the right answer: what it says of municipalities and indicators against what the tables hold.

The tables are asked here by SQL of its own, so that a page that mixed up readers, questions or builds is found out. Only the
way numbers are written is the dashboard's (`words.amount`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import duckdb

from bench.client import Session
from dashboard import words
from pipelines.declarations import read_declared

TOWN_LABEL, YEAR_LABEL = "Município em foco", "Ano"
# The label under which a page offers its indicators.
INDICATOR_LABELS = {"municipio": "Ver a série de", "comparar": "Ver a série de", "relacao": "Na horizontal"}
VERTICAL_LABEL = "Na vertical"

_COMPARED = re.compile(r'indicador=(\w+)">[^\n]*?</th><td>[^<]*</td><td[^>]*? title="([^"]*)"')
_URGENT = re.compile(
    r'<a href="plano\?[^"]*?municipio=(\d{7})[^"]*">[^<]*</a></th><td[^>]*?(?: title="([^"]*)")?>([^<]*)</td>'
    r"<td[^>]*>.*?</td><td[^>]*>([^<]*)</td>"
)
_UNREAD = re.compile(r"\bnovo\b|Sem leitura")
_CARD = re.compile(r"municipio=(\d{7})&amp;indicador=(\w+).*?<dt>Valor atual</dt><dd>(.*?)</dd>", re.DOTALL)


def label_of(page: str) -> str:
    """The label of a page's list of indicators."""
    return INDICATOR_LABELS.get(page, "Indicador")


class Facts:
    """What the tables of one build hold, written as screens write it."""

    def __init__(self, folder: Path) -> None:
        self.indicators = read_declared(folder).indicators
        with duckdb.connect() as con:
            values = f"read_parquet('{(folder / 'values.parquet').as_posix()}')"
            told = f"read_parquet('{(folder / 'verdicts.parquet').as_posix()}')"
            places = f"read_parquet('{(folder / 'municipalities.parquet').as_posix()}')"
            self.names: dict[str, str] = dict(
                con.execute(f"select municipality_code, name from {places}").fetchall()
            )
            # A period without a value is shown as such, and not the one before it.
            in_year = con.execute(
                f"select indicator, municipality_code, year, last(value order by period) from {values} group by all"
            ).fetchall()
            latest = con.execute(
                f"select indicator, municipality_code, last(value order by period) from {values} group by all"
            ).fetchall()
            # Where a line went: its last plausible value since the last change of method.
            ends = con.execute(
                f"""with of_one_method as (
                    select *, last(case when break_before then period end ignore nulls) over
                        (partition by indicator, municipality_code order by period
                         rows between unbounded preceding and unbounded following) as begun from {values})
                select indicator, municipality_code, last(value order by period)
                    filter (value is not null and flag is distinct from 'implausible'),
                    bool_or(flag is not distinct from 'implausible')
                from of_one_method where begun is null or period >= begun group by all"""
            ).fetchall()
            judged = con.execute(
                f"select indicator, municipality_code, latest_value from {told} where latest_value is not null"
            ).fetchall()
        self.codes = {name: code for code, name in self.names.items()}
        self.of_year = {(name, code, year): self.said(name, value) for name, code, year, value in in_year}
        self.latest = {(name, code): self.said(name, value) for name, code, value in latest}
        without = {True: "acima de 100%", False: "sem dado na série"}
        self.ends = {
            (name, code): without[beyond] if value is None else self.said(name, value)
            for name, code, value, beyond in ends
        }
        # Several plans may have judged one indicator on values of different years.
        self.judged: dict[tuple[str, str], set[str]] = {}
        for name, code, value in judged:
            self.judged.setdefault((name, code), set()).add(self.said(name, value))
        self._by_title = {item.title: name for name, item in self.indicators.items()}

    def said(self, name: str, value: float | None) -> str:
        """A value without its unit, of which narrow places hold less than wide ones."""
        indicator = self.indicators[name]
        if indicator.kind == "category":
            return words.with_unit(value, indicator)
        return words.amount(value, indicator)

    def indicator_of(self, label: str | None) -> str:
        """The id of an indicator by what a list shows: its title and, behind it, its area."""
        found = self._by_title.get((label or "").rpartition(" · ")[0])
        return found or self._by_title.get(label or "", "")

    def wrong(self, page: str, session: Session) -> Iterator[str]:
        """What a screen says that the tables do not hold, each in words; nothing where all of it is right.

        Of a page with nothing to compare it says so: a screen that was not looked at is not a right one.
        """
        town = self.codes.get(session.shown(TOWN_LABEL) or "", "")
        compared = 0
        for what, said, expected in self._pairs(page, session, town):
            compared += 1
            if not any(says(said, one) for one in expected):
                yield f"{page or 'panorama'}: {what} says {said[:80]!r}, the tables {sorted(expected)}"
        if not compared:
            yield f"{page or 'panorama'}: nothing on it to compare"

    def _pairs(self, page: str, session: Session, town: str) -> Iterator[tuple[str, str, set[str]]]:
        """What a screen says of something, and what the tables would have it say."""
        name = self.names.get(town, "")
        indicator = self.indicator_of(session.shown(label_of(page)))
        texts = "\n".join(session.texts)
        if page in ("", "indicador"):
            yield "the title", texts, {f'<h2 class="section">{self.indicators[indicator].title}, '}
            year = int(session.shown(YEAR_LABEL) or 0)
            for code, told in _mapped(session):
                if (expected := self.of_year.get((indicator, code, year))) is not None:
                    yield f"{indicator} {year} of {code}", told, {expected}
        elif page == "municipio":
            yield "the title", texts, {f'<h1 class="finding">{name}:'}
            if (expected := self.ends.get((indicator, town))) is not None:
                section = texts.partition(f'<h2 class="section">{self.indicators[indicator].title}</h2>')[2]
                yield f"the series of {indicator}", plain(section[:1500]), {expected}
        elif page == "comparar":
            for found, told in _COMPARED.findall(texts):
                if (expected := self.latest.get((found, town))) is not None:
                    yield f"{found} of {town}", plain(told), {expected}
        elif page == "monitoramento":
            yield "the title", texts, {'<p class="eyebrow">Monitoramento'}
            for code, whole, short, told in _URGENT.findall(texts):
                found = self._by_title.get(unescape(whole or short), "")
                if (found, code) in self.judged:
                    yield f"{found} of {code}", plain(told), self.judged[found, code]
        elif page == "plano":
            yield "the title", texts, {f'<h1 class="finding">{name}:'}
            for code, found, told in _CARD.findall(texts):
                if (found, code) in self.judged:
                    yield f"{found} of {code}", plain(told), self.judged[found, code]
        elif page == "metas":
            yield "the ribbon", texts, {f'aria-label="{self.indicators[indicator].title}'}
            for code, told in _mapped(session):
                # Where nothing is read, the map says why.
                if (indicator, code) in self.judged and not _UNREAD.search(told):
                    yield f"{indicator} of {code}", told, self.judged[indicator, code]
        elif page == "relacao":
            yield from self._related(session, indicator)

    def _related(self, session: Session, across: str) -> Iterator[tuple[str, str, set[str]]]:
        up = self.indicator_of(session.shown(VERTICAL_LABEL))
        first, second = (self.indicators[name].title for name in (across, up))
        yield "the title", "\n".join(session.texts), {f'<h2 class="section">{first} e {second}</h2>'}
        for trace in _traces(session):
            if "customdata" not in trace:
                continue
            for told, (name, *_) in zip(_hovered(trace), trace["customdata"], strict=True):
                for indicator in (across, up):
                    if expected := self.latest.get((indicator, self.codes.get(name, ""))):
                        yield f"{indicator} of {name}", told, {expected}


def _traces(session: Session) -> Iterator[dict[str, Any]]:
    for spec in session.charts:
        yield from json.loads(spec)["data"]


def _hovered(trace: Mapping[str, Any]) -> Iterator[str]:
    """What is said of each mark of a trace when one points at it; of a map without the names, which its mesh has."""
    for row in trace["customdata"] or [()] * len(trace.get("locations", ())):
        text = trace["hovertemplate"]
        for place, cell in enumerate(row):
            text = text.replace(f"%{{customdata[{place}]}}", str(cell))
        yield plain(text)


def _mapped(session: Session) -> Iterator[tuple[str, str]]:
    """Of a page's map each municipality, and what is said when one points at it."""
    for trace in _traces(session):
        if trace["type"] == "choropleth" and "customdata" in trace:
            yield from zip(trace["locations"], _hovered(trace), strict=True)


def plain(markup: str) -> str:
    """The words of markup, with plain blanks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", markup))).strip()


def says(said: str, expected: str) -> bool:
    """Whether a text has a value or a name, and not another that only begins or ends like it."""
    if expected == "0" and "nenhum" in said.lower():
        return True
    found = re.search(rf"(?<![\w,.+−]){re.escape(expected)}(?![\w+]|[,.]\d)", said)
    return found is not None or ("<" in expected and expected in said)
