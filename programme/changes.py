"""What a version of a plan changes of the version before it: every target, deadline and baseline, as `40% → 25%`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.declarations import Indicator
from pipelines.plan_files import PlanFile
from pipelines.verdicts import KIND_LABELS, OPERATOR_LABELS, Target, pt_number
from pipelines.verdicts.units import MONEY, UNSAID, sign
from programme.state import ACCEPTED, Change, State

GONE = "retirada"
NOTHING = "sem valor"


def changes_between(before: PlanFile, after: PlanFile, measures: Mapping[str, Indicator]) -> list[Change]:
    """Every change that asks for a reason, in the order of the earlier plan; what is new asks for none."""
    found: list[Change] = []
    later = {target.indicator: target for target in after.targets}
    for target in before.targets:
        title = measures[target.indicator].title
        now = later.get(target.indicator)
        if now is None:
            whole = _value(target, target.target_value) if target.kind != "category" else _names(target)
            key = f"{target.indicator}/gone"
            found.append(Change(key, target.indicator, None, f"{title}, meta", whole, GONE, True))
        else:
            found += _of_target(title, target, now)
    items = {item.deliverable_id: item for item in after.deliverables}
    for item in before.deliverables:
        named = f"Entrega {item.deliverable_id}"
        new = items.get(item.deliverable_id)
        key = f"entrega:{item.deliverable_id}"
        if new is None:
            until = f"prazo {item.due:%d/%m/%Y}"
            found.append(Change(f"{key}/gone", item.indicator, item.deliverable_id, named, until, GONE, True))
        elif new.due != item.due:
            found.append(
                Change(
                    f"{key}/due", item.indicator, item.deliverable_id, f"{named}, prazo",
                    f"{item.due:%d/%m/%Y}", f"{new.due:%d/%m/%Y}", new.due > item.due,
                )
            )  # fmt: skip
    return found


def _of_target(title: str, was: Target, now: Target) -> Iterator[Change]:
    def change(key: str, what: str, before: str, after: str, eased: bool | None) -> Change:
        return Change(f"{was.indicator}/{key}", was.indicator, None, f"{title}, {what}", before, after, eased)

    if was.kind != now.kind:
        yield change("kind", "tipo", KIND_LABELS[was.kind], KIND_LABELS[now.kind], None)
    if was.operator != now.operator:
        yield change("operator", "sentido", _sense(was), _sense(now), None)
    for key, what in (
        ("target_value", "limite" if was.kind == "limit" else "meta"),
        ("alert_value", "alerta"),
        ("prudential_value", "prudencial"),
        ("baseline_value", "linha de base"),
    ):
        old, new = getattr(was, key), getattr(now, key)
        if old != new:
            eased = _eased(was, old, new) if key == "target_value" else None
            yield change(key, what, _value(was, old), _value(now, new), eased)
    if tuple(was.target_categories) != tuple(now.target_categories):
        more = set(was.target_categories) < set(now.target_categories)
        fewer = set(now.target_categories) < set(was.target_categories)
        eased = True if more else False if fewer else None
        yield change("target_categories", "categorias aceitas", _names(was), _names(now), eased)
    for key, what in (("target_year", "prazo"), ("baseline_year", "ano de base")):
        old, new = getattr(was, key), getattr(now, key)
        if old != new:
            later = None if key != "target_year" or old is None or new is None else new > old
            yield change(key, what, str(old or NOTHING), str(new or NOTHING), later)
    for year in sorted(set(was.milestones) | set(now.milestones)):
        old, new = was.milestones.get(year), now.milestones.get(year)
        if old != new:
            eased = _eased(was, old, new)
            yield change(f"marco:{year}", f"marco de {year}", _value(was, old), _value(now, new), eased)


def _eased(target: Target, old: float | None, new: float | None) -> bool | None:
    """Whether the later value asks less; None where the direction is not known."""
    if old is None:
        return None
    if new is None:
        return True
    up = {">=": True, ">": True, "<=": False, "<": False}.get(target.operator or "")
    return None if up is None else (new < old) == up


def _sense(target: Target) -> str:
    return OPERATOR_LABELS.get(target.operator or "", NOTHING)


def _names(target: Target) -> str:
    return " ou ".join(target.target_categories) or NOTHING


def _value(target: Target, value: float | None) -> str:
    """A value with its unit, with as many decimals as it has and no fewer than its indicator shows if it has any."""
    if value is None:
        return NOTHING
    decimals = next((few for few in range(7) if round(value, few) == value), 6)
    number = pt_number(value, max(decimals, target.decimals) if decimals else 0)
    mark = sign(target.unit)
    if mark == MONEY:
        return f"{MONEY} {number}{target.unit.removeprefix(MONEY)}"
    rest = target.unit.removeprefix(mark)
    return f"{number}{mark}" if mark else number if rest in UNSAID else f"{number} {rest}"


def history(state: State, plan: str) -> list[Change]:
    """Every change that accepted versions brought, with its reason, who sent it and when; oldest first."""
    return [change for one in state.versions(plan) if one.state == ACCEPTED for change in one.changes]


def as_held(change: Change, reason: str) -> dict[str, Any]:
    """A change with its reason, as an event holds it."""
    given = {
        name: getattr(change, name)
        for name in ("key", "indicator", "deliverable_id", "what", "before", "after", "eased")
    }
    return {**given, "reason": reason}
