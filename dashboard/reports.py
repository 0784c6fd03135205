"""Printed sheets: the municipality's, the indicator's, the package for the meeting and the bulletin.

Every number comes from `tables`, every sentence from `plans`, `summaries` and `words`, as on the screens; here
they are put in the order of a page. `reports.typ` holds the layout. The files are tagged PDF (PDF/UA-1), set in
the font that ships with the product and in no other.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import struct
import textwrap
import unicodedata
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd
import segno

from dashboard import binding, charts, exports, plans, summaries, words
from dashboard.charts import TargetPath
from dashboard.palettes import MARKS, PALETTES, text_width
from dashboard.tables import Tables
from pipelines import declarations, verdicts
from pipelines.declarations import AREAS, SCOPES, Config, Indicator
from pipelines.verdicts import DELIVERABLE_LABELS, STATUS_LABELS

Tell = Callable[[float, str], None]
Row = Mapping[str, Any]

PDF_MIME, ZIP_MIME = "application/pdf", "application/zip"
# Where `make run` serves the dashboard: what sheets point to when farol.toml names no address.
LOCAL_ADDRESS = "http://127.0.0.1:8501"
PACKAGE = "pacote-da-reuniao"
PAPER = PALETTES["light"]
# How far back a bulletin looks when no date of the last meeting is given: the meetings are bimonthly.
BIMONTH = dt.timedelta(days=60)

# One or two indicators that every manager asks for, by area; those without any value are left out.
MAIN = (
    "capag_nota",
    "cauc_pendencias",
    "mortalidade_infantil_trienal",
    "prenatal_sete_consultas",
    "cobertura_aps",
    "vacina_penta",
    "crianca_alfabetizada_municipal",
    "ideb_anos_iniciais_municipal",
    "ideb_anos_finais_publica",
    "agua_atendimento",
    "esgoto_atendimento",
    "agua_perdas",
    "cvli_taxa",
    "cadunico_atualizacao",
    "pib_per_capita",
    "empregos_formais_por_habitante",
)
REGION = "immediate_region"


class UnknownMunicipalityError(LookupError):
    """A code that no municipality of the territory has; the message is one sentence in Portuguese."""


class Bulletin(NamedTuple):
    """What changed, as a PDF and as plain text for an e-mail."""

    pdf: bytes
    text: str


# --- shapes --------------------------------------------------------------------------------------------

_DELIVERABLE_SYMBOLS = {
    "overdue": "x",
    "never_updated": "circle-open",
    "to_do": "square-open",
    "in_progress": "triangle-right",
    "done": "circle",
}


def _shape(body: str, box: str = "0 0 12 12") -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{body}</svg>'


@cache
def _icon(status: str, certain: bool = True) -> str:
    """A status as a shape with a dark edge, which black and white keeps; only the edge where chance explains it."""
    mark = MARKS[status]
    fill = mark.fill["light"] if certain else "none"
    if mark.symbol.endswith("-open"):
        return _shape(exports.symbol(mark.symbol, 6, 6, 9, PAPER.text, edge_width=1.4))
    drawn = exports.symbol(mark.symbol, 6, 6, 8.4, fill, PAPER.text, 0.8)
    if status == "within":
        drawn += f'<path d="M3.8 6.2L5.4 7.9L8.3 4.3" fill="none" stroke="{PAPER.text}" stroke-width="1.2"/>'
    return _shape(drawn)


@cache
def _deliverable_icon(state: str) -> str:
    return _shape(exports.symbol(_DELIVERABLE_SYMBOLS[state], 6, 6, 8, PAPER.text, edge_width=1.4))


WAY_WIDTH, WAY_HEIGHT = 110.0, 20.0
# Year, value and whether the method changed just before; a series oldest first.
Point = tuple[int, float | None, bool]


def _way(points: Sequence[Point], row: Row, path: TargetPath | None) -> str:
    """The way to a target without axes, for a table's cell: dashed path, observed line, diamond at the end.

    The row beside it has the numbers. Lines are cut at missing values and at changes of method; a category's
    best place is on top. Empty without any value.
    """
    first = path.baseline_year if path is not None else None
    shown = [point for point in points if first is None or point[0] >= first]
    if all(value is None for _, value, _ in shown):
        shown = list(points)
    sign = -1.0 if row["kind"] == "category" else 1.0
    known = [(year, sign * value) for year, value, _ in shown if value is not None]
    if not known:
        return ""
    corners: list[tuple[int, float]] = []
    if path is not None and path.baseline_year is not None and path.baseline_value is not None:
        corners = verdicts.path(
            path.baseline_value, path.baseline_year, path.target_value, path.target_year, path.milestones
        )
    elif path is not None:
        corners = [(year, path.target_value) for year in (known[0][0], max(path.target_year, known[-1][0]))]
    years, heights = zip(*known, *corners, strict=True)
    low, high, start, end = min(heights), max(heights), min(years), max(years)

    def spot(year: float, value: float) -> tuple[float, float]:
        x = 5 + (year - start) / (end - start) * (WAY_WIDTH - 10) if end > start else WAY_WIDTH / 2
        share = (value - low) / (high - low) if high > low else 0.5
        return x, WAY_HEIGHT - 5 - share * (WAY_HEIGHT - 10)

    def line(spots: Iterable[tuple[float, float]]) -> str:
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)

    parts = []
    if corners:
        way = line(spot(*corner) for corner in corners)
        parts.append(
            f'<path d="{way}" fill="none" stroke="{PAPER.target}" stroke-width="1.2" stroke-dasharray="3,2"/>'
        )
    runs: list[list[tuple[float, float]]] = [[]]
    for year, value, broken in shown:
        if value is None or broken:
            runs.append([])
        if value is not None:
            runs[-1].append(spot(year, sign * value))
    for run in runs:
        if len(run) > 1:
            parts.append(f'<path d="{line(run)}" fill="none" stroke="{PAPER.data}" stroke-width="1.8"/>')
        elif run:
            parts.append(exports.symbol("circle", *run[0], 3.2, PAPER.data))
    parts.append(exports.symbol("circle", *spot(*known[-1]), 5.4, PAPER.data))
    if corners and row["kind"] == "goal":
        parts.append(exports.symbol("diamond", *spot(*corners[-1]), 6.4, PAPER.target))
    return _shape("".join(parts), f"0 0 {WAY_WIDTH:g} {WAY_HEIGHT:g}")


@cache
def _mesh(file: str) -> Mapping[str, Any]:
    return exports.read_geojson(declarations.STATIC / "geo" / file)


@cache
def _outlines(file: str) -> charts.Outlines:
    """The outlines of the small map, without the points that a stamp of its size cannot show."""
    shapes = charts.outlines(_mesh(file), width=300)
    return charts.Outlines(
        {code: _slim(path) for code, path in shapes.paths.items()}, shapes.width, shapes.height
    )


def _slim(path: str) -> str:
    """Path data in whole pixels, each point once; a ring that shrinks to a line is left out."""
    rings = []
    for ring in path.split("M")[1:]:
        spots = [tuple(round(float(part)) for part in spot.split()) for spot in ring.rstrip("Z").split("L")]
        kept = [spot for place, spot in enumerate(spots) if place == 0 or spot != spots[place - 1]]
        if len(kept) > 2:
            rings.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
    return "".join(rings)


@cache
def _base_map(file: str) -> str:
    shapes = _outlines(file)
    body = f'<path d="{"".join(shapes.paths.values())}" fill="{PAPER.grid}" stroke="{PAPER.outline}" '
    return _shape(f'{body}stroke-width="0.7"/>', f"0 0 {shapes.width:g} {shapes.height:g}")


def _locator(file: str, code: str, name: str) -> dict[str, str]:
    """The small map: one picture for all, and the chosen municipality in another laid over it."""
    shapes = _outlines(file)
    body = (
        f'<path d="{shapes.paths.get(code, "")}" fill="{PAPER.data}" stroke="{PAPER.text}" stroke-width="3"/>'
    )
    chosen = _shape(body, f"0 0 {shapes.width:g} {shapes.height:g}")
    return {"base": _base_map(file), "chosen": chosen, "alt": f"Mapa: onde fica {name}."}


def _geometry(data: Tables) -> tuple[dict[str, Any], dict[str, Mapping[str, Any]]]:
    """Keyword arguments of the maps, and the meshes behind their addresses."""
    drawn = data.manifest["geometry"]
    given = {
        "geometry_url": drawn["municipalities"],
        "outline_url": drawn["outline"],
        "bounds": tuple(drawn["bounds"]),
    }
    return given, {drawn[name]: _mesh(drawn[name]) for name in ("municipalities", "outline")}


def _qr(address: str, page: str, caption: str, **query: str) -> dict[str, str] | None:
    """A QR code, as a drawing, that opens a page of the dashboard; None without an address."""
    if not address:
        return None
    target = f"{address.rstrip('/')}/{page}?{urlencode({name: text for name, text in query.items() if text})}"
    out = io.BytesIO()
    segno.make(target, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, omitsize=True)
    return {
        "svg": out.getvalue().decode(),
        "alt": f"Código QR que abre {target}",
        "address": target,
        "caption": caption,
    }


# --- how much a page holds -------------------------------------------------------------------------------

# Inside the margins of reports.typ, in points.
PAGE_WIDTH, PAGE_HEIGHT = 521.0, 768.0
# Reckoned heights run a twentieth high: words are also broken at syllables, and lines under each other are closer.
RECKONED_HEIGHT = 1.035 * PAGE_HEIGHT
# From the size a reader likes to the smallest that still prints well.
SIZES = (9.2, 9.0, 8.8, 8.6, 8.4, 8.2, 8.0, 7.85, 7.7, 7.55, 7.4, 7.25, 7.1, 6.95, 6.8, 6.65, 6.5)
COMFORTABLE = 7.1
# Where an indicator's sheet starts from.
SHEET_SIZE = 8.4
# Columns of the tables, in percent of the page; 0 takes the rest.
CHALLENGE_COLUMNS = (15, 0, 10, 10, 11.5, 15.5, 10)
COMPARISON_COLUMNS = (13.5, 0, 15.5, 11.5, 11.5, 15)
DELIVERABLE_COLUMNS = (15, 0, 23, 10, 11)


class _Lines:
    """Heights of texts and tables at a text size, reckoned with letter widths; a little more rather than less.

    Setting a page takes typst far longer than this, and trying sizes there as many times longer.
    """

    def __init__(self, size: float) -> None:
        self.size = size

    def count(self, text: str, width: float, share: float = 1.0, bold: bool = False) -> int:
        """How many lines a text takes in a width in points; `share`: of the text size."""
        size = self.size * share
        space = text_width(" ", size)
        lines, used = 1, 0.0
        for word in text.split():
            wide = text_width(word, size, bold)
            if used and used + space + wide > width:
                lines, used = lines + 1, wide
            else:
                used += (space if used else 0) + wide
        return lines

    def paragraph(self, text: str, share: float = 1.0, width: float = PAGE_WIDTH) -> float:
        """Height of a paragraph with the space after it; none for an empty text."""
        return (self.count(text, width, share) * 1.16 * share + 0.25) * self.size if text else 0.0

    def table(
        self,
        columns: Sequence[float],
        rows: Iterable[Sequence[Sequence[tuple[str, float, bool]]]],
        least: float = 0.0,
    ) -> float:
        """Height of a table with its head. A cell is a list of texts, each with its share of the size and weight.

        `least`: height in points of a picture that every row has.
        """
        rest = 100 - sum(columns)
        free = PAGE_WIDTH - 0.3 * self.size * (len(columns) - 1)
        widths = [
            (column / 100 * PAGE_WIDTH if column else free - (100 - rest) / 100 * PAGE_WIDTH)
            - 0.6 * self.size
            for column in columns
        ]
        total = 1.4
        for cells in rows:
            lines = max(
                sum(self.count(text, width, share, bold) for text, share, bold in cell if text)
                for cell, width in zip(cells, widths, strict=True)
            )
            total += 0.6 + max(0.72 + 1.06 * (max(lines, 1) - 1), least / self.size)
        return total * self.size

    def heading(self) -> float:
        """Height of a section's heading with its space."""
        return 2.9 * self.size


def _text(text: str, share: float = 1.0, bold: bool = False) -> tuple[tuple[str, float, bool], ...]:
    return ((text, share, bold),)


def _first_page(said: Row, size: float) -> float:
    """Height of the first page of a municipality's sheet, in points."""
    at = _Lines(size)
    beside = PAGE_WIDTH - 170
    head = at.paragraph(said["eyebrow"], 0.88, beside) + 3.2 * size
    head += sum(at.paragraph(text, 1.0, beside) for text in (*said["facts"], said["finding"]))
    total = max(head, 82.0)
    if said["demonstration"]:
        total += at.paragraph(said["warning"]) + 1.6 * size
    for block in said["challenges"]:
        total += at.heading() + at.paragraph(block["text"]) + at.paragraph(block["note"], 0.88)
        if block["counts"]:
            total += (
                at.paragraph(" ".join(f"mm {one['word']} {one['count']}" for one in block["counts"])) + size
            )
        if block["rows"]:
            total += at.table(
                CHALLENGE_COLUMNS,
                [
                    (
                        (("mm " + row["status"]["word"], 1.0, True), (row["status"]["doubt"], 0.88, False)),
                        ((row["name"], 1.0, row["strong"]), (row["detail"], 0.88, False)),
                        _text(row["baseline"]),
                        _text(row["latest"]),
                        _text(row["target"]),
                        ((row["gap"], 1.0, False), (row["people"], 1.0, True)),
                        _text("m"),
                    )
                    for row in block["rows"]
                ],
                (CHALLENGE_COLUMNS[-1] / 100 * PAGE_WIDTH - 0.6 * size) * WAY_HEIGHT / WAY_WIDTH,
            )
    if said["deliverables"] is not None:
        total += _deliverables_height(said["deliverables"], at)
    compared = said["comparison"]
    total += at.heading() + at.paragraph(compared["note"], 0.88)
    total += at.table(
        COMPARISON_COLUMNS,
        [
            (
                _text(row["area"]),
                _text(row["name"]),
                _text(f"{row['value']} ({row['year']})", bold=row["weak"]),
                _text(row["region"]),
                _text(row["state"]),
                _text(row["position"]),
            )
            for row in compared["rows"]
        ],
    )
    return total + sum(at.paragraph(line, 0.86) for line in said["foot"]) + size


def _deliverables_height(block: Row, at: _Lines) -> float:
    total = at.heading() + at.paragraph(block["text"]) + at.paragraph(block["more"], 0.88)
    if not block["rows"]:
        return total
    return total + at.table(
        DELIVERABLE_COLUMNS,
        [
            (
                _text("mm " + row["word"], bold=True),
                ((row["name"], 1.0, False), (row["action"], 0.88, False)),
                _text(row["responsible"]),
                _text(row["due"]),
                _text(row["progress"]),
            )
            for row in block["rows"]
        ],
    )


def _largest(height: Callable[[float], float]) -> float:
    """The largest text size at which the content fits a page; the smallest where none does."""
    # Heights grow with the size, so halving finds it.
    place = bisect_left(SIZES, True, hi=len(SIZES) - 1, key=lambda size: height(size) <= RECKONED_HEIGHT)
    return SIZES[place]


# --- what a municipality's sheet says --------------------------------------------------------------------


class _Facts:
    """The frames behind many sheets, asked for once and cut by municipality."""

    def __init__(self, data: Tables, demonstration: bool) -> None:
        self.data = data
        self.day = as_of(data)
        self.places: dict[str, Row] = data.municipalities().to_dict("index")
        self.codes = tuple(self.places)
        frame = data.verdicts(demonstration)
        frame = plans.ordered(frame.assign(open=~plans.ended(frame, self.day)))
        # Worst first; commitments whose term is over come last, since they ask for nothing today.
        frame = frame.sort_values("open", ascending=False, kind="stable")
        # Counting needs a few columns alone; rows are taken one by one.
        self.readings = _Cut(frame[["municipality_code", "indicator", "status", "certain", "origin", "open"]])
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for row in frame.to_dict("records"):
            kept = {str(key): value for key, value in row.items()}
            self.rows.setdefault(str(row["municipality_code"]), []).append(kept)
        self.deliverables = _Cut(data.deliverables(demonstration))
        self.standing = _Cut(data.standing())
        self.main = [name for name in MAIN if name in data.available()]
        self._series: dict[str, _Cut] = {}
        self._points: dict[str, dict[str, list[Point]]] = {}
        self._regions: dict[str, dict[str, Any]] = {}
        latest = data.latest()
        latest = latest[latest["indicator"].isin(self.main)]
        self.latest: dict[tuple[str, str], Row] = {
            (str(row["indicator"]), str(row["municipality_code"])): row for row in latest.to_dict("records")
        }

    def series(self, indicator: str, code: str) -> pd.DataFrame:
        """The series of one municipality, as `Tables.series` gives it."""
        if indicator not in self._series:
            self._series[indicator] = _Cut(self.data.series(indicator, self.codes))
        return self._series[indicator][code]

    def own(self, code: str) -> list[dict[str, Any]]:
        """The readings of the plans that are the municipality's own, worst first."""
        return [row for row in self.rows.get(code, []) if row["origin"] != "official"]

    def points(self, indicator: str, code: str) -> list[Point]:
        """The same as plain numbers."""
        if indicator not in self._points:
            found: dict[str, list[Point]] = {}
            frame = self.data.series(indicator, self.codes)
            columns = (
                frame[name].tolist() for name in ("municipality_code", "year", "value", "break_before")
            )
            for place, year, value, broken in zip(*columns, strict=True):
                known = None if words.is_missing(value) else float(value)
                found.setdefault(place, []).append((int(year), known, bool(broken)))
            self._points[indicator] = found
        return self._points[indicator].get(code, [])

    def region(self, indicator: str, place: str) -> Any:
        """The value of a region at the indicator's latest period; None where it has none."""
        if place not in self._regions:
            frame = self.data.latest_of(REGION, place)
            self._regions[place] = dict(zip(frame.index, frame["value"], strict=True))
        return self._regions[place].get(indicator)


def _facts(data: Tables, demonstration: bool) -> _Facts:
    """The facts of a build, gathered once for all sheets asked for one by one."""
    return data.remember(("sheets", demonstration), lambda: _Facts(data, demonstration))


class _Cut:
    """A frame cut by municipality; one without rows for a municipality that has none."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._parts = {str(code): part for code, part in frame.groupby("municipality_code", sort=False)}
        self._none = frame.iloc[:0]

    def __getitem__(self, code: str) -> pd.DataFrame:
        return self._parts.get(code, self._none)


def _status(row: Row) -> dict[str, str]:
    chance = row["certain"] is False
    return {
        "icon": _icon(row["status"], not chance),
        "word": STATUS_LABELS[row["status"]],
        "ink": PAPER.muted if chance else MARKS[row["status"]].ink["light"],
        "doubt": "compatível com o acaso" if chance else "",
    }


def _dated(value: Any, year: Any, indicator: Indicator) -> str:
    if words.is_missing(value):
        return words.MISSING
    shown = words.with_unit(value, indicator, short=True)
    return shown if words.is_missing(year) else f"{shown} ({int(year)})"


CHALLENGE_HEADS = ("Situação", "Indicador", "Linha de base", "Atual", "Meta", "Distância", "Caminho")


def _challenge(row: Row, facts: _Facts, own: bool) -> dict[str, Any]:
    """One line of the table of challenges; the challenge's own words stand first where the plan is the town's."""
    indicator = plans.indicator_of(row)
    points = facts.points(indicator.indicator, row["municipality_code"])
    steps = facts.data.milestones(
        row["plan"], row["plan_version"], row["municipality_code"], row["indicator"]
    )
    named = own and bool(row["challenge"])
    details = [
        indicator.title if named else "",
        "" if bool(row["open"]) else f"compromisso encerrado em {int(row['target_year'])}",
        "valores de três anos somados" if plans.pooled(row) else "",
    ]
    missing = words.is_missing(row["gap"]) or row["gap"] <= 0
    return {
        "status": _status(row),
        "name": str(row["challenge"]) if named else indicator.title,
        "detail": " · ".join(text for text in details if text),
        "strong": named,
        "baseline": _dated(row["baseline_value"], row["baseline_year"], indicator)
        if row["kind"] == "goal"
        else "–",
        "latest": _dated(row["latest_value"], row["latest_year"], indicator),
        "target": plans.aim(row),
        "gap": "–" if missing else words.difference(row["gap"], indicator, sign=False),
        "people": plans.people(row),
        "way": _way(points, row, plans.path(row, steps)),
    }


def _counts(frame: pd.DataFrame) -> list[dict[str, str]]:
    found, chance = plans.counts(frame)
    tally = [
        {"icon": _icon(status), "word": STATUS_LABELS[status], "count": words.number(count)}
        for status, count in found.items()
    ]
    if chance:
        # The shape is any status in outline: what counts is that it has no fill.
        tally.append(
            {
                "icon": _icon("off_track", False),
                "word": "Compatível com o acaso",
                "count": words.number(chance),
            }
        )
    return tally


NO_PLAN = (
    "O município ainda não tem plano próprio aqui: estes são os compromissos oficiais que valem para ele. "
    "Sem plano não há entregas a acompanhar."
)


def _challenges(code: str, facts: _Facts) -> list[dict[str, Any]]:
    """The blocks of challenges of the first page: the town's own plan, and the official commitments."""
    frame = facts.readings[code]
    own = facts.own(code)
    official = [row for row in facts.rows.get(code, []) if row["origin"] == "official"]
    blocks = []
    if own:
        readings = frame[frame["origin"] != "official"]
        titles = words.listed(dict.fromkeys(str(row["title"]) for row in own))
        blocks.append(
            {
                "heading": "Desafios do plano",
                "text": f"{titles}. {plans.title(readings)}.",
                "counts": _counts(readings),
                "columns": list(CHALLENGE_COLUMNS),
                "heads": ["Situação", "Desafio e indicador", *CHALLENGE_HEADS[2:]],
                "rows": [_challenge(row, facts, own=True) for row in own],
                "note": "",
            }
        )
    if official:
        standing = frame[(frame["origin"] == "official") & frame["open"]]
        titled = sorted(official, key=lambda row: str(row["title"]))
        laws = dict.fromkeys(
            str(row["legal_basis"]) for row in titled if not words.is_missing(row["legal_basis"])
        )
        blocks.append(
            {
                "heading": "Compromissos oficiais",
                "text": f"{'' if own else NO_PLAN} {plans.title(standing)}.".strip(),
                "counts": _counts(standing),
                "columns": list(CHALLENGE_COLUMNS),
                "heads": list(CHALLENGE_HEADS),
                "rows": [_challenge(row, facts, own=False) for row in official],
                "note": f"Base legal: {'; '.join(laws)}.",
            }
        )
    if not blocks:
        text = "Nenhuma meta para acompanhar: não há plano próprio nem compromisso oficial com dado."
        empty: list[Any] = []
        blocks.append(
            {
                "heading": "Desafios", "text": text, "counts": empty, "columns": empty, "heads": empty, "rows": empty,
                "note": "",
            }
        )  # fmt: skip
    return blocks


def _together(value: Any, indicator: Indicator) -> str:
    """The value of municipalities together; a dash where adding them up says nothing of one of them."""
    if indicator.aggregation not in ("ratio", "median"):
        return "–"
    return words.with_unit(value, indicator, short=True)


def _comparison(code: str, facts: _Facts) -> dict[str, Any]:
    """The main indicators against region and state."""
    place = facts.places[code]
    rows = []
    area = ""
    for name in facts.main:
        indicator = declarations.indicators()[name]
        row = facts.latest[name, code]
        missing = words.is_missing(row["value"])
        mark = "*" if words.flag(row["flag"]) and not missing else ""
        title = AREAS[indicator.area]
        rows.append(
            {
                "area": title if title != area else "",
                "name": indicator.title,
                "value": words.missing_reason(row["flag"])
                if missing
                else f"{words.with_unit(row['value'], indicator, short=True)}{mark}",
                "year": words.period(row["period"].date(), indicator),
                "region": _together(facts.region(name, str(place[REGION])), indicator),
                "state": _together(row["state_value"], indicator),
                "position": "" if missing else summaries.position(row),
                "weak": not words.is_missing(row["fifth"]) and row["fifth"] == summaries.LEAST,
            }
        )
        area = title
    return {
        "heading": "Principais indicadores, por área",
        "columns": list(COMPARISON_COLUMNS),
        "heads": ["Área", "Indicador", str(place["name"]), "Região imediata", "Estado", "Posição"],
        "rows": rows,
        "note": (
            f"Região imediata: {place[REGION]}. Região e estado: conjunto dos municípios ou mediana deles, conforme o "
            "indicador; traço, não se agrega. Posição: 1º é o mais favorável; em intervalo onde há margem de erro. "
            f"Em negrito: com segurança entre os 20% menos favoráveis. {words.MISSING}: sem dado. * provisório ou estimado."
        ),
    }


def _deliverable(row: Row, day: dt.date) -> dict[str, str]:
    due, updated = _date(row["due"]), _date(row["updated_at"])
    state = verdicts.deliverable_state(row["status"], due, updated, day)
    return {
        "icon": _deliverable_icon(state),
        "word": DELIVERABLE_LABELS[state],
        "name": str(row["deliverable"]),
        "action": "" if words.is_missing(row["action"]) else str(row["action"]),
        "responsible": "não informado" if words.is_missing(row["responsible"]) else str(row["responsible"]),
        "due": words.date(due) if due else "sem prazo",
        "progress": "" if words.is_missing(row["percent"]) else f"{words.number(row['percent'])}%",
    }


DELIVERABLE_HEADS = ("Situação", "Entrega", "Responsável", "Prazo", "Andamento")


def _date(value: Any) -> dt.date | None:
    return None if words.is_missing(value) else pd.Timestamp(value).date()


def _until(meeting: dt.date | None, as_of: dt.date) -> str:
    return (
        f"até a reunião de {words.date(meeting)}"
        if meeting is not None
        else f"até {words.date(as_of + BIMONTH)}"
    )


def _urgent_deliverables(
    frame: pd.DataFrame, as_of: dt.date, meeting: dt.date | None
) -> dict[str, Any] | None:
    """Deliverables overdue and coming, for the first page; None for a plan without deliverables."""
    if frame.empty:
        return None
    late, soon = plans.overdue(frame, as_of), plans.coming(frame, as_of, meeting)
    rest = len(frame) - len(late) - len(soon)
    done = int(frame["status"].eq("done").sum())
    return {
        "heading": "Entregas atrasadas e próximas",
        "text": (
            f"{words.counted(len(late), 'atrasada', 'atrasadas')} em {words.date(as_of)}; "
            f"{words.counted(len(soon), 'vence', 'vencem')} {_until(meeting, as_of)}."
        ),
        "columns": list(DELIVERABLE_COLUMNS),
        "heads": list(DELIVERABLE_HEADS),
        "rows": [_deliverable(row, as_of) for row in pd.concat([late, soon]).to_dict("records")],
        "more": (
            f"Mais {words.counted(rest, 'entrega', 'entregas')} no plano "
            f"({words.counted(done, 'concluída', 'concluídas')}), na página seguinte."
            if rest
            else ""
        ),
    }


# Years before the baseline that a path chart shows: enough to see where the town came from, and no squeezed path.
BEFORE = 4
# Of a path chart on the plan's page, by its number of columns: width in pixels, before it is scaled to its column.
CHART_WIDTHS = {1: 720.0, 2: 430.0, 3: 310.0}
LOWEST_CHART, GOOD_CHART, HIGHEST_CHART = 150.0, 185.0, 300.0
GUTTER = 17.0


def _card(row: Row, facts: _Facts) -> dict[str, Any]:
    """One challenge of the plan's page without its chart: reading, sentence, who answers for it."""
    indicator = plans.indicator_of(row)
    responsible = "" if words.is_missing(row["responsible"]) else f"Responsável: {row['responsible']}"
    return {
        "name": str(row["challenge"] or indicator.title),
        "status": _status(row),
        "detail": responsible,
        "text": f"{indicator.title}. Meta: {plans.aim(row)}. {plans.sentence(row)}",
        "chart": None,
    }


def _path_chart(row: Row, facts: _Facts, width: float, height: float) -> dict[str, Any] | None:
    """The chart of a challenge's way to its target; None without any value."""
    indicator = plans.indicator_of(row)
    series = facts.series(indicator.indicator, row["municipality_code"])
    steps = facts.data.milestones(
        row["plan"], row["plan_version"], row["municipality_code"], row["indicator"]
    )
    path = plans.path(row, steps)
    if path is not None and path.baseline_year is not None:
        recent = series[series["year"] >= path.baseline_year - BEFORE]
        series = recent if recent["value"].notna().any() else series
    if not series["value"].notna().any():
        return None
    made = charts.series(series, indicator, path=path, certain=row["certain"], height=height)
    return {"drawing": exports.drawing(made.figure, width).data(), "alt": made.sentence}


def _plan(code: str, facts: _Facts) -> dict[str, Any] | None:
    """The plan's own page; None for a municipality that has none."""
    rows = facts.own(code)
    if not rows:
        return None
    versions = {(row["plan"], row["plan_version"]): row for row in rows}
    said: dict[str, Any] = {
        "heading": f"Plano de {facts.places[code]['name']}: o caminho de cada desafio",
        "facts": [
            f"{row['title']}, versão {row['plan_version']}"
            + (f", válida desde {words.date(_date(row['valid_from']))}" if _date(row["valid_from"]) else "")
            + "."
            for row in versions.values()
        ],
        "columns": 1 if len(rows) == 1 else 2 if len(rows) <= 8 else 3,
        "cards": [_card(row, facts) for row in rows],
        "deliverables": _every_deliverable(facts.deliverables[code], facts.day),
    }
    said["size"], height, said["fits"] = _plan_fit(said)
    for row, card in zip(rows, said["cards"], strict=True):
        card["chart"] = _path_chart(row, facts, CHART_WIDTHS[said["columns"]], height)
    return said


def _every_deliverable(frame: pd.DataFrame, day: dt.date) -> dict[str, Any] | None:
    if frame.empty:
        return None
    return {
        "heading": "Todas as entregas",
        "text": "",
        "columns": list(DELIVERABLE_COLUMNS),
        "heads": list(DELIVERABLE_HEADS),
        "rows": [_deliverable(row, day) for row in frame.to_dict("records")],
        "more": "",
    }


def _plan_fit(said: Row) -> tuple[float, float, bool]:
    """Text size, and height of the charts in their own pixels, at which a page holds the plan; whether it does.

    A plan too long even so goes on to another page at the smallest size.
    """
    columns = int(said["columns"])
    width = (PAGE_WIDTH - GUTTER * (columns - 1)) / columns
    groups = [said["cards"][place : place + columns] for place in range(0, len(said["cards"]), columns)]
    height = LOWEST_CHART
    for size in SIZES:
        at = _Lines(size)
        used = at.heading() + sum(at.paragraph(text) for text in said["facts"]) + 3 * size
        for group in groups:
            used += 12.0 + max(
                1.2 * at.paragraph(card["name"], 1.05, width)
                + at.paragraph(
                    f"mm {card['status']['word']} ({card['status']['doubt']}) {card['detail']}", 1.0, width
                )
                + at.paragraph(card["text"], 1.0, width)
                for card in group
            )
        if said["deliverables"] is not None:
            used += _deliverables_height(said["deliverables"], at)
        height = (RECKONED_HEIGHT - used) / len(groups) * CHART_WIDTHS[columns] / width
        if height >= GOOD_CHART:
            return size, min(height, HIGHEST_CHART), True
    return SIZES[-1], max(height, LOWEST_CHART), height >= LOWEST_CHART


def _sources(names: Iterable[str]) -> str:
    """The sources of some indicators with their editions, each once, by who publishes them.

    Of a long name what stands before its first explanation is enough here: the catalogue has the whole.
    """
    said: dict[str, list[str]] = {}
    for name in dict.fromkeys(declarations.indicators()[name].source for name in names):
        source = declarations.sources()[name]
        dataset = re.split(r" ?[(:,]", source.dataset)[0]
        said.setdefault(source.short, []).append(f"{dataset} ({source.edition})")
    return f"Fontes e edições: {'; '.join(f'{who}, {words.listed(held)}' for who, held in said.items())}."


def as_of(data: Tables) -> dt.date:
    """The date on which targets and deliverables were judged."""
    return dt.date.fromisoformat(data.manifest["as_of"])


def _built(data: Tables) -> str:
    return words.date(dt.date.fromisoformat(data.manifest["built_at"][:10]))


def _footer(data: Tables, what: str) -> str:
    return (
        f"Farol Municipal · {what} · tabelas de {_built(data)}; metas julgadas em {words.date(as_of(data))}"
    )


WARNING = "DEMONSTRAÇÃO: o plano desta ficha foi inventado para mostrar o painel. Não o use em decisões."


def _municipality(code: str, facts: _Facts, config: Config, address: str) -> dict[str, Any]:
    """Everything that a municipality's sheet prints, ready for the template."""
    data = facts.data
    if code not in facts.places:
        raise UnknownMunicipalityError(
            f"O código {code} não é de nenhum município {config.territory.of_name}."
        )
    place = facts.places[code]
    name = str(place["name"])
    meeting = config.programme.next_meeting
    planning = f"{place['planning_region']}{'' if place['planning_region_confirmed'] else ' (a confirmar)'}"
    regions = [f"{SCOPES[REGION]} {place[REGION]}"]
    if not words.is_missing(place["planning_region"]):
        regions.append(f"{SCOPES['planning_region'].lower()} {planning}")
    frame = facts.readings[code]
    demonstration = bool((frame["origin"] == "demonstration").any())
    plan = _plan(code, facts)
    used = dict.fromkeys([*facts.main, *frame["indicator"]])
    said: dict[str, Any] = {
        "title": f"Ficha de {name}",
        "heading": name,
        "mark": f"m{code}",
        "file": _file_name(code, name),
        "summary": plans.title(frame[frame["open"]]).split(";")[0],
        "eyebrow": f"Ficha do município · {config.territory.name} · {config.programme.name}",
        "facts": [
            f"Código IBGE {code} · {' · '.join(regions)}",
            f"{words.number(place['population'])} habitantes em {place['population_year']} "
            f"({place['population_band']}) · {words.number(place['area_km2'], 0)} km²",
        ],
        "finding": summaries.profile_title(name, facts.standing[code], code),
        "map": _locator(data.manifest["geometry"]["municipalities"], code, name),
        "qr": _qr(
            address, "plano" if plan else "municipio", "abre no painel",
            municipio=code, demonstracao="sim" if demonstration else "",
        ),
        "demonstration": demonstration,
        "warning": WARNING,
        "challenges": _challenges(code, facts),
        "deliverables": _urgent_deliverables(facts.deliverables[code], facts.day, meeting),
        "comparison": _comparison(code, facts),
        "plan": plan,
        "foot": [
            _sources(used),
            "O ano entre parênteses é o do dado. Caminho: tracejado, o previsto até a meta (losango); contínuo, o observado.",
        ],
        "footer": _footer(data, f"Ficha de {name}"),
        "pages": ["folha 1 de 2", "folha 2 de 2"] if plan else [""],
    }  # fmt: skip
    if plan and _first_page(said, COMFORTABLE) > RECKONED_HEIGHT:
        # The town's own plan comes first: the official commitments are then told by their counts alone.
        said["challenges"][-1] |= {"rows": [], "note": "A lista está no painel, em Plano do município."}
    said["size"] = _largest(lambda size: _first_page(said, size))
    return said


# --- setting type --------------------------------------------------------------------------------------


@cache
def _template() -> bytes:
    """Font name, the function that draws charts, and the layout."""
    layout = Path(__file__).with_suffix(".typ").read_text("utf-8")
    return f'#let font-name = "{exports.FONT_NAME}"\n{exports.TYPST_DRAWING}\n{layout}'.encode()


@cache
def _covered() -> frozenset[int]:
    """The characters that every shipped font has, from the `cmap` tables (OpenType, format 4 and 12)."""
    covered: set[int] | None = None
    for path in sorted(exports.FONTS.glob("*.ttf")):
        font = path.read_bytes()
        tables = struct.unpack(">H", font[4:6])[0]
        entries = (
            struct.unpack(">4sIII", font[12 + 16 * place : 28 + 16 * place]) for place in range(tables)
        )
        start = next(offset for tag, _, offset, _ in entries if tag == b"cmap")
        found: set[int] = set()
        for place in range(struct.unpack(">H", font[start + 2 : start + 4])[0]):
            offset = struct.unpack(">HHI", font[start + 4 + 8 * place : start + 12 + 8 * place])[2]
            found |= _mapped(font[start + offset :])
        covered = found if covered is None else covered & found
    return frozenset(covered or ())


def _mapped(table: bytes) -> set[int]:
    """The characters of one subtable of `cmap`; empty for a format that is not read."""
    kind = struct.unpack(">H", table[:2])[0]
    if kind == 4:
        count = struct.unpack(">H", table[6:8])[0] // 2
        ends = struct.unpack(f">{count}H", table[14 : 14 + 2 * count])
        starts = struct.unpack(f">{count}H", table[16 + 2 * count : 16 + 4 * count])
        spans = zip(starts, ends, strict=True)
    elif kind == 12:
        count = struct.unpack(">I", table[12:16])[0]
        groups = (struct.unpack(">III", table[16 + 12 * place : 28 + 12 * place]) for place in range(count))
        spans = ((first, last) for first, last, _ in groups)  # type: ignore[assignment]
    else:
        return set()
    return {letter for first, last in spans for letter in range(first, last + 1) if letter != 0xFFFF}


# What the screens write in a font of glyphs and the shipped font has only in another form.
_STAND_INS = str.maketrans({"⋯": "…"})


def printable(text: str) -> str:
    """The text with `?` for what the shipped font cannot print, such as an emoji of an uploaded plan.

    PDF/UA-1 forbids a character without a shape, so one such letter would cost the whole sheet.
    """
    if text.isascii() and text.isprintable():
        return text
    whole = unicodedata.normalize("NFC", text).translate(_STAND_INS)
    return "".join(letter if letter in "\n\t" or ord(letter) in _covered() else "?" for letter in whole)


def _clean(value: Any) -> Any:
    """The same structure with printable texts; drawings are left as they are."""
    if isinstance(value, str):
        return value if value.startswith("<svg") else printable(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _set(kind: str, data: Tables, said: Mapping[str, Any], tagged: bool = True) -> bytes:
    """The PDF of one kind of sheet: PDF/UA-1, or without any tags for what is laid over another page."""
    day = as_of(data)
    paint = {name: getattr(PAPER, name) for name in ("text", "muted", "line", "outline")}
    given = {
        **_clean(dict(said)),
        "kind": kind,
        "paint": paint,
        "author": "Farol Municipal",
        "date": [day.year, day.month, day.day],
    }
    options: dict[str, Any] = {"pdf_standards": ["ua-1"]} if tagged else {"pdf_tags": False}
    return exports.typeset(_template(), {"report": json.dumps(given, ensure_ascii=False)}, "pdf", **options)


def _municipality_file(data: Tables, said: dict[str, Any]) -> bytes:
    """The PDF of a municipality's sheet: one page, and a second one for its plan if that fits one."""
    plan = said["plan"]
    if plan and not plan["fits"]:
        return _set("municipality", data, said)
    return _fitted("municipality", data, said, 2 if plan else 1)


def _fitted(kind: str, data: Tables, said: dict[str, Any], pages: int) -> bytes:
    """The PDF of one kind of sheet, in a smaller size than `said` asks for where it takes more than `pages`."""
    while True:
        made = _set(kind, data, said)
        smaller = [size for size in SIZES if size < said["size"]]
        if binding.pages_of(made) <= pages or not smaller:
            return made
        said["size"] = smaller[0]
        if said.get("plan"):
            said["plan"]["size"] = min(said["plan"]["size"], smaller[0])


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


# --- what is asked for ---------------------------------------------------------------------------------


def municipality_pdf(
    data: Tables, code: str, *, config: Config | None = None, address: str = "", demonstration: bool = False
) -> bytes:
    """A municipality's sheet: one A4 page, and a second one for its plan if it has one.

    `config`: this installation's when not given, here as everywhere below. `address`: where readers open the dashboard, for the QR code; farol.toml's when empty, and the local one
    when that is not said either. `demonstration`: also show the demonstration plan, marked as such. Raises
    UnknownMunicipalityError.
    """
    config = config or declarations.read_config()
    facts = _facts(data, demonstration)
    return _municipality_file(data, _municipality(code, facts, config, _address(config, address)))


def _address(config: Config, address: str) -> str:
    return address or config.programme.address or LOCAL_ADDRESS


def file_name(data: Tables, code: str) -> str:
    """The name of a municipality's sheet as a file."""
    return _file_name(code, data.names()[code])


def _file_name(code: str, name: str) -> str:
    return f"ficha-{code}-{_slug(name)}.pdf"


# Width of a drawing in pixels before it is scaled to its place on the page.
HALF, WHOLE = 470.0, 960.0
# More regions than this would be a tangle beside the state's line.
FEW_REGIONS = 6


def indicator_pdf(
    data: Tables, indicator: str, year: int, *, config: Config | None = None, address: str = ""
) -> bytes:
    """An indicator's sheet: map, ranking, series of the state, method and caveats.

    `year` without any value gives way to the latest that has one. Raises KeyError for an unknown indicator.
    """
    config = config or declarations.read_config()
    declared = declarations.indicators()[indicator]
    known = data.years(indicator)
    shown = year if year in known else known[0]
    frame = data.at(indicator, shown)
    when = words.period(frame["period"].iloc[0].date(), declared)
    source = declarations.sources()[declared.source]
    given, meshes = _geometry(data)
    whole_map = charts.choropleth(frame, declared, **given)
    ranking = charts.ranking(frame, declared, first=8, last=6)
    whole = data.whole_series(indicator)
    note = ""
    if whole.empty or not whole["value"].notna().any():
        # A total or a category has no line for the state: the median town would be an invention.
        note = "Este indicador não tem valor para o estado: a série de cada município está no painel."
    regions = data.whole_series(indicator, "intermediate_region")
    few = regions["place"].nunique() <= FEW_REGIONS
    series = charts.series(whole, declared, height=210, regions=regions if few else None)
    about = summaries.about(declared, data.lineage(), data.coverage())

    def drawn(chart: charts.Chart, width: float) -> dict[str, Any]:
        return {"drawing": exports.drawing(chart.figure, width, meshes).data(), "alt": chart.sentence}

    said: dict[str, Any] = {
        "title": f"Ficha do indicador: {declared.title}",
        "heading": declared.title,
        "eyebrow": f"Ficha do indicador · {AREAS[declared.area]} · {config.territory.name}",
        "facts": [f"{when} · {words.unit_of(declared) or declared.unit} · {summaries.direction(declared)}"],
        "finding": words.finding(declared, when, frame["value"].tolist()),
        "qr": _qr(
            _address(config, address), "indicador", "abre no painel", indicador=indicator, ano=str(shown)
        ),
        "demonstration": False,
        "warning": "",
        "text": declared.note,
        "map-heading": f"No mapa, {when}",
        "map-chart": drawn(whole_map, HALF),
        "ranking-heading": "Quem está em cada ponta",
        "ranking": drawn(ranking, HALF),
        "series-heading": "Ao longo do tempo",
        "series": drawn(series, WHOLE) if not note else None,
        "series-note": note,
        "method-heading": "O que mede, como se calcula e que cuidados pede",
        "method": _halves(
            [{"term": term, "text": text} for term, text in about if text and term != "O que é"]
        ),
        "foot": [words.source_line(source, when, next_release=declared.next_release)],
        "footer": _footer(data, f"Ficha do indicador {declared.short}"),
        "size": SHEET_SIZE,
    }
    return _fitted("indicator", data, said, 1)


def _halves(rows: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Terms with their texts, in order, as two columns of about the same length."""
    lengths = [len(row["term"]) + len(row["text"]) + 20 for row in rows]
    ahead = [abs(2 * sum(lengths[:place]) - sum(lengths)) for place in range(len(rows) + 1)]
    cut = ahead.index(min(ahead))
    return [rows[:cut], rows[cut:]]


def _quiet(_share: float, _text: str) -> None:
    """Tell nobody."""


class Package(NamedTuple):
    """The sheets of some municipalities: one PDF each by file name, and all in one with a table of contents."""

    sheets: dict[str, bytes]
    joint: bytes

    def zipped(self) -> bytes:
        """Everything in one zip, the joint PDF first."""
        out = io.BytesIO()
        self.write_zip(out)
        return out.getvalue()

    def write_zip(self, out: Path | io.BytesIO) -> None:
        """The same into a file."""
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for name, content in {f"{PACKAGE}.pdf": self.joint, **self.sheets}.items():
                archive.writestr(name, content)


# Up to so many sheets the contents stand in one column, and up to so many on one page.
SHORT_CONTENTS, LONG_CONTENTS = 25, 110
# How many sheets may wait to be set while the next are put together.
AHEAD = 4


def _sheets(
    data: Tables, codes: Sequence[str], tell: Tell, config: Config, address: str, demonstration: bool
) -> list[tuple[dict[str, Any], bytes]]:
    """What each municipality's sheet says, and its PDF. Raises UnknownMunicipalityError."""
    facts = _facts(data, demonstration)
    said, waiting = [], []
    # Typst sets one sheet, outside Python's lock, while the next is being put together.
    with ThreadPoolExecutor(1) as press:
        for count, code in enumerate(codes):
            one = _municipality(code, facts, config, address)
            tell(count / len(codes), f"Montando as fichas: {one['heading']}")
            said.append(one)
            waiting.append(press.submit(_municipality_file, data, one))
            if count >= AHEAD:
                waiting[count - AHEAD].result()
        return [(one, future.result()) for one, future in zip(said, waiting, strict=True)]


def municipality_pdfs(
    data: Tables,
    codes: Sequence[str],
    tell: Tell = _quiet,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
) -> dict[str, bytes]:
    """The sheets of some municipalities by file name; arguments and errors as in `meeting_package`."""
    config = config or declarations.read_config()
    made = _sheets(data, codes, tell, config, _address(config, address), demonstration)
    return {str(one["file"]): pdf for one, pdf in made}


def meeting_package(
    data: Tables,
    codes: Sequence[str],
    tell: Tell = _quiet,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
    filter_words: str = "",
) -> Package:
    """The sheets of all the municipalities given, each as a PDF and all as one with a table of contents.

    `tell` hears the share done (0 to 1) and what is being done. `filter_words`: which municipalities these are.
    Raises UnknownMunicipalityError, and ValueError without any municipality.
    """
    if not codes:
        raise ValueError("no municipality to make a package of")
    config = config or declarations.read_config()
    place = _address(config, address)
    made = _sheets(data, codes, lambda share, text: tell(0.9 * share, text), config, place, demonstration)
    tell(0.9, "Juntando as fichas em um PDF")
    joint = _joint(data, made, config, place, data.verdicts(demonstration), filter_words)
    tell(1.0, "Pronto")
    return Package({str(one["file"]): pdf for one, pdf in made}, joint)


def _joint(
    data: Tables,
    made: Sequence[tuple[Row, bytes]],
    config: Config,
    address: str,
    frame: pd.DataFrame,
    filter_words: str,
) -> bytes:
    """The sheets bound after a cover with the table of contents. `frame`: the readings of all targets."""
    codes = {str(one["mark"])[1:] for one, _ in made}
    frame = frame[frame["municipality_code"].isin(codes)]
    frame = frame[~plans.ended(frame, as_of(data))]
    meeting = config.programme.next_meeting
    shown = any(bool(one["demonstration"]) for one, _ in made)
    count = words.counted(len(made), "município", "municípios") + (
        f" ({filter_words})" if filter_words else ""
    )
    said: dict[str, Any] = {
        "title": f"Pacote da reunião: {config.territory.name}",
        "heading": "Pacote da reunião",
        "eyebrow": f"{config.territory.name} · {config.programme.name}",
        "facts": [
            f"{count} · metas julgadas em {words.date(as_of(data))}",
            f"Próxima reunião: {words.date(meeting, long=True)}"
            if meeting is not None
            else config.programme.text,
        ],
        "finding": f"{plans.title(frame)}.",
        "qr": _qr(address, "monitoramento", "abre no painel"),
        "demonstration": False,
        "warning": "",
        "counts": _counts(frame),
        "contents-heading": "Sumário",
        "short": SHORT_CONTENTS,
        "long": LONG_CONTENTS,
        "foot": [
            "Uma das fichas traz um plano de demonstração, marcado em todas as suas páginas."
            if shown
            else "Cada linha abre a ficha do município."
        ],
        "footer": _footer(data, "Pacote da reunião"),
    }
    lengths = [binding.pages_of(pdf) for _, pdf in made]
    first = 1
    while True:
        # Sheets start after the cover, whose own length is known once it is set.
        starts = [1 + first + sum(lengths[:place]) for place in range(len(lengths))]
        contents = [
            {
                "name": one["heading"],
                "summary": one["summary"],
                "page": str(start),
                "link": binding.address_of(one["mark"]),
            }
            for (one, _), start in zip(made, starts, strict=True)
        ]
        cover = _set("package", data, {**said, "contents": contents})
        if binding.pages_of(cover) == first:
            break
        first = binding.pages_of(cover)
    total = first + sum(lengths)
    numbers = _set(
        "numbers",
        data,
        {"title": "", "pages": [f"página {page} de {total}" for page in range(1, total + 1)]},
        tagged=False,
    )
    sheets = [binding.Sheet(str(one["mark"]), str(one["title"]), pdf) for one, pdf in made]
    return binding.bind(cover, sheets, numbers)


# How many lines of one kind an e-mail takes; the PDF has them all.
MAIL_LINES = 25


def bulletin(
    data: Tables,
    code: str = "",
    since: dt.date | None = None,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
) -> Bulletin:
    """What changed since a date (60 days before the judging when not given), for a municipality or the state.

    Raises UnknownMunicipalityError.
    """
    config = config or declarations.read_config()
    facts, place = _facts(data, demonstration), _address(config, address)
    if code and code not in facts.places:
        raise UnknownMunicipalityError(
            f"O código {code} não é de nenhum município {config.territory.of_name}."
        )
    day, meeting = as_of(data), config.programme.next_meeting
    start = since or day - BIMONTH
    where = str(facts.places[code]["name"]) if code else config.territory.name
    everything, handed = data.verdicts(demonstration), data.deliverables(demonstration)
    flips = data.flips(start.isoformat(), demonstration)
    if code:
        everything, handed = everything[everything["municipality_code"] == code], facts.deliverables[code]
        flips = flips[flips["municipality_code"] == code]
    everything = everything[~plans.ended(everything, day)]
    parts = [
        _changes_part(data, flips, start, bool(code)),
        *_deliverable_parts(handed, day, meeting, bool(code)),
        _decisions_part(everything, bool(code)),
        _news_part(data, start),
    ]
    shown = bool((everything["origin"] == "demonstration").any()) if len(everything) else False
    page = {"municipio": code} if code else {"desde": start.isoformat()}
    qr = _qr(
        place,
        "plano" if code else "monitoramento",
        "abre no painel",
        **page,
        demonstracao="sim" if shown else "",
    )
    said: dict[str, Any] = {
        "title": f"Boletim: {where}, desde {words.date(start)}",
        "heading": f"Boletim: {where}",
        "eyebrow": f"O que mudou desde a última reunião · {config.programme.name}",
        "facts": [
            f"De {words.date(start)} a {words.date(day)}, data do julgamento.",
            f"Próxima reunião: {words.date(meeting, long=True)}."
            if meeting is not None
            else "Próxima reunião: data não informada.",
        ],
        "finding": f"{plans.title(everything)}.",
        "qr": qr,
        "demonstration": shown,
        "warning": "DEMONSTRAÇÃO: há um plano inventado neste boletim. Não o use em decisões.",
        "parts": parts,
        "foot": [f"Farol Municipal, com as tabelas de {_built(data)}."],
        "footer": _footer(data, f"Boletim: {where}"),
    }
    return Bulletin(_set("bulletin", data, said), _mail(said, qr["address"] if qr else ""))


def _changes_part(data: Tables, flips: pd.DataFrame, start: dt.date, alone: bool) -> dict[str, Any]:
    text = plans.no_flips(data, start) if flips.empty else ""
    items = []
    for row in plans.flips_words(flips).to_dict("records"):
        who = "" if alone else f"{row['Município']}, "
        items.append(
            f"{who}{row['Indicador']}: era {row['Era'].lower()}, passou a {row['Passou a'].lower()} "
            f"({row['Motivo']}, {row['Julgado em']})."
        )
    return {"heading": "Mudanças de situação", "text": text, "items": items}


def _news_part(data: Tables, start: dt.date) -> dict[str, Any]:
    sources = data.sources()
    items = [f"{line}." for line in plans.new_data(sources, start)]
    text = "" if items else f"Nenhuma fonte foi atualizada desde {words.date(start)}."
    if len(items) == len(sources):
        text = f"Todas as {len(items)} fontes entraram desde {words.date(start)}; a lista está em Fontes e catálogo."
        items = []
    return {"heading": "Dados novos", "text": text, "items": items}


def _deliverable_parts(
    frame: pd.DataFrame, day: dt.date, meeting: dt.date | None, alone: bool
) -> list[dict[str, Any]]:
    if frame.empty:
        none = "Nenhum plano próprio com entregas foi recebido."
        return [{"heading": "Entregas", "text": none, "items": []}]

    def line(row: Row) -> str:
        who = "" if alone else f"{row['name']}, "
        by = "" if words.is_missing(row["responsible"]) else f"; responsável: {row['responsible']}"
        return f"{who}{row['deliverable']} (prazo {words.date(_date(row['due']))}{by})."

    quiet = plans.silent(frame)
    late, soon = plans.overdue(frame, day), plans.coming(frame, day, meeting)
    return [
        {
            "heading": "Planos sem nenhuma atualização",
            "text": "" if len(quiet) else "Todos os planos já foram atualizados.",
            "items": [
                f"{row.name_}: {row.title}." for row in quiet.rename(columns={"name": "name_"}).itertuples()
            ],
        },
        {
            "heading": "Entregas atrasadas",
            "text": "" if len(late) else "Nenhuma entrega atrasada.",
            "items": [line(row) for row in late.to_dict("records")],
        },
        {
            "heading": f"Entregas que vencem {_until(meeting, day)}",
            "text": "" if len(soon) else "Nenhuma entrega vence nesse prazo.",
            "items": [line(row) for row in soon.to_dict("records")],
        },
    ]


def _decisions_part(frame: pd.DataFrame, alone: bool) -> dict[str, Any]:
    """The targets that ask for a decision: each of them for a municipality, by plan for the state."""
    heading = "Metas que pedem decisão"
    if alone:
        items = [
            f"{row['Indicador']}: {row['Situação'].lower()}; valor atual {row['Valor atual']}, meta {row['Meta']}."
            + (
                f" Responsável: {row['Responsável']}."
                if row.get("Responsável", plans.UNTOLD) != plans.UNTOLD
                else ""
            )
            for row in plans.agenda_words(frame).to_dict("records")
        ]
        return {"heading": heading, "text": "" if items else "Nenhuma meta pede decisão.", "items": items}
    items = []
    for title, group in frame.groupby("title", sort=False):
        found, chance = plans.counts(group)
        said = [
            f"{STATUS_LABELS[status].lower()} em {words.number(count)}" for status, count in found.items()
        ]
        if chance:
            said.append(f"{words.number(chance)} com variação compatível com o acaso")
        items.append(f"{title}: {words.listed(said)}.")
    return {
        "heading": "Como está cada plano",
        "text": "" if items else "Nenhuma meta para acompanhar.",
        "items": items,
    }


def _mail(said: Mapping[str, Any], address: str) -> str:
    """The bulletin as plain text, in lines that any mail program shows whole."""

    def wrapped(text: str, indent: str = "") -> str:
        # An address is never cut in two.
        return textwrap.fill(
            text, 72, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ).replace(words.NBSP, " ")

    lines = [said["heading"], ""]
    if said["demonstration"]:
        lines += [wrapped(said["warning"]), ""]
    lines += [wrapped(text) for text in (*said["facts"], said["finding"])]
    for part in said["parts"]:
        lines += ["", str(part["heading"]).upper()]
        if part["text"]:
            lines.append(wrapped(part["text"]))
        lines += [wrapped(f"- {item}", "  ") for item in part["items"][:MAIL_LINES]]
        more = len(part["items"]) - MAIL_LINES
        if more > 0:
            lines.append(f"- e mais {words.number(more)}: a lista inteira está no painel.")
    if address:
        lines += ["", f"No painel: {address}"]
    lines += ["", *said["foot"]]
    return "\n".join(lines) + "\n"


# --- files ---------------------------------------------------------------------------------------------


def write_sheet(
    data: Tables,
    code: str,
    out: Path,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
) -> Path:
    """Write one municipality's sheet into a folder, made if need be; the file. Raises UnknownMunicipalityError."""
    made = municipality_pdf(data, code, config=config, address=address, demonstration=demonstration)
    out.mkdir(parents=True, exist_ok=True)
    place = out / file_name(data, code)
    place.write_bytes(made)
    return place


def write_package(
    data: Tables, codes: Sequence[str], out: Path, tell: Tell = _quiet, *, config: Config | None = None, address: str = "",
    demonstration: bool = False,
) -> list[Path]:  # fmt: skip
    """Write the sheets of some municipalities, the zip and the joint PDF into a folder; the files."""
    made = meeting_package(data, codes, tell, config=config, address=address, demonstration=demonstration)
    out.mkdir(parents=True, exist_ok=True)
    files = {**made.sheets, f"{PACKAGE}.pdf": made.joint}
    for name, content in files.items():
        (out / name).write_bytes(content)
    made.write_zip(out / f"{PACKAGE}.zip")
    return [out / name for name in (*files, f"{PACKAGE}.zip")]


def write_bulletin(
    data: Tables, code: str, since: dt.date | None, out: Path, *, config: Config | None = None, address: str = "",
    demonstration: bool = False,
) -> list[Path]:  # fmt: skip
    """Write a bulletin as PDF and as text into a folder; the files. Raises UnknownMunicipalityError."""
    config = config or declarations.read_config()
    made = bulletin(data, code, since, config=config, address=address, demonstration=demonstration)
    name = (
        file_name(data, code).removeprefix("ficha-").removesuffix(".pdf")
        if code
        else _slug(config.territory.name)
    )
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"boletim-{name}.pdf", out / f"boletim-{name}.txt"]
    files[0].write_bytes(made.pdf)
    files[1].write_text(made.text, "utf-8")
    return files
