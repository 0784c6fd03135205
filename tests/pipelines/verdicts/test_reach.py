from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.verdicts.reach import (
    REACH_LABELS,
    Cover,
    Panel,
    Windows,
    leave_one_out_cover,
    reach_of,
    reach_word,
    record_cover,
    reference_class,
)
from tests.pipelines.verdicts.panels import panel_of


def drawn_panel(
    seed: int, towns: int, years: range, decimals: int = 1, missing: float = 0.1, shock: float = 0.0
) -> Panel:
    """A panel that drifts up by 0.1 a year, swings, and misses some editions; `shock` moves all of a year."""
    chance = np.random.default_rng(seed)
    codes: list[str] = []
    at: list[int] = []
    values: list[float | None] = []
    bands: list[str | None] = []
    common = {year: shock * chance.normal() for year in years}
    for town in range(towns):
        level = chance.normal(4.5, 0.8)
        band = ("até 5 mil", "5 a 10 mil", None)[chance.choice(3, p=[0.6, 0.38, 0.02])]
        for step, year in enumerate(years):
            codes.append(f"{town:07d}")
            at.append(year)
            bands.append(band)
            value = level + 0.1 * step + common[year] + chance.normal(0, 0.3)
            values.append(None if chance.random() < missing else round(value, decimals))
    return panel_of(codes, at, values, bands)


# Windows


def test_windows_join_ends_so_many_years_apart_in_one_town_and_one_stretch() -> None:
    panel = panel_of(
        ["b", "a", "a", "a", "b", "b", "c"],
        [2005, 2009, 2005, 2007, 2009, 2007, 2007],
        [3.0, 4.5, 4.1, 4.2, 3.9, math.nan, 7.0],
        ["5 a 10 mil", *["até 5 mil"] * 3, "5 a 10 mil", "5 a 10 mil", None],
    )
    two, four = panel.windows(2), panel.windows(4)
    assert two.start_year.tolist() == [2005, 2007]
    assert two.start.tolist() == [4.1, 4.2] and two.change.tolist() == [0.1, 0.3]
    assert four.start.tolist() == [4.1, 3.0] and four.change.tolist() == [0.4, 0.9]
    assert four.municipalities == 2 and two.municipalities == 1
    assert [panel.band_names[band] for band in four.band] == ["até 5 mil", "5 a 10 mil"]
    assert panel.band_number("5 a 10 mil") == 0 and panel.band_number("100 a 500 mil") is None
    assert panel.band_number(None) is None
    assert len(panel.windows(1)) == len(panel.windows(6)) == 0
    with pytest.raises(ValueError, match="at least a year"):
        panel.windows(0)


def test_no_window_crosses_a_break() -> None:
    panel = panel_of(["a"] * 4, [2019, 2020, 2021, 2022], [1.0, 2, 3, 4], [None] * 4, [0, 0, 0, 1])
    assert panel.windows(1).start_year.tolist() == [2019, 2020]
    assert len(panel.windows(3)) == 0


def test_a_panel_is_refused_where_it_is_none() -> None:
    with pytest.raises(ValueError, match="one observation"):
        panel_of(["a", "a"], [2019, 2019], [1.0, 2.0], [None, None])
    empty = panel_of([], [], [], [])
    assert len(empty.windows(2)) == 0 and empty.longest(4) is None
    assert record_cover(empty.windows(2)) == leave_one_out_cover(empty.windows(2)) == Cover(0, 0)


def test_the_longest_windows_fit_the_years_left_and_say_at_least_half_of_them() -> None:
    panel = drawn_panel(1, 60, range(2005, 2021, 2), missing=0)

    def length(years_left: int) -> int | None:
        found = panel.longest(years_left)
        return None if found is None else found.years

    # Editions every two years from 2005 to 2019: lengths 2 to 14, of 60 towns; 14 years have 60 windows only.
    assert [length(left) for left in (1, 2, 3, 5, 6, 12, 13, 14, 24)] == [None, 2, 2, 4, 6, 12, 12, 12, 12]
    assert length(25) is None and length(0) is None and length(-3) is None
    few = drawn_panel(1, 29, range(2005, 2021, 2), missing=0)
    assert len(few.windows(2)) >= 100 and few.longest(2) is None


# Reference class


def plain_class(windows: Windows, value: float, band: int, own: int = -1) -> list[int]:
    """The reference class by its words, one window at a time."""
    pool = [place for place in range(len(windows)) if windows.municipality[place] != own]
    if len(pool) < 50:
        return []
    away = sorted(abs(windows.start[place] - value) for place in pool)
    farthest = away[min(200, len(pool)) - 1]
    near = [place for place in pool if abs(windows.start[place] - value) <= farthest + 1e-9]
    of_band = [place for place in near if windows.band[place] == band]
    return of_band if len(of_band) >= 50 else near


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 500),
    towns=st.integers(8, 130),
    value=st.floats(0, 9),
    band=st.sampled_from([0, 1, -1]),
    decimals=st.sampled_from([0, 1, 6]),
)
def test_the_class_is_the_nearest_with_ties_and_of_the_band_where_that_leaves_enough(
    seed: int, towns: int, value: float, band: int, decimals: int
) -> None:
    windows = drawn_panel(seed, towns, range(2010, 2018), decimals).windows(3)
    value = round(value, decimals)
    expected = plain_class(windows, value, band)
    found = reference_class(windows, value, None if band < 0 else band)
    if found is None:
        assert not expected
        return
    key = sorted(zip(found.municipality.tolist(), found.start_year.tolist(), strict=True))
    assert key == sorted(
        (int(windows.municipality[place]), int(windows.start_year[place])) for place in expected
    )


def test_a_band_that_is_too_small_is_not_used_and_fifty_windows_are_needed() -> None:
    def windows(sizes: list[int]) -> Windows:
        band = np.repeat(np.arange(len(sizes)), sizes).astype(np.intp)
        many = len(band)
        return Windows(
            4, np.arange(many), band, np.full(many, 2015), np.full(many, 4.5), np.linspace(0, 1, many)
        )  # fmt: skip

    kept = reference_class(windows([50, 250]), 4.4, 0)
    assert kept is not None and len(kept) == 50
    whole = reference_class(windows([49, 251]), 4.4, 0)
    assert whole is not None and len(whole) == 300  # ties of the 200th
    assert reference_class(windows([49]), 4.5, 0) is None
    assert reference_class(windows([49, 251]), 4.4, None) is not None


# Record


def plain_cover(windows: Windows, own_out: bool) -> Cover:
    held = tested = 0
    starts = set()
    for place in range(len(windows)):
        if own_out:
            pool, own = windows, int(windows.municipality[place])
        else:
            pool, own = windows.where(windows.start_year + windows.years <= windows.start_year[place]), -1
        chosen = plain_class(pool, float(windows.start[place]), int(windows.band[place]), own)
        if not chosen:
            continue
        low, high = np.quantile(pool.change[chosen], [0.1, 0.9])
        held += low - 1e-9 <= windows.change[place] <= high + 1e-9
        tested += 1
        starts.add(int(windows.start_year[place]))
    return Cover(int(held), tested, len(starts))


@pytest.mark.parametrize("decimals", [0, 1, 6])
@pytest.mark.parametrize(("towns", "years"), [(90, range(2012, 2019)), (12, range(2005, 2015))])
def test_covers_are_those_of_one_window_at_a_time(towns: int, years: range, decimals: int) -> None:
    for length in (1, 2, 3):
        windows = drawn_panel(towns + length, towns, years, decimals).windows(length)
        assert record_cover(windows) == plain_cover(windows, own_out=False)
        assert leave_one_out_cover(windows) == plain_cover(windows, own_out=True)


def test_only_what_had_ended_before_the_start_makes_the_record() -> None:
    # Sixty towns rise by 0 to 5.9 from 2005 to 2007, then all by 3, then all by 20: the last was never seen.
    codes = [f"{town}" for town in range(60) for _ in range(4)]
    values = [value for town in range(60) for value in (10.0, 10 + town / 10, 13 + town / 10, 33 + town / 10)]
    panel = panel_of(codes, [2005, 2007, 2009, 2011] * 60, values, [None] * 240)
    found = record_cover(panel.windows(2))
    assert found == Cover(held=60, windows=120, starts=2)
    assert found.share == 0.5 and not found.trusted


def test_a_record_is_trusted_within_its_bounds() -> None:
    shares = {64: False, 65: True, 80: True, 90: True, 91: False}
    assert {held: Cover(held, 100, 2).trusted for held in shares} == shares
    assert not Cover(80, 100, 1).trusted  # one start year is one shock
    assert Cover(0, 0).share is None and not Cover(0, 0).trusted


def test_steady_panels_are_trusted_and_those_with_shocks_are_not() -> None:
    steady = drawn_panel(3, 400, range(2005, 2016, 2)).windows(2)
    assert record_cover(steady).trusted
    shaken = drawn_panel(3, 400, range(2005, 2016, 2), shock=2.0).windows(2)
    assert not record_cover(shaken).trusted
    # Leaving only the own town out hides it: the others of the same years had the same shock.
    record, flattering = record_cover(shaken).share, leave_one_out_cover(shaken).share
    assert record is not None and flattering is not None and flattering > record + 0.1


# Reach


def some_windows(changes: list[float], years: int = 4) -> Windows:
    many = len(changes)
    places = np.arange(many)
    return Windows(
        years, places % 40, places * 0, places * 0 + 2015, 4.2 + places % 7 / 10, np.array(changes)
    )


def test_reach_counts_who_kept_the_pace_and_what_one_half_nine_in_ten_achieved() -> None:
    rises = [round(step / 100, 2) for step in range(101)]
    found = reach_of(some_windows(rises), "higher", 0.2)
    assert (found.years, found.windows, found.municipalities) == (4, 101, 40)
    assert (found.low, found.high) == pytest.approx((4.2, 4.8))
    assert found.kept == 21 and found.word == "uncommon"  # 0.80 itself keeps 0.2 a year
    assert (found.one_in_ten, found.half, found.nine_in_ten) == pytest.approx((0.9, 0.5, 0.1))
    falls = reach_of(some_windows([-rise for rise in rises]), "lower", -0.2)
    assert falls.kept == 21
    assert (falls.one_in_ten, falls.half, falls.nine_in_ten) == pytest.approx((-0.9, -0.5, -0.1))
    assert reach_of(some_windows(rises), "lower", -0.2).kept == 0
    aimless = reach_of(some_windows(rises), "higher")
    assert aimless.kept is None and aimless.word is None and aimless.half == pytest.approx(0.5)


def test_float_noise_does_not_lose_a_pace_that_was_kept() -> None:
    panel = panel_of(["a", "a"], [2015, 2019], [4.1, 4.5], [None, None])
    assert reach_of(panel.windows(4), "higher", 0.1).kept == 1


@pytest.mark.parametrize("given_", [{"better": "none"}, {"windows": some_windows([])}])
def test_reach_is_asked_of_windows_and_a_side(given_: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"windows": some_windows([0.1]), "better": "higher", **given_}
    with pytest.raises(ValueError, match="windows and a better side"):
        reach_of(**asked)


def test_words_of_reach() -> None:
    shares = [0, 0.0499, 0.05, 0.2499, 0.25, 0.75, 0.7501, 1]
    words = [REACH_LABELS[reach_word(share)] for share in shares]
    assert words == ["improvável"] * 2 + ["pouco comum"] * 2 + ["possível"] * 2 + ["provável"] * 2


@settings(max_examples=50, deadline=None)
@given(
    changes=st.lists(st.floats(-50, 50), min_size=1, max_size=80),
    pace=st.floats(-10, 10),
    better=st.sampled_from(["higher", "lower"]),
)
def test_a_harder_pace_is_kept_by_no_more(changes: list[float], pace: float, better: str) -> None:
    sign = 1 if better == "higher" else -1
    easy = reach_of(some_windows(changes), better, pace)
    hard = reach_of(some_windows(changes), better, pace + sign)
    assert easy.kept is not None and hard.kept is not None and hard.kept <= easy.kept
    assert sign * easy.one_in_ten >= sign * easy.half >= sign * easy.nine_in_ten
