"""Numbers and sentences in Brazilian Portuguese, generated from data.

Every number a reader sees goes through this file, so that `74,8%`, `n.d.` and the sign of a difference look
the same on a page, in a file and in a report. Functions take plain values and return plain text (no HTML).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from pipelines import verdicts
from pipelines.declarations import CAVEATS, FLAGS, MISSING_FLAGS, Indicator, Source

LOCALE = Locale.parse("pt_BR")
MINUS = "\u2212"
NBSP = "\u00a0"
MISSING = "n.d."
_SEPARATORS = str.maketrans({",": get_group_symbol(LOCALE), ".": get_decimal_symbol(LOCALE), "-": MINUS})


def is_missing(value: Any) -> bool:
    """Whether a cell holds no value: None, NaN, NA, NaT or an infinite number."""
    if value is None:
        return True
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, (str, int)):
        return False
    return type(value).__name__ in {"NAType", "NaTType"} or bool(value != value)


def day_of(value: Any) -> dt.date | None:
    """The day of a cell, which frames hold as a moment; None where there is none."""
    if is_missing(value):
        return None
    day: dt.date = value.date() if isinstance(value, dt.datetime) else value
    return day


@lru_cache(maxsize=50_000)
def _number(value: float, decimals: int, low: float | None = None, high: float | None = None) -> str:
    # The pattern engine of Babel takes 14 µs a number; its symbols on a rounded Decimal take 3, and a test
    # holds that both agree.
    return f"{verdicts.rounded(value, decimals, low, high):,f}".translate(_SEPARATORS)


def number(value: Any, decimals: int = 0) -> str:
    """A number as Brazilians write it: `1.234,5`; missing is `n.d.`, never 0."""
    return MISSING if is_missing(value) else _number(float(value), decimals)


def shown(value: Any, indicator: Indicator) -> float:
    """A value rounded as it is shown, for what has to agree with the printed number: classes and counts."""
    return float(verdicts.rounded(float(value), indicator.decimals, *indicator.range))


def amount(value: Any, indicator: Indicator, line: float | None = None) -> str:
    """A value of an indicator without its unit: `74,8`; short of an end of its range it never prints as that end.

    `line`: what it may not print like either unless it stands there, such as the bound that it is set against.
    """
    if is_missing(value):
        return MISSING
    decimals = verdicts.parting(float(value), indicator.decimals, None if is_missing(line) else line)
    return _number(float(value), decimals, *indicator.range)


def _trim(text: str) -> str:
    return text.rstrip("0").rstrip(",") if "," in text else text


def trimmed(value: Any, decimals: int = 2) -> str:
    """A number without decimals that say nothing: `50`, `0,75`; for bounds and axis ticks."""
    return _trim(number(value, decimals))


def compact(value: Any, decimals: int = 1) -> str:
    """A large number shortened: `2,8 mi`, `12 mil`, `1,2 bi`; below ten thousand in full."""
    if is_missing(value):
        return MISSING
    size = abs(float(value))
    for bound, word in ((1e12, "tri"), (1e9, "bi"), (1e6, "mi"), (1e3, "mil")):
        if size >= bound and size >= 10_000:
            return f"{trimmed(float(value) / bound, decimals)}{NBSP}{word}"
    return trimmed(value, 0 if size >= 100 else decimals)


def unit_of(indicator: Indicator, value: Any = None, short: bool = False) -> str:
    """The unit as words: `óbitos por mil nascidos vivos`; short, `por mil`; empty for an index or a mark.

    With a `value` that prints as 1 the first word is singular.
    """
    unit = indicator.unit
    if unit in verdicts.UNSAID:
        return ""
    if short and indicator.rate:
        return indicator.rate
    if not is_missing(value) and _trim(number(abs(float(value)), indicator.decimals)) == "1":
        return verdicts.singular(unit)
    return unit


def with_unit(
    value: Any, indicator: Indicator, short: bool = False, trim: bool = False, line: float | None = None
) -> str:
    """A value as a reader should see it: `74,8%`, `R$ 1.234,56`, `12,3 óbitos por mil nascidos vivos`.

    `short` keeps what a narrow place can hold: `12,3 por mil`; `trim` drops idle decimals, for targets and
    bounds: `80%`; `line`: as of `amount`. A category is its own name; missing is `n.d.`.
    """
    if is_missing(value):
        return MISSING
    if indicator.kind == "category":
        return category(value, indicator)
    text = amount(value, indicator, line)
    text = _trim(text) if trim else text
    if indicator.sign == verdicts.PERCENT:
        return f"{text}%"
    if indicator.sign == verdicts.MONEY:
        sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
        rest = indicator.unit.removeprefix(indicator.sign).strip()
        money = f"{sign}R${NBSP}{digits}"
        return f"{money} {rest}" if rest and not short else money
    unit = unit_of(indicator, value, short)
    return f"{text}{NBSP}{unit}" if unit else text


def bound(value: float, indicator: Indicator) -> str:
    """A class bound with no idle decimals and only a sign for unit: `50%`, `R$ 20.000`, `0,7`."""
    if indicator.sign:
        return with_unit(value, indicator, short=True, trim=True)
    return trimmed(value, indicator.decimals)


def category(value: Any, indicator: Indicator) -> str:
    """The name of a category from its 1-based place; `n.d.` when missing or not a place of the list."""
    if is_missing(value) or not 1 <= int(value) <= len(indicator.categories):
        return MISSING
    return indicator.categories[int(value) - 1]


def signed(value: Any, decimals: int = 0) -> str:
    """A number with its sign, U+2212 for minus: `+10,1`, `−3,2`, `0,0`."""
    text = number(value, decimals)
    return f"+{text}" if not is_missing(value) and float(value) > 0 and text.strip("0,.") else text


def difference(value: Any, indicator: Indicator, sign: bool = True) -> str:
    """A difference between two values of an indicator: `+10,1 p.p.`, `−0,3`, `+R$ 1.234`.

    Percentages differ in percentage points (p.p.). `sign=False` gives the size alone.
    """
    if is_missing(value):
        return MISSING
    size = float(value) if sign else abs(float(value))
    text = signed(size, indicator.decimals) if sign else number(size, indicator.decimals)
    if indicator.sign == verdicts.PERCENT:
        return f"{text}{NBSP}p.p."
    if indicator.sign == verdicts.MONEY:
        mark = text[0] if text[0] in f"+{MINUS}" else ""
        return f"{mark}R${NBSP}{text[len(mark) :]}"
    unit = unit_of(indicator, size, short=True)
    return f"{text}{NBSP}{unit}" if unit else text


def ordinal(place: int) -> str:
    """`12º`."""
    return f"{number(place)}º"


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: `1 município`, `16 municípios`, `0 municípios`."""
    return f"{number(count)} {one if count == 1 else many}"


def plural(count: int, one: str, many: str) -> str:
    """The word alone that agrees with a count: `plural(1, 'atende', 'atendem')`."""
    return one if count == 1 else many


def listed(items: Iterable[str]) -> str:
    """`A`, `A e B`, `A, B e C`."""
    texts = list(items)
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} e {texts[-1]}" if texts else ""


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, the rest untouched."""
    return text[:1].upper() + text[1:]


def date(day: dt.date | None, long: bool = False) -> str:
    """`22/11/2026`, or long `22 de novembro de 2026`; `n.d.` when there is none."""
    if day is None or is_missing(day):
        return MISSING
    return format_date(day, "d 'de' MMMM 'de' y" if long else "dd/MM/yyyy", locale=LOCALE)


def period(day: dt.date | None, indicator: Indicator | None = None, long: bool = False) -> str:
    """The reference period that ends on `day`: `2024`, `abr. 2026` or `21/08/2026`; long, `abril de 2026`.

    The last day of a year is a year, unless the indicator is monthly.
    """
    if day is None or is_missing(day):
        return MISSING
    if (day.month, day.day) == (12, 31) and not (indicator is not None and indicator.monthly):
        return str(day.year)
    if (day + dt.timedelta(days=1)).day == 1:
        return format_date(day, "MMMM 'de' y" if long else "MMM y", locale=LOCALE)
    return date(day)


def slug(text: str) -> str:
    """A name as it stands in links and names of files: lower case, no accents, hyphens; `região do Bolsão` -> `regiao-do-bolsao`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def flag(code: Any, indicator: Indicator) -> str:
    """The words of a flag; empty when there is none. Where the counts are estimated, the published value is not."""
    if is_missing(code) or not code:
        return ""
    return "contagens estimadas" if code == "estimated" and indicator.interval != "none" else FLAGS[str(code)]


def revision(day: Any, before: Any, after: Any, indicator: Indicator) -> str:
    """What a newer edition made of a value: `revisado em 12/2026: era 34,7%, passou a 35,2%`; empty without one.

    A change that the usual decimals would hide is told with as many as show it. `after`: missing where the value was
    withdrawn.
    """
    if is_missing(day) or is_missing(before):
        return ""
    when = f"{day:%m/%Y}"
    was, now = (with_unit(value, indicator, short=True) for value in (before, after))
    if is_missing(after):
        return f"retirado em {when}: era {was}"
    finer = indicator
    while was == now and before != after and finer.decimals < indicator.decimals + MOST_FINER:
        finer = replace(finer, decimals=finer.decimals + 1)
        was, now = (with_unit(value, finer, short=True) for value in (before, after))
    return f"revisado em {when}: era {was}, passou a {now}"


# Decimals beyond the usual ones that a revision may be told with.
MOST_FINER = 8


def observation(code: Any, day: Any, before: Any, after: Any, indicator: Indicator) -> str:
    """What is to be kept in mind of a value: the words of its flag and its revision; empty where there is neither."""
    return "; ".join(filter(None, (flag(code, indicator), revision(day, before, after, indicator))))


def missing_reason(code: Any) -> str:
    """Why there is no value: `n.d. (não elegível)`; `n.d.` alone when the flag does not say."""
    return f"{MISSING} ({FLAGS[str(code)]})" if not is_missing(code) and code in MISSING_FLAGS else MISSING


def caveats(indicator: Indicator) -> list[str]:
    """The indicator's caveats as sentences."""
    return [CAVEATS[caveat] for caveat in indicator.caveats]


# Ranks


def ranks(values: Sequence[Any], better: str) -> list[tuple[int, int] | None]:
    """The place of each value among those present, best first, as (place, how many share it).

    `better`: higher, lower or none (then the highest comes first). Missing values have no place.
    """
    present = [float(value) for value in values if not is_missing(value)]
    ordered = sorted(present, reverse=better != "lower")
    places: dict[float, tuple[int, int]] = {}
    for index, value in enumerate(ordered):
        first, shared = places.get(value, (index + 1, 0))
        places[value] = (first, shared + 1)
    return [None if is_missing(value) else places[float(value)] for value in values]


def rank(
    low: int, high: int, total: int, tied: int = 0, better: str = "higher", everyone: int | None = None
) -> str:
    """A position in words, best first.

    `low`, `high`: the places it may hold (equal when it is sure); `tied`: others with the same value;
    `total`: how many have data, of `everyone`. Examples: `entre 12º e 31º de 79`,
    `empatado com outros 4 em 1º`, `o menor de 79`, `12º menor de 79`, `12º de 75 com dado`. Where any place is possible:
    `sem diferença segura dos outros 78`.
    """
    of = f"de {number(total)}" + (" com dado" if everyone is not None and everyone > total else "")
    if (low, high) == (1, total) and total > 1:
        return f"sem diferença segura dos outros {number(total - 1)}"
    if high > low:
        return f"entre {ordinal(low)} e {ordinal(high)} {of}"
    if tied:
        others = "outro" if tied == 1 else f"outros {number(tied)}"
        return f"empatado com {others} em {ordinal(low)} {of}"
    word = {"lower": "menor", "none": "maior"}.get(better, "")
    if word and low == 1:
        return f"o {word} {of}"
    return f"{ordinal(low)} {word} {of}" if word else f"{ordinal(low)} {of}"


def standing(low: int, high: int, total: int, measured: bool) -> str:
    """A place that may be several: an interval where the value has one (`measured`), else a tie."""
    if measured or low == high:
        return rank(low, high, total, better="")
    return rank(low, low, total, high - low, better="")


# Sentences. Names of indicators have genders, so they stand before a colon or a comma, never in a clause.


def named(indicator: Indicator) -> str:
    """The indicator's title where a colon follows: `Cobertura vacinal, pentavalente`."""
    return indicator.title.replace(": ", ", ")


@lru_cache(maxsize=20_000)
def collated(name: str) -> str:
    """A name as it is sorted in Portuguese: accents and capitals do not count."""
    bare = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def who(names: Iterable[str]) -> str:
    """One name, or the first in the alphabet of several that share a value: `Anaurilândia e outros 8`."""
    first, *others = sorted(names, key=collated)
    if not others:
        return first
    return f"{first} e {'outro' if len(others) == 1 else f'outros {number(len(others))}'}"


IMPLAUSIBLE = "implausible"
# What an asterisk beside a value means. A vaccine's coverage is as published; what is estimated are its counts.
MARKED = "* provisório, estimado (nas vacinas, só as contagens) ou fora do plausível."


def readable(values: Sequence[Any], flags: Sequence[Any] = ()) -> list[Any]:
    """The values with None for those beyond what can be, which stand in no count, order, median or class."""
    marks = flags or [None] * len(values)
    return [None if mark == IMPLAUSIBLE else value for value, mark in zip(values, marks, strict=True)]


def beyond(flags: Sequence[Any]) -> str:
    """How many values are beyond what can be: `20 acima de 100%: não dá para ler`; empty where none is."""
    count = sum(mark == IMPLAUSIBLE for mark in flags)
    return f"{number(count)} acima de 100%: não dá para ler" if count else ""


def without(values: Sequence[Any], flags: Sequence[Any] = ()) -> str:
    """How many have no value, or one beyond what can be, and why where the flags say more; else empty."""
    strange = beyond(flags)
    return _absent(values, flags) + (f" {strange}." if strange else "")


def _absent(values: Sequence[Any], flags: Sequence[Any]) -> str:
    marks = flags or [None] * len(values)
    absent = [mark for value, mark in zip(values, marks, strict=True) if is_missing(value)]
    if not absent:
        return ""
    reasons = Counter(str(mark) if mark in MISSING_FLAGS else "not_available" for mark in absent)
    text = f" {number(len(absent))} sem dado"
    if len(reasons) == 1:
        reason = next(iter(reasons))
        return f"{text}." if reason == "not_available" else f"{text} ({FLAGS[reason]})."
    told = "; ".join(f"{FLAGS[reason]}: {number(count)}" for reason, count in reasons.most_common())
    return f"{text} ({told})."


def _known(names: Sequence[str], values: Sequence[Any]) -> list[tuple[float, str]]:
    return sorted(
        ((float(value), name) for name, value in zip(names, values, strict=True) if not is_missing(value)),
        key=lambda pair: (pair[0], collated(pair[1])),
    )


def _shares(names: Sequence[str], values: Sequence[Any], indicator: Indicator) -> str:
    """How many stand in each category: `A em 12, B em 30`."""
    counts = [0] * len(indicator.categories)
    for value, _ in _known(names, values):
        counts[int(value) - 1] += 1
    pairs = zip(indicator.categories, counts, strict=True)
    return listed(f"{name} em {number(count)}" for name, count in pairs if count)


def _nobody(flags: Sequence[Any]) -> str:
    """What is said where no value can be read."""
    strange = beyond(flags)
    return f"nenhum município com dado que dê para ler; {strange}" if strange else "nenhum município com dado"


def map_sentence(
    indicator: Indicator, when: str, names: Sequence[str], values: Sequence[Any], flags: Sequence[Any] = ()
) -> str:
    """What a map shows: the extremes, the middle and how many have no value.

    `names`, `values` and `flags` are parallel; `when` is the period in words.
    """
    absent = without(values, flags)
    known = _known(names, readable(values, flags))
    head = f"{named(indicator)}, {when}"
    if not known:
        return f"{head}: {_nobody(flags)}."
    if indicator.kind == "category":
        return f"{head}: {_shares(names, values, indicator)}.{absent}"
    low, high = known[0][0], known[-1][0]
    if with_unit(low, indicator) == with_unit(high, indicator):
        if len(known) == 1:
            return f"{head}: só {known[0][1]} tem dado, {with_unit(low, indicator)}.{absent}"
        everywhere = f"{with_unit(low, indicator)} em todos os {number(len(known))} municípios com dado"
        return f"{head}: {everywhere}.{absent}"
    lowest = who(name for value, name in known if value == low)
    highest = who(name for value, name in known if value == high)
    text = (
        f"{head}: de {with_unit(low, indicator, short=True)} ({lowest}) "
        f"a {with_unit(high, indicator)} ({highest})"
    )
    if len(known) < 4:
        # Half of three is nobody's half.
        return f"{text}.{absent}"
    middle = statistics.median(value for value, _ in known)
    below = sum(value < middle for value, _ in known)
    # "Half are below" is only true where ties do not sit on the median.
    half = below >= (len(known) - 1) / 2
    centre = with_unit(middle, indicator, short=True)
    return f"{text}; {f'metade dos municípios fica abaixo de {centre}' if half else f'mediana dos municípios de {centre}'}.{absent}"


def ranking_sentence(
    indicator: Indicator,
    when: str,
    names: Sequence[str],
    values: Sequence[Any],
    selected: str | None = None,
    reference: str = "",
    standing: str = "",
    flags: Sequence[Any] = (),
) -> str:
    """What a ranking shows: who is furthest behind, who is ahead, and where the selected one stands.

    `reference`: the reference line in words, e.g. `mediana 74,8%`; `standing`: the place of `selected` in
    words (`rank`), reckoned here, without intervals, when it is not given. Without a better direction, lowest
    and highest are named. Who shares a value is named once, `Anaurilândia e outros 8`.
    """
    known = _known(names, readable(values, flags))
    head = f"{named(indicator)}, {when}"
    if not known:
        return f"{head}: {_nobody(flags)}."
    absent = without(values, flags)
    if indicator.kind == "category":
        return f"{head}: {_shares(names, values, indicator)}.{absent}"
    if with_unit(known[0][0], indicator) == with_unit(known[-1][0], indicator):
        return map_sentence(indicator, when, names, values, flags)
    shared: dict[float, list[str]] = {}
    for value, name in sorted(known, key=lambda pair: pair[0], reverse=indicator.better == "lower"):
        shared.setdefault(value, []).append(name)
    texts, told = [], 0
    for value, group in list(shared.items())[:-1]:
        if told < 3:
            texts.append(f"{who(group)} ({with_unit(value, indicator, short=True)})")
            told += len(group)
    best, group = list(shared.items())[-1]
    behind, ahead = ("maior", "menor") if indicator.better == "lower" else ("menor", "maior")
    opening = f"{behind} valor" if len(texts) == 1 else f"{behind}es valores"
    text = (
        f"{head}: {opening} em {listed(texts)}; "
        f"{ahead} em {who(group)} ({with_unit(best, indicator, short=True)})."
    )
    if selected is not None and selected in names:
        place = ranks(readable(values, flags), indicator.better)[list(names).index(selected)]
        if place is not None:
            total = len(known)
            reckoned = rank(place[0], place[0], total, place[1] - 1, indicator.better, len(values))
            text += f" {selected}: {standing or reckoned}."
    return text + (f" {capitalised(reference)}." if reference else "") + absent


def distribution_sentence(
    indicator: Indicator,
    when: str,
    names: Sequence[str],
    values: Sequence[Any],
    selected: str | None = None,
    flags: Sequence[Any] = (),
) -> str:
    """How values spread: the middle half, and how many the selected municipality is above."""
    known = _known(names, readable(values, flags))
    if indicator.kind == "category" or len(known) < 4:
        return map_sentence(indicator, when, names, values, flags)
    numbers = [value for value, _ in known]
    low, middle, high = statistics.quantiles(numbers, n=4, method="inclusive")
    text = (
        f"{named(indicator)}, {when}: metade dos municípios está entre {with_unit(low, indicator, short=True)} e "
        f"{with_unit(high, indicator, short=True)}; mediana dos municípios de {with_unit(middle, indicator, short=True)}."
    )
    absent = without(values, flags)
    if selected is None or selected not in names:
        return text + absent
    row = list(names).index(selected)
    if is_missing(values[row]):
        mark = flags[row] if flags else None
        why = f" ({FLAGS[str(mark)]})" if mark in MISSING_FLAGS else ""
        # Where it is the only one, its own reason says all.
        return f"{text} {selected}: sem dado{why}." + (absent if len(values) - len(known) > 1 else "")
    value = float(values[row])
    if flags and flags[row] == IMPLAUSIBLE:
        return f"{text} {selected}: {with_unit(value, indicator, short=True)}, {FLAGS[IMPLAUSIBLE]}.{absent}"
    below, tied = sum(other < value for other in numbers), numbers.count(value) - 1
    own = f" {selected}, com {with_unit(value, indicator, short=True)},"
    if below:
        text += f"{own} fica acima de {number(below)} dos {number(len(numbers))} com dado."
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


def interval(low: Any, high: Any, indicator: Indicator) -> str:
    """A 95% interval in words; empty when it is not known."""
    if is_missing(low) or is_missing(high):
        return ""
    upper = with_unit(high, indicator, short=True)
    return f"provavelmente entre {amount(low, indicator)} e {upper} (95%)"


def finding(
    indicator: Indicator,
    when: str,
    values: Sequence[Any],
    threshold: float | None = None,
    flags: Sequence[Any] = (),
) -> str:
    """A title that states what the figures show, or the bare name and period when nothing stands out.

    `threshold`: the value that matters; without it the declared one is taken, else the class bound nearest to
    the worst fifth. Values count as they are shown, and a value on the threshold as the map's classes take it.
    `Água encanada em 2022: 16 dos 79 municípios ficam abaixo de 60%`; of categories, how many have one that is
    not accepted, or the one that most have. Values beyond what can be (`flags`) are said and counted on no side.
    """
    # The full name says more, as long as the title stays in two lines.
    name = named(indicator) if len(indicator.title) <= 60 else indicator.short
    bare = f"{named(indicator)}{',' if ',' in named(indicator) else ''} em {when}"
    head = f"{name}{',' if ',' in name else ''} em {when}"
    present = [shown(value, indicator) for value in readable(values, flags) if not is_missing(value)]
    if len(present) < 2 or indicator.better == "none":
        return bare
    strange = beyond(flags)
    tail = f"; {strange}" if strange else ""
    # Who has a value that cannot be is one of those with data, and of neither side.
    total = len(present) + sum(mark == IMPLAUSIBLE for mark in flags)
    given = total < len(values)
    limit = indicator.threshold if threshold is None else threshold
    if indicator.kind == "category":
        places = Counter(int(value) for value in present)
        told = sorted(place for place in places if limit is not None and place >= limit)
        if limit is None:
            told = [min(places, key=lambda place: (-places[place], place))]
        kinds = [indicator.categories[place - 1] for place in told]
        if not kinds:
            return bare
        group = f" com {indicator.unit}" if given and indicator.unit else ""
        count = sum(places[place] for place in told)
        return f"{head}: {_of(count, len(present), group)} {plural(count, 'tem', 'têm')} {' ou '.join(kinds)}"
    lower = indicator.better == "lower"

    def behind(limit: float) -> int:
        return sum(value >= limit if lower else value < limit for value in present)

    if limit is None:
        fitting = [bound for bound in indicator.classes if 0 < behind(bound) <= len(present) / 2]
        if not fitting:
            return bare
        limit = min(fitting, key=lambda bound: abs(behind(bound) - len(present) / 5))
    count = behind(limit)
    one = count <= 1
    group = _of(count, total, " com dado" if given else "")
    if not lower:
        return (
            f"{head}: {group} {'fica' if one else 'ficam'} abaixo de {_level(limit, indicator, name)}{tail}"
        )
    return f"{head}: {group} {'tem' if one else 'têm'} {_level(limit, indicator, name, ' ou mais')}{tail}"


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


def source_line(source: Source, when: str = "", next_release: str = "") -> str:
    """Where the figures come from, for under a chart and inside a picture.

    `Fonte: INEP, Indicador Criança Alfabetizada, edição 2024. Dado de 2024. Incluído em 22/11/2026 (cópia
    pública).`; a table fetched from its publisher says `Obtido em`.
    """
    parts = [f"Fonte: {source.short}, {source.dataset}, edição {source.edition}."]
    if when:
        parts.append(f"Dado de {when}.")
    if source.retrieved is None:
        parts.append("Aguardando a primeira coleta.")
    elif source.origin == "fetched":
        parts.append(f"Obtido em {date(source.retrieved)}.")
    else:
        parts.append(f"Incluído em {date(source.retrieved)} (cópia pública).")
    if next_release:
        parts.append(f"Próximo dado previsto: {next_release}.")
    return " ".join(parts)
