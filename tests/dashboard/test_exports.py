"""Files out: pictures that explain themselves, and tables that spreadsheets and programs read as they are."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import re
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
from PIL import Image, ImageFont

from dashboard import charts
from dashboard.charts import Chart, TargetPath, pictures
from dashboard.charts.palettes import PALETTES, text_width
from dashboard.files import spreadsheets
from tests.dashboard.samples import DEATHS, GEO, GRADE, WATER, frame, history, mesh
from tests.dashboard.test_charts import EVIL, every_chart

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


# Pictures


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
    drawn = pictures.drawing(chart.figure, width, MESH)
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
    first = pictures.drawing(chart.figure, 300, mesh(1)).svg()
    second = pictures.drawing(chart.figure, 300, mesh(2)).svg()
    assert first != second


def test_pdf_of_drawings_passes_the_accessible_standard() -> None:
    chart = every_chart()["series"]
    source = (
        "#let d = json(bytes(sys.inputs.d))\n" + pictures.TYPST_DRAWING + '#set document(title: "x")\n'
        '#set text(lang: "pt", font: "Source Sans 3")\n= Título\n#drawing(d, alt: sys.inputs.alt)'
    )
    data = json.dumps(pictures.drawing(chart.figure, 400).data())
    pdf = pictures.typeset(source.encode(), {"d": data, "alt": chart.sentence}, pdf_standards=["ua-1"])
    assert pdf.startswith(b"%PDF")


def test_widths_are_those_of_the_shipped_font() -> None:
    for text in ("Dois Irmãos do Buriti", "R$ 1.234,56", "74,8% (mediana)"):
        regular = ImageFont.truetype(str(pictures.FONTS / "SourceSans3-Regular.ttf"), 1000)
        # Kerning makes a few pairs tighter than the sum of their letters.
        assert text_width(text, 1000) == pytest.approx(regular.getlength(text), rel=0.02)


def test_the_font_ships_with_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (pictures.FONTS / "SourceSans3-LICENSE.md").read_text("utf-8").upper()


@pytest.mark.parametrize(
    "kind", ["star", "triangle-right", "diamond", "square", "triangle-left", "x", "circle"]
)
def test_symbols_stand_centred_on_their_place(kind: str) -> None:
    svg = pictures.Drawing(100, 100, [pictures.symbol(kind, 50, 50, 40, "#000000")]).svg()
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


# Tables


def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Código IBGE": ["5002704", "0012345"],
            "Município": ["Campo Grande", "=HYPERLINK(1)"],
            "Valor": [1234.5, None],
            "Saldo": [-7, 3],
            "Período": ["3-4", "2024"],
            "Data": [dt.date(2026, 11, 22), None],
            "Nota": ["-1; a", '"b", c'],
            "Conferido": [True, False],
        }
    )


def test_csv_for_brazilian_excel() -> None:
    raw = spreadsheets.csv_brazil(cells())
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = raw.decode("utf-8-sig").split("\r\n")
    assert rows[0] == '"Código IBGE";"Município";"Valor";"Saldo";"Período";"Data";"Nota";"Conferido"'
    assert rows[1] == '"5002704";"Campo Grande";1234,5;-7;"3-4";2026-11-22;"\'-1; a";sim'
    assert rows[2] == '"0012345";"\'=HYPERLINK(1)";;3;"2024";;"""b"", c";não'


def test_csv_for_systems_comes_back_as_it_was() -> None:
    raw = spreadsheets.csv_systems(cells())
    assert not raw.startswith(b"\xef\xbb\xbf")
    back = pd.read_csv(io.BytesIO(raw), dtype={"Código IBGE": str})
    assert back["Código IBGE"].tolist() == ["5002704", "0012345"]
    assert back["Saldo"].tolist() == [-7, 3]
    assert back["Valor"][0] == 1234.5
    assert back["Valor"].isna().tolist() == [False, True]


def test_numbers_keep_all_their_digits() -> None:
    table = pd.DataFrame({"v": [0.1 + 0.2, 1e15 + 0.5, 3.0, 1e-7, 2**53, 1e22]})
    back = pd.read_csv(io.BytesIO(spreadsheets.csv_systems(table)))
    assert back["v"].tolist() == table["v"].tolist()
    # A Brazilian spreadsheet takes 1e-07 for a text.
    assert "e" not in spreadsheets.csv_systems(table).decode()
    assert "," in spreadsheets.csv_brazil(table).decode("utf-8-sig").split("\r\n")[1]


@pytest.mark.parametrize(
    "begin", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A1"]
)
def test_text_that_would_run_is_made_harmless_in_every_file(begin: str) -> None:
    table = pd.DataFrame({begin: [begin]})
    for raw in (spreadsheets.csv_brazil(table), spreadsheets.csv_systems(table)):
        text = raw.decode("utf-8-sig")
        assert text.lstrip('"').startswith("'")
        assert text.split("\r\n", 1)[1].lstrip('"').startswith("'") or begin.startswith(("\r", "\n"))
    book = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(table, {"Título": begin})))
    for cell in (book["Dados"]["A1"], book["Dados"]["A2"], book["Sobre"]["B1"]):
        assert cell.data_type == "s"
        assert str(cell.value).startswith("'")


def test_control_characters_do_not_break_a_workbook() -> None:
    table = pd.DataFrame({"texto\x0b": ["antes\x00depois", "linha\nnova"]})
    book = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(table, {"Título": "a\x1fb"})))
    lost = "\N{REPLACEMENT CHARACTER}"
    assert [cell.value for cell in book["Dados"]["A"]] == [
        f"texto{lost}",
        f"antes{lost}depois",
        "linha\nnova",
    ]
    assert book["Sobre"]["B1"].value == f"a{lost}b"


def test_workbook_keeps_kinds_and_says_where_it_comes_from() -> None:
    about = {"Título": "Água", "Fonte": SOURCE, "Licença": "Dados públicos"}
    book = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(cells(), about, {"Valor": 1})))
    sheet = book["Dados"]
    kinds = [cell.data_type for cell in sheet[2]]
    assert kinds == ["s", "s", "n", "n", "s", "d", "s", "b"]
    assert (sheet["A3"].value, sheet["A3"].number_format) == ("0012345", "@")
    assert sheet["C2"].number_format == "#,##0.0"
    assert sheet["C3"].value is None
    assert sheet["D2"].value == -7
    assert sheet["F2"].value == dt.datetime(2026, 11, 22)
    assert {row[0].value: row[1].value for row in book["Sobre"].iter_rows()} == about


def test_every_charts_table_goes_out() -> None:
    for chart in every_chart().values():
        assert spreadsheets.csv_systems(chart.frame).count(b"\r\n") >= len(chart.frame) + 1
        openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(chart.frame, {}, chart.decimals)))


def test_an_empty_table_still_has_its_heads() -> None:
    table = cells().iloc[:0]
    assert spreadsheets.csv_systems(table).startswith("Código IBGE,".encode())
    assert (
        openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(table, {})))["Dados"]["A1"].value == "Código IBGE"
    )


def test_categories_leave_as_their_names() -> None:
    drawn = charts.ranking(frame([1, 3]), GRADE)
    assert b"Capag" in spreadsheets.csv_systems(drawn.frame)
    assert drawn.frame["Capag"].tolist() == ["C", "A"]


def test_missing_is_empty_in_files_never_zero() -> None:
    drawn = charts.choropleth(frame([10, None]), DEATHS, **GEO)
    last = spreadsheets.csv_systems(drawn.frame).decode().split("\r\n")[2]
    assert last == "5000001,Município 1,2024,,não disponível na fonte"
