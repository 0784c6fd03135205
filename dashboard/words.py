"""Numbers and sentences in Brazilian Portuguese, generated from data.

Every number a reader sees goes through this file, so that `74,8%`, `n.d.` and the sign of a difference look
the same on a page, in a file and in a report. Functions take plain values and return plain text (no HTML).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from babel import Locale
from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol
from numpy.typing import NDArray

from pipelines import verdicts
from pipelines.declarations import CAVEATS, FLAGS, MISSING_FLAGS, STATES, Indicator, Source

LOCALE = Locale.parse("pt_BR")
MINUS = "\u2212"
NBSP = "\u00a0"
MISSING = "n.d."
Numbers = NDArray[np.float64]
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


# What a cell of a column of numbers is.
_CELLS = {float, int, bool, np.float64, type(None)}


def numbers(values: Sequence[Any] | Numbers) -> Numbers:
    """Each cell as a number, NaN where `is_missing` says that it holds none, for thousands at once; numbers as they are."""
    if isinstance(values, np.ndarray) and values.dtype == float:
        return values
    if {*map(type, values)} <= _CELLS:
        found = np.array(values, dtype=float)
        found[np.isinf(found)] = math.nan
        return found
    return np.array([math.nan if is_missing(value) else float(value) for value in values], dtype=float)


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


def amounts(values: Sequence[Any] | Numbers, indicator: Indicator) -> list[str]:
    """Each value as `amount` writes it, for thousands at once."""
    return _each(values, indicator, lambda text, _: text)


def _each(
    values: Sequence[Any] | Numbers, indicator: Indicator, say: Callable[[str, float], str]
) -> list[str]:
    """Each value by what `say` makes of its amount and itself; what prints alike is said once, and is one text."""
    held = numbers(values)
    nearest, sure = _nearest(held, indicator)
    texts, rows = [MISSING] * len(held), np.flatnonzero(sure)
    distinct, kinds = np.unique(nearest[rows], return_inverse=True)
    pattern = f",.{indicator.decimals}f"
    said = [say(format(one, pattern).translate(_SEPARATORS), one) for one in distinct.tolist()]
    for row, kind in zip(rows.tolist(), kinds.tolist(), strict=True):
        texts[row] = said[kind]
    for row in np.flatnonzero(~sure & ~np.isnan(held)).tolist():
        texts[row] = say(amount(values[row], indicator), values[row])
    return texts


def all_shown(values: Sequence[Any] | Numbers, indicator: Indicator) -> Numbers:
    """What `shown` makes of each value, NaN for a missing one, for thousands at once."""
    held = numbers(values)
    found, sure = _nearest(held, indicator)
    for row in np.flatnonzero(~sure & ~np.isnan(held)).tolist():
        found[row] = shown(values[row], indicator)
    return found


def _nearest(numbers: Numbers, indicator: Indicator) -> tuple[Numbers, NDArray[np.bool_]]:
    """The numbers rounded to an indicator's decimals, and of which that is for certain what `verdicts.rounded` gives.

    It is not close to a half, where what a reader would write decides, nor at the ends of the range.
    """
    scale, (low, high) = 10.0**indicator.decimals, indicator.range
    scaled = np.abs(numbers) * scale
    whole = np.floor(scaled + 0.5)
    nearest = np.copysign(whole / scale, numbers) + 0.0
    step = 0.5 / scale
    sure = (np.abs(scaled - np.floor(scaled) - 0.5) > 1e-5) & (scaled < 1e9)
    sure &= ~((numbers < high) & (nearest > high - step)) & ~((numbers > low) & (nearest < low + step))
    return nearest, sure


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
    return _united(_trim(text) if trim else text, value, indicator, short)


def with_units(values: Sequence[Any] | Numbers, indicator: Indicator, short: bool = False) -> list[str]:
    """Each value as `with_unit` writes it, for thousands at once."""
    if indicator.kind == "category":
        # Thousands share a few categories.
        cells = values.tolist() if isinstance(values, np.ndarray) else values
        said = {value: with_unit(value, indicator, short) for value in {*cells}}
        return [said[value] for value in cells]
    return _each(values, indicator, lambda text, value: _united(text, value, indicator, short))


def _united(text: str, value: Any, indicator: Indicator, short: bool = False) -> str:
    """An amount with its unit."""
    if indicator.sign == verdicts.PERCENT:
        return f"{text}%"
    if indicator.sign == verdicts.MONEY:
        sign, digits = (MINUS, text[1:]) if text.startswith(MINUS) else ("", text)
        rest = indicator.unit.removeprefix(indicator.sign).strip()
        money = f"{sign}R${NBSP}{digits}"
        return f"{money} {rest}" if rest and not short else money
    # Nothing from 2 on prints as 1.
    unit = unit_of(indicator, value if abs(value) < 2 else None, short)
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


@lru_cache(maxsize=20_000)
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


# What the territory is called where a sentence needs it: all of it, in it, of it.
_SCOPES = {
    "state": ("o estado inteiro", "no estado", "do estado"),
    "states": ("todos os estados", "nesses estados", "desses estados"),
    "country": ("o país inteiro", "no país", "do país"),
}
# The one that is no state.
_DISTRICT = ("o Distrito Federal inteiro", "no Distrito Federal", "do Distrito Federal")


def _scope(scope: str, place: str) -> tuple[str, str, str]:
    return _DISTRICT if scope == "state" and place == STATES["DF"] else _SCOPES[scope]


def the_scope(scope: str, place: str) -> str:
    """All of the territory (`Tables.whole`): `o estado inteiro`, `o país inteiro`."""
    return _scope(scope, place)[0]


def in_scope(scope: str, place: str) -> str:
    """In the territory: `no estado`, `nesses estados`, `no Distrito Federal`."""
    return _scope(scope, place)[1]


def of_scope(scope: str, place: str) -> str:
    """Of the territory: `do estado`, `desses estados`, `do país`."""
    return _scope(scope, place)[2]


# Ranks


def ranks(values: Sequence[Any] | Numbers, better: str) -> list[tuple[int, int] | None]:
    """The place of each value among those present, best first, as (place, how many share it).

    `better`: higher, lower or none (then the highest comes first). Missing values have no place.
    """
    held = numbers(values)
    rows = np.flatnonzero(~np.isnan(held))
    _, kinds, sharing = np.unique(held[rows], return_inverse=True, return_counts=True)
    before = sharing.cumsum() - sharing
    ahead = before if better == "lower" else len(rows) - before - sharing
    places = list(zip((ahead + 1).tolist(), sharing.tolist(), strict=True))
    found: list[tuple[int, int] | None] = [None] * len(held)
    for row, kind in zip(rows.tolist(), kinds.tolist(), strict=True):
        found[row] = places[kind]
    return found


@lru_cache
def _of_all(total: int, everyone: int | None) -> str:
    return f"de {number(total)}" + (" com dado" if everyone is not None and everyone > total else "")


def rank(
    low: int, high: int, total: int, tied: int = 0, better: str = "higher", everyone: int | None = None
) -> str:
    """A position in words, best first.

    `low`, `high`: the places it may hold (equal when it is sure); `tied`: others with the same value;
    `total`: how many have data, of `everyone`. Examples: `entre 12º e 31º de 79`,
    `empatado com outros 4 em 1º`, `o menor de 79`, `12º menor de 79`, `12º de 75 com dado`. Where any place is possible:
    `sem diferença segura dos outros 78`, `sem outro com dado para comparar`.
    """
    if total == 1:
        # First of one is no place.
        return "sem outro com dado para comparar"
    of = _of_all(total, everyone)
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


def all_ranks(
    places: Iterable[tuple[int, int, int]], total: int, better: str, everyone: int
) -> dict[tuple[int, int, int], str]:
    """What `rank` says of each (low, high, tied), for thousands at once."""
    of, word = _of_all(total, everyone), {"lower": " menor", "none": " maior"}.get(better, "")
    said = {}
    for place in places:
        low, high, tied = place
        if low == high and not tied and (low > 1 or not word) and total > 1:
            said[place] = f"{ordinal(low)}{word} {of}"
        elif high > low and high - low < total - 1:
            said[place] = f"entre {ordinal(low)} e {ordinal(high)} {of}"
        else:
            said[place] = rank(low, high, total, tied, better, everyone)
    return said


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
    given = list(names)
    first, others = min(given, key=collated), len(given) - 1
    if not others:
        return first
    return f"{first} e {'outro' if others == 1 else f'outros {number(others)}'}"


IMPLAUSIBLE = "implausible"


def strange(values: Iterable[Any], sign: str = verdicts.PERCENT) -> str:
    """What published values are that cannot be read: `acima de 100%` where each is a share beyond its whole, else
    `fora do plausível`: they stand apart from other years or municipalities. `sign`: of their unit.
    """
    shares = sign == verdicts.PERCENT and all(value > 100 for value in values)
    return "acima de 100%" if shares else "fora do plausível"


# What an asterisk beside a value means. A vaccine's coverage is as published; what is estimated are its counts.
MARKED = "* provisório, estimado (nas vacinas, só as contagens) ou fora do plausível."


def interval(low: Any, high: Any, indicator: Indicator) -> str:
    """A 95% interval in words; empty when it is not known."""
    if is_missing(low) or is_missing(high):
        return ""
    upper = with_unit(high, indicator, short=True)
    return f"provavelmente entre {amount(low, indicator)} e {upper} (95%)"


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
