"""What the documents promise: commands that exist, files that are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.declarations import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text("utf-8")
# `python -m pipelines build [--as-of AAAA-MM-DD]`: the program, its command, and the flags named after it.
COMMANDS = sorted(set(re.findall(r"`python -m (pipelines|programme|dashboard) ([a-z-]+)([^`]*)`", README)))


def helped(program: str, command: str) -> str:
    asked = [sys.executable, "-m", program, command, "--help"]
    run = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.parametrize(("program", "command", "rest"), COMMANDS, ids=lambda part: str(part)[:20])
def test_commands_of_the_readme_exist_with_their_flags(program: str, command: str, rest: str) -> None:
    known = helped(program, command)
    for flag in re.findall(r"--[a-z-]+", rest):
        assert flag in known, f"{program} {command} has no {flag}"


def test_modules_that_documents_run_are_there() -> None:
    """In blocks of code too, and beside the programs those of the tests."""
    for path in DOCUMENTS:
        for name in re.findall(
            r"python -m ((?:pipelines|dashboard|tests|bench)[\w.]*)", path.read_text("utf-8")
        ):
            place = ROOT.joinpath(*name.split("."))
            assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), (path.name, name)


def test_targets_of_make_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in DOCUMENTS:
        named = set(re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE))
        assert named <= targets, path.name


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
        assert link.startswith(("http://", "https://", "mailto:")) or (path.parent / link).exists(), link


def test_files_that_documents_name_are_there() -> None:
    """Paths in code marks; those with a place to fill in, or that a build writes, stay out."""
    for path in DOCUMENTS:
        for name in re.findall(
            r"`((?:pipelines|programme|dashboard|tests|docs|deploy|pages)/[\w.@/-]+)`",
            path.read_text("utf-8"),
        ):
            assert (ROOT / name.rstrip("/")).exists(), f"{path.name}: {name}"


def test_sources_said_to_hold_one_state_alone_are_those_that_do() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    [listed] = re.findall(r"hold Mato Grosso do Sul alone:(.*?)\. Their", text, re.DOTALL)
    alone = set()
    with duckdb.connect() as con:
        for path in sorted((ROOT / "data" / "raw").glob("*/values.csv*")):
            found = con.execute(
                "select distinct left(municipality_code, 2) from read_csv(?, all_varchar = true)", [str(path)]
            ).fetchall()
            if found == [("50",)]:
                alone.add(path.parent.name)
    assert set(re.findall(r"`(\w+)`", listed)) == alone
