"""The passport of a number in words: the reckoning, what stands beside, revisions, the citation."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboard import passports
from dashboard.findings import passport
from dashboard.tables import Tables
from pipelines.declarations import Config

GRANDE = "5002704"
YEAR_END = dt.date(2022, 12, 31)


@pytest.fixture(scope="module")
def tables(config: Config) -> Tables:
    return Tables(config.processed)


def told(tables: Tables, indicator: str, year: int, code: str = GRANDE) -> dict[str, str]:
    row = passport.value_of(tables, indicator, code, year)
    return dict(passport.facts(tables, row, tables.indicators[indicator]))


def test_the_reckoning_is_done_again(tables: Tables) -> None:
    facts = told(tables, "taxa_alfabetizacao", 2022)
    over, under = (
        float(facts[name].replace(".", "").replace(",", ".")) for name in ("Numerador", "Denominador")
    )
    again = facts["Conta refeita"].rsplit(" = ", 1)[1]
    assert again == facts["Valor guardado"]
    assert float(again.replace(",", ".")) == pytest.approx(over / under * 100)
    assert "não há contagens" in told(tables, "capag_endividamento", 2024)["Conta refeita"]


def test_what_stands_beside_is_the_publishers_or_is_called_a_median(tables: Tables) -> None:
    idhm = dict(
        passport.beside(tables, passport.value_of(tables, "idhm", GRANDE, 2010), tables.indicators["idhm"])
    )
    assert idhm["MS, do publicador"].startswith("0,729 (PNUD")
    assert idhm["Brasil, do publicador"].startswith("0,727")
    name = "capag_endividamento"
    row = passport.value_of(tables, name, GRANDE, 2024)
    [(head, text)] = passport.beside(tables, row, tables.indicators[name])
    assert head == "Mediana dos municípios" and "MS" not in head and "mediana" in text


def test_the_citation_follows_abnt(tables: Tables) -> None:
    row = passport.value_of(tables, "idhm", GRANDE, 2010)
    indicator = tables.indicators["idhm"]
    source = tables.declared_sources[indicator.source]
    said = passport.citation(
        row, indicator, source, "https://farol.example/passaporte?x=1", dt.date(2026, 5, 7)
    )
    assert said.split(". ")[0].isupper() and "(" not in said.split(". ")[0]
    assert "Campo Grande, 2010. In: FAROL MUNICIPAL. [S. l.: s. n.], 2026." in said
    assert said.endswith("Disponível em: https://farol.example/passaporte?x=1. Acesso em: 7 maio 2026.")


def test_revisions_are_told_newest_first_and_withdrawals_too(tables: Tables) -> None:
    indicator = tables.indicators["agua_atendimento"]
    found = [
        passports.Revision("2026-12-26", dt.date(2026, 12, 26), 34.7, 35.2),
        passports.Revision("2026-11-01", dt.date(2026, 11, 1), 34.0, None),
    ]
    assert passport.revised(found, indicator) == [
        "Revisado em 26/12/2026: era 34,7%, passou a 35,2% (edição 2026-12-26).",
        "Revisado em 01/11/2026: era 34,0%, deixou de constar (edição 2026-11-01).",
    ]
    assert passports.revisions(tables, "agua_atendimento", GRANDE, YEAR_END) == []
