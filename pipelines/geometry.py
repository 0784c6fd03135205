"""The mesh of municipalities: GeoParquet for programs, small GeoJSON files for the screen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

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
SCREEN_DECIMALS = 4


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
    repaired = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return None if repaired.is_empty else str(repaired.wkt)


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

    Shared borders stay shared (coverage simplification). Returns the files' addresses below static/ and the bounds
    [west, south, east, north] in degrees.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = frame[frame.geometry.notna()]
    import shapely

    west, south, east, north = (float(bound) for bound in drawn.total_bounds)
    tolerance = min(max(east - west, north - south) * SCREEN_SHARE, MOST_TOLERANCE)
    simple = shapely.coverage_simplify(drawn.geometry.to_numpy(), tolerance)
    simple = shapely.set_precision(simple, 10**-SCREEN_DECIMALS, mode="pointwise")
    codes = drawn["municipality_code"].tolist()
    states = [
        shapely.union_all(shapely.make_valid(simple[[code[:2] == state for code in codes]]))
        for state in sorted({code[:2] for code in codes})
    ]
    polygons = [
        shapely.Polygon(part.exterior)
        for state in states
        for part in getattr(state, "geoms", [state])
        if part.area > 1e-4
    ]
    return {
        "municipalities": _write(
            "municipalities",
            [_feature(code, shape) for code, shape in zip(codes, simple, strict=True)],
            folder,
        ),
        "outline": _write("outline", [_feature("outline", shapely.MultiPolygon(polygons))], folder),
        "bounds": [west, south, east, north],
    }
