"""Limits and categories by column: as `limits` judges one."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from pipelines.verdicts.certainty import REGISTER
from pipelines.verdicts.columns import Floats, Truths
from pipelines.verdicts.describing import so_often
from pipelines.verdicts.limits import AMONG, SIDES, accepted_among, bounded, graded, operator_of
from pipelines.verdicts.many.rows import Places, Rows, described, floats, plain, verdicts_of
from pipelines.verdicts.many.sureness import with_strength
from pipelines.verdicts.methods import TINY
from pipelines.verdicts.targets import OPERATOR_LABELS, Verdict, names
from pipelines.verdicts.texts import Texts


def limits(rows: Rows) -> dict[int, Verdict]:
    """Limits whose latest year has a value that can be read, and is not made of items."""
    targets, observed, known = rows.targets, rows.observed, rows.known
    operators = [operator_of(one) if one.kind == "limit" else "" for one in targets]
    asked = np.array([one in OPERATOR_LABELS for one in operators], dtype=bool)
    places = _with_latest(rows, asked & ~np.isnan(rows.bound))
    itemed = [
        bool(known.items.get((targets[place].indicator, targets[place].municipality_code)))
        for place in places.tolist()
    ]
    places = places[~np.array(itemed, dtype=bool)]
    at = rows.last[places] - 1
    some = [targets[place] for place in places.tolist()]
    told = [operators[place] for place in places.tolist()]
    operator = np.array(told, dtype=str)
    value, bound = observed.value[at], rows.bound[places]
    alert, prudential = (
        floats(one.alert_value for one in some),
        floats(one.prudential_value for one in some),
    )
    outside = ~_hold(operator, value, bound)
    past = ~outside & ~np.isnan(prudential) & ~_hold(operator, value, prudential)
    warned = ~outside & ~past & ~np.isnan(alert) & ~_hold(operator, value, alert)
    status = np.select([outside, past, warned], ["outside", "prudential", "alert"], "within").tolist()
    line = np.where(outside | (~past & ~warned & np.isnan(alert)), bound, np.where(past, prudential, alert))
    owner, seen, broken, doubtful = _comparable(rows, places)
    inside = np.bincount(
        owner[_hold(operator[owner], observed.value[seen], bound[owner])], minlength=len(places)
    )
    years = np.bincount(owner, minlength=len(places))
    reasons = []
    for place, (target, word, number, sides) in enumerate(
        zip(
            some,
            status,
            value.tolist(),
            zip(bound.tolist(), prudential.tolist(), alert.tolist(), strict=True),
            strict=True,
        )
    ):
        text = Texts(target)
        when = text.when(observed.at(int(at[place])))
        lines = sides[0], plain(sides[1]), plain(sides[2])
        said, kept = bounded(text, told[place], number, lines, word, when)
        reasons.append(
            said
            + so_often(
                kept, int(inside[place]), int(years[place]), bool(broken[place]), bool(doubtful[place])
            )
        )
    way = np.array([SIDES.get(one) for one in told], dtype=float)
    given = described(rows, places, at, way, None) | {"status": status, "reason": reasons}
    ahead = np.array([one == "within" for one in status], dtype=bool)
    return verdicts_of(rows, places, given | with_strength(rows, places, at, line, ahead, way))


def _with_latest(rows: Rows, asked: Truths) -> Places:
    """Of the rows asked for, the places of those whose latest year has a plausible value that is not too old."""
    places = np.flatnonzero(asked & (rows.last > rows.first))
    at = rows.last[places] - 1
    places = places[~np.isnan(rows.observed.value[at])]
    at = rows.last[places] - 1
    return places[~(rows.implausible(at) | rows.too_old(places, at))]


def _hold(operator: NDArray[np.str_], value: Floats, bound: Floats) -> Truths:
    """Whether values are inside their bounds, as for one value; an equal one is for >=, <= and =, not for < and >."""
    slack = np.maximum(TINY * np.maximum(np.abs(value), np.abs(bound)), TINY)
    equal = (value == bound) | (np.abs(value - bound) <= slack)
    above = np.isin(operator, (">=", ">")) & (value > bound)
    below = np.isin(operator, ("<=", "<")) & (value < bound)
    return np.where(equal, np.isin(operator, (">=", "<=", "=")), above | below)


def _comparable(rows: Rows, places: Places) -> tuple[Places, Places, Truths, Truths]:
    """As `comparable`: number of the row and place of each observation that compares; which rows have breaks, and doubts."""
    observed = rows.observed
    first, last = rows.first[places], rows.last[places]
    many = last - first
    owner = np.repeat(np.arange(len(places)), many)
    seen = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    since = np.searchsorted(rows.broken, rows.broken[last], side="left") - 1
    broken = rows.broken[last] > rows.broken[first]
    doubtful_at = rows.implausible(seen)
    doubtful = np.bincount(owner[doubtful_at], minlength=len(places)) > 0
    kept = ~doubtful_at & ~np.isnan(observed.value[seen]) & (seen >= np.where(broken, since, first)[owner])
    return owner[kept], seen[kept], broken, doubtful


def categories(rows: Rows) -> dict[int, Verdict]:
    """Targets of categories whose latest year has one that is known."""
    targets, observed = rows.targets, rows.observed
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = defaultdict(list)
    for place in np.flatnonzero(rows.kind == "category").tolist():
        one = targets[place]
        groups[names(one.target_categories), names(one.categories)].append(place)
    found: dict[int, Verdict] = {}
    for (accepted, categories), members in groups.items():
        # A place more, so that the first category has place 1.
        within = np.array([False, *(accepted_among(one, accepted) for one in categories)])
        if not accepted or not within.any():
            continue
        asked = np.zeros(len(targets), dtype=bool)
        asked[members] = True
        places = np.flatnonzero(asked & (rows.last > rows.first))
        at = rows.last[places] - 1
        value = observed.value[at]
        known = (value == np.floor(value)) & (value >= 1) & (value <= len(categories))
        known[known] = ~rows.too_old(places[known], at[known])
        places, at, grade = places[known], at[known], value[known].astype(np.int64)
        owner, seen, broken, doubtful = _comparable(rows, places)
        old = observed.value[seen]
        graded_then = (old >= 1) & (old <= len(categories))
        owner, old = owner[graded_then], old[graded_then].astype(np.int64)
        inside = np.bincount(owner[within[old]], minlength=len(places))
        years = np.bincount(owner, minlength=len(places))
        wanted = [name for name, one in zip(categories, within[1:].tolist(), strict=True) if one]
        reasons = [
            graded(categories[one - 1], year, wanted) + so_often(AMONG, *counts)
            for one, year, *counts in zip(
                grade.tolist(),
                observed.year[at].tolist(),
                inside.tolist(),
                years.tolist(),
                broken.tolist(),
                doubtful.tolist(),
                strict=True,
            )
        ]
        held = within[grade].tolist()
        found |= verdicts_of(
            rows,
            places,
            {
                "status": ["within" if one else "outside" for one in held],
                "reason": reasons,
                "claim": ["ahead" if one else "behind" for one in held],
                "strength_basis": ["register"] * len(held),
                "latest_year": observed.year[at].tolist(),
                "latest_value": value[known],
                "certain_reason": [REGISTER] * len(held),
            },
        )
    return found
