"""What the pages of plans say of a reading, with and without the numbers behind it."""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from dataclasses import fields, replace
from typing import Any

import duckdb
import pandas as pd
import pytest
from openpyxl import load_workbook

from dashboard import words
from dashboard.files import spreadsheets
from dashboard.findings import deliverables, readings, tally, targets
from dashboard.findings.readings import Reading
from dashboard.tables import Tables
from pipelines.declarations import Config
from pipelines.verdicts import Target, Verdict

AS_OF = dt.date(2026, 11, 22)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def data(config: Config) -> Tables:
    return Tables(config.processed)


@pytest.fixture(scope="module")
def rows(data: Tables) -> list[Row]:
    frame = data.verdicts(demonstration=True)
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


@pytest.fixture(scope="module")
def every(data: Tables) -> list[Reading]:
    return readings.each(data, data.verdicts(demonstration=True))


def said(found: Reading) -> str:
    terms = [f"{term}: {text}" for term, text in readings.calculation(found)]
    return "\n".join([*terms, readings.sentence(found), readings.aim(found)])


def leaks(text: str) -> list[str]:
    return re.findall(r"(?i)\b(?:nan|nat|none|inf)\b|<NA>", text)


def test_a_row_becomes_its_target_and_its_verdict(
    data: Tables, rows: list[Row], every: list[Reading], built: duckdb.DuckDBPyConnection
) -> None:
    assert len(rows) == len(every) > 1000
    for kind, attribute in ((Verdict, "verdict"), (Target, "target")):
        names = [item.name for item in fields(kind) if item.name in rows[0]]
        table = f"{attribute}s"
        shown = ", ".join(f'"{name}"' for name in names)
        kept = built.execute(f"select {shown} from {table}").fetchall()
        stored = {(row[0], row[1], row[2], row[3]): row for row in kept}
        assert [names.index(name) for name in ("plan", "plan_version", "municipality_code", "indicator")] == [
            0,
            1,
            2,
            3,
        ]
        for found in every:
            made = getattr(found, attribute)
            values = [getattr(made, name) for name in names]
            values = [list(value) if isinstance(value, tuple) else value for value in values]
            assert values == list(stored[tuple(values[:4])]), found.key
    water = next(found for found in every if found.indicator.indicator == "agua_atendimento_sinisa")
    declared = data.indicators["agua_atendimento_sinisa"]
    assert (water.target.better, water.target.interval) == (declared.better, declared.interval)


def test_no_reading_shows_a_missing_number_as_nan(rows: list[Row], every: list[Reading]) -> None:
    assert {found.target.kind for found in every} == {"goal", "limit", "category"}
    assert any(row["kind"] == "goal" and math.isnan(row["cagr_ratio"]) for row in rows)
    for found in every:
        assert not leaks(said(found)), said(found)


@pytest.mark.parametrize("missing", [None, math.nan])
def test_methods_that_cannot_be_computed_say_so(data: Tables, rows: list[Row], missing: float | None) -> None:
    row = next(row for row in rows if row["kind"] == "goal" and row["concordance"] == "3/3")
    whole = dict(readings.calculation(readings.reading(data, row)))
    assert whole["Concordância"] == "3 de 3 métodos dão a mesma classe"
    methods = dict.fromkeys(("cagr_ratio", "cagr_status", "un_q", "un_status", "concordance"), missing)
    without = dict(readings.calculation(readings.reading(data, row | methods)))
    assert without["Razão de taxas de crescimento (CAGR)"] == "não se calcula"
    assert without["Progresso pela ONU (2023)"] == "não se calcula"
    assert "Concordância" not in without


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_reading_without_any_number_leaks_none(
    data: Tables, rows: list[Row], missing: float | None
) -> None:
    row = next(row for row in rows if row["kind"] == "goal" and row["status"] == "no_data")
    empty = (
        "baseline_year baseline_value latest_year latest_value expected_value pace observed_per_year "
        "required_per_year gap gap_cases certain certain_reason interval_low interval_high cagr_ratio "
        "cagr_status un_q un_status concordance responsible legal_basis challenge"
    )
    assert not leaks(said(readings.reading(data, row | dict.fromkeys(empty.split(), missing))))


def test_three_years_added_up_are_a_fact_of_the_verdict(every: list[Reading]) -> None:
    summed = [found for found in every if found.verdict.pooled]
    assert summed and all(str(found.verdict.pooled_reason) in found.verdict.reason for found in summed)
    assert all(found.verdict.pooled_reason is None for found in every if not found.verdict.pooled)
    shown = [found for found in summed if found.status in ("on_track", "off_track", "at_risk", "achieved")]
    assert shown and all(str(found.verdict.pooled_reason) in readings.sentence(found) for found in shown)


def test_titles_tiles_and_groups_add_up(data: Tables) -> None:
    found = targets.on_agenda(data, list(data.municipalities().index), AS_OF)
    frame = found.frame
    groups = tally.groups(frame)
    assert groups.total == len(frame) and groups.watch > 0
    sure = frame["sureness"].isin(["firm", "likely"])
    assert groups.watch == int((frame["status"].isin(["at_risk", "alert"]) & sure).sum())
    untold = groups.unclear + groups.unread
    shown = [words.number(count) for count in (groups.off, groups.watch, groups.good, untold)]
    assert [tile.value for tile in tally.tiles(frame)] == shown
    # Those past their shelf life are among those without a reading.
    assert " sem dado novo ou sem leitura (entre elas " in tally.tiles(frame)[-1].context
    off, watch, good, _ = shown
    # Each tile tells the likely of its own, and of nobody else's.
    likely = frame["sureness"].eq("likely")
    for tile, of in zip(tally.tiles(frame)[:3], (tally.BAD, tally.WATCH, tally.GOOD), strict=True):
        many = int((likely & frame["status"].isin(of)).sum())
        assert many == 0 or f"; {words.number(many)} prová" in tile.context, tile
    assert sum(groups.likely) == likely.sum() > 0
    assert found.title.startswith(
        f"{off} de {words.number(len(frame))} metas fora do caminho; {watch} em atenção, {good} no caminho, "
        f"{words.number(groups.unclear)} em que não dá para dizer e {words.number(groups.unread)} sem dado para ler"
    )
    # Impossible values are counted as such, and never left out of the whole.
    implausible = int(frame["cause"].eq("implausible").sum())
    assert implausible > 0 and f"({words.number(implausible)} acima de 100%)" in found.title
    apart = tally.title(frame.assign(value=frame["value"].clip(upper=1)))
    assert f"({words.number(implausible)} fora do plausível)" in apart
    # A register's fact has no probability of being wrong: it is none of the claims that such a count is made of.
    registers = int((frame["strength_basis"].eq("register") & sure).sum())
    assert registers > 0 and groups.claims == groups.off + groups.watch + groups.good - registers
    assert found.title.endswith(
        f"; cerca de {words.number(groups.wrong)} das {words.number(groups.claims)} afirmações com probabilidade "
        f"devem estar erradas, sem contar o erro das contagens estimadas de {words.number(groups.estimated)}"
    )
    estimated = frame["estimated"] & sure & frame["probability"].notna()
    assert groups.estimated == int(estimated.sum()) > 0
    none = frame[(frame["status"] == "within") & (frame["sureness"] == "firm")].head(1)
    assert tally.title(none) == "0 de 1 meta fora do caminho; 1 no caminho"
    assert tally.title(frame.head(0)) == "Nenhuma meta para acompanhar"


def test_numbers_of_targets_say_what_they_are_made_of(data: Tables) -> None:
    frame = data.verdicts()
    children = frame[frame["plan"] == "vacinacao_infantil"]
    assert targets.extent(children) == f"{len(children)} metas: 79 municípios × 4 indicadores."
    assert targets.extent(frame[frame["plan"] == "cauc_sem_pendencias"]) == "79 metas, uma por município."
    assert targets.extent(frame[frame["municipality_code"] == "5002704"]) == ""
    assert targets.extent(frame.head(0)) == ""
    # In a territory of several states, what is asked of a single one says so.
    assert targets.extent(children, several=True).endswith("79 municípios × 4 indicadores, só de MS.")
    other = children.assign(municipality_code=["1100015", *children["municipality_code"][1:]])
    assert "só de" not in targets.extent(other, several=True)
    said = targets.metas_title(children[children["indicator"] == "vacina_penta"])
    assert "dentro do exigido" in said and " de 79 municípios fora do exigido" in said
    assert "acima de 100%: não dá para ler" in said


def test_a_page_of_targets_opens_on_one_whose_term_is_not_over(data: Tables) -> None:
    frame = data.verdicts()
    names = targets.indicators_in_force(frame, AS_OF)
    assert set(frame.loc[frame["target_year"].eq(2021), "indicator"]) - names
    over = frame[frame["plan"].eq("ideb_ensino_medio_2021")]
    assert len(over) and not targets.indicators_in_force(over, AS_OF)
    assert data.first("targets", names) in names and data.first("targets", set()) == ""


def one(data: Tables, rows: list[Row], **wanted: Any) -> tuple[Row, Reading]:
    row = next(row for row in rows if all(row[name] == value for name, value in wanted.items()))
    return row, readings.reading(data, row)


def test_floors_and_people_read_naturally(data: Tables, rows: list[Row], every: list[Reading]) -> None:
    _, floor = one(data, rows, plan="vacinacao_infantil", status="outside")
    assert readings.aim(floor) == "pelo menos 95%" and "o mínimo é 95,0%" in readings.sentence(floor)
    path = readings.path(floor)
    assert path is not None and path.word == "mínimo"
    _, pending = one(data, rows, plan="cauc_sem_pendencias", latest_value=2)
    assert readings.aim(pending) == "nenhuma pendência"
    assert readings.sentence(pending).startswith("2 pendências em 21/08/2026: 5.6 Regularidade")
    behind, _ = one(data, rows, indicator="crianca_alfabetizada_municipal", status="off_track")
    row = behind | {"indicator": "agua_atendimento_sinisa", "gap_cases": 2531}
    assert readings.people(readings.reading(data, row)) == "Falta levar água a 2.531 pessoas"
    # The share is Sinisa's and the people are IBGE's: what one makes of the other nobody published.
    shared = next(found for found in every if found.indicator.indicator == "agua_atendimento_sinisa")
    assert shared.estimated and readings.people(shared).endswith("(contagem estimada)")
    assert readings.people(readings.reading(data, row | {"gap_cases": 1})) == "Falta levar água a 1 pessoa"
    assert readings.people(readings.reading(data, row | {"status": "achieved"})) == ""
    # The counts behind a vaccine's coverage are deduced, never published: nobody is told them as a fact.
    told = {found.indicator.indicator: readings.people(found) for found in every if readings.people(found)}
    assert told["vacina_bcg"].startswith("Falta vacinar") and told["vacina_bcg"].endswith(
        "(contagem estimada)"
    )
    assert {name for name, said in told.items() if "estimada" in said} == {
        name for name in told if name.startswith("vacina_") or name.endswith("_sinisa")
    }
    assert not any("o limite pede" in said(found) or "igual a" in readings.aim(found) for found in every)


def test_a_reading_across_a_new_reference_says_so(data: Tables, rows: list[Row]) -> None:
    caution = "Em 2022 a população de referência passou a ser a do Censo; parte da mudança pode vir daí."
    # No plan of the repository aims at such an indicator: a goal of another one is told as if it did.
    across = {"indicator": "coleta_residuos", "baseline_year": 2020, "latest_year": 2022}
    behind, _ = one(data, rows, indicator="crianca_alfabetizada_municipal", status="off_track")
    row = behind | across
    waste = readings.reading(data, row)
    assert caution in readings.sentence(waste) and caution in readings.reason(waste)
    assert caution in dict(readings.calculation(waste))["Leitura"]
    for change in ({"latest_year": 2021}, {"baseline_year": 2022}):
        assert readings.cautions(readings.reading(data, row | change)) == ""
    codes = list(data.municipalities().index)
    frame = targets.of_indicator(data, "crianca_alfabetizada_municipal", codes, False).assign(**across)
    assert targets.rule(data, frame).endswith(caution)
    assert caution in set(targets.map_frame(data, frame, codes)["detail"].str[-len(caution) :])
    assert any(caution in text for text in targets.targets_table(data, frame)["Motivo"])


def test_the_urgent_table_says_its_order_and_leads_to_plans(data: Tables) -> None:
    frame = targets.on_agenda(data, list(data.municipalities().index), AS_OF).frame
    note = targets.urgent_note(data, frame)
    assert note.startswith(
        f"As 25 mais urgentes de {words.number(len(frame))} metas; todas estão em Baixar. Ordem: "
    )
    drawn = targets.urgent_markup(data, frame, "light", lambda code: f"plano?municipio={code}")
    first = tally.ordered(frame).iloc[0]
    assert f'href="plano?municipio={first["municipality_code"]}"' in drawn
    assert drawn.count("<tr>") == 26
    # What is sure comes before what cannot be told; inside it what is owed before a national reference, and then more
    # people before fewer.
    order = tally.ordered(frame)
    asks = order[order["status"].isin(tally.BAD | tally.WATCH)]
    assert asks["sureness"].isin(["unclear"]).is_monotonic_increasing
    firm = asks[(asks["sureness"] == "firm") & asks["status"].isin(tally.BAD)]
    assert (
        firm["reference"].is_monotonic_increasing
        and firm["reference"].any()
        and "referência nacional" in note
    )
    for _, part in firm.groupby("reference"):
        assert part["gap_cases"].fillna(0).is_monotonic_decreasing
    # What municipalities promised and what laws demand stand apart, each with its most urgent ones.
    both = targets.on_agenda(data, list(data.municipalities().index), AS_OF, True).frame
    apart = targets.urgent_markup(data, both, "light", str)
    assert apart.index(tally.PROMISED) < apart.index(tally.DEMANDED)
    assert re.search(
        r"[\d.]+ pessoas \([\d,]+\sp\.p\.\)",
        targets.urgent_markup(data, frame[frame["reference"]], "light", str),
    )
    few = frame.head(2)
    assert targets.urgent_note(data, few).startswith("2 metas. Ordem: ")


def test_news_are_told_by_date(data: Tables) -> None:
    sources = data.sources()
    drawn = targets.news_markup(data, dt.date(2000, 1, 1), dt.date(2999, 1, 1))
    days = sources["retrieved"].dropna().dt.date.value_counts()
    assert drawn.count("<details") == len(days) and drawn.count("<li>") == int(days.sum())
    day, count = days.index[0], int(days.iloc[0])
    assert f"<summary>{count} fontes incluídas em {words.date(day)}</summary>" in drawn
    assert "edição edições" not in drawn
    assert "Nenhuma fonte foi incluída" in targets.news_markup(data, dt.date(2999, 1, 1), dt.date(2999, 1, 1))


def test_the_chart_of_distances_says_how_many_it_shows(data: Tables) -> None:
    frame = targets.of_indicator(data, "vacina_penta", list(data.municipalities().index), False)
    assert targets.distance_title(targets.distances(frame)) == "Os 14 mais longe da meta, de 79"
    assert targets.distance_title(targets.distances(frame.head(14))) == "Distância até a meta"


def test_tables_to_take_away_hold_numbers_and_dates(data: Tables) -> None:
    codes = list(data.municipalities().index)
    one_unit = targets.targets_table(data, targets.of_indicator(data, "vacina_penta", codes, False))
    assert {"Valor atual (%)", "Meta (%)", "Distância (p.p.)"} < set(one_unit.columns)
    assert "Unidade" not in one_unit and set(one_unit["Meta (%)"]) == {95.0}
    for head in ("Valor atual (%)", "Distância (p.p.)"):
        assert one_unit[head].dtype == float
    mixed = targets.targets_table(data, data.verdicts())
    assert {"Valor atual", "Meta", "Distância", "Unidade", "Categoria atual"} < set(mixed.columns)
    grades = mixed[mixed["Indicador"].str.startswith("Capacidade de Pagamento")]
    assert grades["Valor atual"].isna().all() and "A" in set(grades["Categoria atual"])
    assert len(targets.targets_words(data, data.verdicts())) == len(mixed)
    handed = data.deliverables(True)
    given = deliverables.deliverables_table(handed, AS_OF)
    assert all(isinstance(day, dt.date) for day in given["Prazo"].dropna())
    assert given["Andamento (%)"].dropna().map(type).eq(float).all()
    shown = deliverables.deliverables_words(handed, AS_OF)
    assert shown["Prazo"].str.fullmatch(r"\d\d/\d\d/\d{4}|n\.d\.").all() and "Andamento" in shown
    rows = [[row[name] for name in given.columns] for row in given.to_dict("records")]
    book = load_workbook(io.BytesIO(spreadsheets.xlsx(given, {})))["Dados"]
    assert [cell.is_date for cell in book["D"][1:]] == [row[3] is not None for row in rows]


def test_columns_that_say_nothing_stay_out(data: Tables) -> None:
    frame = data.verdicts()
    asking = frame[frame["municipality_code"] == "5002704"]
    assert "Responsável" not in targets.agenda_words(data, asking) and "Responsável" not in targets.agenda(
        data, asking
    )
    named = targets.agenda_words(data, asking.assign(responsible="Secretaria de Saúde"))
    assert set(named["Responsável"]) == {"Secretaria de Saúde"}
    assert targets.agenda(data, frame.head(0)).empty and targets.agenda_words(data, frame.head(0)).empty


def test_those_in_the_programme_and_the_others_add_up(data: Tables) -> None:
    frame = targets.of_indicator(data, "vacina_penta", list(data.municipalities().index), False)
    takes_part = [place % 2 == 0 if place else None for place in range(len(frame))]
    table = targets.participants(
        frame.assign(participant=pd.array(takes_part, dtype="boolean")), data.indicators["vacina_penta"]
    )
    assert table["Grupo"].tolist() == ["Participam", "Não participam", "Não informado"]
    groups = ["Fora do caminho", "Em atenção", "No caminho", "Não dá para dizer", "Sem dado para ler"]
    assert table[groups].sum(axis=1).tolist() == table["Municípios"].tolist()
    assert table["Mediana do valor (%)"].dtype == float
    # Each municipality once, and none above 100%; one of two plans is one municipality.
    assert (frame["latest_value"] > 100).sum() > 5
    twice = pd.concat([frame.assign(participant=True), frame.tail(1).assign(participant=True)])
    one = targets.participants(twice, data.indicators["vacina_penta"])
    known = frame.loc[frame["latest_value"] <= 100, "latest_value"]
    assert one["Mediana do valor (%)"].tolist() == [pytest.approx(known.median())]


def reckoned(found: Reading) -> dict[str, str]:
    return dict(readings.calculation(found))


def by(every: list[Reading], plan: str, status: str) -> Reading:
    return next(found for found in every if found.target.plan == plan and found.status == status)


def test_a_calculation_says_nothing_twice_and_nothing_false(every: list[Reading]) -> None:
    for found in every:
        rows = reckoned(found)
        text = " ".join(rows.values())
        assert "Intervalo de 95%" not in rows and rows.get("Intervalo", "").count("95%)") <= 1
        assert not re.search(r"\b1 métodos|\b0 pendências em 2026\b", text), text
        assert "n.d." not in rows.get("Linha de base", "") and not rows["Meta"].startswith("n.d.")
        word = readings.situation(found).split(" (")[0]
        # A closed deadline is told with its year.
        if found.status != "missed":
            assert word.lower() not in rows["Leitura"].removeprefix(f"{word}. ").lower(), rows["Leitura"]
        if found.status == "achieved":
            assert "Ritmo necessário" not in rows
        if found.verdict.cause == "implausible":
            assert "Intervalo" not in rows and "folga" not in rows["Distância até a meta"]
    reached = reckoned(by(every, "crianca_alfabetizada", "achieved"))
    assert reached["Distância até a meta"].startswith("nenhuma")
    pending = reckoned(by(every, "cauc_sem_pendencias", "outside"))
    assert pending["Valor atual"].endswith(" em 21/08/2026")
    # Fact, distance and pace stand also where nothing is read.
    old = reckoned(by(every, "capag_a_ou_b", "no_data"))
    assert re.fullmatch(r"[ABCD]\+? em 20\d\d", old["Último valor"]) and "entre as aceitas" in old["Leitura"]
    silent = by(every, "poupanca_corrente_95", "no_data")
    assert reckoned(silent)["Distância até a meta"] and "89,9% em 2021" in reckoned(silent)["Último valor"]
    unread = by(every, "marco_saneamento", "no_data")
    assert reckoned(unread)["Ritmo necessário"].endswith(" por ano, a partir de 2023")
    assert re.search(
        r"em 2023, a [\d,]+\sp\.p\. da meta: \+[\d,]+\sp\.p\. por ano até 2033", readings.sentence(unread)
    )
    closed = reckoned(by(every, "ideb_anos_iniciais_2021", "missed"))
    assert "Valor até o prazo" in closed and "Valor atual" not in closed


def test_the_straight_line_is_ours_wherever_a_reading_stands_on_it(every: list[Reading]) -> None:
    on_ours = [
        found
        for found in every
        if found.target.plan == "alfabetizacao_pne" and found.verdict.pace is not None
    ]
    assert on_ours
    for found in on_ours:
        if found.status not in ("achieved", "missed"):
            assert "linha reta, traçado por nós" in readings.sentence(found)
    short = [
        found
        for found in on_ours
        if found.status == "on_track" and found.verdict.latest_value < found.verdict.expected_value  # type: ignore[operator]
    ]
    assert short and all("dentro da tolerância" in readings.sentence(found) for found in short)
    official = by(every, "crianca_alfabetizada", "on_track")
    assert "da meta de 2025 (" in readings.sentence(official) or "à meta de 2025 (" in readings.sentence(
        official
    )
    assert "traçado por nós" not in readings.sentence(official)


def test_a_limit_bears_the_warning_of_its_own_year(every: list[Reading]) -> None:
    floors = [
        found
        for found in every
        if found.target.plan.startswith("vacina") and found.verdict.latest_year == 2024
    ]
    assert floors and all("metade dos nascidos vivos" in readings.sentence(found) for found in floors)
    other = by(every, "poupanca_corrente_95", "alert")
    assert readings.cautions(other) == ""


def test_what_three_years_say_starts_from_three_years(data: Tables) -> None:
    [found] = [
        found
        for found in readings.each(data, data.verdicts(True))
        if found.target.plan == "demonstracao" and found.verdict.pooled
    ]
    rows = reckoned(found)
    # The plan's own 12.6 is of one year; the reading set 9.6 of three years against 9.8 of three.
    assert rows["Linha de base"] == "9,8\u00a0por mil de 2018 a 2020"
    assert rows["Valor atual"] == "9,6\u00a0por mil de 2022 a 2024"
    assert "menos de 0,1" in rows["Ritmo observado"] and "não mudou" not in readings.sentence(found)
    assert readings.people(found).endswith(" em três anos")
    # The chart's last point is of one year, 13.2: the sentence over it says why it ends elsewhere.
    assert "O gráfico traz o valor de cada ano." in readings.sentence(found)


def test_nothing_told_is_no_good_news_and_people_have_a_name(data: Tables) -> None:
    frame = data.verdicts()
    water = frame[frame["indicator"] == "agua_atendimento_sinisa"]
    assert targets.metas_title(water) == "79 municípios, e nada se pode afirmar; 79 sem dado para ler"
    assert targets.metas_title(water.head(1)) == "1 município, sem dado para ler"
    vaccine = frame[frame["indicator"] == "vacina_penta"]
    unread = int(vaccine["cause"].eq("implausible").sum())
    said = targets.rule(data, vaccine)
    assert unread > 0 and f"Somados os {79 - unread} municípios com contagem, falta vacinar " in said
    assert " crianças para a meta, pelos dados de 2024; " in said and "Contagens estimadas." in said
    ideb = tally.tiles(frame[frame["plan"] == "ideb_anos_iniciais_2021"])[-1]
    assert " dentro da margem de acaso; " in ideb.context and "sem dado que se possa testar" in ideb.context


def test_what_asks_for_a_decision_says_how_sure(data: Tables) -> None:
    frame = data.verdicts()
    town = frame[frame["municipality_code"] == "5001102"]
    told = targets.agenda_words(data, town)
    assert told["Situação"].str.contains("(provável)", regex=False).any()
    # 94.99% of at most 95%.
    assert "94,99% (2024)" in set(told["Valor atual"])


def test_no_line_leads_back_from_where_the_target_was_met_all_along(every: list[Reading]) -> None:
    found = by(every, "marco_saneamento", "no_data")
    start = found.target.baseline_value
    assert start is not None and found.indicator.better == "higher"

    def begins(aim: float, gap: float | None) -> int | None:
        target, verdict = replace(found.target, target_value=aim), replace(found.verdict, gap=gap)
        path = readings.path(replace(found, target=target, verdict=verdict))
        assert path is not None and path.target_value == aim
        return path.baseline_year

    assert begins(start + 5, 5.0) == begins(start + 5, None) == found.target.baseline_year
    # Met at the baseline, and missed since: the line is what the reading stands on.
    assert begins(start - 5, 1.0) == found.target.baseline_year
    assert begins(start - 5, -5.0) is None


def test_a_pace_too_small_to_print_is_told_in_words(every: list[Reading]) -> None:
    found = by(every, "marco_saneamento", "no_data")
    assert readings._yearly(0.02, found.indicator) == "menos de 0,1\u00a0p.p. a mais por ano"
    assert readings._yearly(-0.02, found.indicator) == "menos de 0,1\u00a0p.p. a menos por ano"
    assert readings._yearly(0.2, found.indicator) == "+0,2\u00a0p.p. por ano"
