"""A municipality found by its name, with the names of the two states that share some."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.screens import searching
from dashboard.tables import open_tables
from pipelines.declarations import Config
from tests.pages.conftest import visiting
from tests.pages.screens import assert_sound, elements, link, text

NAMES = {
    "1": "Bom Jesus (PB)", "2": "Bom Jesus (PI)", "3": "Bom Jesus da Lapa", "4": "São José de Bom Jesus",
    "5": "Água Branca", "2507507": "João Pessoa",
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bom jesus", ["1", "2", "3", "4"]),
        ("Bom Jesus (pi)", ["2"]),
        ("  bom  jesus da", ["3"]),
        ("agua branca", ["5"]),
        ("jesus", ["1", "2", "3", "4"]),
        ("2507507", ["2507507"]),
        ("Atlântida", []),
        ("  ", []),
    ],
)
def test_a_text_fits_the_very_name_first(typed: str, found: list[str]) -> None:
    assert searching.fitting(NAMES, typed) == found


@pytest.fixture
def visit(two_states: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    # As in a territory that is too large to list.
    monkeypatch.setattr(searching, "MOST_LISTED", 100)
    return visiting(two_states, monkeypatch)


def sent(at: AppTest, names: set[str]) -> int:
    """The names of municipalities that the boxes of a run send."""
    return sum(
        option in names
        for element in elements(at)
        if element.type in {"selectbox", "multiselect"}
        for option in element.proto.options
    )


@pytest.mark.parametrize("page", ["ver/panorama", "ver/indicador", "analisar/comparar", "analisar/relacao"])
def test_no_run_sends_the_names_of_all(visit: Callable[..., AppTest], two_states: Config, page: str) -> None:
    at = visit(f"pages/{page}.py", municipio="2802908", municipios="2806800,2506905")
    assert_sound(at)
    names = set(open_tables(two_states).names().values())
    # Those that are chosen, and nobody else.
    assert sent(at, names) <= 3 < 290 < len(names)
    assert at.text_input(key="widget:procura-municipio").value == "Itabaiana (SE)"


def test_a_name_of_two_towns_asks_which(visit: Callable[..., AppTest]) -> None:
    at = visit("pages/ver/panorama.py")
    at.text_input(key="widget:procura-municipio").input("itabaiana").run()
    assert_sound(at)
    assert "municipio" not in link(at)
    box = at.selectbox(key="widget:achados-municipio")
    # The one that only begins so comes after the two that are called so.
    assert box.options[:2] == ["Itabaiana (PB)", "Itabaiana (SE)"]
    box.select("2802908").run()
    assert_sound(at)
    assert link(at)["municipio"] == "2802908"
    assert at.text_input(key="widget:procura-municipio").value == "Itabaiana (SE)"
    at.text_input(key="widget:procura-municipio").input("joao pessoa").run()
    assert link(at)["municipio"] == "2507507"
    at.text_input(key="widget:procura-municipio").input("Atlântida").run()
    assert "Nenhum município se chama “Atlântida”" in text(at)
    assert link(at)["municipio"] == "2507507"
    at.text_input(key="widget:procura-municipio").input("").run()
    assert "municipio" not in link(at)


def test_a_list_is_written_name_by_name(visit: Callable[..., AppTest]) -> None:
    at = visit("pages/analisar/comparar.py")
    for typed, code in (("aracaju", "2800308"), ("João Pessoa", "2507507")):
        at.text_input(key="widget:procura-lista").input(typed).run()
        assert_sound(at)
        assert code in link(at)["municipios"]
        assert at.text_input(key="widget:procura-lista").value == ""
    at.multiselect(key="widget:municipios").unselect("2800308").run()
    assert link(at)["municipios"] == "2507507"
