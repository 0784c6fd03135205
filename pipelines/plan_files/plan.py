"""A municipal plan as it was read: its targets and deliverables, and what each of its numbers was read from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.declarations import PASSES, Indicator, Source
from pipelines.verdicts import Remark, Target, changed


class Measure(Indicator):
    """An indicator by the few facts that a plan asks of it, for those who declare none.

    `interval` and `window` as in `Indicator`; without an interval the multiplier tells it, as in `Target`.
    """

    def __init__(
        self, indicator: str, title: str, front: str, unit: str, decimals: int, better: str, kind: str,
        categories: tuple[str, ...], range_low: float | None, range_high: float | None, multiplier: float,
        interval: str | None = None, window: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(
            indicator=indicator, title=title, short=title[:24], article="o", area="", front=front, unit=unit,
            decimals=decimals, better=better, kind=kind,
            range=(
                float("-inf") if range_low is None else range_low,
                float("inf") if range_high is None else range_high,
            ),
            aggregation="none", periodicity="", source="", note="", multiplier=multiplier, categories=categories,
            interval=interval or ("proportion" if multiplier == 100 else "rate"), window=window,
        )  # fmt: skip


@dataclass(frozen=True)
class Deliverable:
    """What the plan hands over, when; the fields are columns of the table `deliverables`.

    `status_reason`: why it was cancelled or suspended, where it is and somebody says so.
    """

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
    status_reason: str | None = None


@dataclass(frozen=True)
class AsRead:
    """One number of a plan: where it stands, what its cell shows and the value taken.

    `what`: Meta, Linha de base de 2023, Marco de 2026, Alerta, Prudencial, Categorias aceitas. `value` is in the
    indicator's unit and written as people write it; `indicator` its id, `row` None where the file has no rows.
    """

    sheet: str
    row: int
    indicator: str
    what: str
    shown: str
    value: str

    @property
    def text(self) -> str:
        """What was read as what: `95%, lido como 95`."""
        return f"{self.shown}, lido como {self.value}"


@dataclass(frozen=True)
class PlanFile:
    """A municipal plan, read and without faults.

    `rows`: where each indicator's target stands in the file. `as_read`: every target, baseline, milestone and bound
    with what its cell shows. `marked`: whether the file itself says that it is a demonstration; `origin` also knows
    one by its content.
    """

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
    as_read: tuple[AsRead, ...] = field(default=(), hash=False, compare=False)
    marked: bool = field(default=True, compare=False)


@dataclass(frozen=True)
class Note:
    """A doubt that does not refuse the plan: the remark with the place of what it doubts in the file."""

    indicator: str
    row: int | None
    remark: Remark
    sheet: str = "Metas"

    @property
    def text(self) -> str:
        """The doubt as one line in Portuguese."""
        return f"Aba {self.sheet}, linha {self.row}: {self.remark.text}" if self.row else self.remark.text


def target_of(facts: Indicator, **given: Any) -> Target:
    """A target on an indicator, with the indicator's facts filled in."""
    low, high = facts.range
    return Target(
        indicator=facts.indicator,
        better=facts.better,
        multiplier=facts.multiplier,
        decimals=facts.decimals,
        unit=facts.unit,
        categories=facts.categories,
        range_low=low,
        range_high=high,
        window=facts.window,
        interval=facts.interval,
        cohort=facts.cohort or "",
        meaningful=facts.meaningful,
        share=PASSES in facts.caveats,
        **given,
    )


def of_source(target: Target, source: Source | None) -> Target:
    """The target with what the source of its indicator says of its figures: for how long they hold, how they round."""
    if source is None:
        return target
    return changed(target, shelf_life=source.shelf_life, rounded_to=source.rounded_to)
