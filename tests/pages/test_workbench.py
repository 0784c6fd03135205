"""The analyst's pages: what is chosen is what is shown, and what is said is what the tables hold."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import words
from dashboard.findings import comparisons, peers
from dashboard.tables import Tables
from pipelines import declarations, schema
from pipelines.declarations import Config
from tests.pages.screens import assert_sound, charts, elements, html, link, text, title

Visit = Callable[..., AppTest]
COMPARE, RELATE, DATA = "pages/analisar/comparar.py", "pages/analisar/relacao.py", "pages/analisar/dados.py"
CAPITAL, CORUMBA, BONITO = "5002704", "5003207", "5002209"


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def table(at: AppTest, caption: str) -> list[list[str]]:
    """The rows of an HTML table by its caption, tags removed."""
    body = next(block for block in html(at) if f"<caption>{caption}" in block)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    ]


def buttons(at: AppTest) -> dict[str, AppTest]:
    return {element.label: element for element in elements(at) if element.type == "button"}


# Comparar


def test_nobody_chosen_offers_the_list_and_the_whole(visit: Visit) -> None:
    at = visit(COMPARE)
    assert_sound(at)
    assert title(at) == "Quem você quer comparar?"
    assert not [label for label in buttons(at) if label.startswith("Comparar com")]


def test_one_municipality_offers_its_three_peers_as_buttons(visit: Visit, tables: Tables) -> None:
    at = visit(COMPARE, municipio=CORUMBA)
    assert title(at) == "Corumbá ao lado de quem?"
    expected = peers.here(tables, CORUMBA, 3)
    offered = [label for label in buttons(at) if label.startswith("Comparar com")]
    assert offered == [f"Comparar com {peer.name}" for peer in expected]
    assert all(peer.reasons in text(at) for peer in expected)
    at.button(key=f"par-{expected[1].code}").click().run()
    assert_sound(at)
    assert link(at)["municipios"] == f"{CORUMBA},{expected[1].code}"
    assert expected[1].name in title(at) and "Comparar com" not in " ".join(buttons(at))
    assert table(at, "Indicadores lado a lado")[0] == ["Indicador", "Ano", "Corumbá", expected[1].name]


def test_municipalities_and_regions_side_by_side(visit: Visit, tables: Tables) -> None:
    at = visit(
        COMPARE, municipios=f"{CORUMBA},{BONITO}", regioes="estado,imediata.corumba", conjunto="saneamento"
    )
    assert_sound(at)
    rows = table(at, "Indicadores lado a lado")
    assert rows[0][2:] == ["Corumbá", "Bonito", "Mato Grosso do Sul", "Corumbá (região imediata)"]
    water = next(row for row in rows if row[0].startswith("Índice de atendimento total de água"))
    frame = tables.at("agua_atendimento", 2022).set_index("municipality_code")["value"]
    state = tables.aggregates("agua_atendimento", "state").iloc[-1]["value"]
    assert water[1:5] == [
        "2022",
        *(f"{words.number(value, 1)}%" for value in (frame[CORUMBA], frame[BONITO])),
        f"mediana {words.number(state, 1)}%",
    ]
    areas = {row[0] for row in rows if len(row) == 1}
    assert areas == {declarations.AREAS["saneamento"]}


def test_choosing_indicators_and_order(visit: Visit, tables: Tables) -> None:
    at = visit(COMPARE, municipios=f"{CORUMBA},{BONITO}")
    at.selectbox(key="widget:conjunto").select("educacao").run()
    at.selectbox(key="widget:ordem").select("atencao").run()
    assert_sound(at)
    assert link(at)["conjunto"] == "educacao" and link(at)["ordem"] == "atencao"
    rows = [row for row in table(at, "Indicadores lado a lado")[1:] if len(row) > 1]
    expected = comparisons.members(tables, "educacao")
    assert len(rows) == len(expected)
    only = visit(COMPARE, municipios=f"{CORUMBA},{BONITO}", indicadores="idhm,pib_per_capita")
    shown = [row[0] for row in table(only, "Indicadores lado a lado")[1:] if len(row) > 1]
    assert len(shown) == 2 and {name.split(" ")[0] for name in shown} == {"Índice", "PIB"}


def test_at_most_eight_at_once(visit: Visit, tables: Tables) -> None:
    ten = ",".join(tables.municipalities().index[:10])
    at = visit(COMPARE, municipios=ten)
    assert_sound(at)
    assert len(table(at, "Indicadores lado a lado")[0]) == 2 + 8


def test_small_multiples_have_a_panel_each(visit: Visit) -> None:
    at = visit(
        COMPARE,
        municipios=f"{CORUMBA},{BONITO},{CAPITAL}",
        indicador="mortalidade_infantil",
        regioes="estado",
    )
    body = next(block for block in html(at) if 'class="panels"' in block)
    assert re.findall(r"<figcaption>(.*?) <b>", body) == [
        "Corumbá",
        "Bonito",
        "Campo Grande",
        "Mato Grosso do Sul",
    ]
    assert re.findall("Em cinza, [^.]*", text(at)) == ["Em cinza, MS (municípios somados)"]


def test_the_whole_matrix(visit: Visit, tables: Tables) -> None:
    at = visit(COMPARE, coluna="idhm")
    assert "Municípios e indicadores" not in "".join(html(at))
    at.session_state["todos"] = True
    at.run()
    assert_sound(at)
    rows = table(at, "Municípios e indicadores")
    assert len(rows) == 1 + len(tables.municipalities())
    place = rows[0].index("IDHM")
    values = [float(row[place].replace(",", ".")) for row in rows[1:] if row[place] != "n.d."]
    assert values == sorted(values)


# Relação


def test_the_relation_says_the_correlation_and_its_warning(visit: Visit, tables: Tables) -> None:
    at = visit(RELATE, x="idhm_renda", y="taxa_alfabetizacao", municipio=CORUMBA)
    assert_sound(at)
    codes = list(tables.municipalities().index)
    frame = comparisons.relation(tables, "idhm_renda", "taxa_alfabetizacao", codes, "")
    found = comparisons.correlation(frame["x"], frame["y"])
    assert found is not None and comparisons.strength(found) in text(at)
    assert "não prova causa" in text(at) and title(at).endswith(f"em {found.count} municípios")
    figure = json.loads(charts(at)["relacao"].spec)
    drawn = sum(len(trace["x"]) for trace in figure["data"])
    assert drawn == found.count
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert "<b>Corumbá</b>" in labels and "<b>Bonito</b>" not in labels


def test_names_on_demand_and_colours_by_region(visit: Visit) -> None:
    at = visit(RELATE, municipios=f"{BONITO},{CAPITAL}", cor="intermediaria")
    figure = json.loads(charts(at)["relacao"].spec)
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert {"<b>Bonito</b>", "<b>Campo Grande</b>"} <= set(labels)
    assert {trace["name"] for trace in figure["data"]} == {"Campo Grande", "Corumbá", "Dourados"}
    plain = json.loads(charts(visit(RELATE, cor="nenhuma"))["relacao"].spec)
    assert not any(trace.get("showlegend") for trace in plain["data"])


def test_an_empty_filter_on_the_relation(visit: Visit) -> None:
    at = visit(RELATE, regiao="imediata.corumba", porte="acima-de-500-mil")
    assert_sound(at)
    assert "Nenhum município neste filtro" in text(at) and not charts(at)


# Peers, trends and who started from here


def test_a_municipality_shows_its_peers_with_reasons(visit: Visit, tables: Tables) -> None:
    at = visit("pages/ver/municipio.py", municipio=CORUMBA, indicador="cvli_taxa")
    rows = table(at, "Municípios parecidos com Corumbá")
    expected = peers.of(tables, CORUMBA)
    assert [(row[0], row[1]) for row in rows[1:]] == [(peer.name, peer.reasons) for peer in expected]
    assert peers.method(tables) in text(at)
    assert (
        f"comparar?municipio={CORUMBA}&amp;municipios={CORUMBA}%2C{peers.here(tables, CORUMBA)[0].code}"
        in "".join(html(at))
    )


def test_trends_are_said_beside_the_series(visit: Visit, tables: Tables) -> None:
    for name, said in (
        ("mortalidade_infantil", "sem tendência"),
        ("idhm", "a tendência não pode ser calculada"),
    ):
        expected = comparisons.trend_sentence(
            "Campo Grande", tables.spans(name, CAPITAL), declarations.indicators()[name]
        )
        assert said in expected
        for page in ("pages/ver/municipio.py", "pages/ver/indicador.py"):
            assert expected in text(visit(page, municipio=CAPITAL, indicador=name)), (name, page)


def test_who_started_from_here(visit: Visit, tables: Tables) -> None:
    at = visit("pages/ver/indicador.py", municipio=CORUMBA, indicador="ideb_anos_iniciais_publica")
    found = peers.from_here(tables, "ideb_anos_iniciais_publica", CORUMBA)
    indicator = declarations.indicators()["ideb_anos_iniciais_publica"]
    shown = found[: peers.NAMED_CLIMBS]
    assert found and all(peers.climb_words(climb, indicator) in "".join(html(at)) for climb in shown)
    # The best ones alone would say that it is done: how many stood there is said with them.
    assert f"{found[0].stood} municípios já estiveram perto de" in text(at) and found[0].stood > len(found)
    nobody = visit("pages/ver/indicador.py", indicador="ideb_anos_iniciais_publica")
    assert "Escolha um município em foco para ver quem já esteve no mesmo nível" in text(nobody)


# Dados abertos


def test_every_table_is_listed_with_its_files_and_lines(visit: Visit, config: Config) -> None:
    at = visit(DATA)
    assert_sound(at)
    rows = table(at, "Tabelas publicadas")
    assert [row[0] for row in rows[1:]] == list(schema.dictionary())
    addresses = re.findall(r'href="([^"]+)" download', "".join(html(at)))
    # Those of one indicator or one municipality have addresses of their own, in their folders.
    files = {path.name for path in config.published.iterdir() if path.is_file()}
    assert {address.rsplit("/", 1)[1] for address in addresses} == files
    assert all("/app/static/data/" in address for address in addresses)
    lines = [element.value for element in at.code]
    assert len(lines) == 5 and all("values." in line for line in lines)
    other = visit(DATA, tabela="municipalities")
    assert "/vsicurl/" in other.code[4].value and other.code[4].value.endswith("municipalities.gpkg")
    assert "httpfs" in text(other)


def test_sparklines_share_one_image(visit: Visit) -> None:
    at = visit("pages/ver/municipio.py", municipio="5002704")
    [table] = [body for body in html(at) if 'class="spark"' in body]
    places = [int(text) for text in re.findall(r'class="spark" style="--at:(-?\d+)px"', table)]
    assert places == [-24 * number for number in range(len(places))]
    assert table.count("data:image/svg+xml") == 1
    image = ET.fromstring(unquote(table.split("data:image/svg+xml,")[1].split("&quot;")[0]))
    parts = list(image)
    assert len(parts) == len(places) > 50
    assert [int(part.get("y", "")) for part in parts] == [-place for place in places]
    assert image.get("height") == str(24 * len(places))
