"""Which period of an indicator is its latest.

A period that only a few municipalities have yet is published and shown where it is asked for, and is no "latest": a
ranking of it would rank the early ones. Held here once, for the build that tells it and the pages that choose by it.
"""

from __future__ import annotations

# How many municipalities have a value in each period of each indicator, and how many usually had one before.
_HELD = """
    select *, median(municipalities) over (
        partition by indicator order by period rows between unbounded preceding and 1 preceding) as usual
    from (
        select indicator, period, count(value) as municipalities from "values" group by all having count(value) > 0
    )
"""

# SQL: `indicator` and its latest `period`, the newest that at least half of the usual municipalities have.
NEWEST = f"""
    select indicator, max(period) as period from ({_HELD})
    where 2 * municipalities >= coalesce(usual, 0) group by indicator
"""

# SQL: the periods after the latest: `indicator`, `period`, `municipalities` that have it, and how many are `usual`.
UNFINISHED = f"""
    select held.* from ({_HELD}) as held join ({NEWEST}) as newest using (indicator)
    where held.period > newest.period order by all
"""
