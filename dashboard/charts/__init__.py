"""Data frames in, charts out: what findings, files, sheets and screens ask of the drawings."""

from __future__ import annotations

from dashboard.charts.classes import Classes, classes
from dashboard.charts.figure import Chart
from dashboard.charts.maps import choropleth, status_map
from dashboard.charts.markup import (
    Cell,
    Html,
    Outlines,
    chip,
    data_table,
    heat_table,
    inset,
    joined,
    outlines,
    ribbon,
    sparkline,
    territory,
    tile,
    tiles,
    value_cell,
)
from dashboard.charts.multiples import panels, small_multiples
from dashboard.charts.pairs import dense, dumbbell, scatter
from dashboard.charts.rankings import distribution, ranking
from dashboard.charts.series import TargetPath, series
from dashboard.charts.swings import swings

__all__ = [
    "Cell",
    "Chart",
    "Classes",
    "Html",
    "Outlines",
    "TargetPath",
    "chip",
    "choropleth",
    "classes",
    "data_table",
    "dense",
    "distribution",
    "dumbbell",
    "heat_table",
    "inset",
    "joined",
    "outlines",
    "panels",
    "ranking",
    "ribbon",
    "scatter",
    "series",
    "small_multiples",
    "sparkline",
    "status_map",
    "swings",
    "territory",
    "tile",
    "tiles",
    "value_cell",
]
