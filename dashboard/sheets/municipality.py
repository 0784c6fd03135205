"""The municipality's sheet: its challenges, its comparison with others, its plan."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard import charts, words
from dashboard.charts import pictures
from dashboard.charts.palettes import MARKS
from dashboard.findings import deliverables, places, targets
from dashboard.findings.deliverables import BIMONTH
from dashboard.sheets.fitting import (
    CHALLENGE_COLUMNS,
    CHART_WIDTHS,
    COMFORTABLE,
    COMPARISON_COLUMNS,
    DELIVERABLE_COLUMNS,
    RECKONED_HEIGHT,
    first_page,
    largest_size,
    municipality_file,
    plan_fit,
)
from dashboard.sheets.shapes import PAPER, Point, Row, deliverable_icon, icon, locator, qr_code, way_drawing
from dashboard.sheets.typesetting import as_of, footer, link_to, slug
from dashboard.tables import Tables
from pipelines import declarations, verdicts
from pipelines.declarations import AREAS, SCOPES, Config, Indicator
from pipelines.verdicts import DELIVERABLE_LABELS, STATUS_LABELS

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


class _Facts:
    """The frames behind many sheets, asked for once and cut by municipality."""

    def __init__(self, data: Tables, demonstration: bool) -> None:
        self.data = data
        self.day = as_of(data)
        self.places: dict[str, Row] = data.municipalities().to_dict("index")
        self.codes = tuple(self.places)
        frame = data.verdicts(demonstration)
        frame = targets.ordered(frame.assign(open=~targets.ended(frame, self.day)))
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


def facts_of(data: Tables, demonstration: bool) -> _Facts:
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
        "icon": icon(row["status"], not chance),
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
    indicator = targets.indicator_of(row)
    points = facts.points(indicator.indicator, row["municipality_code"])
    steps = facts.data.milestones(
        row["plan"], row["plan_version"], row["municipality_code"], row["indicator"]
    )
    named = own and bool(row["challenge"])
    details = [
        indicator.title if named else "",
        "" if bool(row["open"]) else f"compromisso encerrado em {int(row['target_year'])}",
        "valores de três anos somados" if targets.pooled(row) else "",
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
        "target": targets.aim(row),
        "gap": "–" if missing else words.difference(row["gap"], indicator, sign=False),
        "people": targets.people(row),
        "way": way_drawing(points, row, targets.path(row, steps)),
    }


def counts(frame: pd.DataFrame) -> list[dict[str, str]]:
    """How many targets stand in each status, and how many changes chance explains, each with its symbol."""
    found, chance = targets.counts(frame)
    tally = [
        {"icon": icon(status), "word": STATUS_LABELS[status], "count": words.number(count)}
        for status, count in found.items()
    ]
    if chance:
        # The shape is any status in outline: what counts is that it has no fill.
        tally.append(
            {
                "icon": icon("off_track", False),
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
                "text": f"{titles}. {targets.title(readings)}.",
                "counts": counts(readings),
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
                "text": f"{'' if own else NO_PLAN} {targets.title(standing)}.".strip(),
                "counts": counts(standing),
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
                "position": "" if missing else places.position(row),
                "weak": not words.is_missing(row["fifth"]) and row["fifth"] == places.LEAST,
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
    due, updated = date_text(row["due"]), date_text(row["updated_at"])
    state = verdicts.deliverable_state(row["status"], due, updated, day)
    return {
        "icon": deliverable_icon(state),
        "word": DELIVERABLE_LABELS[state],
        "name": " ".join(filter(None, (str(row["deliverable"]), _why(row)))),
        "action": "" if words.is_missing(row["action"]) else str(row["action"]),
        "responsible": "não informado" if words.is_missing(row["responsible"]) else str(row["responsible"]),
        "due": words.date(due) if due else "sem prazo",
        "progress": "" if words.is_missing(row["percent"]) else f"{words.number(row['percent'])}%",
    }


def _why(row: Row) -> str:
    """Why a deliverable is set aside, after its name; empty where it is not, or nobody says."""
    reason = deliverables.reason_of(row)
    return f"(motivo: {reason})" if reason else ""


DELIVERABLE_HEADS = ("Situação", "Entrega", "Responsável", "Prazo", "Andamento")


def date_text(value: Any) -> dt.date | None:
    """A cell's day; None where there is none."""
    return None if words.is_missing(value) else pd.Timestamp(value).date()


def until(meeting: dt.date | None, as_of: dt.date) -> str:
    """Until when what is due is looked for: the next meeting, or two months."""
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
    late, soon = deliverables.overdue(frame, as_of), deliverables.coming(frame, as_of, meeting)
    rest = len(frame) - len(late) - len(soon)
    done = words.counted(int(frame["status"].eq("done").sum()), "concluída", "concluídas")
    aside = deliverables.set_aside(frame)
    return {
        "heading": "Entregas atrasadas e próximas",
        "text": (
            f"{words.counted(len(late), 'atrasada', 'atrasadas')} em {words.date(as_of)}; "
            f"{words.counted(len(soon), 'vence', 'vencem')} {until(meeting, as_of)}."
        ),
        "columns": list(DELIVERABLE_COLUMNS),
        "heads": list(DELIVERABLE_HEADS),
        "rows": [_deliverable(row, as_of) for row in pd.concat([late, soon]).to_dict("records")],
        "more": (
            f"Mais {words.counted(rest, 'entrega', 'entregas')} no plano "
            f"({f'{done}; {aside}' if aside else done}), na página seguinte."
            if rest
            else ""
        ),
    }


# Years before the baseline that a path chart shows: enough to see where the town came from, and no squeezed path.
BEFORE = 4


def _card(row: Row, facts: _Facts) -> dict[str, Any]:
    """One challenge of the plan's page without its chart: reading, sentence, who answers for it."""
    indicator = targets.indicator_of(row)
    responsible = "" if words.is_missing(row["responsible"]) else f"Responsável: {row['responsible']}"
    return {
        "name": str(row["challenge"] or indicator.title),
        "status": _status(row),
        "detail": responsible,
        "text": f"{indicator.title}. Meta: {targets.aim(row)}. {targets.sentence(row)}",
        "chart": None,
    }


def _path_chart(row: Row, facts: _Facts, width: float, height: float) -> dict[str, Any] | None:
    """The chart of a challenge's way to its target; None without any value."""
    indicator = targets.indicator_of(row)
    series = facts.series(indicator.indicator, row["municipality_code"])
    steps = facts.data.milestones(
        row["plan"], row["plan_version"], row["municipality_code"], row["indicator"]
    )
    path = targets.path(row, steps)
    if path is not None and path.baseline_year is not None:
        recent = series[series["year"] >= path.baseline_year - BEFORE]
        series = recent if recent["value"].notna().any() else series
    if not series["value"].notna().any():
        return None
    made = charts.series(series, indicator, path=path, certain=row["certain"], height=height)
    return {"drawing": pictures.drawing(made.figure, width).data(), "alt": made.sentence}


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
            + (
                f", válida desde {words.date(date_text(row['valid_from']))}"
                if date_text(row["valid_from"])
                else ""
            )
            + "."
            for row in versions.values()
        ],
        "columns": 1 if len(rows) == 1 else 2 if len(rows) <= 8 else 3,
        "cards": [_card(row, facts) for row in rows],
        "deliverables": _every_deliverable(facts.deliverables[code], facts.day),
    }
    said["size"], height, said["fits"] = plan_fit(said)
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


WARNING = "DEMONSTRAÇÃO: o plano desta ficha foi inventado para mostrar o painel. Não o use em decisões."


def municipality_pages(code: str, facts: _Facts, config: Config, address: str) -> dict[str, Any]:
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
        "summary": targets.title(frame[frame["open"]]).split(";")[0],
        "eyebrow": f"Ficha do município · {config.territory.name} · {config.programme.name}",
        "facts": [
            f"Código IBGE {code} · {' · '.join(regions)}",
            f"{words.number(place['population'])} habitantes em {place['population_year']} "
            f"({place['population_band']}) · {words.number(place['area_km2'], 0)} km²",
        ],
        "finding": places.profile_title(name, facts.standing[code], code),
        "map": locator(data.manifest["geometry"]["municipalities"], code, name),
        "qr": qr_code(
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
        "footer": footer(data, f"Ficha de {name}"),
        "pages": ["folha 1 de 2", "folha 2 de 2"] if plan else [""],
    }  # fmt: skip
    if plan and first_page(said, COMFORTABLE) > RECKONED_HEIGHT:
        # The town's own plan comes first: the official commitments are then told by their counts alone.
        said["challenges"][-1] |= {"rows": [], "note": "A lista está no painel, em Plano do município."}
    said["size"] = largest_size(lambda size: first_page(said, size))
    return said


def municipality_pdf(
    data: Tables, code: str, *, config: Config | None = None, address: str = "", demonstration: bool = False
) -> bytes:
    """A municipality's sheet: one A4 page, and a second one for its plan if it has one.

    `config`: this installation's when not given, here as everywhere below. `address`: where readers open the dashboard, for the QR code; farol.toml's when empty, and the local one
    when that is not said either. `demonstration`: also show the demonstration plan, marked as such. Raises
    UnknownMunicipalityError.
    """
    config = config or declarations.read_config()
    facts = facts_of(data, demonstration)
    return municipality_file(data, municipality_pages(code, facts, config, link_to(config, address)))


def file_name(data: Tables, code: str) -> str:
    """The name of a municipality's sheet as a file."""
    return _file_name(code, data.names()[code])


def _file_name(code: str, name: str) -> str:
    return f"ficha-{code}-{slug(name)}.pdf"


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
