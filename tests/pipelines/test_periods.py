from __future__ import annotations

import datetime as dt

import duckdb

from pipelines import periods


def told(query: str, *rows: tuple[int, str, float | None]) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        con.execute(
            'create table "values" (indicator varchar, period date, municipality_code varchar, value double)'
        )
        con.executemany("""insert into "values" values ('x', make_date(?, 12, 31), ?, ?)""", rows)
        return con.execute(query).fetchall()


def latest(query: str, *rows: tuple[int, str, float | None]) -> list[object]:
    return [getattr(period, "year", None) for _, period in told(query, *rows)]


def of(state: int, year: int, many: int) -> list[tuple[int, str, float | None]]:
    return [(year, f"{state}{place:05}", 1.0) for place in range(many)]


def test_a_period_of_few_municipalities_is_not_the_latest() -> None:
    rows = [*of(50, 2021, 30), *of(50, 2022, 30), *of(50, 2023, 5)]
    assert latest(periods.newest(), *rows) == latest(periods.shown(), *rows) == [2022]
    # And it is said how many have it of how many usually do.
    assert told(periods.UNFINISHED, *rows) == [("x", dt.date(2023, 12, 31), 5, 30)]


def test_a_page_of_several_states_opens_on_a_period_of_most_of_them() -> None:
    states = [row for state in (11, 12, 13) for row in of(state, 2019, 20)]
    # One of the states alone has a long series, so that its own number of municipalities is the usual one.
    rows = [row for year in (2015, 2016, 2017, 2018) for row in of(50, year, 20)]
    rows += [*states, *of(50, 2019, 20), *of(50, 2020, 20), *of(50, 2024, 20), (2024, "1100001", None)]
    assert latest(periods.shown(), *rows) == [2019]
    assert latest(periods.newest(), *rows) == [2024]


def test_a_municipality_is_judged_by_the_newest_of_its_own_state() -> None:
    # National to 2024, of one state since; and of another state's newest year a few municipalities alone.
    rows = [row for state in (11, 12, 50) for year in (2023, 2024) for row in of(state, year, 40)]
    rows += [*of(50, 2025, 40), *of(11, 2025, 3)]
    assert latest(periods.newest(), *rows) == latest(periods.shown(), *rows) == [2024]
    found = {(state, period.year) for _, state, period in told(periods.judged(), *rows)}  # type: ignore[attr-defined]
    assert found == {("11", 2024), ("12", 2024), ("50", 2025)}
