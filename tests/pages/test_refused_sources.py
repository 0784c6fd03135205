"""A source that was refused leaves gaps, which pages say; none of them falls."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.screens import choices
from pipelines import build, declarations
from pipelines.declarations import ROOT, Config
from tests.conftest import AS_OF, copy_raw
from tests.pages.conftest import visiting
from tests.pages.screens import PAGES, assert_sound, link, plain, text, title

Visit = Callable[..., AppTest]
REFUSED = ("inep_ideb", "sinisa_agua", "pnud_idhm", "datasus_mortalidade")
CAPITAL = "5002704"


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A build without the sources behind the indicators that pages open with."""
    folder = tmp_path_factory.mktemp("lacunas")
    copy_raw(folder / "data" / "raw")
    for name in REFUSED:
        (folder / "data" / "raw" / name / "values.csv").write_text("nada\n1\n", "utf-8")
    shutil.copy(ROOT / "farol.toml", folder)
    found = declarations.read_config(folder / "farol.toml")
    build.build(found, AS_OF)
    return found


@pytest.fixture
def visit(gaps: Config, monkeypatch: pytest.MonkeyPatch) -> Visit:
    return visiting(gaps, monkeypatch)


@pytest.mark.parametrize("focus", ["", CAPITAL], ids=["state", "municipality"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_its_own_indicator(visit: Visit, page: str, focus: str) -> None:
    at = visit(page, municipio=focus) if focus else visit(page)
    assert_sound(at)
    assert_sound(at.run())
    assert not at.warning


@pytest.mark.parametrize(
    ("page", "source"),
    [("ver/panorama", "Sinisa"), ("ver/indicador", "DATASUS"), ("analisar/relacao", "Inep")],
)
def test_the_gap_is_said_once(visit: Visit, page: str, source: str) -> None:
    said = [plain(warning.value) for warning in visit(f"pages/{page}.py").warning]
    assert len(said) == (2 if page.endswith("relacao") else 1)
    assert all("não entrou nesta construção; veja Fontes e catálogo" in one for one in said)
    assert any(f"a fonte {source}" in one for one in said), said


def test_the_series_of_a_municipality_says_what_is_missing(visit: Visit) -> None:
    at = visit("pages/ver/municipio.py", municipio=CAPITAL, indicador="idhm")
    title_of = declarations.indicators()["idhm"].title
    said = text(at).replace("\\", "")
    assert f"{title_of} está sem dado: a fonte Atlas Brasil não entrou" in said
    assert f"{title_of} está sem dado" not in text(at.run())


def test_a_saved_link_tells_a_gap_from_what_never_was(visit: Visit) -> None:
    at = visit("pages/ver/panorama.py", indicador="agua_atendimento_sinisa")
    [said] = [plain(warning.value) for warning in at.warning]
    assert said.startswith(
        "Atendimento da população total com rede de água (Sinisa) está sem dado: a fonte Sinisa não entrou"
    )
    assert link(at)["indicador"] != "agua_atendimento_sinisa"
    at = visit("pages/ver/indicador.py", indicador="felicidade")
    assert "O link pede um indicador que não existe" in plain(at.warning[0].value)
    at = visit("pages/analisar/relacao.py", x="idhm_renda", y="pib_per_capita")
    [said] = [plain(warning.value) for warning in at.warning]
    assert said.startswith(declarations.indicators()["idhm_renda"].title)
    assert link(at)["x"] != "idhm_renda" and link(at)["y"] == "pib_per_capita"


def test_without_two_indicators_the_relation_says_so(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "number_indicators", lambda data: {"populacao": "População"})
    at = visit("pages/analisar/relacao.py")
    assert title(at) == "Ainda não há dois indicadores para comparar" and not at.exception
