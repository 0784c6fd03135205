"""The commands that write sheets and bulletins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from dashboard import __main__
from pipelines import declarations
from pipelines.declarations import Config
from tests.dashboard.sheets.reading import (
    CAPITAL,
)


@pytest.fixture
def configured(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The command over this run's tables; yields a folder to write into."""
    text = declarations.read_config().file.read_text("utf-8")
    file = tmp_path / "farol.toml"
    file.write_text(re.sub(r'folder = ".*"', f'folder = "{config.data.as_posix()}"', text), "utf-8")
    monkeypatch.setenv("FAROL_CONFIG", str(file))
    yield tmp_path / "out"


def test_the_command_writes_one_sheet(configured: Path) -> None:
    assert __main__.main(["report", "--municipality", CAPITAL, "--out", str(configured)]) == 0
    [file] = configured.iterdir()
    assert file.name == "ficha-5002704-campo-grande.pdf"
    assert len(PdfReader(file).pages) == 1


def test_the_command_refuses_an_unknown_code_in_one_sentence(
    configured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["report", "--municipality", "9999999", "--out", str(configured)]) != 0
    said_there = capsys.readouterr().err.strip()
    assert said_there.count("\n") == 0 and said_there.endswith(".") and "9999999" in said_there
    assert not configured.exists()


def test_the_command_writes_the_bulletin_in_both_forms(configured: Path) -> None:
    assert __main__.main(["bulletin", "--since", "2026-09-01", "--out", str(configured)]) == 0
    assert {file.suffix for file in configured.iterdir()} == {".pdf", ".txt"}
