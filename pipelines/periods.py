"""Which period of an indicator is its latest.

A period that only a few municipalities have yet is published and shown where it is asked for, and is no "latest": a
ranking of it would rank the early ones. Held here once, for the build that tells it, what is judged and the pages that
choose by it.
"""

from __future__ import annotations

# Of fewer municipalities than these none is usual: whatever is newest is the latest.
FEWEST = 12
# SQL: of a row of `_held`, whether enough municipalities have it to be the latest.
_ENOUGH = f"(2 * municipalities >= coalesce(usual, 0) or usual < {FEWEST})"


def _held(table: str) -> str:
    """SQL: how many municipalities have a value in each period of each indicator, and how many usually had one before;
    of how many states, and of how many at most before.
    """
    return f"""
    select *, median(municipalities) over before as usual, max(states) over before as most_states
    from (
        select indicator, period, sum(many)::bigint as municipalities, count(*) as states
        from (
            select indicator, period, left(municipality_code, 2) as state, count(value) as many
            from {table} group by all having count(value) > 0
        ) group by all
    )
    window before as (partition by indicator order by period rows between unbounded preceding and 1 preceding)
"""


def newest(table: str = '"values"') -> str:
    """SQL: `indicator` and its latest `period`, the newest that at least half of the usual municipalities have.

    `table`: the SQL name of what is read, with indicator, period and value of every municipality.
    """
    return f"""
    select indicator, max(period) as period from ({_held(table)})
    where {_ENOUGH} group by indicator
"""


def judged(table: str = '"values"') -> str:
    """SQL: `indicator`, `state` (the first two digits of a municipality's code) and the latest `period` in that state.

    As `newest`, of each state by itself: a source may be national up to a year and of one state since, and a municipality
    is read by its own newest figure, whatever else of the country is shown beside it.
    """
    return f"""
    select indicator, state, max(period) as period from (
        select *, median(municipalities) over before as usual
        from (
            select indicator, period, left(municipality_code, 2) as state, count(value) as municipalities
            from {table} group by all having count(value) > 0
        )
        window before as (
            partition by indicator, state order by period rows between unbounded preceding and 1 preceding
        )
    )
    where {_ENOUGH} group by indicator, state
"""


def shown(table: str = '"values"') -> str:
    """SQL: as `newest`, the `period` that pages open on: of at least half of the states, too, that any before it had.

    A source may be national up to a year and of one state since: a map of that state alone is no map of the country. What
    is judged goes by `judged`, since each municipality's own figures are as new as they are.
    """
    return f"""
    select indicator, max(period) as period from ({_held(table)})
    where {_ENOUGH} and 2 * states >= coalesce(most_states, 0) group by indicator
"""


NEWEST = newest()

# SQL: the periods after the latest: `indicator`, `period`, `municipalities` that have it, and how many are `usual`.
UNFINISHED = f"""
    with held as materialized ({_held('"values"')})
    select indicator, held.period, municipalities, usual from held
    join (select indicator, max(period) as period from held where {_ENOUGH} group by indicator) as newest using (indicator)
    where held.period > newest.period order by all
"""
