"""Outlines as they come: mended where they cross, left out where they are none."""

from __future__ import annotations

import cProfile
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import signed_area

from pipelines import build, declarations, geometry, swapping
from pipelines.declarations import Config


def test_a_mesh_that_draws_nobody_ends_the_build(copied: Config) -> None:
    mesh = copied.raw / "ibge_malha" / "values.csv"
    codes = [line.split(",")[0] for line in mesh.read_text("utf-8").splitlines()[1:]]
    mesh.write_text(
        "".join(["municipality_code,period,geometry\n", *(f"{code},2022,\n" for code in codes)]), "utf-8"
    )
    with pytest.raises(swapping.BuildError, match="não traz o contorno de nenhum município"):
        build.build(copied)


def test_an_outline_that_crosses_itself_is_mended_and_what_is_none_stays_none() -> None:
    whole = "POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))"
    none = (None, "", "POINT (1 1)", "POLYGON EMPTY", "POLYGON ((0 0, 0 400, 400 400, 0 0))", "texto")
    found = geometry.mended(
        [
            *(whole, "POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", *none),
            "MULTIPOLYGON (((0 0, 0 1, 1 1, 1 0, 0 0)), ((2 2, 3 3, 2 2)))",
        ]
    )
    assert found[0] == whole and found[2:-1] == [None] * len(none)
    crossed, folded = shapely.from_wkt([found[1], found[-1]])
    assert crossed.is_valid and crossed.area == pytest.approx(0.5)
    assert folded.is_valid and folded.area == pytest.approx(1)
    assert geometry.mended([]) == []


def towns(**shapes: BaseGeometry) -> gpd.GeoDataFrame:
    """Municipalities by code, each `c` and seven digits, as the build hands them on."""
    codes = [name.removeprefix("c") for name in shapes]
    return gpd.GeoDataFrame(
        {"municipality_code": codes, "name": [f"Município {code}" for code in codes]},
        geometry=list(shapes.values()),
        crs=geometry.SIRGAS_2000,
    )


def features(address: object) -> dict[str, BaseGeometry]:
    """The features of a served file by id."""
    found = json.loads((declarations.STATIC / str(address)).read_text("utf-8"))
    return {feature["id"]: shapely.geometry.shape(feature["geometry"]) for feature in found["features"]}


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(declarations, "STATIC", tmp_path)
    return tmp_path / "geo"


def test_several_states_have_a_map_each_finer_than_the_one_of_all(served: Path) -> None:
    edge = shapely.LineString([(1 + 0.01 * (place % 2), place / 100) for place in range(101)])
    west = shapely.Polygon([(0, 0), *edge.coords, (0, 1)])
    east = shapely.box(0, 0, 2, 1).difference(west)
    far = shapely.box(30, 20, 31, 21)
    drawn: Any = geometry.write_screen_files(towns(c2500001=west, c2500002=east, c2800001=far), served)
    assert list(drawn["states"]) == ["25", "28"]
    assert drawn["bounds"] == [0, 0, 31, 21] and drawn["states"]["28"]["bounds"] == [30, 20, 31, 21]
    whole, own = features(drawn["municipalities"]), features(drawn["states"]["25"]["municipalities"])
    assert set(whole) == {"2500001", "2500002", "2800001"} and set(own) == {"2500001", "2500002"}
    assert len(shapely.get_coordinates(own["2500001"])) > len(shapely.get_coordinates(whole["2500001"]))
    for shapes in (whole, own):
        assert shapes["2500001"].intersection(shapes["2500002"]).area == 0
    assert features(drawn["states"]["28"]["outline"])["outline"].bounds == (30, 20, 31, 21)
    assert "states" not in geometry.write_screen_files(towns(c2500001=west, c2500002=east), served)


def test_what_a_map_draws_bears_its_name_escaped(served: Path) -> None:
    frame = towns(c2500001=shapely.box(0, 0, 1, 1), c2800001=shapely.box(3, 0, 4, 1))
    frame["name"] = ["Bom Jesus (PB)", "<b>São & Cia</b>"]
    drawn: Any = geometry.write_screen_files(frame, served)
    of_all, of_one = (
        [
            feature["properties"]
            for feature in json.loads((declarations.STATIC / file).read_text())["features"]
        ]
        for file in (drawn["municipalities"], drawn["states"]["28"]["municipalities"])
    )
    assert (
        of_all == [{"name": "Bom Jesus (PB)"}, {"name": "&lt;b&gt;São &amp; Cia&lt;/b&gt;"}]
        and of_one == of_all[1:]
    )


def test_islands_far_at_sea_do_not_make_the_map_small(served: Path) -> None:
    coast, island = shapely.box(-41, -21, -40, -20), shapely.box(-29.4, -20.6, -29.2, -20.5)
    near = shapely.box(-40.2, -20.9, -40.1, -20.8)
    town = shapely.MultiPolygon([shapely.box(-41, -20, -40, -19), island, near.buffer(0.01)])
    drawn: Any = geometry.write_screen_files(towns(c3200001=coast, c3200002=town), served)
    assert drawn["bounds"] == [-41, -21, -40, -19]
    for name in ("municipalities", "outline"):
        west, _, east, _ = shapely.total_bounds(list(features(drawn[name]).values()))
        assert (west, east) == (-41, -40)
    # A municipality that is an island and nothing else stays in view.
    alone: Any = geometry.write_screen_files(towns(c3200001=coast, c2605459=island), served)
    assert alone["bounds"][2] == -29.2


def test_a_town_thinner_than_the_steps_of_the_map_keeps_its_ring(served: Path) -> None:
    thin = shapely.Polygon([(0, 0), (0.0004, 0.002), (0.0003, 0)])
    assert not shapely.set_precision(thin, 0.001, mode="pointwise").is_valid
    wide = shapely.box(-40, -20, -39, -19)
    drawn: Any = geometry.write_screen_files(towns(c2600001=thin, c2600002=wide), served)
    [part] = features(drawn["municipalities"])["2600001"].geoms
    # Clockwise: a browser fills the other side of a ring that runs the wrong way, or has no sides.
    assert part.is_valid and signed_area(part.exterior) < 0


def test_a_mesh_is_drawn_in_as_many_calls_whatever_its_municipalities(served: Path) -> None:
    # Each call gives other threads their turn: of ten thousand municipalities one by one, minutes beside other work.
    def calls(many: int) -> int:
        shapes = {f"c26{place:05}": shapely.box(place, 0, place + 1, 1) for place in range(many)}
        frame, found = towns(**shapes), cProfile.Profile()
        found.enable()
        geometry.mended(shapely.to_wkt(list(shapes.values())).tolist())
        geometry.write_screen_files(frame, served)
        found.disable()
        return sum(item.callcount for item in found.getstats() if "shapely" in str(item.code))

    assert 0 < calls(60) <= calls(6)
