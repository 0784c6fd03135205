"""Sentences about figures as a reader in Brazil expects them."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard import sentences, words
from dashboard.findings import peers, places
from pipelines.verdicts import Target
from pipelines.verdicts.texts import Texts
from tests.dashboard.samples import DEATHS, GRADE, MARK, WATER

NBSP, MINUS = "\u00a0", "\u2212"


NAMES = ["Japorã", "Bela Vista", "Tacuru", "Costa Rica"]


def test_map_sentence() -> None:
    assert sentences.map_sentence(WATER, "2022", [*NAMES, "Bonito"], [17.5, 100, 36.3, None, 50]) == (
        "Atendimento com água, 2022: de 17,5% (Japorã) a 100,0% (Bela Vista); "
        "metade dos municípios fica abaixo de 43,2%. 1 sem dado."
    )


def test_there_is_no_half_of_three() -> None:
    assert sentences.map_sentence(WATER, "2022", NAMES, [17.5, 100, 36.3, None]) == (
        "Atendimento com água, 2022: de 17,5% (Japorã) a 100,0% (Bela Vista). 1 sem dado."
    )


def test_a_title_with_a_colon_takes_no_second_one() -> None:
    vaccine = replace(WATER, title="Cobertura vacinal: pentavalente", threshold=95)
    assert sentences.map_sentence(vaccine, "2024", NAMES, [None] * 4).startswith(
        "Cobertura vacinal, pentavalente, 2024:"
    )
    assert sentences.finding(vaccine, "2024", [94.96, 94.9, 95, 99]) == (
        "Cobertura vacinal, pentavalente, em 2024: 1 dos 4 municípios fica abaixo de 95%"
    )


def test_missing_values_say_their_reason() -> None:
    new, sealed = "not_in_existence", "suppressed"
    assert sentences.without([1, None], [None, new], WATER) == " 1 sem dado (o município ainda não existia)."
    assert sentences.without([None, None], ["not_available", None], WATER) == " 2 sem dado."
    assert sentences.without([None, None, None], [new, sealed, sealed], WATER) == (
        " 3 sem dado (omitido por sigilo: 2; o município ainda não existia: 1)."
    )
    names = [f"M{place}" for place in range(5)]
    text = sentences.distribution_sentence(
        WATER, "2022", names, [None, 20, 30, 40, 50], "M0", [new, *[None] * 4]
    )
    assert text.endswith(" M0: sem dado (o município ainda não existia).")


def test_who_shares_a_value_is_named_by_the_alphabet_everywhere() -> None:
    names = ["Taquarussu", "Água Clara", "Bonito", "Zé", "Figueirão"]
    values = [0.0, 0, 0, 50, 60]
    tied = "Água Clara e outros 2"
    assert f"de 0,0% ({tied})" in sentences.map_sentence(WATER, "2022", names, values)
    ranked = sentences.ranking_sentence(sentences.ranking_parts(WATER, "2022", names, values))
    assert f"menor valor em {tied} (0,0%); maior em Figueirão (60,0%)" in ranked
    assert sentences.distribution_sentence(WATER, "2022", names, values, "Taquarussu").endswith(
        "Taquarussu, com 0,0%, tem o menor valor, igual ao de outros 2."
    )


def test_map_sentence_does_not_claim_a_half_where_ties_sit_on_the_median() -> None:
    text = sentences.map_sentence(WATER, "2022", NAMES, [10, 100, 100, 100])
    assert text.endswith(
        "de 10,0% (Japorã) a 100,0% (Bela Vista e outros 2); mediana dos municípios de 100,0%."
    )


def test_map_sentence_of_few_values() -> None:
    assert sentences.map_sentence(WATER, "2022", NAMES, [None] * 4) == (
        "Atendimento com água, 2022: nenhum município com dado."
    )
    assert sentences.map_sentence(WATER, "2022", NAMES, [None, 5, None, None]) == (
        "Atendimento com água, 2022: só Bela Vista tem dado, 5,0%. 3 sem dado."
    )
    assert sentences.map_sentence(WATER, "2022", NAMES, [5, 5, 5, None]) == (
        "Atendimento com água, 2022: 5,0% em todos os 3 municípios com dado. 1 sem dado."
    )
    assert sentences.map_sentence(GRADE, "2024", NAMES, [1, 1, 3, None]) == (
        "Capag, 2024: A em 2 e C em 1. 1 sem dado."
    )


def test_ranking_sentence_begins_at_the_worse_end() -> None:
    parts = sentences.ranking_parts(WATER, "2022", NAMES, [17.5, 100, 36.3, None], "mediana 36,3%")
    assert sentences.ranking_sentence(parts, "Tacuru", "2º de 3 com dado") == (
        "Atendimento com água, 2022: menores valores em Japorã (17,5%) e Tacuru (36,3%); maior em Bela Vista "
        "(100,0%). Tacuru: 2º de 3 com dado. Mediana 36,3%. 1 sem dado."
    )
    lower = sentences.ranking_parts(DEATHS, "2022", NAMES[:2], [17.5, 3])
    assert sentences.ranking_sentence(lower) == (
        f"Mortalidade infantil, 2022: maior valor em Japorã (17,5{NBSP}por mil); "
        f"menor em Bela Vista (3,0{NBSP}por mil)."
    )


def test_distribution_sentence_places_the_selected() -> None:
    names = [f"M{place}" for place in range(5)]
    text = sentences.distribution_sentence(WATER, "2022", names, [10, 20, 30, 40, 50], "M3")
    assert text == (
        "Atendimento com água, 2022: metade dos municípios está entre 20,0% e 40,0%; mediana dos municípios de "
        "30,0%. M3, com 40,0%, fica acima de 3 dos 5 com dado."
    )
    assert "M0, com 10,0%, tem o menor valor." in sentences.distribution_sentence(
        WATER, "2022", names, [10, 20, 30, 40, 50], "M0"
    )


def test_distribution_sentence_counts_where_a_quarter_share_an_end() -> None:
    """Between quartiles one of which is the least or the most lies more than a half."""
    names = [f"M{place}" for place in range(8)]
    for values, told in (
        ([0, 0, 0, 0, 10, 20, 30, 40], "6 de 8 municípios estão entre 0,0% e 22,5%"),
        ([10, 20, 30, 40, 100, 100, 100, 100], "6 de 8 municípios estão entre 27,5% e 100,0%"),
        ([100] * 8, "8 de 8 municípios têm 100,0%"),
    ):
        said = sentences.distribution_sentence(WATER, "2022", names, values)
        assert f"2022: {told};" in said, said


def test_series_sentence() -> None:
    rise = sentences.series_sentence("Campo Grande", [("2023", 41.6), ("2024", 51.7)], WATER)
    assert rise == f"Campo Grande subiu de 41,6% em 2023 para 51,7% em 2024 (+10,1{NBSP}p.p.)."
    fall = sentences.series_sentence("Bonito", [("2022", 5), ("2023", None), ("2024", 3)], MARK)
    assert fall == f"Bonito caiu de 5,0 em 2022 para 3,0 em 2024 ({MINUS}2,0)."
    assert sentences.series_sentence("Bonito", [("2022", 5.01), ("2024", 5.04)], MARK) == (
        "Bonito ficou estável: 5,0 em 2022 e em 2024."
    )
    assert sentences.series_sentence("Bonito", [("2022", 5), ("2023", 9), ("2024", 5)], MARK) == (
        "Bonito: 5,0 em 2022 e em 2024; no intervalo, variou de 5,0 a 9,0."
    )
    assert sentences.series_sentence("Bonito", [("2022", None)], MARK) == "Bonito: sem dado na série."
    assert sentences.series_sentence("Bonito", [("2022", 5)], MARK, broken="2022") == (
        "Bonito: 5,0 em 2022, o único dado da série. Sem série comparável antes de 2022."
    )
    assert sentences.series_sentence("Bonito", [("2022", 5), ("2023", 3)], MARK, False) == (
        f"Bonito caiu de 5,0 em 2022 para 3,0 em 2023 ({MINUS}2,0), variação compatível com o acaso: "
        "com poucos casos, o número oscila sozinho."
    )


def test_target_sentence_says_pace_needed_and_observed() -> None:
    text = sentences.target_sentence(WATER, 2024, 51.7, 2030, 80, 48, 4.7, 10.1, 2023)
    assert text == (
        "51,7% em 2024, acima do previsto para o ano (48,0%). Para chegar a 80% em 2030 é preciso subir "
        f"4,7{NBSP}p.p. por ano; desde 2023, subiu 10,1{NBSP}p.p. por ano."
    )


def test_rates_that_differ_do_not_print_alike() -> None:
    text = sentences.target_sentence(WATER, 2024, 51.7, 2030, 80, None, 0.125, 0.05, 2021)
    assert f"é preciso subir 0,13{NBSP}p.p. por ano; desde 2021, subiu 0,05{NBSP}p.p. por ano" in text
    same = sentences.target_sentence(WATER, 2024, 51.7, 2030, 80, None, 0.1001, 0.1, 2021)
    assert f"subir 0,1{NBSP}p.p. por ano; desde 2021, subiu 0,1{NBSP}p.p." in same


def test_target_sentence_of_other_ends() -> None:
    assert (
        sentences.target_sentence(WATER, 2024, 85, 2030, 80)
        == "85,0% em 2024. A meta de 80% em 2030 já foi alcançada."
    )
    assert sentences.target_sentence(DEATHS, 2024, 9, 2030, 10).endswith("já foi alcançada.")
    assert (
        sentences.target_sentence(WATER, 2030, 70, 2030, 80)
        == "Prazo vencido em 2030: ficou em 70,0%; a meta era 80%."
    )
    assert (
        sentences.target_sentence(WATER, 2024, None, 2030, 80)
        == "Meta de 80% em 2030; ainda sem dado para acompanhar."
    )
    fall = sentences.target_sentence(DEATHS, 2024, 14, 2030, 10, required_per_year=-0.67)
    assert f"é preciso cair 0,7{NBSP}por mil por ano" in fall


def test_gap_in_people() -> None:
    children = ("criança vacinada", "crianças vacinadas")
    assert sentences.gap_sentence(1, "higher", children) == "Falta 1 criança vacinada"
    assert sentences.gap_sentence(7, "higher", children) == "Faltam 7 crianças vacinadas"
    assert sentences.gap_sentence(3, "lower", ("óbito", "óbitos")) == "Evitar 3 óbitos"
    assert sentences.gap_sentence(0, "higher", children) == ""
    assert sentences.gap_sentence(7, "higher", None) == ""
    assert sentences.gap_sentence(None, "higher", children) == ""


def test_one_municipality_alone_is_no_count() -> None:
    assert sentences.finding(WATER, "2022", [12.0]) == "Atendimento com água em 2022: 12,0%"
    assert sentences.finding(GRADE, "2025", [3]) == "Capag em 2025: C"
    assert sentences.finding(WATER, "2022", [12.0, None]) == sentences.finding(WATER, "2022", [])
    assert "1 dos 1" not in sentences.finding(DEATHS, "2024", [None, 40.0])


def test_finding_counts_those_behind_a_bound_people_say() -> None:
    values = [40.0, 45, 70, 85, 95, 96, 97, 98, 99]
    assert (
        sentences.finding(WATER, "2022", values)
        == "Atendimento com água em 2022: 2 dos 9 municípios ficam abaixo de 50%"
    )
    assert sentences.finding(WATER, "2022", [*values, None], 42) == (
        "Atendimento com água em 2022: 1 dos 9 municípios com dado fica abaixo de 42%"
    )
    assert sentences.finding(replace(DEATHS, classes=(10, 20)), "2024", [5, 6, 7, 25]) == (
        "Mortalidade infantil em 2024: 1 dos 4 municípios tem 10 ou mais óbitos por mil nascidos vivos"
    )
    assert sentences.finding(DEATHS, "2024", [5, 6, 7, 25]) == "Mortalidade infantil em 2024"
    # Most behind every bound: the one that fewest are behind; nobody behind any: nothing stands out.
    assert sentences.finding(WATER, "2022", [10, 20, 30, 96]).endswith(
        "3 dos 4 municípios ficam abaixo de 50%"
    )
    assert sentences.finding(WATER, "2022", [99.5, 100.0]) == "Atendimento com água em 2022"
    assert sentences.finding(WATER, "2022", [None]) == "Atendimento com água em 2022"


def test_a_finding_counts_what_the_map_shows() -> None:
    # 9.96 prints as 10,0, and 20 is in the class "20 ou mais".
    jobs = replace(DEATHS, title="Empregos", unit="por 100 habitantes", better="higher", classes=(10, 20))
    assert sentences.finding(jobs, "2025", [9, 9.96, 30, 40, 50]) == (
        "Empregos em 2025: 1 dos 5 municípios fica abaixo de 10 por 100 habitantes"
    )
    violent = replace(jobs, better="lower", title="Casos por 100 habitantes", threshold=20)
    assert sentences.finding(violent, "2025", [1, 2, 19.96, 20, 30]) == (
        "Casos por 100 habitantes em 2025: 3 dos 5 municípios têm 20 ou mais"
    )


def test_a_declared_threshold_also_says_none_and_all() -> None:
    water = replace(WATER, threshold=95)
    assert sentences.finding(water, "2022", [95, 96]).endswith("nenhum dos 2 municípios fica abaixo de 95%")
    assert sentences.finding(water, "2022", [90, 91]).endswith("todos os 2 municípios ficam abaixo de 95%")


def test_the_finding_of_categories() -> None:
    marks = replace(GRADE, threshold=2)
    assert sentences.finding(marks, "2025", [1, 2, 3, None]) == (
        "Capag em 2025: 2 dos 3 municípios com nota têm B ou C"
    )
    assert sentences.finding(marks, "2025", [1, 1]) == "Capag em 2025"
    assert sentences.finding(GRADE, "2025", [1, 3, 3]) == "Capag em 2025: 2 dos 3 municípios têm C"


# What prints alike has not moved: no sentence of a change has the same value on both sides.
NEAR = st.tuples(st.floats(0, 100), st.floats(-0.2, 0.2), st.integers(0, 3))


PAIR = re.compile(r"de (\S+)(?: em \S+)? para (\S+?)(?: em|\.| \(|,|;|$)")


def _no_idle_change(text: str) -> None:
    for before, after in PAIR.findall(text):
        assert before != after, text
    assert not re.search(r"\([+\u2212]?0(,0+)?\u00a0p\.p\.", text), text


@given(NEAR, st.lists(st.floats(0, 100), max_size=4))
def test_no_series_moves_from_a_value_to_the_same(
    near: tuple[float, float, int], between: list[float]
) -> None:
    first, step, decimals = near
    indicator = replace(WATER, decimals=decimals)
    last = min(max(first + step, 0.0), 100.0)
    points = [(str(2010 + place), value) for place, value in enumerate([first, *between, last])]
    _no_idle_change(sentences.series_sentence("Bonito", points, indicator))


@given(NEAR)
def test_no_change_from_a_value_to_the_same(near: tuple[float, float, int]) -> None:
    first, step, decimals = near
    indicator = replace(WATER, decimals=decimals)
    last = min(max(first + step, 0.0), 100.0)
    change = sentences.moved(first, last, indicator)
    alike = words.amount(first, indicator) == words.amount(last, indicator)
    assert (change == "") == alike
    assert alike or change.strip(f"+{MINUS}0,{NBSP}p.") != ""
    row = {
        "value": last, "earlier_value": first, "earlier_year": 2020, "flag": None, "period": pd.Timestamp(2021, 12, 31)
    }  # fmt: skip
    assert places.change(row, indicator).startswith("igual") == alike
    if not alike:
        climb = peers.Climb("x", "X", 2020, first, 2022, last, abs(last - first), None, 1)
        _no_idle_change(peers.climb_words(climb, indicator))


@given(NEAR, st.floats(-3, 3))
def test_no_reason_of_a_reading_moves_from_a_value_to_the_same(
    near: tuple[float, float, int], pace: float
) -> None:
    first, step, decimals = near
    text = Texts(Target(decimals=decimals, unit="%", range_low=0, range_high=100))
    last = min(max(first + step, 0.0), 100.0)
    _no_idle_change(text.moved_away((2020, first), (2022, last)))
    _no_idle_change(text.pace(pace, (2022, last), (2020, first), "o previsto era 50%"))


def test_a_line_that_turned_says_both_ways() -> None:
    points = [("1998", 26.3), ("2019", 9.8), ("2020", 11.0), ("2021", 12.1), ("2022", 13.2)]
    text = sentences.series_sentence("Bonito", points, MARK)
    assert text == (
        f"Bonito caiu de 26,3 em 1998 para 13,2 em 2022 ({MINUS}13,1); desde 2019, porém, subiu de 9,8."
    )
    # One step is a wobble, and a line that goes on the same way has not turned.
    assert "desde" not in sentences.series_sentence("Bonito", points[:3], MARK)
    assert "desde" not in sentences.series_sentence("Bonito", points[1:], MARK)
    turned = sentences.series_sentence(
        "Bonito", [("2018", 1.0), ("2019", 9.0), ("2020", 8.0), ("2021", 7.0)], MARK
    )
    assert turned.endswith("; desde 2019, porém, caiu de 9,0.")


def test_values_beyond_what_can_be_are_in_no_sentence() -> None:
    flags = [None, None, None, None, "implausible"]
    names, values = ["A", "B", "C", "D", "E"], [10, 20, 30, 40, 150]
    ranked = sentences.ranking_parts(WATER, "2025", names, values, flags=flags)
    for text in (
        sentences.map_sentence(WATER, "2025", names, values, flags=flags),
        sentences.ranking_sentence(ranked),
    ):
        assert "150" not in text and text.endswith(" 1 acima de 100%: não dá para ler."), text
    assert "fica abaixo" not in sentences.distribution_sentence(WATER, "2025", names, values, "E", flags)
    title = sentences.finding(WATER, "2025", values, threshold=25, flags=flags)
    assert title.endswith("2 dos 5 municípios ficam abaixo de 25%; 1 acima de 100%: não dá para ler")


def test_a_value_that_stands_apart_is_not_said_to_be_above_its_whole() -> None:
    flags = [None, None, None, "implausible"]
    for values, indicator in (([10, 20, 30, 0], WATER), ([10, 20, 30, 900], replace(WATER, unit="R$"))):
        title = sentences.finding(indicator, "2025", values, threshold=25, flags=flags)
        assert title.endswith("; 1 fora do plausível: não dá para ler"), title
    assert sentences.beyond([150, 0], ["implausible"] * 2, WATER) == "2 fora do plausível: não dá para ler"
    assert sentences.beyond([150, 0], ["implausible", None], WATER) == "1 acima de 100%: não dá para ler"
    assert sentences.beyond([150], [None], WATER) == sentences.beyond([150], [], WATER) == ""
