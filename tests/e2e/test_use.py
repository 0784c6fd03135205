"""What a reader does: follows links, clicks the map, takes files away, mistypes, stays while data changes."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from dashboard.tables import open_tables
from pipelines import declarations
from pipelines.declarations import ROOT, Config
from tests.conftest import AS_OF, serving
from tests.e2e.reader import Reader, downloads, reading

Visitor = Callable[..., Reader]
VALUE = "Atendimento de água (%)"
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_copied_link_shows_the_same_view_to_somebody_else(visitor: Visitor) -> None:
    first, second = visitor(), visitor()
    first.open("indicador", indicador="agua_atendimento", regiao="imediata.dourados", municipio="5003702")
    first.page.locator(".st-key-link button").first.click()
    copied = first.page.locator("[data-testid=stCode] code").inner_text()
    first.page.keyboard.press("Escape")
    assert copied == first.page.url
    assert first.link == {
        "municipio": "5003702",
        "regiao": "imediata.500005",
        "indicador": "agua_atendimento",
        "ano": first.link["ano"],
    }
    second.page.goto(copied)
    second.wait()
    first.open("indicador", **first.link)
    assert second.view() == first.view()
    assert second.link == first.link


def test_a_choice_changes_the_page_and_the_link(visitor: Visitor) -> None:
    reader = visitor()
    reader.open()
    before = reader.title
    reader.choose("Indicador", "Taxa de homicídios")
    reader.until(lambda: reader.title != before, "the title of another indicator")
    reader.wait()
    assert reader.link["indicador"] == "homicidios_taxa"
    assert "homicídios" in reader.chosen("Indicador")


def test_filters_stay_open_until_the_reader_closes_them(visitor: Visitor) -> None:
    reader = visitor()
    reader.open()
    reader.page.get_by_role("button", name="Filtros").click()
    reader.choose("Região", "Dourados · região imediata")
    reader.until(lambda: "regiao" in reader.link, "a region in the link")
    reader.wait()
    reader.choose("Porte", "5 a 10 mil")
    reader.until(lambda: "porte" in reader.link, "a band in the link")
    reader.wait()
    assert "Região imediata: Dourados, 5 a 10 mil habitantes" in reader.text
    reader.page.get_by_role("button", name="Limpar filtros").click()
    reader.until(lambda: "regiao" not in reader.link, "no filter in the link")


def test_a_click_on_the_map_puts_the_municipality_in_focus(visitor: Visitor, config: Config) -> None:
    reader = visitor()
    reader.open()
    shape = reader.page.locator(".choroplethlayer path").first
    shape.scroll_into_view_if_needed()
    place = shape.evaluate(
        """shape => {
            for (const other of shape.parentElement.querySelectorAll('path')) {
                const box = other.getBoundingClientRect();
                const x = box.x + box.width / 2, y = box.y + box.height / 2;
                const data = other.__data__;
                if (data && data.loc && box.width > 30 && y > 0 && y < innerHeight)
                    return {x, y, code: data.loc};
            }
        }"""
    )
    reader.page.mouse.click(place["x"], place["y"])
    reader.until(lambda: "municipio" in reader.link, "a municipality in the link")
    reader.wait()
    name = open_tables(config).municipalities().at[reader.link["municipio"], "name"]
    assert reader.chosen("Município em foco") == name


def test_a_wrong_link_is_said_in_words(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("indicador", municipio="5099999", indicador="felicidade", ano="MMXX", regiao="x")
    warnings = reader.page.locator("[data-testid=stAlert]")
    assert warnings.count() == 4
    assert "5099999" in warnings.first.inner_text() and "Traceback" not in reader.text
    assert not {"municipio", "regiao"} & set(reader.link)


def test_files_of_a_chart(visitor: Visitor, config: Config) -> None:
    reader = visitor()
    reader.open("", indicador="agua_atendimento")
    year = reader.link["ano"]
    frame = open_tables(config).at("agua_atendimento", int(year)).set_index("municipality_code")
    files = downloads(reader, "mapa")
    ending = {name.split(".", 1)[1]: content for name, content in files.items()}
    assert {"png", "svg", "xlsx", "csv", "excel.csv"} <= set(ending), list(files)
    assert all(name.startswith("indice-de-atendimento-total-de-agua") and name.isascii() for name in files)

    assert ending["png"].startswith(PNG) and len(ending["png"]) > 20_000
    drawing = ET.fromstring(ending["svg"])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg" and len(list(drawing.iter())) > 100

    machine = list(csv.DictReader(io.StringIO(ending["csv"].decode("utf-8"))))
    assert {row["Código IBGE"] for row in machine} == set(frame.index)
    for row in machine:
        assert float(row[VALUE]) == pytest.approx(frame.at[row["Código IBGE"], "value"])
    assert ending["excel.csv"].startswith(b"\xef\xbb\xbf")
    people = list(csv.DictReader(io.StringIO(ending["excel.csv"].decode("utf-8-sig")), delimiter=";"))
    assert len(people) == len(machine)
    assert [row[VALUE].replace(",", ".") for row in people] == [row[VALUE] for row in machine]

    book = openpyxl.load_workbook(io.BytesIO(ending["xlsx"]))
    assert len(book.sheetnames) == 2
    said = "\n".join(str(cell.value) for row in book[book.sheetnames[-1]].iter_rows() for cell in row)
    assert "Fonte" in said and "SNIS" in said and f"ano={year}" in said
    codes = [cell.value for cell in book[book.sheetnames[0]]["A"] if str(cell.value).startswith("50")]
    assert sorted(codes) == sorted(frame.index) and all(isinstance(code, str) for code in codes)


def test_files_say_the_filter_and_a_map_of_statuses_what_its_colours_mean(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("metas", indicador="crianca_alfabetizada_municipal", regiao="imediata.corumba")
    files = downloads(reader, "mapa")
    assert all("imediata-corumba" in name for name in files), list(files)
    page = next(content for name, content in files.items() if name.endswith(".html")).decode("utf-8")
    assert "Região imediata: Corumbá" in page
    # On the screen the strip above the map is its legend.
    # How sure each reading is, is said with it.
    assert re.search(r"◆ Atenção[^\"]{0,60}\(\d\)", page)


def test_files_of_a_table(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("fontes")
    files = downloads(reader, "fontes")
    ending = {name.split(".", 1)[1]: content for name, content in files.items()}
    assert {"xlsx", "csv", "excel.csv"} <= set(ending) and not {"png", "svg"} & set(ending)
    rows = list(csv.DictReader(io.StringIO(ending["csv"].decode("utf-8"))))
    assert len(rows) == len(declarations.sources())
    assert {row["Fonte"] for row in rows} == {
        f"{source.short}: {source.dataset}" for source in declarations.sources().values()
    }


def own_config(folder: Path) -> Path:
    """A configuration with a data folder of its own; nothing is built yet."""
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    return Path(shutil.copy(ROOT / "farol.toml", folder))


def test_a_first_deep_link_builds_and_a_later_build_shows_without_a_restart(
    browser: Browser, tmp_path: Path
) -> None:
    file = own_config(tmp_path)
    with serving(file) as address, reading(browser, address) as reader:
        reader.page.goto(f"{address}/fontes?municipio=5003207")
        reader.page.get_by_role("progressbar").first.wait_for()
        reader.wait()
        assert reader.chosen("Município em foco") == "Corumbá"
        assert reader.page.locator("[data-testid=stAlert]").count() == 0
        assert "31/10/2026" not in reader.text

        # A day that has been: one to come is refused.
        command = [sys.executable, "-m", "pipelines", "build", "--as-of", "2026-10-31"]
        environment = {**os.environ, "FAROL_CONFIG": str(file)}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        reader.choose("Município em foco", "Dourados")
        reader.until(lambda: "31/10/2026" in reader.text, "the date of the new build")
        manifest = json.loads((tmp_path / "data" / "processed" / "build.json").read_text("utf-8"))
        assert manifest["as_of"] == "2026-10-31" != AS_OF.isoformat()
