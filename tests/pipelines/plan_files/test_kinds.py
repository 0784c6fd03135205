"""What people's files really hold, kind by kind: read as it is seen, or refused in words."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest

from pipelines.plan_files import DELIVERABLES, MILESTONES, PLAN, TARGETS, lint
from pipelines.verdicts import Observation
from tests.pipelines.plan_files.samples import GOOD, edited, faults, good, measured, put, replacing

NUMBER_CELLS = (
    (TARGETS, "G2"), (TARGETS, "I2"), (TARGETS, "I3"), (TARGETS, "K3"), (TARGETS, "L3"), (MILESTONES, "C2"),
)  # fmt: skip


@pytest.mark.parametrize(("sheet", "cell"), NUMBER_CELLS)
@pytest.mark.parametrize("code", ['0.0"%"', r"0.0\%", '0.0" %";-0.0" %"'])
def test_a_percent_sign_that_is_text_multiplies_nothing(plan: Path, sheet: str, cell: str, code: str) -> None:
    edited(plan, lambda book: setattr(book[sheet][cell], "number_format", code))
    assert good(plan).targets == GOOD.targets


def test_every_number_is_shown_as_read(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[TARGETS]["I2"] = 0.7
        book[TARGETS]["I2"].number_format = '"até "0%'
        book[MILESTONES]["C2"] = "50,5"

    found = {(one.sheet, one.row, one.what): one.text for one in good(edited(plan, change)).as_read}
    assert found[TARGETS, 2, "Meta de 2028"] == "até 70%, lido como 70"
    assert found[TARGETS, 2, "Linha de base de 2023"] == "41,6, lido como 41,6"
    assert found[TARGETS, 3, "Limite"] == "12, lido como 12"
    assert found[TARGETS, 3, "Alerta"] == "10,8, lido como 10,8"
    assert found[MILESTONES, 2, "Marco de 2025"] == "50,5, lido como 50,5"
    assert found[TARGETS, 4, "Categorias aceitas"] == "A, B, lido como A ou B"


def test_a_format_that_shows_another_number_is_refused(plan: Path) -> None:
    [fault] = faults(edited(plan, lambda book: setattr(book[TARGETS]["I2"], "number_format", '"1"0')))
    assert fault.text == (
        "Aba Metas, linha 2, coluna Meta: '170' é o que a célula mostra, e o número guardado é 70. "
        "Mude o formato da célula para Geral e escreva o número inteiro."
    )


def test_a_sign_that_is_not_the_indicators_is_doubted(plan: Path) -> None:
    found = good(edited(plan, lambda book: setattr(book[TARGETS]["I3"], "number_format", '0"%"')))
    [note] = [one for one in lint(found, {}, {}) if one.remark.id == "other_unit"]
    assert (
        note.text == "Aba Metas, linha 3: Limite: a célula mostra '12%', e o indicador é em por mil. Confira."
    )


@pytest.mark.parametrize("dimension", ["A1", "A1:N2", "A1:B1", None])
def test_the_dimension_tag_is_no_bound(plan: Path, dimension: str | None) -> None:
    tag = b"" if dimension is None else f'<dimension ref="{dimension}"/>'.encode()
    data = plan.read_bytes()
    for part in range(1, 5):
        data = replacing(
            data, f"xl/worksheets/sheet{part}.xml", lambda xml: re.sub(rb"<dimension[^>]*>", tag, xml)
        )
    assert good(data).targets == GOOD.targets
    assert good(data).deliverables == GOOD.deliverables


def test_the_strict_form_is_read(plan: Path) -> None:
    data = plan.read_bytes()
    for part in zipfile.ZipFile(io.BytesIO(data)).namelist():
        data = replacing(
            data,
            part,
            lambda xml: xml.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            ).replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            ),
        )
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml")
    assert good(data).targets == GOOD.targets


def test_decomposed_letters_are_the_same_letters(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets[:4]:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str):
                        cell.value = unicodedata.normalize("NFD", cell.value)
        book[DELIVERABLES].title = unicodedata.normalize("NFD", DELIVERABLES)

    found = good(edited(plan, change))
    assert (found.targets, found.deliverables, found.title) == (GOOD.targets, GOOD.deliverables, GOOD.title)


@pytest.mark.parametrize("value", [500270, "500270", "500270 Campo Grande", "5002704 - CAMPO GRANDE/MS"])
def test_six_digits_serve_and_names_may_say_their_state(plan: Path, value: object) -> None:
    assert good(put(plan, PLAN, "B5", value)).municipality_code == "5002704"


def test_code_and_name_that_disagree_are_both_named(plan: Path) -> None:
    [fault] = faults(put(plan, PLAN, "B5", "5002704 Dourados"))
    assert "5002704 é Campo Grande, e Dourados é 5003702" in fault.problem


@pytest.mark.parametrize(
    ("operator", "alert", "prudential", "columns"),
    [
        ("no máximo", 13, 12.5, {"Alerta", "Prudencial"}),
        ("no máximo", 11.4, 11.4, {"Alerta"}),
        ("no máximo", 12, None, {"Alerta"}),
        ("pelo menos", 10.8, 11.4, {"Alerta", "Prudencial"}),
        ("pelo menos", 13, 12.5, set()),
        ("no máximo", 10, 11, set()),
    ],
)
def test_alert_prudential_and_limit_stand_in_their_order(
    plan: Path, operator: str, alert: float, prudential: float | None, columns: set[str]
) -> None:
    def change(book: openpyxl.Workbook) -> None:
        for cell, value in {"E3": operator, "K3": alert, "L3": prudential}.items():
            book[TARGETS][cell] = value

    edited(plan, change)
    if columns:
        assert {fault.column for fault in faults(plan)} == columns
    else:
        assert good(plan).targets[1].alert_value == alert


def test_refusals_show_what_was_typed(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[TARGETS]["J2"] = "A, B"
        book[TARGETS]["K2"] = 12.5

    found = {fault.column: fault.value for fault in faults(edited(plan, change))}
    assert found == {"Categorias aceitas": "A, B", "Alerta": "12,5"}


@pytest.mark.parametrize(("word", "status"), [("Cancelada", "cancelled"), ("suspensa", "suspended")])
def test_a_deliverable_set_aside_keeps_its_reason(plan: Path, word: str, status: str) -> None:
    put(plan, DELIVERABLES, "H3", word)
    [note] = [one for one in lint(good(plan), {}, {}) if one.remark.id == "no_reason"]
    assert "E2" in note.text
    found = good(put(plan, DELIVERABLES, "K3", "Sem verba"))
    assert (found.deliverables[1].status, found.deliverables[1].status_reason) == (status, "Sem verba")
    [fault] = faults(put(plan, DELIVERABLES, "K2", "Sem verba"))
    assert "não cabe na situação Concluída" in fault.problem


def test_a_sheet_of_an_earlier_template_has_no_column_of_reasons(plan: Path) -> None:
    assert (
        good(edited(plan, lambda book: book[DELIVERABLES].delete_cols(11))).deliverables == GOOD.deliverables
    )


def test_a_thousand_letters_are_told_in_the_template_and_read(plan: Path) -> None:
    explained = {
        row[1]: str(row[4]) for row in openpyxl.load_workbook(plan)["Exemplo"].iter_rows(values_only=True)
    }
    assert "1.000 letras" in explained["Entrega"]
    assert good(put(plan, DELIVERABLES, "D3", "x" * 1000)).deliverables[1].deliverable == "x" * 1000
    assert "1.000 letras" in faults(put(plan, DELIVERABLES, "D3", "x" * 1001))[0].problem


@pytest.mark.parametrize("mark", ["\ufffe", "\uffff", "\x00", "\ufffd", "\ufdd0"])
def test_characters_that_no_spreadsheet_may_carry(folder: Path, mark: str) -> None:
    path = folder / "metas.csv"
    path.write_text(
        path.read_text("utf-8-sig").replace("Desafio;Educação", f"Desa{mark};Educação", 1), "utf-8"
    )
    [fault] = faults(folder, "plano")
    assert fault.column == "Desafio"
    assert f"U+{ord(mark):04X}" in fault.problem


@pytest.mark.parametrize("written", ["Desa\ufffe", "Desa&#xFFFF;", "Desa\x01", "Desa_xFFFE_"])
def test_such_characters_in_a_workbook(plan: Path, written: str) -> None:
    put(plan, TARGETS, "A2", "MARCA")
    part = next(
        name for name in zipfile.ZipFile(plan).namelist() if b"MARCA" in zipfile.ZipFile(plan).read(name)
    )
    [fault] = faults(replacing(plan.read_bytes(), part, lambda xml: xml.replace(b"MARCA", written.encode())))
    assert "nenhuma planilha pode guardar" in fault.problem


@pytest.mark.parametrize("crc", [True, False])
def test_a_part_larger_than_it_says_takes_no_memory(plan: Path, crc: bool) -> None:
    buffer = io.BytesIO(plan.read_bytes())
    content = b"0" * 600_000_000
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/big.xml", content)
        told = archive.getinfo("xl/worksheets/big.xml")
        actual = told.CRC.to_bytes(4, "little")
    sized = len(content).to_bytes(4, "little")
    del content
    data = buffer.getvalue().replace(sized, (1000).to_bytes(4, "little"))
    if crc:
        # The checksum of what would be read fits: only the length tells.
        data = data.replace(actual, zlib.crc32(b"0" * 1000).to_bytes(4, "little"))
    del buffer
    found, seconds, megabytes = measured(data)
    assert isinstance(found, list)
    assert "danificado ou foi alterado" in found[0].problem
    assert seconds < 2
    assert megabytes < 30


def test_doubts_of_base_years_and_milestones(plan: Path) -> None:
    def change(book: openpyxl.Workbook) -> None:
        book[MILESTONES]["C2"] = 0
        book[MILESTONES]["C3"] = 90000

    found = good(edited(plan, change))
    series = {"alfabetizacao": [Observation(2023, 41.6), Observation(2024, 51.8, break_before=True)]}
    notes = {note.remark.id: note.text for note in lint(found, series, {"alfabetizacao": [2023, 2024]})}
    assert notes["milestone_zero"].startswith("Aba Marcos, linha 2: O marco de 2025 (0,0%)")
    assert notes["milestone_out_of_range"].startswith("Aba Marcos, linha 3: O marco de 2026 (90.000,0%)")
    assert "2024" in notes["baseline_before_break"]
