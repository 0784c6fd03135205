"""The package from the command line, and the lines that read a published file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from dashboard.__main__ import main
from dashboard.files import package
from pipelines import declarations, publishing, schema
from pipelines.declarations import Config


@pytest.fixture(scope="module")
def folder(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published files of the repository's data."""
    found = tmp_path_factory.mktemp("published")
    publishing.write(config, found)
    return found


def test_the_command_writes_the_same_package(
    config: Config,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(declarations, "read_config", lambda: config)
    out = tmp_path / "new" / "farol.zip"
    assert main(["package", "--out", str(out)]) == 0
    assert out.read_bytes() == (folder / publishing.PACKAGE).read_bytes()
    assert str(out) in capsys.readouterr().out
    assert list(out.parent.iterdir()) == [out]


def test_the_command_says_in_a_sentence_what_is_wrong(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(declarations, "read_config", lambda: replace(config, data=tmp_path))
    assert main(["package", "--out", str(tmp_path / "farol.zip")]) == 1
    assert "Ainda não há tabelas" in capsys.readouterr().err
    monkeypatch.setattr(declarations, "read_config", lambda: config)
    (tmp_path / "file").write_text("")
    assert main(["package", "--out", str(tmp_path / "file" / "farol.zip")]) == 1
    assert "Não foi possível gravar" in capsys.readouterr().err


def test_the_lines_read_what_they_say(folder: Path) -> None:
    described = publishing.published(folder)
    assert described is not None
    frame = package.files(described, "https://farol.example/app/static/data")
    assert set(frame["table"]) == set(schema.dictionary())
    for table in frame["table"]:
        lines = {tool: line for tool, line, _ in package.lines(package.addresses(frame, table))}
        assert set(lines) == {"pandas (Python)", "DuckDB", "R", "Power BI", "QGIS"}
        assert all(f"https://farol.example/app/static/data/{table}." in line for line in lines.values())
    assert package.lines(package.addresses(frame, "municipalities"))[4][1].endswith(".gpkg")
    assert package.markup(frame).count("download>") == sum(len(held) for held in frame["addresses"])
    rows = frame.set_index("table")["rows"].to_dict()
    assert rows["values"] == len(pd.read_csv(folder / "values.csv", dtype=str))
