"""The store: events appended one after another, all of a write or none of it, and the state that follows from them.

SQLite (write-ahead log) in the data folder, or PostgreSQL where farol.toml names one. Writers wait for each other:
under the lock each sees every event before its own, so that a rule looked up there still holds when it is written.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from pipelines.declarations import Config
from programme.events import COLUMNS, ROOT_HASH, Event, Row, canonical, digest, event_of, stored_moment
from programme.state import State, advanced

FILE = "programme.db"
MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, the same in every process: PostgreSQL's name of the writers' lock.
_WRITERS = 7_304_213
# Seconds that a writer waits for another before it gives up.
PATIENCE = 20
# Lines read at a time.
_BLOCK = 2000


class StoreError(Exception):
    """The store cannot be used; the message is one sentence in Portuguese, without address or password."""


def address_of(config: Config) -> str:
    """Where the store is, as SQLAlchemy names it: what farol.toml says, else SQLite in the data folder."""
    return config.programme.store or f"sqlite:///{(config.data / FILE).as_posix()}"


def exists(config: Config) -> bool:
    """Whether a store was ever made here; one that farol.toml names counts as made."""
    return bool(config.programme.store) or (config.data / FILE).is_file()


@dataclass
class Writing:
    """A write that is under way: the state before it, and what it adds."""

    state: State
    moment: dt.datetime
    _last: int
    _hash: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        actor: str,
        kind: str,
        subject: str,
        after: Mapping[str, Any],
        *,
        before: Mapping[str, Any] | None = None,
        municipality: str | None = None,
        once: str | None = None,
    ) -> Event:
        """Append one event; it is there for others when the write has ended well."""
        values: dict[str, Any] = {
            "number": self._last + 1,
            "moment": stored_moment(self.moment),
            "actor": actor,
            "kind": kind,
            "subject": subject,
            "municipality_code": municipality,
            "before": canonical(before),
            "after": canonical(after),
            "once": once,
        }
        values["hash"] = digest(self._hash, values)
        self.lines.append(values)
        self._last, self._hash = values["number"], values["hash"]
        found = event_of(values)
        self.state = advanced(self.state, [found])
        return found


class Store:
    """An open store. One is enough for a process; threads may share it."""

    def __init__(self, address: str, clock: Callable[[], dt.datetime]) -> None:
        self._engine = _engine(address)
        self._clock = clock
        self._turn = threading.RLock()
        self._state = State()
        try:
            _migrate(self._engine)
        except (SQLAlchemyError, OSError) as error:
            raise _refusal(error) from None

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def state(self) -> State:
        """The state that follows from every event written so far."""
        with self._connected() as connection:
            return self._advance(connection)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A write: what is added in the block is there, all of it, when the block ends; an exception leaves nothing."""
        with self._connected(writing=True) as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(text("set local lock_timeout = '20s'"))
                connection.execute(select(func.pg_advisory_xact_lock(_WRITERS)))
            state = self._advance(connection)
            # A clock that was set back must not put a later event before an earlier one.
            moment = max(self._clock(), state.moment) if state.moment else self._clock()
            write = Writing(state, moment, state.last, state.hash)
            yield write
            if write.lines:
                connection.execute(insert(Row), write.lines)

    def events(
        self,
        *,
        after: int = 0,
        subject: str | None = None,
        municipality: str | None = None,
        kinds: Sequence[str] = (),
        since: dt.datetime | None = None,
        most: int | None = None,
        newest: int | None = None,
    ) -> list[Event]:
        """Events in their order, of a subject, a municipality, some kinds, from a moment on.

        `most`: the first so many of them; `newest`: the last so many.
        """
        query = select(*(getattr(Row, name) for name in COLUMNS)).where(Row.number > after)
        if subject is not None:
            query = query.where(Row.subject == subject)
        if municipality is not None:
            query = query.where(Row.municipality_code == municipality)
        if kinds:
            query = query.where(Row.kind.in_(kinds))
        if since is not None:
            query = query.where(Row.moment >= stored_moment(since))
        query = query.order_by(Row.number if newest is None else Row.number.desc()).limit(
            most if newest is None else newest
        )
        with self._connected() as connection:
            found = [event_of(dict(row)) for row in connection.execute(query).mappings()]
        return found if newest is None else found[::-1]

    def event(self, number: int) -> Event | None:
        """One event by its number."""
        return next(iter(self.events(after=number - 1, most=1)), None) if number >= 1 else None

    def lines(self) -> list[dict[str, Any]]:
        """Every line as it is stored, in order: what an export writes."""
        with self._connected() as connection:
            query = select(*(getattr(Row, name) for name in COLUMNS)).order_by(Row.number)
            return [dict(row) for row in connection.execute(query).mappings()]

    def take(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """Fill an empty store with the lines of another, as they are; returns how many. Raises StoreError."""
        with self._connected(writing=True) as connection:
            if connection.execute(select(func.count()).select_from(Row)).scalar_one():
                raise StoreError(
                    "Este programa já tem registros, e nada se apaga. Aponte farol.toml para um armazenamento vazio."
                )
            given = [dict(line) for line in lines]
            for start in range(0, len(given), _BLOCK):
                connection.execute(insert(Row), given[start : start + _BLOCK])
        return len(given)

    @contextmanager
    def _connected(self, writing: bool = False) -> Iterator[Connection]:
        try:
            with (
                self._engine.connect().execution_options(writing=writing) as connection,
                connection.begin(),
            ):
                yield connection
        except SQLAlchemyError as error:
            raise _refusal(error) from error

    def _advance(self, connection: Connection) -> State:
        with self._turn:
            known = self._state
        # Every run of a page asks: most often there is nothing new, and this costs a quarter of the query below.
        if connection.exec_driver_sql("select max(number) from events").scalar() == known.last:
            return known
        query = select(*(getattr(Row, name) for name in COLUMNS)).order_by(Row.number)
        while True:
            rows = connection.execute(query.where(Row.number > known.last).limit(_BLOCK)).mappings().all()
            if not rows:
                break
            known = advanced(known, [event_of(dict(row)) for row in rows])
        with self._turn:
            if known.last > self._state.last:
                self._state = known
        return known


def verified(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines whose numbers and hashes follow each other; raises StoreError naming the first that does not."""
    previous, found = ROOT_HASH, []
    for place, line in enumerate(lines, start=1):
        try:
            sound = line["number"] == place and line["hash"] == digest(previous, line)
            event_of(line)
        except (KeyError, TypeError, ValueError):
            sound = False
        if not sound:
            raise StoreError(
                f"O registro {place} não é o que foi escrito: a sequência dos resumos se quebra nele. "
                "Use outra cópia; nada foi trazido."
            )
        previous = line["hash"]
        found.append({name: line[name] for name in COLUMNS})
    return found


def _engine(address: str) -> Engine:
    try:
        engine = create_engine(address, pool_pre_ping=not address.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise StoreError(
            "farol.toml, [programme]: store não é um endereço de banco de dados. "
            "Escreva postgresql+psycopg://usuario:senha@servidor/banco, ou apague a linha."
        ) from None
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise StoreError("farol.toml, [programme]: store só pode ser PostgreSQL. Apague a linha para SQLite.")
    if engine.dialect.name == "sqlite":
        if engine.url.database:
            file = Path(engine.url.database)
            file.parent.mkdir(parents=True, exist_ok=True)
            # It holds names and e-mails; what SQLite puts beside it takes over its mode.
            file.touch(mode=0o600)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun below: the driver's own would begin none before a select.
    connection.isolation_level = None
    for pragma in (f"busy_timeout = {PATIENCE * 1000}", "journal_mode = wal", "synchronous = full"):
        connection.execute(f"pragma {pragma}")
    connection.execute("pragma recursive_triggers = on")


def _begin_sqlite(connection: Connection) -> None:
    # Whoever means to write says so at once: a reader that becomes a writer would find its state outdated.
    immediate = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("begin immediate" if immediate else "begin")


def _migrate(engine: Engine) -> None:
    settings = AlembicConfig()
    settings.set_main_option("script_location", MIGRATIONS.as_posix())
    head = ScriptDirectory.from_config(settings).get_current_head()
    with engine.connect().execution_options(writing=False) as connection, connection.begin():
        if _revision(connection) == head:
            return
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_WRITERS)))
        if _revision(connection) != head:
            settings.attributes["connection"] = connection
            command.upgrade(settings, "head")


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()


def _refusal(error: Exception) -> StoreError:
    """What a driver refused, in words; its own message may hold the address, and is left out."""
    if isinstance(error, DBAPIError):
        said = str(error.orig)
        if "locked" in said or "lock timeout" in said:
            return StoreError(
                "O registro está ocupado por outra gravação. Nada foi gravado; tente de novo em um minuto."
            )
        if "readonly" in said or "read-only" in said:
            return StoreError("O registro só permite leitura. Dê acesso de gravação à pasta dos dados.")
        if "only appended" in said:
            return StoreError("O registro não se altera nem se apaga; nada foi gravado.")
        if "full" in said or "No space" in said:
            return StoreError("O disco está cheio; nada foi gravado. Libere espaço e tente de novo.")
        if "malformed" in said or "not a database" in said:
            return StoreError("O arquivo do registro está danificado. Restaure a última cópia de segurança.")
    return StoreError(
        "O registro não respondeu; nada foi gravado. Confira se o banco de dados está no ar e o endereço em farol.toml."
    )
