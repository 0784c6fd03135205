"""Outlines as they come: mended where they cross, left out where they are none."""

from __future__ import annotations

import pytest
import shapely

from pipelines import build, geometry, swapping
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
    assert geometry.mended(whole) == whole
    crossed = geometry.mended("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))")
    assert crossed is not None
    shape = shapely.from_wkt(crossed)
    assert shape.is_valid and shape.area == pytest.approx(0.5)
    folded = geometry.mended("MULTIPOLYGON (((0 0, 0 1, 1 1, 1 0, 0 0)), ((2 2, 3 3, 2 2)))")
    assert folded is not None and shapely.from_wkt(folded).area == pytest.approx(1)
    for text in (None, "", "POINT (1 1)", "POLYGON EMPTY", "POLYGON ((0 0, 0 400, 400 400, 0 0))", "texto"):
        assert geometry.mended(text) is None
