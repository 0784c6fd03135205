"""The mesh of municipalities: GeoParquet for programs, small GeoJSON files for the screen."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines import declarations
from pipelines.raw_files import fingerprint

# The libraries of geometry take a second and much memory: they are loaded where a mesh is drawn or written, and no
# process that only shows pages loads them.
if TYPE_CHECKING:
    import geopandas as gpd

# Arrays of shapes. All is done by array: beside a build's other work, which is Python's, each of ten thousand short calls
# would wait for its turn.
Shapes = NDArray[Any]
SIRGAS_2000 = "EPSG:4674"
# Of the widest side: about one pixel of a map on a laptop. A small state keeps a third of its vertices; of the
# country, whose small municipalities would vanish, no more is taken than this many degrees.
SCREEN_SHARE = 1 / 520
MOST_TOLERANCE = 0.05
# Coordinates are written to at least this share of the tolerance: the digits after it are bytes that nobody sees.
SCREEN_STEP = 1 / 20
# A polygon and several, as GEOS numbers them.
_AREAL = (3, 6)


def write_geoparquet(municipalities: pa.Table, path: Path) -> gpd.GeoDataFrame:
    """Write municipalities with their geometry as GeoParquet in SIRGAS 2000.

    `municipalities` has the geometry as the column `wkt`, well-known text in degrees; null stays a null
    geometry. Its other columns keep their types in the file. Returns the frame.
    """
    import geopandas as gpd

    kept = municipalities.drop_columns(["wkt"])
    outlines = gpd.GeoSeries.from_wkt(municipalities["wkt"].to_pandas(), crs=SIRGAS_2000)
    frame = gpd.GeoDataFrame(kept.to_pandas(), geometry=outlines, crs=SIRGAS_2000)
    frame.to_parquet(path, index=False, compression="zstd")
    # pandas has no type for a column without a single value, and makes decimals of integers with a gap.
    written = pq.read_table(path)
    schema = pa.schema([*kept.schema, written.schema.field("geometry")], written.schema.metadata)
    pq.write_table(written.cast(schema), path, compression="zstd")
    return frame


def mended(texts: Sequence[str | None]) -> list[str | None]:
    """Polygons in degrees, in well-known text, that can be drawn: each text itself where it is one already.

    A ring that crosses or folds back on itself is repaired. None for what is no polygon in degrees.
    """
    import shapely

    shapes = shapely.from_wkt(np.array(texts, dtype=object), on_invalid="ignore")
    west, south, east, north = shapely.bounds(shapes).T
    drawn = np.isin(shapely.get_type_id(shapes), _AREAL) & ~shapely.is_empty(shapes)
    # No comparison with the NaN of what has no bounds holds.
    drawn &= (
        (west >= -180) & (west <= east) & (east <= 180) & (south >= -90) & (south <= north) & (north <= 90)
    )
    found: list[str | None] = [text if kept else None for text, kept in zip(texts, drawn, strict=True)]
    for place in np.flatnonzero(drawn & ~shapely.is_valid(shapes)):
        repaired = _sound(shapes[place : place + 1])[0]
        found[place] = None if repaired.is_empty else str(repaired.wkt)
    return found


def _sound(shapes: Shapes) -> Shapes:
    """Polygons whose rings neither cross nor fold back, without what is no more than a line."""
    import shapely

    found, crossed = shapes.copy(), ~shapely.is_valid(shapes)
    found[crossed] = shapely.make_valid(shapes[crossed], method="structure", keep_collapsed=False)
    return found


def _joined(shapes: Shapes) -> object:
    """Sound polygons as one shape. Of those that fit each other, as nearly all do, inner borders are only left out, which
    takes a third of the time.
    """
    import shapely

    fit = shapely.coverage_is_valid(shapes)
    return shapely.coverage_union_all(shapes) if fit else shapely.union_all(shapes)


def _of_polygons(parts: Shapes, owners: NDArray[np.int64], many: int) -> Shapes:
    """So many multipolygons of parts, by whose each is (ascending); of what is no polygon nothing."""
    import shapely

    areal = shapely.get_type_id(parts) == _AREAL[0]
    found = np.full(many, shapely.MultiPolygon(), dtype=object)
    shapely.multipolygons(parts[areal], indices=owners[areal], out=found)
    return found


def _features(codes: list[str], names: list[str], shapes: Shapes) -> str:
    """Shapes as the features of a GeoJSON file, by code, each with its name, which a map says who points at it.

    Names are escaped, since a map reads tags in them. Outer rings run clockwise, as d3 wants them: the other way round it paints the world minus the polygon.
    """
    import shapely

    parts, owners = shapely.get_parts(shapes, return_index=True)
    told = [{"name": html.escape(name, quote=False)} for name in names]
    clockwise = _of_polygons(shapely.orient_polygons(parts, exterior_cw=True), owners, len(shapes))
    return ",".join(
        f'{{"type":"Feature","id":{json.dumps(code)},"properties":{json.dumps(said)},"geometry":{text}}}'
        for code, said, text in zip(codes, told, shapely.to_geojson(clockwise), strict=True)
    )


def _write(name: str, features: str, folder: Path) -> str:
    """Write features as a FeatureCollection under a name that holds its content's hash; returns its address below static/.

    Static files are served without Cache-Control, so a changed mesh must have another address.
    """
    text = f'{{"type":"FeatureCollection","features":[{features}]}}'
    file = f"{name}-{fingerprint(text.encode())[:12]}.geojson"
    target = folder / file
    if not target.exists():
        partial = target.with_suffix(".partial")
        partial.write_text(text, "utf-8")
        partial.replace(target)
    return target.relative_to(declarations.STATIC).as_posix()


def write_screen_files(frame: gpd.GeoDataFrame, folder: Path) -> dict[str, object]:
    """Write the simplified mesh and the outlines of the states for the maps on screen.

    Shared borders stay shared (coverage simplification), and the smaller what is shown, the finer it is drawn. Returns
    the files' addresses below static/ and the bounds [west, south, east, north] in degrees; in a territory of several
    states the same of each state by its code, under `states`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = frame[frame.geometry.notna()]
    whole = _screen_files(drawn, folder)
    of = drawn["municipality_code"].str[:2]
    states = sorted(of.unique())
    if len(states) > 1:
        whole["states"] = {state: _screen_files(drawn[of == state], folder, f"-{state}") for state in states}
    return whole


def _screen_files(drawn: gpd.GeoDataFrame, folder: Path, mark: str = "") -> dict[str, object]:
    """The files and bounds of some municipalities, all of which have a geometry."""
    import shapely

    codes, names, shapes = (
        drawn["municipality_code"].tolist(),
        drawn["name"].tolist(),
        drawn.geometry.to_numpy(),
    )
    bounds = _bounds(shapes)
    west, south, east, north = bounds
    tolerance = min(max(east - west, north - south) * SCREEN_SHARE, MOST_TOLERANCE)
    simple = _within(shapely.coverage_simplify(shapes, tolerance), bounds)
    # Outlines that did not fit each other may cross once they are simplified.
    sound, of = _sound(simple), np.array([code[:2] for code in codes])
    states = np.array([_joined(sound[of == state]) for state in np.unique(of)], dtype=object)
    parts = shapely.get_parts(states)
    polygons = shapely.polygons(shapely.get_exterior_ring(parts[shapely.area(parts) > 1e-4]))
    step = 10 ** -math.ceil(-math.log10(tolerance * SCREEN_STEP))
    outline = np.array([shapely.MultiPolygon(_rounded(polygons, step).tolist())], dtype=object)
    return {
        "municipalities": _write(
            f"municipalities{mark}", _features(codes, names, _rounded(simple, step)), folder
        ),
        "outline": _write(f"outline{mark}", _features(["outline"], [""], outline), folder),
        "bounds": list(bounds),
    }


def _rounded(shapes: Shapes, step: float) -> Shapes:
    """Shapes with coordinates in steps of so many degrees; a sliver that would cross itself or vanish stays as it is,
    since a browser takes its ring for the edge of the rest of the world.
    """
    import shapely

    rounded = shapely.set_precision(shapes, step, mode="pointwise")
    return np.where(shapely.is_valid(rounded), rounded, shapes)


def _bounds(shapes: Shapes) -> tuple[float, float, float, float]:
    """West, south, east and north of what a map shows: of the largest part of each municipality.

    Vitória's islands of Trindade lie 1,100 km out at sea: with them in view its state would be a quarter of the map.
    """
    import shapely

    parts, owners = shapely.get_parts(shapes, return_index=True)
    order = np.lexsort((shapely.area(parts), owners))
    last = np.append(np.diff(owners[order]) > 0, True)
    west, south, east, north = (float(bound) for bound in shapely.total_bounds(parts[order[last]]))
    return west, south, east, north


def _within(shapes: Shapes, bounds: tuple[float, float, float, float]) -> Shapes:
    """Municipalities without the parts that lie wholly beyond what a map shows."""
    import shapely

    parts, owners = shapely.get_parts(shapes, return_index=True)
    seen = shapely.intersects(parts, shapely.box(*bounds))
    return _of_polygons(parts[seen], owners[seen], len(shapes))
