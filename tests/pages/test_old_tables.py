"""When the declarations change and the build fails, the old tables are shown as they were built, with the fault over them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.__main__ import main
from dashboard.tables import Tables
from pipelines import build, declarations
from pipelines.declarations import DECLARED, HERE, ROOT, Config, DeclarationError
from tests.pages.conftest import visiting
from tests.pages.screens import PAGES, assert_sound, plain, text

GONE = "agua_atendimento_sinisa"
CAPITAL = "5002704"


def removed(folder: Path) -> None:
    for ending in ("toml", "sql"):
        (folder / "indicators" / f"{GONE}.{ending}").unlink()


def unknown_key(folder: Path) -> None:
    path = folder / "indicators" / f"{GONE}.toml"
    path.write_text(f'chave_nova = "x"\n{path.read_text("utf-8")}', "utf-8")


FAULTS = {
    "o indicador 'agua_atendimento_sinisa' não existe": removed,
    "chave desconhecida: chave_nova": unknown_key,
}


@pytest.fixture
def old(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Built tables of an installation of their own; each test's, since what was found of one is kept."""
    folder = tmp_path_factory.mktemp("antigas")
    shutil.copytree(config.processed, folder / "data" / "processed")
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    shutil.copy(ROOT / "farol.toml", folder)
    return declarations.read_config(folder / "farol.toml")


@pytest.fixture(params=FAULTS, ids=[fault.__name__ for fault in FAULTS.values()])
def fault(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is wrong with the declarations, from now on, in the words of the build."""
    folder = tmp_path / "pipelines"
    for kind in ("sources", "indicators", "plans"):
        shutil.copytree(HERE / kind, folder / kind)
    for path in HERE.glob("*.toml"):
        shutil.copy(path, folder)
    FAULTS[request.param](folder)
    monkeypatch.setattr(declarations, "HERE", folder)
    readers = (declarations.sources, declarations.indicators, declarations.canon)
    for reader in readers:
        reader.cache_clear()
    request.addfinalizer(lambda: [reader.cache_clear() for reader in readers])
    return str(request.param)


def test_every_page_shows_the_old_tables_under_the_banner(
    old: Config, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit: Callable[..., AppTest] = visiting(old, monkeypatch)
    title = Tables(old.processed).indicators[GONE].title
    for page in PAGES:
        given = {"municipio": CAPITAL} if "municipio" in page or "plano" in page else {"indicador": GONE}
        at = visit(page, **given)
        assert_sound(at)
        [banner] = [
            said for item in at.warning if "A última construção falhou" in (said := plain(item.value))
        ]
        assert fault in banner and "Mostramos as tabelas de" in banner
        if page.endswith(("indicador.py", "panorama.py", "metas.py", "fontes.py")):
            assert title in text(at) or page.endswith("metas.py"), page


def test_a_plan_is_checked_against_the_old_tables(
    old: Config, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAROL_CONFIG", str(old.file))
    plan = ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx"

    def checked(path: str) -> None:
        from pathlib import Path

        from dashboard.screens import installation, plans
        from pipelines import plan_files

        data = installation.tables()
        found = plan_files.read_plan(Path(path).read_bytes(), "plano.xlsx", data.names(), data.indicators)
        plans.checked_plan("plano.xlsx", found, data)

    page = AppTest.from_function(checked, args=(str(plan),), default_timeout=60).run()
    assert not page.exception and fault
    assert page.success[0].value.startswith("Nenhuma falha")


def test_the_command_writes_its_sheets(
    old: Config, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DeclarationError, match=fault):
        build.build(old)
    monkeypatch.setenv("FAROL_CONFIG", str(old.file))
    assert main(["report", "--municipality", CAPITAL, "--out", str(tmp_path / "fichas")]) == 0
    [sheet] = (tmp_path / "fichas").iterdir()
    assert sheet.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("content", [None, "{}", "não", '{"sources": {"x": {}}}'])
def test_tables_of_another_version_say_what_to_do(
    old: Config, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(old.processed, tmp_path / "data" / "processed")
    other = tmp_path / "data" / "processed" / DECLARED
    other.unlink() if content is None else other.write_text(content, "utf-8")
    with pytest.raises(DeclarationError, match=r"declarations\.json.*python -m pipelines build"):
        Tables(replace(old, data=tmp_path / "data").processed)


def test_declarations_come_back_as_they_were(old: Config) -> None:
    assert declarations.read_declared(old.processed) == declarations.declared(HERE / "plans")
