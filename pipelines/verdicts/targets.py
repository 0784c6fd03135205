"""What is judged and what comes of it: observations, targets, verdicts and their words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipelines.verdicts.strength import Field, Oscillation

_Held = TypeVar("_Held")

STATUS_LABELS: Mapping[str, str] = {
    "achieved": "Meta alcançada",
    "on_track": "No ritmo",
    "at_risk": "Atenção",
    "off_track": "Fora do ritmo",
    "worsening": "Em retrocesso",
    "missed": "Prazo vencido",
    "within": "Dentro do limite",
    "alert": "Em alerta",
    "prudential": "Limite prudencial",
    "outside": "Fora do limite",
    "no_data": "Sem dado novo",
    "not_judged": "Sem leitura",
}
CAGR_LABELS: Mapping[str, str] = {
    "achieved": "Meta alcançada",
    "on_track": "No ritmo",
    "acceleration_needed": "Precisa acelerar",
    "limited": "Avanço limitado",
    "deterioration": "Retrocesso",
}
UN_LABELS: Mapping[str, str] = {
    "on_track": "No ritmo",
    "fair": "Avanço regular",
    "stagnation_or_regression": "Estagnação ou retrocesso",
}
REASON_OF_CHANGE_LABELS: Mapping[str, str] = {
    "new_data": "dado novo",
    "revised_data": "dado revisto pela fonte",
    "target_revised": "meta revista",
    "method_changed": "método alterado",
    "deadline_passed": "prazo vencido",
    "expired": "dado fora da validade",
}
DELIVERABLE_LABELS: Mapping[str, str] = {
    "to_do": "A fazer",
    "in_progress": "Em andamento",
    "done": "Concluída",
    "suspended": "Suspensa",
    "cancelled": "Cancelada",
    "overdue": "Atrasada",
    "never_updated": "Sem atualização",
}
# What is not to be handed over any more, or not for now: neither late nor due.
CLOSED_DELIVERABLES = ("done", "cancelled", "suspended")
OPERATOR_LABELS: Mapping[str, str] = {
    ">=": "pelo menos",
    "<=": "no máximo",
    ">": "acima de",
    "<": "abaixo de",
    "=": "igual a",
}
KIND_LABELS: Mapping[str, str] = {"goal": "Meta", "limit": "Limite", "category": "Categoria"}


@dataclass(frozen=True)
class Observation:
    """What was observed in one year (the latest period inside it).

    `value` is None when missing, and `flag` then says why. A category's value is its 1-based place in the
    indicator's categories. `break_before`: the method changed just before this observation. `period`: its last
    day, where that is known.
    """

    year: int
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    flag: str | None = None
    break_before: bool = False
    period: dt.date | None = field(default=None, compare=False)


# What a target of categories asks, where a limit has an operator.
CATEGORY = "category"


@dataclass(frozen=True)
class Target:
    """A target, with what its indicator says about itself.

    The first block has the columns of the table `targets`, under the same names; the second what judging
    needs from `indicators` and `milestones`. All have defaults, so that a caller gives only what is known.

    `kind`: goal (reach `target_value` by `target_year`), limit (a bound that holds every year) or category.
    `target_categories`: names, or one text with `|` between them. "A" also accepts "A+".
    `better`: higher, lower, or none (an indicator without direction). None means not given: the operator then
    says it, and without an operator nothing is assumed and nothing is judged.
    `multiplier`: value = numerator / denominator x multiplier.
    `milestones`: year -> value, the steps of the plan between baseline and target.
    `window`: years that one observation covers (3 for an indicator that already adds three years).
    `interval`: how chance moves the value: proportion, rate, or none (money: nothing is said of chance).
    None means not given: proportion for a multiplier of 100, rate for the others.
    `cohort`: whose level is measured anew at each edition on another small group of people; empty where it is not.
    `meaningful`: the smallest change worth a decision; None means not given, and then any change is.
    `rounded_to`: the source's rounding, within which of the deciding line nothing is claimed.
    `shelf_life`: months after its period for which a figure may be read as of today; None: for ever.
    `share`: a part of a whole, which only a count that is too low can bring beyond 100.
    `steps_of`: whose the yearly milestones are, for sentences: "Inep e MEC", "plano".
    """

    plan: str = ""
    plan_version: int = 1
    municipality_code: str = ""
    indicator: str = ""
    front: str | None = None
    challenge: str | None = None
    kind: str = "goal"
    operator: str | None = None
    baseline_year: int | None = None
    baseline_value: float | None = None
    target_year: int | None = None
    target_value: float | None = None
    target_categories: Sequence[str] | str = ()
    alert_value: float | None = None
    prudential_value: float | None = None
    responsible: str | None = None
    legal_basis: str | None = None

    better: str | None = None
    multiplier: float = 1
    decimals: int = 1
    unit: str = ""
    categories: Sequence[str] | str = ()
    range_low: float | None = None
    range_high: float | None = None
    milestones: Mapping[int, float] = field(default_factory=dict, hash=False)
    window: int = 1
    interval: str | None = None
    cohort: str = ""
    meaningful: float | None = None
    rounded_to: float | None = None
    shelf_life: int | None = None
    share: bool = False
    steps_of: str = ""

    @property
    def demand(self) -> str | None:
        """What it asks, for the words of its statuses: its operator, or `CATEGORY`."""
        return CATEGORY if self.kind == CATEGORY else self.operator


@dataclass(frozen=True)
class Item:
    """One item of a figure made of items with dates of their own (Cauc), at its picture's day.

    `state`: in_force, pending or unchecked. `valid_until`: the last day on which an item in force still is.
    """

    name: str
    state: str
    valid_until: dt.date | None = None


@dataclass(frozen=True)
class Grounds:
    """What judging may know of a target's municipality beyond its own series; by default nothing.

    `population`: its latest. `oscillation`: the usual one of the indicator's cohort. `fields`: by year, where the
    municipalities of its state stood in that edition; `medians`: by year, their median. `items`: of the latest
    figure, where it is made of such. `next_meeting`: until when items that expire are named.
    """

    population: float | None = None
    oscillation: Oscillation | None = None
    fields: Mapping[int, Field] = field(default_factory=dict, hash=False)
    medians: Mapping[int, float] = field(default_factory=dict, hash=False)
    items: Sequence[Item] = ()
    next_meeting: dt.date | None = None


@dataclass(frozen=True)
class Verdict:
    """The reading of one target: exactly the columns of the table `verdicts`.

    Values, gap and interval are in the indicator's unit, `*_per_year` in that unit a year. `reason` and
    `certain_reason` are sentences in Portuguese. `claim`: the side that the status claims, ahead or behind of
    `claim_line`, the line that decided it. `probability`: that the true level lies on that side. `strength`: firm,
    likely or unclear; `strength_basis`: counts, oscillation or register (a fact, without probability or strength).
    `certain`: whether the strength is firm; None where there is none.
    `concordance` is "a/c": of c computable methods, a fall in the verdict's class. `pooled`: the values are those of
    three years added up, and `pooled_reason` is the sentence that says so, with what they gave. `cause`: why a value
    that is there is not read: implausible (beyond what can be) or stale (too old, or made of items that expired).
    """

    plan: str
    plan_version: int
    municipality_code: str
    indicator: str
    status: str
    reason: str
    latest_year: int | None = None
    latest_value: float | None = None
    expected_value: float | None = None
    pace: float | None = None
    observed_per_year: float | None = None
    required_per_year: float | None = None
    gap: float | None = None
    gap_cases: int | None = None
    certain: bool | None = None
    certain_reason: str | None = None
    interval_low: float | None = None
    interval_high: float | None = None
    cagr_ratio: float | None = None
    cagr_status: str | None = None
    un_q: float | None = None
    un_status: str | None = None
    concordance: str | None = None
    claim: str | None = None
    claim_line: float | None = None
    probability: float | None = None
    strength: str | None = None
    strength_basis: str | None = None
    pooled: bool = False
    pooled_reason: str | None = None
    cause: str | None = None


def changed(item: _Held, **values: Any) -> _Held:
    """A copy of a frozen dataclass with other values in some fields, as `dataclasses.replace`.

    Without its initializer, which passes thirty fields one by one: of a country's 94,000 verdicts that was more than
    half of judging. TypeError for a field that it does not have.

    >>> changed(Observation(2020, 1.0), value=2.0) == Observation(2020, 2.0)
    True
    """
    held = vars(item)
    made = object.__new__(type(item))
    vars(made).update(held)
    vars(made).update(values)
    if len(vars(made)) != len(held):
        raise TypeError(
            f"{type(item).__name__} has no field {', '.join(sorted(values.keys() - held.keys()))}"
        )
    return made


def whole_year(value: int | None) -> int | None:
    """The year; None for None and for NaN, which data frames use for missing."""
    return None if value is None or value != value else value


def names(listed: Sequence[str] | str | None) -> tuple[str, ...]:
    """Categories as a tuple, from a list or from one text with `|` between them.

    >>> names("A|B"), names(["A+", "A"]), names(None)
    (('A', 'B'), ('A+', 'A'), ())
    """
    if listed is None:
        return ()
    parts = listed.split("|") if isinstance(listed, str) else listed
    return tuple(str(part).strip() for part in parts if str(part).strip())


def deliverable_state(
    status: str | None, due: dt.date | None, updated_at: dt.date | None, as_of: dt.date
) -> str:
    """How a deliverable stands on the date `as_of`: done, cancelled, suspended, overdue, never_updated, in_progress or to_do.

    Done, cancelled and suspended win over a past date, since nobody is late with what is not to be handed over, and
    overdue over never updated: what is late is said first. "Never updated" is said of a deliverable that nobody has
    reported on, whatever its status says.

    >>> day = dt.date(2026, 11, 22)
    >>> deliverable_state("in_progress", dt.date(2026, 11, 21), None, day)
    'overdue'
    >>> deliverable_state("in_progress", day, None, day), deliverable_state("done", None, None, day)
    ('never_updated', 'done')
    >>> deliverable_state("cancelled", dt.date(2026, 6, 30), None, day)
    'cancelled'
    """
    if status in CLOSED_DELIVERABLES:
        return str(status)
    if due is not None and due < as_of:
        return "overdue"
    if updated_at is None:
        return "never_updated"
    return "in_progress" if status == "in_progress" else "to_do"
