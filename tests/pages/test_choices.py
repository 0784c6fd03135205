"""The choices of single pages: indicator, year, municipality, lists; each moved through the frame."""

from __future__ import annotations

import json
from collections.abc import Callable

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import words
from dashboard.findings import tally
from dashboard.screens import link as link_room
from dashboard.tables import open_tables
from pipelines import declarations
from pipelines.declarations import Config
from tests.pages.screens import PAGES, assert_sound, charts, html, link, parameters, plain, text, title

Visit = Callable[..., AppTest]
PANORAMA, INDICATOR, MUNICIPALITY = (
    "pages/ver/panorama.py",
    "pages/ver/indicador.py",
    "pages/ver/municipio.py",
)


@pytest.mark.parametrize("page", [PANORAMA, INDICATOR])
def test_choosing_an_indicator_forgets_the_year(visit: Visit, page: str) -> None:
    at = visit(page, indicador="agua_atendimento")
    earlier = at.selectbox(key="widget:ano").options[1]
    at.selectbox(key="widget:ano").select_index(1).run()
    assert link(at)["ano"] == earlier and earlier in text(at)
    at.selectbox(key="widget:indicador").select("ideb_anos_iniciais_publica").run()
    assert_sound(at)
    assert not at.warning
    latest = at.selectbox(key="widget:ano").options[0]
    assert link(at)["indicador"] == "ideb_anos_iniciais_publica" and link(at)["ano"] == latest


@pytest.mark.parametrize("page", [PANORAMA, INDICATOR])
def test_choosing_a_year_draws_it(visit: Visit, config: Config, page: str) -> None:
    at = visit(page, indicador="agua_atendimento")
    years = open_tables(config).years("agua_atendimento")
    assert [int(year) for year in at.selectbox(key="widget:ano").options] == years and len(years) > 1
    latest = charts(at)["mapa"].alt
    at.selectbox(key="widget:ano").select(years[-1]).run()
    assert_sound(at)
    assert link(at)["ano"] == str(years[-1])
    assert str(years[-1]) in charts(at)["mapa"].alt != latest


@pytest.mark.parametrize("page", [PANORAMA, INDICATOR])
def test_a_year_without_data_shows_the_latest_and_says_so(visit: Visit, page: str) -> None:
    at = visit(page, indicador="ideb_anos_iniciais_publica", ano="2018")
    assert_sound(at)
    [said] = [plain(warning.value) for warning in at.warning]
    assert "2018" in said and at.selectbox(key="widget:ano").options[0] in said
    assert link(at)["ano"] == at.selectbox(key="widget:ano").options[0]


def test_every_indicator_opens(visit: Visit) -> None:
    at = visit(INDICATOR, municipio="5002704")
    names = [name for name in declarations.indicators() if name in open_tables_of(at)]
    assert len(names) >= 50
    for name in names:
        at.selectbox(key="widget:indicador").select(name).run()
        assert_sound(at)
        assert not at.warning, name
        assert link(at)["indicador"] == name
        assert declarations.indicators()[name].note in text(at)


def open_tables_of(at: AppTest) -> list[str]:
    """The indicators that the page offers, from its labels."""
    titles = {
        f"{item.title} · {declarations.AREAS[item.area]}": name
        for name, item in declarations.indicators().items()
    }
    return [titles[option] for option in at.selectbox(key="widget:indicador").options]


def test_municipalities_open(visit: Visit, config: Config) -> None:
    # One in nine, the newest and the capital: the page is the same for all.
    at = visit(MUNICIPALITY)
    names = open_tables(config).municipalities()["name"]
    for code, name in [*names.iloc[::9].items(), *names.loc[["5006275", "5002704"]].items()]:
        at.selectbox(key="widget:municipio").select(code).run()
        assert_sound(at)
        assert name in title(at)
        assert link(at)["municipio"] == code


def test_the_municipality_in_focus_is_marked_on_the_map(visit: Visit) -> None:
    at = visit(PANORAMA)
    before = json.loads(charts(at)["mapa"].spec)["data"]
    at.selectbox(key="widget:municipio").select("5003207").run()
    after = json.loads(charts(at)["mapa"].spec)["data"]
    marked = [trace for trace in after if trace not in before]
    assert "Corumbá" in json.dumps(marked, ensure_ascii=False)
    assert "5003207" in json.dumps(marked)
    at.selectbox(key="widget:municipio").set_value(None).run()
    assert "municipio" not in link(at)


def test_a_list_of_municipalities_joins_the_series(visit: Visit) -> None:
    at = visit(INDICATOR, indicador="agua_atendimento")
    at.multiselect(key="widget:municipios").select("5002704").select("5003207").run()
    assert_sound(at)
    assert link(at)["municipios"] == "5002704,5003207"
    drawn = json.dumps(json.loads(charts(at)["serie"].spec), ensure_ascii=False)
    assert "Campo Grande" in drawn and "Corumbá" in drawn
    at.multiselect(key="widget:municipios").unselect("5002704").run()
    assert link(at)["municipios"] == "5003207"


def test_the_list_of_the_link_keeps_to_its_limit_and_says_each_once(visit: Visit, config: Config) -> None:
    codes = list(open_tables(config).municipalities().index)
    at = visit(INDICATOR, municipios=",".join([codes[0], codes[0], *codes]))
    assert_sound(at)
    held = at.multiselect(key="widget:municipios").value
    assert len(held) == len(set(held)) <= 8


def test_a_link_to_an_indicator_keeps_the_municipality_in_focus(visit: Visit) -> None:
    at = visit(MUNICIPALITY, municipio="5003207")
    links = "".join(html(at))
    assert "municipio=5003207" in links and "indicador=idhm" in links


def test_missing_is_never_drawn_as_zero(visit: Visit, config: Config) -> None:
    tables = open_tables(config)
    name, year, missing = next(
        (name, year, set(frame.loc[frame["value"].isna(), "municipality_code"]))
        for name in tables.available()
        for year in tables.years(name)[:1]
        for frame in [tables.at(name, year)]
        if declarations.indicators()[name].kind == "number"
        and 0 < frame["value"].isna().sum() < len(frame) / 2
    )
    at = visit(PANORAMA, indicador=name, ano=str(year))
    drawn = [trace for trace in json.loads(charts(at)["mapa"].spec)["data"] if trace["type"] == "choropleth"]
    classed = max(drawn, key=lambda trace: len(trace["locations"]))
    empty = next(trace for trace in drawn if missing <= set(trace["locations"]) and trace is not classed)
    assert not missing & set(classed["locations"])
    assert empty["colorscale"] != classed["colorscale"]
    assert words.MISSING not in title(at)


def test_after_the_menu_every_widget_says_what_the_page_shows(visit: Visit) -> None:
    asked = {
        "municipio": "5002704",
        "indicador": "idhm",
        "municipios": "5002704,5003207",
        "demonstracao": "sim",
        "regiao": "imediata.campo-grande",
        "porte": "acima-de-500-mil",
        "programa": "nd",
    }
    at = visit("pages/ver/indicador.py", **asked)
    seen: set[str] = set()
    for page in (*PAGES, *reversed(PAGES)):
        # The menu opens a page without a link, which then says the session's choices.
        at.query_params.clear()
        at.session_state["filtros"] = True
        at.switch_page(page).run()
        assert_sound(at)
        held = at.session_state["choice"]
        for widget in (*at.selectbox, *at.multiselect, *at.toggle):
            name = str(widget.key).removeprefix("widget:")
            if name in asked:
                said = ",".join(widget.value) if isinstance(widget.value, list) else widget.value
                assert said == (held.get(name) if name != "demonstracao" else True), (page, name)
                seen.add(name)
    assert seen == set(asked)
    at.query_params.clear()
    at.switch_page("pages/analisar/comparar.py").run()
    at.multiselect(key="widget:municipios").select("5000203").run()
    assert link(at)["municipios"] == "5002704,5003207,5000203"


def test_a_date_that_comes_by_the_link_is_the_one_in_the_box(visit: Visit) -> None:
    at = visit("pages/acompanhar/monitoramento.py", desde="2026-05-01")
    assert at.text_input(key="widget:desde").value == "01/05/2026"
    at.query_params["desde"] = "2026-01-15"
    at.run()
    assert at.text_input(key="widget:desde").value == "15/01/2026"
    at.text_input(key="widget:desde").input("ontem").run()
    assert at.text_input(key="widget:desde").value == "ontem" and at.warning


def test_a_hidden_plan_of_the_link_is_said(visit: Visit) -> None:
    at = visit("pages/acompanhar/monitoramento.py", plano="demonstracao")
    assert_sound(at)
    assert "demonstração" in plain(at.warning[0].value) and "plano" not in link(at)
    assert "Nenhum município" not in text(at)


def test_what_no_page_knows_is_left_aside(visit: Visit) -> None:
    at = visit("pages/ver/panorama.py", utm_source="boletim", municipio="5002704")
    assert_sound(at)
    assert not at.warning and "utm_source" not in link(at)
    assert "utm_source" not in at.session_state["choice"].values
    every = set().union(*(parameters(page) for page in PAGES))
    assert every == {*link_room.EVERYWHERE, *link_room.OF_PAGES} - {"grafico"}


@pytest.mark.parametrize("page", ["pages/acompanhar/plano.py", MUNICIPALITY])
def test_a_page_without_a_municipality_offers_the_list_itself(visit: Visit, page: str) -> None:
    at = visit(page)
    assert title(at) == "Escolha um município"
    assert [box.key for box in at.main.selectbox] == ["widget:municipio-na-tela"]
    at.selectbox(key="widget:municipio-na-tela").select("5003207").run()
    assert_sound(at)
    assert link(at)["municipio"] == "5003207" and "Corumbá" in title(at)
    assert at.selectbox(key="widget:municipio").value == "5003207"


def test_without_a_list_of_participants_one_sentence_says_so(visit: Visit) -> None:
    at = visit("pages/acompanhar/metas.py")
    assert "não há grupos a comparar" in text(at)
    assert "Quem participa do programa e quem não participa" not in text(at)


def test_the_urgent_targets_lead_to_the_plans(visit: Visit) -> None:
    at = visit("pages/acompanhar/monitoramento.py", regiao="imediata.dourados")
    body = next(block for block in html(at) if "<caption>Metas por urgência" in block)
    assert body.count('href="plano?') == 25 and "regiao=imediata.500005" in body
    assert "As 25 mais urgentes de" in text(
        at
    ) and "Ordem: primeiro o que é certo ou registro oficial" in text(at)


@pytest.mark.parametrize(
    ("page", "more"),
    [
        ("pages/acompanhar/metas.py", {"indicador": "crianca_alfabetizada_municipal"}),
        ("pages/acompanhar/plano.py", {}),
    ],
)
def test_promises_and_laws_have_a_strip_each(
    visit: Visit, config: Config, page: str, more: dict[str, str]
) -> None:
    with duckdb.connect() as con:
        [(code,)] = con.execute(
            "select distinct municipality_code from read_parquet(?) where plan = 'demonstracao'",
            [str(config.processed / "targets.parquet")],
        ).fetchall()
    alone = html(visit(page, municipio=code, **more))
    assert sum(block.count('class="ribbon"') for block in alone) == 1
    assert not any(tally.PROMISED in block for block in alone)
    both = next(
        block
        for block in html(visit(page, municipio=code, demonstracao="sim", **more))
        if 'class="ribbon"' in block
    )
    assert both.count('class="ribbon"') == 2
    assert both.index(tally.PROMISED) < both.index(tally.DEMANDED)
