"""What an engine that counts is asked, and what it hands back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from pipelines.microdata.declaring import Microdata
from pipelines.microdata.inputs import Input

# One line of a query's result: column to text or number.
Row = dict[str, Any]
# The column of `records` that holds a whole line where it has not the columns of its header.
BROKEN = "broken"


class Engine(Protocol):
    """What counts records. `name`: which it is, with its version, for provenance."""

    name: str

    def check(self, asked: Microdata) -> None:
        """Refuse a query that it cannot run, before any record is read. Raises DeclarationError, with file and line."""

    def header(self, asked: Microdata, address: str) -> Sequence[str]:
        """The columns of what lies at an address in a store, as they are written there."""

    def count(self, asked: Microdata, inputs: Sequence[Input], codes: Sequence[tuple[str, str]]) -> list[Row]:
        """The rows of the declaration's query over all inputs."""

    def close(self) -> None:
        """Let go of what it holds."""
