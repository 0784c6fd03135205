"""What is kept is kept for what it depends on: no view shows another's, and a click makes only what it changes."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer
from streamlit.elements.lib.mutable_popover_container import PopoverContainer
from streamlit.testing.v1 import AppTest

from dashboard.findings import comparisons
from dashboard.screens import choices
from dashboard.screens import link as link_room
from dashboard.shelf import Shelf
from dashboard.tables import Tables, open_tables
from pipelines.declarations import Config
from tests.pages.screens import PAGES, assert_sound, parameters, view

Visit = Callable[..., AppTest]


def samples(data: Tables) -> Mapping[str, tuple[str, str]]:
    """Two values of each parameter of a link, from the tables themselves."""
    codes = [str(code) for code in data.municipalities().index]
    targeted = [name for name in sorted(set(data.verdicts(False)["indicator"])) if len(data.years(name)) > 1]
    numbers = [name for name in data.available() if data.indicators[name].kind == "number"]
    years = data.years(targeted[0])
    days = data.periods(_monthly(data)).query("year == year.max()")["period"].dt.date
    periods = [str(day) for day in days]
    plans = data.plans(False)["plan"].tolist()
    bands = [
        slug
        for slug, band in link_room.BAND_SLUGS.items()
        if band in set(data.municipalities()["population_band"])
    ]
    regions = [
        f"{part}.{next(iter(data.places(scope)))}"
        for part, scope in link_room.SCOPE_SLUGS.items()
        if part != "estado" and data.places(scope)
    ]
    return {
        "municipio": (codes[3], codes[-4]),
        "regiao": (regions[0], regions[-1]),
        "porte": (bands[0], bands[1]),
        "programa": ("nd", "sim"),
        "demonstracao": ("", "sim"),
        "indicador": (targeted[0], targeted[-1]),
        "ano": (str(max(years)), str(sorted(years)[-2])),
        "periodo": (periods[0], periods[-1]),
        "municipios": (",".join(codes[:2]), ",".join(codes[5:8])),
        "plano": (plans[0], plans[-1]),
        "desde": ((data.as_of - dt.timedelta(700)).isoformat(), (data.as_of - dt.timedelta(1)).isoformat()),
        "tabela": ("values", "targets"),
        "entre": ("regiao", "porte"),
        "regioes": (regions[0], f"{regions[-1]},estado"),
        "conjunto": tuple(comparisons.sets(data))[:2],
        "indicadores": (",".join(numbers[:3]), ",".join(numbers[3:5])),
        "ordem": ("area", "diferenca"),
        "coluna": ("nome", numbers[0]),
        "x": (numbers[0], numbers[1]),
        "y": (numbers[2], numbers[3]),
        "cor": tuple(choices.colours(data))[:2],
    }


def _monthly(data: Tables) -> str:
    """An indicator with several periods in its newest year, which a link tells apart."""
    return next(
        name for name in data.available() if data.periods(name).query("year == year.max()").shape[0] > 1
    )


def addresses(page: str, data: Tables) -> list[dict[str, str]]:
    """The addresses that a page is opened at: one, and it with each of the page's parameters changed or left out."""
    asked = {name: pair for name, pair in samples(data).items() if name in parameters(page)}
    plain: dict[str, str] = {name: asked[name][0] for name in ("municipio", "indicador") if name in asked}
    full = plain | {name: asked[name][0] for name in ("x", "y", "indicadores") if name in asked}
    found = [full, {name: value for name, value in full.items() if name != "municipio"}]
    for name, pair in asked.items():
        base = full if name in full or name == "coluna" else plain
        if name == "periodo":
            base = {**base, "indicador": _monthly(data)}
        found += [{**base, name: value} for value in pair if value]
    return [address for place, address in enumerate(found) if address not in found[:place]]


def empty(config: Config) -> Shelf:
    """The shelf of drawings of the present tables, with nothing on it."""
    data = open_tables(config)
    data.drawings = Shelf(data.drawings.most)
    return data.drawings


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be taken away; all that is folded on a page is open, so that it is made too."""
    found: list[str] = []
    for container in (ExpanderContainer, PopoverContainer):
        monkeypatch.setattr(container, "open", property(lambda self: True, lambda self, value: None))

    def noted(frame: pd.DataFrame, *given: Any) -> list[Any]:
        found.append(frame.to_csv(index=False))
        return []

    # The room, of which the package names a function alike.
    room = sys.modules["dashboard.screens.downloads"]
    monkeypatch.setattr(room, "_table_files", noted)
    monkeypatch.setattr(room, "_map_files", lambda *given: [])
    return found


def test_every_parameter_has_two_values(config: Config) -> None:
    assert set(samples(open_tables(config))) == {*link_room.EVERYWHERE, *link_room.OF_PAGES} - {"grafico"}


@pytest.mark.parametrize("page", PAGES)
def test_no_view_shows_what_was_made_for_another(
    visit: Visit, config: Config, taken: list[str], page: str
) -> None:
    """Each address opened with nothing kept, and all of them again one after another over one shelf."""

    def seen(asked: Mapping[str, str]) -> tuple[Mapping[str, Any], list[str]]:
        taken.clear()
        at = visit(page, **asked)
        assert_sound(at)
        return view(at), list(taken)

    anew = []
    asked = addresses(page, open_tables(config))
    for address in asked:
        empty(config)
        anew.append(seen(address))
    empty(config)
    for address, expected in zip(asked, anew, strict=True):
        found = seen(address)
        assert found[0].keys() == expected[0].keys()
        for part in found[0]:
            assert found[0][part] == expected[0][part], (address, part)
        assert found[1] == expected[1], address
    # What changes nothing would hold whatever is kept.
    own = parameters(page) - set(link_room.EVERYWHERE)
    for name in own:
        pair = [found for address, found in zip(asked, anew, strict=True) if name in address]
        assert len({repr(found) for found in pair}) > 1, name


def test_another_municipality_in_focus_is_drawn_and_nothing_else_is_made(
    visit: Visit, config: Config
) -> None:
    shelf = empty(config)
    visit("pages/ver/panorama.py", municipio="5002704", indicador="idhm")
    before = set(shelf.held)
    visit("pages/ver/panorama.py", municipio="5003207", indicador="idhm")
    made = {key[1] for key in set(shelf.held) - before if len(key) == 5}
    assert made == {"mapa", "ranking"}


def test_rows_to_take_away_are_made_when_the_popover_is_opened(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.findings import targets

    made: list[int] = []
    whole = targets.targets_table

    def counted(*given: Any) -> Any:
        made.append(1)
        return whole(*given)

    monkeypatch.setattr(targets, "targets_table", counted)
    at = visit("pages/acompanhar/monitoramento.py", regiao="imediata.dourados", porte="20-a-50-mil")
    assert not made
    at.session_state["baixar-metas"] = True
    at.run()
    assert made and not at.exception
