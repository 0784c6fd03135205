"""One reading: a target, the verdict on it, and everything that is said of the two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from functools import cache
from types import UnionType
from typing import Any, get_args, get_type_hints

import pandas as pd

from dashboard import sentences, words
from dashboard.charts import TargetPath, markup
from dashboard.tables import Tables
from pipelines import verdicts
from pipelines.declarations import Indicator
from pipelines.verdicts import (
    CAGR_LABELS,
    OPERATOR_LABELS,
    UN_LABELS,
    Target,
    Verdict,
)


@dataclass(frozen=True)
class Reading:
    """A target with the verdict on it. `name`: the municipality's; `title`, `origin`, `valid_from`: the plan's.

    `period`: the end of the latest value's. `estimated`: whether the counts behind it are estimates of this project
    or of the publisher.
    """

    target: Target
    verdict: Verdict
    indicator: Indicator
    name: str
    title: str
    origin: str
    valid_from: dt.date | None
    period: dt.date | None = None
    estimated: bool = False

    @property
    def when(self) -> str:
        """The period of the latest value in words, `2024`, `21/08/2026`; of three years added up, `2022 a 2024`."""
        year = self.verdict.latest_year
        if year is None:
            return ""
        if self.verdict.pooled or self.period is None:
            return _span(year, self.verdict.pooled)
        return words.period(self.period, self.indicator)

    @property
    def start(self) -> float | None:
        """The baseline that the reading starts from: the plan's, or of three years where the latest value is."""
        verdict, target = self.verdict, self.target
        moved, first, last = verdict.observed_per_year, target.baseline_year, verdict.latest_year
        value = verdict.latest_value
        if not verdict.pooled or moved is None or first is None or last is None or value is None:
            return target.baseline_value
        # What the judge set the latest value against: the tables keep the pace between the two.
        return value - moved * (last - first)

    @property
    def status(self) -> str:
        """The verdict's status."""
        return self.verdict.status

    @property
    def sureness(self) -> str:
        """How it counts and is drawn: firm, likely, unclear or unread."""
        return verdicts.sureness(self.status, self.verdict.strength, self.verdict.strength_basis)

    @property
    def code(self) -> str:
        """The municipality's IBGE code."""
        return self.target.municipality_code

    @property
    def challenge(self) -> str:
        """The challenge in the plan's own words; the indicator's title where the plan has none."""
        return self.target.challenge or self.indicator.title

    @property
    def official(self) -> bool:
        """Whether it is of an official commitment, and not of the municipality's own plan."""
        return self.origin == "official"

    @property
    def key(self) -> str:
        """What tells it from the other readings of its municipality, for names on a page."""
        return f"{self.target.plan}-{self.target.plan_version}-{self.target.indicator}"

    def ended(self, as_of: dt.date) -> bool:
        """Whether it is an official one whose term is over: told apart, asking for nothing today."""
        year = self.target.target_year
        return self.official and year is not None and year < as_of.year


def _kind(hint: Any) -> Callable[[Any], Any]:
    """What makes of a cell a value of a field's type."""
    kind = get_args(hint)[0] if isinstance(hint, UnionType) else hint
    return kind if kind in (int, float, bool, str) else lambda value: value


@cache
def _fields(kind: Any) -> tuple[tuple[str, Callable[[Any], Any], Any], ...]:
    """The fields of a target or a verdict: name, what makes a value of a cell, and the default."""
    hints = get_type_hints(kind)
    return tuple(
        (item.name, _kind(hints[item.name]), None if item.default is MISSING else item.default)
        for item in fields(kind)
    )


def _taken(kind: Any, row: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    given = dict(other)
    for name, made, default in _fields(kind):
        if name not in given and name in row:
            given[name] = default if words.is_missing(row[name]) else made(row[name])
    return kind(**given)


def reading(data: Tables, row: Mapping[str, Any]) -> Reading:
    """The reading of a row of `Tables.verdicts`; the one place that knows its columns."""
    indicator = data.indicators[row["indicator"]]
    key = row["plan"], int(row["plan_version"]), row["municipality_code"], row["indicator"]
    categories = row["target_categories"]
    facts: dict[str, Any] = {
        "target_categories": () if categories is None or isinstance(categories, float) else tuple(categories),
        "better": indicator.better,
        "multiplier": indicator.multiplier,
        "decimals": indicator.decimals,
        "unit": indicator.unit,
        "categories": indicator.categories,
        "range_low": indicator.range[0],
        "range_high": indicator.range[1],
        "milestones": data.milestones(*key),
        "steps_of": commitment.steps_of if (commitment := data.commitments.get(row["plan"])) else "",
        "window": indicator.window,
        "interval": indicator.interval,
        "cohort": indicator.cohort or "",
        "meaningful": indicator.meaningful,
    }
    verdict = _taken(Verdict, row, {})
    return Reading(
        target=_taken(Target, row, facts),
        verdict=verdict,
        indicator=indicator,
        name=str(row["name"]),
        title=str(row["title"]),
        origin=str(row["origin"]),
        valid_from=words.day_of(row["valid_from"]),
        period=words.day_of(row["period"]),
        estimated=bool(row["counts_estimated"]),
    )


def each(data: Tables, frame: pd.DataFrame) -> list[Reading]:
    """The readings of a frame of `Tables.verdicts`, in its order."""
    columns = [str(name) for name in frame.columns]
    parts = (frame[name].tolist() for name in columns)
    return [reading(data, dict(zip(columns, cells, strict=True))) for cells in zip(*parts, strict=True)]


def aim(found: Reading) -> str:
    """The target in words: `80% em 2030`, `pelo menos 95%`, `A ou B`."""
    target, indicator = found.target, found.indicator
    if target.kind == "category":
        names = verdicts.names(target.target_categories)
        return " ou ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    if target.target_value is None:
        return "sem meta publicada"
    value = words.with_unit(target.target_value, indicator, short=True, trim=True)
    if target.kind == "limit" and target.operator == "=":
        return value if target.target_value else verdicts.none_of(indicator.unit)
    if target.kind == "limit":
        return f"{OPERATOR_LABELS[target.operator or '']} {value}"
    return f"{value}{'' if target.target_year is None else f' em {target.target_year}'}"


def latest(found: Reading) -> str:
    """The latest value with its unit; what falls short of its target, or passes it, never prints like it."""
    return words.with_unit(
        found.verdict.latest_value, found.indicator, short=True, line=found.target.target_value
    )


def people(found: Reading) -> str:
    """How many people or cases the target still asks for; empty where it is reached or nobody can be counted."""
    indicator, count = found.indicator, found.verdict.gap_cases
    if count is None or found.status in ("achieved", "within"):
        return ""
    if indicator.lacking and count > 0 and indicator.better != "lower":
        said = indicator.lacking[count > 1].format(words.number(count))
    else:
        said = sentences.gap_sentence(count, indicator.better, indicator.cases or None)
    if said and found.verdict.pooled:
        # The denominator is of three years, and so are the cases.
        said = f"{said} em {POOLED_WORD} anos"
    return f"{said} (contagem estimada)" if said and found.estimated else said


def missing(found: Reading) -> str:
    """What is missing for a table: people or cases, then the distance: `1.613 pessoas (5,5 p.p.)`; empty where none is."""
    away, count, indicator = distance(found), found.verdict.gap_cases, found.indicator
    if not away or not count or not people(found):
        return away
    if indicator.lacking and indicator.better != "lower":
        noun = indicator.lacking[count > 1].partition("{} ")[2]
    else:
        noun = indicator.cases[count > 1] if indicator.cases else ""
    return f"{words.number(count)} {noun} ({away})" if noun else away


POOLED_WORD = {2: "dois", 3: "três"}[verdicts.POOLED_YEARS]


def cautions(found: Reading) -> str:
    """What to keep in mind of the periods that the indicator's declaration warns of.

    A goal is read across all periods since its baseline; a limit on its latest year alone, whose own warning it bears.
    """
    return cautions_between(
        found.indicator, found.target.kind, found.target.baseline_year, found.verdict.latest_year
    )


def cautions_between(
    indicator: Indicator, kind: str, baseline_year: int | None, latest_year: int | None
) -> str:
    """The same of a target of this kind that was read from its baseline to its latest year."""
    if latest_year is None:
        return ""
    start = baseline_year if kind == "goal" else latest_year - 1
    if start is None:
        return ""
    return " ".join(item.text for item in indicator.cautions if start < item.period.year <= latest_year)


def reason(found: Reading) -> str:
    """Why a target has its reading, with the caution that goes with it."""
    return " ".join(filter(None, (found.verdict.reason, cautions(found))))


def _on_the_way(found: Reading) -> str:
    """Where a goal stands on its way; why it has its reading where there is no value to tell of."""
    target, verdict = found.target, found.verdict
    year, value, goal = verdict.latest_year, verdict.latest_value, target.target_value
    if year is None or value is None or target.target_year is None or goal is None:
        return verdict.reason
    return sentences.target_sentence(
        found.indicator, year, value, target.target_year, goal, verdict.expected_value, verdict.required_per_year,
        verdict.observed_per_year, target.baseline_year,
        step=year in target.milestones,
        tolerated=found.status == "on_track",
        when=f"de {found.when}" if verdict.pooled else "",
    )  # fmt: skip


def sentence(found: Reading) -> str:
    """Where a target stands: in words, with the pace needed and seen, and the people that are missing."""
    verdict = found.verdict
    if found.target.kind != "goal" or found.status in ("not_judged", "no_data", "missed"):
        parts = [verdict.reason, _unread_fact(found)]
    else:
        parts = [
            _on_the_way(found),
            verdict.reason if found.status == "worsening" else verdict.pooled_reason or "",
        ]
    if found.verdict.pooled and found.status != "not_judged":
        # The line beside it is of single years, and ends elsewhere.
        parts.append("O gráfico traz o valor de cada ano.")
    parts.append(cautions(found))
    if missing := people(found):
        parts.append(f"{missing}.")
    if found.sureness in ("likely", "unclear") and verdict.certain_reason:
        parts.append(verdict.certain_reason)
    return " ".join(part for part in parts if part)


def _unread_fact(found: Reading) -> str:
    """Of what has no reading, the last value, how far it was and the pace that it would need; empty otherwise.

    `65,9% em 2023, a 33,1 p.p. da meta: +3,3 p.p. por ano até 2033.` A slack of what cannot be would be a praise.
    """
    verdict, gap = found.verdict, found.verdict.gap
    if found.sureness != "unread" or gap is None or verdict.cause == "implausible":
        return ""
    if found.target.kind != "goal":
        # The reason has told the value and its date.
        size = words.difference(abs(gap), found.indicator, sign=False)
        # `p.p.` ends the sentence by itself.
        beyond = "Passava em" if found.target.operator in ("<", "<=") else "Faltavam"
        return f"{beyond if gap > 0 else 'A folga era de'} {size}".removesuffix(".") + "."
    value = _dated(latest(found), found.when)
    away = f"a {_way(found)} da meta" if gap > 0 else "já na meta"
    needed = verdict.required_per_year
    if needed is None or gap <= 0:
        return f"{value}, {away}."
    return f"{value}, {away}: {_yearly(needed, found.indicator)} até {found.target.target_year}."


_BOUND_WORDS = {">=": "mínimo", "<=": "máximo", "=": "esperado"}


def path(found: Reading) -> TargetPath | None:
    """The way that a chart draws: baseline, milestones, target; a level line for a limit; None for categories."""
    target = found.target
    if target.kind == "category" or target.target_value is None:
        return None
    if target.kind == "limit":
        last = found.verdict.latest_year or target.baseline_year
        if last is None:
            return None
        return TargetPath(last, target.target_value, word=_BOUND_WORDS.get(target.operator or "", "limite"))
    if target.target_year is None:
        return None
    start, value = target.baseline_year, target.baseline_value
    if start is None or value is None or (not target.milestones and _met_all_along(found)):
        start = value = None
    return TargetPath(
        target.target_year, target.target_value, start, value, dict(target.milestones), whose=target.steps_of
    )


def _met_all_along(found: Reading) -> bool:
    """Whether baseline and latest value are both where the target asks: a line from one to the other would lead back."""
    gap, aim, start = found.verdict.gap, found.target.target_value, found.target.baseline_value
    if gap is None or aim is None or start is None:
        return False
    return gap <= 0 and (start <= aim if found.indicator.better == "lower" else start >= aim)


def distance(found: Reading) -> str:
    """The distance still to go, with its unit; empty where there is none."""
    gap = found.verdict.gap
    return "" if gap is None or gap <= 0 else _way(found)


def situation(found: Reading) -> str:
    """The status in words, with how sure it is where that is less than certain."""
    return markup.doubted(found.status, found.sureness, found.target.demand)


def _span(year: int | None, pooled: bool) -> str:
    """A year in words, or the three that end in it where they are added up: `2018 a 2020`."""
    if year is None:
        return ""
    return f"{year - verdicts.POOLED_YEARS + 1} a {year}" if pooled else str(year)


def _dated(shown: str, when: str) -> str:
    """A value with the period it is of, for the rows of a calculation; empty where there is no value."""
    if shown == words.MISSING:
        return ""
    return f"{shown} {'de' if ' a ' in when else 'em'} {when}" if when else shown


def _way(found: Reading) -> str:
    """How far it still is to the target, or by how much it is past it."""
    gap = found.verdict.gap
    if gap is None:
        return ""
    size = words.difference(gap, found.indicator, sign=False)
    if not words.difference(gap, found.indicator).strip("+") or gap > 0:
        least = words.difference(10.0**-found.indicator.decimals, found.indicator, sign=False)
        return f"menos de {least}" if size == words.difference(0, found.indicator, sign=False) else size
    if found.verdict.cause == "implausible":
        # A slack of what cannot be would be a praise.
        return "nenhuma pelo número publicado, que não dá para ler"
    if gap == 0 or size == words.difference(0, found.indicator, sign=False):
        return "nenhuma"
    return f"nenhuma (folga de {size})"


def calculation(found: Reading) -> list[tuple[str, str]]:
    """Every number behind a reading, as pairs of term and text."""
    target, verdict, indicator = found.target, found.verdict, found.indicator
    goal = target.kind == "goal"
    # A value up to a deadline that is past is not the newest one, and an old one says nothing of today.
    head = {"missed": "Valor até o prazo", "no_data": "Último valor"}.get(found.status, "Valor atual")
    start = _span(target.baseline_year, verdict.pooled)
    interval = words.interval(verdict.interval_low, verdict.interval_high, indicator)
    rows = [
        ("Leitura", _read(found)),
        ("Linha de base", _dated(words.with_unit(found.start, indicator, short=True), start) if goal else ""),
        (head, _dated(latest(found), found.when)),
        ("Meta", aim(found)),
        *(_pace(found) if goal else ()),
        ("Distância até a meta", _way(found)),
        (
            "Força da leitura",
            verdict.certain_reason or "",
        ),
        ("Intervalo", f"{interval}, de contagens estimadas" if interval and found.estimated else interval),
        *(_other_methods(verdict) if goal else ()),
        ("O que mede", indicator.note),
        ("Cuidados", " ".join(words.caveats(indicator))),
        ("Base legal", target.legal_basis or ""),
    ]
    return [(term, text) for term, text in rows if text]


def _read(found: Reading) -> str:
    """Status and reason."""
    return f"{verdicts.status_word(found.status, found.target.demand)}. {reason(found)}".strip()


def _yearly(value: float | None, indicator: Indicator) -> str:
    """A change a year; empty without one."""
    if value is None:
        return ""
    size = words.difference(value, indicator)
    if value and size == words.difference(0, indicator):
        least = words.difference(10.0**-indicator.decimals, indicator, sign=False)
        size = f"menos de {least} a {'mais' if value > 0 else 'menos'}"
    return f"{size} por ano"


def _pace(found: Reading) -> list[tuple[str, str]]:
    verdict, indicator = found.verdict, found.indicator
    expected = verdict.expected_value
    # Of a target that is reached nothing is needed.
    needed = None if found.status == "achieved" else verdict.required_per_year
    since = f", a partir de {verdict.latest_year}" if found.status == "no_data" else ""
    decimals = verdicts.apart(needed, verdict.observed_per_year, indicator.decimals)
    rated = replace(indicator, decimals=decimals)
    said = "" if verdict.pace is None else f"{words.number(verdict.pace, 2)} do caminho previsto"
    scale = " (no ritmo: 0,95 ou mais; atenção: de 0,60 a 0,95)"
    return [
        (
            f"Previsto para {verdict.latest_year}",
            "" if expected is None else words.with_unit(expected, indicator, short=True),
        ),
        ("Ritmo", f"{said}{scale}" if said else ""),
        ("Ritmo necessário", f"{_yearly(needed, rated)}{since}" if needed is not None else ""),
        ("Ritmo observado", _yearly(verdict.observed_per_year, rated)),
    ]


def _other_methods(verdict: Verdict) -> list[tuple[str, str]]:
    def told(value: float | None, status: str | None, labels: Mapping[str, str]) -> str:
        if value is None:
            return "não se calcula"
        return f"{words.number(value, 2)} ({labels.get(status or '', status)})"

    same, _, computed = (verdict.concordance or "").partition("/")
    agreed = (
        f"{same} de {computed} {words.plural(int(computed), 'método', 'métodos')} "
        f"{words.plural(int(same), 'dá', 'dão')} a mesma classe"
        if computed
        else ""
    )
    return [
        ("Razão de taxas de crescimento (CAGR)", told(verdict.cagr_ratio, verdict.cagr_status, CAGR_LABELS)),
        ("Progresso pela ONU (2023)", told(verdict.un_q, verdict.un_status, UN_LABELS)),
        ("Concordância", agreed),
    ]
