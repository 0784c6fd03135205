"""Questions about where places stand today: what is recent of one, where to look first, what each area says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.tables import columns
from dashboard.tables.opened import kept
from dashboard.tables.values import Values

Numbers = NDArray[np.int64]

# So many municipalities of an area are named.
TOLD = 3
AREA = ("area", "indicators", "families", "first_year", "last_year", "names", "weak", "others")


@dataclass(frozen=True)
class _Areas:
    """What `Standing.areas` asks of, by column: a question to the file takes longer than all that is done here.

    `codes`: of the municipalities, in order, and `number` the place of each. A place a recent value: `town`, `indicator` (by
    their numbers) and `year`. A place an indicator: `area` (its number) and `families` (its own). A row an area, a column a
    municipality: `weak`, how many of its families are; -1 where none is judged.
    """

    codes: Sequence[str]
    number: Mapping[str, int]
    areas: Sequence[str]
    town: Numbers
    indicator: Numbers
    year: Numbers
    area: Numbers
    families: Sequence[str]
    weak: Numbers

    @classmethod
    def of(cls, query: Callable[[str], pd.DataFrame], codes: Sequence[str]) -> _Areas:
        """Those of a build. `codes`: its municipalities, in order."""
        number = {code: place for place, code in enumerate(codes)}
        recent = query("select municipality_code, indicator, year from latest where recent")
        families = query(
            "select indicator, area, family from families semi join (from latest where recent) using (indicator)"
        )
        counted = query(
            "select area, municipality_code, count(*) filter (weak) as weak from votes group by all"
        )
        areas = sorted(set(families["area"]))
        weak = np.full((len(areas), len(codes)), -1)
        area = {name: row for row, name in enumerate(areas)}
        indicator = {name: row for row, name in enumerate(families["indicator"].tolist())}
        weak[_places(counted["area"], area), _places(counted["municipality_code"], number)] = counted["weak"]
        return cls(
            codes, number, areas,
            _places(recent["municipality_code"], number), _places(recent["indicator"], indicator),
            recent["year"].to_numpy(np.int64), _places(families["area"], area), families["family"].tolist(), weak,
        )  # fmt: skip


def _places(cells: pd.Series, number: Mapping[str, int]) -> Numbers:
    return np.array([number[cell] for cell in cells.tolist()], dtype=np.int64)


class Standing(Values):
    """What is asked of the fifths in which places lie."""

    @kept
    def recent(self, code: str) -> list[dict[str, Any]]:
        """The rows of `profile_rows` that say how a municipality stands today, by indicator."""
        return sorted(
            (row for row in self.profile_rows(code) if row["recent"]), key=lambda row: str(row["indicator"])
        )

    @kept
    def _attention(self) -> pd.DataFrame:
        """The answer of `attention` for all municipalities, none left out."""
        frame = self.query(
            """with own as (
                select municipality_code, count(*) filter (weak) as weak, count(*) as judged
                from votes group by all having count(*) filter (weak) > 0
            ), first as (
                -- Who ties stands in the order of the first indicator that says something of them.
                select municipality_code, min(indicator) as indicator from latest where recent group by all
            ), told as (
                select municipality_code, l.indicator, l.position from latest l
                join families f using (indicator) join votes v using (municipality_code, area, family)
                where l.recent and l.fifth = 0 and v.weak
                qualify row_number() over (
                    partition by municipality_code, area, family order by l.position, l.indicator) = 1
            )
            select municipality_code, m.name, weak, judged, 100 * weak / judged as share,
                coalesce(examples, []) as examples
            from own join municipalities m using (municipality_code) join first using (municipality_code)
            left join (select municipality_code, list(indicator order by position, indicator)[:3] as examples
                from told group by all) using (municipality_code)
            order by share desc, first.indicator, m.place"""
        )
        return columns.shared(frame)

    def _attending(self, codes: tuple[str, ...]) -> pd.DataFrame:
        """The rows of `_attention` of some municipalities, by how they stand in it."""
        asked, frame = set(codes), self._attention()
        shown = (code in asked for code in frame["municipality_code"].tolist())
        return frame[np.fromiter(shown, dtype=bool, count=len(frame))]

    @kept
    def attention(self, codes: tuple[str, ...], most: int) -> pd.DataFrame:
        """The municipalities with most weak families (of the votes of the build), largest share first.

        Columns: municipality_code, name, weak (families), judged (families with recent data), share (of weak among judged,
        in %) and examples (the ids of the weakest indicators of three weak families). None without a weak one.
        """
        return self._attending(codes).head(most).reset_index(drop=True)

    def attention_shares(self, codes: tuple[str, ...]) -> list[float]:
        """The shares of `attention` of all municipalities that have one, the largest first."""
        return [float(share) for share in self._attending(codes)["share"].tolist()]

    @kept
    def _areas(self) -> _Areas:
        return _Areas.of(self.query, sorted(self.names()))

    @kept
    def areas(self, codes: tuple[str, ...]) -> pd.DataFrame:
        """What is recent of some municipalities, a row an area that has any.

        Columns: area, indicators and families (how many), first_year, last_year, names and weak (of the three municipalities
        with most weak families, the first by code where they tie) and others (how many more have as many as the third).
        """
        held, names = self._areas(), self.names()
        towns = np.sort([held.number[code] for code in codes]).astype(np.int64)
        asked = np.zeros(len(held.codes), dtype=bool)
        asked[towns] = True
        there = asked[held.town]
        found, years = held.indicator[there], held.year[there]
        seen = np.flatnonzero(np.bincount(found, minlength=len(held.area)))
        rows = []
        for place, area in enumerate(held.areas):
            measured = [one for one in seen if held.area[one] == place]
            spread = years[held.area[found] == place]
            judged = towns[held.weak[place, towns] >= 0]
            if not measured or not len(judged):
                continue
            weak = held.weak[place, judged]
            first = judged[np.argsort(-weak, kind="stable")[:TOLD]]
            most = held.weak[place, first].tolist()
            rows.append(
                {
                    "area": area,
                    "indicators": len(measured),
                    "families": len({held.families[int(one)] for one in measured}),
                    "first_year": int(spread.min()),
                    "last_year": int(spread.max()),
                    "names": [names[held.codes[int(town)]] for town in first],
                    "weak": most,
                    "others": int(np.count_nonzero(weak >= most[-1])) - len(most),
                }
            )
        return pd.DataFrame(rows, columns=AREA)

    @kept
    def places_among(
        self, indicators: tuple[str, ...], values: tuple[float, ...]
    ) -> dict[str, tuple[int, int, int]]:
        """How many municipalities' latest values lie below each value, how many are the same, and how many there are."""
        rows = self.query(
            """select indicator, count(*) filter (l.value < a.value) as below, count(*) filter (l.value = a.value) as same,
                count(*) as everyone
            from latest l join (select unnest(?::varchar[]) as indicator, unnest(?::double[]) as value) a using (indicator)
            where l.value is not null and l.flag is distinct from 'implausible' group by all""",
            [list(indicators), list(values)],
        )
        counts = rows[["below", "same", "everyone"]].to_numpy(int).tolist()
        return {
            str(name): (one, two, three)
            for name, (one, two, three) in zip(rows["indicator"], counts, strict=True)
        }
