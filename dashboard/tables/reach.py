"""Questions about reach: what municipalities that stood there went on to do, and how much indicators oscillate."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard.tables.opened import kept
from dashboard.tables.standing import Standing
from pipelines import reaching, verdicts
from pipelines.verdicts.reach import Cover, Panel, Windows, enough, record_cover


class Reach(Standing):
    """What is asked of trajectories."""

    @kept
    def reach(self) -> dict[tuple[str, int, str, str], dict[str, Any]]:
        """The rows of the table `reach` by plan, version, municipality and indicator; None for what is missing."""
        frame = self.query("from reach")
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return {
            (row["plan"], int(row["plan_version"]), row["municipality_code"], row["indicator"]): row
            for row in rows
        }

    @kept
    def answer(self, asked: reaching.Asked) -> reaching.Answer:
        """What municipalities that stood there went on to do, for a target that is in no table."""

        def cover(windows: Windows) -> Cover:
            return self.record(asked.indicator, asked.pooled, windows.years)

        return reaching.answer(asked, self._trajectories(asked.indicator, asked.pooled), cover)

    @kept
    def record(self, indicator: str, pooled: bool, years: int) -> Cover:
        """How the windows of one length stood the test of their record."""
        return record_cover(self._trajectories(indicator, pooled).windows(years))

    @kept
    def records(self, indicator: str, longest: int) -> pd.DataFrame:
        """The record of each length of window, to `longest` years, that there are enough of.

        Columns: years, windows, municipalities, share (0 to 1; null where none could be tested), starts, trusted.
        """
        # Not kept: of every indicator with a goal the trajectories of the country would be held for a few rows.
        panel = self._panel(indicator, False)
        rows = []
        for years in range(1, longest + 1):
            windows = panel.windows(years)
            if enough(windows):
                cover = record_cover(windows)
                many = len(windows), windows.municipalities
                rows.append((years, *many, cover.share, cover.starts, cover.trusted))
        return pd.DataFrame(
            rows, columns=["years", "windows", "municipalities", "share", "starts", "trusted"]
        )

    @kept
    def oscillations(self) -> dict[str, tuple[verdicts.Oscillation | None, int]]:
        """Of each indicator with a cohort: its usual oscillation, None where it cannot be used, and from how many
        municipalities.
        """
        frame = self.query("from oscillation")
        found: dict[str, tuple[verdicts.Oscillation | None, int]] = {}
        for row in frame.itertuples():
            found[str(row.indicator)] = self.oscillation(str(row.indicator)), int(row.municipalities)
        return {name: found[name] for name in self.indicators if name in found}

    @kept
    def flat_oscillations(self) -> list[str]:
        """The indicators whose fitted oscillation does not shrink with population, so that it is not used."""
        frame = self.query("select indicator from oscillation where b = 0")
        return [name for name in self.indicators if name in set(frame["indicator"])]

    @kept
    def swings(self, indicator: str) -> pd.DataFrame:
        """The changes of the municipalities between neighbouring editions, less the median one of their state.

        Columns: municipality_code, name, population, start_year, year, change. Breaks are not crossed, values that
        cannot be are left out, as where the usual oscillation is fitted.
        """
        return self.query(
            """with calendar as (
                select period, row_number() over (order by period) as place from (
                    select distinct period from "values" where indicator = ? and value is not null)
            ), placed as (
                select v.*, place from "values" v join calendar using (period)
                where indicator = ? and value is not null and coalesce(flag, '') != 'implausible'
            )
            select m.municipality_code, m.name, m.population, a.year as start_year, b.year,
                b.value - a.value - median(b.value - a.value) over (partition by m.state, a.period) as change
            from placed a join placed b on b.municipality_code = a.municipality_code and b.place = a.place + 1
            join municipalities m on m.municipality_code = a.municipality_code
            where not b.break_before and m.population > 0 order by m.population, a.year, a.period, m.municipality_code""",
            [indicator, indicator],
        )

    @kept
    def _trajectories(self, indicator: str, pooled: bool) -> Panel:
        return self._panel(indicator, pooled)
