"""The passport of a number is one click, or one Enter, from every value; all it promises stands on its page."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator

from tests.e2e.reader import Reader

Visitor = Callable[..., Reader]
GRANDE = "5002704"
OPENED = "passaporte?"


def tabbed_to(reader: Reader, most: int = 250) -> Locator:
    """The first link to a passport that the key Tab reaches."""
    reader.page.locator("h1").first.click()
    for _ in range(most):
        reader.page.keyboard.press("Tab")
        here = reader.page.locator(":focus")
        if here.count() and OPENED in (here.get_attribute("href") or ""):
            return here
    raise AssertionError("Tab reaches no link to a passport")


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("indicador", {"indicador": "taxa_alfabetizacao", "ano": "2022", "municipio": GRANDE}),
        ("municipio", {"municipio": GRANDE}),
        ("plano", {"municipio": GRANDE}),
    ],
)
def test_one_enter_opens_the_passport_of_a_value(visitor: Visitor, page: str, link: dict[str, str]) -> None:
    reader = visitor()
    reader.open(page, **link)
    value = tabbed_to(reader)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(str(value.get_attribute("href"))).query).items()}
    # The focus can be seen.
    outline = value.evaluate("e => getComputedStyle(e).outlineStyle")
    assert outline not in ("none", "")
    reader.page.keyboard.press("Enter")
    reader.until(lambda: "/passaporte" in reader.page.url, "the passport's address")
    reader.wait()
    assert reader.link.items() >= asked.items()
    assert "A linha como publicada" in reader.text


def test_a_click_opens_all_that_a_passport_tells(visitor: Visitor) -> None:
    reader = visitor()
    reader.open("municipio", municipio=GRANDE)
    reader.page.locator(f"a[href*='{OPENED}'][href$='indicador=idhm']").first.click()
    reader.until(lambda: "/passaporte" in reader.page.url, "the passport's address")
    reader.wait()
    for told in (
        "Valor guardado", "Conta refeita", "a fonte publica o valor pronto", "Marca", "Edição", "Obtenção", "data/raw/pnud_idhm/",
        "sha256: ", "Como publicado", "MS, do publicador", "A consulta que calculou", "pipelines/indicators/idhm.sql",
        "pipelines/sources/pnud_idhm.sql", "Como citar (ABNT NBR 6023)", "A série inteira, em endereços que não mudam",
    ):  # fmt: skip
        assert told in reader.text, told
    assert "In: FAROL MUNICIPAL." in reader.text and reader.page.url in reader.text
    address = reader.page.get_by_text("/series/idhm.json").first.inner_text().strip()
    with urllib.request.urlopen(address, timeout=10) as answer:
        rows = json.load(answer)["values"]
    assert any(row["municipality_code"] == GRANDE and row["year"] == 2010 for row in rows)
    # Where there are counts, they are told and divided again.
    reader.open("passaporte", indicador="taxa_alfabetizacao", municipio=GRANDE)
    assert all(word in reader.text for word in ("Numerador", "Denominador", " ÷ "))
