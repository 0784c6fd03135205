"""What holds on every page, whichever pages there are."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.screens import (
    PAGES,
    assert_sound,
    charts,
    elements,
    html,
    link,
    parameters,
    plain,
    text,
    title,
    view,
)

Visit = Callable[..., AppTest]
CAPITAL, OTHER = "5002704", "5003207"
EVERY_PAGE = pytest.mark.parametrize("page", PAGES)
BOTH = pytest.mark.parametrize("focus", ["", CAPITAL], ids=["state", "municipality"])

# A value that does not exist, for each parameter of the links.
WRONG = {
    "municipio": "5099999",
    "regiao": "imediata.atlantida",
    "porte": "gigante",
    "programa": "talvez",
    "demonstracao": "talvez",
    "indicador": "felicidade",
    "ano": "dois-mil",
    "municipios": "5002704,1234567",
    "plano": "plano-perdido",
    "desde": "ontem",
    "tabela": "mesa",
    "regioes": "imediata.atlantida",
    "conjunto": "felicidade",
    "indicadores": "felicidade",
    "ordem": "nenhuma",
    "coluna": "felicidade",
    "x": "felicidade",
    "y": "felicidade",
    "cor": "arco-iris",
    "periodo": "um-dia",
    "entre": "vizinhos",
}
# What a page needs besides, to look at the parameter at all: a municipality's value of several periods a year.
BESIDE = {
    "periodo": {"municipio": "5002704", "indicador": "saldo_empregos_formais"},
    "entre": {"municipio": "5002704"},
}
GARBAGE = [
    "",
    "-1",
    "1\u0660\u0660\u0660",
    "9" * 400,
    ",,,",
    "imediata.",
    "<script>alert(1)</script>",
    "'; drop table municipalities; --",
    "../a\nb\x00c%F0%9F",
    # All parameters together stay under the half megabyte beyond which the framework hands on no link at all.
    "\U0001f600" * 1000,
]
USABLE = {"selectbox", "multiselect", "button_group", "toggle", "checkbox", "button", "date_input"}


def opened(visit: Visit, page: str, focus: str) -> AppTest:
    return visit(page, municipio=focus) if focus else visit(page)


@EVERY_PAGE
@BOTH
def test_it_opens(visit: Visit, page: str, focus: str) -> None:
    at = opened(visit, page, focus)
    assert_sound(at)
    assert not at.warning, [plain(warning.value) for warning in at.warning]
    first = view(at)
    assert view(at.run()) == first


@EVERY_PAGE
@BOTH
def test_what_is_drawn_is_also_said(visit: Visit, page: str, focus: str) -> None:
    at = opened(visit, page, focus)
    shown = html(at)
    for key, chart in charts(at).items():
        assert len(chart.alt) > 30 and chart.alt.endswith("."), (key, chart.alt)
        assert any(f'<p class="sentence">{escape(chart.alt)}</p>' in body for body in shown), (key, chart.alt)
    for tag in re.findall(r"<(?:svg|img)\b[^>]*>", "".join(shown)):
        named = re.search(r'(?:aria-label|alt)="[^"]+"', tag)
        assert named or 'aria-hidden="true"' in tag or 'alt=""' in tag, tag[:200]
    for table in re.findall(r"<table.*?</table>", "".join(shown), re.DOTALL):
        assert "<caption" in table and 'scope="col"' in table, table[:200]
    if charts(at) or "<table" in "".join(shown):
        assert "Fonte" in text(at)


@EVERY_PAGE
def test_headings_step_down_one_level_at_a_time(visit: Visit, page: str) -> None:
    levels = [
        int(level) for level in re.findall(r"<h([1-6])\b", "\n".join(html(visit(page, municipio=CAPITAL))))
    ]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels)), levels


@EVERY_PAGE
def test_maps_are_fetched_by_address_from_this_server(visit: Visit, page: str) -> None:
    for chart in charts(visit(page)).values():
        spec = json.loads(chart.spec)
        for trace in spec["data"]:
            if "geojson" in trace:
                assert str(trace["geojson"]).startswith("app/static/geo/"), str(trace["geojson"])[:80]
        assert not re.findall(r"https?:", json.dumps(spec) + chart.config)


@EVERY_PAGE
def test_a_wrong_value_in_the_link_is_said_once_and_left_aside(visit: Visit, page: str) -> None:
    own = parameters(page)
    assert own <= set(WRONG), "a parameter without a wrong value to try"
    for name in sorted(own):
        beside = BESIDE.get(name, {})
        usual = title(visit(page, **beside))
        at = visit(page, **beside, **{name: WRONG[name]})
        assert_sound(at)
        said = [plain(warning.value) for warning in at.warning]
        assert len(said) == 1 and WRONG[name].split(",")[-1] in said[0], (name, said)
        assert title(at) == usual
        assert WRONG[name] not in link(at).values()
    assert not at.run().warning
    # Those of other pages are no harm here.
    assert_sound(visit(page, **{name: value for name, value in WRONG.items() if name not in own}))


@EVERY_PAGE
def test_garbage_in_the_link_is_left_aside(visit: Visit, page: str) -> None:
    usual = title(visit(page))
    for value in GARBAGE:
        at = visit(page, **dict.fromkeys(WRONG, value), unknown=value)
        assert_sound(at)
        assert title(at) == usual, ascii(value[:20])
        assert "<script>" not in "".join(html(at))
        assert "unknown" not in link(at)
        assert all(len(warning.value) < 300 for warning in at.warning)


@EVERY_PAGE
def test_the_link_opens_the_same_view(visit: Visit, page: str) -> None:
    at = visit(page)
    at.selectbox(key="widget:municipio").select(OTHER).run()
    for name in ("regiao", "indicador", "ano"):
        if any(element.key == f"widget:{name}" for element in elements(at)):
            box = at.selectbox(key=f"widget:{name}")
            box.select_index(min(2, len(box.options) - 1)).run()
    assert_sound(at)
    again = visit(page, **link(at))
    assert_sound(again)
    assert not again.warning
    assert view(again) == view(at)
    assert link(again) == link(at)


@EVERY_PAGE
def test_links_carry_codes(visit: Visit, page: str) -> None:
    at = visit(page, municipio=CAPITAL, regiao="imediata.dourados", porte="5-a-10-mil", programa="nd")
    assert_sound(at)
    assert {"municipio", "regiao", "programa"} <= set(link(at))
    for name, value in link(at).items():
        assert re.fullmatch(r"[a-z0-9_.,-]+", value), (name, value)


def _another(element: Any) -> bool:
    """Give a widget another value; False where it has only one."""
    if element.type == "selectbox":
        place = element.index if element.index is not None else -1
        others = [option for option in range(len(element.options)) if option != place]
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
    elif element.type == "date_input":
        element.set_value(element.value - dt.timedelta(days=30))
    else:
        element.click()
    return True


@EVERY_PAGE
@BOTH
def test_every_widget_moves_the_page_and_the_link(visit: Visit, page: str, focus: str) -> None:
    at = opened(visit, page, focus)
    keys = [element.key for element in elements(at) if element.type in USABLE]
    assert "widget:municipio" in keys and None not in keys
    for key in keys:
        found = [element for element in elements(at) if element.key == key and element.type in USABLE]
        before = view(at)
        if not found or not _another(found[0]):
            continue
        at.run()
        assert_sound(at)
        if found[0].type != "button":
            assert view(at) != before, key
        again = visit(page, **link(at))
        assert view(again) == view(at), f"after {key} the link shows another view"


def test_the_choice_stays_from_page_to_page(visit: Visit) -> None:
    at = visit("pages/ver/panorama.py", regiao="imediata.dourados", porte="5-a-10-mil", programa="nd")
    at.selectbox(key="widget:municipio").select(OTHER).run()
    held = {name: link(at)[name] for name in ("municipio", "regiao", "porte", "programa")}
    for page in [*PAGES, *PAGES]:
        at.switch_page(page).run()
        assert_sound(at)
        assert {name: link(at).get(name) for name in held} == held, page
        assert at.selectbox(key="widget:municipio").value == OTHER, page
