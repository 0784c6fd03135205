"""The mesh of municipalities: GeoParquet for programs, small GeoJSON files for the screen."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import declarations
from pipelines.raw_files import fingerprint

# The libraries of geometry take a second and much memory: they are loaded where a mesh is drawn or written, and no
# process that only shows pages loads them.
if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

SIRGAS_2000 = "EPSG:4674"
# Of the widest side: about one pixel of a map on a laptop. A small state keeps a third of its vertices; of the
# country, whose small municipalities would vanish, no more is taken than this many degrees.
SCREEN_SHARE = 1 / 520
MOST_TOLERANCE = 0.05
# Coordinates are written to at least this share of the tolerance: the digits after it are bytes that nobody sees.
SCREEN_STEP = 1 / 20


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


def mended(wkt: str | None) -> str | None:
    """A polygon in degrees, in well-known text, that can be drawn: the text itself where it is one already.

    A ring that crosses or folds back on itself is repaired. None for what is no polygon in degrees.
    """
    import shapely

    shape = shapely.from_wkt(wkt, on_invalid="ignore")
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    if shape.is_valid:
        return wkt
    repaired = _sound(shape)
    return None if repaired.is_empty else str(repaired.wkt)


def _sound(shape: BaseGeometry) -> BaseGeometry:
    """A polygon whose rings neither cross nor fold back, without what is no more than a line."""
    import shapely

    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _clockwise(shape: BaseGeometry) -> BaseGeometry:
    """Outer rings clockwise, as d3 wants them: the other way round it paints the world minus the polygon."""
    import shapely
    from shapely.geometry import polygon

    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon([polygon.orient(part, sign=-1.0) for part in parts])


def _feature(code: str, shape: BaseGeometry) -> dict[str, object]:
    from shapely.geometry import mapping

    return {"type": "Feature", "id": code, "properties": {}, "geometry": mapping(_clockwise(shape))}


def _write(name: str, features: list[dict[str, object]], folder: Path) -> str:
    """Write a FeatureCollection under a name that holds its content's hash; returns its address below static/.

    Static files are served without Cache-Control, so a changed mesh must have another address.
    """
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
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
    codes, shapes = drawn["municipality_code"].tolist(), drawn.geometry.to_numpy()
    whole = _screen_files(codes, shapes, folder)
    states = sorted({code[:2] for code in codes})
    if len(states) > 1:
        whole["states"] = {
            state: _screen_files(
                [code for code in codes if code[:2] == state],
                shapes[[code[:2] == state for code in codes]],
                folder,
                f"-{state}",
            )
            for state in states
        }
    return whole


def _screen_files(codes: list[str], shapes: Any, folder: Path, mark: str = "") -> dict[str, object]:
    """The files and bounds of some municipalities, by code; `shapes`: their polygons, an array as long."""
    import shapely

    bounds = _bounds(shapes)
    west, south, east, north = bounds
    tolerance = min(max(east - west, north - south) * SCREEN_SHARE, MOST_TOLERANCE)
    simple = shapely.coverage_simplify(shapes, tolerance)
    simple = [_within(shape, bounds) for shape in simple]
    states = [
        # Outlines that did not fit each other may cross once they are simplified.
        shapely.union_all(
            [_sound(shape) for code, shape in zip(codes, simple, strict=True) if code[:2] == state]
        )
        for state in sorted({code[:2] for code in codes})
    ]
    polygons = [
        shapely.Polygon(part.exterior)
        for state in states
        for part in getattr(state, "geoms", [state])
        if part.area > 1e-4
    ]
    step = 10 ** -math.ceil(-math.log10(tolerance * SCREEN_STEP))
    simple, polygons = _rounded(simple, step), _rounded(polygons, step)
    features = [_feature(code, shape) for code, shape in zip(codes, simple, strict=True)]
    return {
        "municipalities": _write(f"municipalities{mark}", features, folder),
        "outline": _write(f"outline{mark}", [_feature("outline", shapely.MultiPolygon(polygons))], folder),
        "bounds": list(bounds),
    }


def _rounded(shapes: list[BaseGeometry], step: float) -> list[BaseGeometry]:
    """Shapes with coordinates in steps of so many degrees; a sliver that would cross itself or vanish stays as it is,
    since a browser takes its ring for the edge of the rest of the world.
    """
    import shapely

    rounded = shapely.set_precision(shapes, step, mode="pointwise")
    return [
        found if sound else shape
        for found, shape, sound in zip(rounded, shapes, shapely.is_valid(rounded), strict=True)
    ]


def _bounds(shapes: Any) -> tuple[float, float, float, float]:
    """West, south, east and north of what a map shows: of the largest part of each municipality.

    Vitória's islands of Trindade lie 1,100 km out at sea: with them in view its state would be a quarter of the map.
    """
    import shapely

    parts, owners = shapely.get_parts(shapes, return_index=True)
    areas = shapely.area(parts)
    order = sorted(range(len(parts)), key=lambda place: (owners[place], areas[place]))
    main = parts[list({owners[place]: place for place in order}.values())]
    west, south, east, north = (float(bound) for bound in shapely.total_bounds(main))
    return west, south, east, north


def _within(shape: BaseGeometry, bounds: tuple[float, float, float, float]) -> BaseGeometry:
    """A municipality without the parts that lie wholly beyond what a map shows."""
    import shapely

    view = shapely.box(*bounds)
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.intersects(view)]
    return shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
