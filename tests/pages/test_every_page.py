"""What holds on every page, whichever pages there are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import controls
from tests.pages.screens import PAGES, assert_sound, charts, elements, html, link, text, title, view

Visit = Callable[..., AppTest]
CAPITAL, OTHER = "5002704", "5003207"
EVERY_PAGE = pytest.mark.parametrize("page", PAGES)

WRONG = {
    "municipio": "5099999",
    "indicador": "felicidade",
    "ano": "dois mil",
    "municipios": "5002704,1234567",
    "regiao": "imediata.atlantida",
    "porte": "gigante",
    "programa": "talvez",
}
GARBAGE = [
    "",
    " ",
    "-1",
    "\u0661\u0662\u0663\u0664",
    "1\u0660\u0660\u0660",
    ",,,",
    ".",
    "imediata.",
    "<script>alert(1)</script>",
    "'; drop table municipalities; --",
    "../../etc/passwd",
    "a\nb\x00c",
    "%F0%9F",
    "\U0001f600" * 2000,
]


@EVERY_PAGE
@pytest.mark.parametrize("focus", ["", CAPITAL], ids=["state", "municipality"])
def test_it_opens(visit: Visit, page: str, focus: str) -> None:
    at = visit(page, municipio=focus) if focus else visit(page)
    assert_sound(at)
    assert not at.warning, [warning.value for warning in at.warning]
    assert at.run() and not at.exception


@EVERY_PAGE
@pytest.mark.parametrize("focus", ["", CAPITAL], ids=["state", "municipality"])
def test_every_chart_says_in_a_sentence_what_it_shows(visit: Visit, page: str, focus: str) -> None:
    at = visit(page, municipio=focus) if focus else visit(page)
    shown = html(at)
    for key, chart in charts(at).items():
        assert len(chart.alt) > 30 and chart.alt.endswith("."), (key, chart.alt)
        assert f'<p class="sentence">{escape(chart.alt)}</p>' in shown, key


@EVERY_PAGE
def test_every_drawing_of_our_own_has_a_name_or_is_decoration(visit: Visit, page: str) -> None:
    for body in html(visit(page, municipio=CAPITAL)):
        for tag in re.findall(r"<svg[^>]*>", body):
            named = 'role="img"' in tag and re.search(r'aria-label(?:ledby)?="[^"]+"', tag)
            assert named or 'aria-hidden="true"' in tag, tag


@EVERY_PAGE
def test_headings_step_down_one_level_at_a_time(visit: Visit, page: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", "\n".join(html(visit(page, municipio=CAPITAL))))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(levels, levels[1:], strict=False)), levels


@EVERY_PAGE
def test_maps_are_fetched_by_address_from_this_server(visit: Visit, page: str) -> None:
    for chart in charts(visit(page)).values():
        spec = json.loads(chart.spec)
        for trace in spec["data"]:
            if "geojson" in trace:
                assert str(trace["geojson"]).startswith("app/static/geo/"), str(trace["geojson"])[:80]
        assert not re.findall(r"https?:", json.dumps(spec) + chart.config)


@EVERY_PAGE
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_in_the_link_is_said_and_left_aside(visit: Visit, page: str, name: str) -> None:
    at = visit(page, **{name: WRONG[name]})
    assert_sound(at)
    said = [warning.value for warning in at.warning]
    assert len(said) == 1 and WRONG[name].split(",")[-1] in said[0], said
    assert WRONG[name] not in link(at).values()
    assert title(at) == title(visit(page))
    assert not at.run().warning


@EVERY_PAGE
@pytest.mark.parametrize("value", GARBAGE, ids=ascii)
def test_garbage_in_the_link_is_left_aside(visit: Visit, page: str, value: str) -> None:
    at = visit(page, **dict.fromkeys(WRONG, value), unknown=value)
    assert_sound(at)
    assert title(at) == title(visit(page))
    assert "<script>" not in "".join(html(at))
    for warning in at.warning:
        assert len(warning.value) < 300


@EVERY_PAGE
def test_the_link_opens_the_same_view(visit: Visit, page: str) -> None:
    at = visit(page)
    at.selectbox(key="widget:municipio").select(OTHER).run()
    if any(element.key == "widget:regiao" for element in elements(at)):
        at.selectbox(key="widget:regiao").select_index(3).run()
    for widget in ("widget:indicador", "widget:ano"):
        if any(element.key == widget for element in elements(at)):
            box = at.selectbox(key=widget)
            box.select_index(min(2, len(box.options) - 1)).run()
    assert_sound(at)
    again = visit(page, **link(at))
    assert_sound(again)
    assert not again.warning
    assert view(again) == view(at)
    assert link(again) == link(at)


@EVERY_PAGE
def test_links_carry_codes(visit: Visit, page: str) -> None:
    at = visit(page, municipio=CAPITAL, regiao="imediata.dourados", porte="ate-10-mil", programa="nd")
    for name, value in link(at).items():
        assert re.fullmatch(r"[a-z0-9_.,-]+", value), (name, value)


@EVERY_PAGE
def test_the_municipality_in_focus_stays_from_page_to_page(visit: Visit, page: str) -> None:
    at = visit(page)
    at.selectbox(key="widget:municipio").select(OTHER).run()
    assert link(at)["municipio"] == OTHER
    for other in PAGES:
        at.switch_page(other).run()
        assert_sound(at)
        assert link(at)["municipio"] == OTHER, other
        assert at.selectbox(key="widget:municipio").value == OTHER


def _another(element: Any) -> bool:
    """Give a widget another value; False where it has only one."""
    if element.type == "selectbox":
        options = list(range(len(element.options)))
        place = element.index if element.index is not None else -1
        others = [option for option in options if option != place]
        if others:
            element.select_index(others[-1])
        return bool(others)
    if element.type in {"multiselect", "button_group"}:
        others = [option for option in element.options if option not in map(str, element.value or [])]
        if others:
            element.select(others[0])
        return bool(others)
    if element.type in {"toggle", "checkbox"}:
        element.set_value(not element.value)
        return True
    if element.type == "button":
        element.click()
        return True
    return False


@EVERY_PAGE
@pytest.mark.parametrize("focus", ["", CAPITAL], ids=["state", "municipality"])
def test_every_widget_can_be_used(visit: Visit, page: str, focus: str) -> None:
    at = visit(page, municipio=focus) if focus else visit(page)
    kinds = {"selectbox", "multiselect", "button_group", "toggle", "checkbox", "button"}
    keys = [element.key for element in elements(at) if element.type in kinds]
    assert "widget:municipio" in keys and None not in keys
    for key in keys:
        found = [element for element in elements(at) if element.key == key and element.type in kinds]
        if not found or not _another(found[0]):
            continue
        kind, before = found[0].type, view(at)
        at.run()
        assert_sound(at)
        if kind == "selectbox":
            assert view(at) != before, key
        again = visit(page, **link(at))
        assert view(again) == view(at), f"after {key} the link is another view"


@EVERY_PAGE
def test_it_names_its_sources(visit: Visit, page: str) -> None:
    at = visit(page, municipio=CAPITAL)
    if charts(at) or "<table" in "".join(html(at)):
        assert "Fonte" in text(at)


def test_every_parameter_of_the_links_is_tried() -> None:
    assert set(controls.EVERYWHERE) <= set(WRONG)
