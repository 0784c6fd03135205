"""Panels of a few observations, written as people would write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.verdicts import reach
from pipelines.verdicts.reach import Panel


def panel_of(
    municipalities: Sequence[str],
    years: Sequence[int],
    values: Sequence[float | None],
    bands: Sequence[str | None],
    stretches: Sequence[int] | None = None,
) -> Panel:
    """The panel of observations whose municipalities and population bands are texts, None where one is not known."""
    towns, names = sorted({*municipalities}), tuple(sorted({band for band in bands if band is not None}))
    return reach.panel_of(
        np.array([towns.index(town) for town in municipalities], dtype=np.intp),
        np.array(years, dtype=np.intp),
        np.array(values, dtype=float),
        np.array([-1 if band is None else names.index(band) for band in bands], dtype=np.intp),
        np.array([0] * len(years) if stretches is None else stretches, dtype=np.intp),
        names,
    )
