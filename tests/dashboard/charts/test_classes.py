"""Classes of a map: every value in one, named as it is shown."""

from __future__ import annotations

from dataclasses import replace

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts, words
from dashboard.charts.palettes import PALETTES
from pipelines.declarations import Config, Indicator, read_declared
from tests.dashboard.samples import (
    COUNT,
    DEATHS,
    GRADE,
    MARK,
    MONEY,
    NBSP,
    WATER,
)


def test_declared_bounds_and_counts_in_words() -> None:
    found = charts.classes([10, 49.9, 50, 64.9, 65, 95, None], WATER)
    assert found.legend == (
        "menos de 50% (2)",
        "50% a 65% (2)",
        "65% a 80% (1)",
        "80% a 90% (0)",
        "90% ou mais (1)",
    )
    assert found.index == (0, 0, 1, 1, 2, 4, None)
    assert found.missing == 1


def test_a_value_is_classed_as_it_is_shown() -> None:
    # 49.96 prints as 50,0%: it must not lie in "menos de 50%".
    assert charts.classes([10, 49.96], WATER).index == (0, 1)


def test_few_distinct_values_are_their_own_classes() -> None:
    found = charts.classes([0, 0, 3, 3, 3, None], COUNT)
    assert found.legend == (f"0{NBSP}itens (2)", f"3{NBSP}itens (3)")


def test_small_counts_are_named_by_whole_numbers() -> None:
    found = charts.classes([0, 1, 2, 3, 4, 5, 9], replace(COUNT, classes=(1, 2, 4, 6)))
    assert found.legend == ("0 (1)", "1 (1)", "2 a 3 (2)", "4 a 5 (2)", "6 ou mais (1)")


def test_categories_best_is_darkest_in_light() -> None:
    found = charts.classes([1, 3, 3, None], GRADE)
    assert found.legend == ("C (2)", "B (0)", "A (1)")
    darkness = [
        sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) for colour in found.colours(PALETTES["light"])
    ]
    assert darkness == sorted(darkness, reverse=True)


def test_values_on_both_sides_of_zero_part_there() -> None:
    balance = replace(COUNT, better="higher", range=(-1e6, 1e6))
    found = charts.classes([-50, -40, -30, -20, -1, 0, 5, 10, 20, 90], balance)
    assert found.diverging
    assert "0" in " ".join(found.labels)
    for value, place in zip([-1, 0], [found.index[4], found.index[5]], strict=True):
        assert place is not None
        assert (found.places[place] < 2) == (value < 0)
    worse_up = charts.classes([-50, -40, -30, -20, -1, 0, 5, 10, 20, 90], replace(balance, better="lower"))
    assert [4 - place for place in worse_up.places] == list(found.places)


def test_nothing_at_all_gives_no_class() -> None:
    found = charts.classes([None, None], DEATHS)
    assert found.labels == ()
    assert found.missing == 2


def test_where_nearly_all_share_the_least_value_it_is_a_class_and_the_rest_are_parted() -> None:
    found = charts.classes([0] * 70 + [1, 2, 3, 4, 5, 6, 9, 40], replace(COUNT, classes=()))
    assert found.labels[0] == "0" and found.counts[0] == 70
    assert len(found.counts) == 5 and min(found.counts) > 0
    # Also of a measure with decimals, whose least value is no zero.
    found = charts.classes([12.5] * 70 + [13.5, 20, 31, 45.5, 70, 88], replace(WATER, classes=()))
    assert found.counts[0] == 70 and found.labels[0] == "menos de 13%"
    assert len(found.counts) == 5 and min(found.counts) > 0


# Measured values are seldom all different: often most towns share one.
TIED = st.builds(
    lambda one, times, others: [one] * times + others,
    st.integers(-3, 3),
    st.integers(0, 100),
    st.lists(st.integers(-20, 40), max_size=20),
)


@given(
    st.one_of(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False)), max_size=120), TIED),
    st.sampled_from([WATER, DEATHS, MONEY, COUNT, MARK]),
)
def test_every_value_is_in_one_class_and_classes_rise(
    values: list[float | None], indicator: Indicator
) -> None:
    found = charts.classes(values, indicator)
    assert sum(found.counts) + found.missing == len(values)
    assert len(found.labels) == len(found.places) == len(found.counts) <= 7
    held = sorted((value, place) for value, place in zip(values, found.index, strict=True)
                  if value is not None and place is not None)  # fmt: skip
    assert [place for _, place in held] == sorted(place for _, place in held)
    assert len(set(found.colours(PALETTES["light"]))) == len(found.labels)


def test_every_year_of_every_indicator_of_the_tables_has_its_classes(
    built: duckdb.DuckDBPyConnection, config: Config
) -> None:
    indicators = read_declared(config.processed).indicators
    maps = built.execute(
        """select indicator, list(value order by municipality_code), list(flag order by municipality_code)
        from "values" group by indicator, period"""
    ).fetchall()
    for name, values, flags in maps:
        found = charts.classes(values, indicators[name], flags)
        assert sum(found.counts) == sum(place is not None for place in found.index), name
        assert all(words.is_missing(value) for value in values) or found.counts, name
    assert len(maps) > 500


def test_quintiles_are_even_without_ties() -> None:
    found = charts.classes([float(value) ** 1.5 for value in range(1, 80)], DEATHS)
    assert len(found.counts) == 5
    assert max(found.counts) - min(found.counts) <= 6
