"""Values of finance, work, income and people, read by hand in the publishers' files, and their traps."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

import duckdb
import pytest

from pipelines import declarations, raw_files
from pipelines.declarations import ROOT

CAMPO_GRANDE = "5002704"
FIGUEIRAO = "5003900"  # among the three smallest, and younger than the oldest series
PARAISO_DAS_AGUAS = "5006275"
DEODAPOLIS = "5003454"
FATIMA_DO_SUL = "5003801"
IVINHEMA = "5004700"
PARANHOS = "5006358"


def cell(con: duckdb.DuckDBPyConnection, indicator: str, code: str, period: str) -> tuple[Any, ...]:
    """Value, numerator, denominator and flag."""
    row = con.execute(
        """select value, numerator, denominator, flag from "values"
        where indicator = ? and municipality_code = ? and period = ?""",
        [indicator, code, period],
    ).fetchone()
    assert row is not None, (indicator, code, period)
    return row


def count(con: duckdb.DuckDBPyConnection, condition: str) -> int:
    row = con.execute(f'select count(*) from "values" where {condition}').fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("indicator", "code", "period", "value"),
    [
        # One file says 0.175393..., the other "18,08%": both arrive on the scale 0-100.
        ("capag_endividamento", CAMPO_GRANDE, "2023-12-31", 17.539381309132446),
        ("capag_endividamento", CAMPO_GRANDE, "2024-12-31", 18.08),
        ("capag_endividamento", FIGUEIRAO, "2024-12-31", 0.0),
        ("capag_poupanca_corrente", CAMPO_GRANDE, "2020-12-31", 96.0812490065636),
        ("capag_poupanca_corrente", FIGUEIRAO, "2024-12-31", 80.64),
        ("capag_liquidez_relativa", CAMPO_GRANDE, "2024-12-31", -5.28),
        ("capag_liquidez_relativa", FIGUEIRAO, "2023-12-31", 31.668189229214105),
        ("capag_indice_liquidez", CAMPO_GRANDE, "2022-12-31", 17.2767138723241),
        ("divida_consolidada_liquida", CAMPO_GRANDE, "2018-12-31", 2.26),
        ("divida_consolidada_liquida", FIGUEIRAO, "2018-12-31", -8.55),
        ("divida_consolidada_liquida", "5007505", "2018-12-31", -104.75),
        ("receita_corrente_por_habitante", CAMPO_GRANDE, "2022-12-31", 4730230248.58 / 898100),
        ("receita_corrente_por_habitante", FIGUEIRAO, "2021-12-31", 36856861.49 / 3066),
        ("despesa_capital_por_habitante", FIGUEIRAO, "2023-12-31", 9868699.47 / 3539),
        ("despesa_capital_participacao", CAMPO_GRANDE, "2023-12-31", 523932249.97 / 5611305871.01 * 100),
        ("despesa_corrente_receita_corrente", FIGUEIRAO, "2020-12-31", 28098667.99 / 37754580.48 * 100),
        ("gasto_educacao_por_matricula", CAMPO_GRANDE, "2023-12-31", 1020150400 / 110364),
        ("gasto_educacao_por_matricula", FIGUEIRAO, "2023-12-31", 8215823 / 464),
        ("gasto_saude_por_habitante", FIGUEIRAO, "2023-12-31", 10526194 / 3539),
        ("matriculas_rede_municipal", "5005103", "2023-12-31", 345),
        ("idsc_br", CAMPO_GRANDE, "2024-12-31", 53.4474815869038),
        ("idsc_br", FIGUEIRAO, "2024-12-31", 48.8925274334782),
        ("pib", CAMPO_GRANDE, "2023-12-31", 42269767537),
        ("pib", FIGUEIRAO, "2005-12-31", 37093479),
        ("pib_per_capita", CAMPO_GRANDE, "2022-12-31", 40478598373 / 898100),
        ("pib_per_capita", FIGUEIRAO, "2021-12-31", 142133312 / 3066),
        ("estoque_empregos_formais", CAMPO_GRANDE, "2025-02-28", 251033),
        ("estoque_empregos_formais", FIGUEIRAO, "2025-02-28", 624),
        ("saldo_empregos_formais", CAMPO_GRANDE, "2026-01-31", 410),
        ("saldo_empregos_formais", FIGUEIRAO, "2026-02-28", 47),
        ("saldo_empregos_por_mil", FIGUEIRAO, "2026-02-28", 47 / 3751 * 1000),
        ("idhm", CAMPO_GRANDE, "2010-12-31", 0.784),
        ("idhm_educacao", CAMPO_GRANDE, "2000-12-31", 0.548),
        ("idhm_longevidade", FIGUEIRAO, "2010-12-31", 0.83),
        ("idhm_renda", "5008404", "2010-12-31", 0.689),
        ("renda_per_capita", FIGUEIRAO, "2010-12-31", 541.93),
        ("indice_gini", CAMPO_GRANDE, "1991-12-31", 0.59),
        ("pobreza", FIGUEIRAO, "2010-12-31", 7.59),
        ("extrema_pobreza", CAMPO_GRANDE, "2010-12-31", 0.99),
        ("esperanca_vida", CAMPO_GRANDE, "2010-12-31", 75.62),
        ("domicilios_energia", FIGUEIRAO, "1991-12-31", 38.96),
        ("frequencia_creche", CAMPO_GRANDE, "2010-12-31", 29.81),
        ("frequencia_pre_escola", FIGUEIRAO, "2010-12-31", 60.63),
        ("taxa_alfabetizacao", CAMPO_GRANDE, "2022-12-31", 692545 / 713267 * 100),
        ("taxa_alfabetizacao", FIGUEIRAO, "2010-12-31", 1987 / 2224 * 100),
        ("pessoas_nao_alfabetizadas", FIGUEIRAO, "2022-12-31", 246),
        ("domicilios_internet", CAMPO_GRANDE, "2022-12-31", 299235 / 325824 * 100),
        ("domicilios_internet", FIGUEIRAO, "2022-12-31", 1141 / 1361 * 100),
        ("populacao", CAMPO_GRANDE, "2022-12-31", 898100),
        ("populacao", FIGUEIRAO, "2004-12-31", 2908),
        ("populacao", "5003702", "2022-12-31", 243367),
        ("densidade_demografica", "5008404", "2022-12-31", 6336 / 312.429),
        ("crescimento_populacional", CAMPO_GRANDE, "2022-12-31", ((898100 / 786797) ** (1 / 12) - 1) * 100),
        ("crescimento_populacional", FIGUEIRAO, "2022-12-31", ((3539 / 2928) ** (1 / 12) - 1) * 100),
    ],
)
def test_value_is_the_publishers(
    built: duckdb.DuckDBPyConnection, indicator: str, code: str, period: str, value: float
) -> None:
    assert cell(built, indicator, code, period)[0] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("indicator", "code", "period", "flag"),
    [
        ("capag_poupanca_corrente", CAMPO_GRANDE, "2022-12-31", "not_available"),
        ("capag_liquidez_relativa", "5000203", "2023-12-31", "not_available"),
        ("gasto_saude_por_habitante", DEODAPOLIS, "2023-12-31", "not_available"),
        ("pib", PARAISO_DAS_AGUAS, "2012-12-31", "not_in_existence"),
        ("pib_per_capita", FIGUEIRAO, "2004-12-31", "not_in_existence"),
        ("taxa_alfabetizacao", PARAISO_DAS_AGUAS, "2010-12-31", "not_in_existence"),
        ("idhm", PARAISO_DAS_AGUAS, "2010-12-31", "not_in_existence"),
        # The Atlas gives 0.0 for Figueirão in 2000, five years before it was a municipality.
        ("frequencia_creche", FIGUEIRAO, "2000-12-31", "not_in_existence"),
    ],
)
def test_missing_says_why_and_is_never_zero(
    built: duckdb.DuckDBPyConnection, indicator: str, code: str, period: str, flag: str
) -> None:
    assert cell(built, indicator, code, period) == (None, None, None, flag)


# --- Capag -------------------------------------------------------------------------------------------


def test_grades_are_places_among_those_published(built: duckdb.DuckDBPyConnection) -> None:
    grades = declarations.indicators()["capag_nota"].categories
    published = {
        ("5004304", "2024-12-31"): "A+",  # Iguatemi
        ("5006606", "2024-12-31"): "B+",  # Ponta Porã
        (CAMPO_GRANDE, "2024-12-31"): "C",
        (FIGUEIRAO, "2023-12-31"): "A",
        (FIGUEIRAO, "2020-12-31"): "B",
    }
    for (code, period), grade in published.items():
        assert grades[int(cell(built, "capag_nota", code, period)[0]) - 1] == grade


def test_47_of_the_79_are_graded_a_or_b_in_2024(built: duckdb.DuckDBPyConnection) -> None:
    grades = declarations.indicators()["capag_nota"].categories
    accepted = [grades.index(grade) + 1 for grade in ("A+", "A", "B+", "B")]
    base = "indicator = 'capag_nota' and period = date '2024-12-31'"
    assert count(built, f"{base} and value in {tuple(accepted)}") == 47


def test_not_eligible_and_not_available_are_no_grades(built: duckdb.DuckDBPyConnection) -> None:
    assert cell(built, "capag_nota", DEODAPOLIS, "2024-12-31") == (None, None, None, "not_eligible")
    assert cell(built, "capag_nota", "5000609", "2024-12-31") == (None, None, None, "not_available")
    base = "indicator = 'capag_nota' and period = date '2024-12-31'"
    assert count(built, f"{base} and flag = 'not_eligible'") == 4
    assert count(built, f"{base} and flag = 'not_available'") == 9
    # Four municipalities are absent from the file of 2022 besides its 18 'n.d.'.
    assert count(built, "indicator = 'capag_nota' and year = 2022 and flag = 'not_available'") == 22


def test_indicator_3_is_two_series_and_never_one(built: duckdb.DuckDBPyConnection) -> None:
    years = {
        name: {
            row[0]
            for row in built.execute(
                """select distinct year from "values" where indicator = ? and value is not null""", [name]
            ).fetchall()
        }
        for name in ("capag_indice_liquidez", "capag_liquidez_relativa")
    }
    assert years == {"capag_indice_liquidez": {2020, 2021, 2022}, "capag_liquidez_relativa": {2023, 2024}}
    declared = declarations.indicators()
    assert declared["capag_indice_liquidez"].better == "lower"
    assert declared["capag_liquidez_relativa"].better == "higher"
    assert "serie_encerrada" in declared["capag_indice_liquidez"].caveats


def test_negative_cash_and_ungraded_zeros_do_not_pass_for_the_best_liquidity(
    built: duckdb.DuckDBPyConnection,
) -> None:
    # The publisher grades -0.0763 (2020) and -0.2074 (2021) C, and zeros of unsent accounts not at all.
    assert count(built, "indicator = 'capag_indice_liquidez' and value < 0") == 0
    assert cell(built, "capag_indice_liquidez", "5000856", "2020-12-31")[0] is None
    assert count(built, "indicator = 'capag_indice_liquidez' and year = 2020 and value is not null") == 73


def test_information_quality_follows_the_published_letters(built: duckdb.DuckDBPyConnection) -> None:
    found = built.execute(
        """select value, count(*) from "values" where indicator = 'capag_icf' group by value order by value"""
    ).fetchall()
    assert found == [(1, 3), (2, 30), (3, 24), (4, 18), (5, 4)]


# --- CAUC --------------------------------------------------------------------------------------------


def test_cauc_counts_exclamation_marks_and_nothing_else(built: duckdb.DuckDBPyConnection) -> None:
    assert cell(built, "cauc_pendencias", "5003751", "2026-08-21")[0] == 12  # Eldorado
    assert cell(built, "cauc_pendencias", PARAISO_DAS_AGUAS, "2026-08-21")[0] == 2
    # One item switched off, all the others with a date.
    assert cell(built, "cauc_pendencias", "5000203", "2026-08-21")[0] == 0
    assert count(built, "indicator = 'cauc_pendencias' and value = 0") == 52
    assert count(built, "indicator = 'cauc_pendencias' and value > 0") == 27


# --- accounts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "year"), [(FATIMA_DO_SUL, 2022), (PARANHOS, 2022), (DEODAPOLIS, 2023), (IVINHEMA, 2023)]
)
def test_accounts_sent_in_part_are_left_out(built: duckdb.DuckDBPyConnection, code: str, year: int) -> None:
    for name, indicator in declarations.indicators().items():
        if indicator.source == "stn_dca":
            assert cell(built, name, code, f"{year}-12-31") == (None, None, None, "not_available")


def test_no_other_accounts_are_left_out(built: duckdb.DuckDBPyConnection) -> None:
    assert count(built, "indicator = 'receita_corrente_por_habitante' and value is null") == 4
    # A deficit that happened is no fault of the file: Corguinho spent 1.13 of its current revenue in 2023.
    assert cell(built, "despesa_corrente_receita_corrente", "5003108", "2023-12-31")[0] == pytest.approx(
        39790516.66 / 35324799.16 * 100
    )


def test_negative_net_debt_is_kept_and_negative_gross_debt_refused(built: duckdb.DuckDBPyConnection) -> None:
    assert count(built, "indicator = 'divida_consolidada_liquida' and value < 0") == 43
    refused = built.execute("""select "column", value from rejected where source = 'stn_rgf'""").fetchall()
    assert refused == [("dc_pct_rcl", "-0,06")]


# --- people ------------------------------------------------------------------------------------------


def test_2023_is_no_estimate_of_the_population(built: duckdb.DuckDBPyConnection) -> None:
    assert count(built, "indicator = 'populacao' and year = 2023") == 0
    assert count(built, "indicator = 'populacao' and year = 2025 and flag = 'estimated'") == 79
    counted = "indicator = 'populacao' and year in (2000, 2007, 2010, 2022)"
    assert count(built, f"{counted} and flag = 'estimated'") == 0


def test_rates_of_2023_divide_by_the_census_of_2022(built: duckdb.DuckDBPyConnection) -> None:
    assert cell(built, "pib_per_capita", CAMPO_GRANDE, "2023-12-31")[2] == 898100
    assert cell(built, "pib_per_capita", CAMPO_GRANDE, "2021-12-31")[2] == 916001


def test_municipalities_of_each_year(built: duckdb.DuckDBPyConnection) -> None:
    found = dict(
        built.execute(
            """select year, count(value) from "values" where indicator = 'populacao' group by year"""
        ).fetchall()
    )
    assert {found[year] for year in (2000, 2001, 2002, 2003)} == {77}
    assert {found[year] for year in range(2004, 2012)} == {78}
    assert {found[year] for year in (*range(2012, 2023), 2024, 2025)} == {79}


def test_growth_is_silent_where_the_land_was_divided(built: duckdb.DuckDBPyConnection) -> None:
    silent = built.execute(
        """select municipality_code, year from "values" where indicator = 'crescimento_populacional'
        and value is null order by all"""
    ).fetchall()
    assert silent == [
        ("5000203", 2022),
        ("5002605", 2010),
        ("5002951", 2022),
        ("5003256", 2010),
        ("5003256", 2022),
        (FIGUEIRAO, 2010),
        (PARAISO_DAS_AGUAS, 2010),
        (PARAISO_DAS_AGUAS, 2022),
    ]


def test_the_state_is_the_sum_of_its_municipalities(built: duckdb.DuckDBPyConnection) -> None:
    def state(indicator: str, period: str) -> tuple[Any, ...]:
        row = built.execute(
            """select value, method, municipalities_with_data from aggregates
            where scope = 'state' and indicator = ? and period = ?""",
            [indicator, period],
        ).fetchone()
        assert row is not None
        return row

    assert state("populacao", "2022-12-31") == (2757013, "sum", 79)
    literacy = state("taxa_alfabetizacao", "2022-12-31")
    assert round(100 - literacy[0], 2) == 5.39
    assert literacy[1:] == ("ratio", 79)
    assert state("densidade_demografica", "2022-12-31")[0] == pytest.approx(2757013 / 357142.081)
    assert state("pib_participacao", "2023-12-31")[0] == pytest.approx(100)
    assert state("idhm", "2010-12-31")[1:] == ("median", 78)


def test_jobs_divide_by_the_population_the_publisher_uses(built: duckdb.DuckDBPyConnection) -> None:
    # "26,30%", "16,82%" and "60,07%" in the publisher's file, whose thousands carry a dot ("251.033").
    for code, share in ((CAMPO_GRANDE, 26.30), (FIGUEIRAO, 16.82), ("5000856", 60.07)):
        value, jobs, people, flag = cell(built, "empregos_formais_por_habitante", code, "2025-02-28")
        assert round(value, 2) == share
        assert flag is None
        assert value == jobs / people * 100


def test_balance_is_admissions_less_dismissals_and_may_be_negative(built: duckdb.DuckDBPyConnection) -> None:
    periods = built.execute(
        """select distinct period from "values" where indicator = 'saldo_empregos_formais' order by period"""
    ).fetchall()
    assert periods == [(dt.date(2026, 1, 31),), (dt.date(2026, 2, 28),), (dt.date(2026, 3, 31),)]
    total = built.execute(
        """select sum(value) from "values"
        where indicator = 'saldo_empregos_formais' and period = '2026-01-31'"""
    ).fetchone()
    assert total == (37353 - 33417,)
    assert count(built, "indicator = 'saldo_empregos_formais' and value < 0") > 0


# --- registry ----------------------------------------------------------------------------------------


def test_regions_carry_whether_they_were_confirmed(built: duckdb.DuckDBPyConnection) -> None:
    found = built.execute(
        "select planning_region_confirmed, count(*) from municipalities group by all order by all"
    ).fetchall()
    assert found == [(False, 41), (True, 38)]
    area = built.execute("select round(sum(area_km2), 3) from municipalities").fetchone()
    assert area == (357142.081,)


# --- declarations ------------------------------------------------------------------------------------


def test_canon_has_the_85_recognised_indicators_and_no_working_notes() -> None:
    text = (declarations.HERE / "canon.toml").read_text("utf-8")
    assert len(tomllib.loads(text)) == len(declarations.canon()) == 85
    assert "conferir" not in text.lower()


def test_every_canon_code_declared_by_an_indicator_exists() -> None:
    known = {entry.code for entry in declarations.canon()}
    for name, indicator in declarations.indicators().items():
        assert {*indicator.canon, *indicator.canon_partly} <= known, name
        assert not set(indicator.canon) & set(indicator.canon_partly), name


@pytest.mark.parametrize(
    ("code", "indicators"),
    [
        ("FIN10", {"despesa_capital_participacao", "despesa_capital_por_habitante"}),
        ("SEG03", {"feminicidios"}),
    ],
)
def test_what_there_is_of_a_recognised_indicator_counts_in_part(code: str, indicators: set[str]) -> None:
    partly = {name: item for name, item in declarations.indicators().items() if code in item.canon_partly}
    assert set(partly) == indicators
    assert all(" e não " in item.canon_lacks for item in partly.values())


def test_raw_files_keep_the_publishers_text() -> None:
    lines = (ROOT / "data/raw/stn_finbra/values.csv").read_text("utf-8").splitlines()
    assert '5002704,2023,110364,"1.020.150.400,0","1.672.338.560,0"' in lines
    capag = raw_files.content("stn_capag", ROOT / "data/raw/stn_capag/values.csv.gz").decode()
    assert '5002704,2024,C,,"18,08%",A,,"98,70%",C,,"-5,28%",C,Bicf' in capag


def test_a_share_of_the_state_is_left_out_where_a_municipality_is_missing(
    built: duckdb.DuckDBPyConnection,
) -> None:
    sql = (declarations.HERE / "indicators" / "pib_participacao.sql").read_text("utf-8")
    con = duckdb.connect()
    con.execute("create schema source")
    con.execute(
        """create table source.ibge_pib as select * from (values
        ('5000001', 2020, 60.0), ('5000002', 2020, 40.0), ('5000003', 2020, null),
        ('5000001', 2021, 50.0), ('5000003', 2021, 50.0),
        ('5000001', 2022, 50.0), ('5000002', 2022, 25.0), ('5000003', 2022, 25.0))
        t(municipality_code, period, gdp)"""
    )
    shares = con.execute(f"select municipality_code, period, value from ({sql}) order by all").fetchall()
    # In 2020 the third did not have a value yet; in 2021 the second is missing.
    assert shares == [
        ("5000001", 2020, 60.0),
        ("5000001", 2022, 50.0),
        ("5000002", 2020, 40.0),
        ("5000002", 2022, 25.0),
        ("5000003", 2022, 25.0),
    ]
    [(total,)] = built.execute(
        "select sum(value) from \"values\" where indicator = 'pib_participacao' and year = 2021"
    ).fetchall()
    assert total == pytest.approx(100)
