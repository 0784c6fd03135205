"""What a page gives away, read back by the programs that people use."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from dashboard import charts
from dashboard.charts import pictures
from dashboard.files import interchange, spreadsheets
from dashboard.findings import indicators
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config
from tests import programs

ABOUT = {
    "Título": "Índice de atendimento total de água, 2022",
    "Fonte": "Fonte: SNIS, edição SNIS 2022.",
    "Filtro": "Região imediata: Corumbá",
    "Tabelas construídas em": "2026-11-22",
    "Endereço desta tela": "https://farol.example/indicador?indicador=agua_atendimento&ano=2022",
}


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture(scope="module")
def frame(tables: Tables) -> pd.DataFrame:
    """The table of an indicator as the page gives it away."""
    indicator = declarations.indicators()["mortalidade_infantil"]
    return indicators.table(tables.at(indicator.indicator, 2024), indicator)


@pytest.fixture(scope="module")
def awkward(frame: pd.DataFrame) -> pd.DataFrame:
    """The same, with cells that spreadsheets like to take for something else."""
    found = frame.copy()
    found["Período"] = ["3-4", "1/2", "abr. 2026", "12/2024", "2024-12-31", "5 a 10", "1E5"] + ["2024"] * (
        len(found) - 7
    )
    found["Código IBGE"] = ["0012345", *found["Código IBGE"].iloc[1:]]
    return found


@pytest.fixture(scope="module")
def chart(tables: Tables, config: Config) -> charts.Chart:
    indicator = declarations.indicators()["agua_atendimento"]
    drawn = tables.manifest["geometry"]
    return charts.choropleth(
        tables.at(indicator.indicator, 2022),
        indicator,
        selected="5003207",
        geometry_url=f"app/static/{drawn['municipalities']}",
        outline_url=f"app/static/{drawn['outline']}",
        bounds=tuple(drawn["bounds"]),
    )


def same(read: pd.DataFrame, given: pd.DataFrame) -> None:
    assert read.columns.tolist() == given.columns.tolist()
    for name in given.columns:
        first = [None if pd.isna(item) else item for item in read[name].tolist()]
        second = [None if pd.isna(item) else item for item in given[name].tolist()]
        assert first == second, name


def test_parquet_comes_back_to_pandas_and_duckdb(frame: pd.DataFrame, tmp_path: Path) -> None:
    raw = interchange.parquet(frame, ABOUT)
    same(pd.read_parquet(io.BytesIO(raw)), frame)
    path = tmp_path / "dados.parquet"
    path.write_bytes(raw)
    with duckdb.connect() as con:
        kinds = {row[0]: row[1] for row in con.execute(f"describe select * from '{path}'").fetchall()}
        assert (
            kinds["Código IBGE"] == "VARCHAR" and kinds["Período"] == "VARCHAR" and kinds["Valor"] == "DOUBLE"
        )
        total = con.execute(f'select sum("Valor"), count("Valor"), count(*) from \'{path}\'').fetchall()[0]
    assert total[0] == pytest.approx(frame["Valor"].sum(), rel=1e-12)
    assert total[1:] == (frame["Valor"].notna().sum(), len(frame))


def test_parquet_says_where_it_comes_from(frame: pd.DataFrame) -> None:
    said = pq.read_schema(io.BytesIO(interchange.parquet(frame, ABOUT))).metadata
    assert said[b"fonte"].decode() == ABOUT["Fonte"]
    assert said[b"tabelas_construidas_em"] == b"2026-11-22"
    assert said[b"endereco_desta_tela"].decode() == ABOUT["Endereço desta tela"]


def test_a_column_of_mixed_things_still_goes_out() -> None:
    mixed = pd.DataFrame({"Código IBGE": ["5002704", "5003207"], "Valor": [1.5, "A+"], "Vazio": [None, None]})
    read = pd.read_parquet(io.BytesIO(interchange.parquet(mixed, ABOUT)))
    assert read["Valor"].tolist() == ["1.5", "A+"] and read["Vazio"].isna().all()


def test_geoparquet_comes_back_to_geopandas(config: Config, chart: charts.Chart) -> None:
    mesh = config.processed / "municipalities.parquet"
    raw = interchange.geoparquet(chart.frame, ABOUT, mesh)
    read = gpd.read_parquet(io.BytesIO(raw))
    built = gpd.read_parquet(mesh).set_index("municipality_code")
    assert read.crs is not None and read.crs.to_epsg() == 4674
    assert read.geometry.geom_equals_exact(
        built.geometry.loc[read["Código IBGE"]].reset_index(drop=True), 0
    ).all()
    same(pd.DataFrame(read.drop(columns="geometry")), chart.frame)
    metadata = pq.read_schema(io.BytesIO(raw)).metadata
    assert json.loads(metadata[b"geo"])["primary_column"] == "geometry"
    assert metadata[b"fonte"].decode() == ABOUT["Fonte"]


def test_geoparquet_keeps_a_municipality_without_limits(config: Config) -> None:
    rows = pd.DataFrame({"Código IBGE": ["5002704", "0000000"], "Valor": [1.0, 2.0]})
    read = gpd.read_parquet(
        io.BytesIO(interchange.geoparquet(rows, ABOUT, config.processed / "municipalities.parquet"))
    )
    assert len(read) == 2 and read.geometry.isna().tolist() == [False, True]


def test_csv_carries_its_provenance_in_every_row(frame: pd.DataFrame) -> None:
    read = pd.read_csv(
        io.BytesIO(spreadsheets.csv_systems(interchange.stamped(frame, ABOUT))),
        dtype={"Código IBGE": str, "Período": str},
    )
    for name in interchange.CARRIED:
        assert set(read[name]) == {ABOUT[name]}
    kept = read[frame.columns.tolist()]
    assert kept["Código IBGE"].tolist() == frame["Código IBGE"].tolist()
    assert kept["Valor"].dropna().tolist() == frame["Valor"].dropna().tolist()


# LibreOffice, as a Brazilian has it

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale"><value>pt-BR</value></prop></item>
</oor:items>"""
# Semicolon, quotes, UTF-8, from line 1, Portuguese of Brazil; quoted cells are text; special numbers (dates)
# are looked for, which is the harder case.
BRAZILIAN_CSV = "CSV:59,34,76,1,,1046,true,true"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Opens a file with LibreOffice in Brazilian Portuguese: rows of (kind, value, text shown)."""
    program = programs.calc()
    if program is None:
        raise RuntimeError("No LibreOffice for the spreadsheet tests: run `python -m tests.programs`.")
    home = tmp_path_factory.mktemp("office")
    (home / "profile" / "user").mkdir(parents=True)
    (home / "profile" / "user" / "registrymodifications.xcu").write_text(LOCALE, "utf-8")

    def opened(name: str, raw: bytes, reading: str = "") -> list[list[tuple[str, str, str]]]:
        (home / name).write_bytes(raw)
        command = [program, f"-env:UserInstallation={(home / 'profile').as_uri()}", "--headless"]
        command += [f"--infilter={reading}"] if reading else []
        command += ["--convert-to", "fods", "--outdir", str(home / "out"), str(home / name)]
        subprocess.run(command, check=True, capture_output=True, timeout=240)
        sheet = ET.parse(home / "out" / f"{Path(name).stem}.fods").getroot().find(f".//{TABLE}table")
        assert sheet is not None
        return [_cells(row) for row in sheet.iter(f"{TABLE}table-row")]

    yield opened


def _cells(row: ET.Element) -> list[tuple[str, str, str]]:
    found = []
    for cell in row.iter(f"{TABLE}table-cell"):
        kind = cell.get(f"{OFFICE}value-type", "")
        value = cell.get(f"{OFFICE}value") or cell.get(f"{OFFICE}date-value") or ""
        shown = "".join(part for text in cell.iter(f"{TEXT}p") for part in text.itertext())
        found += [(kind, value, shown)] * min(int(cell.get(f"{TABLE}number-columns-repeated", "1")), 40)
    return found


def check(rows: list[list[tuple[str, str, str]]], given: pd.DataFrame) -> None:
    """Numbers are numbers of the same value, texts are the same texts, and nothing is a date."""
    assert [cell[2] for cell in rows[0][: len(given.columns)]] == given.columns.tolist()
    for row, (_, expected) in zip(rows[1:], given.iterrows(), strict=False):
        for (kind, value, shown), (name, item) in zip(row, expected.items(), strict=False):
            if pd.isna(item) or item == "":
                assert kind in ("", "string") and shown == "", (name, kind, shown)
            elif isinstance(item, str):
                assert (kind, shown) == ("string", item), (name, kind, shown)
            else:
                assert kind == "float" and float(value) == pytest.approx(float(item), rel=1e-12), (
                    name,
                    kind,
                    value,
                )
    assert len([row for row in rows[1:] if row and row[0][0]]) == len(given)


def test_the_brazilian_csv_opens_rightly_in_libreoffice(office: Any, awkward: pd.DataFrame) -> None:
    given = interchange.stamped(awkward, ABOUT)
    check(office("dados.csv", spreadsheets.csv_brazil(given), BRAZILIAN_CSV), given)


def test_libreoffice_would_mistake_what_is_not_in_quotes(office: Any, awkward: pd.DataFrame) -> None:
    bare = spreadsheets.csv_brazil(awkward).replace(b'"', b"")
    with pytest.raises(AssertionError):
        check(office("sem-aspas.csv", bare, BRAZILIAN_CSV), awkward)


def test_the_workbook_opens_rightly_in_libreoffice(office: Any, awkward: pd.DataFrame) -> None:
    check(office("dados.xlsx", spreadsheets.xlsx(awkward, ABOUT)), awkward)


def test_the_workbook_comes_back_to_openpyxl(awkward: pd.DataFrame) -> None:
    book = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(awkward, ABOUT)))
    rows = list(book["Dados"].iter_rows(values_only=True))
    read = pd.DataFrame(rows[1:], columns=[str(head) for head in rows[0]])
    assert read.columns.tolist() == awkward.columns.tolist()
    for name in awkward.columns:
        expected = [None if pd.isna(item) or item == "" else item for item in awkward[name]]
        found = [None if pd.isna(item) else item for item in read[name]]
        # A workbook keeps sixteen digits of a number.
        assert found == (
            expected if isinstance(expected[0], str) else pytest.approx(expected, rel=1e-15, nan_ok=True)
        ), name
    assert not any(isinstance(cell, dt.date) for row in rows for cell in row)
    assert {row[0]: row[1] for row in book["Sobre"].iter_rows(values_only=True)} == ABOUT


# Interactive HTML: what it holds; that it is drawn without a network is seen in a browser


def test_the_interactive_chart_holds_all_it_needs(chart: charts.Chart, tables: Tables) -> None:
    drawn = tables.manifest["geometry"]
    shapes = {
        f"app/static/{drawn[name]}": pictures.read_geojson(declarations.STATIC / drawn[name])
        for name in ("municipalities", "outline")
    }
    topology = pictures.read_geojson(declarations.STATIC / "topo" / "world_110m.json")
    text = interchange.interactive(chart, "Água </script><b>", ABOUT, shapes, topology).decode("utf-8")
    assert text.count("<script") == text.count("</script>") == 4
    assert "Água &lt;/script&gt;&lt;b&gt;" in text
    assert "default-src 'none'" in text
    for said in (ABOUT["Fonte"], ABOUT["Filtro"], ABOUT["Tabelas construídas em"], "ano=2022", "Ver tabela"):
        assert said in text
    figure = json.loads(text.split('id="figure">')[1].split("</script>")[0])
    held = json.loads(text.split('id="shapes">')[1].split("</script>")[0])
    assert figure == json.loads(json.dumps(chart.figure))
    named = {trace["geojson"] for trace in figure["data"] if "geojson" in trace}
    assert named and named <= set(held)
    assert text.count("Campo Grande") >= 2
