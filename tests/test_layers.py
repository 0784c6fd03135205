"""Rules of the house, held over every file: who may import whom, directly and by any way round; how long things are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from pipelines import declarations
from pipelines.declarations import ROOT

CODE = [
    *sorted(
        path
        for folder in ("pipelines", "programme", "dashboard", "pages", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    ),
    ROOT / "app.py",
]

# The floors, highest first. A room imports what stands on floors below its own and, within a wing, its neighbours.
# Longest name wins: `dashboard.screens` is a floor of its own above the rest of `dashboard`.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("app", "pages", "bench", "dashboard.__main__"),
    ("dashboard.screens",),
    ("dashboard.sheets",),
    ("dashboard.files", "dashboard.findings"),
    ("dashboard.charts",),
    ("dashboard.passports", "dashboard.promises"),
    ("dashboard.sentences", "dashboard.tables"),
    ("dashboard.words",),
    ("dashboard.margins", "dashboard.shelf"),
    # Screens stand on it; it stands on plans' files, and nothing of the pipelines knows that it is there.
    ("programme.__main__",),
    ("programme",),
    ("pipelines.__main__",),
    ("pipelines.microdata",),
    ("pipelines.fetching", "pipelines.publishing"),
    ("pipelines.rejudging",),
    ("pipelines.build", "pipelines.feed", "pipelines.series_files"),
    ("pipelines.revisions",),
    ("pipelines.staging",),
    ("pipelines.gathering",),
    ("pipelines.history",),
    (
        "pipelines.accounts",
        "pipelines.benchmarks",
        "pipelines.national",
        "pipelines.panel",
        "pipelines.plan_files",
        "pipelines.reaching",
    ),
    ("pipelines.aggregating",),
    (
        "pipelines.editions",
        "pipelines.geometry",
        "pipelines.lineage",
        "pipelines.neighbours",
        "pipelines.observations",
        "pipelines.serving",
        "pipelines.tracing",
        "pipelines.vaccine_counts",
    ),
    ("pipelines.raw_files", "pipelines.swapping"),
    ("pipelines.margins", "pipelines.plausible"),
    ("pipelines.cells",),
    ("pipelines.schema",),
    ("pipelines.declarations",),
    ("pipelines.written",),
    ("pipelines.states",),
    (
        "pipelines.columns",
        "pipelines.failures",
        "pipelines.formulas",
        "pipelines.manifest",
        "pipelines.periods",
        "pipelines.verdicts",
        "pipelines.vocabulary",
    ),
)
# Libraries that only some rooms may touch themselves; by way of other rooms of the house nobody else may reach the
# first, and none of the second may reach anything that reads or writes.
ONLY_IN = {
    "streamlit": ("app", "pages", "dashboard.screens", "bench"),
    "duckdb": ("dashboard.tables", "pipelines", "bench"),
    "plotly": ("dashboard.screens", "dashboard.files"),
    "sqlalchemy": ("programme",),
    "alembic": ("programme",),
    "psycopg": ("programme",),
}
PURE = {
    "pipelines.verdicts": {"duckdb", "pandas", "pathlib", "os", "pyarrow", "streamlit"},
    "dashboard.charts": {"streamlit", "os"},
}
# Lines of a file and of a function; the longest literal of the house is excepted by name.
LONGEST_FILE, LONGEST_FUNCTION = 800, 110
LITERALS: frozenset[str] = frozenset()


def module(path: Path) -> str:
    """A file's dotted name: pipelines/verdicts/__init__.py is pipelines.verdicts."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


FILES = {module(path): path for path in CODE}


@cache
def imports(name: str) -> frozenset[str]:
    """All that a file imports, wherever in it; names for type checkers alone stay out."""
    found: set[str] = set()
    tree = ast.parse(FILES[name].read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


@cache
def rooms(name: str) -> frozenset[str]:
    """The rooms of the house that a file imports."""
    mine = {found for found in imports(name) if found in FILES}
    # `from a.b import c` names the face a.b too, where c is a room of its own.
    faces = {
        found
        for found in mine
        if any(other.startswith(f"{found}.") for other in mine) and _only_face(name, found)
    }
    return frozenset(mine - faces - {name})


def _only_face(name: str, face: str) -> bool:
    """Whether a file takes from a face nothing but rooms."""
    for node in ast.walk(ast.parse(FILES[name].read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == face:
            if any(f"{face}.{alias.name}" not in FILES for alias in node.names):
                return False
        elif isinstance(node, ast.Import) and any(alias.name == face for alias in node.names):
            return False
    return True


@cache
def reached(name: str) -> frozenset[str]:
    """The rooms that a file imports directly or by way of others."""
    found: set[str] = set()
    waiting = set(rooms(name))
    while waiting:
        room = waiting.pop()
        if room not in found:
            found.add(room)
            waiting |= rooms(room)
    return frozenset(found)


def floor(name: str) -> int:
    """The place of a file's floor; 0 is the highest."""
    held = [
        (len(wing), place)
        for place, wings in enumerate(FLOORS)
        for wing in wings
        if name == wing or name.startswith(f"{wing}.")
    ]
    if name in ("dashboard", "pipelines"):
        return len(FLOORS)
    assert held, f"{name} stands on no floor: say in FLOORS which"
    return max(held)[1]


def wing(name: str) -> str:
    return max(
        (one for wings in FLOORS for one in wings if name == one or name.startswith(f"{one}.")),
        key=len,
        default=name,
    )


def libraries(name: str) -> set[str]:
    return {found.split(".")[0] for found in imports(name)}


@pytest.mark.parametrize("name", sorted(FILES))
def test_nobody_imports_a_floor_above(name: str) -> None:
    for room in rooms(name):
        assert floor(room) > floor(name) or wing(room) == wing(name), f"{name} imports {room}"


def test_no_circle_of_files() -> None:
    circles = sorted(name for name in FILES if name in reached(name))
    assert not circles


@pytest.mark.parametrize("name", sorted(FILES))
def test_libraries_stay_in_their_rooms(name: str) -> None:
    for library, allowed in ONLY_IN.items():
        inside = any(name == room or name.startswith(f"{room}.") for room in allowed)
        assert inside or library not in libraries(name), f"{name} imports {library}"
    if not any(name == room or name.startswith(f"{room}.") for room in ONLY_IN["streamlit"]):
        by_way = [room for room in reached(name) if "streamlit" in libraries(room)]
        assert name.startswith("bench") or not by_way, f"{name} reaches streamlit by {by_way}"


@pytest.mark.parametrize("wing_name", sorted(PURE))
def test_pure_rooms_read_and_write_nothing(wing_name: str) -> None:
    for name in FILES:
        if name == wing_name or name.startswith(f"{wing_name}."):
            assert not libraries(name) & PURE[wing_name] or name == "dashboard.charts.pictures", name


def test_a_process_that_shows_pages_never_loads_scipy_stats() -> None:
    """Nor inside a function: once loaded it stays, with 60 MB."""
    for name in FILES:
        if name.startswith(("app", "pages", "dashboard", "pipelines.verdicts")):
            assert not [found for found in imports(name) if found.startswith("scipy.stats")], name


def test_a_page_loads_no_library_of_geometry() -> None:
    """In an interpreter of its own: what a page imports is imported, and nothing of the mesh's libraries is there."""
    asked = sorted(
        {found for name in FILES if name.startswith("pages") or name == "app" for found in rooms(name)}
    )
    script = (
        f"import sys\nfor name in {asked!r}:\n    __import__(name)\n"
        "print([name for name in ('geopandas', 'pyogrio', 'shapely', 'scipy.stats') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", sorted(FILES))
def test_files_and_functions_stay_short(name: str) -> None:
    text = FILES[name].read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= LONGEST_FUNCTION or f"{name}.{node.name}" in LITERALS, (
                f"{node.name}: {lines} lines"
            )


# Between the aim and the bound; none joins without being read again.
AIMED_FILE, AIMED_FUNCTION = 700, 60
LONG_FILES: frozenset[str] = frozenset({"pipelines.declarations"})
LONG_FUNCTIONS: frozenset[str] = frozenset(
    {
        "dashboard.findings.method.sections",
        "pipelines.gathering.judge_plans",
        "pipelines.staging.load_sources",
        "pipelines.publishing._write_all",
        "pipelines.raw_files.read_table",
        "pipelines.verdicts.goals._course",
    }
)


def test_what_is_longer_than_the_aim_is_listed() -> None:
    files, functions = set(), set()
    for name, path in FILES.items():
        text = path.read_text("utf-8")
        if len(text.splitlines()) > AIMED_FILE:
            files.add(name)
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if (node.end_lineno or 0) - node.lineno + 1 > AIMED_FUNCTION:
                functions.add(f"{name}.{node.name}")
    assert files <= LONG_FILES
    assert functions <= LONG_FUNCTIONS


TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "__pycache__" not in path.parts)
# Tests of no single room: the whole in a browser or page by page, hand-read figures, documents, bad input by the
# thousand; and those of one thing through several rooms.
WHOLES = ("e2e", "figures", "pages", "torture")
THROUGH_ROOMS = {
    "tests/test_documents.py",
    "tests/test_layers.py",
    "tests/dashboard/screens/test_leaning.py",
    "tests/pipelines/fetching/test_misbehaviour.py",
    "tests/pipelines/fetching/test_promises.py",
    "tests/pipelines/fetching/test_stated.py",
    "tests/pipelines/plan_files/test_kinds.py",
    "tests/programme/test_services.py",
}


def test_tests_mirror_the_tree_by_name() -> None:
    """tests/dashboard/charts/test_maps.py is of dashboard/charts/maps.py; test_main.py of __main__.py."""
    strange = set()
    for path in TESTS:
        place = path.relative_to(ROOT / "tests")
        if path.name.startswith("test_") and place.parts[0] not in WHOLES:
            room = path.stem.removeprefix("test_")
            name = ".".join((*place.parent.parts, f"__{room}__" if room == "main" else room))
            if name not in FILES:
                strange.add(path.relative_to(ROOT).as_posix())
    assert strange == THROUGH_ROOMS


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_tests_stay_short_too(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= LONGEST_FUNCTION, node.name


DASHBOARD = [path for path in CODE if path.is_relative_to(ROOT / "dashboard")]
PAGES = [path for path in CODE if path.is_relative_to(ROOT / "pages")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_are_thin(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not libraries(module(path)) & {"duckdb", "pandas", "numpy", "plotly", "pages"}
    assert "select " not in text.lower().replace("st.selectbox", "")
    assert len([line for line in text.splitlines() if line.strip()]) <= 90


def test_markup_comes_onto_a_page_by_one_door() -> None:
    """`screens.shell.html` takes markup alone, so that a type checker sees a value that nobody escaped."""
    doors = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"st.html", "streamlit.html"}:
                doors.add(module(path))
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "streamlit":
                assert "html" not in {alias.name for alias in node.names}, path
            # The other way in: text as HTML.
            assert not (isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html"), path
    assert doors == {"dashboard.screens.shell"}


def test_pages_read_no_declaration_from_its_file() -> None:
    """The tables carry what they were built with: `Tables` gives it, and a file that says otherwise now is not asked."""
    read = {"sources", "indicators", "canon", "benchmarks", "commitments", "declared"}
    for path in (*DASHBOARD, *PAGES, ROOT / "app.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "declarations":
                assert node.attr not in read, f"{where} asks declarations.{node.attr}"
            if isinstance(node, ast.ImportFrom) and node.module == "pipelines.declarations":
                assert not read & {alias.name for alias in node.names}, where
            assert not (isinstance(node, ast.Import | ast.ImportFrom) and "tomllib" in ast.unparse(node)), (
                where
            )


def test_only_one_room_reads_what_a_unit_says() -> None:
    """`%`, `R$` and rates are facts of a unit's notation: `pipelines.verdicts.units` tells them, nobody else looks.

    So for whether an indicator is monthly, which its declaration tells.
    """
    for path in CODE:
        if module(path) in ("pipelines.verdicts.units", "pipelines.declarations"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                texts = any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
                assert not (texts and any(map(_unit, sides))), f"{where}: {ast.unparse(node)}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _unit(node.func.value):
                assert node.func.attr == "removeprefix", f"{where}: {ast.unparse(node)}"


def _unit(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr in ("unit", "periodicity")) or (
        isinstance(node, ast.Name) and node.id in ("unit", "periodicity")
    )


def test_programs_written_as_text_import_rooms_that_are_there() -> None:
    """The bench starts interpreters of its own; what they import is no import of its file."""
    seen = 0
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            if "\nfrom dashboard import" in node.value:
                seen += 1
                for line in ast.walk(ast.parse(node.value)):
                    if isinstance(line, ast.ImportFrom) and line.module in ("dashboard", "pipelines"):
                        strange = {alias.name for alias in line.names} - {
                            name.partition(".")[2] for name in FILES if name.startswith(f"{line.module}.")
                        }
                        assert not strange, f"{path.name}: {strange}"
    assert seen


def _used() -> set[str]:
    """Every name that some file of the house asks for, faces and texts such as columns' names included."""
    found: set[str] = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                found.add(node.value)
    return found


def test_nothing_is_there_for_the_tests_alone() -> None:
    """Every function, class, constant and method is asked for by the house itself, or stands in a face."""
    used, dead = _used(), set()
    for name, path in FILES.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            inside = node.body if isinstance(node, ast.ClassDef) else []
            for one in (node, *(item for item in inside if isinstance(item, ast.FunctionDef))):
                if isinstance(one, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                    told = [one.name]
                elif isinstance(one, ast.Assign):
                    told = [target.id for target in one.targets if isinstance(target, ast.Name)]
                else:
                    told = [one.target.id] if isinstance(getattr(one, "target", None), ast.Name) else []  # type: ignore[attr-defined]
                dead |= {f"{name}.{each}" for each in told if each not in used and not each.startswith("__")}
    # Given to the framework by being there: a figure to Plotly, a migration to Alembic.
    migration = ("revision", "down_revision", "branch_labels", "depends_on", "downgrade")
    given = {f"programme.migrations.versions.0001_events.{name}" for name in migration}
    faces = {"dashboard.screens.drawn.to_dict", "dashboard.screens.drawn.to_plotly_json"}
    assert not dead - given - faces


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
                # Of a run of the fetch it is the day that it was given.
                told = {"config", "present", "scope", "asked", "self"}
                known = isinstance(node.value, ast.Name) and node.value.id in told
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
    waiting = {name for name, item in declarations.sources().items() if item.origin == declarations.AWAITED}
    assert folders - {"plans"} == set(declarations.sources()) - waiting


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


def test_no_screen_or_sheet_names_an_indicator() -> None:
    ids = set(declarations.indicators())
    for path in (*DASHBOARD, *PAGES, ROOT / "app.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in ids:
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                # Where one stands out is said by its own declaration.
                raise AssertionError(
                    f"{where} names the indicator {node.value!r}: declare it prominent there"
                )


def test_every_place_where_one_indicator_stands_out_has_it() -> None:
    held = [place for item in declarations.indicators().values() for place in item.prominent]
    for place, room in declarations.PROMINENT.items():
        assert held.count(place) == room if room else held.count(place) > 1, place


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


def _counted(joined: ast.JoinedStr) -> bool:
    """Whether a text in words holds a bare count of things, without its dot where there are thousands."""
    said = "".join(str(part.value) for part in joined.values if isinstance(part, ast.Constant))
    if "<" in said or "%{" in said or not re.search("[a-zà-ü]{3}", said):
        return False
    bare = [
        part for part in joined.values if isinstance(part, ast.FormattedValue) and part.format_spec is None
    ]
    lengths = (one.value.left if isinstance(one.value, ast.BinOp) else one.value for one in bare)
    return any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "len"
        for one in lengths
    )


def test_what_is_counted_in_a_text_is_written_with_its_dot() -> None:
    files = [file for folder in ("dashboard", "pages", "programme") for file in (ROOT / folder).rglob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.JoinedStr) and _counted(node)
    ]
    assert len(files) > 100 and not found, found
