"""Plans and the blank template written as workbooks or folders of CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipelines import verdicts
from pipelines.declarations import Indicator
from pipelines.plan_files.cells import Cell, plain_value
from pipelines.plan_files.plan import PlanFile
from pipelines.plan_files.template import (
    DELIVERABLE_COLUMNS,
    DELIVERABLES,
    EXAMPLE,
    KINDS,
    LISTS,
    MILESTONE_COLUMNS,
    MILESTONES,
    OPERATORS,
    PLAN,
    PLAN_FIELDS,
    PLAN_HEADER,
    SHEETS,
    STATUSES,
    TARGET_COLUMNS,
    TARGETS,
    YES_NO,
    Column,
    Sheet,
)
from pipelines.plan_files.values import YEARS
from pipelines.verdicts import KIND_LABELS, OPERATOR_LABELS

HEADER_FONT = Font(bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", start_color="1351B4")
HELP_FONT = Font(color="4A5663", italic=True)
WRAPPED = Alignment(wrap_text=True, horizontal="left", vertical="top")
FORMATS = {"date": "dd/mm/yyyy", "text": "@", "code": "@", "id": "@"}
LIST_COLUMNS = (
    "Município", "Indicador", "Código do indicador", "Unidade", "Melhor", "Tipo", "Sentido", "Situação",
    "Demonstração",
)  # fmt: skip
LIST_OF_KIND = {
    "municipality": "Município", "indicator": "Indicador", "kind": "Tipo", "operator": "Sentido",
    "status": "Situação", "yes_no": "Demonstração",
}  # fmt: skip
BETTER_LABELS = {"higher": "maior", "lower": "menor", "none": "sem sentido melhor"}


def write_template(path: Path, municipalities: Mapping[str, str], measures: Mapping[str, Indicator]) -> None:
    """Write the blank template: an XLSX file if the path ends in .xlsx, otherwise a folder of CSV files."""
    _write(path, {name: [] for name in SHEETS}, municipalities, measures)


def template_bytes(municipalities: Mapping[str, str], measures: Mapping[str, Indicator]) -> bytes:
    """The blank XLSX template, for a download."""
    buffer = io.BytesIO()
    _workbook({name: [] for name in SHEETS}, municipalities, measures).save(buffer)
    return buffer.getvalue()


def write_plan(
    path: Path,
    plan: PlanFile,
    municipalities: Mapping[str, str],
    measures: Mapping[str, Indicator],
    lists: bool = True,
) -> None:
    """Write a plan in the template's form, XLSX or a folder of CSVs, so that `read_plan` gives it back.

    `lists`: whether a folder also gets the lists and the example, for people who go on by hand.
    """
    head = {
        **{item.name: getattr(plan, item.name) for item in fields(plan)},
        "municipality_code": f"{plan.municipality_code} {municipalities[plan.municipality_code]}",
        "origin": "sim" if plan.origin == "demonstration" else "não",
    }
    labels: Mapping[str, Mapping[Any, str]] = {
        "indicator": {name: found.title for name, found in measures.items()},
        "kind": KIND_LABELS,
        "operator": OPERATOR_LABELS,
        "status": verdicts.DELIVERABLE_LABELS,
    }

    def cells(columns: tuple[Column, ...], given: Mapping[str, Any]) -> list[Any]:
        row = []
        for column in columns:
            value = given.get(column.key)
            if column.kind == "categories":
                value = ", ".join(value or ()) or None
            row.append(labels[column.kind].get(value) if column.kind in labels else value)
        return row

    _write(
        path,
        {
            PLAN: [[head[column.key]] for column in PLAN_FIELDS],
            TARGETS: [cells(TARGET_COLUMNS, vars(target)) for target in plan.targets],
            MILESTONES: [
                cells(MILESTONE_COLUMNS, {"indicator": target.indicator, "year": year, "value": value})
                for target in plan.targets
                for year, value in sorted(target.milestones.items())
            ],
            DELIVERABLES: [cells(DELIVERABLE_COLUMNS, vars(item)) for item in plan.deliverables],
        },
        municipalities,
        measures,
        lists,
    )


def _write(
    path: Path,
    rows: Mapping[str, list[list[Any]]],
    municipalities: Mapping[str, str],
    measures: Mapping[str, Indicator],
    with_lists: bool = True,
) -> None:
    if path.suffix.lower() == ".xlsx":
        path.parent.mkdir(parents=True, exist_ok=True)
        _workbook(rows, municipalities, measures).save(path)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, sheet in SHEETS.items():
        _write_csv(path / sheet.file, _grid(sheet, rows[name]))
    if not with_lists:
        return
    lists = _lists(municipalities, measures)
    length = max(len(column) for column in lists.values())
    _write_csv(
        path / "listas.csv",
        [
            list(lists),
            *(
                [column[at] if at < len(column) else None for column in lists.values()]
                for at in range(length)
            ),
        ],
    )
    _write_csv(path / "exemplo.csv", _example(measures))


def _write_csv(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Semicolons and a byte order mark: what a Brazilian Excel opens by itself."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        for row in rows:
            writer.writerow([_csv_text(value) for value in row])


def _csv_text(value: Any) -> str:
    """A value as people write it, with every digit that it has."""
    if value is None:
        return ""
    exact = repr(value) if isinstance(value, float) and not value.is_integer() else ""
    return exact.replace(".", ",") if exact and "e" not in exact else Cell(value).text


def _grid(sheet: Sheet, rows: list[list[Any]]) -> list[list[Any]]:
    """Header and rows of a sheet; Plano is one field a row, with the help beside it."""
    if sheet.name != PLAN:
        return [[column.title for column in sheet.columns], *rows]
    values = rows or [[None] for _ in sheet.columns]
    return [
        list(PLAN_HEADER),
        *([column.title, *value, column.help] for column, value in zip(sheet.columns, values, strict=True)),
    ]


def _lists(municipalities: Mapping[str, str], measures: Mapping[str, Indicator]) -> dict[str, list[str]]:
    by_title = sorted(measures.values(), key=lambda found: plain_value(found.title))
    columns = (
        [
            f"{code} {name}"
            for code, name in sorted(municipalities.items(), key=lambda item: plain_value(item[1]))
        ],
        [found.title for found in by_title],
        [found.indicator for found in by_title],
        [found.unit for found in by_title],
        [BETTER_LABELS[found.better] for found in by_title],
        list(KINDS),
        list(OPERATORS),
        list(STATUSES),
        list(YES_NO),
    )
    return dict(zip(LIST_COLUMNS, columns, strict=True))


def _example(measures: Mapping[str, Indicator]) -> list[list[str]]:
    """Every field of the template filled in with an invented example and explained."""
    numbers = [found for found in measures.values() if found.kind == "number" and found.better == "higher"]
    chosen = measures.get("crianca_alfabetizada_municipal") or (numbers[0] if numbers else None)
    rows = [["Aba", "Campo", "Exemplo (fictício)", "Obrigatório", "Como preencher"]]
    for name, sheet in SHEETS.items():
        for column in sheet.columns:
            example = column.example
            if column.kind == "indicator":
                example = chosen.title if chosen else ""
            if column.kind == "municipality":
                example = "código e nome, da lista"
            rows.append([name, column.title, example, "sim" if column.required else "", column.help])
    return rows


def _workbook(
    rows: Mapping[str, list[list[Any]]], municipalities: Mapping[str, str], measures: Mapping[str, Indicator]
) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    lists = _lists(municipalities, measures)
    for name, sheet in SHEETS.items():
        page = book.create_sheet(name)
        grid = _grid(sheet, rows[name])
        for row in grid:
            page.append(row)
        _style_header(page, len(grid[0]))
        if name == PLAN:
            _style_plan(page, lists)
            continue
        for place, column in enumerate(sheet.columns, start=1):
            letter = get_column_letter(place)
            page.column_dimensions[letter].width = column.width
            if column.kind in FORMATS:
                for row_number in range(2, max(len(grid), 60) + 1):
                    page.cell(row_number, place).number_format = FORMATS[column.kind]
            _validate(page, column, f"{letter}2:{letter}{sheet.max_rows + 1}", lists)
    page = book.create_sheet(LISTS)
    for place, (title, values) in enumerate(lists.items(), start=1):
        for number, value in enumerate([title, *values], start=1):
            page.cell(number, place, value)
        page.column_dimensions[get_column_letter(place)].width = (
            44 if title in ("Município", "Indicador") else 22
        )
    _style_header(page, len(lists))
    page = book.create_sheet(EXAMPLE)
    for row in _example(measures):
        page.append(row)
    _style_header(page, 5)
    for letter, width in zip("ABCDE", (20, 20, 44, 12, 80), strict=True):
        page.column_dimensions[letter].width = width
    return book


def _style_header(page: Worksheet, width: int) -> None:
    for place in range(1, width + 1):
        cell = page.cell(1, place)
        cell.font, cell.fill, cell.alignment = HEADER_FONT, HEADER_FILL, WRAPPED
    page.freeze_panes = "A2"


def _style_plan(page: Worksheet, lists: Mapping[str, list[str]]) -> None:
    for letter, width in zip("ABC", (20, 50, 80), strict=True):
        page.column_dimensions[letter].width = width
    for number, column in enumerate(PLAN_FIELDS, start=2):
        page.cell(number, 3).font = HELP_FONT
        for place in (1, 2, 3):
            page.cell(number, place).alignment = WRAPPED
        if column.kind in FORMATS:
            page.cell(number, 2).number_format = FORMATS[column.kind]
        _validate(page, column, f"B{number}", lists)


def _validate(page: Worksheet, column: Column, span: str, lists: Mapping[str, list[str]]) -> None:
    """Give a column its dropdown or its bounds, and its help as the prompt that Excel shows."""
    if column.kind in LIST_OF_KIND:
        title = LIST_OF_KIND[column.kind]
        letter = get_column_letter(list(lists).index(title) + 1)
        rule = DataValidation("list", formula1=f"{LISTS}!${letter}$2:${letter}${len(lists[title]) + 1}")
    elif column.kind == "year":
        rule = DataValidation(
            "whole", operator="between", formula1=str(YEARS.start), formula2=str(YEARS.stop - 1)
        )
    elif column.kind == "percent":
        rule = DataValidation("decimal", operator="between", formula1="0", formula2="100")
    elif column.kind == "date":
        rule = DataValidation("date", operator="greaterThan", formula1="32874")
    else:
        rule = DataValidation(None)
    rule.promptTitle, rule.prompt = column.title[:32], column.help[:255]
    rule.errorTitle, rule.error = column.title[:32], column.help[:255]
    rule.showInputMessage = rule.showErrorMessage = True
    rule.allow_blank = True
    rule.add(span)
    page.add_data_validation(rule)
