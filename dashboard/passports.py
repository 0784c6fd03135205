"""Where one value comes from: the published lines behind it and the SQL that made it, read when somebody asks.

Nothing here is loaded with the tables. The lines of a value are looked up in the build's own list; their text is read in
the raw file, and only in the very file that the build read, by its sha256.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.tables import Tables
from pipelines import raw_files
from pipelines.tracing import LINES, QUERIES


@dataclass(frozen=True)
class Line:
    """A line of a raw file as published: its cells by column, in the order of the file."""

    number: int
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Origin:
    """The lines of one source behind a value. `fault`: why their text cannot be shown, in a sentence; else empty."""

    source: str
    file: str
    sha256: str
    numbers: tuple[int, ...]
    lines: tuple[Line, ...]
    fault: str


@dataclass(frozen=True)
class Revision:
    """A value published before that a newer edition changed, or no longer has (`after` is None)."""

    edition: str
    day: dt.date
    before: float
    after: float | None


# As many lines as a page prints; the numbers of all are told.
MOST_LINES = 12


def origins(data: Tables, raw: Path, indicator: str, code: str, period: dt.date) -> list[Origin]:
    """The published lines behind a value, by source, its indicator's own first. `raw`: the folder of raw files.

    Empty where the tables were built before lines were carried along, or where a value has none.
    """
    path = data.folder / LINES
    if not path.exists():
        return []
    found = data.query(
        """select l.source, list(l.line order by l.line) as numbers, any_value(s.sha256) as sha256
        from read_parquet(?) l join sources s using (source)
        where l.indicator = ? and l.municipality_code = ? and l.period = ? group by l.source""",
        [str(path), indicator, code, period],
    )
    main = data.indicators[indicator].source
    rows = sorted(found.itertuples(), key=lambda row: (row.source != main, row.source))
    return [_origin(raw, str(row.source), str(row.sha256), tuple(map(int, row.numbers))) for row in rows]


def _origin(raw: Path, source: str, sha256: str, numbers: tuple[int, ...]) -> Origin:
    folder = raw / source
    file = f"{source}/{raw_files.raw_path(folder).name}"
    data = next((data for data in _kept(source, folder) if raw_files.fingerprint(data) == sha256), None)
    if data is None:
        fault = (
            "O arquivo na pasta de dados já não é o que estas tabelas leram; o texto da linha não é mostrado para não "
            "trocar uma edição por outra."
        )
        return Origin(source, file, sha256, numbers, (), fault)
    texts = data.decode("utf-8").split("\n")
    head = next(csv.reader([texts[0]]))
    shown = [
        (number, texts[number - 1].rstrip("\r")) for number in numbers[:MOST_LINES] if number <= len(texts)
    ]
    lines = tuple(
        Line(number, tuple(zip(head, next(csv.reader([text]), []), strict=False))) for number, text in shown
    )
    return Origin(source, file, sha256, numbers, lines, "")


def _kept(source: str, folder: Path) -> Iterator[bytes]:
    """What a source's folder holds, the file in place first: without a byte order mark, as the build counts its bytes."""
    with suppress(raw_files.SourceError):
        yield raw_files.content(source, raw_files.raw_path(folder)).removeprefix(b"\xef\xbb\xbf")
    for path in sorted((folder / "editions").glob("*.csv.gz"), reverse=True):
        try:
            yield gzip.decompress(path.read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile):
            continue


def query(data: Tables, kind: str, name: str) -> str:
    """The SQL of an indicator (`indicators`) or a source (`sources`) as the build ran it; empty where it was not kept."""
    path = data.folder / QUERIES
    if not path.exists():
        return ""
    found = data.query("select sql from read_parquet(?) where kind = ? and name = ?", [str(path), kind, name])
    return str(found["sql"].iloc[0]) if len(found) else ""


def revisions(data: Tables, indicator: str, code: str, period: dt.date) -> list[Revision]:
    """The revisions of a value, newest first; none where the tables keep none."""
    if data.query("select 1 from duckdb_tables() where table_name = 'revisions'").empty:
        return []
    found = data.query(
        """select label, revised_at, "before", "after" from revisions
        where indicator = ? and municipality_code = ? and period = ? order by revised_at desc, label desc""",
        [indicator, code, period],
    )
    return [
        Revision(label, day.date(), float(before), None if after != after else float(after))
        for label, day, before, after in found.itertuples(index=False)
    ]
