"""Limits and categories: the latest year alone decides."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence

from pipelines.verdicts.certainty import NO_READING, REGISTER, with_strength
from pipelines.verdicts.describing import (
    comparable,
    describe,
    history,
    implausible,
    last_known,
    latest_of,
    stale,
    unasked,
    verdict,
)
from pipelines.verdicts.methods import TINY, finite
from pipelines.verdicts.targets import (
    OPERATOR_LABELS,
    Grounds,
    Item,
    Observation,
    Target,
    Verdict,
    changed,
    names,
)
from pipelines.verdicts.texts import Texts

SIDES: Mapping[str, int] = {">=": 1, ">": 1, "<=": -1, "<": -1}


def operator_of(target: Target) -> str:
    """The operator of a limit, from the better side where it is not given; empty where nobody says."""
    return target.operator or {"higher": ">=", "lower": "<="}.get(target.better or "", "")


def _holds(operator: str, value: float, bound: float) -> bool:
    """Whether a value is inside a bound; an equal one is inside for >=, <= and =, outside for < and >."""
    equal = math.isclose(value, bound, rel_tol=TINY, abs_tol=TINY)
    if operator in (">=", "<=", "="):
        return equal or (operator == ">=" and value > bound) or (operator == "<=" and value < bound)
    return not equal and (value > bound if operator == ">" else value < bound)


def judge_limit(target: Target, seen: Mapping[int, Observation], as_of: dt.date, grounds: Grounds) -> Verdict:
    """A bound that holds every year: the latest year alone decides."""
    bound = finite(target.target_value)
    operator = operator_of(target)
    if bound is None:
        return unasked(target, "O município não tem limite para este indicador.", seen)
    if operator not in OPERATOR_LABELS:
        return unasked(target, "O plano não diz de que lado do limite o valor deve ficar.", seen)
    latest = latest_of(seen)
    sign = SIDES.get(operator)
    if latest is None or latest.value is None:
        silent = verdict(target, "no_data", _silent(target, seen))
        known = last_known(seen)
        # The fact and its distance are told with their year, and claim nothing of today.
        return changed(describe(silent, target, known, sign), certain_reason=NO_READING) if known else silent
    if found := _unreadable(target, latest, as_of, sign):
        return found
    if grounds.items:
        return _judge_items(target, latest, as_of, sign, grounds)
    text = Texts(target)
    value = latest.value
    alert, prudential = finite(target.alert_value), finite(target.prudential_value)
    if not _holds(operator, value, bound):
        status, line = "outside", bound
    elif prudential is not None and not _holds(operator, value, prudential):
        status, line = "prudential", prudential
    elif alert is not None and not _holds(operator, value, alert):
        status, line = "alert", alert
    else:
        status, line = "within", bound if alert is None else alert
    reason, kept = bounded(text, operator, value, (bound, prudential, alert), status, text.when(latest))
    reason += history(kept, [_holds(operator, one, bound) for one in comparable(seen)], seen)
    found = describe(verdict(target, status, reason), target, latest, sign)
    return with_strength(found, target, latest, line, sign, grounds)


def bounded(
    text: Texts,
    operator: str,
    value: float,
    lines: tuple[float, float | None, float | None],
    status: str,
    when: str,
) -> tuple[str, str]:
    """A value beside its bound in a sentence, and what it is to have kept it. `lines`: bound, prudential, alert."""
    bound, prudential, alert = lines
    wanted, kept, _ = text.demand(operator, bound)
    if status == "alert" and alert is not None:
        wanted += f", e {text.warning(operator, alert, 'o alerta')}"
    if status == "prudential" and prudential is not None:
        wanted += f", e {text.warning(operator, prudential, 'o limite prudencial')}"
    return f"{text.measured(value, bound, prudential, alert)} em {when}; {wanted}.", kept


def _unreadable(target: Target, latest: Observation, as_of: dt.date, sign: int | None) -> Verdict | None:
    """The verdict on a value that is impossible or too old; None where it can be read."""
    status, why, cause = "not_judged", implausible(target, latest), "implausible"
    if not why:
        status, why, cause = "no_data", stale(target, latest, as_of), "stale"
    if not why:
        return None
    found = describe(verdict(target, status, why), target, latest, sign)
    return changed(found, certain_reason=NO_READING, cause=cause)


def _judge_items(
    target: Target, latest: Observation, as_of: dt.date, sign: int | None, grounds: Grounds
) -> Verdict:
    """A figure made of items with dates of their own, each read at the date of judging.

    An item that expired since the picture was taken is neither pending nor in order: within needs every item in
    force, and outside one that is pending.
    """
    text = Texts(target)
    pending = [item for item in grounds.items if item.state == "pending"]
    expired = [
        item
        for item in grounds.items
        if item.state == "in_force" and item.valid_until is not None and item.valid_until < as_of
    ]
    when = text.when(latest)
    if pending:
        counted = f"{len(pending)} {'pendência' if len(pending) == 1 else 'pendências'} em {when}"
        reason = f"{counted}: {_named(pending)}."
        if latest.period is not None and latest.period < as_of:
            reason += " É o retrato desse dia: o que foi regularizado depois não aparece."
        if expired:
            reason += f" {_since(expired)}"
        status = "outside"
    elif expired:
        status = "no_data"
        reason = f"Nenhuma pendência em {when}, mas {_since(expired, lower=True)}"
    else:
        status, reason = "within", f"Nenhuma pendência em {when}."
    if status == "within" and (soon := _expiring(grounds, as_of)):
        reason += soon
    found = describe(verdict(target, status, reason), target, latest, sign)
    if status == "no_data":
        # None pending then says nothing of how far it is today.
        return changed(found, gap=None, certain_reason=NO_READING, cause="stale")
    return with_strength(found, target, latest, finite(target.target_value), None, grounds)


def _named(items: Sequence[Item]) -> str:
    return "; ".join(item.name for item in items)


def _since(items: Sequence[Item], lower: bool = False) -> str:
    """Which items expired since the picture, by their numbers, and that nothing is known of them."""
    head = "1 item venceu" if len(items) == 1 else f"{len(items)} itens venceram"
    numbers = ", ".join(item.name.partition(" ")[0] for item in items)
    text = f"{head} desde então ({numbers}): não se sabe como está hoje."
    return text if lower else text[0].upper() + text[1:]


def _expiring(grounds: Grounds, as_of: dt.date) -> str:
    """Which items in force expire before the next meeting; empty without one."""
    until = grounds.next_meeting
    if until is None or until < as_of:
        return ""
    soon = [item for item in grounds.items if item.valid_until is not None and item.valid_until <= until]
    dated = "; ".join(f"{item.name} ({item.valid_until:%d/%m/%Y})" for item in soon)
    return f" Vence antes da próxima reunião: {dated}." if soon else ""


AMONG = "Esteve entre elas"


def graded(grade: str, year: int, wanted: Sequence[str]) -> str:
    """A category beside the accepted ones in a sentence."""
    return f"{grade} em {year}; aceitas: {', '.join(wanted)}."


def judge_category(target: Target, seen: Mapping[int, Observation], as_of: dt.date) -> Verdict:
    """A set of accepted categories: the latest year alone decides."""
    accepted, categories = names(target.target_categories), names(target.categories)
    if not accepted:
        return unasked(target, "O município não tem categoria a alcançar neste indicador.", seen)
    latest = latest_of(seen)
    if latest is None or latest.value is None:
        silent, last = verdict(target, "no_data", _silent(target, seen)), last_known(seen)
        if last is None:
            return silent
        return changed(silent, latest_year=last.year, latest_value=last.value, certain_reason=NO_READING)
    if latest.value != int(latest.value) or not 1 <= latest.value <= len(categories):
        return verdict(target, "not_judged", "A categoria publicada não é conhecida.")

    def member(place: float) -> bool:
        return accepted_among(categories[int(place) - 1], accepted)

    if not any(member(place) for place in range(1, len(categories) + 1)):
        return verdict(target, "not_judged", "As categorias aceitas não existem neste indicador.")
    grade = categories[int(latest.value) - 1]
    if why := stale(target, latest, as_of, grade):
        return changed(
            verdict(target, "no_data", why),
            latest_year=latest.year,
            latest_value=latest.value,
            certain_reason=NO_READING,
            cause="stale",
        )
    known = [value for value in comparable(seen) if 1 <= value <= len(categories)]
    status = "within" if member(latest.value) else "outside"
    wanted = [name for place, name in enumerate(categories, 1) if member(place)]
    reason = graded(grade, latest.year, wanted)
    reason += history(AMONG, [member(place) for place in known], seen)
    return changed(
        verdict(target, status, reason),
        claim="ahead" if status == "within" else "behind",
        strength_basis="register",
        latest_year=latest.year,
        latest_value=latest.value,
        certain_reason=REGISTER,
    )


def _silent(target: Target, seen: Mapping[int, Observation]) -> str:
    if not seen:
        return "Nenhum dado publicado."
    year = max(seen)
    why = {
        "not_eligible": f"O município não era elegível em {year}.",
        "suppressed": f"O dado de {year} foi omitido por sigilo.",
        "not_in_existence": f"O município ainda não existia em {year}.",
    }.get(seen[year].flag or "", f"O dado de {year} não está disponível na fonte.")
    known = last_known(seen)
    last = ""
    if known is not None and known.value is not None:
        categories, accepted = names(target.categories), names(target.target_categories)
        shown = Texts(target).value(known.value)
        if categories and 1 <= known.value <= len(categories):
            shown = categories[int(known.value) - 1]
            shown += f", {'' if accepted_among(shown, accepted) else 'que não está '}entre as aceitas"
        last = f" O último dado é de {known.year}: {shown}; não diz como está hoje."
    return f"{why}{last}"


def accepted_among(grade: str, accepted: Sequence[str]) -> bool:
    """Whether a category is among the accepted ones; A+ goes with A."""
    return grade in accepted or grade.rstrip("+") in accepted
