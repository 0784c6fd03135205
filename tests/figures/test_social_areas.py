"""Health, education, sanitation, safety and social assistance: values read by hand in the publishers' files,
and the places where those files mislead."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict

import duckdb
import pytest

from pipelines import raw_files
from pipelines.declarations import ROOT, indicators

Connection = duckdb.DuckDBPyConnection
MISSING = (None, None, None, "not_available")
ABSENT = (None, None, None, "not_in_existence")

CAMPO_GRANDE = "5002704"
CORGUINHO = "5003108"
DOURADOS = "5003702"
FIGUEIRAO = "5003900"
PARAISO_DAS_AGUAS = "5006275"

SOURCES = (
    "inep_ideb", "inep_ideb_componentes", "inep_alfabetizacao", "inep_alfabetizacao_metas", "inep_docentes",
    "ipea_homicidios", "mjsp_sinesp", "snis", "datasus_mortalidade", "datasus_sinasc", "datasus_icsap",
    "datasus_dengue", "ms_aps", "ms_vacinas", "ms_sisvan", "mds_cadunico", "mds_pobreza",
    "sinisa_agua", "sinisa_esgoto", "ibge_esgotamento", "ms_siops",
)  # fmt: skip


def cell(
    built: Connection, indicator: str, code: str, period: str
) -> tuple[float | None, float | None, float | None, str | None]:
    """Value, numerator, denominator and flag; `period` is a year or a date."""
    date = period if "-" in period else f"{period}-12-31"
    row = built.execute(
        'select value, numerator, denominator, flag from "values" '
        "where indicator = ? and municipality_code = ? and period = ?",
        [indicator, code, date],
    ).fetchone()
    assert row is not None, f"{indicator} has no row for {code} in {date}"
    return row


def years(built: Connection, indicator: str) -> list[int]:
    rows = built.execute(
        'select distinct year from "values" where indicator = ? order by 1', [indicator]
    ).fetchall()
    return [row[0] for row in rows]


def count(built: Connection, condition: str) -> int:
    row = built.execute(f'select count(*) from "values" where {condition}').fetchone()
    assert row is not None
    return int(row[0])


def raw(source: str) -> list[dict[str, str]]:
    """The rows of Mato Grosso do Sul in the raw file of a source."""
    data = raw_files.content(source, raw_files.raw_path(ROOT / "data" / "raw" / source))
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
    return [row for row in rows if row["municipality_code"].startswith("50")]


# Each value as it stands in the publisher's file (percentages and counts), read by eye.
@pytest.mark.parametrize(
    ("indicator", "code", "period", "expected"),
    [
        ("ideb_anos_iniciais_publica", CAMPO_GRANDE, "2007", 4.9),
        ("ideb_anos_iniciais_municipal", CAMPO_GRANDE, "2007", 5.1),
        ("ideb_anos_iniciais_municipal", CAMPO_GRANDE, "2023", 5.3),
        ("ideb_anos_iniciais_publica", CORGUINHO, "2021", 4.7),
        ("ideb_anos_iniciais_municipal", CORGUINHO, "2023", 5.2),
        ("ideb_anos_iniciais_publica", CAMPO_GRANDE, "2025", 5.7),
        ("ideb_anos_finais_publica", CAMPO_GRANDE, "2025", 4.9),
        ("ideb_ensino_medio_publica", CAMPO_GRANDE, "2025", 4.2),
        ("ideb_anos_finais_publica", CAMPO_GRANDE, "2023", 4.8),
        ("ideb_anos_finais_publica", CORGUINHO, "2011", 2.7),
        ("ideb_anos_finais_municipal", CORGUINHO, "2009", 3.7),
        ("ideb_ensino_medio_publica", CAMPO_GRANDE, "2021", 4.0),
        ("ideb_ensino_medio_publica", CORGUINHO, "2017", 4.4),
        ("crianca_alfabetizada_municipal", CAMPO_GRANDE, "2023", 41.61),
        ("crianca_alfabetizada_municipal", CORGUINHO, "2024", 58.66),
        ("crianca_alfabetizada_municipal", CAMPO_GRANDE, "2025", 64),
        ("crianca_alfabetizada_publica", CAMPO_GRANDE, "2024", 51.59),
        ("proficiencia_alfabetizacao_municipal", CAMPO_GRANDE, "2023", 726.7477),
        ("participacao_alfabetizacao_municipal", CORGUINHO, "2024", 98.55),
        ("aprovacao_anos_iniciais_publica", CORGUINHO, "2021", 89.3),
        ("aprovacao_ensino_medio_publica", CAMPO_GRANDE, "2021", 83.0),
        ("saeb_matematica_anos_iniciais_publica", CAMPO_GRANDE, "2021", 205.25),
        ("saeb_portugues_anos_finais_publica", CAMPO_GRANDE, "2021", 260.67),
        ("docentes_regularidade_alta", CAMPO_GRANDE, "2022", 0.0),
        ("docentes_regularidade_acima_de_3", CAMPO_GRANDE, "2022", 25.2),
        ("docentes_regularidade_acima_de_3", CORGUINHO, "2022", 66.7),
        ("agua_atendimento_sinisa", CAMPO_GRANDE, "2023", 97.41),
        ("agua_atendimento_sinisa", DOURADOS, "2023", 91.41),
        ("agua_perdas_sinisa", CAMPO_GRANDE, "2023", 39.76),
        ("esgoto_atendimento_sinisa", CAMPO_GRANDE, "2023", 87.64),
        ("esgoto_atendimento_sinisa", DOURADOS, "2023", 81.19),
        ("esgoto_tratamento_sinisa", CAMPO_GRANDE, "2023", 61.26),
        ("esgoto_tratado_do_coletado", CAMPO_GRANDE, "2023", 100),
        ("agua_atendimento", CORGUINHO, "2022", 96.26),
        ("agua_atendimento_urbano", CORGUINHO, "2021", 98.3),
        ("agua_perdas", CAMPO_GRANDE, "2022", 19.8),
        ("esgoto_atendimento", CAMPO_GRANDE, "2020", 87.17),
        ("esgoto_atendimento", CORGUINHO, "2022", 27.18),
        ("esgoto_tratamento", CORGUINHO, "2022", 6.59),
        ("coleta_residuos", CORGUINHO, "2021", 37.35),
        ("coleta_porta_a_porta", CAMPO_GRANDE, "2021", 98.01),
        ("residuos_reciclaveis", CAMPO_GRANDE, "2022", 0.79),
        ("homicidios_taxa", CAMPO_GRANDE, "2019", 12.61),
        ("homicidios_taxa", CORGUINHO, "2019", 16.82),
        ("homicidios_dolosos", CAMPO_GRANDE, "2024", 130),
        ("feminicidios", CAMPO_GRANDE, "2024", 11),
        ("tentativas_homicidio", CORGUINHO, "2023", 3),
        ("nascidos_vivos", CAMPO_GRANDE, "1996", 13984),
        ("prenatal_sete_consultas", CAMPO_GRANDE, "2022", 72.05),
        ("prenatal_sete_consultas", CORGUINHO, "2021", 55.56),
        ("baixo_peso_ao_nascer", CORGUINHO, "2022", 21.43),
        ("prematuridade", CAMPO_GRANDE, "2021", 9.43),
        ("cobertura_aps", CAMPO_GRANDE, "2026-04-30", 83.36),
        ("vacina_bcg", CORGUINHO, "2023", 63.41463414634146),
        ("vacina_polio_injetavel", CAMPO_GRANDE, "2024", 80.26677128285603),
        ("cadunico_atualizacao", CAMPO_GRANDE, "2015", 59.91),
        ("cadunico_atualizacao", CORGUINHO, "2023", 73.34),
        ("pobreza_populacao", CAMPO_GRANDE, "2025-03-31", 13.88),
        ("pobreza_populacao", CORGUINHO, "2025-03-31", 18.41),
        ("cadunico_populacao", CORGUINHO, "2025-03-31", 48.80),
    ],
)
def test_values_read_in_the_publishers_files(
    built: Connection, indicator: str, code: str, period: str, expected: float
) -> None:
    value, _, _, _ = cell(built, indicator, code, period)
    assert value == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("indicator", "code", "year", "numerator", "denominator", "multiplier"),
    [
        ("mortalidade_infantil", CAMPO_GRANDE, "2023", 138, 11918, 1000),
        ("mortalidade_infantil", CORGUINHO, "2022", 1, 28, 1000),
        ("domicilios_sem_banheiro", CAMPO_GRANDE, "2022", 35, 325840, 100),
        ("domicilios_fossa_rudimentar", "5000203", "2022", 4382, 5613, 100),
        # Água Clara, divided by the census that IBGE repeats in 2023.
        ("saude_despesa_por_habitante", "5000203", "2023", 43775213.85, 16741, 1),
        ("aps_despesa_por_habitante", "5000203", "2023", 20658605.74, 16741, 1),
        ("internacoes_icsap", CAMPO_GRANDE, "2024", 10422, 65521, 100),
        ("internacoes_icsap_taxa", CORGUINHO, "2024", 49, 4893, 100000),
        ("dengue_incidencia", CAMPO_GRANDE, "2018", 1472, 885711, 100000),
        ("dengue_casos_graves", CORGUINHO, "2024", 1, 4893, 100000),
        ("cadunico_familias_pobreza", CAMPO_GRANDE, "2023", 57721, 144545, 100),
        ("cadunico_familias_ate_meio_sm", CORGUINHO, "2019", 486, 726, 100),
    ],
)
def test_counts_read_in_the_publishers_files(
    built: Connection,
    indicator: str,
    code: str,
    year: str,
    numerator: float,
    denominator: float,
    multiplier: float,
) -> None:
    value, above, below, _ = cell(built, indicator, code, year)
    assert (above, below) == (numerator, denominator)
    assert value == pytest.approx(numerator / denominator * multiplier)


def test_nothing_of_these_sources_is_refused(built: Connection) -> None:
    refused = built.execute(
        'select source, line, "column", value, reason from rejected where list_contains(?, source)',
        [list(SOURCES)],
    ).fetchall()
    assert refused == []


# --- infant mortality --------------------------------------------------------------------------------


def test_zeros_before_a_municipality_existed_are_no_births(built: Connection) -> None:
    for indicator in ("mortalidade_infantil", "nascidos_vivos"):
        assert cell(built, indicator, PARAISO_DAS_AGUAS, "2012") == ABSENT
        assert cell(built, indicator, FIGUEIRAO, "2004") == ABSENT
    # From then on a year without deaths is an observation: 31 births, no death.
    assert cell(built, "mortalidade_infantil", PARAISO_DAS_AGUAS, "2013") == (0.0, 0.0, 31.0, None)
    assert cell(built, "mortalidade_infantil", FIGUEIRAO, "2005")[1:3] == (1.0, 14.0)


def test_three_years_are_pooled_and_all_three_are_needed(built: Connection) -> None:
    value, deaths, births, flag = cell(built, "mortalidade_infantil_trienal", CORGUINHO, "2022")
    assert (deaths, births, flag) == (1, 39 + 18 + 28, None)
    assert value == pytest.approx(1 / 85 * 1000)
    assert years(built, "mortalidade_infantil_trienal")[0] == 1998
    # Paraíso das Águas exists since 2013: its first three years end in 2015.
    for year in ("2013", "2014"):
        assert cell(built, "mortalidade_infantil_trienal", PARAISO_DAS_AGUAS, year) == MISSING
    assert cell(built, "mortalidade_infantil_trienal", PARAISO_DAS_AGUAS, "2015")[1:3] == (0, 31 + 31 + 39)
    assert cell(built, "mortalidade_infantil_trienal", FIGUEIRAO, "2007")[1:3] == (2, 14 + 32 + 35)


def test_the_preliminary_year_is_marked_alone_and_inside_the_three_years(built: Connection) -> None:
    infant = ("mortalidade_infantil", "mortalidade_infantil_trienal", "nascidos_vivos")
    for indicator in (*infant, "dengue_incidencia"):
        assert cell(built, indicator, CAMPO_GRANDE, "2024")[3] == "provisional"
        assert cell(built, indicator, CAMPO_GRANDE, "2023")[3] is None


def test_births_of_both_datasus_tables_agree() -> None:
    births = {
        (row["municipality_code"], row["period"]): row["nascidos_vivos"] for row in raw("datasus_mortalidade")
    }
    rows = raw("datasus_sinasc")
    assert len(rows) == 158
    assert all(births[row["municipality_code"], row["period"]] == row["nascidos"] for row in rows)


def test_shares_published_without_their_counts_get_no_made_up_numerator(built: Connection) -> None:
    for indicator in ("prenatal_sete_consultas", "agua_atendimento", "esgoto_atendimento", "cobertura_aps"):
        assert count(built, f"indicator = '{indicator}' and numerator is not null") == 0
    assert cell(built, "prenatal_sete_consultas", CORGUINHO, "2022") == (39.29, None, 28, None)


# --- other health ------------------------------------------------------------------------------------


def test_vaccine_fractions_become_percentages_and_keep_what_passes_100(built: Connection) -> None:
    vaccines = [name for name in indicators() if name.startswith("vacina_")]
    assert len(vaccines) == 13
    for name in vaccines:
        assert count(built, f"indicator = '{name}' and value is not null") == 158
        assert count(built, f"indicator = '{name}' and value > 100") > 0
        assert "pode_passar_de_100" in indicators()[name].caveats
    row = built.execute(
        "select max(value) from \"values\" where indicator = 'vacina_triplice_viral_d1'"
    ).fetchone()
    assert row is not None
    assert row[0] == pytest.approx(273.6842105)
    # Campo Grande: 0.8707 as published is 87.07%, not 0.87%.
    assert cell(built, "vacina_penta", CAMPO_GRANDE, "2023")[0] == pytest.approx(87.0699781842591)


def test_primary_care_coverage_above_100_is_kept_as_published(built: Connection) -> None:
    assert cell(built, "cobertura_aps", CORGUINHO, "2026-04-30") == (214.63, None, 4892, None)
    assert "capacidade" in indicators()["cobertura_aps"].caveats
    # The publisher cuts to two decimals (802,716 / 962,883 = 83.366%): recomputing changes the figure.
    for row in raw("ms_aps"):
        exact = int(row["qtCapacidadeEquipe"]) / int(row["qtPopulacao"]) * 100
        assert float(row["qtCobertura"]) == pytest.approx(math.floor(exact * 100 + 1e-6) / 100)


@pytest.mark.parametrize("indicator", ["cvli_taxa", "dengue_incidencia", "dengue_casos_graves"])
def test_a_jump_of_the_divisor_is_a_declared_break(built: Connection, indicator: str) -> None:
    jumps = built.execute(
        """select year from (
            select year, bool_or(break_before) as told, sum(denominator) as people,
                lag(sum(denominator)) over (order by year) as before
            from "values" where indicator = ? and municipality_code not in (
                select municipality_code from "values" where indicator = ? and year >= 2021 and value is null)
            group by year
        ) where year > 2021 and abs(people / before - 1) > 0.015 and not told""",
        [indicator, indicator],
    ).fetchall()
    assert jumps == []
    last = built.execute(
        'select max(year) from "values" where indicator = ? and break_before', [indicator]
    ).fetchall()
    assert last == [(2024,)]


def test_a_year_without_a_dengue_row_is_missing_not_zero(built: Connection) -> None:
    for code, year in ((CORGUINHO, "2021"), ("5000708", "2018"), ("5004007", "2017"), ("5004007", "2018")):
        for indicator in ("dengue_incidencia", "dengue_casos_graves"):
            assert cell(built, indicator, code, year) == MISSING
    assert count(built, "indicator = 'dengue_incidencia' and value is null") == 14
    assert count(built, "indicator = 'dengue_incidencia' and value = 0") == 0


@pytest.mark.parametrize(
    ("indicator", "source", "column", "tolerance"),
    [
        ("dengue_incidencia", "datasus_dengue", "incidencia_100k", 0.0501),
        ("internacoes_icsap", "datasus_icsap", "pct_icsap", 0.00501),
        ("internacoes_icsap_taxa", "datasus_icsap", "icsap_100k", 0.0501),
    ],
)
def test_recomputed_rates_agree_with_the_published_ones(
    built: Connection, indicator: str, source: str, column: str, tolerance: float
) -> None:
    query = 'select municipality_code, year, value from "values" where indicator = ? and value is not null'
    found = built.execute(query, [indicator]).fetchall()
    computed = {(code[:6], str(year)): value for code, year, value in found}
    rows = raw(source)
    assert len(computed) == len(rows)
    for row in rows:
        value = computed[row["municipality_code"], row["period"]]
        assert value == pytest.approx(float(row[column]), abs=tolerance)


def test_sisvan_thousands_and_categories_by_phase(built: Connection) -> None:
    # 2.202 + 1.238 of 29.684: overweight and obesity; the risk of overweight (5.710) stays out before five.
    assert cell(built, "excesso_peso_0_a_5", CAMPO_GRANDE, "2024")[1:3] == (2202 + 1238, 29684)
    # From five on, overweight is already the fourth category.
    assert cell(built, "excesso_peso_5_a_10", CAMPO_GRANDE, "2024")[1:3] == (3685 + 2118 + 1214, 24596)
    assert cell(built, "excesso_peso_adolescentes", CORGUINHO, "2024")[1:3] == (35 + 24 + 9, 149)
    assert cell(built, "magreza_0_a_5", CORGUINHO, "2024")[1:3] == (2 + 7, 162)


def test_sisvan_counts_give_the_published_percentages(built: Connection) -> None:
    phases = {"0_ate_5": "0_a_5", "5_ate_10": "5_a_10", "adolescente": "adolescentes"}
    found = built.execute(
        'select indicator, municipality_code, year, value from "values" '
        "where starts_with(indicator, 'magreza_')"
    ).fetchall()
    computed = {(indicator, code, str(year)): value for indicator, code, year, value in found}
    for row in raw("ms_sisvan"):
        value = computed[f"magreza_{phases[row['phase']]}", row["municipality_code"], row["period"]]
        if row["total"] == "0":
            # Nobody was weighed: no share exists, and 0% would be the best value of the state.
            assert value is None
            continue
        published = [row[f"cat{place}_percentual"] for place in (1, 2)]
        # In this report the dash stands for a true zero: the count beside it is 0.
        expected = sum(0 if text == "-" else float(text.rstrip("%")) for text in published)
        assert value == pytest.approx(expected, abs=0.011)


def test_nobody_followed_is_no_zero(built: Connection) -> None:
    # Coxim weighed no child of 5 to 10 in 2020.
    assert cell(built, "excesso_peso_5_a_10", "5003306", "2020") == MISSING


# --- education ---------------------------------------------------------------------------------------


def test_the_dash_of_ideb_is_missing(built: Connection) -> None:
    assert cell(built, "ideb_anos_iniciais_publica", FIGUEIRAO, "2021") == MISSING
    assert cell(built, "ideb_anos_finais_publica", CORGUINHO, "2021") == MISSING
    assert count(built, "starts_with(indicator, 'ideb_') and value = 0") == 0
    assert count(built, "indicator = 'ideb_anos_finais_publica' and year = 2021 and value is not null") == 61


def test_networks_of_ideb_are_different_series(built: Connection) -> None:
    # 2023 of the public network is in no copy: it is a gap, and is not filled from another network.
    assert years(built, "ideb_anos_iniciais_publica") == [*range(2005, 2022, 2), 2025]
    assert years(built, "ideb_anos_iniciais_municipal") == [2005, 2007, 2009, 2011, 2019, 2021, 2023]


def test_ideb_of_the_workbook_of_2021_agrees_with_the_series() -> None:
    series = {
        (row["municipality_code"], row["stage"], row["network"]): row["VL_OBSERVADO"]
        for row in raw("inep_ideb")
        if row["period"] == "2021"
    }
    compared = 0
    for row in raw("inep_ideb_componentes"):
        other = series.get((row["municipality_code"], row["stage"], row["network"]), "-")
        if "-" not in (row["VL_OBSERVADO"], other):
            assert float(row["VL_OBSERVADO"]) == float(other)
            compared += 1
    assert compared == 331 + 52


def test_too_few_pupils_to_publish_is_missing(built: Connection) -> None:
    # Corguinho, final years: approval published, scores "ND".
    assert cell(built, "aprovacao_anos_finais_publica", CORGUINHO, "2021")[0] == 86.7
    assert cell(built, "saeb_matematica_anos_finais_publica", CORGUINHO, "2021") == MISSING


def test_both_editions_of_the_literacy_targets_say_the_same() -> None:
    targets: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in raw("inep_alfabetizacao_metas"):
        targets[row["municipality_code"]][row["period"]] = [
            row[f"meta_alfabetizacao_{year}"] for year in range(2024, 2031)
        ]
    assert len(targets) == 79
    assert all(editions["2023"] == editions["2024"] for editions in targets.values())
    assert targets[CAMPO_GRANDE]["2023"] == ["47.69", "53.84", "59.88", "65.63", "70.96", "75.77", "80"]


def test_literacy_comes_from_the_results_not_from_the_rounded_copy_beside_the_targets(
    built: Connection,
) -> None:
    rows = raw("inep_alfabetizacao_metas")
    beside = [row for row in rows if row["municipality_code"] == CAMPO_GRANDE and row["period"] == "2023"]
    assert [row["taxa_alfabetizacao"] for row in beside] == ["41.6"]
    assert cell(built, "crianca_alfabetizada_municipal", CAMPO_GRANDE, "2023")[0] == 41.61


# --- sanitation --------------------------------------------------------------------------------------


def test_sewage_never_answered_against_zero_percent(built: Connection) -> None:
    # Água Clara answered about water and never about sewage.
    for year in ("2020", "2021", "2022"):
        assert cell(built, "agua_atendimento", "5000203", year)[0] is not None
        for indicator in ("esgoto_atendimento", "esgoto_tratamento"):
            assert cell(built, indicator, "5000203", year) == MISSING
    # Aral Moreira collects sewage and did answer that none was treated in 2020.
    assert cell(built, "esgoto_tratamento", "5001243", "2020")[0] == 0
    assert count(built, "indicator = 'esgoto_atendimento' and value is null") == 3 * 14
    assert count(built, "indicator = 'esgoto_atendimento' and value = 0") == 0


def test_an_unanswered_form_has_no_indicator_at_all(built: Connection) -> None:
    # Rochedo left the water form of 2021 blank, and answered the one on waste.
    for indicator in ("agua_atendimento", "agua_perdas", "agua_atendimento_urbano"):
        assert cell(built, indicator, "5007505", "2021") == MISSING
    assert cell(built, "coleta_residuos", "5007505", "2021")[0] == 58.63
    # The copy has no urban water in 2022 for anyone, so there is no such year.
    assert years(built, "agua_atendimento_urbano") == [2020, 2021]


def test_sinisa_and_snis_are_different_series_and_silence_is_no_zero(built: Connection) -> None:
    assert years(built, "agua_atendimento_sinisa") == [2023]
    assert years(built, "agua_atendimento")[-1] == 2022
    assert count(built, "indicator = 'esgoto_atendimento_sinisa' and flag = 'not_available'") == 79 - 65
    assert (
        count(built, "ends_with(indicator, '_sinisa') and indicator != 'agua_perdas_sinisa' and value = 0")
        == 0
    )
    # The workbook has no populations: whoever is lacking is counted on IBGE's, and nobody served is made up.
    assert cell(built, "agua_atendimento_sinisa", CAMPO_GRANDE, "2023")[1:3] == (None, 898100)


def test_the_population_of_the_census_breaks_water_and_sewage_in_2022(built: Connection) -> None:
    broken = built.execute(
        """select distinct indicator, year from "values" join indicators using (indicator)
        where source = 'snis' and break_before order by all"""
    ).fetchall()
    assert broken == [("agua_atendimento", 2022), ("esgoto_atendimento", 2022)]


def test_literacy_of_2025_is_whole_per_cents_of_the_municipal_network(built: Connection) -> None:
    assert years(built, "crianca_alfabetizada_municipal") == [2023, 2024, 2025]
    assert years(built, "crianca_alfabetizada_publica") == [2023, 2024]
    assert (
        count(built, "indicator = 'crianca_alfabetizada_municipal' and year = 2025 and value = floor(value)")
        == 79
    )
    assert count(built, "indicator = 'proficiencia_alfabetizacao_municipal' and year = 2025") == 0


def test_the_ended_series_says_so() -> None:
    of_snis = [item for item in indicators().values() if item.source == "snis" and item.area == "saneamento"]
    assert len(of_snis) >= 8
    assert all({"serie_encerrada", "autodeclarado"} <= set(item.caveats) for item in of_snis)


# --- safety ------------------------------------------------------------------------------------------


def test_homicide_zeros_before_a_municipality_existed_are_false(built: Connection) -> None:
    assert cell(built, "homicidios_taxa", PARAISO_DAS_AGUAS, "2012") == ABSENT
    assert cell(built, "homicidios_taxa", FIGUEIRAO, "2004") == ABSENT
    # Paraíso das Águas exists in 2013, and that zero is an observation.
    assert cell(built, "homicidios_taxa", PARAISO_DAS_AGUAS, "2013") == (0.0, None, None, None)
    assert count(built, "indicator = 'homicidios_taxa' and flag = 'not_in_existence'") == 13 + 5


def test_victims_unfinished_years(built: Connection) -> None:
    for indicator in ("homicidios_dolosos", "feminicidios", "tentativas_homicidio", "cvli_taxa"):
        assert years(built, indicator) == list(range(2015, 2026))
        unmarked = f"indicator = '{indicator}' and year = 2025 and flag is distinct from 'provisional'"
        assert count(built, unmarked) == 0
        assert "zero_nao_comprovado" in indicators()[indicator].caveats
        assert "agregado_por_terceiros" in indicators()[indicator].caveats


def test_violent_deaths_are_four_kinds_over_the_population_of_the_year(built: Connection) -> None:
    value, victims, population, flag = cell(built, "cvli_taxa", CAMPO_GRANDE, "2024")
    assert (victims, population, flag) == (130 + 11 + 3 + 3, 954537, None)
    assert value == pytest.approx(147 / 954537 * 100000)
    # IBGE made no estimate for 2023: the census of 2022 stands in, as the note says.
    assert cell(built, "cvli_taxa", CAMPO_GRANDE, "2023")[1:] == (126 + 8 + 1 + 7, 898100, None)


def test_feminicide_is_not_inside_intentional_homicide(built: Connection) -> None:
    # Otherwise adding them would count victims twice. Batayporã, 2022: two feminicides, one homicide.
    assert cell(built, "feminicidios", "5002001", "2022")[0] == 2
    assert cell(built, "homicidios_dolosos", "5002001", "2022")[0] == 1


# --- social assistance -------------------------------------------------------------------------------


def test_gaps_of_the_register_are_left_open_and_the_new_poverty_line_breaks_the_series(
    built: Connection,
) -> None:
    assert years(built, "cadunico_familias_pobreza") == [2015, 2016, 2017, 2023]
    rows = built.execute(
        "select distinct year from \"values\" where indicator = 'cadunico_familias_pobreza' and break_before"
    ).fetchall()
    assert rows == [(2023,)]
    assert years(built, "cadunico_familias_ate_meio_sm") == list(range(2015, 2024))


def test_a_rate_published_above_100_is_kept(built: Connection) -> None:
    assert cell(built, "cadunico_atualizacao_baixa_renda", "5003504", "2016")[0] == 100.82
