"""Every edition of a source that was ever in place: data/raw/<source>/editions/, one gzip file each and an index.

What is kept: the newest KEPT_NEWEST editions, the first of each year, the one that came with the project, and every
one that a reading rests on. The rest goes when a new edition comes in; the index keeps their line, so that a number
once read can still be dated.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.declarations import Source
from pipelines.raw_files import fingerprint, raw_path

FOLDER, INDEX = "editions", "index.json"
KEPT_NEWEST = 24
# The table of a build that says how many readings rest on each edition, and the one of the readings themselves.
TABLE, READINGS = "editions.parquet", "verdict_history.parquet"


class EditionError(Exception):
    """An edition that cannot be used: what happened and what to do, in Portuguese."""


@dataclass(frozen=True)
class Edition:
    """One edition. `label` names it in commands; `file` is empty once its bytes are gone.

    `retrieved`: ISO date. `edition`: what the publisher calls it. `answers`: what the publisher said of each address
    (url, sha256, etag, last_modified).
    """

    label: str
    retrieved: str
    origin: str
    edition: str
    sha256: str
    rows: int
    file: str
    answers: tuple[dict[str, str], ...] = ()

    @property
    def day(self) -> dt.date:
        """The day on which it came in."""
        return dt.date.fromisoformat(self.retrieved)

    @property
    def place(self) -> tuple[dt.date, int]:
        """Its day and which of that day it is: what orders the editions of all sources."""
        return self.day, int(self.label.partition(".")[2] or 1)


class Shelf:
    """The editions of one source. `folder`: data/raw/<source>."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.index = self.folder / INDEX

    def editions(self) -> list[Edition]:
        """All that are known, oldest first. Raises EditionError where the index cannot be read."""
        try:
            told = json.loads(self.index.read_text("utf-8"))
            found = [Edition(**{**entry, "answers": tuple(entry["answers"])}) for entry in told["editions"]]
            assert all(edition.place for edition in found)
            return found
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise EditionError(
                f"{self.index}: o índice de edições não pôde ser lido. Recupere-o de uma cópia."
            ) from None

    def find(self, label: str) -> Edition:
        """The edition of that name. Raises EditionError, naming those that exist."""
        known = {edition.label: edition for edition in self.editions()}
        if label not in known:
            said = ", ".join(known) or "nenhuma"
            raise EditionError(f"A edição '{label}' não existe. As conhecidas: {said}.")
        return known[label]

    def read(self, label: str) -> bytes:
        """The raw file of an edition, checked against its sha256. Raises EditionError."""
        edition = self.find(label)
        if not edition.file:
            raise EditionError(f"A edição '{label}' é conhecida, mas o arquivo dela já não é guardado.")
        try:
            data = gzip.decompress((self.folder / edition.file).read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile):
            data = b""
        if fingerprint(data) != edition.sha256:
            raise EditionError(
                f"{self.folder / edition.file}: o arquivo falta ou está estragado. Recupere-o de uma cópia."
            )
        return data

    def add(
        self,
        data: bytes,
        day: dt.date,
        origin: str,
        edition: str,
        answers: tuple[dict[str, str], ...] = (),
        rested_on: frozenset[str] | None = frozenset(),
    ) -> Edition:
        """Keep an edition unless it is the newest already; then drop what the policy does not keep.

        `rested_on`: the sha256 of the editions that readings rest on; None where that cannot be told, and then
        nothing is dropped.
        """
        known = self.editions()
        sha256 = fingerprint(data)
        if known and known[-1].sha256 == sha256:
            return known[-1]
        same_day = sum(entry.retrieved == day.isoformat() for entry in known)
        label = day.isoformat() + (f".{same_day + 1}" if same_day else "")
        rows = data.count(b"\n") - 1
        made = Edition(label, day.isoformat(), origin, edition, sha256, rows, f"{label}.csv.gz", answers)
        self.folder.mkdir(parents=True, exist_ok=True)
        _written(self.folder / made.file, gzip.compress(data, mtime=0))
        kept, gone = _policy([*known, made], rested_on)
        _written(
            self.index,
            json.dumps({"editions": [asdict(e) for e in kept]}, indent=1, ensure_ascii=False).encode(),
        )
        for name in gone:
            (self.folder / name).unlink(missing_ok=True)
        return made


def _policy(editions: list[Edition], rested_on: frozenset[str] | None) -> tuple[list[Edition], list[str]]:
    """The editions with `file` emptied where it goes, and the files that go."""
    if rested_on is None:
        return editions, []
    firsts: dict[str, str] = {}
    for edition in editions:
        firsts.setdefault(edition.retrieved[:4], edition.label)
    stay = {*firsts.values(), *(edition.label for edition in editions[-KEPT_NEWEST:])}
    stay |= {e.label for e in editions if e.origin == "snapshot" or e.sha256 in rested_on}
    gone = [edition.file for edition in editions if edition.file and edition.label not in stay]
    return [e if e.label in stay else replace(e, file="") for e in editions], gone


def _written(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_bytes(data)
    aside.replace(path)


def rested_on(tables: Path, source: str) -> frozenset[str] | None:
    """The sha256 of a source's editions that a reading rests on, as the last build says; none where nothing was built.

    None where there are readings and it cannot be told what they rest on.
    """
    try:
        rows = pq.read_table(tables / TABLE, columns=["source", "sha256", "readings"]).to_pylist()
        return frozenset(row["sha256"] for row in rows if row["source"] == source and row["readings"])
    except (OSError, ValueError, TypeError, pa.ArrowException):
        return None if (tables / READINGS).exists() else frozenset()


@dataclass(frozen=True)
class Standing:
    """What stood for a source on a day: the raw file to read, and its declaration with that edition's marks.

    `late`: nothing as old as the day is kept, so that a later edition stands in.
    """

    source: Source
    path: Path
    late: bool = False


def known(folder: Path, source: Source) -> list[Edition]:
    """All editions of a source, oldest first; the file in place is one of them, with no file on the shelf where it
    is not. `folder`: data/raw/<source>. Raises EditionError.
    """
    found = Shelf(folder).editions()
    if source.retrieved and source.sha256 and all(edition.sha256 != source.sha256 for edition in found):
        day = source.retrieved.isoformat()
        label = day + (f".{len(found) + 1}" if any(one.retrieved == day for one in found) else "")
        present = Edition(label, day, source.origin, source.edition, source.sha256, source.rows, "")
        found = sorted([*found, present], key=lambda edition: edition.place)
    return found


def standing(folder: Path, source: Source, day: dt.date | None) -> Standing:
    """What stood for a source on a day; the file in place where `day` is None. Raises EditionError.

    Of a day before the oldest edition, the oldest one that is still kept stands in. Where the bytes of the day's own
    edition are gone, those of the one kept before it do.
    """
    present = Standing(source, raw_path(folder))
    if day is None:
        return present
    held = [one for one in known(folder, source) if one.file or one.sha256 == source.sha256]
    if not held:
        return present
    before = [one for one in held if one.day <= day]
    chosen = before[-1] if before else held[0]
    if chosen.sha256 == source.sha256:
        return Standing(dated(source, chosen), present.path, not before)
    return Standing(dated(source, chosen), Shelf(folder).folder / chosen.file, not before)


def dated(source: Source, edition: Edition) -> Source:
    """A source's declaration with the marks of one of its editions."""
    return replace(
        source,
        edition=edition.edition or source.edition,
        retrieved=edition.day,
        sha256=edition.sha256,
        rows=edition.rows,
        origin=edition.origin,
    )


def all_known(raw: Path, sources: Iterable[Source]) -> tuple[dict[str, list[Edition]], dict[str, str]]:
    """The editions of every source, and by source why its index cannot be read; of that one the file in place alone."""
    found: dict[str, list[Edition]] = {}
    faults: dict[str, str] = {}
    for source in sources:
        try:
            found[source.source] = known(raw / source.source, source)
        except EditionError as error:
            faults[source.source] = str(error)
            found[source.source] = known(raw / FOLDER, source)
    return found, faults
