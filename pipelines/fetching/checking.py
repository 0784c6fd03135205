"""Whether what came is the source that was asked for: the same rules as every raw file, and the last edition beside it.

A publisher that changes a column, halves a list or starts to publish something else under the same address is
caught here, before anything is put in place.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.declarations import NUMERIC, Source
from pipelines.fetching.contract import FetchError, Harvest, Row, Scope
from pipelines.raw_files import MACROS, PACKED, REGISTRY, UNKNOWN_PLACE, SourceError, load
from pipelines.schema import ddl
from pipelines.states import PLACES
from pipelines.verdicts import pt_number

CODE, PERIOD = "municipality_code", "period"
# Of the rows, how many may have a cell refused before the form counts as changed; publishers err now and then.
TOLERATED = 0.02
# Of the municipalities that a slice had in the last edition, how many have to be there again.
KEPT = 0.8
# Of its rows, what share has to come again: fewer are a cut answer.
ROWS = 0.5
# A period that is new has at least this share of the source's municipalities.
ARRIVED = 0.5
# Of the numbers already published, how many may change at once before it counts as another series.
REVISED = 0.5
# New municipalities come every few years, a handful of 5,570.
UNKNOWN = 0.01


@dataclass(frozen=True)
class Change:
    """A value that differs between two editions; `before` or `after` is None where the row is not there at all."""

    municipality: str
    period: str
    key: tuple[str, ...]
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Form:
    """What the check found: rows in all, refused cells and the first reason, values that changed, last period."""

    rows: int
    refused: int
    reason: str
    changes: tuple[Change, ...]
    first: str
    last: str

    @property
    def revised(self) -> list[Change]:
        """Values published before that are another now; a row that is gone, as the day of an older photo, is none."""
        return [change for change in self.changes if change.before and change.after is not None]


def unpacked(path: Path) -> bytes:
    """The bytes of a raw file as text, without compression."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.name == PACKED else data


def rows_of(data: bytes) -> list[Row]:
    """The rows of a raw file's bytes."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def columns_of(source: Source) -> list[str]:
    """The columns of a raw file in their declared order."""
    return list(dict.fromkeys((CODE, PERIOD, *source.key, *(column.name for column in source.columns))))


def key_of(source: Source, row: Row) -> tuple[str, ...]:
    """What names a row: the code in six digits (some publishers leave the seventh out), then the declared key."""
    return tuple(row[name][:6] if name == CODE else row[name] for name in source.key)


def as_csv(source: Source, rows: Iterable[Row]) -> bytes:
    """Rows in the common raw form, in the order of their key, so that equal figures are equal bytes."""
    columns = columns_of(source)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in sorted(rows, key=lambda row: key_of(source, row)):
        # A line end inside a cell would shift the lines that faults are told by.
        writer.writerow([" ".join(row.get(name, "").split()) for name in columns])
    return text.getvalue().encode()


def merged(scope: Scope, before: list[Row], harvest: Harvest) -> list[Row]:
    """The rows on file that nobody asked for again, and the new ones that lie in the scope."""
    stay = [row for row in before if not (scope.holds(row[CODE]) and harvest.renews(row))]
    return [*stay, *(row for row in harvest.rows if scope.holds(row[CODE]))]


def changes(source: Source, before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """Every value that differs; numbers are compared as numbers, so that 7 and 7.0 are the same."""
    old = {key_of(source, row): row for row in before}
    new = {key_of(source, row): row for row in after}
    values = [name for name in columns_of(source) if name not in (CODE, PERIOD, *source.key)]
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        some = was or now or {}
        rest = tuple(some[name] for name in source.key if name not in (CODE, PERIOD))
        for column in values:
            pair = (was.get(column, "") if was else None, now.get(column, "") if now else None)
            if not _same(*pair):
                found.append(Change(some[CODE], some[PERIOD], rest, column, *pair))
    return found


def _same(before: str | None, after: str | None) -> bool:
    if (before or "") == (after or ""):
        return True
    try:
        return float(before or "") == float(after or "")
    except ValueError:
        return False


def check(
    source: Source,
    registry: Path,
    path: Path,
    scope: Scope,
    before: list[Row],
    harvest: Harvest,
    accepted: bool,
) -> Form:
    """Check a raw file that is not yet in place (`path`) against its declaration and the last edition.

    `registry`: the raw file of municipalities. `before`: the rows on file. `accepted`: somebody looked at a large
    revision and wants it. Raises FetchError with what is wrong.
    """
    fresh = [row for row in harvest.rows if scope.holds(row[CODE])]
    if not fresh:
        raise FetchError(
            "A resposta não traz linha alguma dos municípios pedidos. O que estava na pasta continua."
        )
    slice_before = [row for row in before if scope.holds(row[CODE]) and harvest.renews(row)]
    _compare_places(scope, before, slice_before, fresh)
    after = rows_of(unpacked(path))
    found = changes(source, before, after)
    _compare_numbers(source, slice_before, found, accepted)
    refused, reason = _refused(source, registry, path, len(after))
    periods = sorted(row[PERIOD] for row in after)
    return Form(len(after), refused, reason, tuple(found), periods[0], periods[-1])


def _places(rows: Iterable[Row]) -> set[str]:
    return {row[CODE][:6] for row in rows if row[CODE] not in PLACES}


def _compare_places(scope: Scope, before: list[Row], old: list[Row], fresh: list[Row]) -> None:
    arrived = _places(fresh)
    if gone := _places(old) - arrived:
        kept = len(_places(old) - gone)
        if kept < KEPT * len(_places(old)):
            raise FetchError(
                f"A edição nova traz {pt_number(kept, 0)} dos {pt_number(len(_places(old)), 0)} municípios da anterior. Parece incompleta; a "
                "anterior continua. Rode de novo mais tarde ou confira no publicador."
            )
    if len(fresh) < ROWS * len(old):
        raise FetchError(
            f"A edição nova traz {pt_number(len(fresh), 0)} linhas no lugar de {pt_number(len(old), 0)}. Parece incompleta; a anterior continua."
        )
    usual = len(_places(row for row in before if scope.holds(row[CODE]))) or len(scope.municipalities)
    known = {row[PERIOD] for row in before}
    for period in sorted({row[PERIOD] for row in fresh} - known):
        there = len(_places(row for row in fresh if row[PERIOD] == period))
        if there < ARRIVED * usual:
            raise FetchError(
                f"O período {period} chegou com {pt_number(there, 0)} de {pt_number(usual, 0)} municípios. Parece incompleto; a edição anterior "
                "continua. Rode de novo mais tarde."
            )


def _compare_numbers(source: Source, old: list[Row], found: list[Change], accepted: bool) -> None:
    numbers = {column.name for column in source.columns if column.kind in NUMERIC}
    published = sum(bool(row.get(name, "").strip()) for row in old for name in numbers)
    revised = [change for change in found if change.column in numbers and change.before]
    if not accepted and published and len(revised) > REVISED * published:
        some = revised[0]
        raise FetchError(
            f"{pt_number(len(revised), 0)} de {pt_number(published, 0)} valores já publicados mudaram de uma vez (em {some.municipality}, "
            f"{some.period}, {some.column}: era {some.before}, veio {some.after or 'vazio'}). Pode ser outra série ou "
            "outra unidade; nada foi trocado. Confira no publicador; se a revisão é dele, rode com --accept-revision."
        )


def _refused(source: Source, registry: Path, path: Path, rows: int) -> tuple[int, str]:
    with duckdb.connect() as con:
        con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        con.execute(f"create schema raw; create table rejected ({ddl('rejected')})")
        con.execute(MACROS)
        con.execute("create table codes (published varchar, municipality_code varchar)")
        if source.source != REGISTRY:
            known = {row[CODE] for row in rows_of(unpacked(registry))}
            con.executemany(
                "insert into codes values (?, ?)", [(c, code) for code in known for c in (code, code[:6])]
            )
        try:
            load(con, source, path)
        except SourceError as error:
            raise FetchError(f"A edição nova não passa na conferência: {error}") from None
        told = con.execute("""select line, "column", value, reason from rejected order by line""").fetchall()
    unknown = {line for line, _, _, reason in told if reason == UNKNOWN_PLACE}
    if len(unknown) > UNKNOWN * rows:
        raise FetchError(
            f"{pt_number(len(unknown), 0)} de {pt_number(rows, 0)} linhas são de municípios que não estão na lista do IBGE em data/raw/{REGISTRY}. "
            "Confira se o território pedido é o da lista, e colete-a antes."
        )
    others = [fault for fault in told if fault[0] not in unknown]
    if len(others) > max(1.0, TOLERATED * rows):
        _, column, value, reason = others[0]
        raise FetchError(
            f"{pt_number(len(others), 0)} células ou linhas de {pt_number(rows, 0)} seriam recusadas; o publicador pode ter mudado a forma. A "
            f"primeira: coluna {column}, valor '{value}'. {reason} Nada foi trocado."
        )
    first = f"{told[0][3]} ({told[0][1]}: {told[0][2]})" if told else ""
    return len(told), first
