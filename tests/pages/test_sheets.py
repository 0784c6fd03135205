"""The sheets to print, offered where they are looked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard import sheets
from tests.pages.screens import assert_sound, elements

Visit = Callable[..., AppTest]
CAPITAL = "5002704"
MEETING = "pages/acompanhar/monitoramento.py"


def labels(at: AppTest) -> list[str]:
    return [str(element.proto.label) for element in elements(at) if element.type == "download_button"]


def press(at: AppTest) -> AppTest:
    [button] = [button for button in at.button if button.key == "montar-pacote"]
    return button.click().run()


def test_the_sheet_of_the_municipality_in_focus_is_in_the_side_bar(visit: Visit) -> None:
    at = visit("pages/ver/panorama.py")
    assert "Baixar ficha (PDF)" not in labels(at)
    at = visit("pages/ver/panorama.py", municipio=CAPITAL)
    assert_sound(at)
    assert "Baixar ficha (PDF)" in labels(at)


def test_indicator_and_plan_pages_offer_their_sheets(visit: Visit) -> None:
    assert "Ficha do indicador (PDF)" in labels(visit("pages/ver/indicador.py"))
    at = visit("pages/acompanhar/plano.py", municipio=CAPITAL)
    assert {"Boletim (PDF)", "Boletim (texto para e-mail)"} <= set(labels(at))


def test_the_package_of_a_filter_is_made_in_one_click_and_goes_with_the_filter(visit: Visit) -> None:
    at = visit(MEETING, regiao="imediata.tres-lagoas")
    assert not {"Baixar o PDF conjunto", "Baixar o zip"} & set(labels(at))
    press(at)
    assert_sound(at)
    assert {"Baixar o PDF conjunto", "Baixar o zip"} <= set(labels(at))
    made: Any = at.session_state["pacote"][1]
    assert isinstance(made, sheets.Package)
    assert len(made.sheets) == 6
    at.query_params["regiao"] = "imediata.dourados"
    at.run()
    assert_sound(at)
    assert not {"Baixar o PDF conjunto", "Baixar o zip"} & set(labels(at))
