"""Maps of several states: they draw, lead to one state and back, and ask nobody else for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from dashboard import charts
from dashboard.files import interchange
from pipelines.declarations import Config
from tests.conftest import serving
from tests.dashboard.samples import GEO, WATER, frame, mesh
from tests.e2e.reader import Reader, reading

# A place on the map that belongs to a municipality: the middle of the widest shape that holds its own, and its code.
SPOT = """() => {
    const found = [];
    for (const shape of document.querySelectorAll('.choroplethlayer path')) {
        const box = shape.getBoundingClientRect(), data = shape.__data__;
        if (!data || !/^\\d{7}$/.test(data.loc)) continue;
        const x = box.x + box.width / 2, y = box.y + box.height / 2;
        const inside = new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse());
        if (y > 0 && y < innerHeight && shape.isPointInFill(inside)) found.push({x, y, code: data.loc, wide: box.width});
    }
    return found.sort((one, other) => other.wide - one.wide)[0];
}"""
DRAWN = """() => document.querySelector('.choroplethlayer') && new Set([...document.querySelectorAll('.choroplethlayer path')]
    .map(path => path.__data__ && path.__data__.loc).filter(code => /^\\d{7}$/.test(code))).size"""


@pytest.fixture(scope="module")
def two_states_app(two_states: Config) -> Iterator[str]:
    with serving(two_states.file) as address:
        yield address


@pytest.fixture
def reader(browser: Browser, two_states_app: str) -> Iterator[Reader]:
    with reading(browser, two_states_app) as found:
        yield found


def touched(reader: Reader) -> str:
    """Click on a municipality of the map; its code."""
    reader.page.locator(".choroplethlayer").first.scroll_into_view_if_needed()
    spot = reader.page.evaluate(SPOT)
    reader.page.mouse.click(spot["x"], spot["y"])
    return str(spot["code"])


def settled(reader: Reader, condition: Callable[[], bool], what: str) -> None:
    reader.until(condition, what)
    reader.wait()


@pytest.mark.parametrize(("page", "chart"), [("", "mapa"), ("municipio", "mapa"), ("metas", "mapa")])
def test_a_touch_leads_to_the_state_then_to_the_municipality_and_a_button_back(
    reader: Reader, page: str, chart: str
) -> None:
    reader.open(page)
    whole = reader.page.evaluate(DRAWN)
    assert whole > 290
    assert "abrir o estado" in reader.text
    assert "Voltar a todos os estados" not in reader.text
    state = touched(reader)[:2]
    settled(reader, lambda: reader.link.get("regiao") == f"estado.{state}", "the state in the link")
    own = reader.page.evaluate(DRAWN)
    assert own == {"25": 223, "28": 75}[state] and "municipio" not in reader.link
    assert any(f"/municipalities-{state}-" in url for url in reader.requests)
    if page != "municipio":
        code = touched(reader)
        settled(reader, lambda: reader.link.get("municipio") == code, "the municipality in the link")
        assert reader.link["regiao"] == f"estado.{state}"
    back = reader.page.locator(f".st-key-voltar-{chart} button")
    back.focus()
    reader.page.keyboard.press("Enter")
    settled(reader, lambda: "regiao" not in reader.link, "back to all states")
    assert reader.page.evaluate(DRAWN) == whole
    # The same place once more: nothing of the first way is left behind.
    state = touched(reader)[:2]
    settled(reader, lambda: reader.link.get("regiao") == f"estado.{state}", "the state once more")


def test_a_link_opens_the_state_without_a_mouse(reader: Reader) -> None:
    reader.open("indicador", regiao="estado.28")
    assert reader.page.evaluate(DRAWN) == 75
    reader.page.keyboard.press("Tab")
    expect(reader.page.locator(".st-key-voltar-mapa button")).to_be_visible()


def test_a_map_as_large_as_the_country_draws_and_asks_nobody(browser: Browser, tmp_path: Path) -> None:
    count = 5570
    rows = frame([None if row % 9 == 0 else float(row % 100) for row in range(count)])
    size = {**GEO, "bounds": (-58.0, -60.0, -20.0, -17.0)}
    shapes: dict[str, Any] = mesh(count)
    for place, feature in enumerate(shapes["m.geojson"]["features"]):
        west, south = -58 + place % 75 * 0.5, -18 - place // 75 * 0.5
        ring = [
            (west, south),
            (west, south + 0.5),
            (west + 0.5, south + 0.5),
            (west + 0.5, south),
            (west, south),
        ]
        feature["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    chart = charts.choropleth(rows, WATER, selected="5000003", **size)
    page = tmp_path / "pais.html"
    topology = {
        "type": "Topology",
        "objects": {
            name: {"type": "GeometryCollection", "geometries": []}
            for name in ("coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits")
        },
        "arcs": [],
    }
    page.write_bytes(interchange.interactive(chart, "País", {"Fonte": "x"}, shapes, topology))
    context = browser.new_context(offline=True, locale="pt-BR")
    try:
        opened = context.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(page.as_uri())
        opened.wait_for_function(f"() => ({DRAWN})() === {count}", timeout=60_000)
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        # No mark on any of them: the only points are those of the legend, which lie nowhere.
        assert opened.locator(".scattergeo path.point").count() == 0
    finally:
        context.close()
