"""A plan as an event holds it, and back: what the file said, in plain JSON, without what indicators say of themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pipelines.declarations import Indicator
from pipelines.plan_files import (
    DELIVERABLE_COLUMNS,
    PLAN_FIELDS,
    TARGET_COLUMNS,
    AsRead,
    Deliverable,
    PlanFile,
    target_of,
)
from programme.state import Progress

_HEAD = tuple(column.key for column in PLAN_FIELDS)
_TARGET = tuple(column.key for column in TARGET_COLUMNS)
_DELIVERABLE = tuple(column.key for column in DELIVERABLE_COLUMNS)
_DATES = ("start", "due", "updated_at")


def content_of(plan: PlanFile) -> dict[str, Any]:
    """What a plan says, in plain JSON."""
    return {
        "head": {name: _plain(getattr(plan, name)) for name in _HEAD},
        "marked": plan.marked,
        "targets": [
            {
                **{name: _plain(getattr(target, name)) for name in _TARGET},
                "milestones": {str(year): value for year, value in sorted(target.milestones.items())},
            }
            for target in plan.targets
        ],
        "deliverables": [
            {name: _plain(getattr(item, name)) for name in _DELIVERABLE} | {"challenge": item.challenge}
            for item in plan.deliverables
        ],
        "rows": dict(plan.rows),
        "as_read": [asdict(noted) for noted in plan.as_read],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def plan_of(
    content: Mapping[str, Any], measures: Mapping[str, Indicator], file: str = "", *, known: bool = False
) -> PlanFile:
    """The plan of an event. Raises KeyError where an indicator of it is declared no more.

    `known`: such targets are left out instead.
    """
    head = {**content["head"], "valid_from": dt.date.fromisoformat(content["head"]["valid_from"])}
    targets = tuple(
        target_of(
            measures[given["indicator"]],
            **{name: given[name] for name in _TARGET if name not in ("indicator", "target_categories")},
            target_categories=tuple(given["target_categories"]),
            milestones={int(year): value for year, value in given["milestones"].items()},
            plan=head["plan"],
            plan_version=head["plan_version"],
            municipality_code=head["municipality_code"],
        )
        for given in content["targets"]
        if given["indicator"] in measures or not known
    )
    return PlanFile(
        **head,
        targets=targets,
        deliverables=deliverables_of(content),
        file=file,
        rows=content["rows"],
        as_read=tuple(AsRead(**noted) for noted in content["as_read"]),
        marked=content["marked"],
    )


def deliverables_of(content: Mapping[str, Any]) -> tuple[Deliverable, ...]:
    """The deliverables of an event's plan, whatever became of its indicators."""
    return tuple(_deliverable(given) for given in content["deliverables"])


def _deliverable(given: Mapping[str, Any]) -> Deliverable:
    dates = {name: dt.date.fromisoformat(given[name]) if given[name] else None for name in _DATES}
    return Deliverable(**{**given, **dates})


def current(item: Deliverable, version: int, told: tuple[Progress, ...]) -> Deliverable:
    """A deliverable of a version with what was told of it: the latest told of that version or of one before it.

    Where the plan's own file is of a later date than that, the file holds: it was the last word.
    """
    told = tuple(one for one in told if one.version <= version)
    if not told:
        return item
    last = told[-1]
    if last.version < version and item.updated_at is not None and item.updated_at > last.date:
        return item
    stopped = last.status in ("suspended", "cancelled")
    return replace(
        item,
        status=last.status,
        percent=last.percent,
        updated_at=last.date,
        status_reason=last.sentence if stopped else None,
    )
