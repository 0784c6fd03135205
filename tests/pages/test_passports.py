"""The passport of a number: every value leads to it, and it says where the number comes from."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.tables import open_tables
from pipelines import declarations
from pipelines.declarations import AWAITED, Config
from tests.pages.screens import assert_sound, elements, html, link, text, title

Visit = Callable[..., AppTest]
PASSPORT = "pages/analisar/passaporte.py"
GRANDE = "5002704"
# One indicator of each source that has figures.
OF_EACH_SOURCE = sorted(
    {
        item.source: name
        for name, item in declarations.indicators().items()
        if declarations.sources()[item.source].origin != AWAITED
    }.values()
)


def leads(at: AppTest) -> list[dict[str, str]]:
    """What the links to passports on a page ask for, in the order of reading."""
    found = re.findall(r'<a href="(passaporte\?[^"]*)"', "".join(html(at)))
    return [{k: v[0] for k, v in parse_qs(urlsplit(unescape(one)).query).items()} for one in found]


def code(at: AppTest) -> str:
    return "\n".join(str(element.value) for element in elements(at) if element.type == "code")


def test_every_value_of_a_municipality_leads_to_its_passport(visit: Visit, config: Config) -> None:
    asked = leads(visit("pages/ver/municipio.py", municipio=GRANDE))
    profile = open_tables(config).profile(GRANDE)
    with_value = set(profile.index[profile["value"].notna()])
    assert {one["indicador"] for one in asked} == with_value
    assert {one["municipio"] for one in asked} == {GRANDE}
    for one in asked[:3]:
        at = visit(PASSPORT, **one)
        assert_sound(at)
        assert not at.warning and link(at).items() >= one.items()


def test_every_value_of_an_indicators_table_leads_to_the_passport_of_its_year(visit: Visit) -> None:
    at = visit("pages/ver/indicador.py", indicador="agua_atendimento", ano="2021", municipio=GRANDE)
    [own] = leads(at)
    assert own == {"indicador": "agua_atendimento", "ano": "2021", "municipio": GRANDE}
    at.session_state["tabela"] = True
    _, *asked = leads(at.run())
    assert len({one["municipio"] for one in asked}) == len(asked) > 70
    assert {one["ano"] for one in asked} == {"2021"}


def test_every_card_of_a_plan_leads_to_the_passport_of_what_it_read(visit: Visit, config: Config) -> None:
    asked = leads(visit("pages/acompanhar/plano.py", municipio=GRANDE))
    read = open_tables(config).verdicts()
    read = read[(read["municipality_code"] == GRANDE) & read["latest_year"].notna()]
    known = {(row.indicator, str(int(row.latest_year))) for row in read.itertuples()}
    assert asked and {(one["indicador"], one["ano"]) for one in asked} <= known


@pytest.mark.parametrize("indicator", OF_EACH_SOURCE)
def test_a_passport_says_line_file_sql_and_citation(visit: Visit, config: Config, indicator: str) -> None:
    data = open_tables(config)
    at = visit(PASSPORT, indicador=indicator, municipio=GRANDE)
    # The line stands as its publisher wrote it, decimal points and all.
    assert not at.exception and not at.error and title(at)
    said, shown = text(at), code(at)
    source = data.indicators[indicator].source
    sha256 = data.sources().set_index("source").at[source, "sha256"]
    assert f"data/raw/{source}/values.csv" in said and sha256 in said
    assert re.search(r"Linhas?: \d+", said) and "Como publicado" in said
    assert f"raw.{source}" in shown and f"source.{source}" in shown
    assert "In: FAROL MUNICIPAL." in shown and "Acesso em: " in shown
    assert "Conta refeita" in said and "O que o publicador diz do estado e do país" in said


def test_a_missing_value_has_a_passport_that_says_so(visit: Visit) -> None:
    at = visit(PASSPORT, indicador="ideb_anos_iniciais_publica", ano="2021", municipio="5003900")
    assert_sound(at)
    assert title(at).startswith("n.d. em 2021 (")


def test_each_month_of_a_year_has_a_passport_of_its_own(visit: Visit, config: Config) -> None:
    name, month = "saldo_empregos_formais", "2026-01-31"
    found = open_tables(config).query(
        """select period::varchar, value from "values" where indicator = ? and municipality_code = ? and year = 2026""",
        [name, GRANDE],
    )
    known = dict(found.itertuples(index=False))
    assert len(known) == 3 and len(set(known.values())) == 3
    at = visit(PASSPORT, indicador=name, ano="2026", periodo=month, municipio=GRANDE)
    assert_sound(at)
    assert title(at).endswith("em janeiro de 2026") and f"{known[month]:.0f}" in text(at)
    assert "2026-01" in text(at) and "2026-03" not in text(at)
    assert "Campo Grande, janeiro de 2026." in code(at) and f"periodo={month}" in code(at)
    # Without one it is the year's last, which the control says too; another one is chosen, and a year forgets it.
    at = visit(PASSPORT, indicador=name, municipio=GRANDE)
    box = at.main.selectbox(key="widget:periodo")
    assert title(at).endswith("em março de 2026") and box.value == "2026-03-31" and "periodo" not in link(at)
    box.select("2026-02-28").run()
    assert_sound(at)
    assert title(at).endswith("em fevereiro de 2026") and link(at)["periodo"] == "2026-02-28"
    at.main.selectbox(key="widget:indicador").select("agua_atendimento").run()
    assert "periodo" not in link(at) and "widget:periodo" not in [box.key for box in at.main.selectbox]


def test_a_month_that_an_indicator_has_not_is_said(visit: Visit) -> None:
    at = visit(PASSPORT, indicador="saldo_empregos_formais", periodo="2026-07-31", municipio=GRANDE)
    assert at.warning and title(at).endswith("em março de 2026") and "periodo" not in link(at)


def test_a_day_is_a_period_as_any_other(visit: Visit) -> None:
    at = visit(PASSPORT, indicador="cauc_pendencias", municipio=GRANDE)
    assert not at.exception and title(at).endswith("em 21/08/2026") and "2026-08-21" in text(at)


def test_without_a_municipality_one_is_asked_for(visit: Visit) -> None:
    at = visit(PASSPORT)
    assert_sound(at)
    assert title(at) == "Escolha um município"
