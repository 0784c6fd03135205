"""The municipality's sheet: its challenges, its comparison with others, its plan."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard import charts, promises, words
from dashboard.charts import markup, pictures
from dashboard.charts.palettes import MARKS
from dashboard.findings import deliverables, places, readings, tally
from dashboard.findings.deliverables import BIMONTH
from dashboard.findings.readings import Reading
from dashboard.sheets.fitting import (
    CHALLENGE_COLUMNS,
    CHART_WIDTHS,
    COMFORTABLE,
    COMPARISON_COLUMNS,
    DELIVERABLE_COLUMNS,
    RECKONED_HEIGHT,
    SIZES,
    first_page,
    largest_size,
    municipality_file,
    plan_fit,
)
from dashboard.sheets.shapes import (
    PAPER,
    Point,
    Row,
    area,
    deliverable_icon,
    icon,
    locator,
    qr_code,
    way_drawing,
)
from dashboard.sheets.typesetting import footer, link_to
from dashboard.tables import Tables
from pipelines import declarations, verdicts
from pipelines.declarations import AREAS, NEAR_SCOPE, SCOPES, Config, Indicator
from pipelines.margins import PUBLISHED
from pipelines.verdicts import DELIVERABLE_LABELS, only_demand, status_word

REGION = NEAR_SCOPE


class UnknownMunicipalityError(LookupError):
    """A code that no municipality of the territory has; the message is one sentence in Portuguese."""


class _Facts:
    """The frames behind many sheets, asked for once and cut by municipality."""

    def __init__(self, data: Tables, demonstration: bool) -> None:
        self.data = data
        self.day = data.as_of
        self.places: dict[str, Row] = data.municipalities().to_dict("index")
        self.codes = tuple(self.places)
        frame = data.verdicts(demonstration)
        frame = tally.ordered(frame.assign(open=~tally.ended(frame, self.day)))
        # Worst first; commitments whose term is over come last, since they ask for nothing today.
        frame = frame.sort_values("open", ascending=False, kind="stable")
        # Counting needs a few columns alone; readings are taken one by one.
        self.readings = _Cut(
            frame[
                [
                    "municipality_code",
                    "indicator",
                    "status",
                    "demand",
                    "sureness",
                    "cause",
                    "value",
                    "probability",
                    "estimated",
                    "origin",
                    "open",
                ]
            ]
        )
        self._rows = _Cut(frame)
        self._read: dict[str, list[Reading]] = {}
        self.deliverables = _Cut(data.deliverables(demonstration))
        self.main = [name for name in data.prominent("sheet") if name in data.available()]
        self._series: dict[str, _Cut] = {}
        self._points: dict[str, dict[str, list[Point]]] = {}
        self._regions: dict[str, dict[str, Any]] = {}
        latest = data.latest(*self.main)
        self.latest: dict[tuple[str, str], Row] = {
            (str(row["indicator"]), str(row["municipality_code"])): row for row in latest.to_dict("records")
        }

    def series(self, indicator: str, code: str) -> pd.DataFrame:
        """The series of one municipality, as `Tables.series` gives it."""
        if indicator not in self._series:
            self._series[indicator] = _Cut(self.data.series(indicator, self.codes))
        return self._series[indicator][code]

    def read(self, code: str) -> list[Reading]:
        """The readings of a municipality, worst first and those whose term is over last."""
        if code not in self._read:
            self._read[code] = readings.each(self.data, self._rows[code])
        return self._read[code]

    def own(self, code: str) -> list[Reading]:
        """The readings of the plans that are the municipality's own, worst first."""
        return [found for found in self.read(code) if not found.official]

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
        """The value of a region, by its code, at the indicator's latest period; None where it has none."""
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


def _status(found: Reading) -> dict[str, str]:
    return {
        "icon": icon(found.status, found.sureness),
        "word": status_word(found.status, found.target.demand),
        "ink": PAPER.muted if found.sureness == "unclear" else MARKS[found.status].ink["light"],
        "doubt": markup.DOUBTS.get(found.sureness, ""),
    }


def _dated(shown: str, when: str) -> str:
    return f"{shown} ({when})" if when and shown != words.MISSING else shown


CHALLENGE_HEADS = ("Situação", "Indicador", "Linha de base", "Atual", "Meta", "Distância", "Caminho")


def _challenge(found: Reading, facts: _Facts) -> dict[str, Any]:
    """One line of the table of challenges; the challenge's own words stand first where the plan is the town's."""
    target, verdict, indicator = found.target, found.verdict, found.indicator
    named = not found.official and bool(target.challenge)
    details = [
        indicator.title if named else "",
        f"compromisso encerrado em {target.target_year}" if found.ended(facts.day) else "",
        "valores de três anos somados" if verdict.pooled else "",
    ]
    return {
        "status": _status(found),
        "name": found.challenge if named else indicator.title,
        "detail": " · ".join(text for text in details if text),
        "strong": named,
        "baseline": _dated(
            words.with_unit(found.start, indicator, short=True), str(target.baseline_year or "")
        )
        if target.kind == "goal"
        else "–",
        "latest": _dated(readings.latest(found), found.when),
        "target": readings.aim(found),
        "gap": readings.distance(found) or "–",
        "people": readings.people(found),
        "way": way_drawing(facts.points(indicator.indicator, found.code), target.kind, readings.path(found)),
    }


def counts(frame: pd.DataFrame) -> list[dict[str, str]]:
    """How many targets stand in each status and how surely, each with its symbol."""
    demand, held = only_demand(frame["status"], frame["demand"]), frame["status"].tolist()
    return [
        {
            "icon": icon(status, sureness),
            "word": f"{status_word(status, demand, held)}{f', {markup.DOUBTS[sureness]}' if sureness in markup.DOUBTS else ''}",
            "count": words.number(count),
        }
        for (status, sureness), count in tally.counts(frame).items()
    ]


NO_PLAN = (
    "O município ainda não tem plano próprio aqui: estes são os compromissos oficiais que valem para ele. "
    "Sem plano não há entregas a acompanhar."
)


def _challenges(code: str, facts: _Facts) -> list[dict[str, Any]]:
    """The blocks of challenges of the first page: the town's own plan, and the official commitments."""
    frame = facts.readings[code]
    own = facts.own(code)
    official = [found for found in facts.read(code) if found.official]
    blocks = []
    if own:
        mine = frame[frame["origin"] != "official"]
        titles = words.listed(dict.fromkeys(found.title for found in own))
        blocks.append(
            {
                "heading": "Desafios do plano",
                "text": f"{titles}. {tally.title(mine)}.",
                "counts": counts(mine),
                "columns": list(CHALLENGE_COLUMNS),
                "heads": ["Situação", "Desafio e indicador", *CHALLENGE_HEADS[2:]],
                "rows": [_challenge(found, facts) for found in own],
                "note": "",
            }
        )
    if official:
        standing = frame[(frame["origin"] == "official") & frame["open"]]
        titled = sorted(official, key=lambda found: found.title)
        laws = dict.fromkeys(found.target.legal_basis for found in titled if found.target.legal_basis)
        blocks.append(
            {
                "heading": "Compromissos oficiais",
                "text": f"{'' if own else NO_PLAN} {tally.title(standing)}.".strip(),
                "counts": counts(standing),
                "columns": list(CHALLENGE_COLUMNS),
                "heads": list(CHALLENGE_HEADS),
                "rows": [_challenge(found, facts) for found in official],
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


def _together(value: Any, method: str, indicator: Indicator) -> str:
    """The value of municipalities together, a median by its name; a dash where adding them up says nothing of one."""
    if method not in (PUBLISHED, "ratio", "median"):
        return "–"
    told = words.with_unit(value, indicator, short=True)
    return f"mediana {told}" if method == "median" and not words.is_missing(value) else told


def _comparison(code: str, facts: _Facts) -> dict[str, Any]:
    """The main indicators against region and state."""
    place = facts.places[code]
    rows = []
    area = ""
    for name in facts.main:
        indicator = facts.data.indicators[name]
        row = facts.latest[name, code]
        missing = words.is_missing(row["value"])
        mark = "*" if words.flag(row["flag"], indicator) and not missing else ""
        title = AREAS[indicator.area]
        rows.append(
            {
                "area": title if title != area else "",
                "name": indicator.title,
                "value": words.missing_reason(row["flag"])
                if missing
                else f"{words.with_unit(row['value'], indicator, short=True)}{mark}",
                "year": words.period(row["period"].date(), indicator),
                "region": _together(
                    facts.region(name, str(place[f"{REGION}_code"])), indicator.aggregation, indicator
                ),
                "state": _together(row["state_value"], str(row["state_method"]), indicator),
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
            f"Região imediata: {place[REGION]}. Região e estado: o valor do publicador, os municípios somados ou a mediana deles, "
            f"que vai dita; traço, não se agrega. Posição entre os municípios {words.of_scope(*facts.data.whole)}: 1º é o mais favorável; em intervalo onde há margem de erro. "
            f"Em negrito: com segurança entre os 20% menos favoráveis. {words.MISSING}: sem dado. {words.MARKED}"
        ),
    }


def _deliverable(row: Row, day: dt.date) -> dict[str, str]:
    due, updated = words.day_of(row["due"]), words.day_of(row["updated_at"])
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


def _card(found: Reading, data: Tables) -> dict[str, Any]:
    """One challenge of the plan's page without its chart: reading, sentence, who answers for it."""
    responsible = found.target.responsible
    turned = promises.of_target(data, found.target.plan, found.target.plan_version, found.indicator.indicator)
    return {
        "name": found.challenge,
        "status": _status(found),
        "detail": f"Responsável: {responsible}" if responsible else "",
        "text": " ".join(
            [f"{found.indicator.title}. Meta: {readings.aim(found)}. {readings.sentence(found)}", *turned]
        ),
        "chart": None,
    }


def _path_chart(found: Reading, facts: _Facts, width: float, height: float) -> dict[str, Any] | None:
    """The chart of a challenge's way to its target; None without any value."""
    series, path = facts.series(found.indicator.indicator, found.code), readings.path(found)
    if path is not None and path.baseline_year is not None:
        recent = series[series["year"] >= path.baseline_year - BEFORE]
        series = recent if recent["value"].notna().any() else series
    if not series["value"].notna().any():
        return None
    made = charts.series(series, found.indicator, path=path, certain=None, height=height)
    return {"drawing": pictures.drawing(made, width).data(), "alt": made.sentence}


def _plan(code: str, facts: _Facts) -> dict[str, Any] | None:
    """The plan's own page; None for a municipality that has none."""
    rows = facts.own(code)
    if not rows:
        return None
    versions = {(found.target.plan, found.target.plan_version): found for found in rows}
    said: dict[str, Any] = {
        "heading": f"Plano de {facts.places[code]['name']}: o caminho de cada desafio",
        "facts": [
            f"{found.title}, versão {found.target.plan_version}"
            + (f", válida desde {words.date(found.valid_from)}" if found.valid_from else "")
            + "."
            for found in versions.values()
        ],
        "columns": 1 if len(rows) == 1 else 2 if len(rows) <= 8 else 3,
        "cards": [_card(found, facts.data) for found in rows],
        "deliverables": _every_deliverable(facts.deliverables[code], facts.day),
    }
    said["size"], height, said["fits"] = plan_fit(said)
    for found, card in zip(rows, said["cards"], strict=True):
        card["chart"] = _path_chart(found, facts, CHART_WIDTHS[said["columns"]], height)
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


def _sources(data: Tables, names: Iterable[str]) -> str:
    """The sources of some indicators with their editions, each once, by who publishes them.

    Of a long name what stands before its first explanation is enough here: the catalogue has the whole.
    """
    said: dict[str, list[str]] = {}
    for name in dict.fromkeys(data.indicators[name].source for name in names):
        source = data.declared_sources[name]
        dataset = re.split(r" ?[(:,]", source.dataset)[0]
        said.setdefault(source.short, []).append(f"{dataset} ({source.edition})")
    return f"Fontes e edições: {'; '.join(f'{who}, {words.listed(held)}' for who, held in said.items())}."


WARNING = "DEMONSTRAÇÃO: o plano desta ficha foi inventado para mostrar o painel. Não o use em decisões."


def _area(size: Any) -> str:
    return f"área {words.MISSING}" if words.is_missing(size) else f"{words.number(size, 0)} km²"


def municipality_pages(code: str, facts: _Facts, config: Config, address: str) -> dict[str, Any]:
    """Everything that a municipality's sheet prints, ready for the template."""
    data = facts.data
    if code not in facts.places:
        raise UnknownMunicipalityError(
            f"O código {code} não é de nenhum município {config.territory.of_name}."
        )
    place = facts.places[code]
    name = str(place["name"])
    meeting = deliverables.ahead(config.programme.next_meeting, facts.day)
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
        "file": f"ficha-{place_in_file(code, name)}.pdf",
        "summary": tally.title(frame[frame["open"]]).split(";")[0],
        "eyebrow": f"Ficha do município · {config.territory.name} · {config.programme.name}",
        "facts": [
            f"Código IBGE {code} · {' · '.join(regions)}",
            f"{words.number(place['population'])} habitantes em {place['population_year']} "
            f"({place['population_band']}) · {_area(place['area_km2'])}",
        ],
        "finding": places.profile_title(name, facts.data, code),
        "map": locator(area(data, [code])["municipalities"], code, name),
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
            _sources(data, used),
            "O ano entre parênteses é o do dado. Caminho: tracejado, o previsto até a meta (losango); contínuo, o observado.",
        ],
        "footer": footer(data, f"Ficha de {name}"),
        "pages": ["folha 1 de 2", "folha 2 de 2"] if plan else [""],
    }  # fmt: skip
    if plan and first_page(said, COMFORTABLE) > RECKONED_HEIGHT:
        # The town's own plan comes first: the official commitments are then told by their counts alone.
        said["challenges"][-1] |= {"rows": [], "note": "A lista está no painel, em Plano do município."}
    _shorten(said)
    said["size"] = largest_size(lambda size: first_page(said, size))
    return said


def _shorten(said: dict[str, Any]) -> None:
    """Leave the least urgent commitments to the dashboard, and say how many, where not even the smallest type fits."""
    block = said["challenges"][-1]
    rows, note, left = list(block["rows"]), block["note"], 0
    while rows and first_page(said, SIZES[-1]) > RECKONED_HEIGHT:
        rows.pop()
        left += 1
        more = f"Mais {words.counted(left, 'compromisso', 'compromissos')} no painel, em Plano do município."
        block |= {"rows": rows, "note": " ".join(filter(None, (more, note)))}


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
    return f"ficha-{place_in_file(code, data.names()[code])}.pdf"


def place_in_file(code: str, name: str) -> str:
    """A municipality as it stands in the names of files: `5002704-campo-grande`."""
    return f"{code}-{words.slug(name)}"


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
