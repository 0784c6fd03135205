"""The passport of a number: what a reader needs to check one value and to cite it, in words."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pandas as pd

from dashboard import passports, words
from dashboard.findings.catalogue import AGGREGATIONS, ORIGINS
from dashboard.margins import together
from dashboard.passports import Line, Origin
from dashboard.tables import Tables
from pipelines.declarations import Indicator, Source
from pipelines.margins import PUBLISHED
from pipelines.states import COUNTRY_CODE, COUNTRY_NAME

MONTHS = ("jan.", "fev.", "mar.", "abr.", "maio", "jun.", "jul.", "ago.", "set.", "out.", "nov.", "dez.")

Pairs = list[tuple[str, str]]


def value_of(data: Tables, indicator: str, code: str, year: int, period: dt.date | None = None) -> pd.Series:
    """The row of `Tables.at` of one municipality in the last period of a year, or in `period`."""
    frame = data.at(indicator, year, period)
    row: pd.Series = frame[frame["municipality_code"] == code].iloc[0]
    return row


def title(row: pd.Series, indicator: Indicator) -> str:
    """`97,4% em 2023`, or why there is no value: `n.d. em 2023 (não elegível)`."""
    when = words.period(row["period"].date(), indicator, long=True)
    if words.is_missing(row["value"]):
        return words.missing_reason(row["flag"]).replace(words.MISSING, f"{words.MISSING} em {when}", 1)
    return f"{words.with_unit(row['value'], indicator)} em {when}"


def facts(data: Tables, row: pd.Series, indicator: Indicator) -> Pairs:
    """The value, its counts and what they give when divided again, its flag, its edition."""
    over, under = row["numerator"], row["denominator"]
    both = not words.is_missing(over) and not words.is_missing(under) and not words.is_missing(row["value"])
    source, arrived = data.declared_sources[indicator.source], _arrived(data, indicator.source)
    return [
        ("Indicador", indicator.title),
        ("Município", f"{row['name']} ({row['municipality_code']})"),
        ("Valor guardado", _whole(row["value"])),
        ("Unidade", words.unit_of(indicator) or indicator.unit),
        ("Numerador", _whole(over)),
        ("Denominador", _whole(under)),
        (
            "Conta refeita",
            f"{_whole(over)} ÷ {_whole(under)} × {words.number(indicator.multiplier)} = "
            f"{_whole(float(over) / float(under) * indicator.multiplier)}"
            if both
            else "a fonte publica o valor pronto; não há contagens para refazer a conta",
        ),
        ("Marca", words.flag(row["flag"], indicator) or "nenhuma"),
        ("Cuidados", " ".join(words.caveats(indicator))),
        ("Publicador", source.publisher),
        ("Conjunto de dados", source.dataset),
        ("Edição", str(arrived["edition"])),
        ("Obtenção", f"{ORIGINS[arrived['origin']]}; {words.date(words.day_of(arrived['retrieved']))}"),
        ("Endereço oficial", source.url),
        ("Licença", source.licence),
    ]


def _arrived(data: Tables, source: str) -> pd.Series:
    """What the tables say of the edition of a source that they were made of."""
    row: pd.Series = data.sources().set_index("source").loc[source]
    return row


def _whole(value: Any) -> str:
    """A number with all its decimals, as the table keeps it; empty where there is none."""
    if words.is_missing(value):
        return ""
    places = next((n for n in range(13) if round(float(value), n) == float(value)), 12)
    return words.number(float(value), places)


def beside(data: Tables, row: pd.Series, indicator: Indicator) -> Pairs:
    """What stands beside the value in the same period: the publisher's own state and country, else how the municipalities
    are put together, which is never called the state where it is their median."""
    found: Pairs = []
    state = str(row["municipality_code"])[:2]
    for scope, place, name in (("state", state, ""), ("country", COUNTRY_CODE, COUNTRY_NAME)):
        stated = data.benchmark(indicator.indicator, scope, place)
        stated = stated[stated["period"] == row["period"]]
        if len(stated):
            told = stated.iloc[0]
            head = name or together(str(told["place"]), PUBLISHED, scope)[0]
            found.append(
                (f"{head}, do publicador", f"{words.with_unit(told['value'], indicator)} ({told['edition']})")
            )
    if not any(head.endswith("do publicador") and not head.startswith(COUNTRY_NAME) for head, _ in found):
        whole = data.aggregates(indicator.indicator, "state", state)
        whole = whole[(whole["period"] == row["period"]) & whole["value"].notna()]
        for told in whole.itertuples():
            many = f"{words.number(told.municipalities_with_data)} de {words.number(told.municipalities_total)} municípios"
            head = together(str(told.place), str(told.method), "state", not data.several_states())[0]
            found.append(
                (head, f"{words.with_unit(told.value, indicator)} ({AGGREGATIONS[str(told.method)]}; {many})")
            )
        # The heading asks for the publisher's own word, which a sum or a median of municipalities is not.
        found.append(("Do publicador", "nenhum valor do estado neste período"))
    return found


def origin_facts(data: Tables, origin: Origin) -> Pairs:
    """File, lines and fingerprint of one source behind a value."""
    source: Source = data.declared_sources[origin.source]
    numbers = [str(number) for number in origin.numbers]
    more = (
        f", e mais {words.number(len(numbers) - passports.MOST_LINES)}"
        if len(numbers) > passports.MOST_LINES
        else ""
    )
    return [
        ("Fonte", f"{source.short}: {source.dataset}"),
        ("Arquivo", f"data/raw/{origin.file}"),
        ("Linhas" if len(numbers) > 1 else "Linha", ", ".join(numbers[: passports.MOST_LINES]) + more),
        ("sha256", origin.sha256),
        ("Edição", str(_arrived(data, origin.source)["edition"])),
        ("Texto", origin.fault),
    ]


def cells(data: Tables, indicator: str, origin: Origin, line: Line) -> pd.DataFrame:
    """A published line as a table: each column, what it is, its text as published, and whether the indicator reads it."""
    declared = {column.name: column.title for column in data.declared_sources[origin.source].columns}
    known = {"municipality_code": "Código do município", "period": "Período"}
    lineage = data.lineage()
    read = set(
        lineage.loc[(lineage["indicator"] == indicator) & (lineage["source"] == origin.source), "column"]
    )
    return pd.DataFrame(
        {
            "Coluna": [name for name, _ in line.cells],
            "Como publicado": [text or "(vazia)" for _, text in line.cells],
            "O que é": [known.get(name) or declared.get(name, "") for name, _ in line.cells],
            "Lida aqui": ["sim" if name in read or name in known else "não" for name, _ in line.cells],
        }
    )


def revised(data: Tables, row: pd.Series, indicator: Indicator) -> list[str]:
    """Each revision of the value as a sentence, newest first: what it was, what it became, by which edition."""
    frame = data.revisions()
    mine = frame[
        (frame["indicator"] == indicator.indicator)
        & (frame["municipality_code"] == row["municipality_code"])
        & (frame["period"] == row["period"])
    ]
    return [
        words.capitalised(words.revision(one.revised_at, one.before, one.after, indicator))
        + f" (edição {one.label})."
        for one in mine.itertuples()
    ]


def citation(data: Tables, row: pd.Series, indicator: Indicator, address: str, today: dt.date) -> str:
    """The reference of this value by ABNT NBR 6023: whoever published it, in what it was read, and when it was opened.

    `address`: where the passport opens again.
    """
    source, edition = data.declared_sources[indicator.source], _arrived(data, indicator.source)["edition"]
    author = re.sub(r"\s*\([^)]*\)", "", source.publisher).upper()
    when = words.period(row["period"].date(), indicator, long=True)
    read = f"{today.day} {MONTHS[today.month - 1]} {today.year}"
    return (
        f"{author}. {source.dataset}. Edição: {edition}. {indicator.title}: {row['name']}, {when}. "
        f"In: FAROL MUNICIPAL. [S. l.: s. n.], {today.year}. Disponível em: {address}. Acesso em: {read}."
    )
