"""Questions about where places stand today: what is recent of one, where to look first, what each area says."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.tables.opened import kept
from dashboard.tables.values import Values
from pipelines import serving


class Standing(Values):
    """What is asked of the fifths in which places lie."""

    @kept
    def recent(self, code: str) -> list[dict[str, Any]]:
        """The rows of `profile` that say how a municipality stands today, by indicator; each with its family."""
        return [
            row | {"family": serving.family(self.indicators[row["indicator"]])}
            for row in sorted(self.profile_rows(code), key=lambda row: str(row["indicator"]))
            if row["recent"]
        ]

    @kept
    def attention(self, codes: tuple[str, ...], most: int) -> pd.DataFrame:
        """The municipalities with most weak families (of the votes of the build), largest share first.

        Columns: municipality_code, name, weak (families), judged (families with recent data), share (of weak among judged,
        in %) and examples (the ids of the weakest indicators of three weak families). None without a weak one.
        """
        return self.query(
            """with own as (
                select municipality_code, count(*) filter (weak) as weak, count(*) as judged
                from votes semi join (select unnest(?::varchar[]) as municipality_code) using (municipality_code)
                group by all having count(*) filter (weak) > 0
            ), first as (
                -- Who ties stands in the order of the first indicator that says something of them.
                select municipality_code, min(indicator) as indicator from latest where recent group by all
            ), chosen as (
                select own.*, m.name, 100 * own.weak / judged as share, first.indicator as first, m.place
                from own join municipalities m using (municipality_code) join first using (municipality_code)
                order by share desc, first, m.place limit ?
            ), told as (
                select municipality_code, l.indicator, l.position from latest l join chosen using (municipality_code)
                join families f using (indicator) join votes v using (municipality_code, area, family)
                where l.recent and l.fifth = 0 and v.weak
                qualify row_number() over (
                    partition by municipality_code, area, family order by l.position, l.indicator) = 1
            )
            select municipality_code, name, weak, judged, share, coalesce(examples, []) as examples from chosen left join (
                select municipality_code, list(indicator order by position, indicator)[:3] as examples
                from told group by all) using (municipality_code)
            order by share desc, first, place""",
            [list(codes), most],
        )

    @kept
    def areas(self, codes: tuple[str, ...]) -> pd.DataFrame:
        """What is recent of some municipalities, a row an area that has any.

        Columns: area, indicators and families (how many), first_year, last_year, names and weak (of the three municipalities
        with most weak families, the first by code where they tie) and others (how many more have as many as the third).
        """
        return self.query(
            """with asked as (select unnest(?::varchar[]) as municipality_code), told as (
                select f.area, count(distinct l.indicator) as indicators, count(distinct f.family) as families,
                    min(l.year) as first_year, max(l.year) as last_year
                from latest l semi join asked using (municipality_code) join families f using (indicator)
                where l.recent group by all
            ), counted as (
                select area, municipality_code, count(*) filter (weak) as weak
                from votes semi join asked using (municipality_code) group by all
            ), placed as (
                select area, name, weak, row_number() over (partition by area order by weak desc, municipality_code) as spot,
                    count(*) over (partition by area, weak) as ties,
                    rank() over (partition by area order by weak desc) as best
                from counted join municipalities using (municipality_code)
            )
            select told.*, names, weak, others from told join (
                select area, list(name order by spot) as names, list(weak order by spot) as weak,
                    max(best + ties - 1) - max(spot) as others
                from placed where spot <= 3 group by all) using (area) order by area""",
            [list(codes)],
        )

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
