"""Pictures that explain themselves, drawn without a browser."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
from typing import Any

import pypdf
import pytest
from PIL import Image, ImageFont

from dashboard import charts
from dashboard.charts import Chart, TargetPath, pictures
from dashboard.charts.palettes import PALETTES, text_width
from tests.dashboard.samples import (
    DEATHS,
    EVIL,
    GEO,
    WATER,
    every_chart,
    frame,
    history,
    mesh,
)

SOURCE = "Fonte: INEP, Indicador, edição 2024. Dado de 2024. Incluído em 22/11/2026 (cópia pública)."


MESH = mesh(8)


def text_of(pdf: bytes) -> str:
    return " ".join(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].extract_text().replace("\u00a0", " ").split())


def colours(png: bytes) -> dict[Any, float]:
    """Each colour's share of a picture."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    counted = image.getcolors(maxcolors=1 << 24) or []
    return {colour: count / (image.width * image.height) for count, colour in counted}


def share(png: bytes, colour: str) -> float:
    return colours(png).get(tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)), 0.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", list(every_chart()))
def test_every_chart_becomes_a_picture(kind: str, theme: str) -> None:
    chart = every_chart(theme)[kind]
    png = pictures.picture(chart, "Título", SOURCE, geometries=MESH)
    image = Image.open(io.BytesIO(png))
    assert image.width == 2 * (720 + 48)
    assert image.height > 2 * chart.figure["layout"]["height"]
    assert share(png, PALETTES[theme].surface) > 0.25
    assert len(colours(png)) > 20


def test_a_picture_says_title_sentence_source_edition_and_date() -> None:
    chart = every_chart()["ranking"]
    text = text_of(
        pictures.picture(
            chart, "Água: três à frente", SOURCE, "pdf", date=dt.date(2026, 11, 22), note="Demonstração"
        )
    )
    for part in ("Água: três à frente", chart.sentence, SOURCE, "22/11/2026", "Demonstração"):
        assert " ".join(part.replace("\u00a0", " ").split()) in text


def test_labels_of_the_drawing_are_in_the_picture() -> None:
    chart = charts.series(history({2020: 10, 2024: 52}), WATER, path=TargetPath(2030, 80, 2020, 10))
    text = text_of(pictures.picture(chart, "x", SOURCE, "pdf"))
    for part in ("meta 80% em 2030", "52,0%", "em 2024", "caminho previsto", "Bonito subiu"):
        assert part in text
    drawn = charts.choropleth(frame([10, 55, None]), WATER, selected="5000001", **GEO)
    text = text_of(pictures.picture(drawn, "x", SOURCE, "pdf", geometries=MESH))
    for part in ("menos de 50% (1)", "50% a 65% (1)", "sem dado (1)", "Município 1"):
        assert part in text


def test_text_from_data_is_text() -> None:
    chart = every_chart(name=EVIL)["ranking"]
    text = text_of(pictures.picture(chart, '#panic("x") *a* $b$ <c> @d', "[e] #f", "pdf"))
    assert '#panic("x") *a* $b$ <c> @d' in text
    assert "[e] #f" in text
    assert "<script>" in text


def test_svg_needs_no_font_of_the_reader() -> None:
    """Every text is outlines: neither the page nor the image inside it asks for a font."""
    svg = pictures.picture(every_chart()["choropleth"], "Título", SOURCE, "svg", geometries=MESH).decode()
    inner = [
        base64.b64decode(found).decode() for found in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", svg)
    ]
    assert inner, "the drawing is not where this test looks for it"
    for part in (svg, *inner):
        assert "<text" not in part
        assert "http://" not in part.replace("http://www.w3.org/", "")


def test_colours_on_the_picture_are_those_of_the_classes() -> None:
    drawn = charts.choropleth(frame([10, 55, 70, 85, 95, None]), WATER, **GEO)
    png = pictures.picture(drawn, "x", SOURCE, geometries=MESH)
    palette = PALETTES["light"]
    for colour in (*palette.sequential[5], palette.missing):
        # A square of one degree at 2 pixels a point is far more than the legend's own square.
        assert share(png, colour) > 0.004


@pytest.mark.parametrize("width", [200, 340, 720])
@pytest.mark.parametrize("kind", ["choropleth", "status_map", "scatter"])
def test_the_whole_legend_is_inside_the_drawing(kind: str, width: int) -> None:
    chart = every_chart()[kind]
    drawn = pictures.drawing(chart, width, MESH)
    entries = [trace["name"].lstrip("★►◆■◄✕○□ ") for trace in chart.figure["data"] if trace.get("showlegend")]
    written = {"".join(run[0] for run in text["runs"]): text["y"] for text in drawn.texts}
    assert len(entries) > 1
    assert max(written[entry] for entry in entries) < drawn.height


def test_a_gap_stays_a_gap() -> None:
    chart = charts.series(history({2020: 10, 2021: None, 2022: 10}), WATER)
    joined = charts.series(history({2020: 10, 2022: 10}), WATER)

    def blue(one: Chart) -> float:
        return share(pictures.picture(one, "x", SOURCE), PALETTES["light"].data)

    assert blue(chart) < blue(joined) / 3


def test_a_missing_mesh_is_named() -> None:
    with pytest.raises(KeyError, match=r"m\.geojson"):
        pictures.picture(every_chart()["choropleth"], "x", SOURCE)


def test_another_mesh_under_the_same_address_is_not_taken_for_the_first() -> None:
    chart = charts.choropleth(frame([10, 55]), WATER, legend=False, **GEO)
    first = pictures.drawing(chart, 300, mesh(1)).svg()
    second = pictures.drawing(chart, 300, mesh(2)).svg()
    assert first != second


def test_pdf_of_drawings_passes_the_accessible_standard() -> None:
    chart = every_chart()["series"]
    source = (
        "#let d = json(bytes(sys.inputs.d))\n" + pictures.TYPST_DRAWING + '#set document(title: "x")\n'
        '#set text(lang: "pt", font: "Source Sans 3")\n= Título\n#drawing(d, alt: sys.inputs.alt)'
    )
    data = json.dumps(pictures.drawing(chart, 400).data())
    pdf = pictures.typeset(source.encode(), {"d": data, "alt": chart.sentence}, pdf_standards=["ua-1"])
    assert pdf.startswith(b"%PDF")


def test_widths_are_those_of_the_shipped_font() -> None:
    for text in ("Dois Irmãos do Buriti", "R$ 1.234,56", "74,8% (mediana)"):
        regular = ImageFont.truetype(str(pictures.FONTS / "SourceSans3-Regular.ttf"), 1000)
        # Kerning makes a few pairs tighter than the sum of their letters.
        assert text_width(text, 1000) == pytest.approx(regular.getlength(text), rel=0.02)


def test_the_font_ships_with_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (pictures.FONTS / "SourceSans3-LICENSE.md").read_text("utf-8").upper()


def test_a_group_is_no_status_because_of_its_first_letter() -> None:
    rows = frame([1, 2], x=[1.0, 2], y=[1.0, 2], group=["★ polo", "outros"])
    drawn = pictures.drawing(charts.scatter(rows, WATER, DEATHS), 400)
    written = ["".join(run[0] for run in text["runs"]) for text in drawn.texts]
    assert "★ polo" in written


def test_every_reason_for_a_missing_value_has_its_mark_as_a_shape() -> None:
    rows = frame([10, None, None, None, None])
    rows["flag"] = [None, "not_available", "not_eligible", "suppressed", "not_in_existence"]
    chart = charts.choropleth(rows, WATER, **GEO)
    assert set(chart.symbols.values()) == {"circle-open", "square-open", "diamond-open", "triangle-up-open"}
    drawn = pictures.drawing(chart, 720, MESH)
    written = ["".join(run[0] for run in text["runs"]) for text in drawn.texts]
    for label in chart.symbols:
        assert label[1:].strip() in written
