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
        return self.query("select * from sources order by publisher, dataset")

    @kept
    def silent_here(self, source: str) -> bool:
        """Whether a source was read without a fault and has no row of the territory."""
        held = self.sources().set_index("source")
        if source not in held.index or self.declared_sources[source].origin == AWAITED:
            return False
        return not held.at[source, "rows"] and not held.at[source, "rejected"]

    @kept
    def rejected(self) -> pd.DataFrame:
        """Every refused row with its reason; columns of the table `rejected`."""
        return self.query('select * from rejected order by source, file, line, "column"')

    @kept
    def lineage(self) -> pd.DataFrame:
        """Which published columns each indicator comes from; columns of the table `lineage`."""
        return self.query("select * from lineage order by indicator, source")

    @kept
    def coverage(self) -> pd.DataFrame:
        """Per indicator: first_year, last_year, periods, with_data (municipalities at the latest period), total."""
        return self.query(
            """select indicator, min(year) as first_year, max(year) as last_year, count(*) as periods,
                max(with_data) filter (periods.period = newest.period) as with_data, max(total) as total
            from periods join newest using (indicator) where with_data > 0 group by indicator order by indicator"""
        ).set_index("indicator", drop=False)
