"""What is read of the table `values` to judge a target: one observation a year."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import duckdb

from pipelines.periods import newest
from pipelines.verdicts import Observation

# By indicator and municipality.
Series = dict[tuple[str, str], list[Observation]]


def read_observations(con: duckdb.DuckDBPyConnection, as_of: dt.date, indicators: Sequence[str]) -> Series:
    """One observation a year by indicator and municipality: the latest period inside it that has a value.

    Reads the table `values`. Periods after `as_of` are not yet there, except that the year of `as_of` itself
    may already be published under its last day; nor is a period that only a few municipalities have yet (see
    `periods`): judged by it, they would be ahead of all that they are compared with.
    """
    rows = con.execute(
        f"""
        with known as (
            select * from "values"
            where indicator in (select unnest(?::varchar[])) and (period <= ? or period = make_date(?, 12, 31))
        ),
        newest as ({newest("known")})
        select indicator, municipality_code, year, value, numerator, denominator, flag,
            bool_or(coalesce(break_before, false)) over same_year, known.period
        from known left join newest using (indicator)
        where newest.period is null or known.period <= newest.period
        window same_year as (partition by indicator, municipality_code, year)
        qualify row_number() over (same_year order by value is null, known.period desc) = 1
        order by year
        """,
        [list(indicators), as_of, as_of.year],
    ).fetchall()
    series: Series = defaultdict(list)
    for indicator, code, *observed in rows:
        series[indicator, code].append(Observation(*observed))
    return series
