"""What values may be read as among others, by column: margins of error, places, fifths, changes.

Pure functions of rows and declarations, for the build that keeps them and for pages that ask of another period.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipelines import verdicts
from pipelines.declarations import PASSES, Indicator
from pipelines.verdicts import columns
from pipelines.verdicts.columns import Floats

# The flag of a value beyond what can be: shown, and part of nothing that is reckoned over municipalities.
IMPLAUSIBLE = "implausible"
# How the state's value is made where its publisher states it.
PUBLISHED = "published"


def plausible(frame: pd.DataFrame) -> pd.Series:
    """Which rows hold no value beyond what can be; `frame` has `flag`."""
    return frame["flag"].astype(object).ne(IMPLAUSIBLE)


def _floats(column: pd.Series) -> Floats:
    found: Floats = column.to_numpy(dtype=float, na_value=np.nan)
    return found


def bounded(
    frame: pd.DataFrame, indicator: Indicator, swing: verdicts.Oscillation | None, people: Mapping[str, float]
) -> pd.DataFrame:
    """One indicator's values with the 95% interval of each as low and high; null where there is none.

    `frame` has municipality_code, value, numerator, denominator and flag. The interval is of the counts (Wilson's of a
    proportion, Poisson's of a rate), or of a cohort's usual oscillation `swing` in a town of its size (`people`, by code);
    estimated counts give no narrower an interval than the oscillation. Inside what is possible; none for what cannot be.
    """
    value, over, under = (_floats(frame[name]) for name in ("value", "numerator", "denominator"))
    low, high = _of_counts(indicator, over, under)
    if swing is not None:
        sizes = _sizes(frame, people)
        deviation = np.full(len(frame), np.nan)
        known = sizes > 0
        deviation[known] = [swing.level_deviation(size) for size in sizes[known].tolist()]
        # No true share lies above 100, whatever the range lets in.
        top = min(indicator.range[1], 100) if PASSES in indicator.caveats else indicator.range[1]
        wide = verdicts.MOVE_DEVIATIONS["firm"] * deviation
        least, most = np.maximum(value - wide, indicator.range[0]), np.minimum(value + wide, top)
        counted = ~np.isnan(low)
        swung = known & ~(counted & frame["flag"].astype(object).ne("estimated").to_numpy(bool))
        both = swung & counted
        low = np.where(both, np.minimum(least, low), np.where(swung, least, low))
        high = np.where(both, np.maximum(most, high), np.where(swung, most, high))
    told = ~np.isnan(value) & plausible(frame).to_numpy(bool)
    return frame.assign(low=np.where(told, low, np.nan), high=np.where(told, high, np.nan))


def _sizes(frame: pd.DataFrame, people: Mapping[str, float]) -> Floats:
    """The population of each row's municipality, NaN where it is not known."""
    return _floats(frame["municipality_code"].map(people).astype("float64"))


def _of_counts(indicator: Indicator, over: Floats, under: Floats) -> tuple[Floats, Floats]:
    if indicator.interval == "proportion":
        low, high = columns.wilson_intervals(over, under)
        return low * indicator.multiplier, high * indicator.multiplier
    if indicator.interval == "rate":
        return columns.rate_intervals(over, under, indicator.multiplier)
    return np.full(len(over), np.nan), np.full(len(over), np.nan)


def ranked(frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """One indicator's values with rank_low and rank_high, 1 being the best; `frame` has value, flag, low and high.

    Null without a direction, and for what is missing or cannot be, which takes nobody's place.
    """
    values = np.where(plausible(frame).to_numpy(bool), _floats(frame["value"]), np.nan)
    better = indicator.better if indicator.comparable else "none"
    first, last = columns.rank_intervals(values, _floats(frame["low"]), _floats(frame["high"]), better)
    return frame.assign(rank_low=_whole(first), rank_high=_whole(last))


def _whole(numbers: Floats) -> pd.api.extensions.ExtensionArray:
    """Whole numbers, null for NaN."""
    missing = np.isnan(numbers)
    return pd.arrays.IntegerArray(np.where(missing, 0, numbers).astype("int64"), missing)


def fifths(frame: pd.DataFrame, unsure: bool) -> pd.Series:
    """The fifth in which each row of one indicator's latest values lies for certain; null elsewhere.

    `frame` has numerator, low, rank_low, rank_high, ranked and position. `unsure`: of a cohort whose usual oscillation is
    not known well: only its counts tell.
    """
    ranks = _floats(frame["ranked"])
    last = np.where(ranks > 1, ranks - 1, np.nan)
    position, measured = _floats(frame["position"]), frame["low"].notna().to_numpy(bool)
    best = np.where(measured, (ranks - _floats(frame["rank_low"])) / last, position)
    worst = np.where(measured, (ranks - _floats(frame["rank_high"])) / last, position)
    found, other = (np.minimum(np.floor(share * 5), 4) for share in (best, worst))
    known = ~np.isnan(position) & (found == other)
    if unsure:
        known &= measured & frame["numerator"].notna().to_numpy(bool)
    return pd.Series(_whole(np.where(known, found, np.nan)), frame.index)


# What `Tables.changes` asks of the values of one indicator to a period: the last comparable ones of each municipality.
PAIRS = """
    with held as (
        select municipality_code, period, {new: value, year: year, over: numerator, under: denominator} as told,
            value is not null and flag is distinct from 'implausible' as able, break_before
        from "values" where indicator = $indicator and period <= $until
    ), since as (select municipality_code, max(period) as since from held where break_before group by all),
    pairs as (
        select municipality_code, arg_max(told, period) filter (period = $until) as now,
            arg_max(told, period) filter (period < $until) as then
        from held left join since using (municipality_code)
        where able and period >= coalesce(since, period) group by all
    )
    select municipality_code, m.name, now.new as value, "then".new as earlier_value, "then".year::bigint as earlier_year,
        now.new - "then".new as change, "then".over as old_over, "then".under as old_under, now.over as new_over,
        now.under as new_under
    from pairs join municipalities m using (municipality_code)
    where now is not null and "then" is not null order by municipality_code
"""
MOVES = ("municipality_code", "name", "value", "earlier_value", "earlier_year", "change", "certain")


def moves(
    frame: pd.DataFrame, interval: str, swing: verdicts.Oscillation | None, people: Mapping[str, float]
) -> pd.DataFrame:
    """The rows of PAIRS with `certain`: False where chance explains the change, None where neither counts nor a cohort's
    usual oscillation tell; the columns of MOVES. `interval`: as in `Indicator`; the others as in `bounded`.
    """
    over_1, under_1, over_2, under_2, change = (
        _floats(frame[name]) for name in ("old_over", "old_under", "new_over", "new_under", "change")
    )
    sizes = _sizes(frame, people)
    limits = np.array(
        [swing.limit(size) if swing is not None and size > 0 else np.nan for size in sizes.tolist()],
        dtype=float,
    )
    certain = columns.sure_changes(interval, (over_1, under_1), (over_2, under_2), change, limits)
    return frame.assign(certain=pd.Series(certain, frame.index, dtype=None if certain else "object"))[
        list(MOVES)
    ]
