"""Questions about places in a ranking: where a municipality stands among those of its state, its region, its size."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.margins import plausible
from dashboard.tables.opened import kept
from dashboard.tables.reach import Reach

# Among whom a municipality is placed, by the column that they share; of the whole territory there is none.
AMONG: Mapping[str, str] = {
    "state": "state_code",
    "immediate_region": "immediate_region_code",
    "population_band": "population_band",
}
# What a row of `Tables.latest` says of a municipality's place.
PLACES = ("rank_low", "rank_high", "ranked")


class Ranks(Reach):
    """What is asked of places among few."""

    @kept
    def ranks_among(self, code: str, among: str) -> pd.DataFrame:
        """Where a municipality stands in each indicator among those that share something with it (a key of AMONG).

        As `latest` has it of the whole territory: rank_low, rank_high, ranked; indexed by indicator, a row for each in
        which it has a place. A place is lost only to a value whose whole interval is better (`verdicts.rank_interval`).
        """
        column = AMONG[among]
        towns = self.municipalities()
        frame = self.latest()
        others = frame[frame["municipality_code"].isin(towns.index[towns[column] == towns.at[code, column]])]
        others = others[others["value"].notna() & plausible(others)]
        own = others[(others["municipality_code"] == code) & others["rank_low"].notna()]
        better = {name: 1 if item.better == "higher" else -1 for name, item in self.indicators.items()}
        signs = others["indicator"].map(better).astype(float)
        low, high = (others[end].fillna(others["value"]) * signs for end in ("low", "high"))
        spans = pd.DataFrame(
            {
                "indicator": others["indicator"],
                "worst": low.where(signs > 0, high),
                "best": high.where(signs > 0, low),
            }
        )
        mine = spans.loc[own.index].set_index("indicator")
        spans = spans[spans["indicator"].isin(mine.index)]
        ahead = spans["worst"] > spans["indicator"].map(mine["best"])
        behind = spans["best"] < spans["indicator"].map(mine["worst"])
        counts = (
            pd.DataFrame({"indicator": spans["indicator"], "ahead": ahead, "behind": behind, "ranked": 1})
            .groupby("indicator")
            .sum()
        )
        return pd.DataFrame(
            {
                "rank_low": counts["ahead"] + 1,
                "rank_high": counts["ranked"] - counts["behind"],
                "ranked": counts["ranked"],
            }
        ).astype("Int64")
