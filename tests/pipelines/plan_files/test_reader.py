from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipelines import plan_files
from pipelines.__main__ import check_plan
from pipelines.declarations import ROOT, read_config
from pipelines.plan_files import (
    DELIVERABLES,
    MILESTONES,
    PLAN,
    TARGETS,
    lint,
    preview,
)
from pipelines.verdicts import Observation
from tests.pipelines.plan_files.samples import (
    GOOD,
    edited,
    faults,
    good,
    put,
    replacing,
)


def test_all_faults_at_once_with_place_and_mend(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[PLAN]["B2"] = "Educação 2026"
        book[PLAN]["B5"] = "9999999 Lugar Nenhum"
        book[TARGETS]["C3"] = "Indicador que não há"
        book[TARGETS]["I2"] = "setenta"
        book[MILESTONES]["B2"] = 2035
        book[DELIVERABLES]["G2"] = "31/02/2026"
        book[DELIVERABLES]["I2"] = 140
        book[DELIVERABLES]["H3"] = "quase"

    found = faults(edited(plan, change))
    places = {(fault.sheet, fault.row, fault.column) for fault in found}
    assert {
        (PLAN, 2, "Identificador"),
        (PLAN, 5, "Município"),
        (TARGETS, 3, "Indicador"),
        (TARGETS, 2, "Meta"),
        (MILESTONES, 2, "Ano"),
        (DELIVERABLES, 2, "Prazo"),
        (DELIVERABLES, 2, "Andamento (%)"),
        (DELIVERABLES, 3, "Situação"),
    } <= places
    assert all(fault.problem and fault.mend for fault in found)
    text = next(fault.text for fault in found if fault.column == "Meta")
    assert (
        text == "Aba Metas, linha 2, coluna Meta: 'setenta' não é um número. Escreva só o número, como 12,5."
    )


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "column", "problem"),
    [
        (TARGETS, "D2", "Categoria", "Tipo", "não combina"),
        (TARGETS, "D4", "Meta", "Tipo", "não serve a um indicador de notas"),
        (TARGETS, "J4", "A, Z", "Categorias aceitas", "não existe neste indicador"),
        (TARGETS, "J4", None, "Categorias aceitas", "está em branco"),
        (TARGETS, "C3", "Crianças alfabetizadas", "Indicador", "já tem meta na linha 2"),
        (TARGETS, "H2", 2023, "Ano da meta", "não vem depois do ano de base"),
        (TARGETS, "H2", None, "Ano da meta", "está em branco"),
        (TARGETS, "G2", None, "Valor de base", "está em branco"),
        (TARGETS, "I3", None, "Meta", "está em branco"),
        (TARGETS, "K2", 3, "Alerta", "não cabe neste tipo de meta"),
        (TARGETS, "A2", None, "Desafio", "está em branco"),
        (TARGETS, "I2", "1.234", "Meta", "pode ser lido de dois modos"),
        (TARGETS, "H2", 20, "Ano da meta", "não é um ano"),
        (TARGETS, "H2", 2028.5, "Ano da meta", "inteiro"),
        (TARGETS, "A2", "x" * 1001, "Desafio", "mais de 1.000 letras"),
        (TARGETS, "I2", True, "Meta", "não é um número"),
        (MILESTONES, "B3", 2025, "Ano", "já tem marco"),
        (MILESTONES, "A2", "Mortalidade infantil", "Indicador", "não é do tipo Meta"),
        (MILESTONES, "A2", "População", "Indicador", "não está na aba Metas"),
        (DELIVERABLES, "A3", "E1", "Código", "já foi usado na linha 2"),
        (DELIVERABLES, "B2", "População", "Indicador", "não está na aba Metas"),
        (DELIVERABLES, "F2", dt.date(2026, 12, 1), "Prazo", "vem antes do início"),
        (DELIVERABLES, "G2", 46000, "Prazo", "não é uma data"),
        (PLAN, "B3", 0, "Versão", "não é uma versão"),
        (PLAN, "B9", "talvez", "Demonstração", "não é uma das opções"),
    ],
)
def test_each_fault(plan: Path, sheet: str, cell: str, value: Any, column: str, problem: str) -> None:
    if cell == "G2" and sheet == DELIVERABLES:
        edited(plan, lambda book: setattr(book[sheet]["G2"], "number_format", "General"))
    found = faults(put(plan, sheet, cell, value))
    assert any(
        problem in fault.problem and fault.sheet == sheet and fault.column == column for fault in found
    ), [fault.text for fault in found]


@pytest.mark.parametrize("number", ["1e300", "-1e300", "1e999", "1" + "0" * 350])
@pytest.mark.parametrize(
    ("sheet", "part", "cell", "column"),
    [
        (TARGETS, "sheet2", "I2", "Meta"),
        (TARGETS, "sheet2", "H2", "Ano da meta"),
        (DELIVERABLES, "sheet4", "I2", "Andamento (%)"),
    ],
)
def test_numbers_beyond_any_indicator_are_refused(
    plan: Path, sheet: str, part: str, cell: str, column: str, number: str
) -> None:
    marked = put(plan, sheet, cell, 424242).read_bytes()
    data = replacing(
        marked,
        f"xl/worksheets/{part}.xml",
        lambda xml: xml.replace(b"<v>424242</v>", f"<v>{number}</v>".encode()),
    )
    [fault] = faults(data)
    assert (fault.sheet, fault.row, fault.column) == (sheet, 2, column)
    assert fault.problem == "é grande demais"
    assert fault.mend
    assert len(fault.text) < 200


@pytest.mark.parametrize(("cell", "column"), [("I2", "Meta"), ("H2", "Ano da meta")])
def test_numbers_beyond_any_indicator_are_refused_as_text_too(plan: Path, cell: str, column: str) -> None:
    [fault] = faults(put(plan, TARGETS, cell, "9" * 350 + ",0"))
    assert (fault.sheet, fault.row, fault.column, fault.problem) == (TARGETS, 2, column, "é grande demais")
    [fault] = faults(put(plan, TARGETS, cell, "1e999"))
    assert (fault.row, fault.column, fault.value, fault.problem) == (2, column, "1e999", "não é um número")


def test_the_largest_number_is_still_one(plan: Path) -> None:
    largest = plan_files.MAX_NUMBER
    assert good(put(plan, TARGETS, "I2", largest)).targets[0].target_value == largest


def test_formulas_are_refused(plan: Path) -> None:
    found = faults(put(plan, TARGETS, "I2", "=50+20"))
    assert [(fault.sheet, fault.row, fault.column, fault.value) for fault in found] == [
        (TARGETS, 2, "Meta", "=50+20")
    ]
    assert found[0].problem == "é uma fórmula"


def test_wrong_sheets_and_columns_are_refused(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[MILESTONES].title = "Passos"
        book[TARGETS]["A1"] = "Problema"

    problems = {(fault.sheet, fault.column, fault.problem) for fault in faults(edited(plan, change))}
    assert ("Passos", None, "a aba não é do modelo") in problems
    assert (MILESTONES, None, "a aba não existe") in problems
    assert (TARGETS, "Desafio", "a coluna não existe") in problems
    assert (TARGETS, "A", "não é uma coluna do modelo") in problems


def test_columns_may_stand_in_another_order(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book[MILESTONES]
        for row in sheet.iter_rows(max_col=3):
            row[1].value, row[2].value = row[2].value, row[1].value

    assert good(edited(plan, change)).targets == GOOD.targets


def test_a_cell_outside_the_columns_is_seen(plan: Path) -> None:
    found = faults(put(plan, MILESTONES, "F2", "nota"))
    assert any("fora das colunas" in fault.problem or "não é uma coluna" in fault.problem for fault in found)


def test_a_percent_cell_is_read_as_it_is_seen(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[TARGETS]["I2"] = 0.7
        book[TARGETS]["I2"].number_format = "0%"

    assert good(edited(plan, change)).targets[0].target_value == 70.0


def test_people_type_in_their_own_way(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[PLAN]["B5"] = "campo grande"
        book[PLAN]["B6"] = "2026-02-01"
        book[TARGETS]["C2"] = "criancas  ALFABETIZADAS"
        book[TARGETS]["E2"] = "≥"
        book[TARGETS]["D2"] = "meta"
        book[TARGETS]["G2"] = "41,6"
        book[TARGETS]["I2"] = "70%"
        book[TARGETS]["C3"] = "mortalidade"

    found = good(edited(plan, change))
    assert found.targets == GOOD.targets
    assert found.municipality_code == "5002704"


def test_blank_rows_between_are_no_rows(plan: Path) -> None:
    found = good(edited(plan, lambda book: book[DELIVERABLES].insert_rows(3, 5)))
    assert found.deliverables == GOOD.deliverables


def test_doubts_name_the_row(plan: Path) -> None:
    found = good(plan)
    series = {
        "alfabetizacao": [Observation(2023, 41.61), Observation(2024, 51.76)],
        "capag": [Observation(2024, 2)],
    }
    notes = lint(found, series, {"alfabetizacao": [2023, 2024], "capag": [2023, 2024]})
    assert [(note.indicator, note.row, note.remark.id) for note in notes] == [
        ("mortalidade", 3, "no_published_value")
    ]
    assert notes[0].text.startswith("Aba Metas, linha 3: ")
    wrong = replace(found, targets=(replace(found.targets[0], baseline_value=60.0, target_value=0.95),))
    ids = [note.remark.id for note in lint(wrong, series, {})]
    assert ids == ["already_met", "wrong_direction", "baseline_differs", "unit_slip"]


def test_preview_judges_with_the_milestones(plan: Path) -> None:
    series = {"alfabetizacao": [Observation(2023, 41.61), Observation(2024, 51.76)]}
    found = {aim.indicator: verdict for aim, verdict in preview(good(plan), series, dt.date(2026, 11, 22))}
    assert found["alfabetizacao"].status == "on_track"
    # Halfway to the milestone of 2025: 41.6 + (50.5 - 41.6) / 2.
    assert found["alfabetizacao"].expected_value == pytest.approx(46.05)
    assert found["mortalidade"].status == "no_data"


def test_check_plan_prints_faults_and_fails(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The plan's indicators are not those of the repository, so each of its targets is a fault.
    assert check_plan(plan, read_config()) == 1
    printed = capsys.readouterr().out
    assert "não é um indicador da lista" in printed
    assert check_plan(plan.with_name("nada.xlsx"), read_config()) == 1


def test_check_plan_shows_doubts_and_verdicts(config: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx"
    assert check_plan(path, config, dt.date(2026, 11, 22)) == 0
    printed = capsys.readouterr().out
    assert "sem falhas" in printed
    assert "margem do acaso" in printed
    assert "No ritmo" in printed
    assert "Abaixo do mínimo" in printed
    # Of each reading, how far it can be told from chance.
    assert (
        "Provável: a probabilidade de o nível verdadeiro estar acima de 50,3% (95% do caminho previsto) é de 82%"
        in printed
    )
    assert (
        "Não dá para dizer: a probabilidade de o nível verdadeiro estar acima de 8,9 (95% do caminho previsto) é de 61%"
        in printed
    )
