"""Places side by side, two indicators against each other, and the trend of a series, in words."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from dashboard import charts, words
from dashboard.charts import Cell, Html
from dashboard.charts.frames import shown_with
from dashboard.findings.catalogue import AGGREGATIONS
from dashboard.tables import Tables
from pipelines import verdicts
from pipelines.declarations import AREAS, Indicator
from pipelines.margins import PUBLISHED
from pipelines.verdicts import TREND_POINTS, Trend

RECOGNISED, EVERY = "reconhecidos", "todos"
ORDERS = {
    "area": "Por área",
    "diferenca": "Maior diferença entre os escolhidos",
    "atencao": "Pior situação do primeiro da lista",
}


@dataclass(frozen=True)
class Column:
    """One thing compared: a municipality (`code`) or a region, state or country (`scope`, and its code as `place`)."""

    name: str
    code: str = ""
    scope: str = ""
    place: str = ""


@dataclass(frozen=True)
class Entry:
    """A value in a comparison.

    `position`: 0 the least favourable place among the municipalities, 1 the most. `fifth`: the fifth in which it
    lies for certain, 0 the least favourable; None where the margin of error reaches into another. `told`: its place
    in words, as a range where values have intervals; for a region, how its value is made. `when`: its period in words;
    `median`: whether it is a median of municipalities, which is no region's own value; `places`: the places among
    the municipalities that it may hold, best and worst, None where they cannot be told.
    """

    value: Any
    flag: Any
    year: int
    position: float | None
    fifth: int | None
    told: str = ""
    when: str = ""
    median: bool = False
    places: tuple[int, int] | None = None


# Which indicators


def sets(data: Tables) -> dict[str, str]:
    """The sets of indicators to compare, by link code: the recognised ones, an area each, all of them."""
    declared = [data.indicators[name] for name in data.available()]
    found = {RECOGNISED: f"Reconhecidos ({sum(bool(item.canon) for item in declared)})"}
    for area, title in AREAS.items():
        count = sum(item.area == area for item in declared)
        if count:
            found[area] = f"{title} ({words.number(count)})"
    return found | {EVERY: f"Todos ({words.number(len(declared))})"}


def members(data: Tables, chosen: str) -> tuple[str, ...]:
    """The indicators of a set, in the order of the areas."""
    return tuple(
        name
        for name in data.available()
        if chosen == EVERY
        or data.indicators[name].area == chosen
        or (chosen == RECOGNISED and data.indicators[name].canon)
    )


def first_series(data: Tables, names: Sequence[str]) -> str:
    """The first indicator worth drawing as a series: a number with three years or more, else the first."""
    return next(
        (name for name in names if data.indicators[name].kind == "number" and len(data.years(name)) > 2),
        names[0],
    )


# Side by side


def _place_among(found: tuple[int, int, int] | None, better: str) -> float | None:
    """Where a value would stand among municipalities' values: 0 the least favourable end, 1 the most.

    `found`: how many lie below it, how many are the same, how many there are; None where there are none.
    """
    if better == "none" or found is None:
        return None
    below, tied, everyone = found
    share = (below + tied / 2) / everyone
    return share if better == "higher" else 1 - share


def entries(data: Tables, column: Column) -> Mapping[str, Entry]:
    """The latest value of every indicator for a place; an indicator without any is left out."""
    return data.remember(("entries", column), lambda: _entries(data, column))


def _number(value: Any) -> float | None:
    return None if words.is_missing(value) else float(value)


def _own(row: Mapping[Any, Any], indicator: Indicator) -> Entry:
    """A municipality's entry from a row of `Tables.latest`."""
    place, held = "", None
    if not words.is_missing(row["rank_low"]) and indicator.comparable:
        places = int(row["rank_low"]), int(row["rank_high"]), int(row["ranked"])
        measured = not words.is_missing(row["low"])
        place = words.standing(*places, measured=measured)
        # Of a small group without a known swing a bare place says more than anybody knows.
        held = places[:2] if measured or not indicator.cohort else None
    fifth = _fifth(row)
    if row["flag"] == words.IMPLAUSIBLE:
        place = "não dá para ler"
    when = words.period(row["period"].date(), indicator)
    value, position = _number(row["value"]), _number(row["position"])
    return Entry(value, row["flag"], int(row["year"]), position, fifth, place, when=when, places=held)


def _fifth(row: Mapping[Any, Any]) -> int | None:
    return None if words.is_missing(row["fifth"]) else int(row["fifth"])


def _entries(data: Tables, column: Column) -> Mapping[str, Entry]:
    if column.code:
        own = data.profile(column.code).sort_index()
        return {
            str(row["indicator"]): _own(row, data.indicators[row["indicator"]])
            for row in own.to_dict("records")
        }
    whole, held = data.latest_of(column.scope, column.place), {}
    for name, row in whole.iterrows():
        value, method = _number(row["value"]), str(row["method"])
        if data.indicators[str(name)].kind == "number":
            stated = data.benchmark(str(name), column.scope, column.place)
            stated = stated[stated["period"] == row["period"]]
            if len(stated):
                value, method = _number(stated["value"].iloc[-1]), PUBLISHED
        held[str(name)] = value, method
    # A total is no level: it stands nowhere among municipalities.
    levels = {
        name: value
        for name, (value, method) in held.items()
        if value is not None and data.indicators[name].comparable and method in (PUBLISHED, "ratio", "median")
    }
    among = data.places_among(tuple(levels), tuple(levels.values()))
    found = {}
    for name, row in whole.iterrows():
        indicator, (value, method) = data.indicators[str(name)], held[str(name)]
        position = _place_among(among.get(str(name)), indicator.better) if name in levels else None
        year, when = int(row["period"].year), words.period(row["period"].date(), indicator)
        found[str(name)] = Entry(
            value, None, year, position, shade(position), AGGREGATIONS[method], when, method == "median"
        )
    return found


def shade(position: float | None) -> int | None:
    """The fifth of a position, 0 the least favourable; None where there is none."""
    return None if position is None or math.isnan(position) else min(4, int(position * 5))


def ordered(names: Sequence[str], columns: Sequence[Mapping[str, Entry]], order: str) -> list[str]:
    """Indicators in the order asked for: by area, by how far columns lie apart, by the first one's need."""

    def places(name: str) -> list[float]:
        return [
            entry.position
            for entry in (held.get(name) for held in columns)
            if entry and entry.position is not None
        ]

    if order == "diferenca":
        return sorted(
            names, key=lambda name: -(max(places(name)) - min(places(name))) if len(places(name)) > 1 else 1
        )
    if order == "atencao" and columns:

        def need(name: str) -> float:
            entry = columns[0].get(name)
            return entry.position if entry and entry.position is not None else 2

        return sorted(names, key=need)
    return list(names)


def _cell(entry: Entry | None, indicator: Indicator) -> Cell:
    if entry is None:
        return Cell(words.MISSING, title="Este indicador não se soma em regiões", missing=True)
    signed = bool(indicator.sign)
    held = charts.value_cell(
        entry.value,
        entry.flag,
        indicator,
        entry.fifth,
        entry.when,
        unit=signed or indicator.kind == "category",
    )
    if entry.median and not held.missing:
        held = held._replace(text=f"mediana {held.text}")
    return held._replace(title=f"{held.title}; {entry.told}") if entry.told else held


def _head(indicator: Indicator, href: str) -> Cell:
    """The name of a row with the unit that its cells leave out."""
    unit = "" if indicator.sign else words.unit_of(indicator, short=True)
    unit = "" if unit in indicator.title else unit
    small = f' <span class="quiet">{html.escape(unit)}</span>' if unit else ""
    return Cell(indicator.title, href=href, markup=Html(f"{html.escape(indicator.title)}{small}"))


def told(data: Tables, names: Sequence[str], columns: Sequence[Column]) -> tuple[str, ...]:
    """The indicators of which any of the places has a value; all of them where none has."""
    held = [entries(data, column) for column in columns]
    known = tuple(
        name
        for name in names
        if any((entry := item.get(name)) is not None and entry.value is not None for item in held)
    )
    return known or tuple(names)


def untold(data: Tables, names: Sequence[str], columns: Sequence[Column]) -> str:
    """The indicators that `told` leaves out, in words; empty where it leaves out none."""
    known = set(told(data, names, columns))
    left = [data.indicators[name].short for name in names if name not in known]
    if not left:
        return ""
    count = words.counted(len(left), "indicador", "indicadores")
    return f"Fora da tabela, sem dado em nenhuma das colunas: {count}. {'; '.join(left).removesuffix('.')}."


def side_by_side(
    data: Tables, names: Sequence[str], columns: Sequence[Column], order: str, link: Callable[[str], str]
) -> tuple[list[tuple[Cell, list[Cell]]], dict[int, str]]:
    """The rows of the heat table of what `told` names x places, and the area heads by row (in the order of areas).

    `link`: the address that opens an indicator.
    """
    held = [entries(data, column) for column in columns]
    rows: list[tuple[Cell, list[Cell]]] = []
    groups: dict[int, str] = {}
    previous = ""
    for name in ordered(told(data, names, columns), held, order):
        indicator = data.indicators[name]
        if order == "area" and indicator.area != previous:
            groups[len(rows)] = AREAS[indicator.area]
            previous = indicator.area
        entered = [entry for entry in (item.get(name) for item in held) if entry is not None]
        periods = dict.fromkeys(entry.when for entry in sorted(entered, key=lambda entry: entry.year))
        cells = [
            Cell(", ".join(periods)),
            *(_cell(item.get(name), indicator) for item in held),
        ]
        rows.append((_head(indicator, link(name)), cells))
    return rows, groups


def long_table(data: Tables, names: Sequence[str], columns: Sequence[Column]) -> pd.DataFrame:
    """The comparison to take away: one row per indicator and place, values with all their decimals."""
    rows = []
    for name in names:
        indicator = data.indicators[name]
        for column in columns:
            entry = entries(data, column).get(name)
            category = indicator.kind == "category"
            rows.append(
                {
                    "Área": AREAS[indicator.area],
                    "Indicador": indicator.title,
                    "Código IBGE": column.code,
                    "Município ou região": column.name,
                    "Ano": None if entry is None else entry.year,
                    "Valor": None if entry is None or category else entry.value,
                    "Categoria": words.category(entry.value, indicator)
                    if entry is not None and category
                    else "",
                    "Unidade": indicator.unit,
                    "Observação": "não se soma em regiões"
                    if entry is None
                    else words.flag(entry.flag, indicator),
                    "Posição (0 a 1)": None if entry is None else entry.position,
                }
            )
    each = [data.indicators[name].decimals for name in names for _ in columns]
    return shown_with(pd.DataFrame(rows), {"Ano": None, "Valor": each, "Posição (0 a 1)": 2})


def series_of(data: Tables, columns: Sequence[Column], indicator: Indicator) -> pd.DataFrame:
    """An indicator over time for what is compared, in the form of `Tables.series`."""
    frames = [data.series(indicator.indicator, (column.code,)) for column in columns if column.code]
    for column in columns:
        region = data.whole_series(indicator.indicator, column.scope, column.place) if column.scope else None
        if region is not None and len(region):
            # A median of municipalities goes by its own name, not by the region's.
            median = indicator.aggregation == "median" and region["name"].ne(column.name).all()
            frames.append(region if median else region.assign(name=column.name))
    return pd.concat(frames, ignore_index=True) if frames else data.series(indicator.indicator, ())


def behind(whole: pd.DataFrame) -> str:
    """What the grey line behind each panel is, from `Tables.whole_series`: the territory, or its municipalities' median."""
    name = str(whole["place"].iloc[0])
    # A state is a name; a median is a thing.
    return f"{name[0].lower()}{name[1:]}" if whole["method"].iloc[0] == "median" else name


def leads(data: Tables, names: Sequence[str], columns: Sequence[Column]) -> tuple[dict[str, int], int]:
    """In how many indicators each municipality (by code) surely has the best value, and how many were read.

    Only indicators with a direction in which every municipality compared has a value. Surely: the worst place that the
    value may hold is better than the best that any of the others may.
    """
    towns = [column for column in columns if column.code]
    counts = {column.code: 0 for column in towns}
    read = 0
    for name in names:
        places = [entries(data, column)[name].position for column in towns]
        if any(place is None for place in places) or len(places) < 2:
            continue
        read += 1
        held = [entries(data, column)[name].places for column in towns]
        for town, own in zip(towns, held, strict=True):
            others = [place for place in held if place is not own]
            if own is not None and all(place is not None and own[1] < place[0] for place in others):
                counts[town.code] += 1
    return counts, read


def title(data: Tables, names: Sequence[str], columns: Sequence[Column]) -> str:
    """What the comparison shows first: who surely has the most favourable values, and in how many indicators."""
    towns = {column.code: column.name for column in columns if column.code}
    if len(towns) < 2:
        return f"{columns[0].name} ao lado de quem?" if columns else "Quem você quer comparar?"
    counts, read = leads(data, names, columns)
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    (best, most), *others = ranked
    if not read or not others or most == others[0][1]:
        return f"{words.listed(towns.values())}, lado a lado"
    # The next two are enough for a title.
    rest = words.listed(f"{towns[code]}, em {count}" for code, count in others[:2])
    total = words.counted(read, "indicador", "indicadores")
    return f"{towns[best]} tem com segurança o valor mais favorável em {most} de {total}; {rest}"


# All municipalities


# Rows of a matrix on a page; of a whole country it would take megabytes.
MOST_ROWS = 300


def matrix_title(codes: Sequence[str], names: Sequence[str]) -> str:
    """What the fold of the matrix promises."""
    towns = words.counted(len(codes), "município", "municípios")
    return f"Ver {towns} × {words.counted(len(names), 'indicador', 'indicadores')}"


def matrix_note(codes: Sequence[str]) -> str:
    """How many of the municipalities the matrix leaves to its files; empty where it has all."""
    if len(codes) <= MOST_ROWS:
        return ""
    return (
        f"Os {words.number(MOST_ROWS)} primeiros de {words.number(len(codes))} na ordem escolhida; todos estão em Baixar. "
        "Um filtro mostra menos."
    )


def matrix(
    data: Tables, names: Sequence[str], codes: Sequence[str], sort: str, link: Callable[[str], str]
) -> tuple[list[str | tuple[str, str]], list[tuple[Cell, list[Cell]]]]:
    """Heads and rows of the heat table municipalities x indicators: short texts, full ones on hover.

    The first MOST_ROWS. `sort`: an indicator (the least favourable first, missing last), or empty for the order of `codes`.
    `link`: the address that opens a municipality.
    """
    latest = data.latest(*names)
    held = {(row["indicator"], row["municipality_code"]): row for row in latest.to_dict("records")}
    town = data.municipalities()["name"].to_dict()
    listed = list(codes)
    if sort:
        declared = data.indicators[sort]
        sign = -1 if declared.better == "lower" or declared.kind == "category" else 1

        def need(code: str) -> tuple[bool, float]:
            value = _number(held[(sort, code)]["value"])
            return (True, 0.0) if value is None else (False, sign * value)

        listed.sort(key=need)
    heads: list[str | tuple[str, str]] = ["Município"]
    for name in names:
        indicator = data.indicators[name]
        unit = words.unit_of(indicator)
        heads.append((indicator.short, f"{indicator.title}{f', {unit}' if unit else ''}"))
    rows = []
    for code in listed[:MOST_ROWS]:
        cells = [_small(held[(name, code)], data.indicators[name], town[code]) for name in names]
        rows.append((Cell(town[code], href=link(code)), cells))
    return heads, rows


def _small(row: Mapping[Any, Any], indicator: Indicator, town: str) -> Cell:
    value, when = _number(row["value"]), f"em {words.period(row['period'].date(), indicator, long=True)}"
    if value is None:
        return Cell(words.MISSING, title=f"{town}: {words.missing_reason(row['flag'])} {when}", missing=True)
    if indicator.kind == "category":
        text = words.category(value, indicator)
    else:
        text = words.compact(value, 0) if abs(value) >= 10_000 else words.amount(value, indicator)
    mark = words.flag(row["flag"], indicator)
    title = f"{town}: {words.with_unit(value, indicator)} {when}{f' ({mark})' if mark else ''}"
    return Cell(f"{text}*" if mark else text, _fifth(row), title)


def wide_table(data: Tables, names: Sequence[str], codes: Sequence[str]) -> pd.DataFrame:
    """The matrix to take away: a row a municipality, a column an indicator with its year; unrounded."""
    latest = data.latest(*names)
    town = data.municipalities()["name"]
    columns: dict[str, list[Any]] = {
        "Código IBGE": list(codes),
        "Município": [town[code] for code in codes],
    }
    decimals: dict[str, int] = {}
    for name in names:
        indicator = data.indicators[name]
        own = latest[latest["indicator"] == name].set_index("municipality_code")
        values = own["value"].reindex(list(codes))
        head = f"{indicator.title} ({int(own['year'].iloc[0])})"
        shown = (
            [words.category(value, indicator) for value in values]
            if indicator.kind == "category"
            else values.tolist()
        )
        columns[head], decimals[head] = shown, indicator.decimals
    return shown_with(pd.DataFrame(columns), decimals)


# Relation of two indicators


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation with its 95% interval, over `count` municipalities."""

    rho: float
    low: float
    high: float
    count: int


def correlation(xs: Iterable[Any], ys: Iterable[Any]) -> Correlation | None:
    """Spearman's correlation of the pairs that have both values.

    The interval is that of Bonett and Wright (2000): Fisher's z with variance (1 + rho²/2) / (n - 3).
    None with fewer than ten pairs or where one side does not vary, since it would say nothing.
    """
    pairs = [
        (float(x), float(y))
        for x, y in zip(xs, ys, strict=True)
        if not words.is_missing(x) and not words.is_missing(y)
    ]
    if len(pairs) < 10 or len({x for x, _ in pairs}) < 2 or len({y for _, y in pairs}) < 2:
        return None
    # Pearson's correlation of the ranks, as scipy.stats.spearmanr has it, which takes 60 MB to load.
    ranks = pd.DataFrame(pairs).rank()
    rho = float(np.corrcoef(ranks[0], ranks[1])[0, 1])
    if abs(rho) >= 1 - 1e-12:
        return Correlation(
            math.copysign(1.0, rho), math.copysign(1.0, rho), math.copysign(1.0, rho), len(pairs)
        )
    width = float(ndtri(0.975)) * math.sqrt((1 + rho * rho / 2) / (len(pairs) - 3))
    centre = math.atanh(rho)
    return Correlation(rho, math.tanh(centre - width), math.tanh(centre + width), len(pairs))


def relation(data: Tables, x: str, y: str, codes: Sequence[str], scope: str) -> pd.DataFrame:
    """Two indicators at their latest periods, a row a municipality.

    Columns: municipality_code, name, x, y, group, population.

    `scope`: the regions that colour the points, or empty for none.
    """
    places = data.municipalities()
    if tuple(codes) != tuple(places.index):
        places = places.loc[list(codes)]

    def values(name: str) -> list[float | None]:
        own = data.latest_values(name)
        return [own.get(code) for code in codes]

    return pd.DataFrame(
        {
            "municipality_code": places["municipality_code"].array,
            "name": places["name"].array,
            "x": values(x),
            "y": values(y),
            "group": [data.place_name(scope, code) for code in places[f"{scope}_code"]]
            if scope
            else [None] * len(codes),
            "population": places["population"].tolist(),
        }
    )


def invitation(data: Tables) -> str:
    """What to do while nobody is chosen to be compared."""
    if len(data.names()) == 1:
        return "Há um só município aqui: não há com quem comparar."
    return "Escolha municípios na lista acima, ou um em foco para ver quem se parece com ele."


def strength(found: Correlation | None) -> str:
    """What a correlation says and what it does not, in three sentences."""
    if found is None:
        return (
            "Com menos de dez municípios com os dois dados, ou com valores todos iguais, "
            "não há correlação a calcular."
        )
    rho, low, high = (words.number(value, 2) for value in (found.rho, found.low, found.high))
    size = f"força de {rho} numa escala de {words.MINUS}1 a 1, provavelmente entre {low} e {high}"
    count = words.counted(found.count, "município", "municípios")
    if found.low <= 0 <= found.high:
        said = f"Sem associação clara, em {count}: {size}."
    else:
        way = "maior" if found.rho > 0 else "menor"
        said = f"{words.capitalised(_strength(found))}: onde um é maior, o outro tende a ser {way}, em {count}; {size}."
    return (
        f"{said} Isto não prova causa: outro fator, fora destes, pode mover os dois. "
        "E o que vale para os municípios pode não valer para cada pessoa."
    )


def _strength(found: Correlation) -> str:
    size = abs(found.rho)
    return f"associação {'forte' if size >= 0.7 else 'moderada' if size >= 0.4 else 'fraca'}"


def relation_title(x: Indicator, y: Indicator, found: Correlation | None, years: tuple[int, int]) -> str:
    """The finding of the page Relação, no stronger than it is. `years`: those of x and of y."""
    if x.indicator == y.indicator:
        return f"{x.short} ao lado de si mesmo: escolha outro indicador"
    when = f"{years[0]}{words.NBSP}×{words.NBSP}{years[1]}" if years[0] != years[1] else str(years[0])
    names = f"{x.short} e {y.short} ({when})"
    if found is None:
        return f"{names}: dados de menos para comparar"
    if found.low <= 0 <= found.high:
        return f"{names}: sem associação clara entre os municípios"
    way = "no mesmo sentido" if found.rho > 0 else "em sentidos opostos"
    return f"{names}: {_strength(found)} {way}, em {words.counted(found.count, 'município', 'municípios')}"


# Trend


def _untested(indicator: Indicator) -> str:
    """Why no series of an indicator can have a trend told from chance; empty where one can."""
    if indicator.kind == "category":
        return "são categorias, não números"
    if indicator.interval == "none":
        if indicator.sign == verdicts.MONEY:
            kind = "dinheiro"
        elif not indicator.comparable or indicator.aggregation == "sum":
            kind = "um total"
        elif indicator.sign == verdicts.PERCENT or indicator.rate:
            if indicator.aggregation != "ratio":
                return "a fonte não publica as contagens de que sai a margem de erro"
            kind = "uma razão"
        else:
            kind = "um índice ou uma média"
        return f"é {kind}, sem margem de erro a calcular"
    if indicator.window > 1:
        return "os valores são médias de anos que se sobrepõem"
    return ""


def trend(series: pd.DataFrame, indicator: Indicator) -> tuple[Trend, str]:
    """The trend of a series and, where it can't be computed, why.

    `series`: year, value, low, high, break_before; oldest first (`Tables.spans`). Only the last five
    points of the present method count (OHID Fingertips, as in `verdicts.trend`).
    """
    unknown = Trend(None, None, "not_computable")
    if reason := _untested(indicator):
        return unknown, reason
    starts = [place for place, broken in enumerate(series["break_before"]) if broken]
    recent = series.iloc[starts[-1] if starts else 0 :].tail(TREND_POINTS)
    if len(recent) < TREND_POINTS:
        points = words.counted(len(recent), "período comparável", "períodos comparáveis")
        return unknown, f"há {points} e são precisos {TREND_POINTS}"
    years = [int(year) for year in recent["year"]]
    if len({second - first for first, second in pairwise(years)}) > 1:
        return unknown, "os últimos cinco dados não são igualmente espaçados"
    rows = recent[["year", "value", "low", "high"]].astype(object)
    rows = rows.where(rows.notna(), None)
    absent = [str(int(year)) for year, value, _, _ in rows.itertuples(index=False) if value is None]
    if absent:
        return unknown, f"falta o dado de {words.listed(absent)}"
    found = verdicts.trend(rows["value"].tolist(), rows["low"].tolist(), rows["high"].tolist())
    return (
        found,
        "" if found.direction != "not_computable" else "um dos cinco últimos dados não tem margem de erro",
    )


def trend_sentence(name: str, series: pd.DataFrame, indicator: Indicator) -> str:
    """The trend of a municipality's series in words: up, down, none, or why it can't be computed.

    Empty where fewer than two periods have a value: nobody expects a trend there.
    """
    if series["value"].notna().sum() < 2:
        return ""
    found, reason = trend(series, indicator)
    if found.direction == "not_computable":
        return f"{name}: a tendência não pode ser calculada ({reason})."
    years = series["year"].tail(TREND_POINTS)
    span = f"nos últimos cinco dados ({int(years.iloc[0])} a {int(years.iloc[-1])})"
    if found.direction == "none":
        return f"{name}: sem tendência {span}; o que mudou é compatível com o acaso."
    rising = found.direction == "increasing"
    good = (indicator.better == "higher") == rising
    judged = "" if indicator.better == "none" else f", de {'melhora' if good else 'piora'}"
    return f"{name}: tendência de {'alta' if rising else 'queda'}{judged}, {span}."
