"""What a value may be read as among others: its margin of error, its fifth, its name where several make it.

Pure functions of rows and declarations; the questions to the tables are in `dashboard.tables`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipelines import verdicts
from pipelines.declarations import Indicator

# The flag of a value beyond what can be: shown, and part of nothing that is reckoned over municipalities.
IMPLAUSIBLE = "implausible"
# How the state's value is made where its publisher states it.
PUBLISHED = "published"


def plausible(frame: pd.DataFrame) -> pd.Series:
    """Which rows hold no value beyond what can be; `frame` has `flag`."""
    return frame["flag"].astype(object).ne(IMPLAUSIBLE)


def together(place: str, method: str, scope: str, whole: bool = True) -> tuple[str, str]:
    """What the value of several municipalities is called, and the same for a narrow place.

    `method`: of `aggregates`, or "published"; `whole`: whether the place is all of the territory.
    `MS`, `Mediana dos municípios`, `Mediana dos municípios do país`.
    """
    if method == "median":
        if scope in ("state", "states", "country"):
            name = "Mediana dos municípios" if whole else f"Mediana dos municípios ({place})"
            return name, name
        return f"Região {place} (mediana dos municípios)", f"Região {place} (mediana)"
    if method == "ratio":
        return f"{place} (municípios somados)", place
    return place, place


def fifths(frame: pd.DataFrame, unsure: pd.Series) -> pd.Series:
    """The fifth in which each row of `latest` lies for certain; null elsewhere.

    `unsure`: whether a row is of a cohort whose usual oscillation is not known well: only its counts tell.
    """

    def fifth(share: pd.Series) -> pd.Series:
        return (share * 5).astype("Float64").map(math.floor, na_action="ignore").clip(upper=4).astype("Int64")

    last = (frame["ranked"] - 1).where(frame["ranked"] > 1)
    measured = frame["low"].notna()
    best = frame["position"].mask(measured, (frame["ranked"] - frame["rank_low"]) / last)
    worst = frame["position"].mask(measured, (frame["ranked"] - frame["rank_high"]) / last)
    found = fifth(best)
    known = frame["position"].notna() & (~unsure | (measured & frame["numerator"].notna()))
    return found.where(known & found.eq(fifth(worst)).fillna(False))


def bounded(frame: pd.DataFrame, bounds: Sequence[tuple[float | None, float | None]]) -> pd.DataFrame:
    """A frame of values with the 95% interval of each row as columns low and high; null where there is none."""
    return frame.assign(
        low=pd.Series([low for low, _ in bounds], frame.index, dtype="float64"),
        high=pd.Series([high for _, high in bounds], frame.index, dtype="float64"),
    )


def ranked(frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """One indicator's values with rank_low and rank_high, 1 being the best; `frame` has value, flag, low and high.

    Null without a direction, and for what is missing or cannot be, which takes nobody's place.
    """
    told = frame["value"].astype(object).where(frame["value"].notna() & plausible(frame), None)
    lows, highs = (
        frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in ("low", "high")
    )
    better = indicator.better if indicator.comparable else "none"
    ranks = verdicts.rank_interval(told.tolist(), lows, highs, better)
    return frame.assign(
        rank_low=pd.array([rank[0] if rank else None for rank in ranks], dtype="Int64"),
        rank_high=pd.array([rank[1] if rank else None for rank in ranks], dtype="Int64"),
    )


MOVES = ("municipality_code", "name", "value", "earlier_value", "earlier_year", "change", "certain")


def moves(frame: pd.DataFrame, until: pd.Timestamp, interval: str) -> pd.DataFrame:
    """How each municipality moved to its value of a period from the last comparable one before; the columns of MOVES.

    `frame`: of `Tables.series`, oldest first. `interval`: as in `Indicator`. `certain`: False where chance explains the
    change, None where neither counts nor a cohort's usual oscillation tell. What cannot be changes from nothing and to
    nothing.
    """
    rows = []
    # A data frame of each municipality would take longer than the whole table of a page.
    before = frame[frame["period"] <= until]
    known: dict[str, list[Any]] = {}
    for row in before.itertuples():
        if row.break_before:
            known[row.municipality_code] = []
        if row.flag != IMPLAUSIBLE and pd.notna(row.value):
            known.setdefault(row.municipality_code, []).append(row)
    for code, comparable in known.items():
        if len(comparable) >= 2 and comparable[-1].period == until:
            old, new = comparable[-2:]
            change = new.value - old.value
            counts = (old.numerator, old.denominator), (new.numerator, new.denominator)
            certain = verdicts.sure_change(interval, *counts, change, new.swing)
            rows.append((code, new.name, new.value, old.value, old.year, change, certain))
    return pd.DataFrame(rows, columns=list(MOVES))


def interval_of(
    indicator: Indicator,
    value: float | None,
    numerator: float | None,
    denominator: float | None,
    flag: str | None = None,
    deviation: float | None = None,
) -> tuple[float | None, float | None]:
    """The 95% interval of a value, inside what is possible: of its counts, or of a cohort's usual oscillation.

    `deviation`: of one edition's level there. Counts give Wilson's interval of a proportion, Poisson's of a rate;
    estimated ones no narrower an interval than the oscillation. None for what cannot be.
    """
    if value is None or flag == IMPLAUSIBLE:
        return None, None
    counted = _of_counts(indicator, numerator, denominator)
    if deviation is None or (counted is not None and flag != "estimated"):
        return counted or (None, None)
    # No true share lies above 100, whatever the range lets in.
    top = min(indicator.range[1], 100) if "pode_passar_de_100" in indicator.caveats else indicator.range[1]
    low = max(value - verdicts.MOVE_DEVIATIONS["firm"] * deviation, indicator.range[0])
    high = min(value + verdicts.MOVE_DEVIATIONS["firm"] * deviation, top)
    return (low, high) if counted is None else (min(low, counted[0]), max(high, counted[1]))


def _of_counts(
    indicator: Indicator, numerator: float | None, denominator: float | None
) -> tuple[float, float] | None:
    if numerator is None or not denominator or denominator <= 0:
        return None
    if indicator.interval == "proportion" and 0 <= numerator <= denominator:
        low, high = verdicts.wilson_interval(numerator, denominator)
        return low * indicator.multiplier, high * indicator.multiplier
    if indicator.interval == "rate":
        return verdicts.rate_interval(numerator, denominator, indicator.multiplier)
    return None
