"""Every page in a real browser: drawn, wide and narrow, light and dark, open to all, asking nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard.palettes import PALETTES
from tests.e2e.accessibility import violations
from tests.e2e.reader import ADDRESSES, Reader

Visitor = Callable[..., Reader]
EVERY_PAGE = pytest.mark.parametrize("page", ADDRESSES)
CAPITAL = "5002704"


# What reaches beyond 380 px, unless it scrolls in a box of its own.
BEYOND = """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(element => {
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility() || box.width === 0 || box.right <= 381) return false;
    for (let up = element; up && up.dataset.testid !== 'stMain'; up = up.parentElement)
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX)
            && up.getBoundingClientRect().right <= 381) return false;
    return true;
}).map(element => element.outerHTML.slice(0, 120)).slice(0, 5)"""


def rgb(colour: str) -> str:
    """#111A26 as the browser says it."""
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


@EVERY_PAGE
def test_on_a_screen(visitor: Visitor, page: str) -> None:
    reader = visitor()
    reader.open(ADDRESSES[page], municipio=CAPITAL)
    assert reader.title and "Farol Municipal" in reader.page.title()
    assert reader.page.locator("h1").count() == 1
    for chart in reader.page.locator("[data-testid=stPlotlyChart]:has(.choroplethlayer)").all():
        assert chart.locator(".choroplethlayer path").count() >= 79
    assert "Traceback" not in reader.text and "Algo falhou" not in reader.text
    icons = reader.page.locator("link[rel~=icon]").evaluate_all("icons => icons.map(icon => icon.href)")
    assert icons and all(icon.startswith(reader.address) for icon in icons)
    assert not violations(reader)


@EVERY_PAGE
def test_on_a_phone_in_the_dark(visitor: Visitor, page: str) -> None:
    reader = visitor(width=380, dark=True)
    reader.open(ADDRESSES[page], municipio=CAPITAL)
    widths = reader.page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(
            element => [element.scrollWidth, element.clientWidth])"""
    )
    assert all(scroll == client for scroll, client in widths), widths
    assert not reader.page.evaluate(BEYOND)

    dark, light = PALETTES["dark"], PALETTES["light"]
    ground = reader.page.locator("[data-testid=stApp]").evaluate(
        "app => getComputedStyle(app).backgroundColor"
    )
    assert ground == rgb(dark.surface)
    texts = reader.page.locator(".js-plotly-plot text")
    fills = set(texts.evaluate_all("texts => texts.map(text => getComputedStyle(text).fill)"))
    assert not fills & {rgb(light.text), rgb(light.muted)}
    if fills:
        assert fills & {rgb(dark.text), rgb(dark.muted)}
    assert not violations(reader)
