from __future__ import annotations

import csv
import datetime as dt
import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import plan_files
from pipelines.__main__ import check_plan
from pipelines.declarations import ROOT, read_config
from pipelines.plan_files import (
    DELIVERABLES,
    MILESTONES,
    PLAN,
    TARGETS,
    Deliverable,
    Fault,
    Measure,
    PlanFile,
    lint,
    number_of,
    preview,
    read_plan,
    target_of,
    template_bytes,
    write_plan,
    write_template,
)
from pipelines.verdicts import Observation

PLACES = {"5002704": "Campo Grande", "5003702": "Dourados", "5100201": "Água Boa"}
LITERACY = Measure(
    "alfabetizacao", "Crianças alfabetizadas", "Educação", "%", 1, "higher", "number", (), 0, 100, 100
)
DEATHS = Measure(
    "mortalidade", "Mortalidade infantil", "Saúde", "por mil", 1, "lower", "number", (), 0, 1000, 1000
)
GRADE = Measure("capag", "Capag", "Finanças", "nota", 0, "lower", "category", ("A+", "A", "B", "C"), 1, 4, 1)
PEOPLE = Measure("populacao", "População", "Contexto", "pessoas", 0, "none", "number", (), 0, 1e8, 1)
MEASURES = {found.indicator: found for found in (LITERACY, DEATHS, GRADE, PEOPLE)}


def target(facts: Measure, **given: Any) -> Any:
    common = {
        "plan": "educacao-2026", "plan_version": 2, "municipality_code": "5002704", "front": facts.front,
        "challenge": "Desafio", "responsible": "Secretaria", "legal_basis": "Ata 1",
    }  # fmt: skip
    return target_of(facts, **{**common, **given})


GOAL = target(
    LITERACY, kind="goal", operator=">=", baseline_year=2023, baseline_value=41.6, target_year=2028,
    target_value=70.0, milestones={2025: 50.5, 2026: 58.0},
)  # fmt: skip
LIMIT = target(
    DEATHS, kind="limit", operator="<=", target_value=12.0, alert_value=10.8, prudential_value=11.4
)
CATEGORY = target(GRADE, kind="category", target_categories=("A", "B"))
DONE = Deliverable(
    "E1", "alfabetizacao", "Desafio", "Formar", "40 formados", "Núcleo", dt.date(2026, 2, 1),
    dt.date(2026, 6, 30), "done", 100.0, dt.date(2026, 7, 1),
)  # fmt: skip
TO_DO = Deliverable(
    "E2",
    "mortalidade",
    "Desafio",
    "Visitar",
    "Visitas",
    None,
    None,
    dt.date(2026, 12, 31),
    "to_do",
    None,
    None,
)
GOOD = PlanFile(
    "educacao-2026", 2, "Plano de educação", "municipal", "5002704", dt.date(2026, 2, 1), "Ata 1",
    "Secretaria", (GOAL, LIMIT, CATEGORY), (DONE, TO_DO),
)  # fmt: skip


def read(source: Path | bytes, name: str = "plano.xlsx") -> PlanFile | list[Fault]:
    return read_plan(source, name, PLACES, MEASURES)


def good(source: Path | bytes, name: str = "plano.xlsx") -> PlanFile:
    found = read(source, name)
    assert isinstance(found, PlanFile), [fault.text for fault in found]
    return found


def faults(source: Path | bytes, name: str = "plano.xlsx") -> list[Fault]:
    found = read(source, name)
    assert isinstance(found, list)
    assert found
    return found


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plano.xlsx"
    write_plan(path, GOOD, PLACES, MEASURES)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "plano"
    write_plan(path, GOOD, PLACES, MEASURES)
    return path


def edited(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def put(path: Path, sheet: str, cell: str, value: Any) -> Path:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value

    return edited(path, change)


def test_what_is_written_is_read_back(plan: Path, folder: Path) -> None:
    for found in (good(plan), good(folder, folder.name)):
        assert found.targets == GOOD.targets
        assert found.deliverables == GOOD.deliverables
        assert (found.plan, found.plan_version, found.title) == ("educacao-2026", 2, "Plano de educação")
        assert (found.origin, found.municipality_code, found.valid_from) == (
            "municipal", "5002704", dt.date(2026, 2, 1)
        )  # fmt: skip
        assert found.rows == {"alfabetizacao": 2, "mortalidade": 3, "capag": 4}
        assert len(found.sha256) == 64


def test_bytes_read_like_the_file(plan: Path) -> None:
    assert good(plan.read_bytes()) == good(plan)


def test_blank_template_asks_for_what_is_missing(tmp_path: Path) -> None:
    found = faults(template_bytes(PLACES, MEASURES))
    missing = {fault.column for fault in found if fault.sheet == PLAN}
    assert missing == {"Identificador", "Versão", "Título", "Município", "Vale a partir de"}
    assert [fault.problem for fault in found if fault.sheet == TARGETS] == ["o plano não tem metas"]
    write_template(tmp_path / "modelo", PLACES, MEASURES)
    assert {(fault.sheet, fault.column) for fault in faults(tmp_path / "modelo", "modelo")} == {
        (fault.sheet, fault.column) for fault in found
    }


def test_template_has_sheets_dropdowns_and_explained_example() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_bytes(PLACES, MEASURES)))
    assert book.sheetnames == [PLAN, TARGETS, MILESTONES, DELIVERABLES, "Listas", "Exemplo"]
    lists = {
        rule.promptTitle: rule
        for rule in book[TARGETS].data_validations.dataValidation
        if rule.type == "list"
    }
    assert set(lists) == {"Indicador", "Tipo", "Sentido"}
    # The list of the indicators points at their titles.
    letter, last = re.fullmatch(r"Listas!\$([A-Z])\$2:\$[A-Z]\$(\d+)", lists["Indicador"].formula1).groups()  # type: ignore[union-attr]
    listed = [book["Listas"][f"{letter}{row}"].value for row in range(2, int(last) + 1)]
    assert sorted(listed) == sorted(found.title for found in MEASURES.values())
    example = list(book["Exemplo"].iter_rows(min_row=2, values_only=True))
    assert {row[0] for row in example} == {PLAN, TARGETS, MILESTONES, DELIVERABLES}
    assert all(row[4] for row in example)
    assert not any(sheet.merged_cells.ranges for sheet in book)


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
        (TARGETS, "A2", "x" * 500, "Desafio", "mais de 400 letras"),
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
    data = _replacing(
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


def test_merged_cells_are_refused(plan: Path) -> None:
    found = faults(edited(plan, lambda book: book[TARGETS].merge_cells("A2:A3")))
    assert any(fault.sheet == TARGETS and "mescladas" in fault.problem and fault.row == 2 for fault in found)


@pytest.mark.parametrize(
    "near", [b"mergeCell ", b'mergeCell ref="', b'mergeCell ref="A1:', b"mergeCell ref=A"]
)
def test_the_search_for_merged_cells_ends(plan: Path, near: bytes) -> None:
    hostile = b"</sheetData><!--" + near * 200_000 + b"-->"
    data = _replacing(
        plan.read_bytes(), "xl/worksheets/sheet2.xml", lambda xml: xml.replace(b"</sheetData>", hostile)
    )
    assert good(data).targets == GOOD.targets


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


def test_demonstration_is_marked(plan: Path) -> None:
    assert good(put(plan, PLAN, "B9", "sim")).origin == "demonstration"


@pytest.mark.parametrize("name", ["plano.xlsm", "plano.xls", "plano.ods", "plano.csv", "plano.pdf", "plano"])
def test_wrong_endings_are_refused(plan: Path, name: str) -> None:
    [fault] = faults(plan.read_bytes(), name)
    assert ".xlsx" in fault.mend or "pasta" in fault.mend


def _with_part(data: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def _replacing(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, change(content) if item.filename == part else content)
    return buffer.getvalue()


def test_macros_under_another_name_are_refused(plan: Path) -> None:
    [fault] = faults(_with_part(plan.read_bytes(), "xl/vbaProject.bin", b"x"))
    assert "macros" in fault.problem
    typed = _replacing(
        plan.read_bytes(),
        "[Content_Types].xml",
        lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main"),
    )
    assert "macros" in faults(typed)[0].problem


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04 nothing", b"nome;valor\n1;2\n", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"\0" * 5000],
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    [fault] = faults(data)
    assert fault.mend


def test_broken_parts_are_refused(plan: Path) -> None:
    data = plan.read_bytes()
    parts = zipfile.ZipFile(io.BytesIO(data)).namelist()
    for part in parts:
        broken = _replacing(data, part, lambda xml: xml[: len(xml) // 2])
        assert isinstance(read(broken), list | PlanFile)
    assert isinstance(read(data[:-400]), list)


DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "before", ["", "\n", '<?xml version="1.0"?>', '<?xml version="1.0"?>\n<!-- nota -->\n']
)
@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/worksheets/sheet2.xml", "xl/_rels/workbook.xml.rels"])
def test_document_types_are_refused(plan: Path, part: str, before: str, encoding: str) -> None:
    data = _replacing(
        plan.read_bytes(), part, lambda xml: f"{before}{DOCTYPE}{xml.decode()}".encode(encoding)
    )
    [fault] = faults(data)
    assert "definições" in fault.problem


def test_document_types_are_refused_after_a_long_comment(plan: Path) -> None:
    before = f"<!--{'x' * 100_000}-->"
    data = _replacing(
        plan.read_bytes(), "xl/styles.xml", lambda xml: f"{before}{DOCTYPE}{xml.decode()}".encode()
    )
    [fault] = faults(data)
    assert "definições" in fault.problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_document_types_are_refused_in_a_sheet_under_another_ending(plan: Path, encoding: str) -> None:
    renamed = io.BytesIO()
    with zipfile.ZipFile(plan) as old, zipfile.ZipFile(renamed, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            name = item.filename.replace("sheet2.xml", "sheet2.bin")
            new.writestr(name, old.read(item).replace(b"sheet2.xml", b"sheet2.bin"))
    assert good(renamed.getvalue()).targets == GOOD.targets
    data = _replacing(
        renamed.getvalue(),
        "xl/worksheets/sheet2.bin",
        lambda xml: f"{DOCTYPE}{xml.decode()}".encode(encoding),
    )
    [fault] = faults(data)
    assert "definições" in fault.problem


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "HP LaserJet".encode("utf-16-le")])
def test_pictures_and_printer_settings_are_no_document_types(plan: Path, content: bytes) -> None:
    assert good(_with_part(plan.read_bytes(), "xl/media/image1.bin", content)).targets == GOOD.targets


def _measured(data: Path | bytes) -> tuple[PlanFile | list[Fault], float, float]:
    tracemalloc.start()
    started = time.perf_counter()
    found = read(data)
    seconds = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, seconds, peak / 1e6


def test_a_zip_bomb_is_refused_unopened(plan: Path) -> None:
    bomb = _with_part(plan.read_bytes(), "xl/worksheets/sheet9.xml", b"0" * 300_000_000)
    assert len(bomb) < plan_files.MAX_FILE_BYTES
    found, seconds, megabytes = _measured(bomb)
    assert isinstance(found, list)
    assert "depois de aberto" in found[0].problem
    assert seconds < 2
    assert megabytes < 30


def test_a_hundred_thousand_rows_are_refused_in_seconds(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(TARGETS)
    sheet.append([column.title for column in plan_files.TARGET_COLUMNS])
    for _ in range(100_000):
        sheet.append(["Desafio"])
    book.save(tmp_path / "grande.xlsx")
    found, seconds, megabytes = _measured(tmp_path / "grande.xlsx")
    assert isinstance(found, list)
    assert any("linhas demais" in fault.text for fault in found)
    assert seconds < 20
    assert megabytes < 200


def test_a_sheet_that_claims_a_million_rows_is_read_in_seconds(plan: Path) -> None:
    def far(xml: bytes) -> bytes:
        row = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>longe</t></is></c></row></sheetData>'
        return re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml).replace(
            b"</sheetData>", row
        )

    found, seconds, megabytes = _measured(_replacing(plan.read_bytes(), "xl/worksheets/sheet2.xml", far))
    assert isinstance(found, list)
    assert any("linhas demais" in fault.problem for fault in found)
    assert seconds < 20
    assert megabytes < 200


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "plano.xlsx"
    path.write_bytes(b"\0" * (plan_files.MAX_FILE_BYTES + 1))
    [fault] = faults(path)
    assert "MB" in fault.problem


class TestFolders:
    def test_comma_and_other_line_ends(self, folder: Path) -> None:
        for path in folder.glob("*.csv"):
            rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=";"))
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\r\n").writerows(rows)
        assert good(folder, "plano").targets == GOOD.targets

    def test_another_encoding_names_file_and_row(self, folder: Path) -> None:
        path = folder / "metas.csv"
        path.write_bytes(path.read_text("utf-8-sig").encode("latin-1"))
        [fault] = [fault for fault in faults(folder, "plano") if fault.sheet == TARGETS]
        assert "não está em UTF-8" in fault.problem
        path.write_bytes(path.read_bytes().decode("latin-1").encode("utf-16"))
        assert any("não está em UTF-8" in fault.problem for fault in faults(folder, "plano"))

    def test_missing_unknown_and_too_many(self, folder: Path) -> None:
        (folder / "marcos.csv").unlink()
        (folder / "notas.txt").write_text("x")
        with (folder / "metas.csv").open("a", encoding="utf-8") as file:
            file.writelines(f"d{number};;;\n" for number in range(200))
        problems = [fault.problem for fault in faults(folder, "plano")]
        assert "falta o arquivo marcos.csv" in problems
        assert "o arquivo não é do modelo" in problems
        assert any("linhas demais" in problem for problem in problems)

    def test_formulas(self, folder: Path) -> None:
        path = folder / "metas.csv"
        path.write_text(
            path.read_text("utf-8-sig").replace("Desafio;Educação", '"=HYPERLINK(1)";Educação', 1), "utf-8"
        )
        assert any(fault.problem == "é uma fórmula" for fault in faults(folder, "plano"))

    def test_unclosed_quotes(self, folder: Path) -> None:
        path = folder / "marcos.csv"
        path.write_text(path.read_text("utf-8-sig") + '"aberto;2026;1\n', "utf-8")
        assert any("não é um CSV" in fault.problem for fault in faults(folder, "plano"))


@settings(deadline=None)
@given(st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 6))
def test_numbers_written_the_brazilian_way_are_read(value: float, decimals: int) -> None:
    written = f"{value:,.{decimals}f}"
    brazilian = written.translate(str.maketrans(",.", ".,"))
    found = number_of(brazilian)
    if "," not in brazilian and brazilian.count(".") == 1:
        assert found is None
    else:
        assert found == float(written.replace(",", ""))


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = number_of(text)
    assert found is None or isinstance(found, float)


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


def test_the_demonstration_plan_says_so() -> None:
    config = read_config()
    places, measures = plan_files.template_lists(config)
    found = read_plan(
        ROOT / "data" / "raw" / "plans" / "demonstracao.xlsx", "demonstracao.xlsx", places, measures
    )
    assert isinstance(found, PlanFile)
    assert found.origin == "demonstration"
    assert found.title.startswith("DEMONSTRAÇÃO")
    assert {aim.kind for aim in found.targets} == {"goal", "limit", "category"}
    as_of = dt.date(2026, 11, 22)
    assert any(item.due < as_of and item.status != "done" for item in found.deliverables)
    assert any(item.updated_at is None for item in found.deliverables)


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
    assert "Variação compatível com o acaso" in printed
