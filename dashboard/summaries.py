"""The few figures and lists that a page opens with, from frames of `tables`, in words."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard import words
from pipelines.declarations import AREAS, Indicator, indicators

# The share of municipalities at the less favourable end that counts as asking for attention.
WORST_SHARE = 0.2


@dataclass(frozen=True)
class Tile:
    """One figure with its label, its unit and a line of context; all texts, ready to show."""

    label: str
    value: str
    unit: str
    context: str


def aggregate(frame: pd.DataFrame, indicator: Indicator) -> float | None:
    """The value of the municipalities together, by the method the indicator declares; None where it has none.

    The same arithmetic as the table `aggregates` (sum, ratio of sums, median), for any set of municipalities.
    """
    given = frame[frame["value"].notna()]
    if given.empty:
        return None
    if indicator.aggregation == "sum":
        return float(given["value"].sum())
    if indicator.aggregation == "median":
        return float(given["value"].median())
    if indicator.aggregation == "ratio":
        both = given[given["numerator"].notna() & given["denominator"].notna()]
        total = float(both["denominator"].sum())
        return float(both["numerator"].sum()) / total * indicator.multiplier if total else None
    return None


AGGREGATE_LABELS = {
    "sum": "Soma dos municípios",
    "median": "Mediana dos municípios",
    "ratio": "Municípios somados",
}


def _split(text: str) -> tuple[str, str]:
    """A number and its unit apart: `74,8%` -> (`74,8`, `%`); money stays whole."""
    for place, character in enumerate(text):
        if not (character.isdigit() or character in ".,+-\u2212"):
            return (text[:place], text[place:]) if place else (text, "")
    return text, ""


def _whole(frame: pd.DataFrame, indicator: Indicator, when: str) -> Tile:
    given = int(frame["value"].notna().sum())
    cover = f"{when}, {given} de {len(frame)} com dado"
    if indicator.kind == "category":
        counts = frame["value"].value_counts()
        if counts.empty:
            return Tile("Categoria mais comum", words.MISSING, "", cover)
        best = counts.idxmax()
        return Tile(
            "Categoria mais comum", words.category(best, indicator), "", f"{int(counts.max())} municípios; {cover}"
        )
    value = aggregate(frame, indicator)
    label = AGGREGATE_LABELS.get(indicator.aggregation, "Mediana dos municípios")
    if value is None and indicator.aggregation == "none" and given:
        value = float(frame["value"].median())
    number, unit = _split(words.with_unit(value, indicator, short=True))
    return Tile(label, number, unit, cover)


def _spread(frame: pd.DataFrame, indicator: Indicator) -> Tile:
    given = frame[frame["value"].notna()].sort_values("value", kind="stable")
    label = "Do menor ao maior"
    if given.empty:
        return Tile(label, words.MISSING, "", "nenhum município com dado")
    if indicator.kind == "category":
        counts = given["value"].value_counts().sort_index()
        first = counts.index[0]
        return Tile(
            f"Categoria {words.category(first, indicator)}",
            str(int(counts.iloc[0])),
            " municípios",
            "a melhor presente; " + ", ".join(
                f"{words.category(place, indicator)}: {count}" for place, count in counts.items() if place != first
            ),
        )  # fmt: skip
    low, high = given.iloc[0], given.iloc[-1]
    number, unit = _split(words.difference(high["value"] - low["value"], indicator, sign=False))
    return Tile(
        label,
        number,
        unit,
        f"{low['name']} {words.with_unit(low['value'], indicator, short=True)} a "
        f"{high['name']} {words.with_unit(high['value'], indicator, short=True)}",
    )


def moved(changes: pd.DataFrame, indicator: Indicator) -> tuple[int, int, int]:
    """How many improved, how many worsened, and how many of both only by chance (counted in neither)."""
    by_chance = changes["certain"].eq(False)
    real = changes[~by_chance]
    # A category's value is its place, best first.
    lower = indicator.better == "lower" or indicator.kind == "category"
    gain = -real["change"] if lower else real["change"]
    return int((gain > 0).sum()), int((gain < 0).sum()), int(by_chance.sum())


def _movement(changes: pd.DataFrame, indicator: Indicator) -> Tile:
    if changes.empty:
        return Tile("Mudança", words.MISSING, "", "sem ano anterior comparável")
    since = int(statistics.mode(changes["earlier_year"]))
    if indicator.better == "none":
        rose = int((changes["change"] > 0).sum())
        return Tile(f"Subiram desde {since}", str(rose), f" de {len(changes)}", "indicador sem direção melhor ou pior")
    better, worse, chance = moved(changes, indicator)
    parts = [words.counted(worse, "piorou", "pioraram")]
    same = len(changes) - better - worse - chance
    if same:
        parts.append(words.counted(same, "ficou igual", "ficaram iguais"))
    if chance:
        parts.append(f"{chance} sem mudança além do acaso")
    return Tile(f"Melhoraram desde {since}", str(better), f" de {len(changes)}", "; ".join(parts))


def _missing(frame: pd.DataFrame) -> Tile:
    absent = frame[frame["value"].isna()]
    names = ", ".join(absent["name"].head(2)) + (f" e mais {len(absent) - 2}" if len(absent) > 2 else "")
    return Tile("Sem dado", str(len(absent)), f" de {len(frame)}", names or "todos os municípios têm dado")


def tiles(frame: pd.DataFrame, changes: pd.DataFrame, indicator: Indicator, when: str) -> list[Tile]:
    """The four figures of an indicator at one period: the whole, the spread, the movement, the missing."""
    return [_whole(frame, indicator, when), _spread(frame, indicator), _movement(changes, indicator), _missing(frame)]


def attention(standing: pd.DataFrame, codes: Sequence[str], most: int = 12) -> pd.DataFrame:
    """The municipalities with most indicators among the fifth with the less favourable values.

    Returns, most first: municipality_code, name, weak (number of such indicators), judged (indicators with
    data and a direction) and examples (the three weakest indicators' short names).
    """
    rows = []
    for code, group in standing[standing["municipality_code"].isin(codes)].groupby("municipality_code", sort=False):
        weak = group[group["position"] < WORST_SHARE].sort_values("position", kind="stable")
        names = [indicators()[name].short for name in weak["indicator"].head(3)]
        rows.append((code, group["name"].iloc[0], len(weak), len(group), ", ".join(names)))
    frame = pd.DataFrame(rows, columns=["municipality_code", "name", "weak", "judged", "examples"])
    share = frame["weak"] / frame["judged"]
    return frame.loc[share.sort_values(ascending=False, kind="stable").index].head(most).reset_index(drop=True)


def areas(standing: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Per area: indicators with a direction, years of their data, and where most of them are weak.

    Returns: area (title), indicators, first_year, last_year, names (three municipalities with most indicators
    of the area among the weaker fifth, with how many).
    """
    chosen = standing[standing["municipality_code"].isin(codes)].copy()
    chosen["area"] = chosen["indicator"].map(lambda name: indicators()[name].area)
    rows = []
    for area, title in AREAS.items():
        group = chosen[chosen["area"] == area]
        if group.empty:
            continue
        weak = group[group["position"] < WORST_SHARE].groupby("name").size().sort_values(ascending=False, kind="stable")
        count = group["indicator"].nunique()
        worst = "; ".join(f"{name} ({number} de {count})" for name, number in weak.head(3).items())
        rows.append((title, count, int(group["year"].min()), int(group["year"].max()), worst or "nenhum"))
    return pd.DataFrame(rows, columns=["area", "indicators", "first_year", "last_year", "names"])


def ranking_title(indicator: Indicator, shown: int, total: int) -> str:
    """The heading of a ranking that starts at the less favourable end."""
    if indicator.better == "none" or indicator.kind == "category":
        return "Do menor ao maior" if shown < total else f"Os {total} municípios"
    end = "maior" if indicator.better == "lower" else "menor"
    return f"Os {shown} com {end} valor" if shown < total else f"Os {total} municípios, do {end} valor em diante"
