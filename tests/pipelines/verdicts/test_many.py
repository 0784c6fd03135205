"""Targets judged at once: every row reads as the one judged by itself, whatever is missing, equal, late or impossible."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest

from pipelines.panel import Panel
from pipelines.verdicts import Item, Observation, Target, Verdict, judge
from pipelines.verdicts.many import Observed, judge_many
from pipelines.verdicts.strength import Field, Oscillation

DAY = dt.date(2026, 11, 22)
ROWS = 6000
NONE = float("nan")

CATEGORIES = ("A+", "A", "B", "C")
CODES = [f"{state}{number:05}" for state in (50, 35) for number in range(40)]
SWINGS: Mapping[str, Oscillation | None] = {
    "nota": Oscillation(0.01, 90.0, 1.9, 0.8, 5000),
    "taxa": Oscillation(4.0, 60_000.0, 2.0, 0.85, 120),
    "nada": None,
    "zero": Oscillation(0.0, 1e-320, 0.0, 0.0, 900),
}


def column(numbers: Sequence[float | None]) -> np.ndarray:
    return np.array([NONE if one is None else one for one in numbers], dtype=float)


def by_column(series: Mapping[tuple[str, str], Sequence[Observation]]) -> Observed:
    slices: dict[tuple[str, str], tuple[int, int]] = {}
    listed: list[Observation] = []
    for pair, seen in series.items():
        slices[pair] = len(listed), len(listed) + len(seen)
        listed += seen
    return Observed(
        slices,
        np.array([one.year for one in listed], dtype=np.int64),
        column([one.value for one in listed]),
        column([one.numerator for one in listed]),
        column([one.denominator for one in listed]),
        [one.flag for one in listed],
        np.array([one.break_before for one in listed], dtype=np.bool_),
        [one.period for one in listed],
    )


def drawn_series(chance: random.Random, top: float) -> list[Observation]:
    """A series of any length up to beyond the day's year, with all that a figure may carry."""
    years = sorted(chance.sample(range(2003, 2029), chance.choice([0, 1, 3, 6, 12, 20])))
    counted, level = chance.random() < 0.5, chance.uniform(0, top)
    found = []
    for year in years:
        value: float | None = round(level, chance.choice([0, 1, 4]))
        under = float(chance.choice([0, 15, 60, 400, 400, 30_000, 30_000, 2**40])) if counted else None
        over = None if under is None else float(round(min(level / top, 1.1) * under))
        if chance.random() < 0.05 and over is not None:
            over += 0.5
        if chance.random() < 0.1:
            value = None
        if chance.random() < 0.1:
            over = None
        flag = chance.choice([None] * 20 + ["implausible", "estimated", "estimated", "suppressed"])
        end = chance.choice([None, dt.date(year, 12, 31), dt.date(year, 8, 21)])
        found.append(Observation(year, value, over, under, flag, chance.random() < 0.02, end))
        level = min(max(level + chance.choice([0, 0, 1, -1]) * chance.uniform(0, top / 8), 0), top * 1.2)
    return found


def drawn_target(chance: random.Random, pair: tuple[str, str], seen: Sequence[Observation]) -> Target:
    """A target of any kind, often on a published value, so that what stands on its line is met."""
    values = [one.value for one in seen if one.value is not None] or [50.0]
    years = [one.year for one in seen] or [2015]

    def number() -> float | None:
        near = chance.choice(values)
        if chance.random() < 0.08:
            return chance.choice([None, NONE, -3.0])
        return chance.choice([near, near * 1.01, near + 1, near - 9, near + 20, 0.0, 60.0, 100.0])

    def year() -> int | None:
        return chance.choice([None, *years, 2004, 2010, 2019, 2026, 2030])

    kind = chance.choice(["goal"] * 4 + ["limit"] * 2 + ["category"])
    steps = {
        one: chance.uniform(0, 100) for one in chance.sample(range(2004, 2032), chance.choice([0, 0, 1, 9]))
    }
    return Target(
        plan=chance.choice(["um", "dois"]),
        plan_version=chance.choice([1, 2]),
        municipality_code=pair[1],
        indicator=pair[0],
        kind=kind,
        operator=chance.choice([None, ">=", "<=", ">", "<", "=", "~"]),
        baseline_year=year(),
        baseline_value=number(),
        target_year=year(),
        target_value=number(),
        target_categories=chance.choice([(), "A|B", ("A", "B"), "D", "B"]),
        alert_value=chance.choice([None, number()]),
        prudential_value=chance.choice([None, number()]),
        better=chance.choice([None, "none", *["higher", "lower"] * 6]),
        multiplier=chance.choice([1, 100, 100, 1000]),
        decimals=chance.choice([0, 1, 2]),
        unit=chance.choice(["", "%", "R$", "óbitos por mil nascidos vivos", "pendências"]),
        categories=CATEGORIES if kind == "category" else (),
        range_low=chance.choice([None, 0]),
        range_high=chance.choice([None, 100]),
        milestones=steps,
        window=chance.choice([1, 1, 1, 3]),
        interval=chance.choice([None, "none", "none", "proportion", "rate"]),
        cohort=chance.choice(["", "turma", "turma"]),
        meaningful=chance.choice([None, 0.5, 5.0]),
        rounded_to=chance.choice([None, 0.1, 1.0]),
        shelf_life=chance.choice([None, None, 24, 120]),
        share=chance.random() < 0.2,
        steps_of=chance.choice(["", "Inep e MEC"]),
    )


def drawn(seed: int) -> tuple[list[Target], dict[tuple[str, str], list[Observation]], Panel]:
    chance = random.Random(seed)
    series: dict[tuple[str, str], list[Observation]] = {}
    targets = []
    for name in (*SWINGS, "sem"):
        for code in CODES:
            graded = chance.random() < 0.2
            seen = drawn_series(chance, 5.0 if graded else 100.0)
            if seen or chance.random() < 0.5:
                series[name, code] = seen
    pairs = [(name, code) for name in (*SWINGS, "sem") for code in CODES]
    for _ in range(ROWS):
        pair = chance.choice(pairs)
        targets.append(drawn_target(chance, pair, series.get(pair, [])))
    stood = {
        (name, state): {
            year: Field(chance.uniform(0, 100), chance.uniform(0, 9), chance.choice([0.0, 4.0, 80.0]))
            for year in range(2003, 2029)
            if chance.random() < 0.8
        }
        for name in SWINGS
        for state in ("50", "35")
    }
    middles = {place: {year: one.middle for year, one in known.items()} for place, known in stood.items()}
    items = {
        pair: [
            Item(
                f"{number}.1 Item",
                chance.choice(["in_force", "pending", "unchecked"]),
                chance.choice([None, dt.date(2026, 11, 20), dt.date(2027, 1, 5)]),
            )
            for number in range(chance.choice([1, 3]))
        ]
        for pair in pairs
        if chance.random() < 0.05
    }
    people = {code: chance.choice([850.0, 12_000.0, 900_000.0]) for code in CODES if chance.random() < 0.9}
    return targets, series, Panel(people, SWINGS, stood, middles, items, dt.date(2026, 12, 1))


def alone(
    targets: Sequence[Target],
    series: Mapping[tuple[str, str], Sequence[Observation]],
    as_of: dt.date,
    known: Panel,
) -> list[Verdict]:
    found = []
    for one in targets:
        seen = series.get((one.indicator, one.municipality_code), ())
        grounds = known.grounds(one.indicator, one.municipality_code, (each.year for each in seen))
        found.append(judge(one, seen, as_of, grounds))
    return found


@pytest.mark.parametrize(("seed", "as_of"), [(1, DAY), (2, dt.date(2019, 6, 30)), (3, dt.date(2030, 1, 1))])
def test_every_row_reads_as_the_one_judged_by_itself(seed: int, as_of: dt.date) -> None:
    targets, series, known = drawn(seed)
    found, wanted = judge_many(targets, by_column(series), as_of, known), alone(targets, series, as_of, known)
    for target, one, other in zip(targets, found, wanted, strict=True):
        assert one == other, target
        # Numbers of plain kinds, as the table takes them.
        for item in fields(Verdict):
            assert type(getattr(one, item.name)) is type(getattr(other, item.name)), item.name
    # The drawing meets what it is made for.
    assert len({one.status for one in found}) == 12
    assert {one.strength_basis for one in found} == {"counts", "oscillation", "register", None}
    assert min(Counter(one.strength for one in found).values()) > ROWS / 100


def test_on_the_lines_themselves() -> None:
    """A pace of exactly 60% and 95%, a count of 20, a value a source's rounding away: and just beside each."""
    series: dict[tuple[str, str], list[Observation]] = {}
    targets = []
    for value in (40.0, 52.0, 59.0, 60.0, 80.0):
        for beside in (0.0, 1e-11, -1e-11, 1e-6, -1e-6):
            for count in (None, 19.0, 20.0):
                pair = "nota", f"{len(series):07}"
                under = None if count is None else count * 100 / (value + beside)
                base = Observation(2020, 40.0, 400.0, 1000.0)
                series[pair] = [base, Observation(2025, value + beside, count, under)]
                for line in (value - 0.5, value, value + 0.5, 80.0):
                    facts = Target(
                        indicator=pair[0], municipality_code=pair[1], better="higher", cohort="turma",
                        multiplier=100, interval=None if count else "none", rounded_to=0.5,
                    )  # fmt: skip
                    goal = replace(facts, baseline_year=2020, baseline_value=40.0, target_year=2030)
                    targets += [replace(goal, target_value=line), replace(goal, target_value=80.0)]
                    targets.append(replace(facts, kind="limit", operator=">=", target_value=line))
    known = Panel({code: 9000.0 for _, code in series}, SWINGS)
    found, wanted = judge_many(targets, by_column(series), DAY, known), alone(targets, series, DAY, known)
    for target, one, other in zip(targets, found, wanted, strict=True):
        assert one == other, target
    assert {"on_track", "at_risk", "off_track", "achieved"} <= {one.status for one in found}


def test_nothing_is_asked_and_nothing_is_known() -> None:
    nothing = by_column({})
    assert judge_many([], nothing, DAY, Panel()) == []
    kinds = [Target(kind=kind, better="higher", target_value=3.0) for kind in ("goal", "limit", "category")]
    assert judge_many(kinds, nothing, DAY, Panel()) == alone(kinds, {}, DAY, Panel())


def test_observations_by_column_are_those_of_one_by_one() -> None:
    _, series, _ = drawn(4)
    observed = by_column(series)
    assert observed == series
    assert observed["nota", CODES[0]] == series["nota", CODES[0]]
