"""The Federal District: a territory of one municipality is compared with nobody."""

from __future__ import annotations

import re

import pytest

from pipelines import build, declarations
from pipelines.declarations import ROOT, Config
from tests.conftest import AS_OF
from tests.pages.conftest import visiting
from tests.pages.screens import PAGES, assert_sound, plain, text


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("um-municipio")
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    said = (ROOT / "farol.toml").read_text("utf-8").replace('state = "50"', 'state = "53"')
    said = said.replace('"de Mato Grosso do Sul"', '"do Distrito Federal"')
    (folder / "farol.toml").write_text(said.replace('"Mato Grosso do Sul"', '"Distrito Federal"'), "utf-8")
    found = declarations.read_config(folder / "farol.toml")
    build.build(found, AS_OF)
    return found


@pytest.mark.parametrize("link", [{}, {"municipio": "5300108"}], ids=["all", "focus"])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_ranks_one_among_one(
    alone: Config, monkeypatch: pytest.MonkeyPatch, page: str, link: dict[str, str]
) -> None:
    at = visiting(alone, monkeypatch)(page, **link)
    assert_sound(at)
    said = text(at)
    assert not re.search(r"(º|menor|maior) de 1(?![.\d])|\bOs 1 ", said)


def test_what_has_no_row_is_said_and_no_bare_head(alone: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    at = visiting(alone, monkeypatch)("pages/ver/panorama.py")
    said = text(at)
    assert "só Brasília tem dado" in said and "O único município" in said
    # Nobody is last among one: what asks where to look first is not asked.
    assert "Onde olhar primeiro" not in said and "Nada a listar." not in said
    at = visiting(alone, monkeypatch)("pages/ver/municipio.py", municipio="5300108")
    assert "Pontos fortes" not in text(at) and "Mediana dos municípios" not in text(at)


def test_one_alone_is_at_no_end_and_has_nobody_to_be_compared_with(
    alone: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = text(visiting(alone, monkeypatch)("pages/ver/indicador.py"))
    assert "O único município" in said and "cada ponta" not in said
    assert "não há com quem comparar" in text(visiting(alone, monkeypatch)("pages/analisar/comparar.py"))
    # What is asked of it today comes before a commitment that ended in 2021.
    at = visiting(alone, monkeypatch)("pages/acompanhar/metas.py")
    [opened] = [box.value for box in at.selectbox if box.label == "Indicador"]
    assert "sinisa" in str(opened).lower(), opened


@pytest.mark.parametrize("page", ["acompanhar/metas", "analisar/relacao", "ver/panorama", "ver/indicador"])
def test_what_nobody_asked_for_and_nobody_here_has_is_no_warning(
    alone: Config, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    assert not visiting(alone, monkeypatch)(f"pages/{page}.py").warning


def test_what_is_asked_for_and_nobody_here_has_is_told(
    alone: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, source in (("mortalidade_infantil_trienal", "DATASUS"), ("taxa_alfabetizacao", "IBGE")):
        at = visiting(alone, monkeypatch)("pages/ver/indicador.py", indicador=name)
        [said] = [plain(warning.value) for warning in at.warning]
        assert f"está sem dado: nenhum valor daqui nesta cópia da fonte {source}" in said
    assert "sem dado deste território" in text(visiting(alone, monkeypatch)("pages/analisar/fontes.py"))
