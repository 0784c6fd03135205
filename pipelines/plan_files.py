"""Municipal action plans as people write them: the template, its reading, its checking.

A plan is an XLSX file of the template, or a folder of CSV files with the same columns. Reading finds all
faults at once and says for each where it is, what is wrong and how to mend it; a plan with a fault is left
out whole. Files come from outside: sizes are looked up before anything is opened, and nothing is executed.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipelines import declarations, verdicts
from pipelines.declarations import Config, Indicator
from pipelines.verdicts import (
    KIND_LABELS,
    OPERATOR_LABELS,
    Observation,
    Remark,
    Target,
    Verdict,
    pt_number,
)

MAX_FILE_BYTES = 2_000_000
# A plan with every row of the template filled takes under 1 MB inside; the rest is room for other programs.
MAX_PART_BYTES = 8_000_000
MAX_SMALL_PART_BYTES = 1_000_000
MAX_PARTS = 300
MAX_TEXT = 400
HIDDEN = frozenset({"Cc", "Cf", "Cs"})
MAX_COLUMNS = 40
# Rows that programs leave formatted but empty are skipped; past this many the file is no plan.
MAX_SCANNED_ROWS = 20_000
YEARS = range(1990, 2101)
# Ten times the country's product in R$: no indicator goes beyond.
MAX_NUMBER = 1e14


@dataclass(frozen=True)
class Measure:
    """What a plan needs to know about an indicator; the fields are those of its declaration."""

    indicator: str
    title: str
    front: str
    unit: str
    decimals: int
    better: str
    kind: str
    categories: tuple[str, ...]
    range_low: float | None
    range_high: float | None
    multiplier: float
    interval: str | None = None

    @property
    def window(self) -> int:
        """Years that one observation covers."""
        # The name says it: every indicator that adds up three years carries "trienal" in its id.
        return verdicts.POOLED_YEARS if "trienal" in self.indicator else 1


@dataclass(frozen=True)
class Deliverable:
    """What the plan hands over, when; the fields are columns of the table `deliverables`."""

    deliverable_id: str
    indicator: str
    challenge: str | None
    action: str
    deliverable: str
    responsible: str | None
    start: dt.date | None
    due: dt.date
    status: str
    percent: float | None
    updated_at: dt.date | None


@dataclass(frozen=True)
class PlanFile:
    """A municipal plan, read and without faults. `rows`: where each indicator's target stands in the file."""

    plan: str
    plan_version: int
    title: str
    origin: str
    municipality_code: str
    valid_from: dt.date
    legal_basis: str | None
    responsible: str | None
    targets: tuple[Target, ...]
    deliverables: tuple[Deliverable, ...]
    file: str = ""
    sha256: str = ""
    rows: Mapping[str, int] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True)
class Fault:
    """One thing wrong: sheet, row (the header is row 1), column, the cell's text, what and how to mend."""

    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    problem: str
    mend: str

    @property
    def text(self) -> str:
        """The fault as one line in Portuguese."""
        place = [
            part
            for part in (
                f"aba {self.sheet}" if self.sheet else None,
                f"linha {self.row}" if self.row else None,
                f"coluna {self.column}" if self.column else None,
            )
            if part
        ]
        where = ", ".join(place)
        shown = "" if self.value is None else f"'{self.value}' "
        sentence = f"{shown}{self.problem}. {self.mend}"
        if not where:
            return sentence[0].upper() + sentence[1:]
        return f"{where[0].upper()}{where[1:]}: {sentence}"


@dataclass(frozen=True)
class Note:
    """A doubt that does not refuse the plan: the remark with the place of its target in the file."""

    indicator: str
    row: int | None
    remark: Remark

    @property
    def text(self) -> str:
        """The doubt as one line in Portuguese."""
        return f"Aba Metas, linha {self.row}: {self.remark.text}" if self.row else self.remark.text


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its title, its key in the tables, what may stand in it and how to fill it in."""

    title: str
    key: str
    kind: str
    help: str
    example: str = ""
    required: bool = False
    width: int = 16


PLAN, TARGETS, MILESTONES, DELIVERABLES = "Plano", "Metas", "Marcos", "Ações e Entregas"
LISTS, EXAMPLE = "Listas", "Exemplo"

PLAN_FIELDS = (
    Column("Identificador", "plan", "id",
           "Nome curto do plano, igual em todas as versões: minúsculas sem acento, números e hífen.",
           "educacao-2026", True),
    Column("Versão", "plan_version", "version",
           "1 no primeiro envio; aumente a cada revisão. A anterior continua guardada.", "1", True),
    Column("Título", "title", "text",
           "Como o plano aparece nas telas.", "Plano de ação da educação 2026-2028", True),
    Column("Município", "municipality_code", "municipality", "Escolha na lista.", "", True),
    Column("Vale a partir de", "valid_from", "date",
           "Data em que o plano passa a valer, dia/mês/ano.", "01/02/2026", True),
    Column("Base legal", "legal_basis", "text",
           "Lei, decreto ou ata que aprovou o plano, se houver.", "Ata do comitê gestor de 28/01/2026"),
    Column("Responsável", "responsible", "text",
           "Quem responde pelo plano; vale onde a meta não disser outro.",
           "Secretaria Municipal de Educação"),
    Column("Demonstração", "origin", "yes_no",
           "Sim só para planos de exemplo, que aparecem marcados.", "não"),
)  # fmt: skip

TARGET_COLUMNS = (
    Column("Desafio", "challenge", "text",
           "O problema que o município escolheu enfrentar.", "Alfabetizar na idade certa", True, 34),
    Column("Frente", "front", "text",
           "Área do programa; em branco vale a do indicador.", "Educação", False, 22),
    Column("Indicador", "indicator", "indicator",
           "Escolha na lista; um indicador só pode ter uma meta no plano.", "", True, 44),
    Column("Tipo", "kind", "kind",
           "Meta: chegar a um valor até um ano. Limite: teto ou piso de todo ano. Categoria: notas aceitas.",
           "Meta", True, 12),
    Column("Sentido", "operator", "operator",
           "De que lado da meta é bom ficar; em branco vale o do indicador.", "pelo menos", False, 14),
    Column("Ano de base", "baseline_year", "year",
           "Ano do valor de partida, já publicado.", "2024", False, 12),
    Column("Valor de base", "baseline_value", "number",
           "O valor publicado daquele ano, na unidade do indicador (95, e não 0,95, se for %).",
           "52,4", False, 13),
    Column("Ano da meta", "target_year", "year", "Último ano do prazo.", "2028", False, 12),
    Column("Meta", "target_value", "number",
           "Valor a alcançar, ou o limite, na unidade do indicador.", "70", False, 12),
    Column("Categorias aceitas", "target_categories", "categories",
           "Só no tipo Categoria, separadas por vírgula.", "", False, 20),
    Column("Alerta", "alert_value", "number",
           "Só no tipo Limite: valor em que acende o alerta.", "", False, 12),
    Column("Prudencial", "prudential_value", "number",
           "Só no tipo Limite: valor entre o alerta e o limite.", "", False, 12),
    Column("Responsável", "responsible", "text",
           "Quem responde por esta meta.", "Coordenação de alfabetização", False, 30),
    Column("Base legal", "legal_basis", "text",
           "Norma que fixa esta meta, se houver.", "Decreto 11.556/2023", False, 30),
)  # fmt: skip

MILESTONE_COLUMNS = (
    Column("Indicador", "indicator", "indicator", "Um indicador da aba Metas, do tipo Meta.", "", True, 44),
    Column("Ano", "year", "year", "Ano entre o de base e o da meta.", "2026", True, 12),
    Column("Valor", "value", "number",
           "Valor esperado naquele ano. Sem marcos, o caminho é uma reta.", "60", True, 12),
)  # fmt: skip

DELIVERABLE_COLUMNS = (
    Column("Código", "deliverable_id", "code", "Sigla única da entrega no plano.", "E1", True, 12),
    Column("Indicador", "indicator", "indicator",
           "O indicador que a entrega deve mover (da aba Metas).", "", True, 44),
    Column("Ação", "action", "text", "A ação do plano.", "Formação de alfabetizadores", True, 36),
    Column("Entrega", "deliverable", "text",
           "O que fica pronto, de modo que se possa conferir.", "40 professores formados", True, 36),
    Column("Responsável", "responsible", "text", "Quem entrega.", "Núcleo pedagógico", False, 26),
    Column("Início", "start", "date", "Dia/mês/ano.", "01/03/2026", False, 13),
    Column("Prazo", "due", "date", "Dia/mês/ano.", "30/06/2026", True, 13),
    Column("Situação", "status", "status", "A fazer, Em andamento ou Concluída.", "Em andamento", True),
    Column("Andamento (%)", "percent", "percent", "De 0 a 100.", "40", False, 14),
    Column("Atualizado em", "updated_at", "date",
           "Última vez que alguém conferiu esta linha.", "15/04/2026", False, 15),
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A sheet of the template: its CSV file, its columns and how many filled rows it may have."""

    name: str
    file: str
    columns: tuple[Column, ...]
    max_rows: int


SHEETS: Mapping[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet(PLAN, "plano.csv", PLAN_FIELDS, 40),
        Sheet(TARGETS, "metas.csv", TARGET_COLUMNS, 100),
        Sheet(MILESTONES, "marcos.csv", MILESTONE_COLUMNS, 1000),
        Sheet(DELIVERABLES, "acoes_e_entregas.csv", DELIVERABLE_COLUMNS, 1000),
    )
}
PLAN_HEADER = ("Campo", "Valor", "Como preencher")

KINDS = {label: kind for kind, label in KIND_LABELS.items()}
OPERATORS = {label: operator for operator, label in OPERATOR_LABELS.items()}
SYMBOLS = {"≥": ">=", "≤": "<=", **{operator: operator for operator in OPERATOR_LABELS}}
STATUSES = {verdicts.DELIVERABLE_LABELS[status]: status for status in ("to_do", "in_progress", "done")}
YES_NO = {"sim": True, "não": False}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "kind": KINDS,
    "operator": OPERATORS,
    "status": STATUSES,
    "yes_no": YES_NO,
}


def measure(indicator: Indicator) -> Measure:
    """The facts of a declared indicator."""
    return Measure(
        indicator.indicator,
        indicator.title,
        indicator.front,
        indicator.unit,
        indicator.decimals,
        indicator.better,
        indicator.kind,
        indicator.categories,
        indicator.range[0],
        indicator.range[1],
        indicator.multiplier,
        indicator.interval,
    )


def template_lists(config: Config) -> tuple[dict[str, str], dict[str, Measure]]:
    """Municipalities of the territory (code -> name) and declared indicators, for the template's lists."""
    state = config.territory.state
    with (config.raw / "ibge_municipios" / "values.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        municipalities = {
            row["municipality_code"]: row["name"]
            for row in rows
            if state == "BR" or row["municipality_code"].startswith(state)
        }
    return municipalities, {name: measure(found) for name, found in declarations.indicators().items()}


def target_of(facts: Measure, **given: Any) -> Target:
    """A target on an indicator, with the indicator's facts filled in."""
    return Target(
        indicator=facts.indicator,
        better=facts.better,
        multiplier=facts.multiplier,
        decimals=facts.decimals,
        unit=facts.unit,
        categories=facts.categories,
        range_low=facts.range_low,
        range_high=facts.range_high,
        window=facts.window,
        interval=facts.interval,
        **given,
    )


@dataclass(frozen=True)
class Cell:
    """A cell as read: its value, and `wrong` where it holds something no plan may hold."""

    value: Any = None
    wrong: str | None = None

    @property
    def text(self) -> str:
        """The cell as a person sees it, on one line."""
        if self.value is None:
            return ""
        if isinstance(self.value, dt.datetime | dt.date):
            return self.value.strftime("%d/%m/%Y")
        if isinstance(self.value, bool):
            return "sim" if self.value else "não"
        if isinstance(self.value, float):
            whole = self.value.is_integer() and abs(self.value) <= MAX_NUMBER
            return pt_number(self.value, 0) if whole else str(self.value).replace(".", ",")
        # Control marks come along when text is pasted: nobody sees them, and no workbook can hold them.
        seen = "".join(
            letter
            for letter in str(self.value)
            if letter.isspace() or unicodedata.category(letter) not in HIDDEN
        )
        return " ".join(seen.split())


EMPTY = Cell()
Rows = list[tuple[int, list[Cell]]]


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(text: str) -> str:
    """Small letters without accents, for comparing what people typed."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().strip())
    return " ".join("".join(letter for letter in decomposed if not unicodedata.combining(letter)).split())


def read_plan(
    source: Path | bytes, name: str, municipalities: Mapping[str, str], measures: Mapping[str, Measure]
) -> PlanFile | list[Fault]:
    """Read a plan: an XLSX file (path or bytes) or a folder of CSV files.

    `name`: the file's name, whose ending must be .xlsx. `municipalities`: code -> name. Returns the plan, or
    every fault found, at least one. Raises nothing about the content; OSError if a path cannot be read.
    """
    if isinstance(source, Path) and source.is_dir():
        sheets, faults, digest = _read_folder(source)
    else:
        found = _read_workbook(source, name)
        if isinstance(found, list):
            return found
        sheets, faults, digest = found
    reader = _Reader(sheets, faults, municipalities, measures)
    plan = reader.plan(name, digest)
    return plan if plan is not None and not reader.faults else reader.faults


def _refused(problem: str, mend: str, value: str | None = None, sheet: str | None = None) -> list[Fault]:
    return [Fault(sheet, None, None, value, problem, mend)]


ENDINGS = {
    ".xlsm": ("tem macros", "Salve como 'Pasta de Trabalho do Excel (.xlsx)', sem macros."),
    ".xlsb": ("está no formato binário do Excel", "Salve como 'Pasta de Trabalho do Excel (.xlsx)'."),
    ".xls": ("está no formato antigo do Excel", "Salve como 'Pasta de Trabalho do Excel (.xlsx)'."),
    ".ods": ("está no formato do LibreOffice", "Salve como 'Excel 2007-365 (.xlsx)'."),
    ".csv": ("é uma aba só", "Em CSV o plano é uma pasta com os quatro arquivos do modelo."),
}


def _read_workbook(source: Path | bytes, name: str) -> tuple[dict[str, Rows], list[Fault], str] | list[Fault]:
    """The four sheets of an XLSX file as rows of cells, or why the file is refused."""
    ending = Path(name).suffix.lower()
    if ending != ".xlsx":
        problem, mend = ENDINGS.get(ending, ("não é uma planilha", "Envie o modelo preenchido, em .xlsx."))
        return _refused(f"o arquivo {problem}", mend, name)
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > MAX_FILE_BYTES:
        return _refused(
            f"o arquivo tem {pt_number(size / 1e6)} MB; o limite é de {MAX_FILE_BYTES // 1_000_000} MB",
            "Retire imagens e linhas em excesso, ou recomece do modelo em branco.",
            name,
        )
    data = source.read_bytes() if isinstance(source, Path) else source
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return _refused(
            "o arquivo está protegido por senha ou é de um Excel antigo com outro nome",
            "Abra-o, retire a senha e salve como .xlsx.",
            name,
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            faults = _archive_faults(archive, name)
            if faults:
                return faults
            if any(_has_doctype(archive, part) for part in archive.namelist()):
                return _refused(
                    "o arquivo contém definições que um plano não tem", "Recomece do modelo.", name
                )
            merged = _merged_cells(archive)
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    # A file from outside can be broken in any way, and openpyxl answers with many kinds of errors.
    except Exception as error:
        return _refused(
            f"o arquivo não abre como planilha ({type(error).__name__})",
            "Abra-o no Excel e salve de novo.",
            name,
        )
    try:
        sheets, faults = _sheets(workbook, merged)
    except Exception as error:
        return _refused(
            f"uma aba não pôde ser lida ({type(error).__name__})", "Abra-o no Excel e salve de novo.", name
        )
    finally:
        workbook.close()
    return sheets, faults, hashlib.sha256(data).hexdigest()


def _archive_faults(archive: zipfile.ZipFile, name: str) -> list[Fault]:
    """Look at the zip's directory only: nothing is unpacked before its declared size is known."""
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS:
        return _refused(f"o arquivo tem {len(parts)} partes internas", "Recomece do modelo em branco.", name)
    large = [
        part.filename
        for part in parts
        if part.file_size > MAX_SMALL_PART_BYTES
        and not part.filename.startswith(("xl/worksheets/", "xl/sharedStrings"))
    ]
    if total > MAX_PART_BYTES or large:
        return _refused(
            f"o arquivo ocupa {pt_number(total / 1e6)} MB depois de aberto; um plano não passa de "
            f"{MAX_PART_BYTES // 1_000_000} MB",
            "Ele tem linhas demais ou não é um plano: recomece do modelo em branco.",
            name,
        )
    if any(part.flag_bits & 0x1 for part in parts):
        return _refused("o arquivo está protegido por senha", "Retire a senha e salve de novo.", name)
    macros = [part.filename for part in parts if re.search(r"vbaProject|macrosheets|activeX", part.filename)]
    if macros or b"macroEnabled" in archive.read("[Content_Types].xml"):
        problem, mend = ENDINGS[".xlsm"]
        return _refused(f"o arquivo {problem}", mend, name)
    return []


def _has_doctype(archive: zipfile.ZipFile, part: str) -> bool:
    """XML of a workbook never declares a document type; one that does is made to blow up its reader."""
    # A sheet may stand under any name, so every part is searched.
    data = archive.read(part)
    # In UTF-16 the search would miss it, and no program writes workbooks that way.
    return b"<!DOCTYPE" in data or re.match(rb"\xff\xfe|\xfe\xff|[<\s]\0|\0[<\s]", data) is not None


def _merged_cells(archive: zipfile.ZipFile) -> dict[str, list[str]]:
    """Ranges of merged cells by sheet, which the streaming reader does not tell."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): (link.get("Target") or "").removeprefix("/xl/") for link in links}
    found = {}
    for sheet in book.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"):
        part = "xl/" + targets.get(sheet.get(f"{{{office}}}id"), "")
        if part in archive.namelist():
            # Bounded, or a tag repeated a million times and never closed is searched a million times over.
            ranges = re.findall(
                rb'mergeCell [^>]{0,60}?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"', archive.read(part)
            )
            found[sheet.get("name") or ""] = [item.decode() for item in ranges]
    return found


def _sheets(workbook: Any, merged: Mapping[str, list[str]]) -> tuple[dict[str, Rows], list[Fault]]:
    faults = []
    expected = ", ".join([*SHEETS, LISTS, EXAMPLE])
    for name in workbook.sheetnames:
        if name not in (*SHEETS, LISTS, EXAMPLE):
            faults.append(
                Fault(name, None, None, None, "a aba não é do modelo", f"Retire-a. As abas são: {expected}.")
            )
    sheets: dict[str, Rows] = {}
    for name, sheet in SHEETS.items():
        if name not in workbook.sheetnames:
            faults.append(
                Fault(name, None, None, None, "a aba não existe", "Devolva a aba do modelo, com este nome.")
            )
            continue
        for span in merged.get(name, []):
            place = re.match(r"([A-Z]+)([0-9]+)", span)
            assert place is not None  # the pattern that found it
            faults.append(
                Fault(
                    name,
                    int(place[2]),
                    place[1],
                    span,
                    "são células mescladas",
                    "Desfaça a mescla: uma por célula.",
                )
            )
        rows = ([_cell(cell) for cell in row] for row in workbook[name].iter_rows(max_col=MAX_COLUMNS))
        sheets[name] = _filled(rows, sheet, faults)
    return sheets, faults


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return EMPTY
    if cell.data_type == "f":
        return Cell(str(value), "é uma fórmula")
    if cell.data_type == "e":
        return Cell(str(value), "é um erro de fórmula")
    if isinstance(value, str) and not value.strip():
        return EMPTY
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in str(cell.number_format):
        # A cell that shows 95% holds 0.95; the plan is read as it is seen.
        return Cell(round(value * 100, 9))
    return Cell(value)


def _filled(rows: Iterable[list[Cell]], sheet: Sheet, faults: list[Fault]) -> Rows:
    """The rows that hold something, with their numbers; stops at the limit."""
    found: Rows = []
    for number, cells in enumerate(rows, start=1):
        holds = any(cell is not EMPTY for cell in cells)
        if number > MAX_SCANNED_ROWS or (holds and len(found) > sheet.max_rows):
            faults.append(
                Fault(
                    sheet.name,
                    number,
                    None,
                    None,
                    f"a aba tem linhas demais; o limite é de {sheet.max_rows} linhas preenchidas",
                    "Apague as linhas que não são do plano.",
                )
            )
            break
        if holds:
            found.append((number, cells))
    return found


def _read_folder(folder: Path) -> tuple[dict[str, Rows], list[Fault], str]:
    """The four CSV files of a folder as rows of cells."""
    faults: list[Fault] = []
    sheets: dict[str, Rows] = {}
    digest = hashlib.sha256()
    known = {sheet.file for sheet in SHEETS.values()} | {"listas.csv", "exemplo.csv"}
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            faults.append(
                Fault(path.name, None, None, None, "o arquivo não é do modelo", "Retire-o da pasta.")
            )
    for name, sheet in SHEETS.items():
        path = folder / sheet.file
        if not path.is_file():
            faults.append(
                Fault(name, None, None, None, f"falta o arquivo {sheet.file}", "Devolva o arquivo do modelo.")
            )
            continue
        if path.stat().st_size > MAX_FILE_BYTES:
            limit = f"{MAX_FILE_BYTES // 1_000_000} MB"
            faults.append(
                Fault(
                    name,
                    None,
                    None,
                    None,
                    f"{sheet.file} passa de {limit}",
                    "Apague as linhas que não são do plano.",
                )
            )
            continue
        data = path.read_bytes()
        digest.update(f"{sheet.file}\0".encode())
        digest.update(data)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = data[: error.start].count(b"\n") + 1
            faults.append(
                Fault(
                    name,
                    row,
                    None,
                    None,
                    f"{sheet.file} não está em UTF-8",
                    "No Excel, salve como 'CSV UTF-8'.",
                )
            )
            continue
        head = text.split("\n", 1)[0]
        lines = csv.reader(
            io.StringIO(text), delimiter=";" if head.count(";") >= head.count(",") else ",", strict=True
        )
        try:
            sheets[name] = _filled(([_csv_cell(cell) for cell in line] for line in lines), sheet, faults)
        except csv.Error:
            faults.append(
                Fault(
                    name,
                    lines.line_num,
                    None,
                    None,
                    f"{sheet.file} não é um CSV",
                    "Salve-o de novo.",
                )
            )
    return sheets, faults, digest.hexdigest()


def _csv_cell(text: str) -> Cell:
    if not text.strip():
        return EMPTY
    if text.lstrip().startswith(("=", "@")) and len(text.strip()) > 1:
        return Cell(text, "é uma fórmula")
    return Cell(text)


def number_of(text: str) -> float | None:
    """A number as people write it in Brazil, None where it is none or could be two.

    >>> number_of("1.234,5"), number_of("95%"), number_of("12.5"), number_of("-0,3")
    (1234.5, 95.0, 12.5, -0.3)

    A lone dot before three digits may mark thousands or decimals:

    >>> number_of("1.234") is number_of("abc") is None
    True
    """
    plain = text.strip().removeprefix("R$").removesuffix("%").strip().replace("−", "-")
    if re.fullmatch(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+", plain):
        return float(plain.replace(".", "").replace(",", "."))
    if re.fullmatch(r"[-+]?\d{1,3}(\.\d{3}){2,}", plain):
        return float(plain.replace(".", ""))
    if re.fullmatch(r"[-+]?\d{1,15}(\.(\d{1,2}|\d{4,10}))?", plain):
        return float(plain)
    return None


class _Reader:
    """Turns rows of cells into a plan, gathering every fault on the way."""

    def __init__(
        self,
        sheets: Mapping[str, Rows],
        faults: list[Fault],
        municipalities: Mapping[str, str],
        measures: Mapping[str, Measure],
    ) -> None:
        self.sheets = sheets
        self.faults = list(faults)
        self.municipalities = municipalities
        self.measures = measures
        self.by_title = {_plain(found.title): found for found in measures.values()}

    def plan(self, file: str, digest: str) -> PlanFile | None:
        """The plan, or None; in doubt look at `faults`."""
        head = self._head()
        targets, rows = self._targets(head.get("responsible"))
        targets = self._with_milestones(targets, rows)
        deliverables = self._deliverables(targets, rows)
        if self.faults:
            return None
        found = tuple(
            replace(
                target,
                plan=head["plan"],
                plan_version=head["plan_version"],
                municipality_code=head["municipality_code"],
                legal_basis=target.legal_basis or head["legal_basis"],
            )
            for target in targets.values()
        )
        return PlanFile(
            head["plan"],
            head["plan_version"],
            head["title"],
            "demonstration" if head["origin"] else "municipal",
            head["municipality_code"],
            head["valid_from"],
            head["legal_basis"],
            head["responsible"],
            found,
            tuple(deliverables),
            file,
            digest,
            rows,
        )

    def _fault(
        self, sheet: str, row: int | None, column: str | None, value: str | None, problem: str, mend: str
    ) -> None:
        self.faults.append(Fault(sheet, row, column, None if value is None else _shown(value), problem, mend))

    def _head(self) -> dict[str, Any]:
        """The sheet Plano, one field a row."""
        if PLAN not in self.sheets:
            return {}
        rows = self.sheets[PLAN]
        found: dict[str, Any] = {}
        if not rows or [cell.text for cell in rows[0][1][:2]] != list(PLAN_HEADER[:2]):
            self._fault(
                PLAN, 1, None, None, "o cabeçalho não é o do modelo", "Devolva as colunas Campo e Valor."
            )
            return {}
        titles = {column.title: column for column in PLAN_FIELDS}
        given: dict[str, tuple[int, Cell]] = {}
        for number, cells in rows[1:]:
            title = cells[0].text
            if title not in titles:
                self._fault(PLAN, number, "Campo", title, "não é um campo do modelo", "Retire a linha.")
            elif title in given:
                self._fault(PLAN, number, "Campo", title, "aparece duas vezes", "Deixe uma linha só.")
            else:
                given[title] = (number, cells[1] if len(cells) > 1 else EMPTY)
        for title, column in titles.items():
            row, cell = given.get(title, (None, EMPTY))
            found[column.key] = self._value(PLAN, row, column, cell)
        return found

    def _table(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The filled rows of a sheet as key -> value; faulty cells are None."""
        rows = self.sheets.get(name)
        if rows is None:
            return
        columns = SHEETS[name].columns
        header = [cell.text for cell in rows[0][1]] if rows and rows[0][0] == 1 else []
        while header and not header[-1]:
            header.pop()
        expected = [column.title for column in columns]
        for title in expected:
            if title not in header:
                self._fault(name, 1, title, None, "a coluna não existe", "Devolva o cabeçalho do modelo.")
            elif header.count(title) > 1:
                self._fault(name, 1, title, None, "a coluna aparece duas vezes", "Deixe uma só.")
        for place, title in enumerate(header):
            if title not in expected:
                letter = get_column_letter(place + 1)
                self._fault(name, 1, letter, title, "não é uma coluna do modelo", "Retire a coluna.")
        if sorted(header) != sorted(expected):
            return
        places = {column.key: header.index(column.title) for column in columns}
        for number, cells in rows[1:]:
            outside = [cell.text for cell in cells[len(header) :] if cell is not EMPTY]
            if outside:
                self._fault(
                    name, number, None, outside[0], "está fora das colunas do modelo", "Apague a célula."
                )
            yield (
                number,
                {
                    column.key: self._value(
                        name,
                        number,
                        column,
                        cells[places[column.key]] if places[column.key] < len(cells) else EMPTY,
                    )
                    for column in columns
                },
            )

    def _value(self, sheet: str, row: int | None, column: Column, cell: Cell) -> Any:
        """The cell as the column's kind of value; None where it is empty or faulty."""
        where = (sheet, row, column.title)
        if cell.wrong:
            self._fault(*where, cell.text, cell.wrong, "Escreva o valor, não a conta.")
            return None
        text = cell.text
        if not text:
            if column.required:
                self._fault(*where, None, "está em branco", column.help)
            return False if column.kind == "yes_no" else None
        if len(text) > MAX_TEXT:
            self._fault(*where, text, f"tem mais de {MAX_TEXT} letras", "Encurte.")
            return None
        value = self._converted(column, cell, text)
        if isinstance(value, _Wrong):
            self._fault(*where, text, value.problem, value.mend)
            return None
        return value

    def _converted(self, column: Column, cell: Cell, text: str) -> Any:
        kind = column.kind
        if kind == "text":
            return text
        if kind == "code":
            return (
                text if len(text) <= 30 else _Wrong("é comprido demais para um código", "Use até 30 letras.")
            )
        if kind == "id":
            if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) and 3 <= len(text) <= 60:
                return text
            return _Wrong(
                "não serve de identificador", "Use de 3 a 60 letras minúsculas sem acento, números e hífen."
            )
        if kind == "date":
            return _date(cell.value, text)
        if kind in ("number", "percent", "year", "version"):
            return _numeric(kind, cell.value, text)
        if kind == "indicator":
            found = self.measures.get(text) or self.by_title.get(_plain(text))
            return (
                found.indicator
                if found
                else _Wrong("não é um indicador da lista", "Escolha na lista da coluna (aba Listas).")
            )
        if kind == "municipality":
            return self._municipality(text)
        if kind == "categories":
            return tuple(part.strip() for part in re.split(r"[,;|]| e | ou ", text) if part.strip())
        if kind == "operator" and text in SYMBOLS:
            return SYMBOLS[text]
        choices = CHOICES[kind]
        for label, choice in choices.items():
            if _plain(label) == _plain(text):
                return choice
        return _Wrong("não é uma das opções", f"Use: {', '.join(choices)}.")

    def _municipality(self, text: str) -> Any:
        code = re.match(r"\d+", text)
        if code:
            if code[0] in self.municipalities:
                return code[0]
            return _Wrong("não é o código de um município deste território", "Escolha na lista (aba Listas).")
        same = [found for found, name in self.municipalities.items() if _plain(name) == _plain(text)]
        if len(same) == 1:
            return same[0]
        if same:
            return _Wrong("é o nome de mais de um município", "Escreva o código do IBGE, de sete dígitos.")
        return _Wrong("não é um município deste território", "Escolha na lista (aba Listas).")

    def _targets(self, responsible: str | None) -> tuple[dict[str, Target], dict[str, int]]:
        found: dict[str, Target] = {}
        rows: dict[str, int] = {}
        for row, given in self._table(TARGETS):
            name = given.pop("indicator")
            if name is None:
                continue
            if name in rows:
                self._fault(
                    TARGETS, row, "Indicador", self.measures[name].title,
                    f"já tem meta na linha {rows[name]}", "Deixe uma meta por indicador.",
                )  # fmt: skip
                continue
            rows[name] = row
            facts = self.measures[name]
            if given["kind"] is None:
                continue
            self._check_target(row, facts, given)
            given["front"] = given["front"] or facts.front
            given["responsible"] = given["responsible"] or responsible
            given["target_categories"] = given["target_categories"] or ()
            if given["operator"] is None and given["kind"] != "category":
                given["operator"] = {"higher": ">=", "lower": "<="}.get(facts.better)
            found[name] = target_of(facts, **given)
        if TARGETS in self.sheets and not rows and not any(fault.sheet == TARGETS for fault in self.faults):
            self._fault(TARGETS, 2, None, None, "o plano não tem metas", "Preencha ao menos uma linha.")
        return found, rows

    def _targets_unread(self) -> bool:
        """Whether some target's indicator is not known, so that none can be said to be missing."""
        return TARGETS not in self.sheets or any(
            fault.sheet == TARGETS and (fault.row == 1 or fault.column == "Indicador")
            for fault in self.faults
        )

    def _check_target(self, row: int, facts: Measure, given: Mapping[str, Any]) -> None:
        kind = given["kind"]
        titles = {column.key: column.title for column in TARGET_COLUMNS}

        def need(key: str, why: str) -> None:
            already = any(
                fault.sheet == TARGETS and fault.row == row and fault.column == titles[key]
                for fault in self.faults
            )
            if given[key] in (None, ()) and not already:
                self._fault(TARGETS, row, titles[key], None, "está em branco", why)

        def refuse(key: str, why: str) -> None:
            if given[key] not in (None, ()):
                self._fault(TARGETS, row, titles[key], str(given[key]), "não cabe neste tipo de meta", why)

        if (kind == "category") != (facts.kind == "category"):
            self._fault(
                TARGETS, row, "Tipo", KIND_LABELS[kind],
                "não combina com o indicador" if kind == "category" else "não serve a um indicador de notas",
                "Use Meta ou Limite." if kind == "category" else "Use Categoria.",
            )  # fmt: skip
            return
        if kind == "category":
            need("target_categories", f"Escreva as notas aceitas, entre: {', '.join(facts.categories)}.")
            unknown = [
                name
                for name in given["target_categories"] or ()
                if name not in facts.categories and f"{name}+" not in facts.categories
            ]
            if unknown:
                self._fault(
                    TARGETS, row, titles["target_categories"], ", ".join(unknown),
                    "não existe neste indicador", f"Use: {', '.join(facts.categories)}.",
                )  # fmt: skip
            for key in ("operator", "target_value", "alert_value", "prudential_value"):
                refuse(key, "No tipo Categoria deixe em branco.")
            return
        refuse("target_categories", "Só o tipo Categoria tem notas aceitas.")
        need("target_value", "Escreva o valor na unidade do indicador.")
        if kind == "goal":
            need("target_year", "Uma meta tem prazo: escreva o ano.")
            for key in ("alert_value", "prudential_value"):
                refuse(key, "Só o tipo Limite tem este valor.")
            start, end = given["baseline_year"], given["target_year"]
            if start is not None and end is not None and end <= start:
                self._fault(
                    TARGETS, row, titles["target_year"], str(end), f"não vem depois do ano de base ({start})",
                    "Confira os dois anos.",
                )  # fmt: skip
            if (given["baseline_value"] is None) != (start is None):
                empty = "baseline_value" if given["baseline_value"] is None else "baseline_year"
                need(empty, "Ano e valor de base andam juntos: preencha os dois ou nenhum.")
        elif facts.better == "none":
            need("operator", "Este indicador não diz de que lado é bom ficar: escolha.")

    def _with_milestones(self, targets: dict[str, Target], rows: Mapping[str, int]) -> dict[str, Target]:
        steps: dict[str, dict[int, float]] = {}
        for row, given in self._table(MILESTONES):
            name, year, value = given["indicator"], given["year"], given["value"]
            if name is not None and name not in rows:
                if self._targets_unread():
                    continue
                self._fault(
                    MILESTONES, row, "Indicador", self.measures[name].title, "não está na aba Metas",
                    "Acrescente a meta ou retire o marco.",
                )  # fmt: skip
                continue
            target = targets.get(name) if name is not None else None
            if target is None or year is None or value is None:
                continue
            if target.kind != "goal":
                self._fault(
                    MILESTONES, row, "Indicador", self.measures[name].title, "não é do tipo Meta",
                    "Limites e categorias não têm marcos: retire a linha.",
                )  # fmt: skip
            elif year in steps.setdefault(name, {}):
                self._fault(
                    MILESTONES, row, "Ano", str(year), "já tem marco neste indicador", "Deixe um por ano."
                )
            elif not (target.baseline_year or 0) < year < (target.target_year or 9999):
                self._fault(
                    MILESTONES,
                    row,
                    "Ano",
                    str(year),
                    "não fica entre o ano de base e o da meta",
                    "Confira o ano.",
                )
            else:
                steps[name][year] = value
        return {name: replace(target, milestones=steps.get(name, {})) for name, target in targets.items()}

    def _deliverables(self, targets: Mapping[str, Target], rows: Mapping[str, int]) -> list[Deliverable]:
        found = []
        seen: dict[str, int] = {}
        for row, given in self._table(DELIVERABLES):
            code, name = given["deliverable_id"], given["indicator"]
            if code is not None and code in seen:
                self._fault(
                    DELIVERABLES,
                    row,
                    "Código",
                    code,
                    f"já foi usado na linha {seen[code]}",
                    "Dê outro código.",
                )
            if code is not None:
                seen.setdefault(code, row)
            if name is not None and name not in rows and not self._targets_unread():
                self._fault(
                    DELIVERABLES, row, "Indicador", self.measures[name].title, "não está na aba Metas",
                    "Acrescente a meta ou troque o indicador.",
                )  # fmt: skip
            start, due = given["start"], given["due"]
            if start is not None and due is not None and due < start:
                self._fault(
                    DELIVERABLES,
                    row,
                    "Prazo",
                    f"{due:%d/%m/%Y}",
                    "vem antes do início",
                    "Confira as duas datas.",
                )
            needed = [column.key for column in DELIVERABLE_COLUMNS if column.required]
            if all(given[key] is not None for key in needed) and name in targets:
                found.append(Deliverable(challenge=targets[name].challenge, **given))
        return found


@dataclass(frozen=True)
class _Wrong:
    """What is wrong with a cell, and how to mend it."""

    problem: str
    mend: str


def _date(value: Any, text: str) -> dt.date | _Wrong:
    found: dt.date | None = None
    if isinstance(value, dt.datetime):
        found = value.date()
    elif isinstance(value, dt.date):
        found = value
    elif isinstance(value, str):
        for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                found = dt.datetime.strptime(text, pattern).date()
                break
            except ValueError:
                continue
    if found is None:
        return _Wrong("não é uma data", "Escreva dia/mês/ano, como 31/12/2026.")
    if found.year not in YEARS:
        return _Wrong("está fora do calendário dos planos", "Confira o ano.")
    return found


def _numeric(kind: str, value: Any, text: str) -> float | int | _Wrong:
    number: float | None
    if isinstance(value, bool):
        number = None
    elif isinstance(value, int | float):
        number = value if value == value else None
    else:
        number = number_of(text) if isinstance(value, str) else None
    if number is None:
        if re.fullmatch(r"[-+]?\d{1,3}\.\d{3}", text):
            return _Wrong(
                "pode ser lido de dois modos", "Escreva sem ponto de milhar, com vírgula para decimais."
            )
        return _Wrong("não é um número", "Escreva só o número, como 12,5.")
    # Before any conversion: a cell may hold a whole number that no float can, or an infinite one.
    if abs(number) > MAX_NUMBER:
        return _Wrong("é grande demais", "Confira o número.")
    number = float(number)
    if kind == "number":
        return number
    if kind == "percent":
        return number if 0 <= number <= 100 else _Wrong("não é um percentual de 0 a 100", "Confira o número.")
    if number != int(number):
        return _Wrong("precisa ser um número inteiro", "Tire os decimais.")
    if kind == "year":
        return (
            int(number)
            if int(number) in YEARS
            else _Wrong("não é um ano", "Escreva quatro dígitos, como 2028.")
        )
    return int(number) if 1 <= number <= 999 else _Wrong("não é uma versão", "Escreva 1, 2, 3...")


def lint(
    plan: PlanFile,
    observations: Mapping[str, Sequence[Observation]],
    published_years: Mapping[str, Iterable[int]],
) -> list[Note]:
    """Doubts about a plan without faults, one by one: the plan may be right, but somebody should look.

    `observations`: those of the plan's municipality by indicator. `published_years`: years that each
    indicator has for anyone.
    """
    return [
        Note(target.indicator, plan.rows.get(target.indicator), remark)
        for target in plan.targets
        for remark in verdicts.lint(
            target, observations.get(target.indicator, ()), published_years.get(target.indicator, ())
        )
    ]


def preview(
    plan: PlanFile, observations: Mapping[str, Sequence[Observation]], as_of: dt.date
) -> list[tuple[Target, Verdict]]:
    """What the plan's targets would be told on the date `as_of`."""
    return [
        (target, verdicts.judge(target, observations.get(target.indicator, ()), as_of))
        for target in plan.targets
    ]


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


def write_template(path: Path, municipalities: Mapping[str, str], measures: Mapping[str, Measure]) -> None:
    """Write the blank template: an XLSX file if the path ends in .xlsx, otherwise a folder of CSV files."""
    _write(path, {name: [] for name in SHEETS}, municipalities, measures)


def template_bytes(municipalities: Mapping[str, str], measures: Mapping[str, Measure]) -> bytes:
    """The blank XLSX template, for a download."""
    buffer = io.BytesIO()
    _workbook({name: [] for name in SHEETS}, municipalities, measures).save(buffer)
    return buffer.getvalue()


def write_plan(
    path: Path, plan: PlanFile, municipalities: Mapping[str, str], measures: Mapping[str, Measure]
) -> None:
    """Write a plan in the template's form, XLSX or a folder of CSVs, so that `read_plan` gives it back."""
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
    )


def _write(
    path: Path,
    rows: Mapping[str, list[list[Any]]],
    municipalities: Mapping[str, str],
    measures: Mapping[str, Measure],
) -> None:
    if path.suffix.lower() == ".xlsx":
        path.parent.mkdir(parents=True, exist_ok=True)
        _workbook(rows, municipalities, measures).save(path)
        return
    path.mkdir(parents=True, exist_ok=True)
    for name, sheet in SHEETS.items():
        _write_csv(path / sheet.file, _grid(sheet, rows[name]))
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
            writer.writerow(["" if value is None else Cell(value).text for value in row])


def _grid(sheet: Sheet, rows: list[list[Any]]) -> list[list[Any]]:
    """Header and rows of a sheet; Plano is one field a row, with the help beside it."""
    if sheet.name != PLAN:
        return [[column.title for column in sheet.columns], *rows]
    values = rows or [[None] for _ in sheet.columns]
    return [
        list(PLAN_HEADER),
        *([column.title, *value, column.help] for column, value in zip(sheet.columns, values, strict=True)),
    ]


def _lists(municipalities: Mapping[str, str], measures: Mapping[str, Measure]) -> dict[str, list[str]]:
    by_title = sorted(measures.values(), key=lambda found: _plain(found.title))
    columns = (
        [f"{code} {name}" for code, name in sorted(municipalities.items(), key=lambda item: _plain(item[1]))],
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


def _example(measures: Mapping[str, Measure]) -> list[list[str]]:
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
    rows: Mapping[str, list[list[Any]]], municipalities: Mapping[str, str], measures: Mapping[str, Measure]
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
