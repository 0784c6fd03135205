"""Regions, states and country by column: what SQL says of the same rows, to the last digit, however the rows lie."""

from __future__ import annotations

import dataclasses
import random

import duckdb
import pytest

from pipelines import aggregating, declarations
from pipelines.declarations import SCOPES, STATES, Config, read_config
from pipelines.schema import ddl

METHODS = {
    "somado": ("sum", "un."),
    "parte": ("ratio", "%"),
    "meio": ("median", "nota"),
    "classe": ("distribution", ""),
}
REGISTRY_COLUMNS = ", ".join(f"{scope}_code varchar, {scope} varchar" for scope in SCOPES)


@pytest.fixture(scope="module")
def country() -> Config:
    config = read_config()
    return dataclasses.replace(config, territory=dataclasses.replace(config.territory, state="BR"))


def drawn(seed: int, threads: int) -> duckdb.DuckDBPyConnection:
    """A build's tables before its sums: towns of every state, in some of whose regions and years nobody has a figure."""
    draw = random.Random(seed)
    con = duckdb.connect()
    con.execute(f"set threads = {threads}; create schema source")
    for table in ("indicators", "values", "aggregates"):
        con.execute(f'create table "{table}" ({ddl(table)})')
    for name, (method, unit) in METHODS.items():
        con.execute(
            "insert into indicators by name select ? as indicator, ? as aggregation, ? as unit, 100 as multiplier",
            [name, method, unit],
        )
    con.execute(
        f"create table municipalities (municipality_code varchar, state varchar, existe_desde integer, {REGISTRY_COLUMNS})"
    )
    towns = []
    for state, code in STATES.items():
        for town in range(6):
            place = f"{code}{draw.randrange(3)}"
            towns.append(
                (f"{code}{town:05}", state, None if town else 2015, place if draw.random() < 0.9 else None)
            )
    rows: list[tuple[str | int | float | None, ...]] = []
    for name in METHODS:
        for code, *_ in towns:
            for year in range(2010, 2020):
                if draw.random() < 0.2:
                    rows.append((name, code, year, None, None, None, "not_available"))
                    continue
                under = draw.choice([None, 0.0, draw.uniform(1, 1e9)])
                flag = draw.choice([None, None, "implausible", "estimated"])
                rows.append(
                    (
                        name,
                        code,
                        year,
                        draw.choice([0.0, draw.uniform(-9, 1e6)]),
                        draw.uniform(0, 99),
                        under,
                        flag,
                    )
                )
    draw.shuffle(rows)
    for code, state, since, region in towns:
        places = [
            text
            for scope in SCOPES
            for text in (region and f"{scope}-{region}", region and f"Lugar {region}")
        ]
        con.execute(
            f"insert into municipalities values (?, ?, ?, {', '.join('?' * len(places))})",
            [code, state, since, *places],
        )
    con.execute("create table source.ibge_municipios as from municipalities")
    con.executemany(
        """insert into "values" by name select ? as indicator, ? as municipality_code, make_date(?, 12, 31) as period,
            ? as value, ? as numerator, ? as denominator, ? as flag""",
        rows,
    )
    con.execute('create table staged as select *, null::varchar as wrong from "values"')
    # As the build takes values: a zero of before a municipality existed is none, and what has no value has no counts.
    con.execute(
        """update "values" set value = null from municipalities m
        where m.municipality_code = "values".municipality_code and value = 0 and year(period) < m.existe_desde"""
    )
    con.execute('update "values" set numerator = null, denominator = null where value is null')
    return con


PLAIN = """
    with v as (select v.*, m.state, {code} as place_code from {rows} v join municipalities m using (municipality_code))
    select v.indicator, '{scope}', place_code, v.period,
        case i.aggregation
            when 'sum' then sum(v.value order by v.municipality_code)
            when 'ratio' then any_value(i.multiplier)
                * sum(v.numerator order by v.municipality_code) filter (v.value is not null and v.denominator is not null)
                / nullif(sum(v.denominator order by v.municipality_code)
                    filter (v.value is not null and v.numerator is not null), 0)
            when 'median' then median(v.value) filter (v.flag is distinct from 'implausible') end,
        count(*) filter (case when i.aggregation = 'ratio' then v.numerator is not null and v.denominator is not null
            when i.aggregation = 'median' then v.value is not null and v.flag is distinct from 'implausible'
            else v.value is not null end),
        {total}
    from v join indicators i using (indicator) where place_code is not null
    group by v.indicator, place_code, v.period, i.aggregation {having}
"""


@pytest.mark.parametrize(("seed", "threads"), [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("within", [True, False])
def test_every_value_is_the_one_that_sql_gives(
    country: Config, config: Config, seed: int, threads: int, within: bool
) -> None:
    """`within`: whether the country is summed with its parts, since it is the territory, or of what lies outside too."""
    with drawn(seed, threads) as con:
        aggregating.fill_country(con, country if within else config)
        aggregating.fill(con, country if within else config)
        found = con.execute(
            """select indicator, scope, place_code, period, value, municipalities_with_data, municipalities_total
            from aggregates"""
        ).fetchall()
        expected = []
        for scope in SCOPES:
            query = PLAIN.format(
                scope=scope, code=f"{scope}_code", rows='"values"', total="count(*)", having=""
            )
            expected += con.execute(query).fetchall()
        everyone = PLAIN.format(
            scope="country",
            code="'1'",
            rows="everywhere",
            total="(select count(*) from municipalities)",
            having=f"having count(distinct v.state) filter (v.value is not null) >= {aggregating.FEWEST_STATES}",
        ).replace("v.*, m.state,", "v.*,")
        expected += con.execute(everyone).fetchall()
        names = set(
            con.execute("select distinct place from aggregates where scope = 'immediate_region'").fetchall()
        )
    held = sorted((row for row in found if row[1] != "state"), key=repr)
    assert held == sorted(expected, key=repr)
    assert {row[1] for row in found} == {*SCOPES, "state", "country"}
    assert ("Lugar 500",) in names and any(row[4] is None for row in held)


def test_a_share_of_the_states_total_is_summed_within_states_alone(
    country: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = next(one for one in declarations.indicators().values() if one.of_the_state)
    monkeypatch.setattr(declarations, "indicators", lambda: {"somado": share})
    with drawn(3, 1) as con:
        aggregating.fill_country(con, country)
        aggregating.fill(con, country)
        scopes = {
            scope
            for (scope,) in con.execute(
                "select distinct scope from aggregates where indicator = 'somado'"
            ).fetchall()
        }
    assert "country" not in scopes and {"state", *SCOPES} <= scopes
