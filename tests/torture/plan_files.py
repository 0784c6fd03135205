"""Plans' files by the thousand: each is refused in words, or accepted with the value that its reader sees.

`python -m tests.torture.plan_files --seconds 120 --seed 1` prints how many were tried, refused in words, accepted,
and unaccounted: read with another value, let in or kept out against the rule, or answered with an exception.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
import traceback
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter

from pipelines.plan_files import MAX_FAULTS, SHEETS, Fault, Measure, PlanFile, read_plan

PLACES = {"5000203": "Água Clara", "5000609": "Amambai", "5002704": "Campo Grande"}
SHARE = Measure("parte", "Parte atendida", "Saúde", "%", 1, "higher", "number", (), 0, 100, 100)
DEATHS = Measure("mortes", "Mortes de bebês", "Saúde", "por mil", 1, "lower", "number", (), 0, 1000, 1000)
GRADE = Measure(
    "nota", "Nota das contas", "Finanças", "nota", 0, "lower", "category", ("A+", "A", "B", "C"), 1, 4, 1
)
MEASURES = {one.indicator: one for one in (SHARE, DEATHS, GRADE)}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
          RELATIONS: "http://purl.oclc.org/ooxml/officeDocument/relationships"}  # fmt: skip


@dataclass
class Number:
    """A cell with a number as its XML says it, and the format that shows it."""

    raw: str
    code: str = "General"


Value = str | Number | None


@dataclass
class Draft:
    """A plan's file before it is written, to be bent in any way."""

    sheets: dict[str, list[list[Value]]]
    dimension: str | None = None
    strict: bool = False
    shuffled: random.Random | None = None
    shared: bool = False
    after: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def draft() -> Draft:
    """A plan without faults: a goal with a milestone, a limit with its steps, a category, two deliverables."""
    heads = {name: [column.title for column in sheet.columns] for name, sheet in SHEETS.items()}
    plano: list[list[Value]] = [["Campo", "Valor", "Como preencher"]]
    given: list[Value] = ["saude-alfa", Number("1"), "Plano de saúde", "5000203 Água Clara", "01/02/2026", "Ata 1",
                          "Secretaria", "não"]  # fmt: skip
    plano += [[head, value, ""] for head, value in zip(heads["Plano"], given, strict=True)]
    metas: list[list[Value]] = [
        list(heads["Metas"]),
        ["Vacinar", None, "Parte atendida", "Meta", None, Number("2023"), Number("41.6"), Number("2028"),
         Number("70"), None, None, None, None, None],
        ["Cuidar", None, "Mortes de bebês", "Limite", "no máximo", None, None, None, Number("12"), None,
         Number("10.8"), Number("11.4"), None, None],
        ["Contas", None, "Nota das contas", "Categoria", None, None, None, None, None, "A, B", None, None, None, None],
    ]  # fmt: skip
    marcos: list[list[Value]] = [list(heads["Marcos"]), ["Parte atendida", Number("2026"), Number("58")]]
    entregas: list[list[Value]] = [
        list(heads["Ações e Entregas"]),
        ["E1", "Parte atendida", "Formar", "40 formados", None, None, "30/06/2026", "Em andamento", Number("40"),
         None, None],
        ["E2", "Mortes de bebês", "Visitar", "Visitas", None, None, "31/12/2026", "A fazer", None, None, None],
    ]  # fmt: skip
    return Draft({"Plano": plano, "Metas": metas, "Marcos": marcos, "Ações e Entregas": entregas})


def workbook(made: Draft) -> bytes:
    """The draft as an XLSX file, written by hand."""
    codes: list[str] = ["General"]
    texts: list[str] = []
    parts: dict[str, str] = {}
    for place, (name, rows) in enumerate(made.sheets.items(), start=1):
        body = [_row(number, row, made, codes, texts) for number, row in enumerate(rows, start=1)]
        if made.shuffled:
            made.shuffled.shuffle(body)
        dimension = "" if made.dimension is None else f"<dimension ref={quoteattr(made.dimension)}/>"
        parts[f"xl/worksheets/sheet{place}.xml"] = (
            f'<worksheet xmlns="{MAIN}">{dimension}<sheetData>{"".join(body)}</sheetData>'
            f"{made.after.get(name, '')}</worksheet>"
        )
    listed = "".join(
        f'<sheet name={quoteattr(made.names.get(name, name))} sheetId="{place}" r:id="rId{place}"/>'
        for place, name in enumerate(made.sheets, start=1)
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>'
    )
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, len(made.sheets) + 1)
    )
    links += f'<Relationship Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/>'
    links += f'<Relationship Id="t" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{package}">{links}</Relationships>'
    parts["_rels/.rels"] = (
        f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{RELATIONS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    )
    formats = "".join(
        f'<numFmt numFmtId="{164 + place}" formatCode={quoteattr(code)}/>' for place, code in enumerate(codes)
    )
    styles = "".join(f'<xf numFmtId="{164 + place}"/>' for place in range(len(codes)))
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>'
    )
    strings = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{strings}</sst>'
    parts["[Content_Types].xml"] = "<Types/>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in parts.items():
            for loose, strict in STRICT.items() if made.strict else ():
                text = text.replace(loose, strict)
            archive.writestr(name, text.encode("utf-8", "surrogatepass"))
    return buffer.getvalue()


def _row(number: int, row: Sequence[Value], made: Draft, codes: list[str], texts: list[str]) -> str:
    cells = []
    for column, value in enumerate(row, start=1):
        place = f'r="{get_column_letter(column)}{number}"'
        if isinstance(value, Number):
            if value.code not in codes:
                codes.append(value.code)
            cells.append(f'<c {place} s="{codes.index(value.code)}"><v>{value.raw}</v></c>')
        elif value is not None and made.shared:
            texts.append(value)
            cells.append(f'<c {place} t="s"><v>{len(texts) - 1}</v></c>')
        elif value is not None:
            cells.append(f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def folder(made: Draft, place: Path) -> Path:
    """The draft as a folder of CSV files; numbers as a Brazilian Excel writes them."""
    place.mkdir(exist_ok=True)
    for name, rows in made.sheets.items():
        lines = []
        for row in rows:
            said = [
                value.raw.replace(".", ",") if isinstance(value, Number) else value or "" for value in row
            ]
            lines.append(";".join('"' + text.replace('"', '""') + '"' for text in said))
        (place / SHEETS[name].file).write_text("\n".join(lines), "utf-8", errors="surrogatepass")
    return place


# What is tried: a draft bent, and what must come of it: None for a refusal, else the value that must be read.
Wanted = float | str | None
Trial = tuple[Draft | bytes, Callable[[PlanFile], object], Wanted]


def _goal(plan: PlanFile) -> object:
    return plan.targets[0].target_value


# Where numbers stand: sheet, row, column (from 0) and how the plan tells them.
NUMBERS: tuple[tuple[str, int, int, Callable[[PlanFile], object]], ...] = (
    ("Metas", 1, 8, _goal),
    ("Metas", 1, 6, lambda plan: plan.targets[0].baseline_value),
    ("Metas", 2, 8, lambda plan: plan.targets[1].target_value),
    ("Marcos", 1, 2, lambda plan: plan.targets[0].milestones[2026]),
)
# Sections before and after a number that change nothing of it, and the same for a percentage.
AROUND = ("{}", '"até "{}', '{}" da meta"', "[Red]{}", "{};[Red]-{}", "{};-{};{}", "[>=0]{};{}", "_({}_)", "* {}",
          "{}\\ ", '{};-{};{};@', "[$-416]{}")  # fmt: skip
LITERAL = ('{}"%"', "{}\\%", "{}_%", '{}" %"', '"% "{}', '{}"%";-{}"%"', "\\%{}")
MISLEADING = ("0,", '0"0"', '"1"0', ";;;", '"n.d."', "0\\,0", '0,"mil"', '"9"0')


def a_format(rng: random.Random) -> Trial:
    """A number under a format: percent multiplies where it is a sign, and nowhere else."""
    sheet, row, column, told = rng.choice(NUMBERS)
    places = rng.randint(0, 2)
    digits = "0" + ("." + "0" * places if places else "")
    made, kind = draft(), rng.random()
    number = round(rng.uniform(12.5, 99), rng.randint(0, places))
    wanted: Wanted = number
    if kind < 0.35:
        raw, code = repr(number / 100), rng.choice(AROUND).replace("{}", f"{digits}%")
        wanted = round(float(raw) * 100, 9)
    elif kind < 0.7:
        raw, code = repr(number), rng.choice(LITERAL).replace("{}", digits)
    elif kind < 0.9:
        raw, code = (
            repr(number),
            rng.choice(AROUND).replace("{}", rng.choice((digits, "#,##0.00", "General"))),
        )
    else:
        raw, code, wanted = "47", rng.choice(MISLEADING), None
    made.sheets[sheet][row][column] = Number(raw, code)
    if sheet == "Metas" and row == 2:
        made.sheets[sheet][row][10] = made.sheets[sheet][row][11] = None
    return made, told, wanted


TEXTS: Sequence[tuple[str, Wanted]] = (
    ("70", 70.0), ("70,5", 70.5), ("70%", 70.0), ("70,5 %", 70.5), ("1.234,5", 1234.5), ("12.5", 12.5),
    ("+70", 70.0), (" 70 ", 70.0), ("70\u00a0%", 70.0), ("R$ 70", 70.0), ("1.234.567", 1234567.0), ("−3", -3.0),
    ("0070", 70.0), ("\u200b70", 70.0), ("1.234", None), ("setenta", None), ("70 por cento", None), ("7e1", None),
    ("1,234.5", None), ("70,", None), (",7", None), ("70-80", None), ("≈70", None), ("٧٠", None), ("７０", None),
    ("0x46", None), ("70\ufffe", None), ("7\x000", None), ("nan", None), ("inf", None), ("=70", None),
    ("1e999", None), ("9" * 40, None), ("1_000", None), ("70%%", None), ("--70", None), ("70\ufffd", None),
)  # fmt: skip


def a_text(rng: random.Random) -> Trial:
    """A number as people type it into a text cell."""
    sheet, row, column, told = rng.choice((*NUMBERS[:2], *NUMBERS[3:]))
    made = draft()
    text, wanted = rng.choice(TEXTS)
    made.sheets[sheet][row][column] = text
    made.shared = rng.random() < 0.5
    return made, told, wanted


def a_raw_number(rng: random.Random) -> Trial:
    """Numbers that no indicator has, or that are none."""
    raw = rng.choice(
        ("1e300", "-1e300", "1e999", "NaN", "1" + "0" * rng.randint(20, 6000), "abc", "1e15", "--1")
    )
    sheet, row, column, told = rng.choice(NUMBERS)
    made = draft()
    made.sheets[sheet][row][column] = Number(raw, rng.choice(("General", "0%", "0.00", "dd/mm/yyyy")))
    return made, told, None


def a_dimension(rng: random.Random) -> Trial:
    """The dimension tag is no bound, rows may stand in any order, both forms of the standard are read."""
    made = draft()
    made.dimension = rng.choice((None, "A1", "A1:B2", "A1:XFD1048576", "B2:A1", "", "nada"))
    made.strict, made.shared = rng.random() < 0.5, rng.random() < 0.5
    made.shuffled = random.Random(rng.random()) if rng.random() < 0.5 else None
    return made, lambda plan: len(plan.targets) + len(plan.deliverables), 5


def a_writing(rng: random.Random) -> Trial:
    """Names of sheets, headers, fields and choices in decomposed letters, capitals, more blanks."""
    form: Callable[[str], str] = rng.choice(
        (
            lambda text: unicodedata.normalize("NFD", text),
            str.upper,
            lambda text: f"  {text} ",
            lambda text: text.replace(" ", "\u00a0"),
        )
    )
    made = draft()
    made.names = {name: form(name).strip() for name in made.sheets}
    for name, rows in made.sheets.items():
        rows[0] = [form(cell) if isinstance(cell, str) else cell for cell in rows[0]]
        for row in rows[1:]:
            for place in (0,) if name == "Plano" else (2, 3) if name == "Metas" else (0, 1):
                value = row[place]
                if isinstance(value, str) and not value.startswith("E"):
                    row[place] = form(value)
    made.sheets["Plano"][4][1] = form("5000203 Água Clara")
    return made, lambda plan: f"{plan.municipality_code} {plan.targets[2].indicator}", "5000203 nota"


PLACES_TYPED: Sequence[tuple[Value, Wanted]] = (
    ("500020", "5000203"), (Number("500020"), "5000203"), (Number("5000203"), "5000203"), ("5000203", "5000203"),
    (Number("5000203", "#,##0"), "5000203"), ("agua clara", "5000203"), ("ÁGUA CLARA/MS", "5000203"),
    ("5000203 - Água Clara (MS)", "5000203"), ("Campo Grande - MS", "5002704"), ("5000203 Amambai", None),
    ("500060 Água Clara", None), ("Água Clara/SP", None), ("50002", None), ("50002030", None), ("9999999", None),
    ("Lugar Nenhum", None), (Number("500020.5"), None), ("5000203 Aguá Clará", "5000203"),
)  # fmt: skip


def a_place(rng: random.Random) -> Trial:
    """The municipality as code, six digits or seven, as name, as both."""
    made = draft()
    made.sheets["Plano"][4][1], wanted = rng.choice(PLACES_TYPED)
    return made, lambda plan: plan.municipality_code, wanted


def a_limit(rng: random.Random) -> Trial:
    """Alert, prudential and limit in their order for a maximum and for a minimum, and in any other."""
    made = draft()
    row = made.sheets["Metas"][2]
    values = [rng.choice((8, 9, 10, 11, 12)) for _ in range(3)]
    least = rng.random() < 0.5
    row[4] = (
        rng.choice(("pelo menos", "≥", ">=", "acima de"))
        if least
        else rng.choice(("no máximo", "≤", "abaixo de"))
    )
    for place, value in zip((10, 11, 8), values, strict=True):
        row[place] = Number(str(value))
    steps = [-value for value in values] if least else values
    right = steps[0] < steps[1] < steps[2]
    return made, lambda plan: plan.targets[1].alert_value, float(values[0]) if right else None


def a_long_text(rng: random.Random) -> Trial:
    """Texts up to a thousand letters, and beyond."""
    made = draft()
    length = rng.choice((1, 400, 401, 755, 999, 1000, 1001, 5000))
    made.sheets["Ações e Entregas"][1][3] = "x" * length
    return made, lambda plan: len(plan.deliverables[0].deliverable), length if length <= 1000 else None


def a_status(rng: random.Random) -> Trial:
    """What becomes of a deliverable, with its reason and without."""
    made = draft()
    text, status = rng.choice(
        (
            ("Cancelada", "cancelled"),
            ("suspensa", "suspended"),
            ("CONCLUIDA", "done"),
            ("A fazer", "to_do"),
            ("quase", None),
        )
    )
    reason = rng.choice((None, "Sem verba"))
    made.sheets["Ações e Entregas"][1][7] = text
    made.sheets["Ações e Entregas"][1][10] = reason
    wanted = None if status is None or (reason and status in ("done", "to_do")) else status
    return made, lambda plan: plan.deliverables[0].status, wanted


def a_character(rng: random.Random) -> Trial:
    """Characters that no spreadsheet may carry, raw, by number or in Excel's own escape."""
    made = draft()
    made.sheets["Metas"][1][0] = rng.choice(
        (
            "a\ufffe",
            "a\uffff",
            "a\x01",
            "a\x00",
            "a_xFFFE_",
            "a_x0001_",
            "a\ud800",
            "a\U0001fffe",
            "a\ufdd0",
            "a\ufffd",
        )
    )
    return made, _goal, None


def a_broken_archive(rng: random.Random) -> Trial:
    """Bytes turned, cut, with a size that is a lie, a part twice, a document type, merged cells, cells outside."""
    made = draft()
    kind = rng.randrange(7)
    if kind == 0:
        made.after["Metas"] = (
            "<mergeCells>" + '<mergeCell ref="A1:B2"/>' * rng.randint(1, 3000) + "</mergeCells>"
        )
    elif kind == 1:
        made.sheets["Metas"][1] += [None] * rng.randint(0, 60) + ["fora"]
    elif kind == 2:
        made.sheets["Metas"].append(list(made.sheets["Metas"][1]))
    data = workbook(made)
    if kind == 3:
        data = data[: rng.randint(0, len(data) - 30)]
    elif kind == 4:
        data = _lying(data, rng)
    elif kind == 5:
        buffer = io.BytesIO(data)
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.writestr("xl/extra.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
        data = buffer.getvalue()
    elif kind == 6:
        data = bytes(rng.randrange(256) for _ in range(rng.randint(0, 400)))
    return data, _goal, None


def _lying(data: bytes, rng: random.Random) -> bytes:
    """The declared size of one part made smaller, in the directory and in its own header."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = rng.choice(archive.infolist()[:4])
    told = part.file_size.to_bytes(4, "little")
    return data.replace(told, rng.randint(0, part.file_size - 1).to_bytes(4, "little"))


def turned_bytes(rng: random.Random) -> bytes:
    """A good file with some bytes changed: whatever comes of it, it is an answer in words or a plan."""
    data = bytearray(workbook(draft()))
    for _ in range(rng.randint(1, 30)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


KINDS: Sequence[Callable[[random.Random], Trial]] = (
    a_format, a_format, a_text, a_text, a_raw_number, a_dimension, a_writing, a_place, a_limit, a_long_text, a_status,
    a_character, a_broken_archive,
)  # fmt: skip
# Kinds whose values look the same in a folder of CSV files.
IN_FOLDERS = frozenset({a_text, a_limit, a_long_text, a_status, a_place})


@dataclass
class Tally:
    """What came of the trials; `strange` are those unaccounted, in words."""

    tried: int = 0
    refused: int = 0
    accepted: int = 0
    strange: list[str] = field(default_factory=list)

    def take(
        self, name: str, found: PlanFile | list[Fault], told: Callable[[PlanFile], object], wanted: Wanted
    ) -> None:
        """Count one answer against what it must be."""
        if isinstance(found, PlanFile):
            value = told(found)
            same = value == wanted or (
                isinstance(value, float) and isinstance(wanted, float | int) and abs(value - wanted) < 1e-8
            )
            if wanted is None or not same:
                self.strange.append(f"{name}: read {value!r}, wanted {wanted!r}")
            else:
                self.accepted += 1
        elif not found or len(found) > MAX_FAULTS or any(not each.problem or not each.mend for each in found):
            self.strange.append(f"{name}: refused without words")
        elif wanted is not None:
            self.strange.append(f"{name}: wanted {wanted!r}, refused: {found[0].text}")
        else:
            self.refused += 1


def _answer(made: Draft | bytes | Path) -> PlanFile | list[Fault]:
    source = workbook(made) if isinstance(made, Draft) else made
    return read_plan(source, "plano.xlsx", PLACES, MEASURES)


def run(seed: int, seconds: float, most: int = sys.maxsize) -> Tally:
    """Try kinds at random until the time is over or `most` have been tried."""
    rng, tally, end = random.Random(seed), Tally(), time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as name:
        while time.monotonic() < end and tally.tried < most:
            kind = rng.choice(KINDS)
            state = rng.getrandbits(32)
            label = f"{kind.__name__}({state})"
            tally.tried += 1
            try:
                if rng.random() < 0.05:
                    label = f"turned_bytes({state})"
                    found = _answer(turned_bytes(random.Random(state)))
                    goal = _goal(found) if isinstance(found, PlanFile) else None
                    tally.take(label, found, _goal, goal if isinstance(goal, float) else None)
                    continue
                made, told, wanted = kind(random.Random(state))
                if kind in IN_FOLDERS and isinstance(made, Draft) and rng.random() < 0.3:
                    label += " in a folder"
                    tally.take(label, _answer(folder(made, Path(name) / "plano")), told, wanted)
                else:
                    tally.take(label, _answer(made), told, wanted)
            except Exception:
                tally.strange.append(f"{label}: {traceback.format_exc(limit=-3)}")
    return tally


def main() -> int:
    """Run from the command line; 1 where something is unaccounted."""
    parser = argparse.ArgumentParser(description="Plans' files by the thousand.")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tally = run(given.seed, given.seconds)
    for line in tally.strange[:20]:
        print(line)
    print(
        f"tried {tally.tried}, refused in words {tally.refused}, accepted {tally.accepted}, "
        f"unaccounted {len(tally.strange)}"
    )
    return 1 if tally.strange else 0


if __name__ == "__main__":
    sys.exit(main())
