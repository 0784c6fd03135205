"""Whole sentences about figures: what a map, a ranking, a series or a target shows, and titles that say it.

Plain values go in and plain text comes out (no HTML); how a number, a unit or a date is written is `words`.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard.words import (
    IMPLAUSIBLE,
    Numbers,
    all_shown,
    bound,
    capitalised,
    category,
    counted,
    difference,
    is_missing,
    listed,
    named,
    number,
    numbers,
    plural,
    shown,
    strange,
    unit_of,
    who,
    with_unit,
)
from pipelines import verdicts
from pipelines.declarations import FLAGS, MISSING_FLAGS, Indicator


def readable(values: Sequence[Any] | Numbers, flags: Sequence[Any] = ()) -> Numbers:
    """The values as numbers, with NaN for the missing and for those beyond what can be, which stand in no count, order,
    median or class.
    """
    found = numbers(values)
    if IMPLAUSIBLE not in flags:
        return found
    return np.where([mark == IMPLAUSIBLE for mark in flags], np.nan, found)


def beyond(values: Sequence[Any] | Numbers, flags: Sequence[Any], indicator: Indicator) -> str:
    """How many values are beyond what can be: `20 acima de 100%: não dá para ler` (`words.strange`); empty for none."""
    if IMPLAUSIBLE not in flags:
        return ""
    found = [value for value, mark in zip(values, flags, strict=False) if mark == IMPLAUSIBLE]
    return f"{number(len(found))} {strange(found, indicator.sign)}: não dá para ler" if found else ""


def without(values: Sequence[Any] | Numbers, flags: Sequence[Any], indicator: Indicator) -> str:
    """How many have no value, or one beyond what can be, and why where the flags say more; else empty."""
    unread = beyond(values, flags, indicator)
    return _absent(values, flags) + (f" {unread}." if unread else "")


def _absent(values: Sequence[Any] | Numbers, flags: Sequence[Any]) -> str:
    marks = flags or [None] * len(values)
    absent = [marks[row] for row in np.flatnonzero(np.isnan(numbers(values))).tolist()]
    if not absent:
        return ""
    reasons: Counter[str] = Counter()
    for mark, count in Counter(absent).items():
        reasons[str(mark) if mark in MISSING_FLAGS else "not_available"] += count
    text = f" {number(len(absent))} sem dado"
    if len(reasons) == 1:
        reason = next(iter(reasons))
        return f"{text}." if reason == "not_available" else f"{text} ({FLAGS[reason]})."
    told = "; ".join(f"{FLAGS[reason]}: {number(count)}" for reason, count in reasons.most_common())
    return f"{text} ({told})."


@dataclass(frozen=True)
class _Known:
    """The values that there are, lowest first, and whose each is: `rows` of `names`."""

    values: list[float]
    rows: list[int]
    names: Sequence[str]

    def who(self, value: float) -> str:
        """Who has a value, in words."""
        first, last = bisect_left(self.values, value), bisect_right(self.values, value)
        return who(self.names[row] for row in self.rows[first:last])


def _known(names: Sequence[str], values: Numbers) -> _Known:
    # NaN stands at the end.
    order = np.argsort(values, kind="stable")[: len(values) - int(np.isnan(values).sum())]
    return _Known(values[order].tolist(), order.tolist(), names)


def _shares(known: _Known, indicator: Indicator) -> str:
    """How many stand in each category: `A em 12, B em 30`."""
    counts = [0] * len(indicator.categories)
    for value, many in Counter(known.values).items():
        counts[int(value) - 1] += many
    pairs = zip(indicator.categories, counts, strict=True)
    return listed(f"{name} em {number(count)}" for name, count in pairs if count)


def _nobody(values: Sequence[Any] | Numbers, flags: Sequence[Any], indicator: Indicator) -> str:
    """What is said where no value can be read."""
    unread = beyond(values, flags, indicator)
    return f"nenhum município com dado que dê para ler; {unread}" if unread else "nenhum município com dado"


def map_sentence(
    indicator: Indicator,
    when: str,
    names: Sequence[str],
    values: Sequence[Any] | Numbers,
    flags: Sequence[Any] = (),
) -> str:
    """What a map shows: the extremes, the middle and how many have no value.

    `names`, `values` and `flags` are parallel; `when` is the period in words.
    """
    absent = without(values, flags, indicator)
    known = _known(names, readable(values, flags))
    head = f"{named(indicator)}, {when}"
    if not known.values:
        return f"{head}: {_nobody(values, flags, indicator)}."
    if indicator.kind == "category":
        return f"{head}: {_shares(known, indicator)}.{absent}"
    low, high = known.values[0], known.values[-1]
    if with_unit(low, indicator) == with_unit(high, indicator):
        if len(known.values) == 1:
            return f"{head}: só {known.who(low)} tem dado, {with_unit(low, indicator)}.{absent}"
        everywhere = (
            f"{with_unit(low, indicator)} em todos os {number(len(known.values))} municípios com dado"
        )
        return f"{head}: {everywhere}.{absent}"
    text = (
        f"{head}: de {with_unit(low, indicator, short=True)} ({known.who(low)}) "
        f"a {with_unit(high, indicator)} ({known.who(high)})"
    )
    if len(known.values) < 4:
        # Half of three is nobody's half.
        return f"{text}.{absent}"
    middle = statistics.median(known.values)
    # "Half are below" is only true where ties do not sit on the median.
    half = bisect_left(known.values, middle) >= (len(known.values) - 1) / 2
    centre = with_unit(middle, indicator, short=True)
    return f"{text}; {f'metade dos municípios fica abaixo de {centre}' if half else f'mediana dos municípios de {centre}'}.{absent}"


def ranking_parts(
    indicator: Indicator,
    when: str,
    names: Sequence[str],
    values: Sequence[Any] | Numbers,
    reference: str = "",
    flags: Sequence[Any] = (),
) -> tuple[str, str, bool]:
    """What a ranking shows, who is furthest behind and who is ahead: what stands before and what after the place of a
    selected one, and whether a place can be told.

    `reference`: the reference line in words, e.g. `mediana 74,8%`. Without a better direction, lowest and highest are
    named. Who shares a value is named once, `Anaurilândia e outros 8`.
    """
    known = _known(names, readable(values, flags))
    head = f"{named(indicator)}, {when}"
    if not known.values:
        return f"{head}: {_nobody(values, flags, indicator)}.", "", False
    absent = without(values, flags, indicator)
    if indicator.kind == "category":
        return f"{head}: {_shares(known, indicator)}.{absent}", "", False
    if with_unit(known.values[0], indicator) == with_unit(known.values[-1], indicator):
        return map_sentence(indicator, when, names, values, flags), "", False
    *others, best = np.unique(known.values)[:: -1 if indicator.better == "lower" else 1].tolist()
    texts, told = [], 0
    for value in others:
        if told >= 3:
            break
        texts.append(f"{known.who(value)} ({with_unit(value, indicator, short=True)})")
        told += bisect_right(known.values, value) - bisect_left(known.values, value)
    behind, ahead = ("maior", "menor") if indicator.better == "lower" else ("menor", "maior")
    opening = f"{behind} valor" if len(texts) == 1 else f"{behind}es valores"
    text = (
        f"{head}: {opening} em {listed(texts)}; "
        f"{ahead} em {known.who(best)} ({with_unit(best, indicator, short=True)})."
    )
    return text, (f" {capitalised(reference)}." if reference else "") + absent, True


def ranking_sentence(parts: tuple[str, str, bool], name: str = "", standing: str = "") -> str:
    """`ranking_parts` as one text; `name`, `standing`: the selected one and its place in words (`rank`), if any."""
    before, after, placed = parts
    return f"{before} {name}: {standing}.{after}" if placed and standing else before + after


def distribution_sentence(
    indicator: Indicator,
    when: str,
    names: Sequence[str],
    values: Sequence[Any] | Numbers,
    selected: str | None = None,
    flags: Sequence[Any] = (),
) -> str:
    """How values spread: the middle half, and how many the selected municipality is above."""
    known = _known(names, readable(values, flags))
    ordered = known.values
    if indicator.kind == "category" or len(ordered) < 4:
        return map_sentence(indicator, when, names, values, flags)
    low, middle, high = statistics.quantiles(ordered, n=4, method="inclusive")
    # Where a quarter of them share the least or the most, more than half lie between the quartiles.
    inside = bisect_right(ordered, high) - bisect_left(ordered, low)
    least, most = (with_unit(end, indicator, short=True) for end in (low, high))
    between = f"{'têm' if least == most else 'estão entre'} {least if least == most else f'{least} e {most}'}"
    share = f"metade dos municípios está entre {least} e {most}"
    if low == ordered[0] or high == ordered[-1]:
        share = f"{number(inside)} de {number(len(ordered))} municípios {between}"
    text = f"{named(indicator)}, {when}: {share}; mediana dos municípios de {with_unit(middle, indicator, short=True)}."
    absent = without(values, flags, indicator)
    if selected is None or selected not in names:
        return text + absent
    row = list(names).index(selected)
    if is_missing(values[row]):
        mark = flags[row] if flags else None
        why = f" ({FLAGS[str(mark)]})" if mark in MISSING_FLAGS else ""
        # Where it is the only one, its own reason says all.
        return f"{text} {selected}: sem dado{why}." + (absent if len(values) - len(ordered) > 1 else "")
    value = float(values[row])
    if flags and flags[row] == IMPLAUSIBLE:
        return f"{text} {selected}: {with_unit(value, indicator, short=True)}, {FLAGS[IMPLAUSIBLE]}.{absent}"
    below = bisect_left(ordered, value)
    tied = bisect_right(ordered, value) - below - 1
    own = f" {selected}, com {with_unit(value, indicator, short=True)},"
    if below:
        text += f"{own} fica acima de {number(below)} dos {number(len(ordered))} com dado."
    elif tied:
        text += f"{own} tem o menor valor, igual ao de {'outro' if tied == 1 else f'outros {number(tied)}'}."
    else:
        text += f"{own} tem o menor valor."
    return text + absent


def series_sentence(
    place: str,
    points: Sequence[tuple[str, Any]],
    indicator: Indicator,
    certain: bool | None = None,
    broken: str = "",
) -> str:
    """How a series moved: `Campo Grande subiu de 41,6% em 2023 para 51,8% em 2024 (+10,1 p.p.).`

    `points`: (period in words, value) in order, of one method only; `broken`: the period in words from which
    values compare, when the series has an earlier part under another method. `certain=False` says in the same
    sentence that chance explains the change. A series that ends where it began is stable only if it never
    left; otherwise the sentence says how far it went. One whose last steps go against the whole change says both.
    """
    known = [(when, float(value)) for when, value in points if not is_missing(value)]
    before = f" Sem série comparável antes de {broken}." if broken else ""
    if not known:
        return f"{place}: sem dado na série.{before}"
    last_when, last = known[-1]
    if len(known) == 1:
        return f"{place}: {with_unit(last, indicator)} em {last_when}, o único dado da série.{before}"
    first_when, first = known[0]
    if indicator.kind == "category":
        if first == last:
            return f"{place}: {category(last, indicator)} em {first_when} e em {last_when}.{before}"
        start, end = category(first, indicator), category(last, indicator)
        return f"{place}: de {start} em {first_when} para {end} em {last_when}.{before}"
    text_first, text_last = with_unit(first, indicator, short=True), with_unit(last, indicator, short=True)
    if text_first == text_last:
        values = [value for _, value in known]
        least, most = (with_unit(end, indicator, short=True) for end in (min(values), max(values)))
        if least == most:
            return f"{place} ficou estável: {text_first} em {first_when} e em {last_when}.{before}"
        wandered = f"no intervalo, variou de {least} a {most}"
        return f"{place}: {text_first} em {first_when} e em {last_when}; {wandered}.{before}"
    verb = "subiu" if last > first else "caiu"
    change = moved(first, last, indicator)
    text = f"{place} {verb} de {text_first} em {first_when} para {text_last} em {last_when} ({change})"
    if certain is False and indicator.interval == "none" and indicator.cohort:
        text += ", dentro do que costuma oscilar num município deste porte"
    elif certain is False:
        text += ", variação compatível com o acaso: com poucos casos, o número oscila sozinho"
    turn = _turn(known, indicator)
    if turn is not None:
        turned, level = turn
        text += f"; desde {turned}, porém, {'subiu' if last < first else 'caiu'} de {level}"
    return f"{text}.{before}"


def moved(first: float, last: float, indicator: Indicator) -> str:
    """A change between two values as they print: empty where they print alike, else its size, which is never zero."""
    start, end = shown(first, indicator), shown(last, indicator)
    if start == end:
        return ""
    text = difference(last - first, indicator)
    return text if text != difference(0, indicator) else difference(end - start, indicator)


# Steps in one direction that make a course, and no wobble.
COURSE = 2


def _turn(known: Sequence[tuple[str, float]], indicator: Indicator) -> tuple[str, str] | None:
    """Where the last steps began, if they go against the whole change: period and value in words.

    Steps count as they print; None where there are fewer than `COURSE` of them.
    """
    printed = [shown(value, indicator) for _, value in known]
    whole = printed[-1] - printed[0]
    place = len(printed) - 1
    while place and (printed[place] - printed[place - 1]) * whole < 0:
        place -= 1
    if len(printed) - 1 - place < COURSE:
        return None
    return known[place][0], with_unit(known[place][1], indicator, short=True)


def target_sentence(
    indicator: Indicator,
    latest_year: int,
    latest_value: Any,
    target_year: int,
    target_value: float,
    expected_value: Any = None,
    required_per_year: Any = None,
    observed_per_year: Any = None,
    baseline_year: int | None = None,
    step: bool | None = None,
    tolerated: bool = False,
    when: str = "",
) -> str:
    """Where a value stands on the way to its target, in at most three short sentences.

    Rates are per year in the indicator's unit; a None leaves its part out. `step`: whether what was expected is a
    yearly target of the plan, or a straight line of ours, which is said; None where nobody knows. `tolerated`: whether
    the reading is on the way although the value falls short of what was expected. `when`: the period of a value of
    several years.
    """
    aim = with_unit(target_value, indicator, short=True, trim=True)
    goal = f"meta de {aim} em {target_year}"
    if is_missing(latest_value):
        return f"{capitalised(goal)}; ainda sem dado para acompanhar."
    value = float(latest_value)
    text = f"{with_unit(value, indicator, line=target_value)} {when or f'em {latest_year}'}"
    if not is_missing(expected_value):
        text += f", {_beside(value, float(expected_value), latest_year, indicator, step, tolerated)}"
    reached = value >= target_value if indicator.better == "higher" else value <= target_value
    if reached and indicator.better != "none":
        return f"{text}. A {goal} já foi alcançada."
    if latest_year >= target_year:
        ended = with_unit(value, indicator, line=target_value)
        return f"Prazo vencido em {target_year}: ficou em {ended}; a meta era {aim}."
    text += "."
    if not is_missing(required_per_year):
        rated = verdicts.apart(required_per_year, observed_per_year, indicator.decimals)
        indicator = replace(indicator, decimals=rated)
        verb = "subir" if float(required_per_year) > 0 else "cair"
        size = difference(required_per_year, indicator, sign=False)
        if size == difference(0, indicator, sign=False):
            size = f"menos de {difference(10.0**-indicator.decimals, indicator, sign=False)}"
        text += f" Para chegar a {aim} em {target_year} é preciso {verb} {size} por ano"
        if not is_missing(observed_per_year) and baseline_year is not None:
            pace = float(observed_per_year)
            size = difference(pace, indicator, sign=False)
            nothing = difference(0, indicator, sign=False)
            if difference(pace * (latest_year - baseline_year), indicator, sign=False) == nothing:
                moved = "não mudou"
            else:
                if size == nothing:
                    size = f"menos de {difference(10.0**-indicator.decimals, indicator, sign=False)}"
                moved = f"{'subiu' if pace > 0 else 'caiu'} {size} por ano"
            text += f"; desde {baseline_year}, {moved}"
        text += "."
    return text


def _beside(
    value: float, expected: float, year: int, indicator: Indicator, step: bool | None, tolerated: bool
) -> str:
    """A value beside what was expected of its year: `abaixo da meta de 2025 (51,5%)`."""
    shown, planned = with_unit(value, indicator, short=True), with_unit(expected, indicator, short=True)
    feminine = "a" if step else "o"
    side = (
        f"igual {'à' if step else 'ao'}"
        if shown == planned
        else f"{'acima' if value > expected else 'abaixo'} d{feminine}"
    )
    what = f"meta de {year}" if step else "previsto para o ano"
    ours = ", num caminho em linha reta, traçado por nós" if step is False else ""
    short = tolerated and shown != planned and (value > expected) == (indicator.better == "lower")
    within = ", dentro da tolerância de 5% do caminho" if short else ""
    return f"{'pouco ' if short else ''}{side} {what} ({planned}{ours}){within}"


def gap_sentence(cases: int | None, better: str, noun: tuple[str, ...] | None) -> str:
    """The distance to a target in people or cases; empty without a count, a distance or a noun.

    `noun`: (one, many), e.g. ("criança vacinada", "crianças vacinadas"). `Faltam 7 crianças vacinadas`,
    `Evitar 3 óbitos`.
    """
    if not noun or cases is None or is_missing(cases) or cases <= 0:
        return ""
    one, many = noun
    if better == "lower":
        return f"Evitar {counted(cases, one, many)}"
    return f"{plural(cases, 'Falta', 'Faltam')} {counted(cases, one, many)}"


def finding(
    indicator: Indicator,
    when: str,
    values: Sequence[Any] | Numbers,
    threshold: float | None = None,
    flags: Sequence[Any] = (),
) -> str:
    """A title that states what the figures show, or the bare name and period when nothing stands out.

    `threshold`: the value that matters; without it the declared one is taken, else the class bound nearest to
    the worst fifth, or the one that fewest are behind where that is most of them. Values count as they are shown, and a value on the threshold as the map's classes take it.
    `Água encanada em 2022: 16 dos 79 municípios ficam abaixo de 60%`; of categories, how many have one that is
    not accepted, or the one that most have. Values beyond what can be (`flags`) are said and counted on no side.
    """
    # The full name says more, as long as the title stays in two lines.
    name = named(indicator) if len(indicator.title) <= 60 else indicator.short
    bare = f"{named(indicator)}{',' if ',' in named(indicator) else ''} em {when}"
    head = f"{name}{',' if ',' in name else ''} em {when}"
    read = readable(values, flags)
    told = all_shown(read, indicator)
    present = np.sort(told[~np.isnan(told)]).tolist()
    if len(present) == len(values) == 1:
        return f"{head}: {with_unit(present[0], indicator)}"
    if len(present) < 2 or indicator.better == "none":
        return bare
    unread = beyond(values, flags, indicator)
    tail = f"; {unread}" if unread else ""
    # Who has a value that cannot be is one of those with data, and of neither side.
    total = len(present) + flags.count(IMPLAUSIBLE)
    partly = total < len(values)
    limit = indicator.threshold if threshold is None else threshold
    if indicator.kind == "category":
        said = _of_kinds(indicator, present, limit, partly)
        return f"{head}: {said}" if said else bare
    lower = indicator.better == "lower"

    def behind(limit: float) -> int:
        under = bisect_left(present, limit)
        return len(present) - under if lower else under

    if limit is None:
        fitting = [bound for bound in indicator.classes if 0 < behind(bound) <= len(present) / 2]
        # Where most are behind every bound, the one that fewest are behind says the most.
        most = [bound for bound in indicator.classes if behind(bound) > len(present) / 2]
        if not fitting and not most:
            return bare
        fifth = len(present) / 5
        limit = (
            min(fitting, key=lambda bound: abs(behind(bound) - fifth)) if fitting else min(most, key=behind)
        )
    count = behind(limit)
    one = count <= 1
    group = _of(count, total, " com dado" if partly else "")
    if not lower:
        return (
            f"{head}: {group} {'fica' if one else 'ficam'} abaixo de {_level(limit, indicator, name)}{tail}"
        )
    return f"{head}: {group} {'tem' if one else 'têm'} {_level(limit, indicator, name, ' ou mais')}{tail}"


def _of_kinds(indicator: Indicator, present: Sequence[Any], limit: float | None, given: bool) -> str:
    """How many have a category from `limit` on, or the one that most have; empty where nobody has such."""
    places = Counter(int(value) for value in present)
    told = sorted(place for place in places if limit is not None and place >= limit)
    if limit is None:
        told = [min(places, key=lambda place: (-places[place], place))]
    if not told:
        return ""
    kinds = [indicator.categories[place - 1] for place in told]
    group = f" com {indicator.unit}" if given and indicator.unit else ""
    count = sum(places[place] for place in told)
    return f"{_of(count, len(present), group)} {plural(count, 'tem', 'têm')} {' ou '.join(kinds)}"


def _of(count: int, total: int, group: str) -> str:
    """A share of the municipalities: `16 dos 79 municípios`, `todos os 79 municípios`, `nenhum dos 79 municípios`."""
    if count == total and total > 1:
        return f"todos os {number(total)} municípios{group}"
    return f"{number(count) if count else 'nenhum'} dos {number(total)} municípios{group}"


def _level(value: float, indicator: Indicator, name: str, more: str = "") -> str:
    """A threshold with its unit, which a name that says it already leaves out: `20% ou mais`, `5 ou mais óbitos`."""
    unit = unit_of(indicator)
    if not indicator.rate:
        return with_unit(value, indicator, trim=True) + more
    return bound(value, indicator) + more + (f" {unit}" if unit not in name else "")
