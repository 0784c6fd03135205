"""From the whole territory to a state, a region and a town, in the link and in words; names that two places share."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.tables import Filter, open_tables
from pipelines.declarations import Config
from tests.pages.conftest import visiting
from tests.pages.screens import PAGES, assert_sound, html, link, text, title
from tests.pages.test_filters import FILTERED, eyebrow, unfold

Visit = Callable[..., AppTest]
IN_PB, IN_SE = "imediata.250004", "imediata.280004"


@pytest.fixture
def elsewhere(two_states: Config, monkeypatch: pytest.MonkeyPatch) -> Visit:
    return visiting(two_states, monkeypatch)


@pytest.mark.parametrize("page", FILTERED)
def test_a_state_and_then_a_region_of_it(elsewhere: Visit, two_states: Config, page: str) -> None:
    data = open_tables(two_states)
    at = unfold(elsewhere(page))
    whole = len(data.municipalities())
    assert "Paraíba e Sergipe" in eyebrow(at)
    at.selectbox(key="widget:estado").select("estado.28").run()
    assert_sound(at)
    count = len(data.chosen(Filter("state", "28")))
    assert link(at)["regiao"] == "estado.28" and 0 < count < whole
    assert eyebrow(at).endswith(f"Paraíba e Sergipe · Sergipe · {count} municípios de {whole}")
    box = unfold(at).selectbox(key="widget:regiao")
    assert box.options[0] == "Todo o estado"
    assert "Itabaiana (SE) · região imediata" in box.options
    assert not [name for name in box.options if "(PB)" in name]
    box.select(IN_SE).run()
    few = len(data.chosen(Filter("immediate_region", "280004")))
    assert link(at)["regiao"] == IN_SE
    assert f"Sergipe · {few} municípios de {whole} (Região imediata: Itabaiana (SE))" in eyebrow(at)
    unfold(at).selectbox(key="widget:estado").select("").run()
    assert "regiao" not in link(at)


@pytest.mark.parametrize(
    ("asked", "code"),
    [("imediata.itabaiana-pb", IN_PB), ("imediata.patos", "imediata.250009"), (IN_SE, IN_SE)],
)
def test_an_older_link_that_says_a_name_opens_its_region(elsewhere: Visit, asked: str, code: str) -> None:
    at = elsewhere("pages/ver/panorama.py", regiao=asked)
    assert_sound(at)
    assert not at.warning and link(at)["regiao"] == code
    at = elsewhere("pages/analisar/comparar.py", regioes=f"{asked},estados,pais,estado.25")
    assert_sound(at)
    assert link(at)["regioes"] == f"{code},estados,pais,estado.25"


def test_a_name_of_two_regions_asks_which(elsewhere: Visit) -> None:
    at = elsewhere("pages/ver/panorama.py", regiao="imediata.itabaiana")
    assert_sound(at)
    [said] = [line for line in text(at).splitlines() if "região" in line and "Escolha em Filtros" in line]
    assert "Itabaiana (PB) e Itabaiana (SE)" in said
    assert "regiao" not in link(at)
    at = elsewhere("pages/analisar/comparar.py", regioes="imediata.itabaiana")
    assert "Itabaiana (PB) e Itabaiana (SE)" in text(at)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_two_states_opens_and_says_nothing_of_one(elsewhere: Visit, page: str) -> None:
    at = elsewhere(page, municipio="2802908", regiao="estado.28")
    assert not at.exception
    # What a source covers is a fact of the source; everything else is of the territory.
    heads = " ".join([*re.findall(r'<p class="eyebrow">(.*?)</p>', "".join(html(at))), title(at)])
    assert "Mato Grosso do Sul" not in heads
    assert "o estado inteiro" not in text(at) and "favoráveis do estado" not in text(at)
