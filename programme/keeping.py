"""Files that people sent, kept under the sha256 of their content: written aside, flushed, and then named."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from programme.desk import Desk

FOLDER = "files"
_NAME = re.compile(r"[0-9a-f]{64}")


def place_of(desk: Desk, sha256: str) -> Path:
    """Where the file of a hash lies; raises ValueError for what is no hash."""
    if not _NAME.fullmatch(sha256):
        raise ValueError("not a sha256")
    return desk.folder / FOLDER / sha256[:2] / sha256


def keep(desk: Desk, data: bytes) -> str:
    """Keep a file's bytes; returns their sha256. The same bytes are kept once. Raises OSError."""
    sha256 = hashlib.sha256(data).hexdigest()
    place = place_of(desk, sha256)
    if place.is_file() and place.stat().st_size == len(data):
        return sha256
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{sha256[:16]}-{secrets.token_hex(4)}")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o640)
        aside.replace(place)
    finally:
        aside.unlink(missing_ok=True)
    if os.name == "posix":
        # The name has to be on the disk before an event speaks of it.
        for folder in (place.parent, place.parent.parent):
            handle = os.open(folder, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
    return sha256


def kept(desk: Desk, sha256: str) -> bytes | None:
    """The bytes of a hash; None where they are not there or are no longer those."""
    place = place_of(desk, sha256)
    data = place.read_bytes() if place.is_file() else None
    return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None


def every(desk: Desk) -> Iterator[Path]:
    """Every file that is kept, by hash."""
    yield from sorted(path for path in (desk.folder / FOLDER).glob("??/*") if _NAME.fullmatch(path.name))
