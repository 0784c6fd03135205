"""How sure a verdict is of the side that it claims, and whether a fall may be called one.

Method: section "Strength" of `strength`; every verdict claims to be ahead or behind of the line that decided its
status. A register (accounts, grades, lists of pending items) is a fact: it has no probability and needs none.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.verdicts.describing import has_counts, interval_of
from pipelines.verdicts.methods import ON_TRACK, TINY, finite
from pipelines.verdicts.strength import (
    STRENGTH_LABELS,
    cohort_move,
    cohort_probability,
    counts_move,
    probability_beyond,
    register_move,
    strength_of,
    weaker,
    worsening_strength,
)
from pipelines.verdicts.targets import Grounds, Observation, Target, Verdict, changed
from pipelines.verdicts.texts import Texts, pt_number

AHEAD = frozenset({"achieved", "on_track", "within"})
BEHIND = frozenset({"worsening", "at_risk", "off_track", "missed", "alert", "prudential", "outside"})

REGISTER = "Registro oficial: o número é o que está registrado, sem margem de acaso."
TOO_FEW_EDITIONS = "Ainda não há edições, ou casos, bastantes para medir a oscilação usual deste indicador em municípios deste tamanho."
NO_READING = "Sem leitura, nada há a testar."
NO_VALUE_OF_THE_YEAR = "Sem dado do ano do prazo, nada há a testar."


def claim_of(status: str) -> str | None:
    """The side that a status claims: ahead, behind, or None."""
    return "ahead" if status in AHEAD else "behind" if status in BEHIND else None


def sureness(status: str, strength: str | None, basis: str | None) -> str:
    """How a reading counts and is drawn: firm (register facts too), likely, unclear, or unread without a claim.

    >>> sureness("within", None, "register"), sureness("on_track", "likely", "counts"), sureness("missed", None, None)
    ('firm', 'likely', 'unclear')
    """
    if claim_of(status) is None:
        return "unread"
    if strength == "firm" or basis == "register":
        return "firm"
    return "likely" if strength == "likely" else "unclear"


@dataclass(frozen=True)
class Side:
    """How sure it is that the true level lies on the claimed side of a line; fields as in a verdict.

    `drawn`: whether the probability is that of the level drawn back to its state's, and not of the value as it came.
    """

    probability: float | None
    strength: str | None
    basis: str | None
    drawn: bool = False


def side_of(
    target: Target,
    latest: Observation,
    claim: str,
    line: float,
    sign: int | None,
    grounds: Grounds,
) -> Side:
    """How sure the claim is; `sign`: +1 where higher is better, -1 where lower is, None: no side to test."""
    counted = has_counts(target, latest)
    if sign is None or latest.value is None:
        return Side(None, None, None if counted or target.cohort else "register")
    better = "higher" if sign > 0 else "lower"
    other = "lower" if sign > 0 else "higher"
    by_counts = (
        probability_beyond(
            expected=line,
            better=better if claim == "ahead" else other,
            numerator=latest.numerator,
            denominator=latest.denominator,
            multiplier=target.multiplier,
            interval=interval_of(target),
        )
        if counted
        else None
    )
    estimated = latest.flag == "estimated"
    by_cohort = plain = None
    swing = _swing(target, grounds)
    if swing is not None and (by_counts is None or estimated):
        plain, by_cohort = (
            cohort_probability(
                side=claim,
                expected=line,
                better=better,
                value=latest.value,
                level_deviation=swing,
                field=field,
            )
            for field in (None, grounds.fields.get(latest.year))
        )
    known = [chance for chance in (by_counts, by_cohort) if chance is not None]
    if not known:
        return Side(None, None, None if counted or target.cohort else "register")
    chance = min(known)
    few = by_cohort is not None and grounds.oscillation is not None and grounds.oscillation.at_most_likely
    near = target.rounded_to is not None and abs(latest.value - line) <= target.rounded_to * (1 + TINY)
    strength = strength_of(chance, at_most_likely=few or estimated, within_rounding=near)
    if chance == by_counts:
        return Side(chance, strength, "counts")
    return Side(chance, strength, "oscillation", drawn=plain is not None and chance < plain)


def _swing(target: Target, grounds: Grounds) -> float | None:
    """Standard deviation of one edition's level in a town of this size; None where it cannot be told."""
    people = finite(grounds.population)
    if not target.cohort or grounds.oscillation is None or people is None or people <= 0:
        return None
    return grounds.oscillation.level_deviation(people)


def fall(
    target: Target,
    ends: tuple[Observation | None, Observation],
    start: float,
    line: float,
    sign: int,
    grounds: Grounds,
) -> str | None:
    """Strength of "Em retrocesso" of a value on the wrong side of its baseline; None where it may not be said.

    `ends`: the baseline's observation, if there is one, and the latest. `start`: the plan's baseline value.
    """
    base, latest = ends
    assert latest.value is not None
    change = latest.value - start
    # Without a declared least change any change is one: nobody said which are too small.
    least = 0.0 if target.meaningful is None else target.meaningful
    side = side_of(target, latest, "behind", line, sign, grounds)
    by_cohort = (
        cohort_move(
            baseline=start,
            value=latest.value,
            population=grounds.population,
            oscillation=grounds.oscillation,
            field=grounds.fields.get(target.baseline_year) if target.baseline_year is not None else None,
        )
        if target.cohort
        else None
    )
    if side.basis == "register":
        move = register_move(change=change, meaningful=least)
        return worsening_strength(move=move, side="firm", change=change, meaningful=least)
    if has_counts(target, latest):
        move = None
        if base is not None and has_counts(target, base) and same_baseline(target, start, base):
            move = counts_move(
                baseline_numerator=base.numerator,
                baseline_denominator=base.denominator,
                numerator=latest.numerator,
                denominator=latest.denominator,
                interval=interval_of(target),
            )
        if "estimated" in (latest.flag, base.flag if base is not None else None):
            move = weaker(move, by_cohort, "likely")
        elif move is None:
            move = by_cohort
    else:
        move = by_cohort
    return worsening_strength(move=move, side=side.strength, change=change, meaningful=least)


def same_baseline(target: Target, start: float | None, base: Observation) -> bool:
    """Whether the plan's baseline is the published one, give or take rounding."""
    if start is None or base.value is None:
        return False
    return abs(start - base.value) <= max(10.0**-target.decimals, 0.01 * abs(base.value)) * (1 + TINY)


def with_strength(
    found: Verdict,
    target: Target,
    latest: Observation,
    line: float | None,
    sign: int | None,
    grounds: Grounds,
    limit: str | None = None,
) -> Verdict:
    """Add the claim, its line, and how sure it is. `limit`: a strength that it may not pass (of a fall)."""
    claim = claim_of(found.status)
    if claim is None or line is None:
        return changed(found, certain_reason=NO_READING)
    side = side_of(target, latest, claim, line, sign, grounds)
    strength = side.strength
    fell = ""
    if limit is not None and side.basis != "register":
        strength = weaker(strength, limit)
        if strength != side.strength:
            fell = f" Que houve queda é {STRENGTH_LABELS[limit]}: a mudança pode ser em parte acaso."
    return changed(
        found,
        claim=claim,
        claim_line=line,
        probability=side.probability,
        strength=strength,
        strength_basis=side.basis,
        certain=None if strength is None else strength == "firm",
        certain_reason=how(target, latest, changed(side, strength=strength), claim, line, sign, grounds)
        + fell,
    )


def how(
    target: Target,
    latest: Observation,
    side: Side,
    claim: str,
    line: float,
    sign: int | None,
    grounds: Grounds,
) -> str:
    """One sentence on how the strength was found."""
    text = Texts(target)
    if side.basis == "register":
        return REGISTER
    if side.probability is None or side.strength is None or sign is None:
        return TOO_FEW_EDITIONS if target.cohort else "As contagens publicadas não permitem medir a certeza."
    above = (claim == "ahead") == (sign > 0)
    word = STRENGTH_LABELS[side.strength].capitalize()
    where = f"o nível verdadeiro estar {'acima' if above else 'abaixo'} de {text.value(line, latest.value)}{_named(target, line)}"
    told = f"{word}: a probabilidade de {where} é de {percent(side.probability)}"
    if side.basis == "counts":
        return f"{told}, pelas contagens{' estimadas, e por isso no máximo provável' if latest.flag == 'estimated' else ''}."
    few = ""
    if grounds.oscillation is not None and grounds.oscillation.at_most_likely:
        few = f"; são só {grounds.oscillation.changes} variações medidas, por isso no máximo provável"
    drawn = ", com o valor puxado para a mediana do estado, porque os extremos voltam" if side.drawn else ""
    return f"{told}, pela oscilação usual de municípios deste tamanho{_usual(text, grounds)}{drawn}{few}."


def _named(target: Target, line: float) -> str:
    """What a line is that no plan states: 95% of a path. Empty for targets and bounds, which the reason says."""
    stated = (target.target_value, target.alert_value, target.prudential_value)
    return "" if line in stated else f" ({percent(ON_TRACK)} do caminho previsto)"


def _usual(text: Texts, grounds: Grounds) -> str:
    people = finite(grounds.population)
    if grounds.oscillation is None or people is None or people <= 0:
        return ""
    limit = text.difference(grounds.oscillation.limit(people), fine=False)
    return f" (95 em cada 100 mudam até {limit} de uma edição para a outra)"


def percent(probability: float) -> str:
    """A probability as people read it, never rounded up to certainty: `83%`, `mais de 99,9%`, `menos de 0,1%`.

    >>> percent(0.834), percent(0.99963), percent(0.0004), percent(0.9962)
    ('83%', 'mais de 99,9%', 'menos de 0,1%', '99,6%')
    """
    if probability > 0.999:
        return "mais de 99,9%"
    if probability < 0.001:
        return "menos de 0,1%"
    fine = probability > 0.985 or probability < 0.015
    return f"{pt_number(probability * 100, 1 if fine else 0)}%"
