"""One build, open for questions: what every room of questions stands on."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import numpy as np
import pandas as pd

from dashboard.shelf import Shelf
from dashboard.tables import columns
from pipelines import reaching, serving
from pipelines.declarations import Declared, read_declared

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Opened")

# Bytes of what is kept of one build, half of them answers and half drawings: of any, and for each municipality, since
# some hold a row for each.
MOST_KEPT, MOST_KEPT_A_PLACE = 60_000_000, 30_000


def kept(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Keep a question's answer as long as the tables live."""

    @wraps(method)
    def ask(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (method.__name__, args, tuple(sorted(kwargs.items())))
        return self.answers.keep(key, lambda: method(self, *args, **kwargs))

    return ask


# Of the figures' file a process holds so much at a time; the rest is the system's, which keeps one copy for all.
HELD = "160MB"


def _opened(folder: Path, declared: Declared, as_of: dt.date) -> duckdb.DuckDBPyConnection:
    """A connection in which every table of a build answers by its name.

    Figures are read from the build's file of them, which all processes share; of a build that has none (of an earlier
    version, of another layout, damaged) they are made in memory. Plans come from their Parquet files.
    """
    con = duckdb.connect()
    con.execute("set autoinstall_known_extensions = false; set enable_progress_bar = false")
    if _attached(con, folder / serving.FILE):
        # One thread a question: it touches a few blocks, a second one costs more than it takes over, and many people ask
        # at once.
        con.execute(f"set memory_limit = '{HELD}'; set threads = 1")
        # What is wider is sorted on disk, where the system keeps what lasts no longer than a process.
        con.execute(f"set temp_directory = {_text(Path(tempfile.gettempdir()) / f'farol-{os.getpid()}')}")
        for name in serving.SERVED:
            con.execute(f'create view "{name}" as from figures."{name}"')
    else:
        serving.fill(con, folder, declared, as_of)
    for name in serving.OF_PLANS:
        serving.take(con, folder, name)
    return con


def _attached(con: duckdb.DuckDBPyConnection, file: Path) -> bool:
    """Attach the file of figures; whether it is there and can be read."""
    if not file.exists():
        return False
    try:
        con.execute(f"attach {_text(file)} as figures (read_only)")
    except duckdb.Error as error:
        # The same answers, slower: the Parquet files have all of it.
        logging.getLogger("farol").warning("%s cannot be read: %s", file, error)
        return False
    return True


def _text(path: Path) -> str:
    """A path as SQL writes a text, where none can be bound."""
    return "'" + path.as_posix().replace("'", "''") + "'"


class Opened:
    """One build, open for questions; with the declarations that it was made by, which files may say otherwise now.

    `indicators`, `declared_sources` and `commitments` by id, `canon` in its order. Raises FileNotFoundError where there is no
    build, DeclarationError where its declarations are of another version of the program.
    """

    # Not part of what is kept of it, though that may know the tables it came from.
    kept_elsewhere = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "build.json").read_text("utf-8"))
        declared = read_declared(folder)
        self.indicators, self.declared_sources = declared.indicators, declared.sources
        self.canon, self.commitments = declared.canon, declared.plans
        self._panel = reaching.panels(reaching.traced(folder))
        self._connection = _opened(folder, declared, self.as_of)
        [places] = self._connection.execute("select count(*) from municipalities").fetchall()
        most = MOST_KEPT + MOST_KEPT_A_PLACE * places[0]
        self.answers, self.drawings = Shelf(most // 2), Shelf(most // 2)

    def query(self, sql: str, parameters: list[Any] | dict[str, Any] | None = None) -> pd.DataFrame:
        """Run one query with bound parameters; a data frame of its rows."""
        return columns.frame(self._connection.cursor().execute(sql, parameters or []))

    def arrays(
        self, sql: str, parameters: list[Any] | dict[str, Any] | None = None
    ) -> dict[str, np.ndarray[Any, Any]]:
        """Run one query of numbers, truths, days and texts; an array of each column, NaN where a number or text is missing."""
        found = self._connection.cursor().execute(sql, parameters or []).fetchnumpy()
        return {name: np.ma.filled(cells, np.nan) for name, cells in found.items()}

    def _columns(self, table: str) -> set[str]:
        return set(self.query(f'describe "{table}"')["column_name"])

    def remember(self, key: tuple[Any, ...], make: Callable[[], R]) -> R:
        """What was made for `key` in this build, made now if it was not: drawings that every rerun shows again."""
        return self.drawings.keep(key, make)

    @property
    def build(self) -> str:
        """The build's id: what caches and static addresses depend on."""
        return str(self.manifest["build"])

    @property
    def as_of(self) -> dt.date:
        """The date on which targets and deliverables were judged."""
        return dt.date.fromisoformat(self.manifest["as_of"])
