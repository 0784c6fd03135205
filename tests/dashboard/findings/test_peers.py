"""Municipalities that look alike, and who started from here."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.findings import peers
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config
from tests.dashboard.samples import WATER

RATE = replace(WATER, unit="%", interval="proportion", multiplier=100)


def places(**columns: list[Any]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    usual: dict[str, list[Any]] = {
        "name": [f"M{place}" for place in range(count)],
        "population": [10_000] * count,
        "urbanisation": [50.0] * count,
        "gdp_per_capita": [30_000.0] * count,
        "area_km2": [1_000.0] * count,
        "immediate_region_code": ["A"] * count,
        "intermediate_region_code": ["X"] * count,
    }
    return pd.DataFrame(usual | columns, index=[f"{place:07d}" for place in range(count)])


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def test_the_distance_is_the_documented_one() -> None:
    frame = places(
        population=[1_000, 10_000, 100_000],
        immediate_region_code=["A", "B", "C"],
        intermediate_region_code=["X", "X", "Y"],
    )
    far = peers.differences(frame, "0000000")
    # The logarithms stand one apart, their deviation (ddof 0) is sqrt(2/3): each step is 1.2247 deviations.
    step = 1 / math.sqrt(2 / 3)
    assert far["population"].tolist() == pytest.approx([0, step, 2 * step])
    assert far["region"].tolist() == [0, 0.5, 1]
    assert far["distance"].tolist() == pytest.approx(
        [0, math.sqrt((step**2 + 0.25) / 5), math.sqrt((4 * step**2 + 1) / 5)]
    )


def test_what_is_not_known_for_both_is_left_out_and_said() -> None:
    frame = places(urbanisation=[50.0, float("nan"), 90.0, 20.0])
    far = peers.differences(frame, "0000000")
    assert np.isnan(far["urbanisation"]).tolist() == [False, True, False, False]
    assert far["distance"][1] == 0
    by_code = {peer.code: peer for peer in peers.nearest(frame, "0000000", 3)}
    assert "Sem dado de urbanização." in by_code["0000001"].reasons
    assert "Sem dado" not in by_code["0000002"].reasons
    # Without its own figure every comparison goes by the rest.
    assert peers.nearest(frame, "0000001", 1)[0].distance == 0


def test_the_reasons_say_what_is_alike_and_what_is_not() -> None:
    frame = places(
        population=[10_000, 10_100, 900_000, 9_000],
        gdp_per_capita=[30_000.0, 30_100.0, 29_000.0, 31_000.0],
        immediate_region_code=["A", "A", "B", "C"],
        intermediate_region_code=["X", "X", "X", "Y"],
    )
    found = {peer.code: peer.reasons for peer in peers.nearest(frame, "0000000")}
    assert (
        found["0000001"]
        == "Parecido em população, urbanização, PIB per capita e área; mesma região imediata."
    )
    assert "mesma região intermediária" in found["0000002"] and "mais populoso" in found["0000002"]
    assert "região" not in found["0000003"]


def test_one_who_is_the_same_everywhere_divides_by_nothing() -> None:
    assert [peer.distance for peer in peers.nearest(places(population=[5, 5]), "0000000")] == [0]
    assert peers.nearest(places(population=[5]), "0000000") == []


def test_peers_of_every_municipality(tables: Tables) -> None:
    frame = peers.features(tables)
    assert len(frame) == 5570
    here = frame.loc[list(tables.names())]
    assert here["urbanisation"].between(0, 100).all() and here["population"].gt(0).all()
    for code in here.index:
        found = peers.of(tables, code)
        assert len(found) == 5 and code not in {peer.code for peer in found}
        distances = [peer.distance for peer in found]
        assert distances == sorted(distances) and all(math.isfinite(distance) for distance in distances)
        assert all(peer.reasons.endswith(".") and "nan" not in peer.reasons for peer in found)
    # The distance is the same both ways.
    there = peers.differences(frame, "5002704")["distance"][frame.index.get_loc("5003702")]
    back = peers.differences(frame, "5003702")["distance"][frame.index.get_loc("5002704")]
    assert there == pytest.approx(back)
    # Dourados is the second city: nobody is nearer to the capital.
    assert peers.here(tables, "5002704")[0].name == "Dourados"


def test_peers_come_from_the_whole_country_and_say_their_state(tables: Tables) -> None:
    here = set(tables.names())
    found = {peer.code: peer for code in here for peer in peers.of(tables, code)}
    assert set(found) - here
    for code, peer in found.items():
        assert (code in here) != peer.name.endswith(")"), peer
    # What is set side by side is of the territory, and as near as the distance over everyone says.
    whole = peers.of(tables, "5002704", 5569)
    assert peers.here(tables, "5002704", 3) == [peer for peer in whole if peer.code in here][:3]
    assert "5.570" in peers.method(tables)


def test_what_nobody_has_a_figure_of_makes_nobody_alike() -> None:
    frame = places(area_km2=[float("nan")] * 3)
    assert np.isnan(peers.differences(frame, "0000000")["area_km2"]).all()
    for peer in peers.nearest(frame, "0000000"):
        assert "área" not in peer.reasons.split(". ")[0] and "Sem dado de área." in peer.reasons


def series(**rows: list[Any]) -> pd.DataFrame:
    """Values by municipality from 2020 on; a tuple gives value, numerator and denominator."""
    found = []
    for code, values in rows.items():
        for place, held in enumerate(values):
            value, numerator, denominator = held if isinstance(held, tuple) else (held, None, None)
            found.append(
                {
                    "municipality_code": code,
                    "name": code.upper(),
                    "period": pd.Timestamp(dt.date(2020 + place, 12, 31)),
                    "year": 2020 + place,
                    "value": value,
                    "flag": None,
                    "numerator": numerator,
                    "denominator": denominator,
                    "break_before": False,
                }
            )
    return pd.DataFrame(found).astype({"value": "float64"})


def test_who_started_from_the_same_level_and_improved_most() -> None:
    frame = series(
        here=[30, 35, 40],
        best=[40, 70, 90],
        late=[10, 40.5, 60],
        worse=[40, 30, 20],
        far=[80, 85, 95],
        gone=[40, 50, None],
    )
    found = peers.climbs(frame, WATER, "here")
    assert [(climb.code, climb.start_year, climb.end_year, climb.gain) for climb in found] == [
        ("best", 2020, 2022, 50),
        ("late", 2021, 2022, 19.5),
    ]
    assert (
        peers.climb_words(found[0], WATER)
        == "BEST: de 40,0% em 2020 para 90,0% em 2022 (+50,0\u00a0p.p. em 2 anos)"
    )
    # "far" never stood there, "gone" has no value to end with; "worse" stood there and fell.
    said, items = peers.from_here_words(found, WATER, "Aqui", 40.0, periods=3)
    assert (
        said == "3 municípios já estiveram perto de 40,0%, onde Aqui está hoje, e 2 melhoraram desde então:"
    )
    assert len(items) == 2
    said, items = peers.from_here_words(found * 3, WATER, "Aqui", 40.0, periods=3)
    assert said.endswith("e 6 melhoraram desde então; os 5 que mais melhoraram:") and len(items) == 5
    # Without counts and usual oscillation nothing was left out for chance, and nothing says so.
    assert "acaso" not in peers.from_here_note(found, WATER)


def test_lower_is_better_turns_it_round() -> None:
    frame = series(here=[30, 20], down=[20, 5], up=[20, 90])
    assert [climb.code for climb in peers.climbs(frame, replace(WATER, better="lower"), "here")] == ["down"]


def test_a_change_of_method_is_never_crossed() -> None:
    frame = series(here=[40, 40, 40], best=[40, 70, 90])
    frame.loc[frame["year"] == 2021, "break_before"] = True
    assert peers.climbs(frame, WATER, "here") == []
    frame.loc[frame["year"] == 2021, "value"] = [40, 41]
    assert [climb.start_year for climb in peers.climbs(frame, WATER, "here")] == [2021]


def test_what_chance_explains_is_left_out() -> None:
    frame = series(
        here=[(40, 40, 100), (40, 40, 100)],
        sure=[(40, 400, 1000), (60, 600, 1000)],
        luck=[(40, 4, 10), (60, 6, 10)],
    )
    found = peers.climbs(frame, RATE, "here")
    assert [(climb.code, climb.sure, climb.stood) for climb in found] == [("sure", True, 2)]
    assert "acaso" in peers.from_here_note(found, RATE)


def test_a_cohort_has_to_move_further_than_it_usually_swings() -> None:
    frame = series(here=[40, 40], far=[40, 70], near=[40, 50], unknown=[40, 60])
    swings = {"far": 20.0, "near": 20.0}
    found = peers.climbs(frame, replace(WATER, interval="none"), "here", swings.get)
    assert [(climb.code, climb.sure) for climb in found] == [("far", True), ("unknown", None)]


def test_windows_that_share_years_are_no_two_measurements() -> None:
    frame = series(here=[(40, 40, 100)] * 2, up=[(40, 400, 1000), (60, 600, 1000)])
    assert peers.climbs(frame, replace(RATE, window=3), "here") == []


@pytest.mark.parametrize(
    "indicator", [replace(WATER, better="none"), replace(WATER, kind="category", categories=("A", "B"))]
)
def test_without_a_direction_nobody_improves(indicator: Any) -> None:
    frame = series(here=[1, 1], up=[1, 2])
    assert peers.climbs(frame, indicator, "here") == []
    said, items = peers.from_here_words([], indicator, "Aqui", 1.0)
    assert (said, items) == ("", [])


def test_without_a_value_there_is_no_level() -> None:
    frame = series(here=[1, None], up=[1, 2])
    assert peers.climbs(frame, WATER, "here") == []
    assert peers.from_here_words([], WATER, "Aqui", None) == ("", [])


def test_without_a_second_period_nobody_moved() -> None:
    assert peers.from_here_words([], WATER, "Aqui", 1.0, periods=1) == ("", [])
    said, items = peers.from_here_words([], WATER, "Aqui", 1.0, periods=2)
    assert said.startswith("Nenhum município que já esteve perto de 1,0%") and not items
    total = replace(WATER, comparable=False)
    assert peers.from_here_words([], total, "Aqui", 1.0) == ("", [])


def test_from_here_needs_no_more_than_the_rows_around_the_level(tables: Tables) -> None:
    """What is asked of the tables says the same as every series of the indicator would."""
    told = 0
    for name in tables.available()[::3]:
        every = tables.series(name, tuple(tables.names()))
        known = every[every["period"] <= tables.newest(name)]
        for code in list(tables.names())[::11]:
            indicator = tables.indicators[name]
            found = peers.climbs(known, indicator, code, lambda other, name=name: tables.swing(name, other))  # type: ignore[misc]
            assert peers.from_here(tables, name, code) == found, (name, code)
            told += len(found)
    assert told > 100


def test_from_here_on_every_indicator(tables: Tables) -> None:
    declared = declarations.indicators()
    seen = 0
    for name in tables.available():
        for climb in peers.from_here(tables, name, "5003207"):
            seen += 1
            rows = tables.series(name, (climb.code,)).set_index("year")["value"]
            assert rows.loc[[climb.end_year]].tolist()[-1] == climb.end_value
            sign = -1 if declared[name].better == "lower" else 1
            assert (
                climb.gain == pytest.approx(sign * (climb.end_value - climb.start_value)) and climb.gain > 0
            )
            assert climb.start_year < climb.end_year or declared[name].periodicity.startswith("mens")
            assert climb.sure is not False
    assert seen > 50
