"""What Conferir plano says of a file that somebody sends."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.declarations import ROOT, Config


def _checked(path: str) -> None:
    from pathlib import Path

    from dashboard.screens import installation, plans
    from pipelines import plan_files

    data = installation.tables()
    found = plan_files.read_plan(Path(path).read_bytes(), "plano.xlsx", data.names(), data.indicators)
    plans.checked_plan("plano.xlsx", found, data)


def test_numbers_are_shown_as_read(config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FAROL_CONFIG", str(config.file))
    path = tmp_path / "plano.xlsx"
    book = openpyxl.load_workbook(ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx")
    book["Plano"]["B4"] = "Plano ![](http://exemplo.invalid/x.png)"
    book["Metas"]["I4"].number_format = '0"%"'
    book.save(path)
    page = AppTest.from_function(_checked, args=(str(path),), default_timeout=60).run()
    assert not page.exception
    assert "![](" not in page.success[0].value
    drawn = " ".join(str(part.proto.body) for part in page.get("html"))
    assert "Vai dar? O que fizeram" in drawn and "uma em cada dez caiu" in drawn
    assert "Na c" in drawn
    # The preview says how sure each reading is, as the cards will.
    assert "Fora do ritmo (não dá para dizer)" in drawn
    assert "95%" in drawn
