"""A plan read: every fault found at once, each with its place, what is wrong and how to mend it; doubts and preview."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from pipelines import declarations, verdicts
from pipelines.declarations import Config, Indicator
from pipelines.plan_files.template import (
    CHOICES,
    DELIVERABLE_COLUMNS,
    DELIVERABLES,
    MILESTONES,
    PLAN,
    PLAN_FIELDS,
    PLAN_HEADER,
    SHEETS,
    SYMBOLS,
    TARGET_COLUMNS,
    TARGETS,
    Column,
)
from pipelines.plan_files.workbook import (
    EMPTY,
    MAX_NUMBER,
    Cell,
    Fault,
    Rows,
    number_of,
    read_folder,
    read_workbook,
    shown_value,
)
from pipelines.verdicts import KIND_LABELS, Observation, Remark, Target, Verdict

MAX_TEXT = 400
YEARS = range(1990, 2101)


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
    cohort: str = ""
    meaningful: float | None = None
    rounded_to: float | None = None
    shelf_life: int | None = None
    window: int = 1


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
class Note:
    """A doubt that does not refuse the plan: the remark with the place of its target in the file."""

    indicator: str
    row: int | None
    remark: Remark

    @property
    def text(self) -> str:
        """The doubt as one line in Portuguese."""
        return f"Aba Metas, linha {self.row}: {self.remark.text}" if self.row else self.remark.text


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
        cohort=indicator.cohort or "",
        meaningful=indicator.meaningful,
        window=indicator.window,
    )


def template_lists(config: Config) -> tuple[dict[str, str], dict[str, Measure]]:
    """Municipalities of the territory (code -> name) and declared indicators, for the template's lists."""
    from pipelines.raw_files import (
        read_registry,  # brings DuckDB, which a check of a plan does without otherwise
    )

    state = config.territory.state
    municipalities = {
        code: name for code, name in read_registry(config.raw).items() if state in ("BR", code[:2])
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
        cohort=facts.cohort,
        meaningful=facts.meaningful,
        rounded_to=facts.rounded_to,
        shelf_life=facts.shelf_life,
        **given,
    )


def plain_value(text: str) -> str:
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
        sheets, faults, digest = read_folder(source)
    else:
        found = read_workbook(source, name)
        if isinstance(found, list):
            return found
        sheets, faults, digest = found
    reader = _Reader(sheets, faults, municipalities, measures)
    plan = reader.plan(name, digest)
    return plan if plan is not None and not reader.faults else reader.faults


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
        self.by_title = {plain_value(found.title): found for found in measures.values()}

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
        self.faults.append(
            Fault(sheet, row, column, None if value is None else shown_value(value), problem, mend)
        )

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
            found = self.measures.get(text) or self.by_title.get(plain_value(text))
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
            if plain_value(label) == plain_value(text):
                return choice
        return _Wrong("não é uma das opções", f"Use: {', '.join(choices)}.")

    def _municipality(self, text: str) -> Any:
        code = re.match(r"\d+", text)
        if code:
            if code[0] in self.municipalities:
                return code[0]
            return _Wrong("não é o código de um município deste território", "Escolha na lista (aba Listas).")
        same = [
            found for found, name in self.municipalities.items() if plain_value(name) == plain_value(text)
        ]
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
