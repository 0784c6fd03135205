"""What a connector says of itself, what it is given and what it hands back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.vocabulary import COUNTRY as COUNTRY
from pipelines.vocabulary import STATES as STATES
from pipelines.vocabulary import states_of

if TYPE_CHECKING:
    from pipelines.fetching.web import Client

# One line of a raw file: column to text, as published; an empty text is an empty cell.
Row = dict[str, str]


class FetchError(Exception):
    """A source that was not collected: what happened and what to do, in Portuguese, for whoever runs the fetch."""


class PassingError(FetchError):
    """A fault that may pass by itself. `after`: seconds that the publisher asked to wait; None if it did not say."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


def cell(value: object) -> str:
    """A value of a JSON answer as the text of a raw file: null as an empty cell, numbers with all their digits."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value).strip()


@dataclass(frozen=True)
class Scope:
    """What is asked for: a state by IBGE's two digits, several with blanks between, or BR.

    `municipalities`: seven-digit codes of the registry on file that lie in it. `today`: the day of the run.
    """

    state: str
    municipalities: tuple[str, ...]
    today: dt.date

    def holds(self, code: str) -> bool:
        """Whether a municipality (six or seven digits), a state or the country (letters) belongs to what is asked for."""
        return code == COUNTRY or STATES.get(code, code)[:2] in self.states

    @property
    def states(self) -> Sequence[str]:
        """The two-digit codes asked for, one by one."""
        return states_of(self.state)

    def finished_years(self, count: int) -> Sequence[int]:
        """The last `count` years that have ended, oldest first."""
        return range(self.today.year - count, self.today.year)


@dataclass(frozen=True)
class Harvest:
    """What a connector brings.

    A row whose `municipality_code` is a state's letters or BR holds what the publisher itself states for that place.
    `renews` says which rows on file this answer stands for: those give way, the others stay. `edition`: what the
    publisher calls it, for the page of sources.
    """

    rows: list[Row]
    edition: str
    renews: Callable[[Row], bool]


@dataclass(frozen=True)
class Connector:
    """How one source is collected.

    `publisher`: sources of the same one are asked for one after another. `hosts`: all that may be spoken to, the
    ends of redirects too. `collect` gets the client, the scope and the rows on file.
    """

    source: str
    publisher: str
    hosts: tuple[str, ...]
    collect: Callable[[Client, Scope, list[Row]], Harvest]
