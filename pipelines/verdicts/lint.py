"""Doubts about a target before it is accepted; none refuses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.verdicts.describing import direction, reached, value_interval
from pipelines.verdicts.methods import TINY, finite
from pipelines.verdicts.targets import Observation, Target
from pipelines.verdicts.texts import Texts, pt_number
from pipelines.verdicts.units import PERCENT, sign


@dataclass(frozen=True)
class Remark:
    """A doubt about a target before it is accepted: a stable id and a sentence in Portuguese.

    `milestone`: the year of the step that it doubts, where it doubts one.
    """

    id: str
    text: str
    milestone: int | None = None


def lint(
    target: Target, observations: Iterable[Observation], published_years: Iterable[int] = ()
) -> list[Remark]:
    """Doubts about a target before it is accepted (section 6 of the methods); an empty list is a good sign.

    `observations`: those of the municipality. `published_years`: years published for anyone, from which the
    year of the next publication is told; without two of them nothing is said about it.

    >>> slip = Target(baseline_year=2023, baseline_value=88.0, target_year=2030, target_value=0.95, unit="%",
    ...     better="higher", range_low=0, range_high=100)
    >>> [remark.id for remark in lint(slip, [Observation(2023, 88.0)])]
    ['already_met', 'wrong_direction', 'unit_slip']
    """
    seen = {observation.year: observation for observation in observations}
    known = {year: value for year, one in seen.items() if (value := finite(one.value)) is not None}
    text = Texts(target)
    found: list[Remark] = []
    if not known:
        found.append(
            Remark("no_published_value", "A fonte não publica este indicador para o município: sem leitura.")
        )
    if target.kind == "category":
        return found
    goal, start = finite(target.target_value), finite(target.baseline_value)
    published_years = list(published_years)
    if goal is None:
        return found
    if target.kind == "goal":
        found += _lint_goal(target, seen, known, goal, start)
        found += _lint_baseline(target, seen, known, sorted({*known, *published_years}))
        found += _lint_milestones(target, goal, start)
        found += _lint_deadline(target, published_years)
    low, high = finite(target.range_low), finite(target.range_high)
    bounds = {"Meta": goal, "Alerta": target.alert_value, "Prudencial": target.prudential_value}
    for name, given in bounds.items():
        bound = finite(given)
        if bound is not None and ((low is not None and bound < low) or (high is not None and bound > high)):
            span = f"{text.value(low)} a {text.value(high)}"
            found.append(
                Remark("out_of_range", f"{name} {text.value(bound)} fora do possível no indicador ({span}).")
            )
    before = start if start is not None else known[max(known)] if known else None
    if sign(target.unit) == PERCENT and 0 < goal <= 1 and (before is None or before > 1):
        found.append(
            Remark(
                "unit_slip",
                f"'{pt_number(goal, 2)}' parece fração, e o indicador é em %. "
                f"Se a meta é {pt_number(goal * 100, 0)}%, escreva {pt_number(goal * 100, 0)}.",
            )
        )
    return found


def _lint_goal(
    target: Target,
    seen: Mapping[int, Observation],
    known: Mapping[int, float],
    goal: float,
    start: float | None,
) -> list[Remark]:
    text = Texts(target)
    found = []
    sign = direction(target)
    if sign is None:
        found.append(
            Remark("no_direction", "O indicador não tem um sentido melhor: a meta não terá leitura.")
        )
    year = target.baseline_year
    if sign is not None and start is not None and reached(sign, start, goal):
        found.append(
            Remark(
                "already_met",
                f"A meta ({text.value(goal)}) já estava alcançada na linha de base ({text.value(start)}).",
            )
        )
    wants = {">=": 1, ">": 1, "<=": -1, "<": -1}.get(target.operator or "")
    away = start is not None and sign is not None and sign * (goal - start) < 0
    if sign is not None and (away or (wants is not None and wants != sign)):
        way = "subir" if sign > 0 else "cair"
        found.append(
            Remark("wrong_direction", f"Neste indicador melhorar é {way}, e a meta vai no sentido contrário.")
        )
    published = known.get(year) if year is not None else None
    if start is not None and published is not None and not _same_figure(start, published, target.decimals):
        found.append(
            Remark(
                "baseline_differs",
                f"A linha de base ({text.value(start)}) difere do valor publicado de {year} "
                f"({text.value(published)}).",
            )
        )
    if start is None:
        found.append(Remark("no_baseline", "Sem linha de base não haverá leitura de ritmo."))
    reference = seen.get(year) if year is not None and year in known else None
    if reference is None and known:
        reference = seen[max(known)]
    interval = None if reference is None else value_interval(target, reference)
    value = start if start is not None else None if reference is None else finite(reference.value)
    if interval is not None and value is not None:
        half = (interval[1] - interval[0]) / 2
        if abs(goal - value) < half:
            found.append(
                Remark(
                    "gap_inside_noise",
                    f"A distância até a meta ({text.value(abs(goal - value))}) é menor que a margem do acaso "
                    f"({text.value(half)} para cada lado): será difícil saber se ela foi alcançada.",
                )
            )
    return found


def _lint_baseline(
    target: Target, seen: Mapping[int, Observation], known: Mapping[int, float], years: list[int]
) -> list[Remark]:
    """Whether the year of the baseline is one that a reading can start from; `years`: published ones, ascending."""
    year = target.baseline_year
    if year is None or not years:
        return []
    found = []
    if year > years[-1]:
        text = f"O ano de base ({year}) vem depois do último dado publicado ({years[-1]}): ninguém o mediu ainda."
        found.append(Remark("baseline_in_future", text))
    elif year not in known:
        text = f"Não há valor publicado de {year} para o município: a linha de base não se confere"
        if year < years[0]:
            text += f"; a série começa em {years[0]}"
        found.append(Remark("baseline_unpublished", f"{text}."))
    breaks = [one.year for one in seen.values() if one.break_before and one.year > year]
    if breaks:
        text = (
            f"O método mudou em {min(breaks)}: o valor de base, de {year}, não se compara com os de depois, "
            "e a meta não terá leitura."
        )
        found.append(Remark("baseline_before_break", text))
    return found


def _lint_milestones(target: Target, goal: float, start: float | None) -> list[Remark]:
    """Whether every step lies on the way: within what is possible, no forgotten zero, none back."""
    text, sign = Texts(target), direction(target)
    low, high = finite(target.range_low), finite(target.range_high)
    found = []
    if sign is not None and start is not None and sign * (goal - start) < 0:
        sign = None  # the target itself goes the wrong way, which is said of it and once
    before, since = start, "a linha de base"
    steps = sorted(target.milestones.items())
    for year, given in steps:
        value = finite(given)
        if value is None:
            continue
        said = f"O marco de {year} ({text.value(value)})"
        if value == 0 and goal != 0 and (start is None or start != 0):
            found.append(Remark("milestone_zero", f"{said} é zero: célula preenchida por engano?", year))
        if (low is not None and value < low) or (high is not None and value > high):
            span = f"{text.value(low)} a {text.value(high)}"
            doubt = f"{said} está fora do possível no indicador ({span})."
            found.append(Remark("milestone_out_of_range", doubt, year))
        if sign is not None and before is not None and sign * (value - before) < -TINY:
            doubt = f"{said} é pior do que {since} ({text.value(before)}): o caminho anda para trás."
            found.append(Remark("milestone_against_direction", doubt, year))
        elif sign is not None and sign * (goal - value) < -TINY:
            doubt = f"{said} vai além da meta ({text.value(goal)}): o caminho anda para trás depois dele."
            found.append(Remark("milestone_against_direction", doubt, year))
        before, since = value, f"o marco de {year}"
    return found


def _same_figure(one: float, other: float, decimals: int) -> bool:
    """Whether two figures are the same at so many decimals, whichever way a half was rounded."""
    return round(one, decimals) == round(other, decimals) or abs(one - other) <= 0.5 * 10.0**-decimals + TINY


def _lint_deadline(target: Target, years: list[int]) -> list[Remark]:
    """Whether a figure of some year up to the deadline is still to come."""
    ordered = sorted(set(years))
    if target.target_year is None or len(ordered) < 2:
        return []
    # The newest step tells the present rhythm: many series began irregularly.
    following = ordered[-1] + ordered[-1] - ordered[-2]
    if target.target_year >= following:
        return []
    return [
        Remark(
            "deadline_before_publication",
            f"O prazo ({target.target_year}) vem antes do próximo dado: o último publicado é de "
            f"{ordered[-1]} e o seguinte deve ser de {following}.",
        )
    ]
