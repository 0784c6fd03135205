"""Places by their codes, and the country beside them: two states with regions and towns of the same name."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from dashboard import charts
from dashboard.findings import comparisons, passport
from dashboard.findings.comparisons import Column
from dashboard.tables import Filter, Tables
from dashboard.tables.ranks import AMONG, COUNTRY
from pipelines.declarations import ROOT, Config
from pipelines.verdicts import rank_interval

# Immediate regions and their seats; the third is a town that both states have too.
ITABAIANA = {"25": "250004", "28": "280004"}
SHARED = {"Itabaiana": ("2506905", "2802908"), "São Domingos": ("2513968", "2806800")}


@pytest.fixture(scope="module")
def tables(two_states: Config) -> Tables:
    return Tables(two_states.processed)


@pytest.fixture(scope="module")
def con(two_states: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as found:
        for path in two_states.processed.glob("*.parquet"):
            found.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        yield found


def test_regions_of_one_name_are_two_places(tables: Tables, con: duckdb.DuckDBPyConnection) -> None:
    names = tables.places("immediate_region")
    own = {code: name for code, name in names.items() if name.startswith("Itabaiana")}
    assert sorted(own.values()) == ["Itabaiana (PB)", "Itabaiana (SE)"]
    for code, name in own.items():
        held = tables.chosen(Filter("immediate_region", code))
        assert held and {town[:2] for town in held} == {code[:2]}
        [frame] = [tables.aggregates("populacao", "immediate_region", code)]
        assert set(frame["place"]) == {name} and frame["municipalities_total"].eq(len(held)).all()
        summed = con.execute(
            """select sum(value) from "values" where indicator = 'populacao' and year = 2022
            and municipality_code in (select unnest(?::varchar[]))""",
            [list(held)],
        ).fetchone()
        assert frame.set_index("year")["value"][2022] == summed[0]  # type: ignore[index]


def test_towns_of_one_name_are_two_lines_and_say_their_state(tables: Tables) -> None:
    for name, codes in SHARED.items():
        assert [tables.names()[code] for code in codes] == [f"{name} (PB)", f"{name} (SE)"]
        # Two lines, also where a frame calls both the same.
        frame = tables.series("idhm", codes).assign(name=name)
        drawn = charts.series(frame, tables.indicators["idhm"])
        columns = [head for head in drawn.frame.columns if head.startswith(name)]
        assert len(columns) == 2
        first = [drawn.frame[head].dropna().tolist() for head in columns]
        assert sorted(first) == sorted(
            frame.loc[frame["municipality_code"] == code, "value"].dropna().tolist() for code in codes
        )


def test_the_territory_is_one_place_and_each_state_another(tables: Tables) -> None:
    assert tables.whole == ("states", "25+28")
    whole = tables.whole_series("agua_atendimento")
    assert whole["place_code"].unique().tolist() == ["25+28"] and whole["period"].is_unique
    assert set(whole["place"]) <= {"Mediana dos municípios", "PB e SE (municípios somados)"}
    for state, letters in (("25", "PB"), ("28", "SE")):
        stated = tables.whole_series("idhm", "state", state)
        assert stated["period"].is_unique
        assert all(letters in name for name in stated["place"])
    # What a town is set beside is its own state's.
    latest = tables.latest()
    for (name, state), rows in latest.assign(state=latest["municipality_code"].str[:2]).groupby(
        ["indicator", "state"]
    ):
        assert rows["state_value"].nunique() <= 1
        own = tables.benchmark(str(name), "state", str(state)).set_index("period")["value"]
        for period, value in own.items():
            assert rows.loc[rows["period"] == period, "state_value"].eq(value).all()


def test_the_country_has_an_aggregate_of_everyone_at_hand(
    tables: Tables, config: Config, con: duckdb.DuckDBPyConnection
) -> None:
    mine = Tables(config.processed)
    for name in ("populacao", "pib_per_capita", "idhm_educacao"):
        frame = tables.aggregates(name, "country", "1")
        # Whatever the territory shows of it, the country is the same.
        assert frame.equals(mine.aggregates(name, "country", "1"))
        assert frame["municipalities_total"].eq(5570).all() and frame["place"].eq("BR").all()
    people = tables.aggregates("populacao", "country", "1").set_index("year")["value"]
    # IBGE, Censo Demográfico 2022.
    assert people[2022] == 203_080_756
    # Of what is known of one state alone nothing is said of the country.
    few = set(mine.aggregates("vacina_penta", "state", "50")["period"])
    assert few and mine.aggregates("vacina_penta", "country").empty
    # Shares of a state's product add up to 100 in it; of all states together they would be 2,700.
    share = mine.aggregates("pib_participacao", "state", "50")["value"]
    assert len(share) and share.round(6).eq(100).all()
    assert mine.aggregates("pib_participacao", "country").empty


def test_a_state_and_the_country_can_stand_beside_a_town(tables: Tables) -> None:
    town = Column("Itabaiana (PB)", code=SHARED["Itabaiana"][0])
    columns = [
        town,
        Column("Sergipe", scope="state", place="28"),
        Column("Brasil", scope="country", place="1"),
        Column("Região", scope="immediate_region", place=ITABAIANA["28"]),
    ]
    for column in columns[1:]:
        held = comparisons.entries(tables, column)
        assert held["pib_per_capita"].value > 0
    frame = comparisons.series_of(tables, columns, tables.indicators["pib_per_capita"])
    drawn = charts.small_multiples(frame, tables.indicators["pib_per_capita"])
    assert {"Itabaiana (PB)", "Sergipe", "Brasil", "Região"} <= set(drawn.frame.columns)
    # The publisher's own figure of the country, where there is one.
    [stated] = tables.benchmark("idhm", "country", "1").tail(1)["value"]
    assert comparisons.entries(tables, columns[2])["idhm"].value == stated


def test_what_the_publisher_says_is_of_the_towns_own_state(tables: Tables) -> None:
    indicator = tables.indicators["populacao"]
    for code in SHARED["Itabaiana"]:
        row = tables.at("populacao", 2021).set_index("municipality_code", drop=False).loc[code]
        told = passport.beside(tables, row, indicator)
        assert any(head.startswith(str(row["state"])) for head, _ in told), told
        other = {"PB": "SE", "SE": "PB"}[str(row["state"])]
        assert not any(head.startswith(other) for head, _ in told)


@pytest.mark.parametrize("among", list(AMONG))
def test_places_among_few_are_those_of_the_method(tables: Tables, among: str) -> None:
    code = SHARED["Itabaiana"][1]
    towns = tables.municipalities()
    own = towns[AMONG[among]].eq(towns.at[code, AMONG[among]])
    group = set(towns.index[own])
    assert code in group and 1 < len(group) < len(towns)
    found = tables.ranks_among(code, among)
    latest = tables.latest()
    placed = latest[(latest["municipality_code"] == code) & latest["rank_low"].notna()]
    assert set(found.index) == set(placed["indicator"]) and len(found) > 20
    narrower = 0
    for name, rows in latest[latest["municipality_code"].isin(group)].groupby("indicator"):
        if name not in found.index:
            continue
        told = rows["value"].where(rows["flag"].astype(object).ne("implausible")).astype(object)
        lists = [
            column.astype(object).where(column.notna(), None).tolist()
            for column in (told, rows["low"], rows["high"])
        ]
        values, lows, highs = lists
        ranks = rank_interval(values, lows, highs, tables.indicators[str(name)].better)
        expected = ranks[rows["municipality_code"].tolist().index(code)]
        assert tuple(found.loc[name, ["rank_low", "rank_high"]]) == expected, name
        narrower += found.at[name, "ranked"] < placed.set_index("indicator").at[name, "ranked"]
    assert narrower > 20


def test_places_in_the_whole_country_are_counted_over_everyone(tables: Tables, config: Config) -> None:
    mine = Tables(config.processed)
    path = ROOT / "data" / "raw" / "pnud_idhm" / "values.csv.gz"
    frame = pd.read_csv(path, dtype={"municipality_code": str})
    values = frame[frame["period"] == 2010].set_index("municipality_code")["idhm"].dropna()
    assert len(values) > 5500
    for held, code in ((mine, "5002704"), (mine, "5003207"), (tables, SHARED["Itabaiana"][0])):
        found = held.ranks_among(code, COUNTRY)
        better, same = int((values > values[code]).sum()), int((values == values[code]).sum())
        assert found.loc["idhm"].tolist() == [better + 1, better + same, len(values)]
        placed = set(held.profile(code).query("rank_low.notna()").index)
        assert set(found.index) <= placed
        assert (found["rank_low"] <= found["rank_high"]).all() and (
            found["rank_high"] <= found["ranked"]
        ).all()
        # Where there is a margin of error a place is an interval in the country too.
        assert (found["rank_high"] > found["rank_low"]).sum() > 5
        # Of one state's figures alone nothing is said of the country.
        assert "vacina_penta" not in found.index
