"""Questions about the territory: its municipalities, its states and regions, and which of them a filter lets through."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard import words
from dashboard.tables.opened import Opened, kept
from pipelines import neighbours
from pipelines.declarations import COUNTRY, SCOPES, STATES
from pipelines.states import COUNTRY_CODE, COUNTRY_NAME, named, place_of

# The places that a filter may leave: states, and the regions inside them.
INSIDE = {"state": "Estado", **SCOPES}


@dataclass(frozen=True)
class Filter:
    """Which municipalities are looked at; an empty field filters nothing.

    `scope`: a key of INSIDE, with `place` the code of the state or region. `band`: a population band. `participation`:
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
        """Every municipality of the territory, by name: the table `municipalities` without geometry, and state_code."""
        frame = self.query(
            "select * exclude (place), left(municipality_code, 2) as state_code from municipalities order by place"
        )
        return frame.set_index("municipality_code", drop=False)

    @kept
    def neighbours(self) -> pd.DataFrame:
        """What makes municipalities alike, of every one of the country at hand (`pipelines.neighbours.traits`)."""
        return neighbours.traits(self.folder)

    @property
    def whole(self) -> tuple[str, str]:
        """The scope and the code under which the territory is one place: state, country, or several states."""
        return self._whole()

    @kept
    def _whole(self) -> tuple[str, str]:
        states = sorted(self.municipalities()["state_code"].unique())
        if len(states) == len(STATES):
            return "country", COUNTRY_CODE
        return ("state" if len(states) == 1 else "states"), "+".join(states)

    def several_states(self) -> bool:
        """Whether the territory is more than one state, so that a place has to say in which it lies."""
        return self.whole[0] != "state"

    @kept
    def places(self, scope: str) -> dict[str, str]:
        """The names of a scope's states or regions by code, in alphabetical order."""
        frame, code = self.municipalities(), _code(scope)
        rows = frame[frame[code].notna()].drop_duplicates(code)
        found = {
            str(place): named(str(name)) if scope == "state" else str(name)
            for place, name in zip(rows[code], rows[scope], strict=True)
        }
        return dict(sorted(found.items(), key=lambda pair: words.collated(pair[1])))

    def place_name(self, scope: str, place: str) -> str:
        """What a place of any scope is called: `Corumbá`, `Piauí`, `Brasil`, `PI, SP e MS`."""
        if scope == "country":
            return COUNTRY_NAME
        if scope == "states":
            return words.listed(place_of(code) for code in place.split("+"))
        return self.places(scope).get(place, named(place_of(place)) if scope == "state" else place)

    def state_of(self, scope: str, place: str) -> str:
        """The code of the state in which a state or region of the territory lies."""
        return self.states_of(scope)[place]

    @kept
    def states_of(self, scope: str) -> dict[str, str]:
        """The code of the state of each place of a scope."""
        frame, code = self.municipalities(), _code(scope)
        return dict(zip(frame[code].dropna(), frame.loc[frame[code].notna(), "state_code"], strict=True))

    @kept
    def chosen(self, filter: Filter) -> tuple[str, ...]:
        """The codes of the municipalities that a filter lets through, by name."""
        frame = self.municipalities()
        if filter.place:
            frame = frame[frame[_code(filter.scope)] == filter.place]
        if filter.band:
            frame = frame[frame["population_band"] == filter.band]
        if filter.participation == "unknown":
            frame = frame[frame["participant"].isna()]
        elif filter.participation:
            frame = frame[frame["participant"].eq(filter.participation == "yes").fillna(False)]
        return tuple(frame["municipality_code"])


def _code(scope: str) -> str:
    """The column of a scope's codes; anything else is a programming error, since links are checked before."""
    if scope not in INSIDE:
        raise KeyError(scope)
    return f"{scope}_code"


def letters_of(scope: str, place: str) -> str:
    """What publishers' own figures are kept under: a state's letters, or BR; of another scope nothing."""
    return COUNTRY if scope == "country" else place_of(place) if scope == "state" else ""
