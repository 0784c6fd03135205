"""A target judged: goals on their pace, limits and categories on the latest value, each with its certainty."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipelines.verdicts.methods import (
    AT_RISK,
    ON_TRACK,
    POOLED_YEARS,
    SIGNIFICANCE,
    SMALL_COUNT,
    TINY,
    cagr_ratio,
    cagr_status,
    expected_value,
    finite,
    linear_pace,
    newcombe_interval,
    poisson_p_value,
    rate_interval,
    un_progress,
    un_status,
    wilson_interval,
)
from pipelines.verdicts.targets import OPERATOR_LABELS, Observation, Target, Verdict, names, whole_year
from pipelines.verdicts.texts import Texts, pt_number


def sure_change(interval: str, old: tuple[Any, Any], new: tuple[Any, Any]) -> bool | None:
    """Whether a change is more than chance, from (numerator, denominator) of each; None without counts.

    `interval` as an indicator declares it: "proportion" (Newcombe's interval), "rate" (the test of two Poisson
    means) or "none".
    """
    n1, d1, n2, d2 = (finite(count) for count in (*old, *new))
    if interval == "none" or n1 is None or d1 is None or n2 is None or d2 is None:
        return None
    if interval == "proportion" and n1 <= d1 and n2 <= d2:
        low, high = newcombe_interval(n1, d1, n2, d2)
        return not low <= 0 <= high
    return poisson_p_value(n1, d1, n2, d2) < SIGNIFICANCE


def pooled(observations: Iterable[Observation], year: int, multiplier: float) -> Observation | None:
    """The three years that end in `year` added up: sum of numerators over sum of denominators.

    None unless all three are there with both counts. A flag of any of them carries over, the latest first.

    >>> years = [Observation(y, None, n, 100) for y, n in ((2020, 1), (2021, 0), (2022, 2))]
    >>> pooled(years, 2022, 1000)
    Observation(year=2022, value=10.0, numerator=3, denominator=300, flag=None, break_before=False, period=None)
    """
    by_year = {observation.year: observation for observation in observations}
    window = [by_year.get(year - back) for back in range(POOLED_YEARS)]
    numerator = denominator = 0.0
    flag = None
    broken = False
    for observation in window:
        if observation is None or observation.flag == "not_in_existence":
            return None
        above, below = finite(observation.numerator), finite(observation.denominator)
        if above is None or below is None:
            return None
        numerator += above
        denominator += below
        flag = flag or observation.flag
        broken = broken or observation.break_before
    if denominator <= 0:
        return None
    whole = [int(part) if part == int(part) else part for part in (numerator, denominator)]
    return Observation(year, numerator / denominator * multiplier, whole[0], whole[1], flag, broken)


def judge(target: Target, observations: Iterable[Observation], as_of: dt.date) -> Verdict:
    """The verdict on one target of one municipality, seen from the date `as_of`.

    `observations`: those of the target's indicator and municipality, in any order, missing ones included;
    years after `as_of` are not looked at, and of several of one year the last given counts. Raises ValueError
    for an unknown kind of target.

    >>> literacy = Target(baseline_year=2023, baseline_value=42.0, target_year=2030, target_value=80.0,
    ...     milestones={2024: 48.0}, better="higher")
    >>> verdict = judge(literacy, [Observation(2023, 42.0), Observation(2024, 51.8)], dt.date(2026, 11, 22))
    >>> verdict.status, round(verdict.pace, 2), round(verdict.required_per_year, 2), verdict.concordance
    ('on_track', 1.63, 4.7, '3/3')
    >>> staff = Target(kind="limit", operator="<=", target_value=54, alert_value=48.6, prudential_value=51.3)
    >>> judge(staff, [Observation(2025, 52.0)], dt.date(2026, 11, 22)).status
    'prudential'
    """
    seen = {
        observation.year: replace(
            observation,
            value=finite(observation.value),
            numerator=finite(observation.numerator),
            denominator=finite(observation.denominator),
        )
        for observation in sorted(observations, key=lambda observation: observation.year)
        if observation.year <= as_of.year
    }
    target = replace(
        target, baseline_year=whole_year(target.baseline_year), target_year=whole_year(target.target_year)
    )
    if target.kind == "goal":
        return _judge_goal(target, seen, as_of)
    if target.kind == "limit":
        return _judge_limit(target, seen)
    if target.kind == "category":
        return _judge_category(target, seen)
    raise ValueError(f"unknown kind of target: {target.kind}")


def _verdict(target: Target, status: str, reason: str) -> Verdict:
    return Verdict(
        target.plan, target.plan_version, target.municipality_code, target.indicator, status, reason
    )


def direction(target: Target) -> int | None:
    """+1 where higher is better, -1 where lower is, None where nobody says.

    >>> direction(Target(better="lower")), direction(Target(operator=">=")), direction(Target(better="none"))
    (-1, 1, None)
    """
    if target.better is not None:
        return {"higher": 1, "lower": -1}.get(target.better)
    return {">=": 1, ">": 1, "<=": -1, "<": -1}.get(target.operator or "")


def _at_least(value: float, bound: float) -> bool:
    return value - bound >= -TINY * max(1.0, abs(bound))


def reached(sign: int, value: float, bound: float) -> bool:
    """Whether a value is at or beyond a bound; `sign`: +1 where higher is better, -1 where lower is."""
    return _at_least(sign * value, sign * bound)


def _judge_goal(target: Target, seen: Mapping[int, Observation], as_of: dt.date) -> Verdict:
    """Section 2 of the methods, first match wins."""
    sign = direction(target)
    goal, deadline = finite(target.target_value), target.target_year
    start, base_year = finite(target.baseline_value), target.baseline_year
    text = Texts(target)
    if goal is None:
        return _verdict(target, "not_judged", "O município não tem meta para este indicador.")
    if sign is None:
        return _verdict(
            target, "not_judged", "O indicador não tem um sentido melhor: nem subir nem cair é progresso."
        )

    after = [
        year
        for year, observation in seen.items()
        if observation.value is not None and (base_year is None or year > base_year)
    ]
    in_time = [year for year in after if deadline is None or year <= deadline]
    closed = deadline is not None and as_of.year > deadline
    if not after:
        since = "" if base_year is None else f" depois de {base_year}"
        return _verdict(target, "no_data", f"Nenhum dado publicado{since}.")
    if not in_time:
        # Only values after the deadline: they are shown beside it and turn nothing into an achieved target.
        since = "" if base_year is None else f" depois de {base_year} e"
        reason = f"Prazo vencido sem dado do ano: nada publicado{since} até {deadline}."
        return _verdict(target, "missed", reason + text.later(seen, deadline))

    latest_year = max(in_time)
    latest = seen[latest_year]
    base = None if base_year is None else seen.get(base_year)
    small = target.window == 1 and _is_small(target, base, latest)
    note = None
    if small:
        swap = _pooled_ends(target, seen, latest_year)
        if isinstance(swap, str):
            found = _describe(_verdict(target, "not_judged", swap), target, latest, sign)
            return replace(found, certain_reason="Sem leitura, nada há a testar.")
        base, latest = swap
        start = base.value
        note = text.pooled(base, latest)
    first = None if base_year is None else base_year - (POOLED_YEARS - 1 if small else 0)
    broken = first is not None and any(
        observation.break_before and first < year <= latest_year for year, observation in seen.items()
    )
    value = latest.value
    assert value is not None  # only years with a value, and pooled ones, come this far
    if broken:
        reason = f"O método mudou entre {base_year} e {latest_year}: os dois valores não se comparam."
        found = _describe(_verdict(target, "not_judged", reason), target, latest, sign)
        return replace(found, certain_reason="Sem leitura, nada há a testar.")

    already = start is not None and reached(sign, start, goal)
    expected = None
    if start is not None and base_year is not None and deadline is not None:
        expected = expected_value(start, base_year, goal, deadline, latest_year, target.milestones)
    pace = None
    if not already and expected is not None and start is not None and sign * (expected - start) > 0:
        pace = linear_pace(start, base_year, value, latest_year, goal, deadline, target.milestones)

    if reached(sign, value, goal):
        status = "achieved"
        reason = f"Meta alcançada: {text.value(value)} em {latest_year}, para uma meta de {text.value(goal)}."
        if already:
            reason += f" Já estava além da meta em {base_year}."
    elif already:
        status = "worsening"
        reason = (
            f"O município estava além da meta em {base_year} ({text.value(start)}) e ficou aquém dela em "
            f"{latest_year} ({text.value(value)})."
        )
    elif deadline is not None and latest_year >= deadline:
        status = "missed"
        reason = f"Prazo vencido em {deadline}: ficou em {text.value(value)}; a meta era {text.value(goal)}."
        reason += text.later(seen, deadline)
    elif closed:
        status = "missed"
        reason = (
            f"Prazo vencido sem dado do ano {deadline}: o último valor até ele é de {latest_year}, "
            f"{text.value(value)}; a meta era {text.value(goal)}."
        ) + text.later(seen, deadline)
    elif start is None or base_year is None:
        status, reason = "not_judged", "Sem linha de base não há ritmo a medir."
    elif pace is None:
        status = "not_judged"
        if deadline is None:
            reason = "A meta não tem prazo, e sem prazo não há ritmo."
        elif expected is not None and sign * (expected - start) < 0:
            reason = f"O plano prevê piora até {latest_year} ({text.value(expected)}): não há ritmo a medir."
        else:
            reason = f"O plano não prevê mudança até {latest_year}: não há ritmo a medir."
    else:
        status = _pace_status(pace)
        reason = text.pace(pace, expected, (base_year, start), (latest_year, value))

    if note is not None:
        reason = f"{reason} {note}"
    found = _describe(_verdict(target, status, reason), target, latest, sign)
    open_years = 0 if deadline is None or closed else deadline - latest_year
    found = replace(
        found,
        pooled=note is not None,
        pooled_reason=note,
        expected_value=expected,
        pace=pace,
        observed_per_year=None
        if start is None or base_year is None
        else (value - start) / (latest_year - base_year),
        required_per_year=(goal - value) / open_years if open_years > 0 else None,
    )
    if status == "not_judged":
        return replace(found, certain_reason="Sem leitura, nada há a testar.")
    found = _with_other_methods(found, target, start, sign, already)
    return _with_certainty(found, target, start, base, latest, sign)


def _pace_status(pace: float) -> str:
    if pace >= ON_TRACK - TINY:
        return "on_track"
    if pace >= AT_RISK - TINY:
        return "at_risk"
    return "off_track" if pace >= 0 else "worsening"


def _describe(found: Verdict, target: Target, latest: Observation, sign: int | None) -> Verdict:
    """Add latest value, distance to the target and interval: what can be said without any pace."""
    value = latest.value
    bound = finite(target.target_value)
    gap = None
    if value is not None and bound is not None:
        gap = abs(bound - value) if sign is None else sign * (bound - value)
    low, high = value_interval(target, latest) or (None, None)
    return replace(
        found,
        latest_year=latest.year,
        latest_value=value,
        gap=gap,
        gap_cases=_gap_cases(gap, latest.denominator, target.multiplier),
        interval_low=low,
        interval_high=high,
    )


def _gap_cases(gap: float | None, denominator: float | None, multiplier: float) -> int | None:
    below = finite(denominator)
    if gap is None or below is None:
        return None
    cases = gap / multiplier * below
    # Beyond what the table's integer holds there is no count of people.
    return max(math.ceil(cases - TINY), 0) if abs(cases) < 2**62 else None


def _has_counts(target: Target, observation: Observation | None) -> bool:
    """Whether the observation carries counts: whole, not negative, over a positive denominator."""
    if observation is None or target.interval == "none":
        return False
    numerator, denominator = finite(observation.numerator), finite(observation.denominator)
    if numerator is None or denominator is None:
        return False
    return numerator >= 0 and denominator > 0 and numerator == math.floor(numerator)


def _is_proportion(target: Target, *observations: Observation) -> bool:
    """Whether the counts are so many of so many; not where one from another base passes its denominator."""
    declared = target.interval == "proportion" or (target.interval is None and target.multiplier == 100)
    return declared and all(
        (finite(observation.numerator) or 0) <= (finite(observation.denominator) or 0)
        for observation in observations
    )


def value_interval(target: Target, observation: Observation) -> tuple[float, float] | None:
    """The 95% interval of an observed value from its counts; None without them."""
    if not _has_counts(target, observation):
        return None
    numerator, denominator = observation.numerator, observation.denominator
    assert numerator is not None and denominator is not None  # _has_counts
    if _is_proportion(target, observation):
        low, high = wilson_interval(numerator, denominator)
        return low * target.multiplier, high * target.multiplier
    return rate_interval(numerator, denominator, target.multiplier)


def _is_small(target: Target, *ends: Observation | None) -> bool:
    return any(
        end is not None
        and end.numerator is not None
        and _has_counts(target, end)
        and end.numerator < SMALL_COUNT
        for end in ends
    )


def _pooled_ends(
    target: Target, seen: Mapping[int, Observation], latest_year: int
) -> tuple[Observation, Observation] | str:
    """Baseline and latest as three-year observations, or the reason why they cannot be."""
    base_year = target.baseline_year
    if base_year is None:
        return "Contagem menor que 20 e plano sem ano de base: não há como comparar triênios."
    if latest_year - base_year < POOLED_YEARS:
        return (
            f"Contagem menor que 20: os triênios até {base_year} e até {latest_year} têm anos em comum "
            "(janelas sobrepostas)."
        )
    ends = []
    for year in (base_year, latest_year):
        end = pooled(seen.values(), year, target.multiplier)
        if end is None:
            return f"Contagem menor que 20 e faltam contagens para somar os três anos de {year - 2} a {year}."
        ends.append(end)
    return ends[0], ends[1]


def _with_other_methods(
    found: Verdict, target: Target, start: float | None, sign: int, already: bool
) -> Verdict:
    """Add CAGR ratio, UN progress and their concordance with the verdict."""
    better = "higher" if sign > 0 else "lower"
    ends = (start, target.baseline_year, found.latest_value, found.latest_year)
    goal = finite(target.target_value)
    achieved = found.status == "achieved"
    ratio = cagr_ratio(*ends, goal, target.target_year, better)
    # From a baseline beyond the target both progress measures would count a loss as progress.
    share = None if already else un_progress(*ends, goal, target.target_year)

    classes = []
    if found.pace is not None:
        classes.append("ahead" if achieved or found.pace >= ON_TRACK - TINY else _behind(found.pace))
    if ratio is not None:
        classes.append("ahead" if achieved or ratio >= ON_TRACK else _behind(ratio))
    if share is not None:
        classes.append("ahead" if share >= ON_TRACK else _behind(share))
    own = {"achieved": "ahead", "on_track": "ahead", "worsening": "worsening"}.get(found.status, "behind")
    if found.status == "missed" and found.pace is not None:
        own = _behind(found.pace)
    return replace(
        found,
        cagr_ratio=ratio,
        cagr_status=None if ratio is None else cagr_status(ratio, achieved),
        un_q=share,
        un_status=None if share is None else un_status(share),
        concordance=f"{classes.count(own)}/{len(classes)}" if classes else None,
    )


def _behind(progress: float) -> str:
    return "behind" if progress >= 0 else "worsening"


NO_COUNTS = "A fonte não publica contagens."
NO_CHANCE = "Este indicador não tem margem de acaso: não vem de contagens de pessoas ou eventos."


def _why_no_counts(target: Target, latest: Observation) -> str:
    published = latest.numerator is not None and latest.denominator is not None
    return NO_CHANCE if published and target.interval == "none" else NO_COUNTS


def _with_certainty(
    found: Verdict,
    target: Target,
    start: float | None,
    base: Observation | None,
    latest: Observation,
    sign: int,
) -> Verdict:
    """Add whether chance alone explains what the verdict says."""
    text = Texts(target)
    if base is None or not _has_counts(target, base) or not _has_counts(target, latest):
        return replace(found, certain_reason=_why_no_counts(target, latest))
    if not _same_baseline(target, start, base):
        return replace(found, certain_reason="A linha de base do plano não é o valor publicado daquele ano.")
    goal = finite(target.target_value)
    low, high = found.interval_low, found.interval_high
    assert goal is not None and low is not None and high is not None  # counts give an interval
    span = f"{text.value(low)} a {text.value(high)}"
    if found.status == "achieved":
        certain = reached(sign, low if sign > 0 else high, goal)
        side = "fica todo do lado da meta" if certain else "ainda contém valores aquém da meta"
        return replace(found, certain=certain, certain_reason=f"O intervalo de 95% ({span}) {side}.")
    counts = (latest.numerator, latest.denominator, base.numerator, base.denominator)
    numbers = [finite(count) or 0.0 for count in counts]
    if _is_proportion(target, base, latest):
        lower, upper = newcombe_interval(*numbers)
        certain = lower > 0 or upper < 0
        how = (
            f"o intervalo de 95% da diferença vai de {text.difference(lower * target.multiplier)} a "
            f"{text.difference(upper * target.multiplier)}"
        )
    else:
        p_value = poisson_p_value(*numbers)
        certain = p_value < SIGNIFICANCE
        how = f"p = {pt_number(p_value, 3)}" if p_value >= 0.001 else "p menor que 0,001"
    if certain:
        return replace(found, certain=True, certain_reason=f"A mudança não se explica pelo acaso ({how}).")
    return replace(found, certain=False, certain_reason=f"Variação compatível com o acaso ({how}).")


def _same_baseline(target: Target, start: float | None, base: Observation) -> bool:
    """Whether the plan's baseline is the published one, give or take rounding."""
    if start is None or base.value is None:
        return False
    return abs(start - base.value) <= max(10.0**-target.decimals, 0.01 * abs(base.value)) * (1 + TINY)


def _holds(operator: str, value: float, bound: float) -> bool:
    """Whether a value is inside a bound; an equal one is inside for >=, <= and =, outside for < and >."""
    equal = math.isclose(value, bound, rel_tol=TINY, abs_tol=TINY)
    if operator in (">=", "<=", "="):
        return equal or (operator == ">=" and value > bound) or (operator == "<=" and value < bound)
    return not equal and (value > bound if operator == ">" else value < bound)


def _judge_limit(target: Target, seen: Mapping[int, Observation]) -> Verdict:
    """A bound that holds every year: the latest year alone decides."""
    bound = finite(target.target_value)
    operator = target.operator or {"higher": ">=", "lower": "<="}.get(target.better or "", "")
    if bound is None:
        return _verdict(target, "not_judged", "O município não tem limite para este indicador.")
    if operator not in OPERATOR_LABELS:
        return _verdict(target, "not_judged", "O plano não diz de que lado do limite o valor deve ficar.")
    latest = _latest(seen)
    if latest is None or latest.value is None:
        return _verdict(target, "no_data", _silent(target, seen))
    text = Texts(target)
    value = latest.value
    sign = {">=": 1, ">": 1, "<=": -1, "<": -1}.get(operator)
    alert, prudential = finite(target.alert_value), finite(target.prudential_value)
    if not _holds(operator, value, bound):
        status = "outside"
    elif prudential is not None and not _holds(operator, value, prudential):
        status = "prudential"
    elif alert is not None and not _holds(operator, value, alert):
        status = "alert"
    else:
        status = "within"
    wanted, kept, name = text.demand(operator, bound)
    reason = f"{text.measured(value)} em {text.when(latest)}; {wanted}."
    reason += _history(kept, [_holds(operator, one, bound) for one in _comparable(seen)], seen)
    found = _describe(_verdict(target, status, reason), target, latest, sign)
    low, high = found.interval_low, found.interval_high
    if low is None or high is None:
        return replace(found, certain_reason=_why_no_counts(target, latest))
    if operator == "=":
        certain = not low <= bound <= high
    else:
        certain = _holds(operator, low, bound) == _holds(operator, high, bound)
    side = f"fica todo do mesmo lado do {name}" if certain else f"contém o {name}: compatível com o acaso"
    return replace(
        found,
        certain=certain,
        certain_reason=f"O intervalo de 95% ({text.value(low)} a {text.value(high)}) {side}.",
    )


def _comparable(seen: Mapping[int, Observation]) -> list[float]:
    """The values since the last change of method."""
    found: list[float] = []
    for _, observation in sorted(seen.items()):
        if observation.break_before:
            found.clear()
        if observation.value is not None:
            found.append(observation.value)
    return found


def _history(kept: str, inside: Sequence[bool], seen: Mapping[int, Observation]) -> str:
    """In how many of the comparable years the value was where it should be; empty where there is only one."""
    if len(inside) < 2:
        return ""
    broken = any(observation.break_before for observation in seen.values())
    years = "anos comparáveis" if broken else "anos com dado"
    return f" {kept} em {sum(inside)} dos {len(inside)} {years}."


def _judge_category(target: Target, seen: Mapping[int, Observation]) -> Verdict:
    """A set of accepted categories: the latest year alone decides."""
    accepted, categories = names(target.target_categories), names(target.categories)
    if not accepted:
        return _verdict(target, "not_judged", "O município não tem categoria a alcançar neste indicador.")
    latest = _latest(seen)
    if latest is None or latest.value is None:
        return _verdict(target, "no_data", _silent(target, seen))
    if latest.value != int(latest.value) or not 1 <= latest.value <= len(categories):
        return _verdict(target, "not_judged", "A categoria publicada não é conhecida.")

    def member(place: float) -> bool:
        name = categories[int(place) - 1]
        return name in accepted or name.rstrip("+") in accepted

    if not any(member(place) for place in range(1, len(categories) + 1)):
        return _verdict(target, "not_judged", "As categorias aceitas não existem neste indicador.")
    known = [value for value in _comparable(seen) if 1 <= value <= len(categories)]
    status = "within" if member(latest.value) else "outside"
    verb = "está" if status == "within" else "não está"
    reason = (
        f"{categories[int(latest.value) - 1]} em {latest.year} {verb} entre as aceitas "
        f"({', '.join(name for place, name in enumerate(categories, 1) if member(place))})."
    )
    reason += _history("Esteve entre elas", [member(place) for place in known], seen)
    return replace(
        _verdict(target, status, reason),
        latest_year=latest.year,
        latest_value=latest.value,
        certain_reason=NO_COUNTS,
    )


def _latest(seen: Mapping[int, Observation]) -> Observation | None:
    """The latest published year, with or without a value: an old grade does not stand for a new one."""
    return seen[max(seen)] if seen else None


def _silent(target: Target, seen: Mapping[int, Observation]) -> str:
    if not seen:
        return "Nenhum dado publicado."
    year = max(seen)
    why = {
        "not_eligible": "não elegível",
        "suppressed": "omitido por sigilo",
        "not_in_existence": "o município ainda não existia",
    }.get(seen[year].flag or "", "não disponível na fonte")
    known = [one for one in seen if seen[one].value is not None]
    last = ""
    if known:
        value = seen[max(known)].value
        assert value is not None  # the years in `known` have one
        categories = names(target.categories)
        shown = Texts(target).value(value)
        if categories and 1 <= value <= len(categories):
            shown = categories[int(value) - 1]
        last = f" O último dado é de {max(known)}: {shown}."
    return f"Sem dado em {year}: {why}.{last}"
