"""The passport of a number on its page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from html import escape
from pathlib import Path

import pandas as pd

from dashboard import charts, passports, words
from dashboard.charts import markup
from dashboard.charts.markup import NOTHING, Html, joined
from dashboard.findings import indicators as measures
from dashboard.findings import passport as findings
from dashboard.screens.downloads import published_address
from dashboard.screens.installation import config
from dashboard.screens.lists import definitions, listing
from dashboard.screens.session import address, address_of, addresses_of, kept, municipality
from dashboard.screens.shell import html
from dashboard.screens.texts import copyable, folded, heading, note, points, section
from dashboard.tables import Tables
from pipelines.declarations import Indicator

PAGE = "passaporte"
SQL_NOTE = "O que as tabelas rodaram: a fonte só converte o texto; o indicador calcula."


def passport_address(indicator: str, **more: str) -> str:
    """The relative address of a value's passport; `more`: the municipality or the year, where the link lacks them."""
    return address_of(PAGE, indicador=indicator, **more)


def passport_addresses() -> Callable[[str], str]:
    """Makes `passport_address` of many indicators, for the municipality in focus."""
    return addresses_of(PAGE, "indicador")


def values_listing(data: Tables, frame: pd.DataFrame, indicator: Indicator, when: str, source: str) -> None:
    """The values of a page's municipalities, folded, each leading to its passport; that of the one in focus before.

    `frame`: rows of `Tables.at`, of which `when` is the period in words.
    """
    if not len(frame):
        return
    year = int(frame["year"].iloc[0])
    if (frame["municipality_code"] == municipality()).any():
        _own_link(data, indicator, municipality(), year)

    def opens() -> tuple[str, list[str]]:
        codes = frame["municipality_code"]
        return "Valor", [
            passport_address(indicator.indicator, municipio=code, ano=str(year)) for code in codes
        ]

    if opened := folded(f"Ver tabela: {words.counted(len(frame), 'município', 'municípios')}", "tabela"):
        with opened:
            listing(
                data,
                "valores",
                f"{indicator.title}, {when}",
                lambda: measures.table(frame, indicator),
                source,
                on=(
                    indicator.indicator,
                    year,
                    tuple(frame["municipality_code"]),
                    address_of("", municipio=""),
                ),
                opens=opens,
            )


def _own_link(data: Tables, indicator: Indicator, code: str, year: int) -> None:
    """The way to the passport of the municipality in focus, with its value."""
    row = findings.value_of(data, indicator.indicator, code, year)
    leads = passport_address(indicator.indicator, ano=str(year))
    html(
        Html(
            f'<p class="sentence">{escape(str(row["name"]))}: '
            f'<a href="{escape(leads, quote=True)}">{escape(findings.title(row, indicator))}</a>. '
            "Abra para ver de onde vem o número.</p>"
        )
    )


def passport_heading(
    data: Tables, indicator: Indicator, code: str, year: int, period: dt.date | None
) -> None:
    """The indicator and the municipality over the value; `period` within the year, None for its last."""
    row = findings.value_of(data, indicator.indicator, code, year, period)
    heading(f"Passaporte do número · {row['name']} · {indicator.title}", findings.title(row, indicator))


def passport(data: Tables, indicator: Indicator, code: str, year: int, within: dt.date | None) -> None:
    """All that tells where a value comes from, read for this view alone; `within` as the heading's period."""
    row = findings.value_of(data, indicator.indicator, code, year, within)
    period = row["period"].date()
    definitions(findings.facts(data, row, indicator), "O número e a conta")
    present = config()
    view = (indicator.indicator, code, period)
    origins = kept(
        data,
        "origens",
        lambda: passports.origins(data, present.raw, indicator.indicator, code, period),
        on=view,
    )
    html(kept(data, "linhas", lambda: _lines(data, indicator, origins), on=view))
    if revised := findings.revised(data, row, indicator):
        points("Revisões", revised, 2)
    definitions(findings.beside(data, row, indicator), "O que o publicador diz do estado e do país")
    section("A consulta que calculou", quiet=SQL_NOTE)
    sources = dict.fromkeys((indicator.source, *(origin.source for origin in origins)))
    for kind, name in (("indicators", indicator.indicator), *(("sources", source) for source in sources)):
        if sql := passports.query(data, kind, name):
            note(f"pipelines/{kind}/{name}.sql")
            copyable(sql)
    section("Como citar (ABNT NBR 6023)")
    copyable(findings.citation(data, row, indicator, address(), present.today()))
    # Written by the build, one of each kind for every indicator.
    files = [f"series/{indicator.indicator}.{kind}" for kind in ("csv", "json")]
    if all((present.published / file).exists() for file in files):
        addresses = [(Path(file).suffix[1:].upper(), f"{published_address()}/{file}") for file in files]
        definitions(addresses, "A série inteira, em endereços que não mudam")


def _lines(data: Tables, indicator: Indicator, found: list[passports.Origin]) -> Html:
    """The published lines of each source."""
    head = markup.section("A linha como publicada", 2)
    if not found:
        return joined(head, markup.note("Nenhuma linha do arquivo traz este valor: ele falta na fonte."))
    parts = [head]
    for origin in found:
        terms = "; ".join(f"{term}: {text}" for term, text in findings.origin_facts(data, origin) if text)
        parts.append(markup.note(f"{terms}."))
        for line in origin.lines:
            frame = findings.cells(data, indicator.indicator, origin, line)
            parts.append(charts.data_table(frame, f"Linha {line.number} de {origin.file}"))
    return joined(*parts, NOTHING)
