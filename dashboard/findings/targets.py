"""What is said of targets and their readings: counts, sentences, rows, agenda."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from dashboard import charts, words
from dashboard.charts import Html, markup
from dashboard.charts.frames import Decimals, decimals_of, shown_with
from dashboard.charts.palettes import Theme
from dashboard.findings import readings, tally
from dashboard.findings.readings import Reading
from dashboard.shelf import once
from dashboard.tables import Tables
from pipelines.declarations import Indicator
from pipelines.states import place_of
from pipelines.verdicts import (
    PERCENT,
    REASON_OF_CHANGE_LABELS,
    Target,
    Verdict,
    sign,
    status_word,
    sureness,
)


def extent(frame: pd.DataFrame, several: bool = False) -> str:
    """What a number of targets is made of: `316 metas: 79 municípios × 4 indicadores.`; empty for one municipality.

    `several`: whether the territory has several states; of targets in a single one the sentence then names it.
    """
    places, measures = frame["municipality_code"].nunique(), frame["indicator"].nunique()
    if places < 2:
        return ""
    metas = words.counted(len(frame), "meta", "metas")
    states = set(frame["municipality_code"].str[:2])
    where = f", só de {place_of(states.pop())}" if several and len(states) == 1 else ""
    if measures == 1 and len(frame) == places:
        return f"{metas}, uma por município{where}."
    if len(frame) == places * measures:
        return f"{metas}: {words.number(places)} municípios × {words.number(measures)} indicadores{where}."
    counted = words.counted(measures, "indicador", "indicadores")
    return f"{metas}: {counted} em {words.number(places)} municípios, onde há meta{where}."


@dataclass(frozen=True)
class Agenda:
    """What a page discusses: the readings on the agenda (`frame`) and what they say together (`title`).

    `closed`: official ones whose term is over; `deliverables`: what the plans promised to hand in.
    """

    frame: pd.DataFrame
    closed: pd.DataFrame
    deliverables: pd.DataFrame
    title: str

    @cached_property
    def own(self) -> pd.DataFrame:
        """The readings of plans that are no official commitment."""
        own = ~tally.official(self.frame)
        return self.frame[own] if own.any() else self.frame.iloc[:0]

    @cached_property
    def asking(self) -> pd.DataFrame:
        """The readings of official commitments that are not on the way, worst first."""
        return tally.ordered(self._official(good=False))

    @cached_property
    def on_the_way(self) -> pd.DataFrame:
        """The readings of official commitments that are achieved, on the way or within the limit."""
        return self._official(good=True)

    def _official(self, *, good: bool) -> pd.DataFrame:
        return self.frame[tally.official(self.frame) & (tally.good(self.frame) == good)]

    @cached_property
    def origins(self) -> frozenset[str]:
        """Where the plans on the agenda come from."""
        return frozenset(self.frame["origin"])


def on_agenda(
    data: Tables, codes: Sequence[str], as_of: dt.date, demonstration: bool = False, plan: str = ""
) -> Agenda:
    """The readings of some municipalities. `plan`: only of this one, and then those whose term is over too."""
    frame = _of_places(data, data.verdicts(demonstration), codes)
    handed = _of_places(data, data.deliverables(demonstration), codes)
    over = tally.ended(frame, as_of)
    closed = frame[over]
    agenda = frame[~over] if len(closed) else frame
    if plan:
        agenda, handed = frame[frame["plan"] == plan], handed[handed["plan"] == plan]
    return Agenda(agenda, closed, handed, tally.title(agenda))


def of_indicator(data: Tables, indicator: str, codes: Sequence[str], demonstration: bool) -> pd.DataFrame:
    """The readings of one indicator's targets in some municipalities."""
    frame = data.verdicts(demonstration)
    rows = data.remember(
        ("verdicts by indicator", demonstration),
        lambda: {str(name): places for name, places in frame.groupby("indicator").indices.items()},
    )
    found = frame.iloc[rows.get(indicator, [])]
    return found if len(codes) == len(data.names()) else found[found["municipality_code"].isin(codes)]


def _of_places(data: Tables, frame: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """The rows of some municipalities; where these are all, nothing is copied. `frame`: one that the tables keep."""
    if len(codes) == len(data.names()):
        return frame
    rows = once(
        frame,
        "places",
        lambda: {str(code): held for code, held in frame.groupby("municipality_code").indices.items()},
    )
    held = [rows[code] for code in codes if code in rows]
    places = np.sort(np.concatenate(held)) if held else np.empty(0, dtype=np.int64)
    first, many = (int(places[0]), len(places)) if held else (0, 0)
    # What stands together is handed out as it is; else sixty columns are copied.
    together = not many or int(places[-1]) - first == many - 1
    return frame.iloc[first : first + many] if together else frame.iloc[places]


def _year(year: int | None) -> str | None:
    return None if year is None else str(year)


def _numeric(found: Reading, value: float | None) -> float | None:
    """A number of a reading as it is; None for the place of a category."""
    return None if found.target.kind == "category" else value


def targets_table(data: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    """Readings to take away, most urgent first: plain numbers, their unit in the heads or, of several, in a column."""
    rows: list[dict[str, Any]] = []
    each: list[int] = []
    for found in readings.each(data, tally.ordered(frame)):
        target, verdict, indicator = found.target, found.verdict, found.indicator
        gap = _numeric(found, verdict.gap)
        category = target.kind == "category"
        rows.append(
            {
                "Município": found.name,
                "Código IBGE": found.code,
                "Indicador": indicator.title,
                "Situação": readings.situation(found),
                "Valor atual": _numeric(found, verdict.latest_value),
                "Categoria atual": words.category(verdict.latest_value, indicator) if category else None,
                "Período": found.when or None,
                "Meta": _numeric(found, target.target_value),
                "Ano da meta": _year(target.target_year),
                "Exigência": readings.aim(found),
                "Distância": gap if gap is not None and gap > 0 else None,
                "Ritmo": verdict.pace,
                "Unidade": words.unit_of(indicator) or None,
                "Plano": found.title,
                "Motivo": readings.reason(found),
            }
        )
        each.append(indicator.decimals)
    values: Decimals = dict.fromkeys(("Valor atual", "Meta", "Distância"), each)
    table = shown_with(pd.DataFrame(rows), {**values, "Ritmo": 2})
    return _measured(table, ("Valor atual", "Meta"), "Distância")


def _measured(table: pd.DataFrame, values: Sequence[str], gap: str = "") -> pd.DataFrame:
    """A table whose value columns say their unit in their heads where it is one; columns without any cell go."""
    table = table.dropna(axis="columns", how="all")
    units = table["Unidade"].unique() if "Unidade" in table else []
    if len(units) != 1 or words.is_missing(units[0]):
        return table
    heads = {name: f"{name} ({units[0]})" for name in values}
    if gap:
        heads[gap] = f"{gap} ({'p.p.' if sign(units[0]) == PERCENT else units[0]})"
    decimals = {heads.get(name, name): given for name, given in decimals_of(table).items()}
    return shown_with(table.drop(columns="Unidade").rename(columns=heads), decimals)


def targets_words(data: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    """The same readings as a reader sees them on a page: numbers with their units, in words."""
    return pd.DataFrame(
        [
            {
                "Município": found.name,
                "Indicador": found.indicator.title,
                "Situação": readings.situation(found),
                "Valor atual": readings.latest(found),
                "Período": found.when,
                "Meta": readings.aim(found),
                "Distância": readings.distance(found),
                "Plano": found.title,
                "Motivo": readings.reason(found),
            }
            for found in readings.each(data, tally.ordered(frame))
        ]
    )


URGENT = 25


@dataclass(frozen=True)
class _Urgent:
    """The most urgent readings of municipalities' own plans, or of laws; `said`: the line that says which they are; `tied`:
    how many more ask as urgently as the last of them.
    """

    said: str
    found: list[Reading]
    tied: int


def _urgent(data: Tables, frame: pd.DataFrame) -> list[_Urgent]:
    """The most urgent of a set of readings: what its table and the sentence over it tell."""

    def made() -> list[_Urgent]:
        parts = [(said, tally.ordered(part)) for said, part in tally.by_origin(frame)]
        return [
            _Urgent(said, readings.each(data, part.head(URGENT)), tally.tied(part, URGENT))
            for said, part in parts
        ]

    return once(frame, "urgent", made)


def urgent_note(data: Tables, frame: pd.DataFrame) -> str:
    """How many of the targets the table of the most urgent ones shows, in which order, and what bears on them."""
    parts = _urgent(data, frame)
    total, shown = len(frame), sum(len(part.found) for part in parts)
    head = (
        f"As {words.number(shown)} mais urgentes de {words.counted(total, 'meta', 'metas')}; todas estão em Baixar."
        if total > shown
        else f"{words.counted(total, 'meta', 'metas')}."
    )
    order = (
        "Ordem: primeiro o que é certo ou registro oficial, depois o provável; dentro disso, as pessoas que faltam e, "
        "sem contagem, quanto falta em proporção da meta."
    )
    if frame["reference"].any():
        order += (
            " O que é referência nacional, que não obriga cada município, vem depois do que a lei pede dele."
        )
    ties = [part.tied for part in parts if part.tied]
    if ties:
        order += (
            f" Com o nome como único critério, {words.plural(sum(ties), 'ficou', 'ficaram')} de fora {words.listed(map(words.number, ties))} "
            f"{words.plural(sum(ties), 'tão urgente quanto a última', 'tão urgentes quanto a última')} da lista."
        )
    urgent = [found for part in parts for found in part.found]
    said = dict.fromkeys(filter(None, map(readings.cautions, urgent)))
    return " ".join([head, order, *(f"* {text}" for text in said)])


def urgent_markup(data: Tables, frame: pd.DataFrame, theme: Theme, address: Callable[[str], str]) -> Html:
    """The most urgent targets as a table with chips; the rest is in the download.

    `address`: where the name of a municipality, by its code, leads.
    """
    heads = ["Município", "Indicador", "Situação", "Valor atual", "Meta", "Distância"]
    rows: list[tuple[charts.Cell, list[charts.Cell]]] = []
    groups: dict[int, str] = {}
    urgent: list[Reading] = []
    for part in _urgent(data, frame):
        if part.said:
            groups[len(urgent)] = part.said
        urgent += part.found
    for found in urgent:
        indicator = found.indicator
        when = f" ({found.when})" if found.when else ""
        mark = "*" if readings.cautions(found) else ""
        rows.append(
            (
                charts.Cell(found.name, href=address(found.code)),
                [
                    charts.Cell(f"{indicator.short}{mark}", number=False, title=indicator.title),
                    charts.Cell(
                        "",
                        markup=charts.chip(found.status, theme, found.sureness, found.target.demand),
                        number=False,
                    ),
                    charts.Cell(f"{readings.latest(found)}{when}"),
                    charts.Cell(readings.aim(found)),
                    charts.Cell(readings.missing(found)),
                ],
            )
        )
    return charts.heat_table("Metas por urgência", heads, rows, groups)


def no_flips(data: Tables, since: dt.date) -> str:
    """Why there is no change of status to tell."""
    if data.flips("0001-01-01", True).empty:
        return "Ainda não há histórico: as mudanças aparecem quando chegar dado novo."
    return f"Nenhuma meta mudou de situação desde {words.date(since)}."


def flips_table(data: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    """Changes of status to take away."""
    return pd.DataFrame(
        [
            {
                "Julgado em": words.day_of(row["judged_at"]),
                "Município": row["name"],
                "Indicador": data.indicators[row["indicator"]].title,
                "Era": "situação não registrada"
                if words.is_missing(row["before"])
                else status_word(row["before"], row["demand"]),
                "Passou a": status_word(row["status"], row["demand"]),
                "Motivo": _why(data, row),
                "Plano": row["title"],
            }
            for row in frame.to_dict("records")
        ],
        columns=["Julgado em", "Município", "Indicador", "Era", "Passou a", "Motivo", "Plano"],
    )


def _why(data: Tables, row: Mapping[str, Any]) -> str:
    """Why a status changed; of a revision, which values it touched and what they were, as far as editions tell."""
    label: str = REASON_OF_CHANGE_LABELS.get(row["reason_of_change"], row["reason_of_change"])
    if row["reason_of_change"] != "revised_data":
        return label
    indicator, frame = data.indicators[row["indicator"]], data.revisions()
    mine = frame[
        (frame["indicator"] == row["indicator"]) & (frame["municipality_code"] == row["municipality_code"])
    ]
    # Of the newest edition that a build so soon after it can have met first; a figure corrected by hand has none.
    age = row["judged_at"] - mine["revised_at"]
    mine = mine[(age >= pd.Timedelta(0)) & (age <= SOON)]
    mine = mine[mine["revised_at"] == mine["revised_at"].max()]
    told = [revision_words(one, indicator) for one in mine.head(MOST_TOLD).to_dict("records")]
    return f"{label}: {'; '.join(told)}" if told else label


# As many values as the reason of a change names, and how long before the change their edition came in.
MOST_TOLD, SOON = 3, pd.Timedelta(days=31)


def revision_words(row: Mapping[str, Any], indicator: Indicator) -> str:
    """A row of `Tables.revisions` in words: `2024, revisado em 12/2026: era 34,7%, passou a 35,2%`."""
    when = words.period(words.day_of(row["period"]), indicator)
    return f"{when}, {words.revision(row['revised_at'], row['before'], row['after'], indicator)}"


def revised_lines(data: Tables, since: dt.date, code: str = "") -> list[str]:
    """The values that newer editions changed since a date, a line each, newest first; of all where `code` is empty."""
    frame = data.revisions(since.isoformat())
    rows = frame[frame["municipality_code"] == code] if code else frame
    lines = []
    for row in rows.to_dict("records"):
        indicator = data.indicators[row["indicator"]]
        who = "" if code else f"{row['name']}, "
        lines.append(f"{who}{indicator.title}, {revision_words(row, indicator)}")
    return lines


def flips_words(data: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    """The same changes as a reader sees them."""
    table = flips_table(data, frame)
    return table.assign(**{"Julgado em": [words.date(day) for day in table["Julgado em"]]})


def participants(frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """One indicator's readings in the programme and outside it side by side: group, municipalities, by status.

    Unknown participation is a group of its own. A comparison, no proof of cause.
    """
    parts = {"Participam": frame["participant"].eq(True), "Não participam": frame["participant"].eq(False)}
    parts["Não informado"] = frame["participant"].isna()
    categories = frame["kind"].eq("category").any()
    rows = []
    for name, mask in parts.items():
        part = frame[mask.fillna(False)]
        if part.empty:
            continue
        found = tally.groups(part)
        # As all medians of the house: each municipality once, and none whose value cannot be.
        sound = part[part["cause"].ne("implausible")].drop_duplicates("municipality_code")
        rows.append(
            {
                "Grupo": name,
                "Municípios": part["municipality_code"].nunique(),
                "Fora do caminho": found.off,
                "Em atenção": found.watch,
                "No caminho": found.good,
                "Não dá para dizer": found.unclear,
                "Sem dado para ler": found.unread,
                "Mediana do valor": None if categories else sound["latest_value"].median(),
                "Unidade": words.unit_of(indicator) or None,
            }
        )
    table = shown_with(pd.DataFrame(rows), {"Mediana do valor": indicator.decimals})
    return _measured(table, ("Mediana do valor",))


def metas_title(frame: pd.DataFrame) -> str:
    """The finding over one indicator's targets."""
    if frame.empty:
        return "Nenhum município neste filtro"
    one, many = (
        ("meta", "metas") if frame["municipality_code"].duplicated().any() else ("município", "municípios")
    )
    if frame["kind"].iloc[0] == "goal":
        return tally.finding(tally.groups(frame), one, many)
    return tally.finding(tally.groups(frame), one, many, "fora do exigido", "dentro do exigido")


def map_frame(data: Tables, frame: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """One row a municipality with the status that asks most for attention; missing where it has no target."""
    return once(frame, ("map", tuple(codes)), lambda: _map_frame(data, frame, codes))


def _map_frame(data: Tables, frame: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    first = tally.ordered(frame).drop_duplicates("municipality_code").set_index("municipality_code")
    details = [
        f"{data.indicators[name].short}: {' '.join(filter(None, (reason, caution)))}"
        for name, reason, caution in zip(
            first["indicator"], first["reason"].tolist(), _cautions(data, first), strict=True
        )
    ]
    held = first[["status", "demand", "sureness"]].assign(detail=details).astype(object)
    places = data.municipalities().loc[list(codes)]
    shown = places[["municipality_code", "name", "latitude", "longitude"]].copy()
    for name in held.columns:
        column = held[name].reindex(shown.index).to_numpy(object, copy=True)
        column[pd.isna(column)] = "unread" if name == "sureness" else None
        shown[name] = column.tolist()
    return shown.reset_index(drop=True)


def _cautions(data: Tables, frame: pd.DataFrame) -> list[str]:
    """`readings.cautions` of each row of a frame of `Tables.verdicts`: thousands of rows have few to tell."""
    told: dict[tuple[Any, ...], str] = {}
    found = []
    # No year is -1: thousands of rows have few of them, and of each only once it is asked what it says.
    years = [frame[column].fillna(-1).astype(int).tolist() for column in ("baseline_year", "latest_year")]
    for key in zip(frame["indicator"].tolist(), frame["kind"].tolist(), *years, strict=True):
        if key not in told:
            name, kind, *between = key
            given = [None if year < 0 else year for year in between]
            told[key] = readings.cautions_between(data.indicators[name], kind, *given)
        found.append(told[key])
    return found


def agenda(data: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    """The targets of a municipality that ask for a decision, to take away: `targets_table` with who answers and when.

    Columns in which nobody said anything stay out.
    """
    rows = tally.asking(frame)
    table = targets_table(data, rows)
    return table if table.empty else table.assign(**_answers(readings.each(data, rows)))


def agenda_words(data: Tables, frame: pd.DataFrame) -> pd.DataFrame:
    """The same targets as a reader sees them: what, how it stands, who answers for it, when."""
    rows = readings.each(data, tally.asking(frame))
    table = pd.DataFrame(
        [
            {
                "Desafio": found.challenge,
                "Indicador": found.indicator.title,
                "Situação": readings.situation(found),
                "Valor atual": f"{readings.latest(found)}{f' ({found.when})' if found.when else ''}",
                "Meta": readings.aim(found),
            }
            for found in rows
        ]
    )
    return table.assign(**_answers(rows))


UNTOLD = "não informado"


def _answers(rows: Sequence[Reading]) -> dict[str, list[str]]:
    """Who answers for each reading and when its next figure comes; only what is told of some of them."""
    told = {
        "Responsável": [found.target.responsible or UNTOLD for found in rows],
        "Próximo dado": [found.indicator.next_release or UNTOLD for found in rows],
    }
    return {head: texts for head, texts in told.items() if set(texts) - {UNTOLD}}


def indicators_with_targets(data: Tables, frame: pd.DataFrame) -> list[str]:
    """The indicators that some target uses, in the order of the catalogue."""
    used = set(frame["indicator"])
    return [name for name in data.indicators if name in used]


def indicators_in_force(frame: pd.DataFrame, as_of: dt.date) -> frozenset[str]:
    """The indicators that some target uses whose term is not over."""
    return frozenset(frame.loc[~tally.ended(frame, as_of), "indicator"])


def opening(data: Tables, frame: pd.DataFrame, allowed: Sequence[str]) -> str:
    """The indicator, of those with targets, that a page opens on: nobody asks first for a commitment whose term is over."""
    standing = indicators_in_force(frame, data.as_of)
    return data.first("targets", standing) or next((name for name in allowed if name in standing), allowed[0])


def rule(data: Tables, frame: pd.DataFrame) -> str:
    """What the targets of one indicator demand, and by which rule."""
    if frame.empty:
        return ""
    asked = ("kind", "operator", "target_value", "target_year", "target_categories")
    keys = [str(cells) for cells in zip(*(frame[name].tolist() for name in asked), strict=True)]
    # Thousands of municipalities are asked for few different things.
    firsts = frame[~pd.Series(keys, frame.index).duplicated()]
    said_of = dict(zip(dict.fromkeys(keys), map(readings.aim, readings.each(data, firsts)), strict=True))
    aims = pd.Series([said_of[key] for key in keys])
    common = aims.mode().iloc[0]
    same = "" if (aims == common).all() else " (a mais comum; cada município tem a sua)"
    basis = frame["legal_basis"].dropna().loc[lambda texts: texts.ne("")]
    said = [f"Meta: {common}{same}.", *(f"{text}." for text in basis.head(1))]
    said += dict.fromkeys(filter(None, _cautions(data, frame)))
    lacking = tally.people(
        frame, data.indicators[frame["indicator"].iloc[0]], bool(frame["counts_estimated"].any())
    )
    return " ".join(filter(None, [*said, lacking]))


# So many rows of the chart of distances fill a screen.
FURTHEST = 14


def distance_title(frame: pd.DataFrame) -> str:
    """What the chart of distances shows: all, or the furthest of how many."""
    held = int((frame["target_value"].notna() & frame["value"].notna()).sum())
    if held <= FURTHEST:
        return "Distância até a meta"
    return f"Os {FURTHEST} mais longe da meta, de {words.number(held)}"


def has_distance(frame: pd.DataFrame) -> bool:
    """Whether values can be set against a number."""
    return bool(frame["target_value"].notna().any())


def distances(frame: pd.DataFrame) -> pd.DataFrame:
    """Readings in the form of the dumbbell chart; limits take the year of their value. Not to be changed."""

    def made() -> pd.DataFrame:
        given = frame[frame["target_value"].notna()].copy()
        given["target_year"] = given["target_year"].fillna(given["latest_year"])
        return given.reset_index(drop=True)

    return once(frame, ("distances",), made)


def preview_table(data: Tables, judged: Sequence[tuple[Target, Verdict]]) -> pd.DataFrame:
    """How the targets of a plan that is not yet in force would be read."""
    return pd.DataFrame(
        [
            {
                "Indicador": data.indicators[target.indicator].title,
                "Situação": markup.doubted(
                    verdict.status,
                    sureness(verdict.status, verdict.strength, verdict.strength_basis),
                    target.demand,
                ),
                "Motivo": verdict.reason,
            }
            for target, verdict in judged
        ]
    )


def _fresh(data: Tables, since: dt.date, until: dt.date) -> pd.DataFrame:
    frame = data.sources()
    fresh = frame[frame["retrieved"].between(pd.Timestamp(since), pd.Timestamp(until))]
    return fresh.sort_values("retrieved", ascending=False, kind="stable")


def _edition(data: Tables, row: Any) -> str:
    return f"{data.declared_sources[row.source].short}: {row.dataset}, edição {row.edition}"


def new_data(data: Tables, since: dt.date, until: dt.date) -> list[str]:
    """The sources that came in from one date to another, both included, a line each, newest first."""
    return [
        f"{_edition(data, row)} ({words.date(row.retrieved.date())})"
        for row in _fresh(data, since, until).itertuples()
    ]


def news_markup(data: Tables, since: dt.date, until: dt.date) -> Html:
    """The sources that came in from one date to another, newest date first; the list of each date folded."""
    fresh = _fresh(data, since, until)
    if fresh.empty:
        return markup.note(f"Nenhuma fonte foi incluída ou atualizada desde {words.date(since)}.")
    parts = []
    for day, group in fresh.groupby("retrieved", sort=False):
        count = words.counted(len(group), "fonte incluída", "fontes incluídas")
        lines = markup.points([_edition(data, row) for row in group.itertuples()])
        said = f"{count} em {words.date(words.day_of(day))}"
        parts.append(Html(f'<details class="reckoning"><summary>{said}</summary>{lines}</details>'))
    return markup.joined(*parts)


def card_markup(found: Reading, theme: Theme) -> Html:
    """The head of a challenge's card: front and plan, challenge with its reading, target, and the sentence."""
    return Html(
        f'<p class="eyebrow">{escape(found.target.front or "")} · {escape(found.title)}</p>'
        f'<h2 class="section">{escape(found.challenge)} '
        f"{charts.chip(found.status, theme, found.sureness, found.target.demand)}</h2>"
        f'<p class="note">{escape(found.indicator.title)}. Meta: {escape(readings.aim(found))}.</p>'
        f'<p class="sentence">{escape(readings.sentence(found))}</p>'
    )


def card_foot(source: str, calculation: Sequence[tuple[str, str]], passport: str = "") -> Html:
    """The foot of a challenge's card: its source, and how its reading was reached, folded.

    `passport`: the address of what its value comes from; empty where it has none.
    """
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in calculation)
    link = f' <a href="{escape(passport, quote=True)}">Passaporte do número</a>' if passport else ""
    return Html(
        f'<p class="note">{escape(source)}{link}</p><details class="reckoning">'
        f'<summary>Como chegamos a esta leitura</summary><dl class="about">{rows}</dl></details>'
    )
