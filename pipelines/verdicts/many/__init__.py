"""Thousands of targets judged at once, by column: numbers in arrays, and of each row only its sentences one by one.

Gives for every target what `judge` gives for it, to the last digit; a test holds the two equal. What a build has most of
goes by column: goals with a value in time, or with none, and limits and categories with a value. The rare shapes (three
years added up, a possible fall, items with dates of their own, what cannot be read) go to `judge` itself. Missing is NaN.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pipelines.verdicts.many.goals import goals
from pipelines.verdicts.many.limits import categories, limits
from pipelines.verdicts.many.rows import Known, Observed, Rows
from pipelines.verdicts.targets import Target, Verdict

__all__ = ["Known", "Observed", "judge_many"]


def judge_many(targets: Sequence[Target], observed: Observed, as_of: dt.date, known: Known) -> list[Verdict]:
    """The verdict on each target, seen from the date `as_of`: as `judge` with the grounds of its municipality.

    `observed`: of the targets' indicators and municipalities. Raises ValueError for an unknown kind of target.
    """
    found: dict[int, Verdict] = {}
    rows = Rows(targets, observed, as_of, known)
    for judged in (goals(rows), limits(rows), categories(rows)):
        found.update(judged)
    return [found[place] if place in found else rows.alone(place) for place in range(len(targets))]
