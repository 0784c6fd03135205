"""What a count from records says of itself: the layout of the records, and which raw files its counts fill.

`<name>.sql` reads two tables, `records` (the declared columns as text, trimmed, an empty cell as null; and `broken`, a
whole line that has not the columns of its header) and `codes` (published, municipality_code: the registry's codes in six
and in seven digits), and gives a row for each
municipality, period and reason: see CONTRACT. Its counts go into raw files of declared sources, column by column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import declarations
from pipelines.declarations import NUMERIC, DeclarationError, Source
from pipelines.raw_files import read_query
from pipelines.written import make, read, section

HERE = Path(__file__).parent
# What every query gives besides its counts: where and when; why these records are counted nowhere (what they are) or
# refused (what is wrong in them), with the least of the texts as an example; how many records.
CONTRACT = ("municipality_code", "period", "left_out", "refused", "example", "records")


@dataclass(frozen=True)
class Fill:
    """A source whose raw file takes counts: the raw file's columns, each with the query's column."""

    source: Source
    columns: Mapping[str, str]


@dataclass(frozen=True)
class _Written:
    title: str
    edition: str
    published: str
    separator: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Microdata:
    """One count from records. `file`: its SQL; `query`: the text of it; `optional`: columns that some files lack.

    `published`: where the records are published, for whoever has none. `edition`: what they are called on the page of
    sources.
    """

    name: str
    title: str
    edition: str
    published: str
    separator: str
    columns: tuple[str, ...]
    optional: tuple[str, ...]
    fills: tuple[Fill, ...]
    file: Path
    query: str

    @property
    def counts(self) -> list[str]:
        """The query's columns that go into raw files, each once."""
        return list(dict.fromkeys(name for fill in self.fills for name in fill.columns.values()))

    @property
    def period_form(self) -> str:
        """How its periods are written: year or month."""
        return self.fills[0].source.period_form


def names(folder: Path = HERE) -> list[str]:
    """All that can be counted from records."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def declared(name: str, folder: Path = HERE) -> Microdata:
    """Read one declaration with its query. Raises DeclarationError, naming the others where there is none of the name."""
    if name not in names(folder):
        raise DeclarationError(
            f"'{name}' não se conta de registros. O que se conta: {', '.join(names(folder))}."
        )
    path = folder / f"{name}.toml"
    given = read(path)
    fills = section(given.pop("fills", {}), "fills", str(path))
    plain = make(_Written, given, str(path))
    if not re.fullmatch(r"[^\w\s\"]|\t", plain.separator):
        raise DeclarationError(f"{path}: separator precisa ser um sinal só, como ';'. Corrija a escrita.")
    found = tuple(
        _fill(source, section(columns, f"fills.{source}", str(path)), path)
        for source, columns in fills.items()
    )
    if not found or len({fill.source.period_form for fill in found}) > 1:
        raise DeclarationError(
            f"{path}: fills precisa de uma fonte ao menos, todas com a mesma forma de período. Corrija a declaração."
        )
    sql = path.with_suffix(".sql")
    return Microdata(
        name, plain.title, plain.edition, plain.published, plain.separator, plain.columns, plain.optional, found, sql,
        read_query(sql),
    )  # fmt: skip


def _fill(name: str, columns: Mapping[str, Any], path: Path) -> Fill:
    source = declarations.sources().get(name)
    if source is None:
        raise DeclarationError(f"{path}: a fonte '{name}' não existe. Confira o nome em pipelines/sources/.")
    if source.key != ("municipality_code", "period"):
        raise DeclarationError(f"{path}: a fonte '{name}' não tem uma linha por município e período.")
    numbers = {column.name for column in source.columns if column.kind in NUMERIC}
    for column, given in columns.items():
        if column not in numbers or not isinstance(given, str):
            raise DeclarationError(
                f"{path}, fills.{name}: '{column}' não é uma coluna de números da fonte. Confira a declaração dela."
            )
    return Fill(source, dict(columns))


def check_columns(asked: Microdata, given: list[str]) -> None:
    """Refuse a query that gives other columns than it has to. Raises DeclarationError, naming the file."""
    if missing := [name for name in (*CONTRACT, *asked.counts) if name not in given]:
        raise DeclarationError(
            f"{asked.file}: a consulta não dá a coluna {', '.join(missing)}. Acrescente-a."
        )
