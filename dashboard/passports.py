"""Where one value comes from: the published lines behind it and the SQL that made it, read when somebody asks.

Nothing here is loaded with the tables. The lines of a value are looked up in the build's own list; their text is read in
the raw file, and only in the very file that the build read, by its sha256.
"""

from __future__ import annotations

import csv
import datetime as dt
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.tables import Tables
from pipelines import raw_files
from pipelines.editions import FOLDER, EditionError, Shelf
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
    found = _file(raw, source, sha256)
    if found is None:
        fault = (
            "O arquivo que estas tabelas leram já não está na pasta de dados; o texto da linha não é mostrado para não "
            "trocar uma edição por outra."
        )
        return Origin(source, source, sha256, numbers, (), fault)
    file, data = found
    texts = data.decode("utf-8").split("\n")
    head = next(csv.reader([texts[0]]))
    shown = [
        (number, texts[number - 1].rstrip("\r")) for number in numbers[:MOST_LINES] if number <= len(texts)
    ]
    lines = tuple(
        Line(number, tuple(zip(head, next(csv.reader([text]), []), strict=False))) for number, text in shown
    )
    return Origin(source, file, sha256, numbers, lines, "")


def _file(raw: Path, source: str, sha256: str) -> tuple[str, bytes] | None:
    """The file of a source with this fingerprint and its bytes, in place or among the editions; None where it is gone."""
    folder = raw / source
    present = raw_files.raw_path(folder)
    with suppress(raw_files.SourceError):
        # Without a byte order mark, as the build counts its bytes.
        data = raw_files.content(source, present).removeprefix(b"\xef\xbb\xbf")
        if raw_files.fingerprint(data) == sha256:
            return f"{source}/{present.name}", data
    shelf = Shelf(folder)
    with suppress(EditionError):
        for edition in reversed(shelf.editions()):
            if edition.sha256 == sha256:
                return f"{source}/{FOLDER}/{edition.file}", shelf.read(edition.label)
    return None


def query(data: Tables, kind: str, name: str) -> str:
    """The SQL of an indicator (`indicators`) or a source (`sources`) as the build ran it; empty where it was not kept."""
    path = data.folder / QUERIES
    if not path.exists():
        return ""
    found = data.query("select sql from read_parquet(?) where kind = ? and name = ?", [str(path), kind, name])
    return str(found["sql"].iloc[0]) if len(found) else ""
