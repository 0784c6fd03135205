"""Every page in a real browser: drawn, wide and narrow, light and dark, open to all, asking nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.charts.palettes import PALETTES
from tests.e2e.accessibility import violations
from tests.e2e.reader import ADDRESSES, Reader

Visitor = Callable[..., Reader]
EVERY_PAGE = pytest.mark.parametrize("page", ADDRESSES)
CAPITAL = "5002704"


# What reaches beyond the screen, unless it scrolls in a box of its own.
BEYOND = """() => [...document.querySelectorAll('[data-testid=stMain] *')].filter(element => {
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility() || box.width === 0 || box.right <= innerWidth + 1) return false;
    for (let up = element; up && up.dataset.testid !== 'stMain'; up = up.parentElement)
        if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX)
            && up.getBoundingClientRect().right <= innerWidth + 1) return false;
    return true;
}).map(element => element.outerHTML.slice(0, 120)).slice(0, 5)"""


# What the reader's keyboard should come to: every control of ours that can be seen, and how it looks unfocused.
CONTROLS = """() => {
    const main = '[data-testid=stMain], [data-testid=stSidebar]';
    const all = [...document.querySelectorAll('button, a[href], input, textarea, summary, [tabindex="0"]')];
    window.controls = all.filter(each => each.closest(main) && each.checkVisibility({visibilityProperty: true})
        && each.tabIndex >= 0 && !each.disabled && each.getBoundingClientRect().width > 0
        && !each.closest('.js-plotly-plot'));
    window.looks = element => {
        const parts = [];
        for (let up = element, step = 0; up && step < 4; up = up.parentElement, step += 1) {
            const style = getComputedStyle(up);
            parts.push(style.outline, style.boxShadow, style.borderColor, style.backgroundColor);
        }
        return parts.join();
    };
    window.unfocused = window.controls.map(window.looks);
    return window.controls.length;
}"""
# Where the focus is: the place among the controls, and whether it looks other than before.
FOCUSED = """() => {
    const here = document.activeElement;
    const place = window.controls.indexOf(here);
    return [place, window.looks(here) !== window.unfocused[place], here.outerHTML.slice(0, 140)];
}"""


def rgb(colour: str) -> str:
    """#111A26 as the browser says it."""
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"


def charts_told(reader: Reader) -> list[int]:
    """The heights of the charts that the server hands over from now on, in pixels; filled as they come."""
    heights: list[int] = []

    def take(payload: str | bytes) -> None:
        message = ForwardMsg.FromString(payload)  # type: ignore[arg-type]
        if message.delta.new_element.WhichOneof("type") == "plotly_chart":
            heights.append(json.loads(message.delta.new_element.plotly_chart.spec)["layout"]["height"])

    reader.page.on("websocket", lambda socket: socket.on("framereceived", take))
    return heights


@EVERY_PAGE
def test_every_chart_is_as_high_as_it_was_drawn_for(visitor: Visitor, page: str) -> None:
    reader = visitor()
    told = charts_told(reader)
    reader.open(ADDRESSES[page], municipio=CAPITAL)
    shown = reader.page.locator(".js-plotly-plot:visible").evaluate_all(
        "charts => charts.map(chart => Math.round(chart.getBoundingClientRect().height))"
    )
    assert set(shown) <= set(told) and bool(shown) == bool(told)
    assert page != "pages/ver/indicador.py" or len(set(shown)) > 2


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


@EVERY_PAGE
def test_the_keyboard_alone_comes_to_every_control_and_is_seen_there(visitor: Visitor, page: str) -> None:
    reader = visitor()
    # A frame that fades in would still look as before.
    reader.page.emulate_media(reduced_motion="reduce")
    reader.open(ADDRESSES[page], municipio=CAPITAL)
    count = reader.page.evaluate(CONTROLS)
    assert count > 12
    reached: set[int] = set()
    unseen: set[str] = set()
    for _ in range(2 * count + 20):
        reader.page.keyboard.press("Tab")
        place, seen, element = reader.page.evaluate(FOCUSED)
        if place >= 0:
            reached.add(place)
            if not seen:
                unseen.add(element)
        if len(reached) == count:
            break
    missed = [
        reader.page.evaluate("place => window.controls[place].outerHTML.slice(0, 140)", place)
        for place in sorted(set(range(count)) - reached)
    ]
    assert not missed
    assert not unseen


@EVERY_PAGE
def test_at_twice_the_size_nothing_is_cut(visitor: Visitor, page: str) -> None:
    # 200% on a screen of 1280 px leaves half of it to lay out.
    reader = visitor(width=640)
    reader.open(ADDRESSES[page], municipio=CAPITAL)
    widths = reader.page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert widths[0] == widths[1]
    assert not reader.page.evaluate(BEYOND)


def test_nothing_moves_for_who_asked_for_stillness(visitor: Visitor) -> None:
    reader = visitor()
    reader.page.emulate_media(reduced_motion="reduce")
    reader.open("indicador", municipio=CAPITAL)
    reader.page.locator(".st-key-baixar-serie button").first.click()
    moving = reader.page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stApp] *')].filter(each => {
            const style = getComputedStyle(each);
            return style.animationName !== 'none' || style.transitionDuration.split(',').some(part => parseFloat(part) > 0);
        }).map(each => each.outerHTML.slice(0, 100)).slice(0, 5)"""
    )
    assert not moving
    assert not reader.page.evaluate("() => document.getAnimations().map(each => each.playState)")


def test_the_page_says_its_language_and_its_name(visitor: Visitor) -> None:
    reader = visitor()
    answer = reader.page.request.get(f"{reader.address}/indicador")
    assert answer.ok and "<title>Farol Municipal</title>" in answer.text()
    reader.open("indicador")
    assert reader.page.locator("html").get_attribute("lang") == "pt-BR"
