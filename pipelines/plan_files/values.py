"""A cell as its column's kind of value, or what is wrong with it and how to mend it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.declarations import Indicator
from pipelines.plan_files.cells import MAX_NUMBER, Cell, number_of, plain_value, unfit
from pipelines.plan_files.template import CHOICES, MAX_TEXT, SYMBOLS, Column
from pipelines.verdicts import pt_number

YEARS = range(1990, 2101)
# IBGE's codes of the states, for names written as "Água Clara/MS".
STATES = {
    pair[:2]: pair[2:]
    for pair in [
        "11RO",
        "12AC",
        "13AM",
        "14RR",
        "15PA",
        "16AP",
        "17TO",
        "21MA",
        "22PI",
        "23CE",
        "24RN",
        "25PB",
        "26PE",
        "27AL",
        "28SE",
        "29BA",
        "31MG",
        "32ES",
        "33RJ",
        "35SP",
        "41PR",
        "42SC",
        "43RS",
        "50MS",
        "51MT",
        "52GO",
        "53DF",
    ]
}


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a cell, and how to mend it."""

    problem: str
    mend: str


@dataclass(frozen=True)
class Known:
    """What a plan may point at: municipalities (code -> name) and indicators (id -> declaration)."""

    municipalities: Mapping[str, str]
    measures: Mapping[str, Indicator]

    def indicator(self, text: str) -> Indicator | None:
        """The indicator of a title or id, however it is written."""
        return self.measures.get(text) or self._by_title.get(plain_value(text))

    @cached_property
    def _by_title(self) -> dict[str, Indicator]:
        return {plain_value(one.title): one for one in self.measures.values()}

    def municipality(self, text: str) -> str | Wrong:
        """The code of a municipality written as code (seven digits or six), name, or both."""
        code = re.match(r"[0-9]+", text)
        if code is None:
            same = [found for found in self.municipalities if self._is_named(found, text)]
            if len(same) == 1:
                return same[0]
            if same:
                return Wrong("é o nome de mais de um município", "Escreva o código do IBGE, de sete dígitos.")
            return Wrong("não é um município deste território", "Escolha na lista (aba Listas).")
        short = len(code[0]) == 6
        found = [one for one in self.municipalities if one == code[0] or (short and one[:6] == code[0])]
        if len(found) != 1:
            return Wrong("não é o código de um município deste território", "Escolha na lista (aba Listas).")
        rest = text[code.end() :].strip(" \t-–—:,.()")
        if rest and not self._is_named(found[0], rest):
            named = [one for one in self.municipalities if self._is_named(one, rest)]
            other = f"{rest} é {named[0]}" if named else f"'{rest}' não é o nome dele"
            return Wrong(
                f"tem código e nome que discordam: {code[0]} é {self.municipalities[found[0]]}, e {other}",
                "Corrija um dos dois.",
            )
        return found[0]

    def _is_named(self, code: str, text: str) -> bool:
        name, wanted = plain_value(self.municipalities[code]), plain_value(text)
        state = STATES.get(code[:2], "").lower()
        return wanted == name or (
            bool(state) and re.fullmatch(rf"{re.escape(name)}\s*[-–—/,(]+\s*{state}\)?", wanted) is not None
        )


def converted(column: Column, cell: Cell, known: Known) -> Any:
    """A filled cell as its column's kind of value, or what is wrong with it."""
    text, kind = cell.text, column.kind
    if isinstance(cell.value, str) and (mark := unfit(cell.value)):
        return Wrong(
            f"traz um caractere que nenhuma planilha pode guardar ({mark})",
            "Apague o texto e digite-o de novo.",
        )
    if not text:
        return Wrong("só tem marcas que não se veem", "Apague a célula e digite de novo.")
    if len(text) > MAX_TEXT:
        return Wrong(f"tem mais de {pt_number(MAX_TEXT, 0)} letras", "Encurte.")
    if kind == "text":
        return text
    if kind == "code":
        return text if len(text) <= 30 else Wrong("é comprido demais para um código", "Use até 30 letras.")
    if kind == "id":
        if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) and 3 <= len(text) <= 60:
            return text
        return Wrong(
            "não serve de identificador", "Use de 3 a 60 letras minúsculas sem acento, números e hífen."
        )
    if kind == "date":
        return _date(cell.value, text)
    if kind in ("number", "percent", "year", "version"):
        return _numeric(kind, cell, text)
    if kind == "indicator":
        found = known.indicator(text)
        wrong = Wrong("não é um indicador da lista", "Escolha na lista da coluna (aba Listas).")
        return found.indicator if found else wrong
    if kind == "municipality":
        # A number is its digits, whatever its format makes of them.
        whole = isinstance(cell.value, int | float) and not isinstance(cell.value, bool)
        return known.municipality(Cell(cell.value).text if whole else text)
    if kind == "categories":
        return tuple(part.strip() for part in re.split(r"[,;|]| e | ou ", text) if part.strip())
    return _choice(kind, text)


def _choice(kind: str, text: str) -> Any:
    if kind == "operator" and text in SYMBOLS:
        return SYMBOLS[text]
    choices = CHOICES[kind]
    for label, choice in choices.items():
        if plain_value(label) == plain_value(text):
            return choice
    return Wrong("não é uma das opções", f"Use: {', '.join(choices)}.")


def _date(value: Any, text: str) -> dt.date | Wrong:
    found: dt.date | None = None
    if isinstance(value, dt.datetime):
        found = value.date()
    elif isinstance(value, dt.date):
        found = value
    elif isinstance(value, str):
        for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                found = dt.datetime.strptime(text, pattern).date()
                break
            except ValueError:
                continue
    if found is None:
        return Wrong("não é uma data", "Escreva dia/mês/ano, como 31/12/2026.")
    if found.year not in YEARS:
        return Wrong("está fora do calendário dos planos", "Confira o ano.")
    return found


def _numeric(kind: str, cell: Cell, text: str) -> float | int | Wrong:
    value = cell.value
    number: float | None
    if isinstance(value, bool):
        number = None
    elif isinstance(value, int | float):
        number = value if value == value else None
    else:
        number = number_of(text) if isinstance(value, str) else None
    if number is None:
        if re.fullmatch(r"[-+]?[0-9]{1,3}\.[0-9]{3}", text):
            return Wrong(
                "pode ser lido de dois modos", "Escreva sem ponto de milhar, com vírgula para decimais."
            )
        return Wrong("não é um número", "Escreva só o número, como 12,5.")
    # Before any conversion: a cell may hold a whole number that no float can, or an infinite one.
    if abs(number) > MAX_NUMBER:
        return Wrong("é grande demais", "Confira o número.")
    if cell.misleads:
        return Wrong(
            f"é o que a célula mostra, e o número guardado é {Cell(value).text}",
            "Mude o formato da célula para Geral e escreva o número inteiro.",
        )
    number = float(number)
    if kind == "number":
        return number
    if kind == "percent":
        return number if 0 <= number <= 100 else Wrong("não é um percentual de 0 a 100", "Confira o número.")
    if re.search(r"%|R\$", text):
        return Wrong("não é um número inteiro sem sinal", "Escreva só o número, sem % nem R$.")
    if number != int(number):
        return Wrong("precisa ser um número inteiro", "Tire os decimais.")
    if kind == "year":
        return (
            int(number)
            if int(number) in YEARS
            else Wrong("não é um ano", "Escreva quatro dígitos, como 2028.")
        )
    return int(number) if 1 <= number <= 999 else Wrong("não é uma versão", "Escreva 1, 2, 3...")
