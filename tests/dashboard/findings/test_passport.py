"""The passport of a number in words: the reckoning, what stands beside, revisions, the citation."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import duckdb
import pytest

from dashboard.findings import passport
from dashboard.tables import Tables
from pipelines import serving
from pipelines.declarations import Config

GRANDE = "5002704"


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
    [(head, text), (_, none)] = passport.beside(tables, row, tables.indicators[name])
    assert none == "nenhum valor do estado neste período"
    assert head == "Mediana dos municípios" and "MS" not in head and "mediana" in text


def test_the_citation_follows_abnt(tables: Tables) -> None:
    row = passport.value_of(tables, "idhm", GRANDE, 2010)
    indicator = tables.indicators["idhm"]
    said = passport.citation(
        tables, row, indicator, "https://farol.example/passaporte?x=1", dt.date(2026, 5, 7)
    )
    assert f". Edição: {tables.declared_sources[indicator.source].edition}. " in said
    assert said.split(". ")[0].isupper() and "(" not in said.split(". ")[0]
    assert "Campo Grande, 2010. In: FAROL MUNICIPAL. [S. l.: s. n.], 2026." in said
    assert said.endswith("Disponível em: https://farol.example/passaporte?x=1. Acesso em: 7 maio 2026.")


def test_revisions_are_told_newest_first_and_withdrawals_too(
    tables: Tables, config: Config, tmp_path: Path
) -> None:
    row = passport.value_of(tables, "agua_atendimento", GRANDE, 2022)
    indicator = tables.indicators["agua_atendimento"]
    assert passport.revised(tables, row, indicator) == []
    # Without the file that pages ask, which says what the tables said before.
    shutil.copytree(config.processed, tmp_path / "revised", ignore=shutil.ignore_patterns(serving.FILE))
    with duckdb.connect() as con:
        con.execute("create table r as from read_parquet(?)", [str(config.processed / "revisions.parquet")])
        for code, period, label, kind, after in (
            (GRANDE, "2022-12-31", "2026-11-20", "revised", 35.2),
            (GRANDE, "2022-12-31", "2026-11-01", "withdrawn", None),
            (GRANDE, "2021-12-31", "2026-11-20", "revised", 1.0),
            ("5003207", "2022-12-31", "2026-11-20", "revised", 1.0),
        ):
            con.execute(
                """insert into r by name select 'agua_atendimento' as indicator, ? as municipality_code,
                ?::date as period, 'snis' as source, ? as label, ?::date as revised_at, ? as kind, 34.7 as "before",
                ?::double as "after" """,
                [code, period, label, label, kind, after],
            )
        con.execute("copy r to '" + str(tmp_path / "revised" / "revisions.parquet") + "' (format parquet)")
    assert passport.revised(Tables(tmp_path / "revised"), row, indicator) == [
        "Revisado em 11/2026: era 34,7%, passou a 35,2% (edição 2026-11-20).",
        "Retirado em 11/2026: era 34,7% (edição 2026-11-01).",
    ]
