"""What is taken away says what it is of: municipality, indicator, and only the filter that its page applied."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.screens.downloads import LONGEST_TITLE
from dashboard.screens.session import filter_words
from dashboard.tables import Tables
from tests.pages.screens import assert_sound

Visit = Callable[..., AppTest]
FILTER = {"regiao": "imediata.dourados", "porte": "5-a-10-mil"}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, list[str]]]:
    """Every "Baixar" of the pages opened: key, title, and the filter that its files would name."""
    found: list[tuple[str, str, list[str]]] = []

    def seen(
        frame: Any, key: str, title: str, source: str, data: Tables, *, whole: bool = False, **_: Any
    ) -> None:
        found.append((key, title, [] if whole else filter_words(data)))

    # By their modules, since a package of words of the same names stands before them.
    for name in ("drawn", "lists", "plans"):
        monkeypatch.setattr(sys.modules[f"dashboard.screens.{name}"], "downloads", seen)
    return found


@pytest.mark.parametrize(
    "page", ["ver/municipio", "acompanhar/plano", "analisar/comparar", "analisar/fontes"]
)
def test_a_page_without_filters_names_none(
    visit: Visit, taken: list[tuple[str, str, list[str]]], page: str
) -> None:
    assert_sound(visit(f"pages/{page}.py", municipio="5003207", **FILTER))
    assert taken and not [said for _, _, said in taken if said]


def test_a_page_with_filters_names_them_but_on_what_they_do_not_touch(
    visit: Visit, taken: list[tuple[str, str, list[str]]]
) -> None:
    assert_sound(visit("pages/ver/indicador.py", municipio="5003207", **FILTER))
    said = {key: words for key, _, words in taken}
    assert len(said["mapa"]) == 2 and said["serie"] == []


def test_charts_of_a_plan_are_told_apart(visit: Visit, taken: list[tuple[str, str, list[str]]]) -> None:
    titles = set()
    for code, name in (("5006002", "Nova Alvorada do Sul"), ("5003207", "Corumbá")):
        taken.clear()
        at = visit("pages/acompanhar/plano.py", municipio=code, demonstracao="sim")
        for key in ("outros", "no-caminho"):
            at.session_state[key] = True
        assert_sound(at.run())
        cards = {key: title for key, title, _ in taken if title.startswith(f"{name}: ")}
        assert len(cards) > 3 and len(set(cards.values())) == len(cards)
        titles |= {title[:LONGEST_TITLE] for title in cards.values()}
    assert len(titles) > 6
