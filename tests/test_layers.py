"""Rules of the house, held over every file."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from pipelines import declarations
from pipelines.declarations import ROOT

CODE = [
    *sorted(
        path
        for folder in ("pipelines", "dashboard", "pages", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    ),
    ROOT / "app.py",
]


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


PIPELINES = [path for path in CODE if path.is_relative_to(ROOT / "pipelines")]
DASHBOARD = [path for path in CODE if path.is_relative_to(ROOT / "dashboard")]
PAGES = [path for path in CODE if path.is_relative_to(ROOT / "pages")]


@pytest.mark.parametrize("path", PIPELINES, ids=names(PIPELINES))
def test_pipelines_know_nothing_of_the_dashboard(path: Path) -> None:
    assert not roots(path) & {"dashboard", "streamlit", "plotly", "pages", "app"}


@pytest.mark.parametrize("path", DASHBOARD, ids=names(DASHBOARD))
def test_the_dashboard_never_imports_pages_and_only_tables_opens_duckdb(path: Path) -> None:
    assert not roots(path) & {"pages", "app"}
    if path.name != "tables.py":
        assert "duckdb" not in roots(path)
    if path.name not in {"session.py", "controls.py", "screens.py"}:
        assert "streamlit" not in roots(path)


@pytest.mark.parametrize("path", PAGES, ids=names(PAGES))
def test_pages_are_thin(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not roots(path) & {"duckdb", "pandas", "numpy", "plotly", "pages"}
    assert "select " not in text.lower().replace("st.selectbox", "")
    assert len([line for line in text.splitlines() if line.strip()]) <= 90


def test_pure_modules_read_and_write_nothing() -> None:
    assert not roots(ROOT / "pipelines" / "verdicts.py") & {"duckdb", "pandas", "pathlib", "os"}
    assert not roots(ROOT / "dashboard" / "charts.py") & {"duckdb", "streamlit", "pathlib", "os"}


def test_no_page_lies_directly_in_pages() -> None:
    # Streamlit discovers pages/*.py by itself and would run them without app.py.
    assert not list((ROOT / "pages").glob("*.py"))


def test_every_page_is_in_the_menu() -> None:
    frame = (ROOT / "app.py").read_text("utf-8")
    for path in PAGES:
        assert str(path.relative_to(ROOT)) in frame
    assert "url_path" not in frame
    assert ":material/" not in frame


def test_no_code_names_a_state_or_counts_its_municipalities() -> None:
    for path in CODE:
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and node.value in (79, "79", "MS", "50"):
                raise AssertionError(f"{path.relative_to(ROOT)}:{node.lineno} says {node.value!r}")


def test_only_the_configuration_asks_the_clock_for_the_date() -> None:
    for path in CODE:
        if path == ROOT / "pipelines" / "declarations.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"today", "now", "utcnow"}:
                known = isinstance(node.value, ast.Name) and node.value.id in {"config", "present"}
                assert known, f"{path.relative_to(ROOT)}:{node.lineno} has a clock of its own"


def test_every_source_and_indicator_is_declared_beside_its_sql() -> None:
    assert declarations.sources()
    assert len(declarations.indicators()) >= 50
    for kind in ("sources", "indicators", "plans"):
        folder = ROOT / "pipelines" / kind
        stems = {path.stem for path in folder.glob("*.toml")}
        assert stems == {path.stem for path in folder.glob("*.sql")}
        assert all(path.suffix in {".toml", ".sql", ".py"} for path in folder.iterdir())


def test_every_raw_folder_is_declared() -> None:
    folders = {path.name for path in (ROOT / "data" / "raw").iterdir() if path.is_dir()}
    assert folders - {"plans"} == set(declarations.sources())


def test_ids_that_links_depend_on_exist() -> None:
    fixed = (
        "populacao pib_per_capita idhm idhm_educacao idhm_longevidade idhm_renda idsc_br capag_nota "
        "capag_endividamento capag_poupanca_corrente capag_liquidez_relativa cauc_pendencias "
        "ideb_anos_iniciais_publica ideb_anos_iniciais_municipal ideb_anos_finais_publica "
        "ideb_ensino_medio_publica crianca_alfabetizada_municipal mortalidade_infantil "
        "mortalidade_infantil_trienal prenatal_sete_consultas cobertura_aps vacina_penta agua_atendimento "
        "esgoto_atendimento agua_perdas homicidios_taxa cadunico_atualizacao empregos_formais_por_habitante"
    )
    assert set(fixed.split()) <= set(declarations.indicators())


def test_the_canon_serves_what_indicators_say() -> None:
    codes = {entry.code for entry in declarations.canon()}
    assert len(codes) == 85
    for indicator in declarations.indicators().values():
        assert set(indicator.canon) <= codes, indicator.indicator


def test_requirements_are_pinned_and_name_no_host() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            entry = line.split("#")[0].strip()
            assert not entry or entry.startswith("-r ") or "==" in entry, line
            assert "://" not in entry, line


def test_the_theme_has_both_modes() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert set(theme["light"]) & set(theme["dark"]) >= {"primaryColor", "backgroundColor", "textColor"}
