"""A new edition put in place, whole or not at all, and the lock that keeps two fetches apart."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.declarations import Config, Source
from pipelines.editions import Shelf
from pipelines.fetching import checking
from pipelines.fetching.contract import FetchError
from pipelines.raw_files import PACKED, fingerprint, packed, raw_path


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """Hold the lock of the configuration's data folder. Raises FetchError where another fetch holds it; a killed one holds nothing."""
    config.data.mkdir(parents=True, exist_ok=True)
    with (config.data / ".fetch.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            who = lock.read().strip() or "outro processo"
            raise FetchError(f"Já há uma coleta em andamento ({who}). Espere que termine.") from None
        lock.truncate(0)
        lock.write(f"processo {os.getpid()}, desde {config.now():%d/%m/%Y %H:%M}")
        lock.flush()
        yield


@contextmanager
def beside(folder: Path, data: bytes) -> Iterator[Path]:
    """The new raw file written beside the one in place, under the name it will have; gone afterwards if not moved."""
    aside = folder / ".new"
    aside.mkdir(parents=True, exist_ok=True)
    try:
        path = aside / raw_path(folder).name
        path.write_bytes(packed(data) if path.name == PACKED else data)
        yield path
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@dataclass(frozen=True)
class Arrival:
    """What the index tells of an edition: its name at the publisher and the stamps of the answers.

    `rested_on`: the editions that must stay, as `Shelf.add` takes them.
    """

    edition: str
    answers: tuple[dict[str, str], ...]
    rested_on: frozenset[str] | None = frozenset()


def place(source: Source, folder: Path, new: Path, declaration: Path, arrival: Arrival) -> None:
    """Keep the edition in place and the new one, move the new file in, and declare it.

    A run that is killed between two of these steps is completed by the next one: each step finds what the one
    before it left. `source`: the new declaration. Raises OSError.
    """
    shelf = Shelf(folder)
    present = raw_path(folder)
    assert source.retrieved is not None
    if not os.access(declaration, os.W_OK):
        raise PermissionError(13, "sem permissão", str(declaration))
    data = checking.unpacked(new)
    if present.exists():
        # The copy that came with the project, or one that somebody corrected by hand since.
        before = checking.unpacked(present)
        if fingerprint(before) not in {edition.sha256 for edition in shelf.editions()}:
            shelf.add(before, *_declared(declaration, source.retrieved), rested_on=arrival.rested_on)
    shelf.add(data, source.retrieved, source.origin, arrival.edition, arrival.answers, arrival.rested_on)
    if not present.exists() or present.read_bytes() != new.read_bytes():
        new.replace(present)
    declare(declaration, source)


def _declared(declaration: Path, otherwise: dt.date) -> tuple[dt.date, str, str]:
    """Date, origin and edition that a declaration says of the file in place; the date `otherwise` where it says none."""
    text = declaration.read_text("utf-8")
    day = re.search(r"(?m)^retrieved = (\d{4}-\d{2}-\d{2})", text)
    origin = re.search(r'(?m)^origin = "(\w+)"', text)
    edition = re.search(r'(?m)^edition = "(.*)"', text)
    return (
        dt.date.fromisoformat(day[1]) if day else otherwise,
        origin[1] if origin else "fetched",
        edition[1] if edition else "",
    )


def declare(declaration: Path, source: Source) -> None:
    """Write into a declaration what changes with each edition; the rest of the file stays as it is."""
    assert source.retrieved is not None
    lines = {
        "edition": json.dumps(source.edition, ensure_ascii=False),
        "retrieved": source.retrieved.isoformat(),
        "sha256": f'"{source.sha256}"',
        "rows": str(source.rows),
        "periods": json.dumps(source.periods, ensure_ascii=False),
        "origin": '"fetched"',
    }
    text = declaration.read_text("utf-8")
    if not re.search(r"(?m)^retrieved = ", text):
        # The first collection of an awaited source.
        text = re.sub(r"(?m)^sha256 = ", 'retrieved = ""\nsha256 = ', text, count=1)
    for key, value in lines.items():
        # A backslash in the value is no reference to a group.
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}".replace("\\", r"\\"), text)
    if text != declaration.read_text("utf-8"):
        aside = declaration.with_name(f".{declaration.name}.new")
        aside.write_text(text, "utf-8")
        aside.replace(declaration)
