"""The commands of the pipelines: what they print, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines import declarations
from pipelines.__main__ import main
from pipelines.declarations import Config


def test_status_and_coverage_commands(
    config: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(declarations, "read_config", lambda: config)
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    for name in declarations.sources():
        assert name in shown
    head = shown.splitlines()[0]
    assert "dias desde a cópia" in head
    place, end = head.index("edição"), head.index("períodos")
    said = " ".join(line[place:end].strip() for line in shown.splitlines()[1:])
    for source in declarations.sources().values():
        assert source.edition in " ".join(said.split())
    assert main(["coverage"]) == 0
    assert "populacao,2022-12-31,79" in capsys.readouterr().out


def test_a_notice_about_a_file_is_not_counted_as_a_refused_line(
    copied: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = copied.raw / "ibge_pib" / "values.csv"
    raw.write_text(
        raw.read_text("utf-8").replace("5000203,2002,131033.61", "5000203,2002,131033.62"), "utf-8"
    )
    monkeypatch.setattr(declarations, "read_config", lambda: copied)
    monkeypatch.setattr(declarations, "STATIC", tmp_path / "static")
    assert main(["build"]) == 0
    said = capsys.readouterr().out
    assert "7 linha(s) ou célula(s) recusada(s), 1 aviso(s) sobre arquivos" in said
    assert "ibge_pib/values.csv: O arquivo mudou desde que foi declarado" in said
