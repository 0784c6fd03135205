"""Folders written aside and put in place whole, and what is said where the system refuses."""

from __future__ import annotations

import ctypes
import datetime as dt
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines import failures
from pipelines.declarations import Config

Progress = Callable[[float, str], None]


class BuildError(Exception):
    """A build that cannot go on; the message is one sentence in Portuguese. The old tables stay in use."""


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn what the system refuses in the block (a full disk, a folder without permission) into BuildError."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        raise BuildError(failures.sentence(error)) from error


def silent(_share: float, _text: str) -> None:
    """Tell nobody."""


def exchange(new: Path, place: Path) -> Path | None:
    """Put the folder `new` in the place of `place`, at one moment where the system can (Linux).

    Returns where the old folder now is, for the caller to remove; None where there was none. Elsewhere two
    renames; a kill between them leaves the old tables beside, and `recover` puts them back.
    """
    if not place.exists():
        new.replace(place)
        return None
    if sys.platform == "linux":
        swapped = 2  # RENAME_EXCHANGE of renameat2(2)
        at_cwd = -100
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.renameat2(at_cwd, os.fsencode(new), at_cwd, os.fsencode(place), swapped) == 0:
            return new
    aside = place.with_name(f".{place.name}-previous")
    shutil.rmtree(aside, ignore_errors=True)
    place.replace(aside)
    new.replace(place)
    return aside


def swap(*pairs: tuple[Path, Path]) -> None:
    """Put each new folder in its place, one right after the other, and only then remove the old ones."""
    for old in [exchange(new, place) for new, place in pairs]:
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


def clear_dead(folder: Path, pattern: str) -> None:
    """Remove what killed builds left in a folder: what nobody has touched for an hour, longer than any build."""
    hour_ago = dt.datetime.now().timestamp() - 3600
    for left in folder.glob(pattern):
        if left.stat().st_mtime < hour_ago:
            shutil.rmtree(left, ignore_errors=True)


def recover(config: Config) -> None:
    """Put back the tables that a kill between two renames left aside; remove what dead builds left."""
    aside = config.processed.with_name(f".{config.processed.name}-previous")
    if aside.exists() and not config.processed.exists():
        aside.replace(config.processed)
    clear_dead(config.data, ".build-*")


@contextmanager
def folder_beside(config: Config) -> Iterator[Path]:
    """A folder beside the tables to write new ones in; gone, with what is left in it, at the end."""
    config.data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".build-", dir=config.data))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
