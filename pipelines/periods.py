"""Which period of an indicator is its latest.

A period that only a few municipalities have yet is published and shown where it is asked for, and is no "latest": a
ranking of it would rank the early ones. Held here once, for the build that tells it and the pages that choose by it.
"""

from __future__ import annotations

# Of fewer municipalities than these none is usual: whatever is newest is the latest.
FEWEST = 12


def _held(table: str) -> str:
    """SQL: how many municipalities have a value in each period of each indicator, and how many usually had one before."""
    return f"""
    select *, median(municipalities) over (
        partition by indicator order by period rows between unbounded preceding and 1 preceding) as usual
    from (
        select indicator, period, count(value) as municipalities from {table} group by all having count(value) > 0
    )
"""


def newest(table: str = '"values"') -> str:
    """SQL: `indicator` and its latest `period`, the newest that at least half of the usual municipalities have.

    `table`: the SQL name of what is read, with indicator, period and value of every municipality.
    """
    return f"""
    select indicator, max(period) as period from ({_held(table)})
    where 2 * municipalities >= coalesce(usual, 0) or usual < {FEWEST} group by indicator
"""


NEWEST = newest()

# SQL: the periods after the latest: `indicator`, `period`, `municipalities` that have it, and how many are `usual`.
UNFINISHED = f"""
    select held.* from ({_held('"values"')}) as held join ({NEWEST}) as newest using (indicator)
    where held.period > newest.period order by all
"""
