"""docs/leaning.md lists what leans on a library's inside: all of it, and nothing that is not there any more."""

from __future__ import annotations

import re

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


def leaned() -> set[str]:
    found = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        if path.name == "framework.py":
            # The pieces that are replaced are looked for at the start.
            text = framework.CLOSE
        found |= set(FOREIGN.findall(text))
        found |= {part for names in PRIVATE.findall(text) for part in names if part}
    return found


def test_the_page_lists_every_foreign_class_and_private_name() -> None:
    assert {"stMain", "stSidebarCollapseButton", "PagesManager", "BaseFigure"} <= leaned()
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


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", PAGE))
    assert len(named) > 5
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), name
