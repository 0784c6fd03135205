"""Where the territory's municipalities stand among all of the country, kept beside the tables.

The territory's own tables hold no value of anybody else, so that the place in the whole country is found here, by the same
margins of error and the same method as the place in the territory. A territory that is the country needs none of it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import declarations, margins, serving
from pipelines.periods import NEWEST
from pipelines.raw_files import REGISTRY

# Parquet under another ending than that of the tables, which are published.
NATIONAL = "national.pq"
_COLUMNS = ("indicator", "municipality_code", "rank_low", "rank_high", "ranked")
_TYPES = pa.schema(
    [*((name, pa.string()) for name in _COLUMNS[:2]), *((name, pa.int64()) for name in _COLUMNS[2:])]
)


def keep(con: duckdb.DuckDBPyConnection, folder: Path, fewest_states: int) -> None:
    """Write the places into a folder of tables, for `places`.

    `con` holds the view `everywhere`, the registry and the tables of the build before they are written;
    `fewest_states`: how many must have a value of an indicator for a place among all to say anything.
    """
    pq.write_table(
        pa.Table.from_pandas(_places(con, fewest_states), _TYPES, preserve_index=False), folder / NATIONAL
    )


def _places(con: duckdb.DuckDBPyConnection, fewest_states: int) -> pd.DataFrame:
    found = [pd.DataFrame(columns=list(_COLUMNS))]
    everyone = con.execute(
        f"select (select count(*) from municipalities) = (select count(*) from source.{REGISTRY})"
    ).fetchall()
    if everyone == [(True,)]:
        return found[0]
    here = [code for (code,) in con.execute("select municipality_code from municipalities").fetchall()]
    people = dict(con.execute("select municipality_code, population from panel_population").fetchall())
    frame = con.execute(
        f"""with newest as ({NEWEST}), told as (
            select e.* replace (e.indicator::varchar as indicator) from everywhere e join newest using (indicator, period) where value is not null)
        select * from told semi join (
            select indicator from told group by all having count(distinct state) >= ?) using (indicator)
        order by indicator, municipality_code""",
        [fewest_states],
    ).df()
    for name, rows in frame.groupby("indicator", sort=False):
        indicator = declarations.indicators()[str(name)]
        if indicator.better == "none" or not indicator.comparable:
            continue
        swing = serving.oscillation(con, indicator)
        placed = margins.ranked(rows, indicator, swing, people)
        own = placed[placed["municipality_code"].isin(here) & np.asarray(placed["rank_low"].notna())]
        found.append(own.assign(ranked=int(margins.plausible(rows).sum()))[list(_COLUMNS)])
    return pd.concat(found)


def places(folder: Path) -> pd.DataFrame:
    """The places in the whole country: indicator, municipality_code, rank_low, rank_high, ranked; no row where the territory
    is the country, and none of a build of an earlier version.
    """
    path = folder / NATIONAL
    return (pq.read_table(path) if path.exists() else _TYPES.empty_table()).to_pandas()
