"""What is taken away says what it is of: municipality, indicator, and only the filter that its page applied."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import openpyxl
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import words
from dashboard.charts import frames
from dashboard.files import spreadsheets
from dashboard.findings import targets
from dashboard.screens.downloads import LONGEST_TITLE
from dashboard.screens.session import filter_words
from dashboard.tables import Tables
from pipelines.declarations import Config
from tests.pages.screens import PAGES, assert_sound

Visit = Callable[..., AppTest]
CAPITAL = "5002704"
FILTER = {"regiao": "imediata.dourados", "porte": "5-a-10-mil"}


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, list[str]]]:
    """Every "Baixar" of the pages opened: key, title, and the filter that its files would name."""
    found: list[tuple[str, str, list[str]]] = []

    def seen(
        frame: Any, key: str, title: str, source: str, data: Tables, *, whole: bool = False, **_: Any
    ) -> None:
        found.append((key, title, [] if whole else filter_words(data)))

    # By their modules, since a package of words of the same names stands before them.
    for name in ("drawn", "lists", "plans"):
        monkeypatch.setattr(sys.modules[f"dashboard.screens.{name}"], "downloads", seen)
    return found


@pytest.mark.parametrize(
    "page", ["ver/municipio", "acompanhar/plano", "analisar/comparar", "analisar/fontes"]
)
def test_a_page_without_filters_names_none(
    visit: Visit, taken: list[tuple[str, str, list[str]]], page: str
) -> None:
    assert_sound(visit(f"pages/{page}.py", municipio="5003207", **FILTER))
    assert taken and not [said for _, _, said in taken if said]


def test_a_page_with_filters_names_them_but_on_what_they_do_not_touch(
    visit: Visit, taken: list[tuple[str, str, list[str]]]
) -> None:
    assert_sound(visit("pages/ver/indicador.py", municipio="5003207", **FILTER))
    said = {key: words for key, _, words in taken}
    assert len(said["mapa"]) == 2 and said["serie"] == []


def test_charts_of_a_plan_are_told_apart(visit: Visit, taken: list[tuple[str, str, list[str]]]) -> None:
    titles = set()
    for code, name in (("5006002", "Nova Alvorada do Sul"), ("5003207", "Corumbá")):
        taken.clear()
        at = visit("pages/acompanhar/plano.py", municipio=code, demonstracao="sim")
        for key in ("outros", "no-caminho"):
            at.session_state[key] = True
        assert_sound(at.run())
        cards = {key: title for key, title, _ in taken if title.startswith(f"{name}: ")}
        assert len(cards) > 3 and len(set(cards.values())) == len(cards)
        titles |= {title[:LONGEST_TITLE] for title in cards.values()}
    assert len(titles) > 6


def _numbers(frame: pd.DataFrame, name: str) -> list[float]:
    cells = [item for item in frame[name].tolist() if not words.is_missing(item)]
    return [item for item in cells if isinstance(item, int | float) and not isinstance(item, bool)]


# What is folded on a page, and opens by its key.
FOLDED = ("tabela", "todas", "outros", "no-caminho", "encerrados", "versoes", "todos", "proveniencia")


@pytest.mark.parametrize("page", PAGES)
def test_spreadsheets_show_numbers_as_their_columns_say(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """Every number with decimals has a column, or a row, that says how many; what is said is of a column that is there."""
    seen: dict[str, pd.DataFrame] = {}

    def taken(rows: Callable[[], pd.DataFrame], key: str, *_: Any, chart: Any = None, **__: Any) -> None:
        frame = rows()
        said = frames.decimals_of(frame) if chart is None else chart().decimals
        seen[key] = frame
        for name in frame.columns:
            given = said.get(name, 0)
            assert given is None or isinstance(given, int) or len(given) == len(frame), (key, name)
            if name not in said:
                fractions = [item for item in _numbers(frame, name) if item != int(item)]
                assert not fractions, f"{key}: nobody says how {name} is shown ({fractions[:3]})"
        # Of a table of one unit the heads say it, and what is said goes along.
        assert chart is not None or not said or set(said) & set(frame.columns), key

    for name in ("drawn", "lists", "plans"):
        monkeypatch.setattr(sys.modules[f"dashboard.screens.{name}"], "downloads", taken)
    for focus in ({}, {"municipio": CAPITAL}):
        at = visit(page, **focus, demonstracao="sim")
        for key in FOLDED:
            at.session_state[key] = True
        assert_sound(at.run())
    without = ("conferir.py", "dados.py", "passaporte.py")
    # What people send goes out as they sent it, and what they write has no numbers of indicators.
    assert seen or page.endswith(without) or page.startswith("pages/programa/"), page


def test_a_spreadsheet_of_targets_has_the_decimals_of_each_indicator(tables: Tables) -> None:
    frame = tables.verdicts()
    some = pd.concat(
        [frame[frame["indicator"] == name] for name in ("ideb_anos_iniciais_publica", "cauc_pendencias")]
    )
    table = targets.targets_table(tables, some)
    sheet = openpyxl.load_workbook(io.BytesIO(spreadsheets.xlsx(table, {})))["Dados"]
    column = list(table.columns).index("Valor atual") + 1
    found = {
        (table["Indicador"][row - 2], sheet.cell(row, column).number_format)
        for row in range(2, len(table) + 2)
        if sheet.cell(row, column).value is not None
    }
    titles = {name: tables.indicators[name] for name in some["indicator"].unique()}
    assert found == {
        (item.title, "#,##0" + (f".{'0' * item.decimals}" if item.decimals else ""))
        for item in titles.values()
    }
    assert len({shown for _, shown in found}) == 2
