"""The methods against published examples, and what holds of them for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from pipelines import verdicts
from pipelines.verdicts import (
    byar_interval,
    cagr_ratio,
    cagr_score,
    cagr_status,
    expected_value,
    linear_pace,
    newcombe_interval,
    poisson_p_value,
    rank_interval,
    rate_interval,
    trend,
    un_progress,
    wilson_interval,
)

# Statistics Canada, CIF hub: baseline, year, latest, year, target, year, direction; ratio, printed score,
# class; pace and UN progress computed from the same data.
PUBLISHED = [
    ((14.5, 2015, 10.4, 2023, 7.25, 2030), "lower",
     0.9010899547, 2.150695, "acceleration_needed", 1.0603, 0.927),
    ((699, 2014, 666.6, 2024, 490, 2030), "lower", 0.2156287997, -1.601539, "limited", 0.248, 0.245),
    ((0.37, 2015, 9.53, 2025, 60, 2030), "higher", 0.9504069883, 2.502962, "on_track", 0.23, 0.805),
    ((66, 2016, 64, 2021, 71, 2030), "higher", -1.1731882601, -5, "deterioration", -1.12, -1.090),
]  # fmt: skip


@pytest.mark.parametrize(("numbers", "better", "ratio", "score", "status", "pace", "share"), PUBLISHED)
def test_published_examples(
    numbers: tuple[float, int, float, int, float, int],
    better: str,
    ratio: float,
    score: float,
    status: str,
    pace: float,
    share: float,
) -> None:
    found = cagr_ratio(*numbers, better)
    assert found is not None
    assert f"{found:.10f}" == f"{ratio:.10f}"
    # The publisher's spreadsheet rounds the coefficients to four decimals; with them its six digits come out.
    printed = min(7.1429 * found - 4.2857, 5) if found >= 0.6 else max(4.1667 * found - 2.5, -5)
    assert printed == pytest.approx(score, abs=5e-7)
    assert cagr_score(found, False) == pytest.approx(score, abs=1e-4)
    assert cagr_status(found, False) == status
    assert linear_pace(*numbers) == pytest.approx(pace, abs=5e-4 if abs(pace) < 1 else 5e-5)
    assert un_progress(*numbers) == pytest.approx(share, abs=6e-4)


def test_published_intervals() -> None:
    assert byar_interval(65) == pytest.approx((50.16319, 82.84914), abs=5e-6)
    assert byar_interval(1) == pytest.approx((0.0130721, 5.5637556), abs=5e-8)
    assert byar_interval(10, 0.998) == pytest.approx((2.916318, 24.193725), abs=5e-7)
    assert byar_interval(0)[0] == 0
    assert wilson_interval(65, 100) == pytest.approx((0.552544, 0.736358), abs=5e-7)
    assert wilson_interval(1045, 5000) == pytest.approx((0.197955, 0.220491), abs=5e-7)
    assert [round(limit) for limit in rate_interval(1, 60, 100_000)] == [42, 9286]


def test_rate_interval_changes_method_at_ten() -> None:
    exact = (stats.chi2.ppf(0.025, 18) / 2, stats.chi2.ppf(0.975, 20) / 2)
    assert rate_interval(9, 1) == pytest.approx(exact)
    assert rate_interval(10, 1) == pytest.approx(byar_interval(10))
    assert rate_interval(0, 50, 1000)[0] == 0


def test_newcombe_published_example() -> None:
    # Newcombe 1998, example (c): 9/10 against 3/10.
    assert newcombe_interval(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_trend_published_example() -> None:
    found = trend(
        [92.6254, 92.3221, 90.8708, 90.017, 90.1013],
        [92.4168, 92.1072, 90.6358, 89.7694, 89.8578],
        [92.8288, 92.5315, 91.1004, 90.2594, 90.3396],
    )
    assert found.direction == "decreasing"
    assert found.slope == pytest.approx(-0.7405, abs=5e-5)
    assert found.chi2 == pytest.approx(418.54, abs=5e-3)


def test_trend_is_not_computable_rather_than_none() -> None:
    values, lows, highs = [1.0, 2, 3, 4, 5], [0.9, 1.9, 2.9, 3.9, 4.9], [1.1, 2.1, 3.1, 4.1, 5.1]
    assert trend(values, lows, highs).direction == "increasing"
    assert trend(values[:4], lows[:4], highs[:4]) == verdicts.Trend(None, None, "not_computable")
    assert trend([1, 2, None, 4, 5], lows, highs).direction == "not_computable"
    assert trend(values, [*lows[:4], 5.1], highs).direction == "not_computable"
    # Only the last five points count.
    assert trend([9, *values], [None, *lows], [None, *highs]).direction == "increasing"


def test_trend_needs_no_single_point() -> None:
    # Chi-square is far beyond the threshold, but without the last point the slope turns.
    values = [5.0, 4.0, 3.0, 2.0, 30.0]
    found = trend(values, [value - 0.5 for value in values], [value + 0.5 for value in values])
    assert found.chi2 is not None
    assert found.chi2 > verdicts.TREND_CHI2
    assert found.direction == "none"


# The first call of a SciPy distribution is slow, which says nothing about the function under test.
steady = settings(deadline=None)


years = st.integers(2000, 2020)


positive = st.floats(0.01, 1e6)


values = st.floats(-1e6, 1e6)


@steady
@given(years, st.integers(1, 20), st.integers(1, 20), positive, positive, positive)
def test_direction_only_turns_the_sign(
    start: int, to_latest: int, to_target: int, y0: float, yi: float, target: float
) -> None:
    numbers = (y0, start, yi, start + to_latest, target, start + to_target)
    up, down = cagr_ratio(*numbers, "higher"), cagr_ratio(*numbers, "lower")
    if up is None:
        assert down is None
    else:
        assert down == -up
    assert cagr_ratio(*numbers, "none") is None


@steady
@given(years, st.integers(1, 20), st.integers(0, 25), values, values)
def test_on_the_path_the_pace_is_one(start: int, length: int, after: int, y0: float, target: float) -> None:
    assume(abs(target - y0) > 1e-3 * max(1, abs(y0), abs(target)))
    expected = expected_value(y0, start, target, start + length, start + after)
    assert expected is not None
    pace = linear_pace(y0, start, expected, start + after, target, start + length)
    if after == 0:
        assert pace is None
    else:
        assert pace == pytest.approx(1)


@steady
@given(
    years, st.integers(1, 15), values, values, st.dictionaries(st.integers(2000, 2040), values, max_size=6)
)
def test_the_path_meets_its_corners(
    start: int, length: int, y0: float, target: float, milestones: dict[int, float]
) -> None:
    end = start + length
    assert expected_value(y0, start, target, end, start, milestones) == y0
    assert expected_value(y0, start, target, end, end, milestones) == pytest.approx(target, abs=1e-6)
    assert expected_value(y0, start, target, end, end + 7, milestones) == pytest.approx(target, abs=1e-6)
    for year, value in milestones.items():
        if start < year < end:
            assert expected_value(y0, start, target, end, year, milestones) == pytest.approx(value, abs=1e-6)


@steady
@given(st.floats(-10, 10), st.floats(-10, 10))
def test_the_score_rises_with_the_ratio(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert -5 <= cagr_score(low, False) <= cagr_score(high, False) <= 5


@steady
@given(st.integers(0, 5000), st.sampled_from([0.8, 0.95, 0.998]))
def test_byar_holds_the_count_and_widens(count: int, confidence: float) -> None:
    low, high = byar_interval(count, confidence)
    assert 0 <= low <= count < high
    wider = byar_interval(count, 0.9999)
    assert wider[0] <= low
    assert wider[1] >= high


@steady
@given(st.integers(1, 10_000), st.data())
def test_wilson_holds_the_share(total: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, total))
    low, high = wilson_interval(successes, total)
    assert 0 <= low <= successes / total <= high <= 1
    assert low < high
    mirrored = wilson_interval(total - successes, total)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@steady
@given(st.integers(1, 2000), st.integers(1, 2000), st.data())
def test_newcombe_is_antisymmetric(total_1: int, total_2: int, data: st.DataObject) -> None:
    one, other = data.draw(st.integers(0, total_1)), data.draw(st.integers(0, total_2))
    low, high = newcombe_interval(one, total_1, other, total_2)
    assert low <= one / total_1 - other / total_2 <= high
    assert newcombe_interval(other, total_2, one, total_1) == pytest.approx((-high, -low))


@steady
@given(st.integers(0, 60), st.integers(1, 3000), st.integers(0, 60), st.integers(1, 3000))
def test_the_poisson_test_is_symmetric(one: int, births_1: int, other: int, births_2: int) -> None:
    p_value = poisson_p_value(one, births_1, other, births_2)
    assert 0 <= p_value <= 1 + 1e-9
    assert poisson_p_value(other, births_2, one, births_1) == pytest.approx(p_value, abs=1e-6)


@steady
@given(st.integers(0, 400), st.floats(1, 1e6), st.integers(0, 400), st.floats(1, 1e6))
def test_the_poisson_test_is_that_of_scipy(one: int, births_1: float, other: int, births_2: float) -> None:
    p_value = poisson_p_value(one, births_1, other, births_2)
    assert p_value == pytest.approx(
        float(stats.poisson_means_test(one, births_1, other, births_2).pvalue), rel=1e-12
    )


def test_the_poisson_test_hardly_jumps_where_it_turns_normal() -> None:
    exact = stats.poisson_means_test(2600, 100_000, 2450, 100_000).pvalue
    assert poisson_p_value(2600, 100_000, 2450, 100_000) == pytest.approx(exact, abs=2e-4)


points = st.lists(st.tuples(st.floats(-1000, 1000), st.floats(0.01, 100)), min_size=5, max_size=8)


@steady
@given(points, st.floats(-100, 100))
def test_trend_mirrors_and_ignores_a_shift(series: list[tuple[float, float]], shift: float) -> None:
    middle = [value for value, _ in series]
    lists = middle, [value - half for value, half in series], [value + half for value, half in series]
    found = trend(*lists)
    assert found.direction in {"increasing", "decreasing", "none", "not_computable"}
    turned = trend([-v for v in lists[0]], [-v for v in lists[2]], [-v for v in lists[1]])
    opposite = {"increasing": "decreasing", "decreasing": "increasing"}
    assert turned.direction == opposite.get(found.direction, found.direction)
    moved = trend(*([value + shift for value in one] for one in lists))
    if found.slope is not None and moved.slope is not None:
        assert moved.slope == pytest.approx(found.slope, rel=1e-6, abs=1e-6)


@steady
@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), max_size=30), st.floats(0, 20))
def test_rank_intervals_hold_the_bare_rank(series: list[float | None], half: float) -> None:
    lows = [None if value is None else value - half for value in series]
    highs = [None if value is None else value + half for value in series]
    present = [value for value in series if value is not None]
    for better, sign in (("higher", 1), ("lower", -1)):
        for value, place in zip(series, rank_interval(series, lows, highs, better), strict=True):
            if value is None:
                assert place is None
                continue
            assert place is not None
            bare = 1 + sum(sign * other > sign * value for other in present)
            assert 1 <= place[0] <= bare <= place[1] <= len(present)
    assert rank_interval(series, lows, highs, "none") == [None] * len(series)
