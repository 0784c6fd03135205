"""Every municipality of the country with what makes two alike, kept beside the tables.

The territory is shown; who is like one of its towns may lie outside it. Nothing of this is published: it is the
registry and the latest values of a few indicators again, of places that the territory does not show.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq

from pipelines import declarations
from pipelines.periods import newest
from pipelines.raw_files import REGISTRY

# Parquet under another ending than that of the tables, which are published.
NEIGHBOURS = "neighbours.pq"
# The traits that the registry does not have: indicators declared for the place of this name give them.
FROM_INDICATORS = ("urbanisation", "gdp_per_capita")


def keep(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the traits of every municipality at hand into a folder of tables, for `traits`.

    `con` holds `staged`, `values`, `indicators`, `panel_population` and the registry as the build leaves them. An
    indicator counts at its latest period, as everywhere; what nobody has a value of is null.
    """
    given = {
        trait: name
        for name, item in declarations.indicators().items()
        for trait in FROM_INDICATORS
        if trait in item.prominent
    }
    con.execute("create or replace temp table asked (trait varchar, indicator varchar)")
    if given:
        con.executemany("insert into asked values (?, ?)", list(given.items()))
    traits = ", ".join(f"max(value) filter (trait = '{trait}') as {trait}" for trait in FROM_INDICATORS)
    con.execute(
        f"""copy (
            with newest as ({newest('(from "values" semi join asked using (indicator))')}), told as (
                select municipality_code, {traits}
                from staged join asked using (indicator) join newest using (indicator, period)
                where wrong is null and flag is distinct from 'implausible' group by all
            )
            select municipality_code, name, state, population, area_km2, immediate_region_code,
                intermediate_region_code, {", ".join(FROM_INDICATORS)}
            from source.{REGISTRY} left join panel_population using (municipality_code)
                left join told using (municipality_code)
            order by municipality_code
        ) to '{(folder / NEIGHBOURS).as_posix()}' (format parquet, compression zstd)"""
    )


def traits(folder: Path) -> pd.DataFrame:
    """The traits of every municipality, by code: name, state, population, area_km2, the codes of its regions, and those
    of FROM_INDICATORS; null where unknown. FileNotFoundError for a build of an earlier version.
    """
    frame = pq.read_table(folder / NEIGHBOURS).to_pandas()
    return frame.set_index("municipality_code")
