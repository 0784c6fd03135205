"""Questions about places in a ranking: where a municipality stands among those of its state, its region, its size."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.tables.opened import kept
from dashboard.tables.reach import Reach
from pipelines import national

# Among whom a municipality is placed, by the column that they share; of the whole territory there is none.
COUNTRY = "country"
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
        """Where a municipality stands in each indicator among those that share something with it (a key of AMONG), or, of a
        territory that is not the country, among all of it (COUNTRY).

        As `latest` has it of the whole territory: rank_low, rank_high, ranked; indexed by indicator, a row for each in
        which it has a place. A place is lost only to a value whose whole interval is better (`verdicts.rank_interval`).
        """
        if among == COUNTRY:
            every = self._national()
            own = every[every["municipality_code"] == code].drop(columns="municipality_code")
            return own.set_index("indicator").astype("Int64")
        column = AMONG[among]
        towns = self.municipalities()
        codes = towns.index[towns[column] == towns.at[code, column]].tolist()
        frame = self.query(
            """with spans as (
                select indicator, municipality_code, i.better = 'higher' as up, rank_low,
                    case when up then coalesce(low, value) else -coalesce(high, value) end as worst,
                    case when up then coalesce(high, value) else -coalesce(low, value) end as best
                from latest join indicators i using (indicator)
                where municipality_code in (select unnest(?::varchar[])) and value is not null
                    and flag is distinct from 'implausible'
            ), own as (
                select indicator, worst, best from spans where municipality_code = ? and rank_low is not null
            )
            select indicator, 1 + count(*) filter (s.worst > own.best) as rank_low,
                count(*) - count(*) filter (s.best < own.worst) as rank_high, count(*) as ranked
            from spans s join own using (indicator) group by indicator order by indicator""",
            [codes, code],
        )
        return frame.set_index("indicator").astype("Int64")

    @kept
    def _national(self) -> pd.DataFrame:
        return national.places(self.folder)
