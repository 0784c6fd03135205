"""Numbers, units and dates as a reader in Brazil expects them."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from dashboard import words
from pipelines.declarations import Indicator, Source
from pipelines.verdicts import pt_number
from tests.dashboard.samples import COUNT, DEATHS, GRADE, MARK, MONEY, WATER

NBSP, MINUS = "\u00a0", "\u2212"


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_numbers_are_those_of_babel(value: float, decimals: int) -> None:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    # Babel rounds a half to even; a reader expects 76,05 to become 76,1.
    half_up = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    expected = format_decimal(half_up, pattern, locale="pt_BR")
    # Babel writes a rounded-away negative as -0, with the sign of the keyboard.
    expected = expected.replace("-", "" if not expected.strip("-0,") else MINUS)
    assert words.number(value, decimals) == expected


# Halves, the ends of ranges and what prints as one are where writing thousands at once could differ.
WRITTEN = st.lists(
    st.one_of(
        st.none(),
        st.floats(-1e12, 1e12),
        st.integers(-4000, 4000).map(lambda eighth: eighth / 20),
        st.sampled_from([0.0, -0.0, 0.02, 0.04, 0.95, 1.0, 1.04, 1.05, 99.95, 99.98, 100.0, math.nan]),
    ),
    max_size=12,
)


@given(WRITTEN, st.sampled_from([WATER, DEATHS, COUNT, MONEY, MARK]), st.booleans())
def test_thousands_at_once_are_written_as_each_by_itself(
    values: list[float | None], indicator: Indicator, short: bool
) -> None:
    assert words.amounts(values, indicator) == [words.amount(value, indicator) for value in values]
    assert words.with_units(values, indicator, short) == [
        words.with_unit(value, indicator, short) for value in values
    ]
    shown = [None if words.is_missing(value) else words.shown(value, indicator) for value in values]
    found = words.all_shown(values, indicator).tolist()
    assert [None if math.isnan(value) else value for value in found] == shown
    assert words.amounts(words.numbers(values), indicator) == words.amounts(values, indicator)


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_judging_and_showing_round_alike(value: float, decimals: int) -> None:
    assert words.number(value, decimals) == pt_number(value, decimals)


def test_a_half_goes_away_from_zero() -> None:
    assert [words.number(value, 1) for value in (76.05, 0.25, -0.25, 2.35)] == [
        "76,1",
        "0,3",
        f"{MINUS}0,3",
        "2,4",
    ]


def test_a_value_short_of_an_end_of_its_range_is_not_shown_as_that_end() -> None:
    shown = [words.with_unit(value, WATER) for value in (99.98, 100, 0.02, 0)]
    assert shown == ["99,9%", "100,0%", "0,1%", "0,0%"]
    assert words.with_unit(99.98, WATER, trim=True) == "99,9%"
    assert words.with_unit(99.98, replace(WATER, range=(0, 1000))) == "100,0%"
    assert words.interval(0.01, 99.99, WATER) == "provavelmente entre 0,1 e 99,9% (95%)"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, pd.NA, pd.NaT])
def test_missing_is_never_a_number(value: object) -> None:
    assert words.number(value, 1) == "n.d."
    assert words.with_unit(value, WATER) == "n.d."
    assert words.difference(value, WATER) == "n.d."
    assert words.compact(value) == "n.d."


def test_zero_is_a_number() -> None:
    assert words.number(0, 1) == "0,0"
    assert words.number(-0.04, 1) == "0,0"


@pytest.mark.parametrize(
    ("value", "indicator", "long", "short"),
    [
        (74.8, WATER, "74,8%", "74,8%"),
        (1234.56, MONEY, f"R${NBSP}1.234,56", f"R${NBSP}1.234,56"),
        (-1234.56, MONEY, f"{MINUS}R${NBSP}1.234,56", f"{MINUS}R${NBSP}1.234,56"),
        (12.3, DEATHS, f"12,3{NBSP}óbitos por mil nascidos vivos", f"12,3{NBSP}por mil"),
        (1, DEATHS, f"1,0{NBSP}óbito por mil nascidos vivos", f"1,0{NBSP}por mil"),
        (5.6, MARK, "5,6", "5,6"),
        (1, COUNT, f"1{NBSP}item", f"1{NBSP}item"),
        (12, COUNT, f"12{NBSP}itens", f"12{NBSP}itens"),
        (1, GRADE, "A", "A"),
        (9, GRADE, "n.d.", "n.d."),
    ],
)  # fmt: skip
def test_values_carry_their_unit(value: float, indicator: Indicator, long: str, short: str) -> None:
    assert words.with_unit(value, indicator) == long
    assert words.with_unit(value, indicator, short=True) == short


def test_targets_drop_idle_decimals() -> None:
    assert words.with_unit(80, WATER, trim=True) == "80%"
    assert words.with_unit(80.5, WATER, trim=True) == "80,5%"


def test_percentages_differ_in_points() -> None:
    assert words.difference(10.14, WATER) == f"+10,1{NBSP}p.p."
    assert words.difference(-3.25, WATER) == f"{MINUS}3,3{NBSP}p.p."
    assert words.difference(-3.3, WATER, sign=False) == f"3,3{NBSP}p.p."
    assert words.difference(0.01, WATER) == f"0,0{NBSP}p.p."
    assert words.difference(-12.5, MONEY) == f"{MINUS}R${NBSP}12,50"
    assert words.difference(1.2, DEATHS) == f"+1,2{NBSP}por mil"


def test_large_numbers_shorten() -> None:
    assert words.compact(2_757_013) == f"2,8{NBSP}mi"
    assert words.compact(1_500_000_000) == f"1,5{NBSP}bi"
    assert words.compact(12_000) == f"12{NBSP}mil"
    assert words.compact(9_999) == "9.999"


def test_agreement_in_number_and_lists() -> None:
    assert words.counted(1, "município", "municípios") == "1 município"
    assert words.counted(0, "município", "municípios") == "0 municípios"
    assert words.plural(1, "atende", "atendem") == "atende"
    assert [words.listed(list("ABC")[:count]) for count in range(4)] == ["", "A", "A e B", "A, B e C"]


def test_dates_and_periods() -> None:
    assert words.date(dt.date(2026, 11, 22)) == "22/11/2026"
    assert words.date(dt.date(2026, 11, 1), long=True) == "1 de novembro de 2026"
    assert words.period(dt.date(2024, 12, 31)) == "2024"
    assert words.period(dt.date(2024, 12, 31), replace(WATER, periodicity="mensal")) == "dez. 2024"
    assert words.period(dt.date(2026, 4, 30)) == "abr. 2026"
    assert words.period(dt.date(2026, 8, 21)) == "21/08/2026"
    assert words.period(None) == "n.d."


def test_reasons_for_missing_values() -> None:
    assert words.missing_reason("not_eligible") == "n.d. (não elegível)"
    assert words.missing_reason(None) == "n.d."
    assert words.flag("provisional", WATER) == "provisório"
    assert words.flag(math.nan, WATER) == ""
    # A published coverage is no estimate: its counts are.
    counted = replace(WATER, interval="proportion")
    assert words.flag("estimated", counted) == "contagens estimadas"
    assert words.flag("estimated", replace(WATER, interval="none")) == "estimado"


def test_ranks_share_places() -> None:
    assert words.ranks([3, None, 1, 3], "higher") == [(1, 2), None, (3, 1), (1, 2)]
    assert words.ranks([3, None, 1, 3], "lower") == [(2, 2), None, (1, 1), (2, 2)]
    assert words.ranks([3, 1], "none") == [(1, 1), (2, 1)]
    assert words.ranks([None, None], "lower") == [None, None]


PLACES = st.tuples(st.integers(1, 6), st.integers(0, 5), st.integers(0, 5))


@given(st.lists(PLACES, max_size=6), st.integers(1, 9), st.sampled_from(["higher", "lower", "none"]))
def test_places_of_thousands_read_as_each_by_itself(
    given_: list[tuple[int, int, int]], total: int, better: str
) -> None:
    places = [(low, min(low + more, total), tied) for low, more, tied in given_ if low <= total]
    said = words.all_ranks(places, total, better, 9)
    assert said == {place: words.rank(*place[:2], total, place[2], better, 9) for place in places}


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ((12, 31, 79), "entre 12º e 31º de 79"),
        ((1, 1, 79, 4), "empatado com outros 4 em 1º de 79"),
        ((1, 1, 79, 1), "empatado com outro em 1º de 79"),
        ((12, 12, 79, 0, "lower"), "12º menor de 79"),
        ((12, 12, 79, 0, "none"), "12º maior de 79"),
        ((1, 1, 79, 0, "lower"), "o menor de 79"),
        ((1, 1, 79, 0, "none"), "o maior de 79"),
        ((12, 12, 75, 0, "higher", 79), "12º de 75 com dado"),
        ((1, 79, 79), "sem diferença segura dos outros 78"),
        ((1, 1, 1), "sem outro com dado para comparar"),
        ((1, 1, 1, 0, "lower", 79), "sem outro com dado para comparar"),
    ],
)
def test_positions_in_words(given_: tuple[int, ...], expected: str) -> None:
    assert words.rank(*given_) == expected  # type: ignore[arg-type]


def test_intervals() -> None:
    assert words.interval(8.1, 15.3, DEATHS) == f"provavelmente entre 8,1 e 15,3{NBSP}por mil (95%)"
    assert words.interval(None, 15.3, DEATHS) == ""


def test_source_line_tells_a_copy_from_a_fetched_table() -> None:
    source = Source(
        source="inep", publisher="Instituto", short="INEP", dataset="Indicador Criança Alfabetizada", url="",
        edition="2024", licence="", retrieved=dt.date(2026, 11, 22), sha256="", rows=1, periods="",
        origin="snapshot", note="", key=(), columns=(), shelf_life=24, period_form="year",
    )  # fmt: skip
    assert words.source_line(source, "2024") == (
        "Fonte: INEP, Indicador Criança Alfabetizada, edição 2024. Dado de 2024. "
        "Incluído em 22/11/2026 (cópia pública)."
    )
    fetched = words.source_line(replace(source, origin="fetched"), "2023", "2026 (ano-base 2025)")
    assert fetched.endswith(
        "edição 2024. Dado de 2023. Obtido em 22/11/2026. Próximo dado previsto: 2026 (ano-base 2025)."
    )


def test_a_size_of_ten_is_no_single_one() -> None:
    victims = replace(COUNT, unit="vítimas", short="Vítimas")
    assert words.difference(10, victims, sign=False) == f"10{NBSP}vítimas"
    assert words.difference(1, victims, sign=False) == f"1{NBSP}vítima"


def test_a_month_is_said_with_its_name() -> None:
    day = dt.date(2026, 3, 31)
    assert words.period(day, replace(MARK, periodicity="mensal"), long=True) == "março de 2026"
    assert (
        words.period(dt.date(2026, 12, 31), replace(MARK, periodicity="mensal"), long=True)
        == "dezembro de 2026"
    )
    assert words.period(dt.date(2026, 12, 31), MARK, long=True) == "2026"


def test_ties_are_ties_and_no_interval() -> None:
    assert words.standing(1, 52, 79, measured=False) == "empatado com outros 51 em 1º de 79"
    assert words.standing(20, 61, 79, measured=True) == "entre 20º e 61º de 79"
    assert words.standing(7, 7, 79, measured=False) == "7º de 79"


def test_a_revision_is_told_with_as_many_decimals_as_show_it() -> None:
    day = dt.date(2026, 12, 7)
    assert words.revision(day, 34.7, 35.2, WATER) == "revisado em 12/2026: era 34,7%, passou a 35,2%"
    assert words.revision(day, 34.71, 34.74, WATER) == "revisado em 12/2026: era 34,71%, passou a 34,74%"
    assert words.revision(day, 34.7, None, WATER) == "retirado em 12/2026: era 34,7%"
    assert words.revision(pd.Timestamp(day), 1, 2, GRADE).startswith("revisado em 12/2026: era ")
    assert words.revision(pd.NaT, float("nan"), 35.2, WATER) == words.revision(None, None, 35.2, WATER) == ""
    assert words.observation("estimated", day, 34.7, 35.2, WATER) == (
        "estimado; revisado em 12/2026: era 34,7%, passou a 35,2%"
    )
    assert words.observation(None, None, None, 35.2, WATER) == ""


def test_words_follow_the_scope() -> None:
    assert words.of_scope("state", "50") == "do estado" and words.in_scope("country", "1") == "no país"
    assert words.the_scope("states", "22+35") == "todos os estados"
    # The Federal District is no state.
    assert words.of_scope("state", "53") == "do Distrito Federal"


def test_thousands_of_cells_are_numbers_where_one_holds_a_value() -> None:
    cells: list[object] = [
        None,
        1.5,
        0.0,
        -0.0,
        float("nan"),
        float("inf"),
        -float("inf"),
        np.float64("nan"),
        np.float64(2),
        3,
        True,
    ]
    for held in (cells, [*cells, pd.NA, pd.NaT, 1e308]):
        known = [None if math.isnan(number) else number for number in words.numbers(held).tolist()]
        assert known == [None if words.is_missing(cell) else float(cell) for cell in held]  # type: ignore[arg-type]
    assert words.numbers([]).tolist() == []
    held = pd.array([1, None], dtype="Int64").to_numpy(dtype=object)
    assert math.isnan(words.numbers(held)[1])
