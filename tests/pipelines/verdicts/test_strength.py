from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize

from pipelines.verdicts.strength import (
    FIRM,
    LIKELY,
    STRENGTH_LABELS,
    Field,
    Oscillation,
    cohort_move,
    cohort_probability,
    counts_move,
    expected_wrong,
    field_of,
    is_meaningful,
    probability_beyond,
    register_move,
    strength_of,
    usual_oscillation,
    weaker,
    worsening_strength,
)

# Literacy of municipal networks, 2023 to 2024, in the whole country, as published with the method.
LITERACY = Oscillation(a=21.98, b=1_262_600, k=2.341, k60=0.853, changes=5396)

# Limits of Jeffreys' 95% intervals as R's RSurveillance prints them: successes, total, lower, upper.
JEFFREYS = [
    (25, 200, 0.08462743, 0.176126),
    (10, 200, 0.02599340, 0.08687509),
    (20, 200, 0.06416642, 0.14729862),
    (50, 200, 0.19387268, 0.31330266),
    (80, 200, 0.33393964, 0.46893129),
]


@pytest.mark.parametrize(("successes", "total", "lower", "upper"), JEFFREYS)
def test_published_jeffreys_limits_leave_out_a_fortieth_on_each_side(
    successes: int, total: int, lower: float, upper: float
) -> None:
    counts: dict[str, Any] = {"numerator": successes, "denominator": total, "interval": "proportion"}
    under = probability_beyond(expected=lower, better="lower", **counts)
    over = probability_beyond(expected=100 * upper, better="higher", multiplier=100, **counts)
    assert under == pytest.approx(0.025, abs=2e-6)
    assert over == pytest.approx(0.025, abs=2e-6)


def test_a_rate_is_a_gamma_over_its_exposure() -> None:
    # Without events the posterior Gamma(1/2) has a closed form.
    none = probability_beyond(
        expected=2, better="lower", numerator=0, denominator=500, multiplier=1000, interval="rate"
    )
    assert none == pytest.approx(math.erf(math.sqrt(2 * 500 / 1000)))
    # One death in 60 births, against 1,000 per 100,000: the density of Gamma(3/2), added up.
    mass, _ = integrate.quad(
        lambda level: math.sqrt(level) * math.exp(-level) / math.gamma(1.5), 0.6, math.inf
    )
    one = probability_beyond(
        expected=1000, better="higher", numerator=1, denominator=60, multiplier=100_000, interval="rate"
    )
    assert one == pytest.approx(mass, rel=1e-6)


def test_a_level_with_a_deviation_is_normal() -> None:
    at = probability_beyond(expected=0, better="lower", value=-1.96, level_deviation=1)
    assert at == pytest.approx(0.9750021)
    assert probability_beyond(expected=5, better="higher", value=5, level_deviation=2, interval="none") == 0.5
    # The declared interval says how counts are read; where the source gives none, the level stands.
    assert (
        probability_beyond(
            expected=5,
            better="higher",
            value=5,
            level_deviation=2,
            numerator=None,
            denominator=80,
            interval="proportion",
        )
        == 0.5
    )
    # "none": the counts are no counts of chance (money), and only a level can tell.
    assert (
        probability_beyond(expected=5, better="higher", numerator=3, denominator=9, interval="none") is None
    )
    assert probability_beyond(expected=5, better="higher", numerator=3, denominator=9) is None


@pytest.mark.parametrize(
    "given_",
    [
        {"numerator": 70, "denominator": 60, "interval": "proportion"},
        {"numerator": 3.5, "denominator": 60, "interval": "proportion"},
        {"numerator": 3, "denominator": 60.5, "interval": "proportion"},
        {"numerator": 3.5, "denominator": 60, "interval": "rate"},
        {"numerator": -1, "denominator": 60, "interval": "proportion"},
        {"numerator": -1, "denominator": 60, "interval": "rate"},
        {"numerator": 0, "denominator": 0, "interval": "proportion"},
        {"numerator": 1, "denominator": 0, "interval": "rate"},
        {"numerator": 1, "denominator": -60, "interval": "rate"},
    ],
)
def test_counts_that_cannot_be_give_nothing_and_no_level_stands_in(given_: dict[str, Any]) -> None:
    for better in ("higher", "lower"):
        assert probability_beyond(expected=0.5, better=better, **given_) is None
        assert (
            probability_beyond(expected=0.5, better=better, value=0.4, level_deviation=0.1, **given_) is None
        )


@pytest.mark.parametrize(
    "given_",
    [
        {"expected": math.nan},
        {"expected": None},
        {"expected": math.inf},
        {"better": "none"},
        {"better": None},
        {"multiplier": 0},
        {"multiplier": -100},
        {"multiplier": math.nan},
        {"numerator": math.nan},
        {"numerator": 10**400},
        {"denominator": None},
        {"denominator": math.nan},
    ],
)
def test_nothing_is_said_without_line_side_scale_or_counts(given_: dict[str, Any]) -> None:
    counts: dict[str, Any] = {
        "numerator": 3,
        "denominator": 60,
        "interval": "proportion",
        "multiplier": 100,
    }
    assert probability_beyond(**{"expected": 10, "better": "higher", **counts}) is not None
    assert probability_beyond(**{"expected": 10, "better": "higher", **counts, **given_}) is None


@pytest.mark.parametrize("deviation", [0, -1, math.nan, math.inf, None])
def test_a_level_without_deviation_says_nothing(deviation: float | None) -> None:
    assert probability_beyond(expected=5, better="higher", value=9, level_deviation=deviation) is None


def test_lines_outside_the_scale_are_passed_by_all_or_none() -> None:
    counts: dict[str, Any] = {
        "numerator": 100,
        "denominator": 100,
        "multiplier": 100,
        "interval": "proportion",
    }
    assert probability_beyond(expected=-3, better="higher", **counts) == 1
    assert probability_beyond(expected=-3, better="lower", **counts) == 0
    assert probability_beyond(expected=0, better="lower", **counts) == 0
    assert probability_beyond(expected=110, better="higher", **counts) == 0
    assert probability_beyond(expected=110, better="lower", **counts) == 1
    # All of 100 does not make "at least 100%" of the true level any likelier than nothing.
    assert probability_beyond(expected=100, better="higher", **counts) == 0
    assert probability_beyond(expected=0, better="lower", numerator=0, denominator=9, interval="rate") == 0
    # A rate has no upper end.
    above = probability_beyond(expected=1.2, better="higher", numerator=60, denominator=50, interval="rate")
    assert above == pytest.approx(0.5, abs=0.06)


@given(
    successes=st.integers(0, 5000),
    failures=st.integers(0, 5000),
    line=st.floats(-20, 120),
    step=st.floats(0, 30),
    interval=st.sampled_from(["proportion", "rate"]),
)
def test_the_two_sides_add_to_one_and_a_higher_line_is_harder(
    successes: int, failures: int, line: float, step: float, interval: str
) -> None:
    counts: dict[str, Any] = {
        "numerator": successes,
        "denominator": successes + failures + 1,
        "multiplier": 100,
        "interval": interval,
    }
    above = probability_beyond(expected=line, better="higher", **counts)
    below = probability_beyond(expected=line, better="lower", **counts)
    harder = probability_beyond(expected=line + step, better="higher", **counts)
    assert above is not None and below is not None and harder is not None
    assert 0 <= above <= 1 and 0 <= below <= 1
    assert above + below == pytest.approx(1)
    assert harder <= above + 1e-9


@given(
    value=st.floats(-1e6, 1e6),
    deviation=st.floats(1e-3, 1e6),
    line=st.floats(-1e6, 1e6),
)
def test_mirrored_levels_have_mirrored_sides(value: float, deviation: float, line: float) -> None:
    above = probability_beyond(expected=line, better="higher", value=value, level_deviation=deviation)
    mirrored = probability_beyond(expected=-line, better="lower", value=-value, level_deviation=deviation)
    assert above == mirrored


def test_strengths_begin_at_their_probabilities() -> None:
    assert [strength_of(p) for p in (FIRM, 0.9749, LIKELY, 0.7999, 0.0, 1.0)] == [
        "firm", "likely", "likely", "unclear", "unclear", "firm",
    ]  # fmt: skip
    assert strength_of(None) is None and strength_of(math.nan) is None
    assert strength_of(None, within_rounding=True) is None
    assert strength_of(1.0, at_most_likely=True) == "likely"
    assert strength_of(0.5, at_most_likely=True) == "unclear"
    assert strength_of(1.0, within_rounding=True) == "unclear"
    assert set(STRENGTH_LABELS) == {"firm", "likely", "unclear"}


def test_the_weaker_is_unknown_where_one_is() -> None:
    assert weaker("firm", "firm") == "firm"
    assert weaker("likely", "unclear", "firm") == "unclear"
    assert weaker("unclear", None) is None and weaker() is None


def test_expected_wrong_counts_firm_and_likely_claims_alone() -> None:
    assert expected_wrong([0.9] * 12 + [0.79, 0.5, None, math.nan]) == pytest.approx(1.2)
    assert expected_wrong([]) == 0


# Usual oscillation


def panel(seed: int, size: int, a: float, b: float) -> tuple[list[float], list[float]]:
    """Changes of municipalities of Brazilian sizes, drawn with variance a + b / population."""
    chance = np.random.default_rng(seed)
    populations = np.exp(chance.normal(9.4, 1.1, size)).round() + 800
    changes = chance.normal(0, np.sqrt(a + b / populations))
    return changes.tolist(), populations.tolist()


def test_the_fit_finds_what_a_panel_was_drawn_with() -> None:
    found = usual_oscillation(*panel(7, 6000, 20, 1_200_000))
    assert found is not None
    assert found.changes == 6000 and not found.at_most_likely
    for population in (3000, 10_000, 100_000):
        assert found.sigma(population) == pytest.approx(math.sqrt(20 + 1_200_000 / population), rel=0.06)
    # Normal changes: 95 of 100 within 1.96 sigma, 60 within 0.84; hence level = change / root of 2.
    assert found.k == pytest.approx(1.96, rel=0.04)
    assert found.k60 == pytest.approx(0.84, rel=0.04)
    assert found.level_deviation(9000) == pytest.approx(found.sigma(9000) / math.sqrt(2), rel=0.04)
    changes, populations = panel(7, 6000, 20, 1_200_000)
    inside = [abs(c) <= found.limit(p) for c, p in zip(changes, populations, strict=True)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.0005)


def by_the_book(changes: Sequence[float], populations: Sequence[float]) -> tuple[float, float, float, float]:
    """The five steps again, with the general solver of non-negative least squares."""
    pairs = sorted(zip(populations, changes, strict=True), key=lambda pair: pair[0])
    size = np.array([pair[0] for pair in pairs])
    move = np.abs([pair[1] for pair in pairs])
    groups = max(4, min(20, len(move) // 15))
    s2 = np.array([(1.4826 * np.median(g)) ** 2 for g in np.array_split(move, groups)])
    x = np.array([np.mean(1 / g) for g in np.array_split(size, groups)])
    count = np.array([len(g) for g in np.array_split(move, groups)])
    columns = np.column_stack([np.ones(groups), x])
    weights = np.sqrt(count) / s2
    line, _ = optimize.nnls(columns * weights[:, None], s2 * weights)
    for _ in range(10):
        weights = np.sqrt(count) / (columns @ line)
        line, _ = optimize.nnls(columns * weights[:, None], s2 * weights)
    sigma = np.sqrt(line[0] + line[1] / size)
    k, k60 = np.percentile(move / sigma, [95, 60])
    return float(line[0]), float(line[1]), float(k), float(k60)


@pytest.mark.parametrize(
    ("size", "a", "b"), [(60, 4, 9000), (61, 0, 90_000), (199, 4, 0), (299, 1, 50_000), (700, 0.05, 1000)]
)
@pytest.mark.parametrize("seed", range(4))
def test_the_fit_is_that_of_the_general_solver(seed: int, size: int, a: float, b: float) -> None:
    changes, populations = panel(seed, size, a, b)
    found = usual_oscillation(changes, populations)
    assert found is not None
    assert (found.a, found.b, found.k, found.k60) == pytest.approx(
        by_the_book(changes, populations), rel=1e-6, abs=1e-9
    )
    assert found.a >= 0 and found.b >= 0


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(60, 400), scale=st.floats(0.01, 1000))
def test_the_unit_and_the_sign_of_changes_do_not_matter(seed: int, size: int, scale: float) -> None:
    changes, populations = panel(seed, size, 5, 100_000)
    plain = usual_oscillation(changes, populations)
    scaled = usual_oscillation([-scale * change for change in changes], populations)
    assert plain is not None and scaled is not None
    assert scaled.sigma(5000) == pytest.approx(scale * plain.sigma(5000), rel=1e-6)
    assert (scaled.k, scaled.k60) == pytest.approx((plain.k, plain.k60), rel=1e-6)


def test_too_few_or_still_changes_say_nothing_of_what_is_usual() -> None:
    changes, populations = panel(1, 59, 4, 9000)
    assert usual_oscillation(changes, populations) is None
    assert usual_oscillation([], []) is None
    assert usual_oscillation([0.0] * 300, panel(1, 300, 4, 9000)[1]) is None
    short, enough = usual_oscillation(*panel(1, 199, 4, 9000)), usual_oscillation(*panel(1, 200, 4, 9000))
    assert short is not None and short.at_most_likely
    assert enough is not None and not enough.at_most_likely
    with pytest.raises(ValueError, match="same length"):
        usual_oscillation([1.0] * 60, [1000] * 61)


def test_changes_without_a_town_are_left_out() -> None:
    changes, populations = panel(3, 80, 4, 9000)
    holes: list[float | None] = [*changes, None, math.nan, 5.0, 5.0, 5.0]
    sizes: list[float | None] = [*populations, 9000, 9000, None, 0, math.nan]
    assert usual_oscillation(holes, sizes) == usual_oscillation(changes, populations)


def test_a_group_that_stood_still_does_not_rule_the_fit() -> None:
    changes, populations = panel(5, 300, 4, 90_000)
    order = np.argsort(populations)
    for place in order[-15:]:
        changes[place] = 0.0
    found = usual_oscillation(changes, populations)
    assert found is not None
    assert found.sigma(3000) == pytest.approx(math.sqrt(4 + 30), rel=0.5)


@pytest.mark.parametrize("population", [0, -1, math.nan, math.inf])
def test_nothing_is_usual_of_a_town_without_people(population: float) -> None:
    with pytest.raises(ValueError, match="positive population"):
        LITERACY.sigma(population)


def test_the_published_reference() -> None:
    assert LITERACY.sigma(3000) == pytest.approx(21.04, rel=0.01)
    assert LITERACY.sigma(10_000) == pytest.approx(12.18, rel=0.01)
    assert LITERACY.sigma(100_000) == pytest.approx(5.88, rel=0.01)
    # Corumbá, 99,107 inhabitants: from 41.5 to 38.3, expected 47.61.
    deviation = LITERACY.level_deviation(99_107)
    assert deviation == pytest.approx(4.98, rel=0.01)
    behind = probability_beyond(
        expected=41.5 + 0.95 * (47.61 - 41.5), better="lower", value=38.3, level_deviation=deviation
    )
    assert behind == pytest.approx(0.965, rel=0.01)
    assert strength_of(behind) == "likely"


def test_the_second_published_reference() -> None:
    ideb = Oscillation(a=0.0580, b=1079, k=2.176, k60=0.822, changes=36_455)
    sigmas = [ideb.sigma(population) for population in (3000, 10_000, 100_000)]
    assert sigmas == pytest.approx([0.65, 0.41, 0.26], rel=0.01)
    assert ideb.limit(10_000) == pytest.approx(0.89, rel=0.01)


# Extremes fall back


def test_the_field_is_the_spread_of_levels_without_their_swing() -> None:
    field = field_of([40, 50, 60, 70, 95, None, 80, math.nan], [10, 10, 10, 10, 10, 10, None, 10])
    assert field is not None
    assert (field.middle, field.mad) == pytest.approx((60, 14.826))
    assert field.true_variance == pytest.approx(14.826**2 - 100)
    # Where swing explains all, a quarter of what is seen is still taken for real.
    blurred = field_of([40, 50, 60, 70, 95], [30] * 5)
    assert blurred is not None and blurred.true_variance == pytest.approx(14.826**2 / 4)
    assert field_of([None], [3.0]) is None and field_of([], []) is None
    with pytest.raises(ValueError):
        field_of([1.0], [])


@given(
    value=st.floats(0, 100),
    deviation=st.floats(0.1, 40),
    middle=st.floats(0, 100),
    true_variance=st.floats(0, 1000),
)
def test_the_filter_draws_towards_the_middle(
    value: float, deviation: float, middle: float, true_variance: float
) -> None:
    level, kept = Field(middle, 1, true_variance).filtered(value, deviation)
    assert min(value, middle) - 1e-9 <= level <= max(value, middle) + 1e-9
    assert 0 <= kept <= deviation


@given(
    value=st.floats(0, 100),
    deviation=st.floats(0.1, 40),
    line=st.floats(0, 100),
    middle=st.floats(0, 100),
    true_variance=st.floats(0, 1000),
    better=st.sampled_from(["higher", "lower"]),
)
def test_a_claim_takes_the_smaller_probability(
    value: float, deviation: float, line: float, middle: float, true_variance: float, better: str
) -> None:
    field = Field(middle, 1, true_variance)
    level, drawn_deviation = field.filtered(value, deviation)
    ahead = probability_beyond(expected=line, better=better, value=value, level_deviation=deviation)
    drawn = probability_beyond(expected=line, better=better, value=level, level_deviation=drawn_deviation)
    assert ahead is not None
    claims: dict[str, Any] = {
        "expected": line, "better": better, "value": value, "level_deviation": deviation,
    }  # fmt: skip
    found = cohort_probability(side="ahead", field=field, **claims)
    behind = cohort_probability(side="behind", field=field, **claims)
    assert found is not None and behind is not None
    assert found <= ahead and behind <= 1 - ahead + 1e-9
    if drawn is not None:
        assert found == pytest.approx(min(ahead, drawn))
        assert behind == pytest.approx(min(1 - ahead, 1 - drawn), abs=1e-9)
    assert cohort_probability(side="ahead", field=None, **claims) == ahead


def test_where_a_state_stands_at_one_level_a_claim_needs_its_side() -> None:
    still = field_of([60.0, 60.0, 60.0, 80.0], [5.0] * 4)
    assert still is not None and still.true_variance == 0
    claims: dict[str, Any] = {"better": "higher", "value": 80, "level_deviation": 5, "field": still}
    assert cohort_probability(side="ahead", expected=70, **claims) == 0
    assert cohort_probability(side="ahead", expected=55, **claims) == pytest.approx(1)
    with pytest.raises(ValueError, match="ahead or behind"):
        cohort_probability(side="near", expected=55, **claims)
    assert cohort_probability(side="ahead", expected=None, **claims) is None
    assert cohort_probability(side="behind", expected=55, **{**claims, "better": "none"}) is None
    assert cohort_probability(side="behind", expected=55, **{**claims, "better": None}) is None


# Moving away


def test_counts_move_by_newcombe_and_by_two_poisson_means() -> None:
    def moved(before: int, base: int, after: int, whole: int, interval: str | None) -> str | None:
        return counts_move(
            baseline_numerator=before, baseline_denominator=base, numerator=after, denominator=whole, interval=interval,
        )  # fmt: skip

    # Newcombe's example (a), 56/70 against 48/80, leaves out zero at 95%, whichever comes first.
    assert moved(56, 70, 48, 80, "proportion") == moved(48, 80, 56, 70, "proportion") == "firm"
    assert moved(56, 70, 58, 80, "proportion") == "likely"
    assert moved(56, 70, 63, 80, "proportion") == "unclear"
    assert moved(3, 300, 12, 300, "rate") == "firm"
    assert moved(3, 300, 6, 300, "rate") == "likely"
    assert moved(3, 300, 4, 300, "rate") == moved(0, 300, 0, 400, "rate") == "unclear"
    for counts in ((5, 4, 3, 4), (3, 4, 5, 4), (-1, 4, 3, 4), (3, 0, 3, 4)):
        assert moved(*counts, "proportion") is None
    assert moved(5, 4, 3, 4, "rate") is not None
    assert moved(56, 70, 48, 80, "none") is None and moved(56, 70, 48, 80, None) is None
    assert counts_move(
        baseline_numerator=None, baseline_denominator=70, numerator=48.0, denominator=80, interval="rate"
    ) is None  # fmt: skip
    assert counts_move(
        baseline_numerator=56, baseline_denominator=70, numerator=47.5, denominator=80, interval="rate"
    ) is None  # fmt: skip


def test_a_small_town_far_above_the_others_has_not_moved_by_falling() -> None:
    field = Field(middle=57, mad=12, true_variance=73)
    # From 97 to 65.7 in a town of 3,000: inside the limit of 49, and luck explains most of the start.
    small: dict[str, Any] = {"oscillation": LITERACY, "field": field, "population": 3000}
    assert cohort_move(baseline=97, value=65.7, **small) == "unclear"
    assert cohort_move(baseline=97, value=65.7, **{**small, "field": None}) == "likely"
    # The same fall in a town of 800,000 is none of chance.
    assert cohort_move(baseline=97, value=65.7, **{**small, "population": 800_000}) == "firm"
    assert cohort_move(baseline=65.7, value=97, **{**small, "population": 800_000}) == "firm"


def test_a_move_needs_both_bounds_and_both_the_same_way() -> None:
    usual = Oscillation(a=1, b=0, k=2, k60=0.85, changes=1000)
    own = usual.level_deviation(9000)
    alone: dict[str, Any] = {"oscillation": usual, "field": None, "population": 9000}
    # Without a field the second bound is 1.96 x level deviation x root of 2, which is the limit itself.
    assert cohort_move(baseline=10, value=7.9, **alone) == "firm"
    assert cohort_move(baseline=10, value=8.1, **alone) == "likely"
    assert cohort_move(baseline=10, value=9.2, **alone) == "unclear"
    assert cohort_move(baseline=10, value=10, **alone) == "unclear"
    # The field puts the start where the end is: no move, however far the values are apart.
    low = Field(middle=10 - 2.1 / 0.5, mad=1, true_variance=own**2)
    assert low.filtered(10, own)[0] == pytest.approx(7.9)
    assert cohort_move(baseline=10, value=7.9, **{**alone, "field": low}) == "unclear"
    short = Oscillation(a=1, b=0, k=2, k60=0.85, changes=80)
    assert cohort_move(baseline=10, value=7.9, **{**alone, "oscillation": short}) == "likely"
    for missing in ({"oscillation": None}, {"population": None}, {"population": 0}):
        assert cohort_move(baseline=10, value=7.9, **{**alone, **missing}) is None
    assert cohort_move(baseline=None, value=7.9, **alone) is None
    assert cohort_move(baseline=10, value=math.nan, **alone) is None


def test_a_worsening_needs_move_side_and_a_change_worth_a_decision() -> None:
    assert register_move(change=-0.1, meaningful=0.1) == "firm"
    assert register_move(change=-0.09, meaningful=0.1) == "unclear"
    assert register_move(change=None, meaningful=0.1) is None
    assert is_meaningful(0.735 - 0.74, 0.005) and not is_meaningful(0, 0) and not is_meaningful(1, None)
    assert worsening_strength(move="firm", side="firm", change=-2, meaningful=1) == "firm"
    assert worsening_strength(move="likely", side="firm", change=-2, meaningful=1) == "likely"
    for silent in (
        {"move": "unclear"},
        {"side": "unclear"},
        {"side": None},
        {"change": -0.5},
        {"change": None},
    ):
        said: dict[str, Any] = {"move": "firm", "side": "firm", "change": -2, "meaningful": 1, **silent}
        assert worsening_strength(**said) is None


def test_a_fit_that_does_not_shrink_with_population_says_nothing_of_a_size() -> None:
    """Of rare events the small half of the towns counts none: their median change is zero where they swing most."""
    changes, populations = panel(5, 600, 4, 90_000)
    order = np.argsort(populations)
    for place in order[:300]:
        changes[place] = 0.0
    flat, usual = usual_oscillation(changes, populations), usual_oscillation(*panel(5, 600, 4, 90_000))
    assert flat is not None and usual is not None
    assert (flat.b, flat.of_size, usual.of_size) == (0.0, False, True)
