"""A plan read: every fault found at once, each with its place, what is wrong and how to mend it; doubts and preview."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from openpyxl.utils import get_column_letter

from pipelines import declarations, verdicts
from pipelines.declarations import Config, Indicator, Source
from pipelines.plan_files import demonstration
from pipelines.plan_files.cells import EMPTY, Cell, Rows, plain_value
from pipelines.plan_files.faults import Fault, Faults, shown_value
from pipelines.plan_files.folder import read_folder
from pipelines.plan_files.formats import general
from pipelines.plan_files.plan import AsRead, Deliverable, Note, PlanFile, of_source, target_of
from pipelines.plan_files.template import (
    DELIVERABLE_COLUMNS,
    DELIVERABLES,
    MILESTONES,
    PLAN,
    PLAN_FIELDS,
    PLAN_HEADER,
    SHEETS,
    TARGET_COLUMNS,
    TARGETS,
    Column,
)
from pipelines.plan_files.values import Known, Wrong, converted
from pipelines.plan_files.workbook import read_workbook
from pipelines.verdicts import Grounds, Observation, Remark, Target, Verdict

Cells = Mapping[str, Cell]


def template_lists(config: Config) -> tuple[dict[str, str], dict[str, Indicator]]:
    """Municipalities of the territory (code -> name) and declared indicators, for the template's lists."""
    from pipelines.raw_files import (
        read_registry,  # brings DuckDB, which a check of a plan does without otherwise
    )

    municipalities = {
        code: name for code, name in read_registry(config.raw).items() if config.territory.holds(code)
    }
    return municipalities, dict(declarations.indicators())


def read_plan(
    source: Path | bytes, name: str, municipalities: Mapping[str, str], measures: Mapping[str, Indicator]
) -> PlanFile | list[Fault]:
    """Read a plan: an XLSX file (path or bytes) or a folder of CSV files.

    `name`: the file's name, whose ending must be .xlsx. `municipalities`: code -> name. Returns the plan, or
    the faults found, at least one and at most MAX_FAULTS; where there are more, the last line counts them.
    Raises nothing about the content; OSError if a path cannot be read.
    """
    if isinstance(source, Path) and source.is_dir():
        sheets, faults, digest = read_folder(source)
    else:
        found = read_workbook(source, name)
        if isinstance(found, list):
            return found
        sheets, faults, digest = found
    reader = _Reader(sheets, faults, Known(municipalities, measures))
    plan = reader.plan(name, digest)
    return plan if plan is not None and not reader.faults else reader.faults.listed()


_TITLES = {column.key: column.title for column in TARGET_COLUMNS}
_OPERATORS = {"higher": ">=", "lower": "<="}


class _Reader:
    """Turns rows of cells into a plan, gathering every fault on the way."""

    def __init__(
        self,
        sheets: Mapping[str, Rows],
        faults: Faults,
        known: Known,
    ) -> None:
        self.sheets = sheets
        self.faults = faults
        self.known = known
        self.measures = known.measures
        self.as_read: list[AsRead] = []

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
        marked = bool(head["origin"])
        invented = marked or demonstration.is_demonstration(found, deliverables)
        return PlanFile(
            head["plan"],
            head["plan_version"],
            head["title"],
            "demonstration" if invented else "municipal",
            head["municipality_code"],
            head["valid_from"],
            head["legal_basis"],
            head["responsible"],
            found,
            tuple(deliverables),
            file,
            digest,
            rows,
            tuple(self.as_read),
            marked,
        )

    def _fault(
        self, sheet: str, row: int | None, column: str | None, value: str | None, problem: str, mend: str
    ) -> None:
        self.faults.add(
            Fault(sheet, row, column, None if value is None else shown_value(value), problem, mend)
        )

    def _head(self) -> dict[str, Any]:
        """The sheet Plano, one field a row."""
        if PLAN not in self.sheets:
            return {}
        rows = self.sheets[PLAN]
        found: dict[str, Any] = {}
        wanted = [plain_value(title) for title in PLAN_HEADER[:2]]
        if not rows or [plain_value(cell.text) for cell in rows[0][1][:2]] != wanted:
            self._fault(
                PLAN, 1, None, None, "o cabeçalho não é o do modelo", "Devolva as colunas Campo e Valor."
            )
            return {}
        titles = {column.title: column for column in PLAN_FIELDS}
        written = {plain_value(title): title for title in titles}
        given: dict[str, tuple[int, Cell]] = {}
        for number, cells in rows[1:]:
            title = written.get(plain_value(cells[0].text), "")
            if not title:
                said = cells[0].text
                self._fault(PLAN, number, "Campo", said, "não é um campo do modelo", "Retire a linha.")
            elif title in given:
                self._fault(PLAN, number, "Campo", title, "aparece duas vezes", "Deixe uma linha só.")
            else:
                given[title] = (number, cells[1] if len(cells) > 1 else EMPTY)
        for title, column in titles.items():
            row, cell = given.get(title, (None, EMPTY))
            found[column.key] = self._value(PLAN, row, column, cell)
        return found

    def _table(self, name: str) -> Iterator[tuple[int, dict[str, Any], Cells]]:
        """The filled rows of a sheet as key -> value, and key -> cell; faulty cells are None."""
        rows = self.sheets.get(name)
        if rows is None:
            return
        places = self._places(name, rows)
        if places is None:
            return
        width = len(places)
        for number, cells in rows[1:]:
            outside = [cell.text for cell in cells[width:] if cell is not EMPTY]
            if outside:
                self._fault(
                    name, number, None, outside[0], "está fora das colunas do modelo", "Apague a célula."
                )
            found = {
                column.key: cells[places[column.key]]
                if column.key in places and places[column.key] < len(cells)
                else EMPTY
                for column in SHEETS[name].columns
            }
            yield (
                number,
                {
                    column.key: self._value(name, number, column, found[column.key])
                    for column in SHEETS[name].columns
                },
                found,
            )

    def _places(self, name: str, rows: Rows) -> dict[str, int] | None:
        """Where each column stands, key -> place from 0; None, with faults, where the header is another one."""
        columns = SHEETS[name].columns
        said = [cell.text for cell in rows[0][1]] if rows and rows[0][0] == 1 else []
        while said and not said[-1]:
            said.pop()
        header = [plain_value(title) for title in said]
        expected = {plain_value(column.title): column for column in columns}
        sound = True
        for title, column in expected.items():
            if title not in header and not column.newer:
                mend = "Devolva o cabeçalho do modelo."
                self._fault(name, 1, column.title, None, "a coluna não existe", mend)
                sound = False
            elif header.count(title) > 1:
                self._fault(name, 1, column.title, None, "a coluna aparece duas vezes", "Deixe uma só.")
                sound = False
        for place, title in enumerate(header):
            if title not in expected:
                letter = get_column_letter(place + 1)
                self._fault(name, 1, letter, said[place], "não é uma coluna do modelo", "Retire a coluna.")
                sound = False
        return {expected[title].key: place for place, title in enumerate(header)} if sound else None

    def _value(self, sheet: str, row: int | None, column: Column, cell: Cell) -> Any:
        """The cell as the column's kind of value; None where it is empty or faulty."""
        where = (sheet, row, column.title)
        if cell.wrong:
            self._fault(*where, cell.text, cell.wrong, "Escreva o valor, não a conta.")
            return None
        if cell.value is None:
            if column.required:
                self._fault(*where, None, "está em branco", column.help)
            return False if column.kind == "yes_no" else None
        value = converted(column, cell, self.known)
        if isinstance(value, Wrong):
            self._fault(*where, cell.text, value.problem, value.mend)
            return None
        return value

    def _targets(self, responsible: str | None) -> tuple[dict[str, Target], dict[str, int]]:
        found: dict[str, Target] = {}
        rows: dict[str, int] = {}
        for row, given, cells in self._table(TARGETS):
            name = given.pop("indicator")
            if name is None:
                continue
            if name in rows:
                self._fault(
                    TARGETS, row, "Indicador", cells["indicator"].text,
                    f"já tem meta na linha {rows[name]}", "Deixe uma meta por indicador.",
                )  # fmt: skip
                continue
            rows[name] = row
            facts = self.measures[name]
            if given["kind"] is None:
                continue
            self._check_target(row, facts, given, cells)
            self._note_target(row, facts, given, cells)
            given["front"] = given["front"] or facts.front
            given["responsible"] = given["responsible"] or responsible
            given["target_categories"] = given["target_categories"] or ()
            if given["operator"] is None and given["kind"] != "category":
                given["operator"] = _OPERATORS.get(facts.better)
            found[name] = target_of(facts, **given)
        if TARGETS in self.sheets and not rows and not self.faults.of_sheet(TARGETS):
            self._fault(TARGETS, 2, None, None, "o plano não tem metas", "Preencha ao menos uma linha.")
        return found, rows

    def _targets_unread(self) -> bool:
        """Whether some target's indicator is not known, so that none can be said to be missing."""
        return TARGETS not in self.sheets or self.faults.in_column(TARGETS, "Indicador")

    def _check_target(self, row: int, facts: Indicator, given: Mapping[str, Any], cells: Cells) -> None:
        """Whether the cells of one target go together."""
        kind = given["kind"]
        if (kind == "category") != (facts.kind == "category"):
            self._fault(
                TARGETS, row, "Tipo", cells["kind"].text,
                "não combina com o indicador" if kind == "category" else "não serve a um indicador de notas",
                "Use Meta ou Limite." if kind == "category" else "Use Categoria.",
            )  # fmt: skip
        elif kind == "category":
            self._check_category(row, facts, given, cells)
        else:
            self._refuse(row, "target_categories", given, cells, "Só o tipo Categoria tem notas aceitas.")
            self._need(row, "target_value", given, "Escreva o valor na unidade do indicador.")
            if kind == "goal":
                self._check_goal(row, given, cells)
            else:
                self._check_limit(row, facts, given, cells)

    def _need(self, row: int, key: str, given: Mapping[str, Any], why: str) -> None:
        title = _TITLES[key]
        if given[key] in (None, ()) and not self.faults.at(TARGETS, row, title):
            self._fault(TARGETS, row, title, None, "está em branco", why)

    def _refuse(self, row: int, key: str, given: Mapping[str, Any], cells: Cells, why: str) -> None:
        if given[key] not in (None, ()):
            self._fault(TARGETS, row, _TITLES[key], cells[key].text, "não cabe neste tipo de meta", why)

    def _check_category(self, row: int, facts: Indicator, given: Mapping[str, Any], cells: Cells) -> None:
        allowed = ", ".join(facts.categories)
        self._need(row, "target_categories", given, f"Escreva as notas aceitas, entre: {allowed}.")
        unknown = [
            name
            for name in given["target_categories"] or ()
            if name not in facts.categories and f"{name}+" not in facts.categories
        ]
        if unknown:
            self._fault(
                TARGETS, row, _TITLES["target_categories"], ", ".join(unknown),
                "não existe neste indicador", f"Use: {allowed}.",
            )  # fmt: skip
        for key in ("operator", "target_value", "alert_value", "prudential_value"):
            self._refuse(row, key, given, cells, "No tipo Categoria deixe em branco.")

    def _check_goal(self, row: int, given: Mapping[str, Any], cells: Cells) -> None:
        self._need(row, "target_year", given, "Uma meta tem prazo: escreva o ano.")
        for key in ("alert_value", "prudential_value"):
            self._refuse(row, key, given, cells, "Só o tipo Limite tem este valor.")
        start, end = given["baseline_year"], given["target_year"]
        if start is not None and end is not None and end <= start:
            self._fault(
                TARGETS, row, _TITLES["target_year"], cells["target_year"].text,
                f"não vem depois do ano de base ({start})", "Confira os dois anos.",
            )  # fmt: skip
        if (given["baseline_value"] is None) != (start is None):
            empty = "baseline_value" if given["baseline_value"] is None else "baseline_year"
            why = "Ano e valor de base andam juntos: preencha os dois ou nenhum."
            self._need(row, empty, given, why)

    def _check_limit(self, row: int, facts: Indicator, given: Mapping[str, Any], cells: Cells) -> None:
        if facts.better == "none":
            why = "Este indicador não diz de que lado é bom ficar: escolha."
            self._need(row, "operator", given, why)
        operator = given["operator"] or _OPERATORS.get(facts.better)
        if operator == "=":
            for key in ("alert_value", "prudential_value"):
                self._refuse(row, key, given, cells, "Um valor exato não tem alerta: deixe em branco.")
        sign = {"<=": 1, "<": 1, ">=": -1, ">": -1}.get(operator or "")
        if sign is None:
            return
        keys = [key for key in ("alert_value", "prudential_value", "target_value") if given[key] is not None]
        for first, then in pairwise(keys):
            if sign * given[first] >= sign * given[then]:
                rule = (
                    "alerta, prudencial e limite, do menor para o maior"
                    if sign > 0
                    else ("alerta, prudencial e limite, do maior para o menor")
                )
                name = "limite" if then == "target_value" else _TITLES[then].lower()
                self._fault(
                    TARGETS, row, _TITLES[first], cells[first].text,
                    f"não vem antes do {name} ({cells[then].text})",
                    f"Em um {'máximo' if sign > 0 else 'mínimo'} escreva {rule}.",
                )  # fmt: skip

    def _note_target(self, row: int, facts: Indicator, given: Mapping[str, Any], cells: Cells) -> None:
        """Keep what each number of a target was read from."""
        base = given["baseline_year"]
        names = {
            "baseline_value": f"Linha de base de {base}" if base is not None else "Linha de base",
            "target_value": "Limite" if given["kind"] == "limit" else f"Meta de {given['target_year']}",
            "alert_value": "Alerta",
            "prudential_value": "Prudencial",
        }
        for key, what in names.items():
            if given[key] is not None:
                self._note(TARGETS, row, facts, what, cells[key], general(given[key]))
        if given["target_categories"]:
            accepted = " ou ".join(given["target_categories"])
            self._note(TARGETS, row, facts, "Categorias aceitas", cells["target_categories"], accepted)

    def _note(self, sheet: str, row: int, facts: Indicator, what: str, cell: Cell, value: str) -> None:
        self.as_read.append(AsRead(sheet, row, facts.indicator, what, cell.text, value))

    def _with_milestones(self, targets: dict[str, Target], rows: Mapping[str, int]) -> dict[str, Target]:
        steps: dict[str, dict[int, float]] = {}
        for row, given, cells in self._table(MILESTONES):
            name, year, value = given["indicator"], given["year"], given["value"]
            if name is not None and name not in rows:
                if self._targets_unread():
                    continue
                self._fault(
                    MILESTONES, row, "Indicador", cells["indicator"].text, "não está na aba Metas",
                    "Acrescente a meta ou retire o marco.",
                )  # fmt: skip
                continue
            target = targets.get(name) if name is not None else None
            if target is None or year is None or value is None:
                continue
            if target.kind != "goal":
                self._fault(
                    MILESTONES, row, "Indicador", cells["indicator"].text, "não é do tipo Meta",
                    "Limites e categorias não têm marcos: retire a linha.",
                )  # fmt: skip
            elif year in steps.setdefault(name, {}):
                self._fault(
                    MILESTONES,
                    row,
                    "Ano",
                    cells["year"].text,
                    "já tem marco neste indicador",
                    "Deixe um por ano.",
                )
            elif not (target.baseline_year or 0) < year < (target.target_year or 9999):
                self._fault(
                    MILESTONES,
                    row,
                    "Ano",
                    cells["year"].text,
                    "não fica entre o ano de base e o da meta",
                    "Confira o ano.",
                )
            else:
                steps[name][year] = value
                self._note(
                    MILESTONES, row, self.measures[name], f"Marco de {year}", cells["value"], general(value)
                )
        return {name: replace(target, milestones=steps.get(name, {})) for name, target in targets.items()}

    def _deliverables(self, targets: Mapping[str, Target], rows: Mapping[str, int]) -> list[Deliverable]:
        found = []
        seen: dict[str, int] = {}
        for row, given, cells in self._table(DELIVERABLES):
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
                    DELIVERABLES, row, "Indicador", cells["indicator"].text, "não está na aba Metas",
                    "Acrescente a meta ou troque o indicador.",
                )  # fmt: skip
            start, due = given["start"], given["due"]
            if start is not None and due is not None and due < start:
                self._fault(
                    DELIVERABLES,
                    row,
                    "Prazo",
                    cells["due"].text,
                    "vem antes do início",
                    "Confira as duas datas.",
                )
            if given["status_reason"] is not None and given["status"] in ("to_do", "in_progress", "done"):
                self._fault(
                    DELIVERABLES, row, "Motivo", cells["status_reason"].text,
                    f"não cabe na situação {cells['status'].text}",
                    "Só entregas suspensas ou canceladas têm motivo: apague-o.",
                )  # fmt: skip
            needed = [column.key for column in DELIVERABLE_COLUMNS if column.required]
            if all(given[key] is not None for key in needed) and name in targets:
                found.append(Deliverable(challenge=targets[name].challenge, **given))
        return found


def lint(
    plan: PlanFile,
    observations: Mapping[str, Sequence[Observation]],
    published_years: Mapping[str, Iterable[int]],
) -> list[Note]:
    """Doubts about a plan without faults, one by one: the plan may be right, but somebody should look.

    `observations`: those of the plan's municipality by indicator. `published_years`: years that each
    indicator has for anyone.
    """
    notes = []
    if plan.origin == "demonstration" and not plan.marked:
        notes.append(Note("", None, Remark("demonstration_content", _INVENTED)))
    for target in plan.targets:
        for remark in verdicts.lint(
            target, observations.get(target.indicator, ()), published_years.get(target.indicator, ())
        ):
            notes.append(_placed(plan, target.indicator, remark))
    for noted in plan.as_read:
        if (said := _other_unit(noted, plan)) is not None:
            notes.append(Note(noted.indicator, noted.row, Remark("other_unit", said), noted.sheet))
    for item in plan.deliverables:
        if item.status in ("cancelled", "suspended") and item.status_reason is None:
            state = verdicts.DELIVERABLE_LABELS[item.status].lower()
            said = (
                f"A entrega {item.deliverable_id} está {state} sem dizer por quê: escreva na coluna Motivo."
            )
            notes.append(Note(item.indicator, None, Remark("no_reason", said), DELIVERABLES))
    return notes


_INVENTED = (
    "O conteúdo é o do plano de demonstração: ele continua marcado como demonstração, ainda que o campo Demonstração "
    "não diga sim. Troque desafios e entregas pelos do município."
)


def _placed(plan: PlanFile, indicator: str, remark: Remark) -> Note:
    """A remark with the row that it doubts: of a milestone where it names one's year, else of the target."""
    if remark.milestone is not None:
        what = f"Marco de {remark.milestone}"
        for noted in plan.as_read:
            if noted.indicator == indicator and noted.what == what:
                return Note(indicator, noted.row, remark, MILESTONES)
    return Note(indicator, plan.rows.get(indicator), remark)


def _other_unit(noted: AsRead, plan: PlanFile) -> str | None:
    """What to say of a cell that shows a sign which is not the indicator's."""
    unit = next((target.unit for target in plan.targets if target.indicator == noted.indicator), None)
    for sign in ("%", "R$"):
        if unit is not None and sign in noted.shown and sign not in unit:
            return f"{noted.what}: a célula mostra '{noted.shown}', e o indicador é em {unit or 'números'}. Confira."
    return None


def until_in_force(plan: PlanFile, as_of: dt.date) -> str:
    """What to say of a plan that is still to come into force on a date; empty for one in force."""
    if plan.valid_from <= as_of:
        return ""
    return (
        f"O plano vale a partir de {plan.valid_from:%d/%m/%Y} e só então será lido; "
        "a prévia diz como seria lido se já valesse."
    )


def preview(
    plan: PlanFile,
    observations: Mapping[str, Sequence[Observation]],
    as_of: dt.date,
    grounds: Callable[[str, str], Grounds] | None = None,
    sources: Mapping[str, Source] | None = None,
) -> list[tuple[Target, Verdict]]:
    """What the plan's targets would be told on the date `as_of`.

    `grounds`: asked with indicator and municipality, what is known beyond the series. `sources`: the declared ones
    by indicator. With both, a preview is what the build will say.
    """
    found = []
    for target in plan.targets:
        known = grounds(target.indicator, target.municipality_code) if grounds else None
        read = of_source(target, (sources or {}).get(target.indicator))
        found.append((target, verdicts.judge(read, observations.get(target.indicator, ()), as_of, known)))
    return found
