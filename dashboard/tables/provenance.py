"""Questions about where figures come from: sources, refused rows, lineage, coverage."""

from __future__ import annotations

import pandas as pd

from dashboard.tables.opened import Opened, kept
from pipelines.declarations import AWAITED


class Provenance(Opened):
    """What is asked of sources."""

    @kept
    def sources(self) -> pd.DataFrame:
        """Every source with its provenance and what came in of it; columns of the table `sources`."""
        return self.query("select * from sources order by publisher, dataset, source")

    @kept
    def silent_here(self, source: str) -> bool:
        """Whether a source was read without a fault and has no row of the territory."""
        return self.faultless(source) and not self.sources().set_index("source").at[source, "rows"]

    def faultless(self, source: str) -> bool:
        """Whether a source was read and nothing of it refused."""
        held = self.sources().set_index("source")["rejected"]
        return (
            self.declared_sources[source].origin != AWAITED and source in held.index and not held.at[source]
        )

    @kept
    def rejected(self) -> pd.DataFrame:
        """Every refused row with its reason; columns of the table `rejected`."""
        return self.query('select * from rejected order by source, file, line, "column", reason')

    @kept
    def lineage(self) -> pd.DataFrame:
        """Which published columns each indicator comes from; columns of the table `lineage`."""
        return self.query("select * from lineage order by indicator, source")

    @kept
    def coverage(self) -> pd.DataFrame:
        """Per indicator: first_year, last_year, periods, newest_year and with_data (of the latest period that pages open on), total."""
        return self.query(
            """select indicator, min(year) as first_year, max(year) as last_year, count(*) as periods,
                max(with_data) filter (periods.period = newest.period) as with_data, max(year(newest.period)) as newest_year,
                max(total) as total
            from periods join newest using (indicator) where with_data > 0 group by indicator order by indicator"""
        ).set_index("indicator", drop=False)
