"""What an indicator's figures say: the state's value, its spread, its movement, the table of municipalities."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import sentences, words
from dashboard.charts.frames import shown_with
from dashboard.tables import Tables
from pipelines.declarations import Indicator
from pipelines.states import named, place_of


@dataclass(frozen=True)
class Tile:
    """One figure with its label, its unit and a line of context; all texts, ready to show."""

    label: str
    value: str
    unit: str
    context: str


def finding(frame: pd.DataFrame, indicator: Indicator, when: str) -> str:
    """The title that the values of a frame bear (`sentences.finding`)."""
    return sentences.finding(indicator, when, _numbers(frame, "value"), flags=frame["flag"].tolist())


def aggregate(frame: pd.DataFrame, indicator: Indicator) -> float | None:
    """The value of the municipalities together, by the method the indicator declares; None where it has none.

    The same arithmetic as the table `aggregates` (sum, ratio of sums, median), for any set of municipalities.
    """
    values = _readable(frame) if indicator.aggregation == "median" else _numbers(frame, "value")
    given = ~np.isnan(values)
    if not given.any():
        return None
    if indicator.aggregation == "sum":
        return float(values[given].sum())
    if indicator.aggregation == "median":
        return float(statistics.median(values[given].tolist()))
    if indicator.aggregation == "ratio":
        over, under = _numbers(frame, "numerator"), _numbers(frame, "denominator")
        both = given & ~np.isnan(over) & ~np.isnan(under)
        total = float(under[both].sum())
        return float(over[both].sum()) / total * indicator.multiplier if total else None
    return None


def _numbers(frame: pd.DataFrame, name: str) -> words.Numbers:
    found: words.Numbers = frame[name].to_numpy(dtype=float, na_value=np.nan)
    return found


def _readable(frame: pd.DataFrame) -> words.Numbers:
    """The values of a frame, NaN for the missing and for those beyond what can be."""
    return sentences.readable(_numbers(frame, "value"), frame["flag"].tolist())


AGGREGATE_LABELS = {
    "sum": "Soma dos municípios",
    "median": "Mediana dos municípios",
    "ratio": "Municípios somados",
    "none": "Mediana dos municípios",
}


def split(text: str) -> tuple[str, str]:
    """A number and its unit apart: `74,8%` -> (`74,8`, `%`); money stays whole."""
    for place, character in enumerate(text):
        if not (character.isdigit() or character in ".,+-\u2212"):
            return (text[:place], text[place:]) if place else (text, "")
    return text, ""


def _whole(frame: pd.DataFrame, indicator: Indicator, when: str) -> Tile:
    given = int(frame["value"].count())
    cover = "; ".join(
        filter(
            None,
            (
                f"{when}, {words.number(given)} de {words.number(len(frame))} com dado",
                sentences.beyond(_numbers(frame, "value"), frame["flag"].tolist(), indicator),
            ),
        )
    )
    if indicator.kind == "category":
        counts = frame["value"].value_counts()
        if counts.empty:
            return Tile("Categoria mais comum", words.MISSING, "", cover)
        best = counts.idxmax()
        return Tile(
            "Categoria mais comum",
            words.category(best, indicator),
            "",
            f"{words.counted(int(counts.max()), 'município', 'municípios')}; {cover}",
        )
    value = aggregate(frame, indicator)
    label = AGGREGATE_LABELS.get(indicator.aggregation, "Mediana dos municípios")
    if value is None and indicator.aggregation == "none" and given:
        known = _readable(frame)
        known = known[~np.isnan(known)]
        value = float(np.median(known)) if len(known) else None
    number, unit = split(words.with_unit(value, indicator, short=True))
    return Tile(label, number, unit, cover)


def _spread(frame: pd.DataFrame, indicator: Indicator) -> Tile:
    values = _readable(frame)
    given = np.sort(values[~np.isnan(values)]).tolist()
    label = "Do menor ao maior"
    if not given:
        return Tile(label, words.MISSING, "", "nenhum município com dado")
    if indicator.kind == "category":
        (first, most), *others = Counter(given).items()
        return Tile(
            f"Categoria {words.category(first, indicator)}",
            words.number(most),
            words.plural(most, " município", " municípios"),
            "a melhor presente; " + ", ".join(
                f"{words.category(place, indicator)}: {words.number(count)}" for place, count in others
            ),
        )  # fmt: skip
    low, high = given[0], given[-1]
    lowest, highest = (
        words.who(frame["name"].array.take(np.flatnonzero(values == end))) for end in (low, high)
    )
    if len(given) == 1:
        return Tile(label, words.MISSING, "", f"só {lowest} tem dado")
    number, unit = split(words.difference(high - low, indicator, sign=False))
    return Tile(
        label,
        number,
        unit,
        f"de {words.with_unit(low, indicator, short=True)} ({lowest}) a "
        f"{words.with_unit(high, indicator, short=True)} ({highest})",
    )


def moved(changes: pd.DataFrame, indicator: Indicator) -> tuple[int, int, int]:
    """How many improved, how many worsened, and how many of both only by chance (counted in neither)."""
    by_chance = np.array([sure is False for sure in changes["certain"].tolist()], dtype=bool)
    real = _numbers(changes, "change")[~by_chance]
    # A category's value is its place, best first.
    gain = -real if indicator.better == "lower" or indicator.kind == "category" else real
    return int((gain > 0).sum()), int((gain < 0).sum()), int(by_chance.sum())


def _movement(changes: pd.DataFrame, indicator: Indicator) -> Tile:
    if changes.empty:
        return Tile("Mudança", words.MISSING, "", "sem ano anterior comparável")
    year = int(statistics.mode(changes["earlier_year"].tolist()))
    since = "o período anterior" if indicator.monthly else str(year)
    if indicator.better == "none":
        rose = int((changes["change"] > 0).sum())
        return Tile(
            f"Subiram desde {since}",
            words.number(rose),
            f" de {words.number(len(changes))}",
            "indicador sem direção melhor ou pior",
        )
    better, worse, chance = moved(changes, indicator)
    parts = [words.counted(worse, "piorou", "pioraram")]
    same = len(changes) - better - worse - chance
    if same:
        parts.append(words.counted(same, "ficou igual", "ficaram iguais"))
    if chance:
        parts.append(f"{words.number(chance)} sem mudança além do acaso")
    return Tile(
        f"Melhoraram desde {since}",
        words.number(better),
        f" de {words.number(len(changes))}",
        "; ".join(parts),
    )


def _missing(frame: pd.DataFrame) -> Tile:
    absent = np.flatnonzero(frame["value"].isna())
    names = ", ".join(frame["name"].array.take(absent[:2])) + (
        f" e mais {words.number(len(absent) - 2)}" if len(absent) > 2 else ""
    )
    whole = f" de {words.number(len(frame))}"
    return Tile("Sem dado", words.number(len(absent)), whole, names or "todos os municípios têm dado")


def tiles(frame: pd.DataFrame, changes: pd.DataFrame, indicator: Indicator, when: str) -> list[Tile]:
    """The four figures of an indicator at one period: the whole, the spread, the movement, the missing."""
    return [
        _whole(frame, indicator, when),
        _spread(frame, indicator),
        _movement(changes, indicator),
        _missing(frame),
    ]


def no_series(data: Tables, indicator: Indicator, chosen: bool) -> str:
    """Why there is no series to draw: none of the `chosen` has data, or the territory has no value that stands beside
    municipalities; a sum is said.
    """
    if chosen:
        return "Os municípios escolhidos não têm dado neste indicador."
    add = "Acrescente municípios para ver a série de cada um."
    found = data.aggregates(indicator.indicator, *data.whole)
    found = found[found["value"].notna()]
    if indicator.aggregation == "sum" and len(found):
        last = found.iloc[-1]
        total, when = (
            words.with_unit(last["value"], indicator),
            words.period(last["period"].date(), indicator),
        )
        return f"Os municípios {words.of_scope(*data.whole)} somam {total} em {when}. {add}"
    if indicator.aggregation not in ("none", "distribution") and found.empty and data.several_states():
        return (
            f"Não há valor {words.of_scope(*data.whole)}: faltam estados inteiros nesta cópia da fonte. {add}"
        )
    return f"Este indicador não se soma {words.in_scope(*data.whole)}. {add}"


# As many states as a sentence names.
STATES_NAMED = 3


def partial(frame: pd.DataFrame) -> str:
    """Which states have data, in one sentence, where some have none at all; empty elsewhere.

    `frame`: municipality_code and value of every municipality shown.
    """
    states = frame["municipality_code"].str[:2]
    known = set(states[frame["value"].notna()].unique())
    absent = sorted(set(states.unique()) - known)
    if not known or not absent:
        return ""
    if len(known) <= STATES_NAMED:
        total, names = words.number(len(known) + len(absent)), words.listed(_state_names(sorted(known)))
        return f"Só há dado de {words.number(len(known))} dos {total} estados nesta cópia da fonte: {names}."
    if len(absent) <= STATES_NAMED:
        return f"Sem nenhum dado nesta cópia da fonte: {words.listed(_state_names(absent))}."
    return f"Há dado de {words.number(len(known))} dos {words.number(len(known) + len(absent))} estados nesta cópia da fonte."


def _state_names(codes: Sequence[str]) -> list[str]:
    return [named(place_of(code)) for code in codes]


def ranking_title(indicator: Indicator, shown: int, total: int) -> str:
    """The heading of a ranking that starts at the less favourable end."""
    if total == 1:
        return "O único município"
    if indicator.better == "none" or indicator.kind == "category":
        return "Do menor ao maior" if shown < total else f"Os {words.number(total)} municípios"
    end = "maior" if indicator.better == "lower" else "menor"
    return (
        f"Os {words.number(shown)} com {end} valor"
        if shown < total
        else f"Os {words.number(total)} municípios, do {end} valor em diante"
    )


def table(frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """One row a municipality, with the heads that readers see; the value keeps all its decimals."""
    category = indicator.kind == "category"
    shown = pd.DataFrame(
        {
            "Código IBGE": frame["municipality_code"],
            "Município": frame["name"],
            "Período": frame["period"].dt.strftime("%Y-%m-%d"),
            "Valor": [words.category(value, indicator) for value in frame["value"]]
            if category
            else frame["value"],
            "Unidade": indicator.unit,
            "Observação": [
                words.observation(flag, day, before, value, indicator)
                for flag, day, before, value in zip(
                    frame["flag"], frame["revised_at"], frame["revised_from"], frame["value"], strict=True
                )
            ],
        }
    )
    extras = {
        "Numerador": "numerator", "Denominador": "denominator",
        "Limite inferior (95%)": "low", "Limite superior (95%)": "high",
    }  # fmt: skip
    for head, column in extras.items():
        if frame[column].notna().any():
            shown[head] = frame[column]
    if indicator.better != "none":
        shown["Posição (melhor possível)"] = frame["rank_low"]
        shown["Posição (pior possível)"] = frame["rank_high"]
    bounds = dict.fromkeys(("Valor", "Limite inferior (95%)", "Limite superior (95%)"), indicator.decimals)
    return shown_with(shown.reset_index(drop=True), {**bounds, "Numerador": 0, "Denominador": 0})


def whom(frame: pd.DataFrame, indicator: Indicator, when: str) -> str:
    """Of whom an indicator speaks: the people of `people`, and the states of `partial`."""
    return " ".join(filter(None, (people(frame, indicator, when), partial(frame))))


def people(frame: pd.DataFrame, indicator: Indicator, when: str) -> str:
    """How many people or cases the municipalities have in total, and which have most of them; empty without counts.

    Where more is better, those that the indicator still lacks. `frame`: name, numerator, denominator, flag. What a
    count says beyond its whole adds nobody.
    """
    if not indicator.cases:
        return ""
    both = frame[frame["numerator"].notna() & frame["denominator"].notna()]
    lacking = indicator.better == "higher" and bool(indicator.lacking)
    if indicator.better == "higher" and not lacking:
        return ""
    counts = (both["denominator"] - both["numerator"]).clip(lower=0) if lacking else both["numerator"]
    total = round(float(counts.sum()))
    if total <= 0:
        return ""
    if lacking:
        # The target of a plan asks for fewer: what this counts up to is said.
        said = f"{indicator.lacking[total != 1].format(words.number(total))} para chegar a 100%"
    else:
        said = words.capitalised(words.counted(total, *indicator.cases))
    order = counts.sort_values(ascending=False, kind="stable")
    # As many as make up half, in so far as a reader takes them in.
    reach = int((order.cumsum() < total / 2).sum()) + 1
    # A mean of several years counts the cases of all of them.
    span = f"em {words.number(indicator.window)} anos, até {when}" if indicator.window > 1 else f"em {when}"
    if len(order) == 1:
        return f"{said}, {span}."
    named = order.head(min(reach, MOST_NAMED))
    share = words.number(100 * float(named.sum()) / total)
    places = words.listed(
        f"{both.at[row, 'name']} ({words.number(round(count))})" for row, count in named.items()
    )
    cover = (
        f", em {words.number(len(both))} de {words.number(len(frame))} municípios"
        if len(both) < len(frame)
        else ""
    )
    about = " Contagens estimadas." if both["flag"].eq("estimated").any() else ""
    return f"{said} ao todo, {span}{cover}. {share}% em {places}.{about}"


# As many municipalities as a sentence names.
MOST_NAMED = 4
