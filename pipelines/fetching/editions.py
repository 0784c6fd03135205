"""Every edition of a source that was ever in place: data/raw/<source>/editions/, one gzip file each and an index.

What is kept: the newest KEPT_NEWEST editions, the first of each year, and the one that came with the project.
The rest goes when a new edition comes in; the index keeps their line, so that a number once read can still be dated.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pipelines.fetching.contract import FetchError
from pipelines.raw_files import fingerprint

FOLDER, INDEX = "editions", "index.json"
KEPT_NEWEST = 24


@dataclass(frozen=True)
class Edition:
    """One edition. `label` names it in commands; `file` is empty once its bytes are gone.

    `answers`: what the publisher said of each address (url, sha256, etag, last_modified).
    """

    label: str
    retrieved: str
    origin: str
    edition: str
    sha256: str
    rows: int
    file: str
    answers: tuple[dict[str, str], ...] = ()


class Shelf:
    """The editions of one source. `folder`: data/raw/<source>."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self.index = self.folder / INDEX

    def editions(self) -> list[Edition]:
        """All that are known, oldest first. Raises FetchError where the index cannot be read."""
        try:
            told = json.loads(self.index.read_text("utf-8"))
            return [Edition(**{**entry, "answers": tuple(entry["answers"])}) for entry in told["editions"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError):
            raise FetchError(
                f"{self.index}: o índice de edições não pôde ser lido. Recupere-o de uma cópia."
            ) from None

    def find(self, label: str) -> Edition:
        """The edition of that name. Raises FetchError, naming those that exist."""
        known = {edition.label: edition for edition in self.editions()}
        if label not in known:
            said = ", ".join(known) or "nenhuma"
            raise FetchError(f"A edição '{label}' não existe. As conhecidas: {said}.")
        return known[label]

    def read(self, label: str) -> bytes:
        """The raw file of an edition, checked against its sha256. Raises FetchError."""
        edition = self.find(label)
        if not edition.file:
            raise FetchError(f"A edição '{label}' é conhecida, mas o arquivo dela já não é guardado.")
        try:
            data = gzip.decompress((self.folder / edition.file).read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile):
            data = b""
        if fingerprint(data) != edition.sha256:
            raise FetchError(
                f"{self.folder / edition.file}: o arquivo falta ou está estragado. Recupere-o de uma cópia."
            )
        return data

    def add(
        self, data: bytes, day: dt.date, origin: str, edition: str, answers: tuple[dict[str, str], ...] = ()
    ) -> Edition:
        """Keep an edition unless it is the newest already; then drop what the policy does not keep."""
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
        kept, gone = self._policy([*known, made])
        _written(
            self.index,
            json.dumps({"editions": [asdict(e) for e in kept]}, indent=1, ensure_ascii=False).encode(),
        )
        for name in gone:
            (self.folder / name).unlink(missing_ok=True)
        return made

    def _policy(self, editions: list[Edition]) -> tuple[list[Edition], list[str]]:
        """The editions with `file` emptied where it goes, and the files that go."""
        firsts: dict[str, str] = {}
        for edition in editions:
            firsts.setdefault(edition.retrieved[:4], edition.label)
        stay = {*firsts.values(), *(edition.label for edition in editions[-KEPT_NEWEST:])}
        stay |= {edition.label for edition in editions if edition.origin == "snapshot"}
        gone = [edition.file for edition in editions if edition.file and edition.label not in stay]
        return [e if e.label in stay else replace(e, file="") for e in editions], gone


def _written(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all."""
    aside = path.with_name(f".{path.name}.new")
    aside.write_bytes(data)
    aside.replace(path)
