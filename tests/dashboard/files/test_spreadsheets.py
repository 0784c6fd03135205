"""Tables that spreadsheets and programs read as they are."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pandas as pd
import pytest

from dashboard import charts
from dashboard.charts import frames
from dashboard.files import spreadsheets
from tests.dashboard.samples import (
    DEATHS,
    GEO,
    GRADE,
    WATER,
    every_chart,
    frame,
)

SOURCE = "Fonte: INEP, Indicador, edição 2024. Dado de 2024. Incluído em 22/11/2026 (cópia pública)."


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


def test_numbers_are_shown_as_the_table_carries_them() -> None:
    table = frames.shown_with(
        pd.DataFrame(
            {"Valor": [1234.56, 7.0], "Ano": [2023, 2024], "Casos": [12345, 3], "Solto": [0.5, 2.0]}
        ),
        {"Valor": [2, 0], "Ano": None},
    )
    sheet = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(table, {})))["Dados"]
    shown = [[cell.number_format for cell in row] for row in sheet.iter_rows(min_row=2)]
    # What nobody spoke of is a count, and a fraction among it is not rounded away.
    assert shown == [["#,##0.00", "0", "#,##0", "General"], ["#,##0", "0", "#,##0", "#,##0"]]
    markup = charts.data_table(table, "Tabela")
    assert "1.234,56" in markup and ">2023<" in markup and "12.345" in markup


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


def test_numbers_are_shown_with_the_decimals_of_their_column() -> None:
    drawn = charts.ranking(frame([10.26, 3, None]), WATER)
    raw = spreadsheets.xlsx(drawn.frame, {}, drawn.decimals)
    sheet = openpyxl.load_workbook(io.BytesIO(raw))["Dados"]
    [column] = [cell.column_letter for cell in sheet[1] if cell.value == "Água encanada (%)"]
    held = [sheet[f"{column}{row}"] for row in (2, 3, 4)]
    assert [cell.value for cell in held] == [3, 10.26, None]
    assert [cell.number_format for cell in held[:2]] == ["#,##0.0"] * 2
