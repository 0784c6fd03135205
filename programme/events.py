"""One event of the programme: who did what to what, when, what was there before and what is there after.

The log is one table. Each event's hash covers the event and the hash before it, so that a line changed, taken out
or put in between shows; the protocol number that people get is the event's number with two digits to check it by.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# The hash that the first event follows.
ROOT_HASH = "0" * 64
_PROTOCOL = re.compile(r"(\d{4})-(\d{6,12})-(\d{2})")


class Base(DeclarativeBase):
    """The models of the store."""


class Row(Base):
    """A line of the table `events`; `programme/migrations` makes it, with the triggers that keep it as it was written.

    Moments and JSON are texts, so that both engines give back the very bytes that were hashed.
    """

    __tablename__ = "events"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    moment: Mapped[str] = mapped_column(String(40), index=True)
    actor: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    municipality_code: Mapped[str | None] = mapped_column(String(7), index=True)
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


COLUMNS = tuple(column.name for column in Row.__table__.columns)


@dataclass(frozen=True)
class Event:
    """An event as the rest of the house reads it.

    `number`: from 1, without gaps. `moment`: in UTC. `actor`: a person's id, `console` or `anonymous`. `subject`:
    what it happened to (`plan:educacao-2026`). `before`, `after`: plain JSON; `before` None where nothing was there.
    `once`: the sender's own mark, by which the same thing sent twice is one event.
    """

    number: int
    moment: dt.datetime
    actor: str
    kind: str
    subject: str
    municipality_code: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    once: str | None
    hash: str

    @property
    def protocol(self) -> str:
        """The number that people are given: `2026-000123-45`."""
        return protocol_of(self.moment.year, self.number)


def canonical(value: Mapping[str, Any] | None) -> str | None:
    """JSON in one form: keys sorted, no blanks, letters as they are; None for None."""
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(previous: str, values: Mapping[str, Any]) -> str:
    """The hash of a line that follows another, over all of its columns but `hash`; values as they are stored."""
    said = [previous, *(values[name] for name in COLUMNS if name != "hash")]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def stored_moment(moment: dt.datetime) -> str:
    """A moment as the table holds it: UTC, to the microsecond, sortable as text."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def event_of(values: Mapping[str, Any]) -> Event:
    """The event that a line of the table holds."""
    given = {name: values[name] for name in COLUMNS}
    return Event(
        **{
            **given,
            "moment": dt.datetime.fromisoformat(given["moment"]),
            "before": None if given["before"] is None else json.loads(given["before"]),
            "after": json.loads(given["after"]),
        }
    )


def protocol_of(year: int, number: int) -> str:
    """The protocol number of an event; its last two digits are those of ISO 7064 (mod 97-10).

    >>> protocol_of(2026, 123)
    '2026-000123-38'
    """
    return f"{year}-{number:06d}-{98 - int(f'{year}{number:06d}00') % 97:02d}"


def number_of_protocol(text: str) -> int | None:
    """The event's number that a protocol number names, None where it is none or a digit is wrong.

    >>> number_of_protocol("2026-000123-38"), number_of_protocol("2026-000132-38")
    (123, None)
    """
    found = _PROTOCOL.fullmatch(text.strip())
    if found is None or protocol_of(int(found[1]), int(found[2])) != text.strip():
        return None
    return int(found[2])
