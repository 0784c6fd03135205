"""docs/leaning.md lists what leans on a library's inside: all of it, and nothing that is not there any more."""

from __future__ import annotations

import ast
import re
from importlib import resources

from dashboard.screens import framework
from pipelines.declarations import ROOT

PAGE = (ROOT / "docs" / "leaning.md").read_text("utf-8")
SOURCES = [
    ROOT / "app.py",
    *(path for folder in ("dashboard", "pages") for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".css"}),
]  # fmt: skip
FOREIGN = re.compile(r"\bst[A-Z][A-Za-z]+(?:-[a-z]+)?\b|\bdata-tag\b")
PRIVATE = re.compile(
    r"from (streamlit\.(?:runtime|web|proto|elements|delta_generator)[\w.]*|plotly\.basedatatypes|typst\._\w+) "
    r"import (\w+)|\b(?:st|streamlit|plotly|typst)\.(_[a-z]\w+)"
)


# The public doors of the libraries; whatever is imported by another is listed.
DOORS = {"streamlit", "typst"}


def foreign_imports(text: str) -> set[str]:
    """What a file takes from inside a library of the screens and sheets."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module not in DOORS:
            names, module = [alias.name for alias in node.names], node.module or ""
        elif isinstance(node, ast.Import):
            names, module = [alias.name for alias in node.names if alias.name not in DOORS], ""
        else:
            continue
        for name in names:
            if (module or name).split(".")[0] in {"streamlit", "starlette", "plotly", "typst"}:
                found.add(name)
    return found


def patched(text: str) -> set[str]:
    """The attributes that a file sets on a class it imports: a patch."""
    tree = ast.parse(text)
    taken = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    targets = [
        target for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]  # fmt: skip
    return {
        target.attr
        for target in targets
        if isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id in taken
    }


def leaned() -> set[str]:
    found = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            found |= foreign_imports(text) | patched(text)
        if path.name == "framework.py":
            # The pieces that are replaced are looked for at the start.
            text = framework.CLOSE
        found |= set(FOREIGN.findall(text))
        found |= {part for names in PRIVATE.findall(text) for part in names if part}
    return found


def test_the_page_lists_every_foreign_class_and_private_name() -> None:
    assert {
        "stMain", "stSidebarCollapseButton", "PagesManager", "uses_pages_directory", "BaseFigure", "Middleware"
    } <= leaned()  # fmt: skip
    assert not [name for name in leaned() if name not in PAGE]


def test_the_page_lists_nothing_that_is_gone() -> None:
    listed = set(re.findall(r"`(st[A-Z][\w-]+)`", PAGE))
    assert listed and listed <= leaned()


def test_every_foreign_class_is_in_streamlits_own_program() -> None:
    program = "".join(path.read_text("utf-8") for path in framework.PROGRAM.glob("*.js"))
    for name in leaned():
        if FOREIGN.fullmatch(name):
            # Kinds of buttons are put together in the browser: stBaseButton-${kind}.
            assert name.partition("-")[0] in program if name.startswith("stBase") else name in program, name


def test_plotlys_program_has_the_names_that_we_give_it() -> None:
    program = resources.files("plotly").joinpath("package_data/plotly.min.js").read_text("utf-8")
    for name in ("PlotlyGeoAssets", "topojsonURL", "getTopojsonName"):
        assert name in program, name
    assert (ROOT / "static" / "topo" / "world_110m.json").exists()


def test_every_line_of_the_page_names_a_test() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| What ")]
    assert len(lines) > 15
    for line in lines:
        assert "`tests/" in line.split("|")[-2], line


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", PAGE))
    assert len(named) > 5
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), name
