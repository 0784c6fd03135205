"""What is read of the table `values` to judge a target: one observation a year."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.periods import judged
from pipelines.verdicts import Observation
from pipelines.verdicts.columns import Floats
from pipelines.verdicts.many import Observed

# By indicator and municipality.
Series = Mapping[tuple[str, str], list[Observation]]


def read_observations(
    con: duckdb.DuckDBPyConnection,
    as_of: dt.date,
    indicators: Sequence[str],
    of: Iterable[tuple[str, str]] | None = None,
) -> Observed:
    """One observation a year by indicator and municipality: the latest period inside it that has a value.

    `of`: the pairs of indicator and municipality that are asked for, where not all of those indicators.

    Reads the table `values`. Periods after `as_of` are not yet there, except that the year of `as_of` itself
    may already be published under its last day; nor is a period that only a few municipalities of a state have yet (see
    `periods`): judged by it, they would be ahead of all that they are compared with.
    """
    only = ""
    if of is not None:
        pairs = sorted(set(of))
        asked = {"indicator": [name for name, _ in pairs], "municipality_code": [code for _, code in pairs]}
        con.register("asked_pairs", pa.table(asked, pa.schema([(name, pa.string()) for name in asked])))
        only = "semi join asked_pairs using (indicator, municipality_code)"
    rows = con.sql(
        f"""
        with known as (
            select * from "values"
            where indicator in (select unnest(?::varchar[])) and (period <= ? or period = make_date(?, 12, 31))
        ),
        newest as ({judged("known")})
        select known.indicator, municipality_code, year, value, numerator, denominator, flag,
            bool_or(coalesce(break_before, false)) over same_year as break_before, known.period
        from (from known {only}) known
        left join newest on newest.indicator = known.indicator and newest.state = left(known.municipality_code, 2)
        where newest.period is null or known.period <= newest.period
        window same_year as (partition by known.indicator, municipality_code, year)
        qualify row_number() over (same_year order by value is null, known.period desc) = 1
        order by known.indicator, municipality_code, year
        """,
        params=[list(indicators), as_of, as_of.year],
    ).to_arrow_table()
    if only:
        con.unregister("asked_pairs")
    return _observed(rows)


def _observed(rows: pa.Table) -> Observed:
    names, codes = (rows.column(name).to_pylist() for name in ("indicator", "municipality_code"))
    slices: dict[tuple[str, str], tuple[int, int]] = {}
    first = 0
    for pair, many in Counter(zip(names, codes, strict=True)).items():
        slices[pair] = first, first + many
        first += many
    return Observed(
        slices,
        rows.column("year").to_numpy().astype(np.int64),
        _floats(rows.column("value")),
        _floats(rows.column("numerator")),
        _floats(rows.column("denominator")),
        rows.column("flag").to_pylist(),
        rows.column("break_before").to_numpy().astype(bool),
        rows.column("period").to_pylist(),
    )


def _floats(column: pa.ChunkedArray) -> Floats:
    """Its numbers; NaN for what is missing, and for what no number holds."""
    found: Floats = column.to_numpy().astype(float)
    return np.where(np.isfinite(found), found, np.nan)
