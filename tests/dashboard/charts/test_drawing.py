"""Marks of a drawing."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from dashboard.charts import drawing, pictures


@pytest.mark.parametrize(
    "kind", ["star", "triangle-right", "diamond", "square", "triangle-left", "x", "circle"]
)
def test_symbols_stand_centred_on_their_place(kind: str) -> None:
    svg = drawing.Drawing(100, 100, [drawing.symbol(kind, 50, 50, 40, "#000000")]).svg()
    png = pictures.typeset(
        b"#set page(width: 100pt, height: 100pt, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg", width: 100pt)',
        {"svg": svg},
        "png",
        ppi=72.0,
    )
    dark = np.asarray(Image.open(io.BytesIO(png)).convert("L")) < 128
    rows, columns = np.nonzero(dark)
    assert 300 < dark.sum() < 1700
    assert abs((rows.min() + rows.max()) / 2 - 49.5) <= (3 if kind == "star" else 1)
    assert abs((columns.min() + columns.max()) / 2 - 49.5) <= (7 if "triangle" in kind else 1)
