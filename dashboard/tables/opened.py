"""One build, open for questions: what every room of questions stands on."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import pandas as pd

from dashboard.shelf import Shelf
from pipelines import reaching
from pipelines.declarations import read_declared
from pipelines.schema import ddl

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound="Opened")

# Bytes of what is kept of one build, half of them answers and half drawings: of any, and for each latest value, since
# some answers hold a row for each.
MOST_KEPT, MOST_KEPT_A_VALUE = 60_000_000, 1_000


def kept(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Keep a question's answer as long as the tables live."""

    @wraps(method)
    def ask(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        key = (method.__name__, args, tuple(sorted(kwargs.items())))
        return self.answers.keep(key, lambda: method(self, *args, **kwargs))

    return ask


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
        self._connection = duckdb.connect()
        self._connection.execute("set autoinstall_known_extensions = false")
        for path in sorted(folder.glob("*.parquet")):
            # Geometry stays out: no page asks for it, and maps read the simplified files.
            columns = "* exclude (geometry)" if path.stem == "municipalities" else "*"
            self._connection.execute(
                f'create table "{path.stem}" as select {columns} from read_parquet(?)', [str(path)]
            )
        for name in ("editions", "revisions"):
            # Tables of before there were editions are shown all the same.
            self._connection.execute(f"create table if not exists {name} ({ddl(name)})")
        # What a value was before the edition that made it what it is.
        self._connection.execute(
            """create table last_revision as select indicator, municipality_code, period,
                max(revised_at) as revised_at, arg_max("before", (revised_at, label)) as revised_from
            from revisions group by all"""
        )
        [places] = self._connection.execute("select count(*) from municipalities").fetchall()
        most = MOST_KEPT + MOST_KEPT_A_VALUE * places[0] * len(self.indicators)
        self.answers, self.drawings = Shelf(most // 2), Shelf(most // 2)

    def query(self, sql: str, parameters: list[Any] | None = None) -> pd.DataFrame:
        """Run one query with bound parameters; a data frame of its rows."""
        return self._connection.cursor().execute(sql, parameters or []).df()

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
