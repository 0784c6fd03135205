"""What a value may be read as among others: its margin of error, its fifth, its name where several make it.

Pure functions of rows and declarations; the questions to the tables are in `dashboard.tables`.
"""

from __future__ import annotations

import math

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


def together(place: str, method: str, scope: str) -> tuple[str, str]:
    """What the value of several municipalities is called, and the same for a narrow place.

    `method`: of `aggregates`, or "published". `Mato Grosso do Sul`, `Mediana dos municípios`.
    """
    if method == "median":
        if scope == "state":
            return "Mediana dos municípios", "Mediana dos municípios"
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
