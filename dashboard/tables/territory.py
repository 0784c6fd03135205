"""Questions about the territory: its municipalities, its regions, and which of them a filter lets through."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.tables.opened import Opened, kept
from pipelines.declarations import SCOPES


@dataclass(frozen=True)
class Filter:
    """Which municipalities are looked at; an empty field filters nothing.

    `scope`: a key of SCOPES, with `place` the region's name. `band`: a population band. `participation`:
    "yes", "no" or "unknown".
    """

    scope: str = ""
    place: str = ""
    band: str = ""
    participation: str = ""

    def __bool__(self) -> bool:
        return bool(self.place or self.band or self.participation)


class Territory(Opened):
    """What is asked of municipalities and regions."""

    @kept
    def names(self) -> dict[str, str]:
        """The municipalities' names by code, in alphabetical order."""
        return {str(code): str(name) for code, name in self.municipalities()["name"].items()}

    @kept
    def municipalities(self) -> pd.DataFrame:
        """Every municipality of the territory, by name; columns of the table `municipalities` without geometry."""
        frame = self.query("select * from municipalities order by strip_accents(name)")
        return frame.set_index("municipality_code", drop=False)

    @kept
    def places(self, scope: str) -> list[str]:
        """The names of a scope's regions, in alphabetical order."""
        return sorted(self.municipalities()[_scope(scope)].dropna().unique())

    @kept
    def chosen(self, filter: Filter) -> tuple[str, ...]:
        """The codes of the municipalities that a filter lets through, by name."""
        frame = self.municipalities()
        if filter.place:
            frame = frame[frame[_scope(filter.scope)] == filter.place]
        if filter.band:
            frame = frame[frame["population_band"] == filter.band]
        if filter.participation == "unknown":
            frame = frame[frame["participant"].isna()]
        elif filter.participation:
            frame = frame[frame["participant"].eq(filter.participation == "yes").fillna(False)]
        return tuple(frame["municipality_code"])


def _scope(scope: str) -> str:
    """A scope's column; anything else is a programming error, since links are checked before."""
    if scope not in SCOPES:
        raise KeyError(scope)
    return scope
