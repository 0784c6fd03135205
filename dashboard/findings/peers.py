"""Municipalities that look alike, and those that started from the same level and moved on.

Distance: each feature is standardised over the municipalities at hand, of the whole country where its figures are
there (z-score; population, GDP per capita and area by their logarithm, since they span orders of magnitude), a region
counts 0 if it is the same immediate region, half a standard deviation within the same intermediate region and one
beyond; the distance is the root mean square of the differences in the features that both have. A feature that is not
known for both is left out, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dashboard import sentences, words
from dashboard.charts.frames import shown_with
from dashboard.shelf import once
from dashboard.tables import Tables
from pipelines import verdicts
from pipelines.declarations import CAVEATS, Indicator
from pipelines.margins import plausible


@dataclass(frozen=True)
class Feature:
    """A trait by which municipalities are compared. `more`, `less`: how a peer differs, in words."""

    name: str
    title: str
    logarithm: bool
    more: str
    less: str


FEATURES = (
    Feature("population", "população", True, "mais populoso", "menos populoso"),
    Feature("urbanisation", "urbanização", False, "mais urbano", "menos urbano"),
    Feature("gdp_per_capita", "PIB per capita", True, "com PIB per capita maior", "com PIB per capita menor"),
    Feature("area_km2", "área", True, "mais extenso", "menos extenso"),
)
# Differences, in standard deviations, that are called alike and unlike.
ALIKE, UNLIKE = 0.35, 1.0
SAME_INTERMEDIATE, ELSEWHERE = 0.5, 1.0
METHOD = (
    "Parecidos, entre {} municípios do país, pela distância em população, urbanização, PIB per capita e área (em desvios-padrão; "
    "população, PIB e "
    "área pelo logaritmo) e pela região: 0 na mesma região imediata, 0,5 na mesma intermediária, 1 "
    "fora dela. "
    "A distância é a raiz da média dos quadrados."
)


@dataclass(frozen=True)
class Peer:
    """A municipality like another: `distance` in standard deviations, `reasons` as a sentence.

    `name`: with the letters of its state where it lies in another one.
    """

    code: str
    name: str
    distance: float
    reasons: str


def features(data: Tables) -> pd.DataFrame:
    """The traits of every municipality of the country: name, the features, immediate_region_code,
    intermediate_region_code; by code.

    Urbanisation and GDP per capita at their indicator's latest period; null where unknown. Those outside the territory
    go with their state's letters.
    """
    frame, here = data.neighbours(), data.names()
    names = [
        here.get(str(code)) or f"{name} ({state})"
        for code, name, state in zip(frame.index, frame["name"], frame["state"], strict=True)
    ]
    return frame.assign(name=names)


@dataclass(frozen=True)
class _Traits:
    """What every municipality is compared by, in the order of a frame of `features`, made once of it.

    `places`: its row by code; `scores`: each feature standardised, null where it is not known; `near`, `around`: the
    immediate and the intermediate region by a number, below zero where it is not known.
    """

    codes: list[str]
    names: list[str]
    places: dict[str, int]
    scores: dict[str, np.ndarray]
    near: np.ndarray
    around: np.ndarray


def _traits(frame: pd.DataFrame) -> _Traits:
    codes = [str(code) for code in frame.index]
    near, around = (pd.factorize(frame[f"{scope}_region_code"])[0] for scope in ("immediate", "intermediate"))
    places = {code: place for place, code in enumerate(codes)}
    return _Traits(codes, frame["name"].astype(object).tolist(), places, _scores(frame), near, around)


def _scores(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Each feature standardised; null stays null."""
    found = {}
    for feature in FEATURES:
        values = pd.to_numeric(frame[feature.name], errors="coerce").to_numpy(float)
        if feature.logarithm:
            values = np.log(np.where(values > 0, values, np.nan))
        known = values[np.isfinite(values)]
        # One value, or the same everywhere, tells nobody apart; what nobody has a value of makes nobody alike.
        spread = len(known) > 1 and float(np.ptp(known)) > 0
        found[feature.name] = (
            (values - np.nanmean(values)) / np.nanstd(values)
            if spread
            else np.where(np.isfinite(values), 0.0, np.nan)
        )
    return found


def _traits_of(frame: pd.DataFrame) -> _Traits:
    return once(frame, "traits", lambda: _traits(frame))


def differences(frame: pd.DataFrame, code: str) -> dict[str, np.ndarray]:
    """How far every municipality is from one, per feature, in standard deviations (signed), in the order of the frame.

    `frame`: of `features`, which nobody changes. Columns: the features, region (unsigned) and distance; null where a
    feature is not known for both. KeyError for a code that the frame does not have.
    """
    traits = _traits_of(frame)
    place = traits.places[code]
    found = {name: scores - scores[place] for name, scores in traits.scores.items()}
    same, beside = (
        (regions == regions[place]) & (regions[place] >= 0) for regions in (traits.near, traits.around)
    )
    found["region"] = np.where(same, 0.0, np.where(beside, SAME_INTERMEDIATE, ELSEWHERE))
    squares = np.vstack(list(found.values())) ** 2
    return {**found, "distance": np.sqrt(np.nanmean(squares, axis=0))}


def _reasons(row: Mapping[str, float], region: str) -> str:
    """Why a municipality is like another: `row`, of `differences`; `region`: that both lie in, in words, or empty."""
    known = [feature for feature in FEATURES if not words.is_missing(row[feature.name])]
    alike = [feature.title for feature in known if abs(row[feature.name]) <= ALIKE]
    parts = [f"parecido em {words.listed(alike)}"] if alike else []
    parts += [region] if region else []
    parts += [
        feature.more if row[feature.name] > 0 else feature.less
        for feature in known
        if abs(row[feature.name]) >= UNLIKE
    ]
    without = [feature.title for feature in FEATURES if feature not in known]
    text = "; ".join(parts) or "o mais próximo no conjunto, sem um traço igual"
    text = words.capitalised(text)
    if row["distance"] >= UNLIKE:
        text += ". No conjunto, pouco parecido"
    return f"{text}." + (f" Sem dado de {words.listed(without)}." if without else "")


# What is said of two in one region, by how far that sets them apart.
SHARED = {0.0: "mesma região imediata", SAME_INTERMEDIATE: "mesma região intermediária", ELSEWHERE: ""}


def nearest(
    frame: pd.DataFrame, code: str, most: int = 5, among: Collection[str] | None = None
) -> list[Peer]:
    """The municipalities most like one, nearest first, with the reasons in words; who ties in the order of the frame.

    `frame`: of `features`, which nobody changes; `among`: the codes of those that may be named, all where it is not given.
    """
    far = differences(frame, code)
    return _first(frame, code, far, np.argsort(far["distance"], kind="stable"), most, among)


def _first(
    frame: pd.DataFrame,
    code: str,
    far: Mapping[str, np.ndarray],
    order: np.ndarray,
    most: int,
    among: Collection[str] | None,
) -> list[Peer]:
    """The first of `nearest`. `far`: the differences; `order`: the places in the frame, the nearest first."""
    traits = _traits_of(frame)
    found: list[Peer] = []
    for place in order.tolist():
        other = traits.codes[place]
        if other == code or (among is not None and other not in among):
            continue
        row = {name: float(column[place]) for name, column in far.items()}
        reasons = _reasons(row, SHARED[row["region"]])
        found.append(Peer(other, str(traits.names[place]), row["distance"], reasons))
        if len(found) == most:
            break
    return found


def of(data: Tables, code: str, most: int = 5) -> list[Peer]:
    """The peers of one municipality of the present build, in the whole country where its figures are there."""
    return _peers(data, code, most)[0]


def here(data: Tables, code: str, most: int = 5) -> list[Peer]:
    """Those of the territory, which can be set side by side."""
    return _peers(data, code, most)[1]


def _peers(data: Tables, code: str, most: int) -> tuple[list[Peer], list[Peer]]:
    """Those of `of` and of `here`, which a page tells together: who is near is reckoned once."""

    def make() -> tuple[list[Peer], list[Peer]]:
        frame = _features(data)
        far = differences(frame, code)
        order = np.argsort(far["distance"], kind="stable")
        everywhere = _first(frame, code, far, order, most, None)
        return everywhere, _first(frame, code, far, order, most, data.names().keys())

    return data.remember(("peers", code, most), make)


def method(data: Tables) -> str:
    """How peers are found, in words."""
    return METHOD.format(words.number(len(_features(data))))


def _features(data: Tables) -> pd.DataFrame:
    return data.remember(("features",), lambda: features(data))


def table(data: Tables, peers: Sequence[Peer]) -> pd.DataFrame:
    """The peers as a table: name, reasons, population, urbanisation, GDP per capita, area, distance."""
    frame = _features(data).loc[[peer.code for peer in peers]]
    shown = pd.DataFrame(
        {
            "Município": frame["name"].tolist(),
            "Por quê": [peer.reasons for peer in peers],
            "População": frame["population"].tolist(),
            "Urbanização (%)": frame["urbanisation"].tolist(),
            "PIB per capita (R$)": frame["gdp_per_capita"].tolist(),
            "Área (km²)": frame["area_km2"].tolist(),
            "Distância": [peer.distance for peer in peers],
        }
    )
    return shown_with(
        shown, {"Urbanização (%)": 1, "PIB per capita (R$)": 0, "Área (km²)": 1, "Distância": 2}
    )


# Who did it from here


@dataclass(frozen=True)
class Climb:
    """How a municipality moved from a level to its latest value; `start_when` and `end_when`: the periods in words.

    `stood`: how many others stood at that level, whatever they did since.
    """

    code: str
    name: str
    start_year: int
    start_value: float
    end_year: int
    end_value: float
    gain: float
    sure: bool | None
    stood: int
    start_when: str = ""
    end_when: str = ""


# Of all who improved, so many are named.
NAMED_CLIMBS = 5


def level_width(latest: Sequence[float]) -> float:
    """How far from a level is still the same: a quarter of the standard deviation of the latest values."""
    return float(np.std(np.asarray(latest, float))) / 4 if len(latest) > 1 else 0.0


# What a climb is told by.
_OF_CLIMB = ("municipality_code", "name", "year", "value", "numerator", "denominator")


def climbs(
    series: pd.DataFrame,
    indicator: Indicator,
    code: str,
    swing: Callable[[str], float | None] = lambda _: None,
) -> list[Climb]:
    """The municipalities that once stood where `code` stands now and improved since, best first.

    `series`: municipality_code, name, period, year, value, flag, numerator, denominator, break_before; oldest first.
    `swing`: how far a municipality, by its code, usually swings, in the indicator's unit; None where that is not known.
    The start is the earliest value at that level under the present method; a change that chance explains is left out, and
    so is a value without change for the better. Empty where the indicator has no direction, is a category or a total, or
    `code` has no value at the latest period. `sure`: None where neither counts nor a cohort's usual oscillation tell.
    """
    if indicator.better == "none" or indicator.kind == "category" or not indicator.comparable:
        return []
    value, period = series["value"].to_numpy(float), series["period"].to_numpy()
    town, towns = pd.factorize(series["municipality_code"])
    known = np.isfinite(value) & plausible(series).to_numpy(bool)
    place = np.flatnonzero(towns == code)
    if not known.any() or not len(place):
        return []
    last = period[known].max()
    # Of each town its row of the last period, the last where there are several; -1 where there is none.
    ends, starts = np.full(len(towns), -1), np.full(len(towns), -1)
    rows = np.flatnonzero(known & (period == last))
    ends[town[rows]] = rows
    own = ends[place[0]]
    if own < 0:
        return []
    broken = period[series["break_before"].to_numpy(bool)]
    since = broken.max() if len(broken) else period.min()
    width = level_width(value[ends[ends >= 0]].tolist())
    rows = np.flatnonzero(known & (period >= since) & (period < last) & (np.abs(value - value[own]) <= width))
    # The first one of each stands, which is written last.
    starts[town[rows[::-1]]] = rows[::-1]
    others = (starts >= 0) & (ends >= 0)
    others[place[0]] = False
    sign = -1 if indicator.better == "lower" else 1
    risen = others & (sign * (value[ends] - value[starts]) > width)
    if not risen.any():
        return []
    pairs = (_rows_at(series, taken[risen], indicator) for taken in (starts, ends))
    found = [
        _climb(start, end, indicator, int(others.sum()), swing(str(start["municipality_code"])))
        for start, end in zip(*pairs, strict=True)
    ]
    return sorted(
        (climb for climb in found if climb is not None),
        key=lambda climb: (-climb.gain, words.collated(climb.name)),
    )


def _rows_at(series: pd.DataFrame, places: np.ndarray, indicator: Indicator) -> list[dict[str, Any]]:
    """What a climb is told by, of the rows at some places; `when`: their period in words."""
    cells = {name: series[name].array.take(places).tolist() for name in _OF_CLIMB}
    # Thousands of rows share a few days.
    days, of = np.unique(series["period"].to_numpy("datetime64[D]")[places], return_inverse=True)
    said = [words.period(day, indicator, long=True) for day in days.tolist()]
    cells["when"] = [said[place] for place in of.tolist()]
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def _climb(
    start: Mapping[Any, Any], end: Mapping[Any, Any], indicator: Indicator, stood: int, swing: float | None
) -> Climb | None:
    """How a municipality moved between two rows of its series; None where chance explains it, or both print alike."""
    first, last = float(start["value"]), float(end["value"])
    sure = _sure(indicator, start, end, swing)
    if sure is False or not sentences.moved(first, last, indicator):
        return None
    return Climb(
        str(start["municipality_code"]), str(start["name"]), int(start["year"]), first, int(end["year"]), last,
        abs(last - first), sure, stood, start["when"], end["when"],
    )  # fmt: skip


def _sure(
    indicator: Indicator, start: Mapping[Any, Any], end: Mapping[Any, Any], swing: float | None
) -> bool | None:
    """Whether a change is more than chance; None where nothing tells. Shared years are no two samples."""
    if indicator.interval != "none" and int(end["year"]) - int(start["year"]) < indicator.window:
        return False
    old, new = ((row["numerator"], row["denominator"]) for row in (start, end))
    change = float(end["value"]) - float(start["value"])
    return verdicts.sure_change(indicator.interval, old, new, change, swing)


def climb_words(climb: Climb, indicator: Indicator) -> str:
    """`Costa Rica: de 62,1% em 2015 para 84,0% em 2024 (+21,9 p.p. em 9 anos)`."""
    years = climb.end_year - climb.start_year
    return (
        f"{climb.name}: de {words.with_unit(climb.start_value, indicator, short=True)} em "
        f"{climb.start_when or climb.start_year} para "
        f"{words.with_unit(climb.end_value, indicator, short=True)} em {climb.end_when or climb.end_year} "
        f"({sentences.moved(climb.start_value, climb.end_value, indicator)} em "
        f"{words.counted(years, 'ano', 'anos')})"
    )


def from_here(data: Tables, indicator: str, code: str) -> list[Climb]:
    """`climbs` over the present build."""
    return climbs(
        data.around_level(indicator, code),
        data.indicators[indicator],
        code,
        lambda other: data.swing(indicator, other),
    )


def from_here_words(
    found: Sequence[Climb], indicator: Indicator, name: str, value: float | None, periods: int = 2
) -> tuple[str, list[str]]:
    """The heading sentence and the list of who started from the level of `name`, or that nobody improved.

    Empty where the question has no sense: an indicator of a single period (`periods`: how many there are), without
    a direction in numbers or that grows with the municipality, or a place without a value.
    """
    directed = indicator.better != "none" and indicator.kind == "number" and indicator.comparable
    if not directed or periods < 2 or words.is_missing(value):
        return "", []
    level = words.with_unit(value, indicator, short=True)
    if not found:
        return (
            f"Nenhum município que já esteve perto de {level}, o nível de {name} hoje, melhorou de "
            "forma segura desde então.",
            [],
        )
    # Those who rose most say little without how many stood there and did not rise.
    stood = words.counted(found[0].stood, "município já esteve", "municípios já estiveram")
    better = words.counted(len(found), "melhorou", "melhoraram")
    most = f"; os {NAMED_CLIMBS} que mais melhoraram" if len(found) > NAMED_CLIMBS else ""
    intro = f"{stood} perto de {level}, onde {name} está hoje, e {better} desde então{most}:"
    return intro, [climb_words(climb, indicator) for climb in found[:NAMED_CLIMBS]]


# What a reader must bear in mind before learning from who improved.
_CAUTIONS = ("numeros_pequenos", "precos_correntes", "autodeclarado", "preliminar")


def from_here_note(found: Sequence[Climb], indicator: Indicator) -> str:
    """How the list of who improved is made, with the indicator's caveats that bear on it."""
    told = (
        "O mesmo nível: até um quarto do desvio-padrão entre os municípios no último período; "
        "sem atravessar mudança de método."
    )
    if any(climb.sure is not None for climb in found):
        told += " Mudanças que o acaso explica ficam de fora."
    return " ".join([told, *(CAVEATS[caveat] for caveat in _CAUTIONS if caveat in indicator.caveats)])
