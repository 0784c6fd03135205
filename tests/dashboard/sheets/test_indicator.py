"""The sheet of an indicator."""

from __future__ import annotations

import pytest

from dashboard import sheets, words
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config
from tests.dashboard.sheets.reading import (
    ADDRESS,
    links,
    plain,
    reader,
    said,
    squeezed,
    structure,
)


@pytest.mark.parametrize(
    "indicator", ["agua_atendimento", "mortalidade_infantil", "capag_nota", "populacao", "cauc_pendencias"]
)
def test_an_indicator_sheet_holds_map_ranking_series_method_and_caveats(
    config: Config, data: Tables, indicator: str
) -> None:
    year = data.years(indicator)[0]
    pdf = sheets.indicator_pdf(data, indicator, year, config=config, address=ADDRESS)
    book = reader(pdf)
    assert len(book.pages) == 1
    declared = declarations.indicators()[indicator]
    text = squeezed(said(pdf))
    for sentence in (declared.title, declared.note, *words.caveats(declared)):
        assert squeezed(sentence) in text
    assert structure(book)["/Figure"] >= 3
    assert links(book.pages[0]) == [f"{ADDRESS}/indicador?indicador={indicator}&ano={year}"]


def test_an_indicator_sheet_of_a_year_without_data_takes_the_last_one(config: Config, data: Tables) -> None:
    text = plain(said(sheets.indicator_pdf(data, "agua_atendimento", 1999, config=config)))
    assert f"No mapa, {data.years('agua_atendimento')[0]}" in text


def test_every_indicator_has_a_sheet(config: Config, data: Tables) -> None:
    for indicator in data.available()[::9]:
        assert len(reader(sheets.indicator_pdf(data, indicator, 0, config=config)).pages) <= 2, indicator
