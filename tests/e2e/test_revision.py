"""One revision from the publisher to the reader: a value is changed at the source, and everything that shows it says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

from playwright.sync_api import Browser

from pipelines import declarations, feed
from pipelines.declarations import ROOT
from pipelines.fetching import checking
from pipelines.raw_files import raw_path
from tests.conftest import serving
from tests.e2e.reader import Reader, reading
from tests.pipelines.fetching import answers
from tests.pipelines.fetching import publisher as publishers
from tests.pipelines.fetching.publisher import Publishers, Reply

SOURCE, INDICATOR, CODE, NAME = (
    "inep_alfabetizacao",
    "crianca_alfabetizada_municipal",
    "5002704",
    "Campo Grande",
)
WAS, NOW = "64", "81"
FILE = f"{answers.INEP}/avaliacao_da_alfabetizacao/resultados/resultados_e_metas_municipios_2025_3.xlsx"


def project(folder: Path) -> Path:
    """A copy of the project that a fetch may write into; its configuration."""
    for name in ("dashboard", "pages", "pipelines", "programme", "static", ".streamlit", "data/raw"):
        ignored = shutil.ignore_patterns("__pycache__", "geo", ".data-*")
        # Published files of this machine's own tables are not the copy's.
        out = shutil.ignore_patterns("data", "geo") if name == "static" else ignored
        shutil.copytree(ROOT / name, folder / name, ignore=out)
    shutil.copy(ROOT / "app.py", folder)
    return Path(shutil.copy(ROOT / "farol.toml", folder))


def command(folder: Path, *words: str, module: str = "pipelines") -> str:
    """What a command says; it has to succeed."""
    environment = {**os.environ, "FAROL_CONFIG": str(folder / "farol.toml")}
    done = subprocess.run(
        [sys.executable, "-m", module, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def published(folder: Path, **changed: str) -> bytes:
    """The publisher's workbook with what is on file of 2025, but for some municipalities."""
    rows = checking.rows_of(checking.unpacked(raw_path(folder / "data" / "raw" / SOURCE)))
    years = range(2024, 2031)
    head: list[object] = ["CO_MUNICIPIO", "NO_TP_REDE", "PC_ALUNO_ALFABETIZADO_2025"]
    head += [*(f"META_FINAL_{year}" for year in years), "CO_NIVEL_ALFABETIZACAO", "PC_AVALIADOS_LP"]
    lines: list[list[object]] = [["Resultados e metas"], head]
    for row in rows:
        if row["period"] == "2025":
            value = changed.get(f"m{row['municipality_code']}", row["taxa_alfabetizacao"])
            lines.append(
                [int(row["municipality_code"]), row["network"], float(value), *(73 for _ in years), 5, 91.5]
            )
    return answers.workbook({"Municípios": lines})


def revise(folder: Path, source: Publishers) -> None:
    """The publisher changes one value; fetch, look at the difference, build."""
    source.answers[FILE] = Reply(published(folder, **{f"m{CODE}": NOW}), answers.XLSX)
    fetched = command(folder, "fetch", SOURCE, "--mirror", source.url)
    assert "edição nova" in fetched and "1 valor(es) já publicado(s) mudaram" in fetched
    labels = [entry["label"] for entry in json.loads(command(folder, "editions", SOURCE, "--json"))]
    assert len(labels) == 2
    difference = command(folder, "editions", SOURCE, "--diff", *labels).splitlines()
    assert difference == [
        f"{CODE} · 2025 · Municipal · taxa_alfabetizacao: {WAS} → {NOW}",
        "1 valor(es) diferem.",
    ]
    command(folder, "build")


def marks(reader: Reader, mark: str) -> None:
    """The page, the series and the table of the indicator, and the page of the municipality."""
    reader.open("indicador", indicador=INDICATOR, ano="2025", municipios=CODE, municipio=CODE)
    assert f"Revisões da fonte: {NAME}, 2025, {mark}." in reader.text
    squares = reader.page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => plot.data)
            .flatMap(trace => trace.marker && Array.isArray(trace.marker.symbol) ? trace.marker.symbol : [])
            .filter(symbol => symbol === 'square').length"""
    )
    assert squares == 1
    reader.page.locator(".st-key-tabela summary").click()
    row = reader.page.locator("table tr").filter(has_text=NAME).filter(has_text=mark)
    row.first.wait_for()
    reader.open("municipio", municipio=CODE)
    cell = reader.page.locator(f"[title*='{mark}']")
    cell.first.wait_for()
    assert "†" in cell.first.inner_text()


def test_a_revision_is_followed_from_the_publisher_to_the_feed(browser: Browser, tmp_path: Path) -> None:
    file = project(tmp_path)
    command(tmp_path, "build")
    today = declarations.read_config(file).today()
    mark = f"revisado em {today:%m/%Y}: era {WAS},0%, passou a {NOW},0%"
    with (
        publishers.serving() as source,
        serving(file, tmp_path / "app.py") as address,
        reading(browser, address) as reader,
    ):
        reader.open("indicador", indicador=INDICATOR, ano="2025", municipios=CODE)
        assert "Revisões da fonte" not in reader.text
        revise(tmp_path, source)
        marks(reader, mark)

        # The status turned, and the reason is told with the value.
        reader.open("monitoramento")
        turned = (
            reader.page.locator("table tr").filter(has_text=NAME).filter(has_text="dado revisto pela fonte")
        )
        turned.first.wait_for()
        assert f"2025, {mark}" in turned.first.inner_text()
        assert "No ritmo" in turned.first.inner_text() and "Meta alcançada" in turned.first.inner_text()

        mail = command(
            tmp_path, "bulletin", "--municipality", CODE, "--out", str(tmp_path / "out"), module="dashboard"
        )
        [letter] = (tmp_path / "out").glob("*.txt")
        said = " ".join(letter.read_text("utf-8").split())
        assert "VALORES REVISTOS PELAS FONTES" in said and f"2025, {mark}." in said, mail
        assert f"dado revisto pela fonte: 2025, {mark}" in said

        reader.open("fontes")
        assert "Edições, revisões e retiradas" in reader.text
        news = reader.page.locator("table tr").filter(has_text="Revisão: ").first
        news.wait_for()
        assert "1 valor já publicado mudou, em 1 município, de 2025" in news.inner_text()
        at = reader.page.get_by_role("link", name="Acompanhar por um leitor de notícias (Atom)")
        link = str(at.get_attribute("href"))
        with urllib.request.urlopen(link, timeout=10) as answer:
            assert "xml" in answer.headers["Content-Type"]
            told = ET.fromstring(answer.read())
        entry = next(
            one
            for one in told.findall(f"{{{feed.ATOM}}}entry")
            if one.find(f"{{{feed.ATOM}}}category").get("term") == "revisao"  # type: ignore[union-attr]
        )
        assert "1 valor já publicado mudou" in str(entry.findtext(f"{{{feed.ATOM}}}summary"))

        with urllib.request.urlopen(
            link.rpartition("/")[0] + f"/series/{INDICATOR}.json", timeout=10
        ) as answer:
            rows = json.load(answer)["values"]
        [row] = [one for one in rows if one["municipality_code"] == CODE and one["year"] == 2025]
        assert (row["value"], row["revised_from"], row["revised_at"]) == (
            81.0,
            64.0,
            today.isoformat(),
        )
