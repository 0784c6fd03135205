"""Where places stand: those to look at first, areas, strong and weak points, the profile of a municipality."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard import charts, sentences, words
from dashboard.charts import Cell, frames
from dashboard.charts.frames import shown_with
from dashboard.charts.palettes import Theme
from dashboard.findings.catalogue import AGGREGATIONS
from dashboard.findings.indicators import Tile, split
from dashboard.margins import PUBLISHED, together
from dashboard.tables import Tables
from pipelines.declarations import AREAS, FLAGS, Indicator

# The fifths of municipalities at either end: the less favourable one asks for attention.
LEAST, MOST = 0, 4


ATTENTION = (
    "Municípios com a maior parcela de famílias de indicadores entre os 20% em situação menos favorável. Só contam dados "
    "dentro da validade que a fonte declara e o que não se explica pela margem de erro nem pela oscilação usual. Cada família (o que uma "
    "fonte diz de uma frente, como as 13 vacinas) vale um voto, dado quando metade dos seus indicadores ou mais está nessa "
    "situação. Valores acima de 100% ficam de fora."
)


def lasting(indicator: Indicator) -> bool:
    """Whether a latest value says how a place stands. A balance of one month says how that month went."""
    return not (indicator.monthly and indicator.range[0] < 0)


def family(indicator: Indicator) -> tuple[str, str, str]:
    """What counts as one where votes are counted: a declared family, else what one source says of one front."""
    return indicator.area, indicator.front, indicator.family or indicator.source


def _recent(data: Tables) -> pd.DataFrame:
    """The rows of `Tables.standing` that say how a place stands today, each with its `family` and `area`."""
    return data.remember(("recent",), lambda: _recent_rows(data))


def _recent_rows(data: Tables) -> pd.DataFrame:
    frame, day = data.standing(), pd.Timestamp(data.as_of)
    kept = {name for name, item in data.indicators.items() if lasting(item)}
    # A figure that no reading would stand on says nothing of how a town stands today either.
    lives = {name: data.declared_sources[data.indicators[name].source].shelf_life for name in kept}
    months = frame["indicator"].map(lives)
    first = [day - pd.DateOffset(months=0 if words.is_missing(life) else int(life)) for life in months]
    recent = frame["period"].ge(pd.Series(first, index=frame.index)) & frame["period"].le(
        day + pd.DateOffset(years=1)
    )
    rows = frame[recent & frame["indicator"].isin(kept)]
    return rows.assign(
        family=[family(data.indicators[name]) for name in rows["indicator"]],
        area=[data.indicators[name].area for name in rows["indicator"]],
    )


def _recent_of(data: Tables, code: str) -> pd.DataFrame:
    """The same of one municipality."""

    def own() -> pd.DataFrame:
        recent = _recent(data)
        return recent[recent["municipality_code"] == code]

    return data.remember(("recent", code), own)


def _votes(rows: pd.DataFrame) -> pd.DataFrame:
    """One vote a family and municipality, weak where at least half of its indicators are in the last fifth for certain.

    Columns: municipality_code, name, area, family, weak.
    """
    keys = ["municipality_code", "name", "area", "family"]
    weak = rows.assign(weak=rows["fifth"].eq(LEAST).fillna(False).astype(float))
    return weak.groupby(keys, sort=False)["weak"].mean().ge(0.5).reset_index()


def attention(data: Tables, codes: Sequence[str], most: int = 12) -> pd.DataFrame:
    """The municipalities with most families of indicators among the fifth with the less favourable values for certain.

    Only data within their shelf life, one vote a family (`family`). Returns, the largest share first and none without a
    weak one: municipality_code, name, weak (families), judged (families with data and a direction), share (of weak
    among judged, in %) and examples (the weakest indicators of three of them, short names).
    """
    frame = data.remember(("attention",), lambda: _attention(data))
    frame = frame[frame["municipality_code"].isin(codes)]
    return frame.sort_values("share", ascending=False, kind="stable").head(most).reset_index(drop=True)


def _attention(data: Tables) -> pd.DataFrame:
    """The rows of `attention` for every municipality with a weak family: no filter changes what is said of one."""
    recent = _recent(data)
    votes = _votes(recent)
    weakest = recent[recent["fifth"].eq(LEAST).fillna(False)].sort_values("position", kind="stable")
    examples = weakest.merge(votes[votes["weak"]], on=["municipality_code", "family"])
    examples = examples.drop_duplicates(["municipality_code", "family"])
    rows = []
    for (code, name), group in votes.groupby(["municipality_code", "name"], sort=False):
        own = examples.loc[examples["municipality_code"] == code, "indicator"].head(3)
        told = "; ".join(data.indicators[item].short for item in own)
        count = int(group["weak"].sum())
        if count:
            rows.append((code, name, count, len(group), 100 * count / len(group), told))
    columns = ["municipality_code", "name", "weak", "judged", "share", "examples"]
    return pd.DataFrame(rows, columns=columns)


def attention_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for readers."""
    shown = pd.DataFrame(
        {
            "Município": frame["name"],
            "Famílias entre os 20% menos favoráveis": frame["weak"],
            "Famílias com dado": frame["judged"],
            "Parcela (%)": frame["share"],
            "As mais distantes dos demais": frame["examples"],
        }
    )
    return shown_with(shown, {"Parcela (%)": 0})


def areas(data: Tables, codes: Sequence[str]) -> pd.DataFrame:
    """Per area: indicators with a direction and data within their shelf life, their families, and where most are weak.

    Returns: area (title), indicators, families, first_year, last_year, names (three municipalities with most families
    of the area among the weaker fifth for certain, with how many).
    """
    held = data.remember(("areas",), lambda: _standing_by_area(data))
    chosen = sorted(codes)
    rows = []
    for area, title in AREAS.items():
        group = [found for code in chosen if (found := held.get((area, code)))]
        if not group:
            continue
        count = len(frozenset[Any]().union(*(found.families for found in group)))
        most = sorted(group, key=lambda found: -found.weak)
        first = most[:3]
        worst = "; ".join(f"{found.name} ({found.weak} de {count})" for found in first if found.weak)
        # The alphabet chose among those that tie: without the others it would read as an order.
        last = first[-1].weak
        others = sum(found.weak == last for found in most[len(first) :])
        if last and others:
            worst += f"; e {words.counted(others, 'outro', 'outros')} com {last} de {count}"
        measures = len(frozenset[Any]().union(*(found.indicators for found in group)))
        years = min(found.first for found in group), max(found.last for found in group)
        rows.append((title, measures, count, *years, worst or "nenhum"))
    return pd.DataFrame(rows, columns=["area", "indicators", "families", "first_year", "last_year", "names"])


@dataclass(frozen=True)
class _Standing:
    """What is recent of one municipality in one area: which indicators and families, of which years, how many weak."""

    name: str
    indicators: frozenset[str]
    families: frozenset[Any]
    first: int
    last: int
    weak: int


def _standing_by_area(data: Tables) -> dict[tuple[str, str], _Standing]:
    """By area and municipality; what a filter leaves is put together from these."""
    recent = _recent(data)
    weak = _votes(recent).groupby(["area", "municipality_code"])["weak"].sum()
    return {
        (str(area), str(code)): _Standing(
            str(rows["name"].iloc[0]),
            frozenset(rows["indicator"]),
            frozenset(rows["family"]),
            int(rows["year"].min()),
            int(rows["year"].max()),
            int(weak[area, code]),
        )
        for (area, code), rows in recent.groupby(["area", "municipality_code"])
    }


def area_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for readers."""
    years = zip(frame["first_year"], frame["last_year"], strict=True)
    return pd.DataFrame(
        {
            "Área": frame["area"],
            "Indicadores": frame["indicators"],
            "Famílias": frame["families"],
            "Dados de": [str(last) if first == last else f"{first} a {last}" for first, last in years],
            "Municípios com mais famílias entre os 20% menos favoráveis": frame["names"],
        }
    )


def position(row: Mapping[str, Any]) -> str:
    """Where a municipality stands among those with data: an interval where its value has one, else a tie."""
    if words.is_missing(row["rank_low"]):
        return FLAGS[words.IMPLAUSIBLE] if row["flag"] == words.IMPLAUSIBLE else ""
    places = int(row["rank_low"]), int(row["rank_high"]), int(row["ranked"])
    return words.standing(*places, measured=not words.is_missing(row["low"]))


def _short_position(row: Mapping[str, Any]) -> str:
    """The same for a table: `12º a 31º de 79`, `1º, empatado com 51, de 79`."""
    if words.is_missing(row["rank_low"]):
        return "não dá para ler" if row["flag"] == words.IMPLAUSIBLE else ""
    if int(row["ranked"]) == 1:
        return "único com dado"
    low, high = int(row["rank_low"]), int(row["rank_high"])
    if high > low and words.is_missing(row["low"]):
        return f"{low}º, empatado com {high - low}, de {int(row['ranked'])}"
    return f"{low}º{f' a {high}º' if high > low else ''} de {int(row['ranked'])}"


def weakest(data: Tables, code: str, otherwise: str) -> str:
    """The indicator in which a municipality stands worst of all for certain; `otherwise` where there is none."""
    found = _at_end(data, code, LEAST)["indicator"]
    return str(found.iloc[0]) if len(found) else otherwise


def _at_end(data: Tables, code: str, fifth: int) -> pd.DataFrame:
    """The recent rows of a municipality in a fifth for certain, the furthest one of each family, furthest first."""
    own = _recent_of(data, code)
    own = own[own["fifth"].eq(fifth).fillna(False)]
    own = own.sort_values("position", ascending=fifth == LEAST, kind="stable")
    return own.drop_duplicates("family")


# How many strong and weak points are named.
POINTS = 3


def ends(data: Tables, code: str) -> tuple[list[str], list[str]]:
    """The indicators in which a municipality stands best and worst among all for certain, one a family, with value,
    period and place.
    """

    def said(rows: pd.DataFrame) -> list[str]:
        return [
            f"{indicator.title}: {words.with_unit(row['value'], indicator, short=True)} em "
            f"{words.period(row['period'].date(), indicator, long=True)}, {position(row)}"
            for row in rows.head(POINTS).to_dict("records")
            for indicator in (data.indicators[row["indicator"]],)
        ]

    return said(_at_end(data, code, MOST)), said(_at_end(data, code, LEAST))


def profile_tile(row: pd.Series, indicator: Indicator) -> Tile:
    """One indicator of a municipality as a figure, with its year and its place."""
    number, unit = split(words.with_unit(row["value"], indicator, short=True))
    missing = words.missing_reason(row["flag"]) if words.is_missing(row["value"]) else ""
    parts = [words.period(row["period"].date(), indicator), missing or position(row.to_dict())]
    return Tile(indicator.short, number, unit, ", ".join(part for part in parts if part))


def profile_title(name: str, data: Tables, code: str) -> str:
    """The finding of a municipality's page: how many indicators with data within their shelf life stand at each end."""
    own = _recent_of(data, code)
    high, low = int(own["fifth"].eq(MOST).sum()), int(own["fifth"].eq(LEAST).sum())
    if not len(own):
        return name
    return (
        f"{name}: {words.counted(high, 'indicador', 'indicadores')} com certeza entre os 20% mais favoráveis do "
        f"estado, {low} entre os 20% menos"
    )


def profile_rows(
    data: Tables, code: str, theme: Theme, link: Callable[[str], str], passport: Callable[[str], str]
) -> tuple[list[tuple[Cell, list[Cell]]], dict[int, str]]:
    """The rows of the heat table of one municipality, by area, indicators without a value last in each.

    `link`: the address that opens an indicator's series; `passport`: that of what its value comes from. Returns the rows
    and the area heads by row.
    """
    history = data.history(code)
    values, breaks = frames.column(history, "value"), history["break_before"].tolist()
    state = str(data.municipalities().at[code, "state"])
    rows: list[tuple[Cell, list[Cell]]] = []
    groups: dict[int, str] = {}
    order = {area: place for place, area in enumerate(AREAS)}
    keyed = sorted(
        data.profile(code).to_dict("records"),
        key=lambda row: (order[data.indicators[row["indicator"]].area], words.is_missing(row["value"])),
    )
    previous = ""
    for row in keyed:
        indicator = data.indicators[row["indicator"]]
        if indicator.area != previous:
            groups[len(rows)] = AREAS[indicator.area]
            previous = indicator.area
        shade = None if words.is_missing(row["fifth"]) else int(row["fifth"])
        value = charts.value_cell(
            row["value"], row["flag"], indicator, shade, unit=True, revision=_revision(data, row, indicator)
        )
        if not value.missing:
            value = replace(value, href=passport(indicator.indicator))
        part = data.places_in_history(code)[row["indicator"]]
        spark = charts.sparkline(values[part], theme, breaks[part])
        rows.append(
            (
                Cell(indicator.short, title=indicator.title, href=link(indicator.indicator)),
                [
                    value,
                    Cell(
                        words.period(row["period"].date(), indicator)
                        if not words.is_missing(row["value"])
                        else ""
                    ),
                    Cell(
                        _short_position(row)
                        if not words.is_missing(row["value"])
                        else words.missing_reason(row["flag"]),
                        number=False,
                    ),
                    Cell("", markup=spark),
                    Cell(change(row, indicator)),
                    _reference(row, indicator, state),
                ],
            )
        )
    return rows, groups


def _revision(data: Tables, row: Mapping[str, Any], indicator: Indicator) -> str:
    """What a newer edition made of a row's value, in words; empty where none did."""
    key = (indicator.indicator, row["municipality_code"], row["period"].date())
    day, before = data.revised().get(key, (None, None))
    return words.revision(day, before, row["value"], indicator)


def _reference(row: Mapping[str, Any], indicator: Indicator, state: str) -> Cell:
    """What a value is set beside: the state's own, or the municipalities' median, which is named."""
    method = row["state_method"]
    if words.is_missing(row["state_value"]) or method not in (PUBLISHED, "ratio", "median"):
        return Cell("")
    text = words.with_unit(row["state_value"], indicator, short=True)
    return Cell(f"mediana {text}" if method == "median" else text, title=together(state, method, "state")[0])


def change(row: Mapping[str, Any], indicator: Indicator) -> str:
    """How the value moved since the one before, with its year; empty where there is none to compare."""
    if words.is_missing(row["value"]) or words.is_missing(row["earlier_value"]):
        return ""
    if row["flag"] == words.IMPLAUSIBLE:
        # What cannot be has moved from nowhere.
        return ""
    # The months of one year are told apart by no year.
    since = " (período anterior)" if indicator.monthly else f" ({int(row['earlier_year'])})"
    if indicator.kind == "category":
        before, now = words.category(row["earlier_value"], indicator), words.category(row["value"], indicator)
        return (f"era {before}" if before != now else "igual") + since
    first, last = int(row["earlier_year"]), row["period"].year
    # Part of such a change is the new ground's; the whole warning stands on the indicator's own page.
    ground = "; a base mudou" if any(first < item.period.year <= last for item in indicator.cautions) else ""
    return (sentences.moved(row["earlier_value"], row["value"], indicator) or "igual") + since + ground


def profile_table(data: Tables, code: str) -> pd.DataFrame:
    """The profile as a table to take away: one row an indicator, values with all their decimals."""
    rows = [
        {
            "Área": AREAS[indicator.area],
            "Indicador": indicator.title,
            "Período": row["period"].strftime("%Y-%m-%d"),
            "Valor": row["value"],
            "Categoria": words.category(row["value"], indicator) if indicator.kind == "category" else "",
            "Unidade": indicator.unit,
            "Observação": "; ".join(
                filter(None, (words.flag(row["flag"], indicator), _revision(data, row, indicator)))
            ),
            "Posição (melhor possível)": row["rank_low"],
            "Posição (pior possível)": row["rank_high"],
            "Municípios com dado": row["ranked"],
            "Valor anterior": row["earlier_value"],
            "Ano anterior": row["earlier_year"],
            "Referência (estado ou mediana)": row["state_value"],
            "Método da referência": AGGREGATIONS.get(row["state_method"] or "", ""),
        }
        for row in data.profile(code).to_dict("records")
        for indicator in (data.indicators[row["indicator"]],)
    ]
    each = [data.indicators[name].decimals for name in data.profile(code)["indicator"]]
    values = dict.fromkeys(("Valor", "Valor anterior", "Referência (estado ou mediana)"), each)
    return shown_with(pd.DataFrame(rows), {**values, "Ano anterior": None})


# How the heat table of a municipality is read.
HEAT = (
    "Cor: em que quinto dos municípios com dado o valor está, do menos favorável (laranja) ao mais favorável "
    "(verde-azulado); sem cor, a margem de erro não deixa dizer. Posição em intervalo onde há margem de erro; "
    "em grupos pequenos sem contagem, pela oscilação usual de um município deste porte. "
    f"{words.MARKED} † revisto por uma edição mais nova da fonte (o que era está na tabela que se baixa). O valor leva ao "
    "seu passaporte: de onde ele vem."
)

PROFILE_HEADS = (
    "Indicador",
    "Valor",
    "Ano",
    ("Posição", "Posição entre os municípios com dado; 1º é o mais favorável"),
    "Série",
    (
        "Mudança (desde)",
        "Mudança desde o valor anterior comparável, com o ano dele; parte dela pode ser acaso, ou de uma base que mudou",
    ),
    ("Referência", "Valor do estado, do publicador ou pela soma das contagens; ou a mediana dos municípios"),
)
