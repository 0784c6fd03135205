"""What a page keeps names all that it depends on: a view found on the shelf is the view made anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shelf import Shelf
from dashboard.tables import open_tables
from pipelines.declarations import Config
from tests.pages.screens import PAGES, parameters, view

Visit = Callable[..., AppTest]
# Each differs from the one before in one choice, as after a click; what one page does not know it leaves aside.
SAME = (
    "conferir.py",
    "dados.py",
    "fontes.py",
    "metodo.py",
    "comparar.py",
    "plano.py",
    "monitoramento.py",
    "metas.py",
)
VIEWS: tuple[Mapping[str, str], ...] = (
    {"municipio": "5002704"},
    {"municipio": "5003207"},
    {"municipio": "5003207", "demonstracao": "sim"},
    {"municipio": "5003207", "indicador": "ideb_anos_iniciais_publica"},
    {"municipio": "5003207", "indicador": "ideb_anos_iniciais_publica", "ano": "2019"},
    {"municipio": "5003207", "indicador": "ideb_anos_iniciais_publica", "regiao": "imediata.corumba"},
    {"municipio": "5003207", "indicador": "idhm", "regiao": "imediata.corumba"},
    {"municipio": "5003207", "indicador": "idhm", "porte": "20-a-50-mil"},
    {"municipio": "5003207", "municipios": "5002704,5003207", "regioes": "estado"},
    {"municipio": "5003207", "municipios": "5002704,5003207", "ordem": "atencao", "conjunto": "saneamento"},
    {"municipio": "5003207", "x": "idhm_renda", "y": "taxa_alfabetizacao"},
    {"municipio": "5003207", "x": "idhm_renda", "y": "taxa_alfabetizacao", "cor": "imediata"},
    {"municipio": "5003207", "plano": "compromisso_alfabetizada"},
    {"municipio": "5003207", "desde": "2026-05-01"},
)


def empty(config: Config) -> Shelf:
    """The shelf of drawings of the present tables, with nothing on it."""
    data = open_tables(config)
    data.drawings = Shelf(data.drawings.most)
    return data.drawings


@pytest.mark.parametrize("page", PAGES)
def test_a_view_from_the_shelf_is_the_view_made_anew(visit: Visit, config: Config, page: str) -> None:
    known = parameters(page)
    views = [asked for asked in VIEWS if set(asked) <= known]

    def seen(asked: Mapping[str, str]) -> Mapping[str, Any]:
        return view(visit(page, **asked))

    anew = []
    for asked in views:
        empty(config)
        anew.append(seen(asked))
    empty(config)
    for asked, expected in zip(views, anew, strict=True):
        assert seen(asked) == expected, asked
    assert len({repr(one) for one in anew}) == len(views) or page.endswith(SAME)


def test_another_municipality_in_focus_is_drawn_and_nothing_else_is_made(
    visit: Visit, config: Config
) -> None:
    shelf = empty(config)
    visit("pages/ver/panorama.py", municipio="5002704", indicador="idhm")
    before = set(shelf.held)
    visit("pages/ver/panorama.py", municipio="5003207", indicador="idhm")
    made = {key[1] for key in set(shelf.held) - before if len(key) == 4}
    assert made == {"mapa", "ranking"}


def test_rows_to_take_away_are_made_when_the_popover_is_opened(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.findings import targets

    made: list[int] = []
    whole = targets.targets_table

    def counted(*given: Any) -> Any:
        made.append(1)
        return whole(*given)

    monkeypatch.setattr(targets, "targets_table", counted)
    at = visit("pages/acompanhar/monitoramento.py", regiao="imediata.dourados", porte="20-a-50-mil")
    assert not made
    at.session_state["baixar-metas"] = True
    at.run()
    assert made and not at.exception
