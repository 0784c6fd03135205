"""The filters of the popover, wherever they stand: what each leaves, an empty result, and the ways out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import words
from dashboard.screens import installation
from dashboard.screens import link as link_room
from dashboard.tables import open_tables
from pipelines.declarations import Config
from tests.pages.screens import assert_sound, charts, html, link, text

Visit = Callable[..., AppTest]
# Nobody has said yet who takes part in the programme.
# The immediate region of Dourados.
DOURADOS = "500005"
NOBODY = {"regiao": "imediata.500001", "porte": "acima-de-500-mil", "programa": "sim"}
FILTERED = [
    f"pages/{page}.py"
    for page in ("ver/panorama", "ver/indicador", "acompanhar/metas", "acompanhar/monitoramento")
]


def unfold(at: AppTest) -> AppTest:
    """Open the popover of the filters, which draws its boxes only then."""
    at.session_state["filtros"] = True
    return at.run()


def eyebrow(at: AppTest) -> str:
    found = re.findall(r'<p class="eyebrow">(.*?)</p>', "".join(html(at)))
    return str(found[0])


@pytest.mark.parametrize("page", FILTERED)
def test_a_region_leaves_its_municipalities(visit: Visit, config: Config, page: str) -> None:
    at = unfold(visit(page))
    whole = eyebrow(at)
    at.selectbox(key="widget:regiao").select(f"imediata.{DOURADOS}").run()
    assert_sound(at)
    frame = open_tables(config).municipalities()
    count = int((frame["immediate_region"] == "Dourados").sum())
    assert link(at)["regiao"] == f"imediata.{DOURADOS}"
    assert f"{count} municípios de {len(frame)} (Região imediata: Dourados)" in eyebrow(at)
    unfold(at).selectbox(key="widget:regiao").select("").run()
    assert "regiao" not in link(at)
    assert eyebrow(at) == whole


@pytest.mark.parametrize("page", FILTERED)
def test_a_band_and_the_programme_filter_too(visit: Visit, config: Config, page: str) -> None:
    frame = open_tables(config).municipalities()
    at = unfold(visit(page))
    at.selectbox(key="widget:porte").select("5-a-10-mil").run()
    small = int((frame["population_band"] == link_room.BAND_SLUGS["5-a-10-mil"]).sum())
    assert 0 < small < len(frame) and f"{small} municípios de {len(frame)}" in eyebrow(at)
    unfold(at).selectbox(key="widget:programa").select("nd").run()
    assert_sound(at)
    assert link(at)["porte"] == "5-a-10-mil" and link(at)["programa"] == "nd"
    # Nobody said who takes part, so everyone is unknown and nobody is left out.
    assert f"{small} municípios de {len(frame)}" in eyebrow(at)
    assert "não informado" in eyebrow(at).lower()


@pytest.mark.parametrize("page", FILTERED)
@pytest.mark.parametrize("button", ["limpar-filtros", "limpar-vazio"])
def test_an_empty_filter_says_so_and_can_be_cleared(visit: Visit, page: str, button: str) -> None:
    at = visit(page, **NOBODY)
    assert_sound(at)
    assert "Nenhum município neste filtro" in text(at)
    assert not charts(at)
    assert {name: link(at)[name] for name in NOBODY} == NOBODY
    unfold(at).button(key=button).click().run()
    assert_sound(at)
    assert not set(NOBODY) & set(link(at))
    assert "Nenhum município neste filtro" not in text(at)


def test_every_region_of_every_kind_has_an_address(visit: Visit) -> None:
    at = unfold(visit("pages/ver/panorama.py"))
    box = at.selectbox(key="widget:regiao")
    assert len(box.options) == len(set(box.options)) > 30
    data = installation.tables()
    for kind, scope in link_room.SCOPE_SLUGS.items():
        code, name = next(iter(data.places(scope).items()))
        said = set()
        # A link of before there were codes opens the same view, and the address says the code from then on.
        for asked in (code, words.slug(name)):
            at = visit("pages/ver/panorama.py", regiao=f"{kind}.{asked}")
            assert not at.warning and not at.exception, kind
            assert link(at)["regiao"] == f"{kind}.{code}"
            said.add(eyebrow(at))
        assert len(said) == 1, kind


def test_planning_regions_not_yet_confirmed_say_so(visit: Visit, config: Config) -> None:
    frame = open_tables(config).municipalities()
    doubted = set(frame.loc[~frame["planning_region_confirmed"], "planning_region"].dropna())
    sure = set(frame["planning_region"].dropna()) - doubted
    assert doubted
    at = unfold(visit("pages/ver/panorama.py"))
    options = at.selectbox(key="widget:regiao").options
    assert {option for option in options if "a confirmar" in option} == {
        f"{place} · região de planejamento (a confirmar)" for place in doubted
    }
    assert all(f"{place} · região de planejamento" in options for place in sure)
    place = sorted(doubted)[0]
    at = visit("pages/ver/panorama.py", regiao=f"planejamento.{words.slug(place)}")
    assert f"(Região de planejamento: {place}, a confirmar)" in eyebrow(at)
    at = visit("pages/analisar/comparar.py", regioes=f"planejamento.{words.slug(place)}")
    assert f"{place} (região de planejamento, a confirmar)" in text(at)
