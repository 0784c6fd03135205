"""Streamlit's own program as it is handed out: Portuguese for eyes and screen readers, and lists that find names."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dashboard.screens import framework
from pipelines.declarations import ROOT
from tests.conftest import serving
from tests.e2e.reader import ADDRESSES, Reader, reading

Visitor = Callable[..., Reader]
CAPITAL = "5002704"
EVERY_PAGE = pytest.mark.parametrize("page", ADDRESSES)

# Words of the framework that are none in Portuguese; letters as in the page, since an id may hold any.
ENGLISH = re.compile(
    r"\b(the|and|of|to|is|are|you|your|with|for|search|results?|uploads?|skip|content|collapse|expand|sidebar|"
    r"remove|clear|close|open|press|enter|apply|downloads?|copy|copied|clipboard|choose|options?|select(ed|box)?|"
    r"multiselect|values?|add|drag|drop|files?|here|running|stop|fullscreen|view|more|less|app|pages?|navigate|"
    r"home|loading|wait|error|connection|print|rerun|settings|about|theme|light|dark|system|help|notifications?|"
    r"click|show|hide|deploy|streamlit|heading|button|suggestions?|available|dismiss|main menu|need|enable|run|"
    r"browser|made|version)\b",
    re.IGNORECASE,
)
# What is read and what is said: text and accessible names. Icons are letters of a font, hidden from screen readers;
# code to copy is in the language of its program, and cells hold the names of files.
SAID = """() => {
    const said = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const at = walk.currentNode.parentElement;
        if (at.closest('script, style, code, pre, [data-testid=stIconMaterial], .data td')) continue;
        const text = walk.currentNode.textContent.trim();
        if (text) said.push(text);
    }
    for (const element of document.querySelectorAll('*'))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-roledescription',
                            'aria-valuetext']) {
            const value = element.getAttribute(name);
            if (value) said.push(value);
        }
    return said;
}"""
# Names of files and programs.
NAMES = re.compile(r"\S+/\S+|\S+\.(csv|parquet|json|gz)\S*|'[^']*'|SELECT .*|\bopen data\b", re.IGNORECASE)


def english(reader: Reader) -> list[str]:
    """What the page says in English, to eyes and to screen readers."""
    said: list[str] = reader.page.evaluate(SAID)
    return sorted({text[:120] for text in said if ENGLISH.search(NAMES.sub("", text))})


def found(reader: Reader, label: str, typed: str) -> list[str]:
    """What a list offers for what is typed; the list is left as it was."""
    box = reader.page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(typed)
    reader.page.wait_for_timeout(150)
    options: list[str] = reader.page.get_by_role("option").all_inner_texts()
    reader.page.keyboard.press("Escape")
    return options


@EVERY_PAGE
def test_nothing_is_said_in_english(visitor: Visitor, page: str) -> None:
    reader = visitor()
    reader.open(ADDRESSES[page], municipio=CAPITAL, municipios="5003207,5003702")
    for name in ("Filtros", "Link", "Mais escolhas", "Baixar", "Menu do painel"):
        button = reader.page.get_by_role("button", name=name, exact=True).first
        if button.count() and button.is_visible():
            button.click()
            reader.page.wait_for_timeout(300)
            assert not english(reader), name
            reader.page.keyboard.press("Escape")
            reader.page.wait_for_timeout(300)
    box = reader.page.get_by_role("combobox", name="Município em foco")
    box.click()
    box.fill("zzzz")
    reader.page.get_by_text("Nada encontrado").first.wait_for()
    assert not english(reader)


def test_before_and_without_a_script_the_page_is_in_portuguese(visitor: Visitor) -> None:
    reader = visitor()
    body = reader.page.request.get(reader.address).text()
    told = re.findall(r"<noscript>(.*?)</noscript>", body, re.DOTALL)
    assert told == ["<p>O painel precisa de JavaScript para ser mostrado.</p>"]
    assert "<title>Farol Municipal</title>" in body


def test_a_refused_file_is_told_in_portuguese(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("conferir")
    reader.page.set_input_files(
        "input[type=file]", {"name": "plano.txt", "mimeType": "text/plain", "buffer": b"oi"}
    )
    reader.page.locator("[data-testid=stFileChip]").wait_for()
    assert not english(reader)


def test_lists_find_without_accents_and_in_any_order(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("indicador")
    place = "Município em foco"
    assert found(reader, place, "figueirao") == ["Figueirão"]
    assert found(reader, place, "sao gab") == found(reader, place, "oeste gab") == ["São Gabriel do Oeste"]
    assert found(reader, place, "agua")[0] == "Água Clara"
    assert found(reader, place, "ÁGUA CLARA") == found(reader, place, "clara agua") == ["Água Clara"]
    assert found(reader, "Indicador", "bcg vacinal") == ["Cobertura vacinal: BCG · Saúde"]
    assert "Três Lagoas" in found(reader, "Municípios na série", "lagoas tres")
    reader.open("monitoramento")
    assert any("Alfabetização" in title for title in found(reader, "Plano", "anos alfabetizacao"))
    reader.choose("Município em foco", "Água Clara")
    reader.until(lambda: reader.link.get("municipio") == "5000203", "the municipality in the link")


NATION = """
import streamlit as st
KINDS = ("Bom Jesus", "São João", "Água Boa", "Santa Cruz", "Três Irmãos", "Nova Esperança", "Conceição")
ENDS = [f"{one} {two}" for one in ("do", "da", "de") for two in
        ("Araguaia", "Itaúna", "Oeste", "Norte", "Tocantins", "Açu", "Mirim", "Paraíba", "Serrado", "Ribeirão")]
names = [f"{kind} {end} {n}" for n in range(27) for kind in KINDS for end in ENDS][:5569] + ["Figueirão"]
assert len(names) == 5570
st.title("País")
st.selectbox("Município", names, index=None)
"""


def test_lists_of_a_whole_country_answer_at_once(browser: Browser, tmp_path: Path) -> None:
    own = (ROOT / "app.py").read_text("utf-8")
    start = own[own.index("    from starlette") :]
    script = tmp_path / "pais.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nif __name__ == '__main__':\n"
        + "".join(f"    {line}\n" for line in NATION.splitlines())
        + "else:\n    import streamlit as st\n    from dashboard import screens\n"
        + start.replace("\napp = ", "\n    app = "),
        "utf-8",
    )
    (tmp_path / "farol.toml").write_text((ROOT / "farol.toml").read_text("utf-8"), "utf-8")
    with serving(tmp_path / "farol.toml", script) as address, reading(browser, address) as reader:
        reader.page.goto(address)
        box = reader.page.get_by_role("combobox", name="Município", exact=True)
        box.wait_for()
        assert found(reader, "Município", "figueirao") == ["Figueirão"]
        box.click()
        started = time.perf_counter()
        box.press_sequentially("oeste sao joao 26")
        option = reader.page.get_by_role("option").first
        option.filter(has_text="São João").wait_for()
        assert time.perf_counter() - started < 10
        assert re.fullmatch(r"São João d[aeo] Oeste 26", option.inner_text())


def test_the_side_bar_closes_after_a_choice_on_a_phone(visitor: Visitor) -> None:
    reader = visitor(width=380)
    reader.open("indicador")
    bar = reader.page.locator("[data-testid=stSidebar]")
    reader.page.get_by_role("button", name="Abrir a barra lateral").click()
    reader.until(lambda: bar.get_attribute("data-collapsed") == "false", "an open side bar")
    reader.choose("Município em foco", "Água Clara")
    reader.until(lambda: bar.get_attribute("data-collapsed") == "true", "a closed side bar")
    reader.until(lambda: reader.link.get("municipio") == "5000203", "the municipality in the link")

    wide = visitor()
    wide.open("indicador")
    wide.choose("Município em foco", "Água Clara")
    wide.until(lambda: wide.link.get("municipio") == "5000203", "the municipality in the link")
    assert wide.page.locator("[data-testid=stSidebar]").get_attribute("data-collapsed") == "false"


def test_the_program_is_kept_under_a_name_of_its_own(visitor: Visitor) -> None:
    reader = visitor()
    reader.open()
    folder, files = framework.program()
    asked = [url for url in reader.requests if "/static/js" in url]
    assert asked and all(f"/static/{folder}/" in url for url in asked)
    name = next(iter(files))
    for where, kept in ((folder, "immutable"), ("js-0123456789", "no-store")):
        answer = reader.page.request.get(f"{reader.address}/static/{where}/{name}")
        assert answer.ok and answer.body() == files[name].plain
        assert kept in answer.headers["cache-control"]
    page = reader.page.request.get(reader.address)
    assert "etag" not in page.headers and "last-modified" not in page.headers
