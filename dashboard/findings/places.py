"""Where places stand: those to look at first, areas, strong and weak points, the profile of a municipality."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import charts, words
from dashboard.charts import Cell
from dashboard.charts.palettes import Theme
from dashboard.findings.catalogue import AGGREGATIONS
from dashboard.findings.indicators import Tile, split
from dashboard.tables import Tables
from pipelines.declarations import AREAS, Indicator

# The fifths of municipalities at either end: the less favourable one asks for attention.
LEAST, MOST = 0, 4


def attention(data: Tables, codes: Sequence[str], most: int = 12) -> pd.DataFrame:
    """The municipalities with most indicators among the fifth with the less favourable values for certain.

    Returns, the largest share first: municipality_code, name, weak (number of such indicators), judged
    (indicators with data and a direction), share (of weak among judged, in %) and examples (the three weakest
    indicators' short names).
    """
    rows, standing = [], data.standing()
    for code, group in standing[standing["municipality_code"].isin(codes)].groupby(
        "municipality_code", sort=False
    ):
        weak = group[group["fifth"] == LEAST].sort_values("position", kind="stable")
        names = "; ".join(data.indicators[name].short for name in weak["indicator"].head(3))
        share = 100 * len(weak) / len(group)
        rows.append((code, group["name"].iloc[0], len(weak), len(group), share, names))
    columns = ["municipality_code", "name", "weak", "judged", "share", "examples"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values("share", ascending=False, kind="stable").head(most).reset_index(drop=True)


def attention_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for readers."""
    return pd.DataFrame(
        {
            "Município": frame["name"],
            "Entre os 20% menos favoráveis": frame["weak"],
            "Com dado": frame["judged"],
            "Parcela (%)": frame["share"],
            "Os três mais distantes dos demais": frame["examples"],
        }
    )


def areas(data: Tables, codes: Sequence[str]) -> pd.DataFrame:
    """Per area: indicators with a direction, years of their data, and where most of them are weak.

    Returns: area (title), indicators, first_year, last_year, names (three municipalities with most indicators
    of the area among the weaker fifth, with how many).
    """
    standing = data.standing()
    chosen = standing[standing["municipality_code"].isin(codes)].copy()
    chosen["area"] = chosen["indicator"].map(lambda name: data.indicators[name].area)
    rows = []
    for area, title in AREAS.items():
        group = chosen[chosen["area"] == area]
        if group.empty:
            continue
        weak = (
            group[group["fifth"] == LEAST]
            .groupby(["municipality_code", "name"])
            .size()
            .sort_values(ascending=False, kind="stable")
        )
        count = group["indicator"].nunique()
        worst = "; ".join(f"{name} ({number} de {count})" for (_, name), number in weak.head(3).items())
        rows.append((title, count, int(group["year"].min()), int(group["year"].max()), worst or "nenhum"))
    return pd.DataFrame(rows, columns=["area", "indicators", "first_year", "last_year", "names"])


def area_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The same for readers."""
    years = zip(frame["first_year"], frame["last_year"], strict=True)
    return pd.DataFrame(
        {
            "Área": frame["area"],
            "Indicadores": frame["indicators"],
            "Dados de": [str(last) if first == last else f"{first} a {last}" for first, last in years],
            "Municípios com mais indicadores entre os 20% menos favoráveis": frame["names"],
        }
    )


def position(row: Mapping[str, Any]) -> str:
    """Where a municipality stands among those with data, as a range where it is one."""
    if words.is_missing(row["rank_low"]):
        return ""
    return words.rank(int(row["rank_low"]), int(row["rank_high"]), int(row["ranked"]), better="")


def _short_position(row: Mapping[str, Any]) -> str:
    """The same for a table: `12º a 31º de 79`."""
    if words.is_missing(row["rank_low"]):
        return ""
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return f"{low}º{f' a {high}º' if high > low else ''} de {int(row['ranked'])}"


# Older figures say little of how a town stands today: the census of 2010 is one of them.
RECENT_YEARS = 10


def _recent(standing: pd.DataFrame, code: str) -> pd.DataFrame:
    """The rows of a municipality that are not of another time, the least favourable first."""
    own = standing[standing["municipality_code"] == code].sort_values("position", kind="stable")
    return own[own["year"] >= standing["year"].max() - RECENT_YEARS]


def weakest(standing: pd.DataFrame, code: str, otherwise: str) -> str:
    """The indicator in which a municipality stands worst of all for certain; `otherwise` where there is none."""
    own = _recent(standing, code)
    found = own.loc[own["fifth"] == LEAST, "indicator"]
    return str(found.iloc[0]) if len(found) else otherwise


def ends(data: Tables, code: str, most: int = 3) -> tuple[list[str], list[str]]:
    """The indicators in which a municipality stands best and worst among all for certain, with value, year and
    place.
    """
    own = _recent(data.standing(), code)
    best, worst = own[own["fifth"] == MOST].tail(most)[::-1], own[own["fifth"] == LEAST].head(most)

    def said(rows: pd.DataFrame) -> list[str]:
        return [
            f"{indicator.title}: {words.with_unit(row['value'], indicator, short=True)} em {row['year']}, "
            f"{position(row)}"
            for row in rows.to_dict("records")
            for indicator in (data.indicators[row["indicator"]],)
        ]

    return said(best), said(worst)


def profile_tile(row: pd.Series, indicator: Indicator) -> Tile:
    """One indicator of a municipality as a figure, with its year and its place."""
    number, unit = split(words.with_unit(row["value"], indicator, short=True))
    missing = words.missing_reason(row["flag"]) if words.is_missing(row["value"]) else ""
    parts = [str(int(row["year"])), missing or position(row.to_dict())]
    return Tile(indicator.short, number, unit, ", ".join(part for part in parts if part))


def profile_title(name: str, standing: pd.DataFrame, code: str) -> str:
    """The finding of a municipality's page: how many indicators stand at each end."""
    own = standing[standing["municipality_code"] == code]
    high, low = int((own["fifth"] == MOST).sum()), int((own["fifth"] == LEAST).sum())
    if not len(own):
        return name
    return (
        f"{name}: {words.counted(high, 'indicador', 'indicadores')} entre os 20% mais favoráveis do estado, "
        f"{low} entre os 20% menos"
    )


def profile_rows(
    data: Tables, code: str, theme: Theme, link: Callable[[str], str]
) -> tuple[list[tuple[Cell, list[Cell]]], dict[int, str]]:
    """The rows of the heat table of one municipality, by area, indicators without a value last in each.

    `link`: the address that opens an indicator's series. Returns the rows and the area heads by row.
    """
    traces = dict(list(data.history(code).groupby("indicator")))
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
        value = charts.value_cell(row["value"], row["flag"], indicator, shade, unit=True)
        trace = traces[row["indicator"]]
        points = [None if words.is_missing(item) else float(item) for item in trace["value"]]
        spark = charts.sparkline(points, theme, trace["break_before"].tolist())
        rows.append(
            (
                Cell(indicator.short, title=indicator.title, href=link(indicator.indicator)),
                [
                    value,
                    Cell(str(int(row["year"])) if not words.is_missing(row["value"]) else ""),
                    Cell(
                        _short_position(row)
                        if not words.is_missing(row["value"])
                        else words.missing_reason(row["flag"]),
                        number=False,
                    ),
                    Cell("", markup=spark),
                    Cell(change(row, indicator)),
                    Cell(
                        words.with_unit(row["state_value"], indicator, short=True)
                        if not words.is_missing(row["state_value"]) and row["state_method"] != "sum"
                        else ""
                    ),
                ],
            )
        )
    return rows, groups


def change(row: Mapping[str, Any], indicator: Indicator) -> str:
    """How the value moved since the one before, with its year; empty where there is none to compare."""
    if words.is_missing(row["value"]) or words.is_missing(row["earlier_value"]):
        return ""
    since = f" ({int(row['earlier_year'])})"
    if indicator.kind == "category":
        before, now = words.category(row["earlier_value"], indicator), words.category(row["value"], indicator)
        return (f"era {before}" if before != now else "igual") + since
    return words.difference(row["value"] - row["earlier_value"], indicator) + since


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
            "Observação": words.flag(row["flag"]),
            "Posição (melhor possível)": row["rank_low"],
            "Posição (pior possível)": row["rank_high"],
            "Municípios com dado": row["ranked"],
            "Valor anterior": row["earlier_value"],
            "Ano anterior": row["earlier_year"],
            "Estado": row["state_value"],
            "Método do estado": AGGREGATIONS.get(row["state_method"] or "", ""),
        }
        for row in data.profile(code).to_dict("records")
        for indicator in (data.indicators[row["indicator"]],)
    ]
    return pd.DataFrame(rows)


PROFILE_HEADS = (
    "Indicador",
    "Valor",
    "Ano",
    ("Posição", "Posição entre os municípios com dado; 1º é o mais favorável"),
    "Série",
    ("Mudança (desde)", "Mudança desde o valor anterior comparável, com o ano dele"),
    ("Estado", "Valor do estado, pelo método do indicador"),
)
