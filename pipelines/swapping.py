"""Folders written aside and put in place whole, and what is said where the system refuses."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import duckdb

from pipelines import failures
from pipelines.declarations import Config

try:
    import fcntl
except ImportError:  # Windows has none, and there nobody is kept out.
    fcntl = None  # type: ignore[assignment]

Progress = Callable[[float, str], None]


class BuildError(Exception):
    """A build that cannot go on; the message is one sentence in Portuguese."""


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn what the system refuses in the block (a full disk, a folder without permission, memory) into BuildError."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise BuildError(
            "A memória não bastou para construir as tabelas. Feche outros programas, libere espaço em disco e rode de novo."
        ) from error
    except (OSError, duckdb.IOException) as error:
        raise BuildError(failures.sentence(error)) from error


def silent(_share: float, _text: str) -> None:
    """Tell nobody."""


def exchange(new: Path, place: Path) -> Path | None:
    """Put the folder `new` in the place of `place`, at one moment where the system can (Linux).

    Returns where the old folder now is, for the caller to remove or to put back; None where there was none.
    Elsewhere two renames; a kill between them leaves the old tables beside, and `recover` puts them back.
    Raises OSError where the system refuses; then `place` is as it was.
    """
    if not place.exists():
        # A link to nowhere is in the way of a folder, and holds nothing to keep.
        if place.is_symlink():
            place.unlink()
        new.replace(place)
        return None
    if sys.platform == "linux":
        swapped = 2  # RENAME_EXCHANGE of renameat2(2)
        at_cwd = -100
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        if rename and rename(at_cwd, os.fsencode(new), at_cwd, os.fsencode(place), swapped) == 0:
            return new
    aside = place.with_name(f".{place.name}-previous")
    shutil.rmtree(aside, ignore_errors=True)
    place.replace(aside)
    try:
        new.replace(place)
    except OSError:
        aside.replace(place)
        raise
    return aside


def swap(*pairs: tuple[Path, Path]) -> None:
    """Put each new folder in its place, all of them or none, and only then remove the old ones.

    What is new is on the disk before it is in its place. Raises OSError where the system refuses one of the
    exchanges (a place that is a mount point, a folder that can only be read); those before it are undone.
    """
    for new, _ in pairs:
        flush(new)
    done: list[tuple[Path, Path, Path | None]] = []
    try:
        for new, place in pairs:
            done.append((new, place, exchange(new, place)))
    except OSError:
        for new, place, old in reversed(done):
            _undo(new, place, old)
        raise
    for parent in {place.parent for _, place in pairs}:
        _flush_one(parent)
    for _, _, old in done:
        if old is not None:
            _remove(old)


def _remove(old: Path) -> None:
    """Remove what stood in a place, whatever it was: a folder, a file under its name, a link to somewhere else."""
    if old.is_symlink() or not old.is_dir():
        old.unlink(missing_ok=True)
    else:
        shutil.rmtree(old, ignore_errors=True)


def _undo(new: Path, place: Path, old: Path | None) -> None:
    """Take back one exchange; `old`: what it returned."""
    if old == new:
        exchange(new, place)
        return
    place.replace(new)
    if old is not None:
        old.replace(place)


def flush(folder: Path) -> None:
    """Have the disk hold every file of a folder, and the folder; a power cut then leaves no empty file there."""
    for path in [*(path for path in folder.rglob("*") if path.is_file() or path.is_dir()), folder]:
        _flush_one(path)


def _flush_one(path: Path) -> None:
    if path.is_dir() and os.name != "posix":
        return
    # Some systems ask for the right to write before they flush a file, and none gives it for a folder.
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        # A file system that knows no flush of its own (EINVAL) is not a disk that failed.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


# One build at a time in this process; between processes the file decides.
_turn = threading.RLock()
_held: set[Path] = set()
# Seconds between two looks at whether the other build has ended.
PATIENCE = 0.2


@contextmanager
def alone(config: Config, tell: Progress = silent) -> Iterator[None]:
    """Hold the right to write tables and published files; whoever comes second waits and says for whom.

    The lock is the system's (flock on data/.lock): it ends with the process that holds it, however that ends.
    A block inside another of the same thread goes on at once. `tell` is called while waiting.
    """
    place = config.data / ".lock"
    with _turn:
        if place in _held or fcntl is None:
            yield
            return
        try:
            config.data.mkdir(parents=True, exist_ok=True)
            file = _locked(place, tell)
        except OSError:
            # Who may not write a lock here will not write tables either; those who only read go on.
            yield
            return
        with file:
            file.truncate(0)
            file.write(f"processo {os.getpid()}, desde {config.now():%H:%M}")
            file.flush()
            _held.add(place)
            try:
                yield
            finally:
                _held.discard(place)
                place.unlink(missing_ok=True)


def _locked(place: Path, tell: Progress) -> IO[str]:
    """The open file at a place once it is ours, waiting for whoever holds it."""
    while True:
        file = place.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The one before us removes its file at the end; then the lock of a file that is gone is no lock.
            if _same(file, place):
                return file
        except BlockingIOError:
            file.seek(0)
            tell(0.0, f"Esperando outra construção ({file.read(80) or 'outro processo'})")
            time.sleep(PATIENCE)
        except OSError:
            file.close()
            raise
        file.close()


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Hold the system's lock on a file of one's own; whoever comes second waits. Raises OSError."""
    if fcntl is None:
        yield
        return
    with _locked(place, silent):
        try:
            yield
        finally:
            place.unlink(missing_ok=True)


def _same(file: IO[str], place: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), place.stat())
    except FileNotFoundError:
        return False


def clear_dead(folder: Path, pattern: str) -> None:
    """Remove what killed builds left in a folder: what nobody has touched for an hour, longer than any build."""
    hour_ago = time.time() - 3600
    for left in folder.glob(pattern):
        if left.lstat().st_mtime < hour_ago:
            _remove(left)


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
