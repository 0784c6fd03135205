"""What values may be read as among others, by column: margins of error, places, fifths, changes.

Pure functions of rows and declarations, for the build that keeps them and for pages that ask of another period.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


# What an interval and a change are reckoned of.
_COUNTED = ("value", "numerator", "denominator")


def plausible(frame: pd.DataFrame) -> pd.Series:
    """Which rows hold no value beyond what can be; `frame` has `flag`."""
    strange = frame["flag"].eq(IMPLAUSIBLE)
    return ~(strange if strange.dtype == bool else strange.fillna(False).astype(bool))


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
    _, low, high = _intervals(frame, indicator, swing, people)
    return frame.assign(low=low, high=high)


def ranked(
    frame: pd.DataFrame, indicator: Indicator, swing: verdicts.Oscillation | None, people: Mapping[str, float]
) -> pd.DataFrame:
    """The same, with rank_low and rank_high too, 1 being the best; the arguments as in `bounded`.

    Null without a direction, and for what is missing or cannot be, which takes nobody's place.
    """
    values, low, high = _intervals(frame, indicator, swing, people)
    better = indicator.better if indicator.comparable else "none"
    first, last = columns.rank_intervals(values, low, high, better)
    return frame.assign(low=low, high=high, rank_low=_whole(first), rank_high=_whole(last))


def _intervals(
    frame: pd.DataFrame, indicator: Indicator, swing: verdicts.Oscillation | None, people: Mapping[str, float]
) -> tuple[Floats, Floats, Floats]:
    """The values that can be, NaN for others, and the ends of their intervals; the arguments as in `bounded`."""
    value, over, under = (_floats(frame[name]) for name in _COUNTED)
    low, high = _of_counts(indicator, over, under)
    if swing is not None:
        sizes = _sizes(frame, people)
        deviation = np.full(len(frame), np.nan)
        known = sizes > 0
        deviation[known] = columns.level_deviations(swing, sizes[known])
        # No true share lies above 100, whatever the range lets in.
        top = min(indicator.range[1], 100) if PASSES in indicator.caveats else indicator.range[1]
        wide = verdicts.MOVE_DEVIATIONS["firm"] * deviation
        least, most = np.maximum(value - wide, indicator.range[0]), np.minimum(value + wide, top)
        counted = ~np.isnan(low)
        swung = known & ~(counted & frame["flag"].astype(object).ne("estimated").to_numpy(bool))
        both = swung & counted
        low = np.where(both, np.minimum(least, low), np.where(swung, least, low))
        high = np.where(both, np.maximum(most, high), np.where(swung, most, high))
    value = np.where(plausible(frame).to_numpy(bool), value, np.nan)
    told = ~np.isnan(value)
    return value, np.where(told, low, np.nan), np.where(told, high, np.nan)


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


# What `Tables.changes` asks where a municipality had no value in the period before: the last one, under the same method,
# before a period.
EARLIER = """
    select municipality_code::integer as number, told.*, true as able from (
        select municipality_code,
            arg_max({year: year, value: value, numerator: numerator, denominator: denominator}, period) filter (able) as told
        from (
            select *, value is not null and flag is distinct from 'implausible' as able from "values"
            where indicator = $indicator and period < $before and municipality_code in (select unnest($codes::varchar[]))
        ) group by all
        having max(period) filter (able) >= coalesce(max(period) filter (break_before), '-infinity')
    )
"""
MOVES = ("municipality_code", "name", "value", "earlier_value", "earlier_year", "change", "certain")


def moves(
    told: Mapping[str, Any], interval: str, swing: verdicts.Oscillation | None, people: Mapping[str, float]
) -> pd.DataFrame:
    """The columns of MOVES: what changed, and `certain`, False where chance explains it, None where neither counts nor a
    cohort's usual oscillation tell.

    `told`: by column municipality_code, name, value, numerator and denominator, and the same three as earlier_value,
    earlier_numerator and earlier_denominator, with earlier_year. `interval`: as in `Indicator`; the others as in `bounded`.
    """
    value, over, under = (told[name] for name in _COUNTED)
    old_value, old_over, old_under = (told[f"earlier_{name}"] for name in _COUNTED)
    change, limits = value - old_value, np.full(len(value), np.nan)
    if swing is not None:
        sizes = np.array([people.get(code, np.nan) for code in told["municipality_code"]], dtype=float)
        known = sizes > 0
        limits[known] = columns.usual_limits(swing, sizes[known])
    certain = columns.sure_changes(interval, (old_over, old_under), (over, under), change, limits)
    found = {**told, "change": change, "certain": pd.Series(certain, dtype=None if certain else "object")}
    return pd.DataFrame({name: found[name] for name in MOVES}, copy=False)
