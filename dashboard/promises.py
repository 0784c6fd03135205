"""What accepted versions of plans changed of what had been promised: `40% → 25%`, why and when.

`programme` writes them beside the plans' folders, with nobody's name; they are read once for each build.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass

from dashboard import words
from dashboard.tables import Tables
from programme.folders import PROMISES


@dataclass(frozen=True)
class Promise:
    """One change of a target, a deadline or a baseline; `eased`: whether less is promised, or later, None: not known."""

    plan: str
    version: int
    municipality_code: str
    indicator: str
    text: str
    eased: bool | None
    reason: str
    day: dt.date

    @property
    def sentence(self) -> str:
        """The change in words: `Crianças alfabetizadas, meta: 40% → 25%, na versão 2, em 26/11/2026. Motivo: …`."""
        less = " Pede menos, ou mais tarde." if self.eased else ""
        when = f"na versão {self.version}, em {words.date(self.day)}"
        return f"{self.text}, {when}.{less} Motivo: {self.reason.rstrip('.')}."


def changed(data: Tables) -> tuple[Promise, ...]:
    """Every change, oldest first; none where nothing was ever sent."""
    return data.remember(("promessas",), lambda: _read(data))


def _read(data: Tables) -> tuple[Promise, ...]:
    try:
        found = json.loads((data.folder.parent / "programme" / PROMISES).read_text("utf-8"))
    except FileNotFoundError:
        return ()
    return tuple(Promise(**{**given, "day": dt.date.fromisoformat(given["day"])}) for given in found)


def of_target(data: Tables, plan: str, version: int, indicator: str) -> list[str]:
    """What was changed of a plan's target, and of its deliverables, up to a version: a sentence each."""
    return [
        one.sentence
        for one in changed(data)
        if (one.plan, one.indicator) == (plan, indicator) and one.version <= version
    ]


def of_version(data: Tables, plan: str, version: int) -> list[str]:
    """What a version changed of the one before it."""
    return [one.sentence for one in changed(data) if (one.plan, one.version) == (plan, version)]


def told(data: Tables, codes: Collection[str], since: dt.date) -> tuple[list[str], list[str]]:
    """What municipalities changed, with their names: since a day, and before it; what asks for less first.

    A change is told for as long as the plan lives, and not only until the next meeting.
    """
    names, mine = data.names(), frozenset(codes)
    found = [one for one in changed(data) if one.municipality_code in mine and one.municipality_code in names]
    found.sort(key=lambda one: not one.eased)

    def lines(lately: bool) -> list[str]:
        return [
            f"{names[one.municipality_code]}: {one.sentence}" for one in found if (one.day >= since) is lately
        ]

    return lines(True), lines(False)
