"""What the pages of plans say of a reading, with and without the numbers behind it."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from dashboard import words
from dashboard.files import spreadsheets
from dashboard.findings import deliverables, targets
from dashboard.tables import Tables
from pipelines.declarations import Config

AS_OF = dt.date(2026, 11, 22)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def readings(config: Config) -> list[Row]:
    frame = Tables(config.processed).verdicts(demonstration=True)
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def said(row: Row) -> str:
    terms = [f"{term}: {text}" for term, text in targets.calculation(row)]
    return "\n".join([*terms, targets.sentence(row), targets.aim(row)])


def leaks(text: str) -> list[str]:
    return re.findall(r"(?i)\b(?:nan|nat|none|inf)\b|<NA>", text)


def test_no_reading_shows_a_missing_number_as_nan(readings: list[Row]) -> None:
    assert {row["kind"] for row in readings} == {"goal", "limit", "category"}
    assert any(row["kind"] == "goal" and math.isnan(row["cagr_ratio"]) for row in readings)
    for row in readings:
        assert not leaks(said(row)), said(row)


@pytest.mark.parametrize("missing", [None, math.nan])
def test_methods_that_cannot_be_computed_say_so(readings: list[Row], missing: float | None) -> None:
    row = next(row for row in readings if row["kind"] == "goal" and row["concordance"] == "3/3")
    whole = dict(targets.calculation(row))
    assert whole["Concordância"] == "3 de 3 métodos dão a mesma classe"
    methods = dict.fromkeys(("cagr_ratio", "cagr_status", "un_q", "un_status", "concordance"), missing)
    without = dict(targets.calculation(row | methods))
    assert without["Razão de taxas de crescimento (CAGR)"] == "não se calcula"
    assert without["Progresso pela ONU (2023)"] == "não se calcula"
    assert "Concordância" not in without


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_reading_without_any_number_leaks_none(readings: list[Row], missing: float | None) -> None:
    row = next(row for row in readings if row["kind"] == "goal" and row["status"] == "no_data")
    empty = (
        "baseline_year baseline_value latest_year latest_value expected_value pace observed_per_year "
        "required_per_year gap gap_cases certain certain_reason interval_low interval_high cagr_ratio "
        "cagr_status un_q un_status concordance responsible legal_basis challenge"
    )
    assert not leaks(said(row | dict.fromkeys(empty.split(), missing)))


def test_titles_tiles_and_groups_add_up(config: Config) -> None:
    data = Tables(config.processed)
    found = targets.readings(data, list(data.municipalities().index), AS_OF)
    frame = found.frame
    groups = targets.groups(frame)
    assert groups.total == len(frame) and groups.watch > 0
    assert groups.watch == int((frame["status"].isin(["at_risk", "alert"]) & ~targets.by_chance(frame)).sum())
    shown = [words.number(count) for count in (groups.off, groups.watch, groups.good, groups.unsure)]
    assert [tile.value for tile in targets.tiles(frame)] == shown
    off, watch, good, unsure = shown
    assert found.title == (
        f"{off} de {words.number(len(frame))} metas fora do caminho; {watch} em atenção, {good} no caminho e "
        f"{unsure} sem leitura segura"
    )
    none = frame[frame["status"] == "within"].head(1)
    assert targets.title(none) == "0 de 1 meta fora do caminho; 1 no caminho"
    assert targets.title(frame.head(0)) == "Nenhuma meta para acompanhar"


def test_numbers_of_targets_say_what_they_are_made_of(config: Config) -> None:
    data = Tables(config.processed)
    frame = data.verdicts()
    children = frame[frame["plan"] == "vacinacao_infantil"]
    assert targets.extent(children) == f"{len(children)} metas: 79 municípios × 4 indicadores."
    assert targets.extent(frame[frame["plan"] == "cauc_sem_pendencias"]) == "79 metas, uma por município."
    assert targets.extent(frame[frame["municipality_code"] == "5002704"]) == ""
    assert targets.extent(frame.head(0)) == ""
    assert targets.metas_title(children[children["indicator"] == "vacina_penta"]).endswith(
        "dentro do exigido"
    )


def one(readings: list[Row], **wanted: Any) -> Row:
    return next(row for row in readings if all(row[name] == value for name, value in wanted.items()))


def test_floors_and_people_read_naturally(readings: list[Row]) -> None:
    floor = one(readings, plan="vacinacao_infantil", status="outside")
    assert targets.aim(floor) == "pelo menos 95%" and "o mínimo é 95,0%" in targets.sentence(floor)
    path = targets.path(floor, {})
    assert path is not None and path.word == "mínimo"
    pending = one(readings, plan="cauc_sem_pendencias", latest_value=2)
    assert targets.aim(pending) == "nenhuma pendência"
    assert targets.sentence(pending) == "2 pendências em 21/08/2026; o esperado é nenhuma."
    water = one(readings, indicator="agua_atendimento", status="off_track")
    assert targets.people(water) == f"Falta levar água a {words.number(water['gap_cases'])} pessoas"
    assert targets.people(water | {"gap_cases": 1}) == "Falta levar água a 1 pessoa"
    assert targets.people(water | {"status": "achieved"}) == ""
    assert not any("o limite pede" in said(row) or "igual a" in targets.aim(row) for row in readings)


def test_a_reading_across_a_new_reference_says_so(readings: list[Row], config: Config) -> None:
    caution = "Em 2022 a população de referência passou a ser a do Censo; parte da mudança pode vir daí."
    water = one(readings, indicator="agua_atendimento", name="Dourados", latest_year=2022)
    assert caution in targets.sentence(water) and caution in targets.reason(water)
    assert caution in dict(targets.calculation(water))["Leitura"]
    assert (
        targets.cautions(water | {"latest_year": 2021})
        == targets.cautions(water | {"baseline_year": 2022})
        == ""
    )
    data = Tables(config.processed)
    frame = targets.of_indicator(data, "agua_atendimento", list(data.municipalities().index), False)
    assert targets.rule(frame).endswith(caution)
    assert caution in set(targets.map_frame(frame, data.municipalities())["detail"].str[-len(caution) :])
    assert any(caution in text for text in targets.targets_table(frame)["Motivo"])


def test_the_urgent_table_says_its_order_and_leads_to_plans(config: Config) -> None:
    data = Tables(config.processed)
    frame = targets.readings(data, list(data.municipalities().index), AS_OF).frame
    note = targets.urgent_note(frame)
    assert note.startswith(
        f"As 25 mais urgentes de {words.number(len(frame))} metas; todas estão em Baixar. Ordem: "
    )
    drawn = targets.urgent_markup(frame, "light", lambda code: f"plano?municipio={code}")
    first = targets.ordered(frame).iloc[0]
    assert f'href="plano?municipio={first["municipality_code"]}"' in drawn
    assert drawn.count("<tr>") == 26
    # What orders the rows of one status is in sight: how much is missing, as a share of the target.
    backwards = targets.ordered(frame[frame["status"] == "worsening"])
    assert (backwards["gap"] / backwards["target_value"]).is_monotonic_decreasing
    few = frame.head(2)
    assert targets.urgent_note(few).startswith("2 metas. Ordem: ")


def test_news_are_told_by_date(config: Config) -> None:
    sources = Tables(config.processed).sources()
    drawn = targets.news_markup(sources, dt.date(2000, 1, 1), dt.date(2999, 1, 1))
    days = sources["retrieved"].dropna().dt.date.value_counts()
    assert drawn.count("<details") == len(days) and drawn.count("<li>") == int(days.sum())
    day, count = days.index[0], int(days.iloc[0])
    assert f"<summary>{count} fontes incluídas em {words.date(day)}</summary>" in drawn
    assert "edição edições" not in drawn
    assert "Nenhuma fonte foi incluída" in targets.news_markup(
        sources, dt.date(2999, 1, 1), dt.date(2999, 1, 1)
    )


def test_the_chart_of_distances_says_how_many_it_shows(config: Config) -> None:
    data = Tables(config.processed)
    frame = targets.of_indicator(data, "vacina_penta", list(data.municipalities().index), False)
    assert targets.distance_title(targets.distances(frame)) == "Os 14 mais longe da meta, de 79"
    assert targets.distance_title(targets.distances(frame.head(14))) == "Distância até a meta"


def test_tables_to_take_away_hold_numbers_and_dates(config: Config) -> None:
    data = Tables(config.processed)
    codes = list(data.municipalities().index)
    one_unit = targets.targets_table(targets.of_indicator(data, "vacina_penta", codes, False))
    assert {"Valor atual (%)", "Meta (%)", "Falta (p.p.)"} < set(one_unit.columns)
    assert "Unidade" not in one_unit and set(one_unit["Meta (%)"]) == {95.0}
    for head in ("Valor atual (%)", "Falta (p.p.)"):
        assert one_unit[head].dtype == float
    mixed = targets.targets_table(data.verdicts())
    assert {"Valor atual", "Meta", "Falta", "Unidade", "Categoria atual"} < set(mixed.columns)
    grades = mixed[mixed["Indicador"].str.startswith("Capacidade de Pagamento")]
    assert grades["Valor atual"].isna().all() and "A" in set(grades["Categoria atual"])
    assert len(targets.targets_words(data.verdicts())) == len(mixed)
    handed = data.deliverables(True)
    given = deliverables.deliverables_table(handed, AS_OF)
    assert all(isinstance(day, dt.date) for day in given["Prazo"].dropna())
    assert given["Andamento (%)"].dropna().map(type).eq(float).all()
    shown = deliverables.deliverables_words(handed, AS_OF)
    assert shown["Prazo"].str.fullmatch(r"\d\d/\d\d/\d{4}|n\.d\.").all() and "Andamento" in shown
    rows = [[row[name] for name in given.columns] for row in given.to_dict("records")]
    book = load_workbook(io.BytesIO(spreadsheets.xlsx(given, {})))["Dados"]
    assert [cell.is_date for cell in book["D"][1:]] == [row[3] is not None for row in rows]


def test_columns_that_say_nothing_stay_out(config: Config) -> None:
    frame = Tables(config.processed).verdicts()
    asking = frame[frame["municipality_code"] == "5002704"]
    assert "Responsável" not in targets.agenda_words(asking) and "Responsável" not in targets.agenda(asking)
    named = targets.agenda_words(asking.assign(responsible="Secretaria de Saúde"))
    assert set(named["Responsável"]) == {"Secretaria de Saúde"}
    assert targets.agenda(frame.head(0)).empty and targets.agenda_words(frame.head(0)).empty


def test_those_in_the_programme_and_the_others_add_up(config: Config) -> None:
    data = Tables(config.processed)
    frame = targets.of_indicator(data, "vacina_penta", list(data.municipalities().index), False)
    takes_part = [place % 2 == 0 if place else None for place in range(len(frame))]
    table = targets.participants(frame.assign(participant=pd.array(takes_part, dtype="boolean")))
    assert table["Grupo"].tolist() == ["Participam", "Não participam", "Não informado"]
    groups = ["Fora do caminho", "Em atenção", "No caminho", "Sem leitura segura"]
    assert table[groups].sum(axis=1).tolist() == table["Municípios"].tolist()
    assert table["Mediana do valor (%)"].dtype == float
