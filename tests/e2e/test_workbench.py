"""The analyst's workbench in a browser: comparing, embedding, and files that other programs read."""

from __future__ import annotations

import io
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import pandas as pd
import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from pipelines.declarations import Config
from tests.e2e.accessibility import violations
from tests.e2e.reader import Reader, downloads

Visitor = Callable[..., Reader]
CORUMBA, BONITO = "5003207", "5002209"


# The read API


def lines(reader: Reader) -> list[str]:
    codes = reader.page.locator("[data-testid=stCode] code")
    expect(codes).to_have_count(5)
    return [text.strip() for text in codes.all_inner_texts()]


def test_the_pandas_line_reads_the_running_dashboard(visitor: Visitor, config: Config) -> None:
    reader = visitor()
    reader.open("dados", tabela="values")
    line = next(text for text in lines(reader) if "pandas" in text)
    assert reader.address in line
    space: dict[str, Any] = {}
    exec(line, space)
    built = pd.read_parquet(config.processed / "values.parquet")
    pd.testing.assert_frame_equal(space["dados"], built, check_dtype=False)


def test_the_duckdb_query_reads_the_downloaded_file(
    visitor: Visitor, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = visitor()
    reader.open("dados", tabela="verdicts")
    address = re.findall(r"read_parquet\('([^']+)'\)", " ".join(lines(reader)))[0]
    told = reader.page.get_by_text("baixe o arquivo e use").inner_text()
    assert "httpfs" in told
    query = re.findall(r"use: (SELECT .*?;)", told)[0]
    with urllib.request.urlopen(address) as answer:
        (tmp_path / address.rsplit("/", 1)[1]).write_bytes(answer.read())
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as con:
        con.execute("set autoinstall_known_extensions = false")
        read = con.execute(query).df()
    assert len(read) == len(pd.read_parquet(config.processed / "verdicts.parquet"))


def test_every_listed_address_answers_with_the_file(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("dados")
    addresses = reader.page.locator("[data-testid=stMain] a[download]").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert len(addresses) >= 30 and len(set(addresses)) == len(addresses)
    for address in addresses:
        with urllib.request.urlopen(urllib.request.Request(address, method="HEAD")) as answer:
            assert answer.status == 200 and int(answer.headers["content-length"]) > 0, address
            # Other sites' pages may read them too.
            assert answer.headers["access-control-allow-origin"] == "*"
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("link", name="Baixar tudo").click()
    assert waiting.value.suggested_filename == "farol-municipal.zip"


# Downloads


def test_the_new_files_come_out_of_the_menu(visitor: Visitor, browser: Browser, tmp_path: Path) -> None:
    reader = visitor()
    reader.open("indicador", indicador="agua_atendimento", municipio=CORUMBA)
    files = downloads(reader, "mapa")
    endings = {name.split(".", 1)[1] for name in files}
    assert endings == {"png", "svg", "html", "xlsx", "excel.csv", "csv", "parquet", "geo.parquet"}
    kept = {name.split(".", 1)[1]: raw for name, raw in files.items()}
    plain = pd.read_parquet(io.BytesIO(kept["parquet"]))
    shaped = gpd.read_parquet(io.BytesIO(kept["geo.parquet"]))
    assert plain["Código IBGE"].tolist() == shaped["Código IBGE"].tolist() and len(plain) == 79
    text = pd.read_csv(io.BytesIO(kept["csv"]), dtype={"Código IBGE": str})
    assert text["Endereço desta tela"].str.contains("indicador=agua_atendimento").all()
    page = tmp_path / "grafico.html"
    page.write_bytes(kept["html"])
    drawn_alone(browser, page, plain["Município"].tolist())


def drawn_alone(browser: Browser, page: Path, names: list[str]) -> None:
    """A chart file opened from the disk, with no network at all, draws its map, says whom one points at and asks for
    nothing.
    """
    context = browser.new_context(offline=True, locale="pt-BR")
    try:
        opened = context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        opened.goto(page.as_uri())
        shapes = opened.locator(".choroplethlayer path")
        expect(shapes.nth(78)).to_be_attached(timeout=20_000)
        assert shapes.count() >= 79
        shapes.nth(5).hover(force=True)
        said = opened.locator(".hoverlayer .hovertext text.nums")
        expect(said).to_contain_text(re.compile("em 20[0-9]{2}"))
        assert any((said.text_content() or "").startswith(name) for name in names)
        opened.get_by_text("Ver tabela").click()
        expect(opened.locator("table tbody tr")).to_have_count(79)
        assert "Fonte" in opened.locator("footer").inner_text()
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == [] == errors
    finally:
        context.close()


# Embedding


def framed(reader: Reader, path: str) -> FrameLocator:
    """A page of another site that shows one address of the dashboard in a frame."""
    reader.page.set_content(
        f'<h1>Outro site</h1><iframe src="{reader.address}/{path}" width="760" height="640" '
        'title="Gráfico"></iframe>'
    )
    return reader.page.frame_locator("iframe")


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        (
            f"indicador?indicador=agua_atendimento&municipio={CORUMBA}&grafico=mapa&embed=true",
            "Índice de atendimento total de água, 2022",
        ),
        (
            f"indicador?indicador=agua_atendimento&municipio={CORUMBA}&grafico=serie&embed=true",
            "Índice de atendimento total de água",
        ),
        (
            "indicador?indicador=idhm&grafico=ranking&embed=true",
            "Índice de Desenvolvimento Humano Municipal (IDHM), 2010",
        ),
        (
            "metas?indicador=crianca_alfabetizada_municipal&grafico=distancia&embed=true",
            "distância até a meta",
        ),
    ],
)
def test_a_frame_shows_only_its_chart_and_source(visitor: Visitor, path: str, heading: str) -> None:
    reader = visitor()
    frame = framed(reader, path)
    chart = frame.locator("[data-testid=stPlotlyChart]")
    expect(chart.locator("path").first).to_be_attached(timeout=60_000)
    expect(chart).to_have_count(1)
    expect(frame.locator("h2")).to_have_count(1)
    expect(frame.locator("h2")).to_contain_text(heading)
    expect(frame.get_by_text(re.compile("^Fonte: "))).to_be_visible()
    expect(frame.locator("h1, [data-testid=stSidebar], input, button:visible")).to_have_count(0)
    whole = frame.get_by_role("link", name="Farol Municipal")
    expect(whole).to_have_count(1)
    address = whole.get_attribute("href") or ""
    assert "grafico" not in address and address.startswith(reader.address)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "indicador?indicador=agua_atendimento&grafico=mapa",
        "metas?indicador=crianca_alfabetizada_municipal&grafico=mapa",
    ],
)
def test_a_chart_alone_is_open_to_all(visitor: Visitor, path: str, dark: bool) -> None:
    reader = visitor(dark=dark)
    reader.page.goto(f"{reader.address}/{path}&embed=true")
    expect(reader.page.locator("[data-testid=stPlotlyChart] .choroplethlayer path")).not_to_have_count(
        0, timeout=60_000
    )
    assert not violations(reader)


def test_a_frame_shows_only_the_table_of_a_municipality(visitor: Visitor) -> None:
    reader = visitor()
    frame = framed(reader, f"municipio?municipio={CORUMBA}&grafico=perfil&embed=true")
    rows = frame.locator("[data-testid=stHtml] table tbody tr")
    expect(rows.first).to_be_visible(timeout=60_000)
    assert rows.count() > 50
    expect(frame.locator("h2")).to_have_text(["Indicadores de Corumbá"])
    expect(frame.get_by_text(re.compile("^Fonte: "))).to_be_visible()
    expect(frame.locator("h1, [data-testid=stSidebar], [data-testid=stPlotlyChart], input")).to_have_count(0)
    # What explains the colours speaks of nothing that stands around the table on its page.
    expect(frame.get_by_text("Cor: em que quinto")).to_be_visible()
    expect(frame.get_by_text("pontos acima")).to_have_count(0)
    # Another site may not frame our pages, so that each opens apart.
    links = frame.locator("[data-testid=stHtml] a")
    targets = links.evaluate_all("found => found.map(link => [link.target, link.rel, link.href])")
    assert len(targets) > 100
    for target, rel, address in targets:
        assert target == "_blank" and "noopener" in rel and address.startswith(reader.address)
        assert "grafico" not in address and "embed" not in address
    with reader.page.context.expect_page() as opened:
        links.first.click()
    expect(opened.value.locator("h1")).to_have_count(1, timeout=60_000)


def test_the_menu_gives_the_tables_frame(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("municipio", municipio=CORUMBA)
    reader.page.locator(".st-key-baixar-perfil button").first.click()
    code = reader.page.locator("[data-testid=stCode] code").inner_text()
    assert "grafico=perfil&amp;embed=true" in code and 'height="820"' in code
    expect(reader.page.get_by_text("Para mostrar só esta tabela em outro site:")).to_be_visible()


def test_a_frame_without_a_chart_shows_the_whole_page(visitor: Visitor) -> None:
    frame = framed(visitor(), "indicador?indicador=agua_atendimento&embed=true")
    expect(frame.locator("h1")).to_have_count(1, timeout=60_000)
    expect(frame.locator("[data-testid=stPlotlyChart]")).to_have_count(4)


def test_a_frame_that_asks_for_no_such_chart_is_told_which_there_are(visitor: Visitor) -> None:
    frame = framed(visitor(), "indicador?grafico=bolo&embed=true")
    expect(frame.get_by_text("Não há um gráfico “bolo” nesta página")).to_be_visible(timeout=60_000)
    expect(frame.locator("[data-testid=stPlotlyChart]")).to_have_count(0)


def test_the_menu_gives_the_frames_code(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("indicador", indicador="agua_atendimento")
    reader.page.locator(".st-key-baixar-serie button").first.click()
    code = reader.page.locator("[data-testid=stCode] code").inner_text()
    assert "grafico=serie&amp;embed=true" in code and code.startswith("<iframe")
    reader.page.set_content(code)
    frame = reader.page.frame_locator("iframe")
    expect(frame.locator("[data-testid=stPlotlyChart] path").first).to_be_attached(timeout=60_000)
    expect(frame.locator("[data-testid=stPlotlyChart]")).to_have_count(1)


# Comparar


def test_peers_are_added_by_a_click_and_taken_away_again(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("comparar", municipio=CORUMBA)
    reader.page.get_by_role("button", name=re.compile("^Comparar com")).first.click()
    reader.until(lambda: reader.link.get("municipios", "").startswith(f"{CORUMBA},"), "the peer in the link")
    reader.wait()
    heads = reader.page.locator(".heat thead th").all_inner_texts()
    assert heads[:3] == ["Indicador", "Ano", "Corumbá"] and len(heads) == 4
    again = visitor()
    again.open(f"comparar?{reader.page.url.split('?')[1]}")
    assert again.title == reader.title


@pytest.mark.parametrize("width", [1280, 380])
def test_the_whole_matrix_keeps_its_heads_in_view_and_the_page_still(visitor: Visitor, width: int) -> None:
    reader = visitor(width=width)
    reader.open("comparar", municipios=f"{CORUMBA},{BONITO}")
    reader.page.get_by_text(re.compile(r"^Ver 79 municípios × \d+ indicadores$")).click()
    box = reader.page.locator(".matrix .heat")
    expect(box.locator("tbody tr")).to_have_count(79, timeout=60_000)
    box.evaluate("box => { box.scrollTop = 600; box.scrollLeft = 400; }")
    places = box.evaluate(
        """box => {
            const edge = box.getBoundingClientRect();
            const head = box.querySelector('thead th:nth-child(6)').getBoundingClientRect();
            const name = box.querySelectorAll('tbody th')[40].getBoundingClientRect();
            return [head.top - edge.top, name.left - edge.left];
        }"""
    )
    assert all(-1 <= place <= 6 for place in places), places
    assert box.evaluate("box => box.scrollWidth > box.clientWidth && box.scrollHeight > box.clientHeight")
    widths = reader.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] == widths[1]
