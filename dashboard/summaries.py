"""The few figures and lists that a page opens with, from frames of `tables`, in words."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import charts, words
from dashboard.charts import Cell
from dashboard.palettes import Theme
from pipelines.declarations import AREAS, Indicator, canon, indicators, sources

# The fifths of municipalities at either end: the less favourable one asks for attention.
LEAST, MOST = 0, 4


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
            "Categoria mais comum",
            words.category(best, indicator),
            "",
            f"{int(counts.max())} municípios; {cover}",
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
    low, high = given["value"].iloc[0], given["value"].iloc[-1]
    lowest, highest = (words.who(given.loc[given["value"] == end, "name"]) for end in (low, high))
    number, unit = _split(words.difference(high - low, indicator, sign=False))
    return Tile(
        label,
        number,
        unit,
        f"de {words.with_unit(low, indicator, short=True)} ({lowest}) a "
        f"{words.with_unit(high, indicator, short=True)} ({highest})",
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
        return Tile(
            f"Subiram desde {since}", str(rose), f" de {len(changes)}", "indicador sem direção melhor ou pior"
        )
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
    return [
        _whole(frame, indicator, when),
        _spread(frame, indicator),
        _movement(changes, indicator),
        _missing(frame),
    ]


def attention(standing: pd.DataFrame, codes: Sequence[str], most: int = 12) -> pd.DataFrame:
    """The municipalities with most indicators among the fifth with the less favourable values for certain.

    Returns, the largest share first: municipality_code, name, weak (number of such indicators), judged
    (indicators with data and a direction), share (of weak among judged, in %) and examples (the three weakest
    indicators' short names).
    """
    rows = []
    for code, group in standing[standing["municipality_code"].isin(codes)].groupby(
        "municipality_code", sort=False
    ):
        weak = group[group["fifth"] == LEAST].sort_values("position", kind="stable")
        names = "; ".join(indicators()[name].short for name in weak["indicator"].head(3))
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


def ranking_title(indicator: Indicator, shown: int, total: int) -> str:
    """The heading of a ranking that starts at the less favourable end."""
    if indicator.better == "none" or indicator.kind == "category":
        return "Do menor ao maior" if shown < total else f"Os {total} municípios"
    end = "maior" if indicator.better == "lower" else "menor"
    return (
        f"Os {shown} com {end} valor" if shown < total else f"Os {total} municípios, do {end} valor em diante"
    )


BETTER = {"higher": "quanto maior", "lower": "quanto menor", "none": "não há direção melhor ou pior"}
AGGREGATIONS = {
    "sum": "soma dos municípios",
    "ratio": "soma dos numeradores dividida pela soma dos denominadores",
    "median": "mediana dos municípios (a fonte não publica contagens para somar)",
    "distribution": "contagem por categoria",
    "none": "não se agrega",
}
INTERVALS = {
    "proportion": "intervalo de 95% de Wilson, pelas contagens publicadas",
    "rate": "intervalo de 95% para contagens (Poisson exato abaixo de 10 casos; Byar a partir de 10)",
    "none": "não calculada: a fonte não publica contagens de pessoas ou eventos",
}
ORIGINS = {
    "snapshot": "cópia incluída no projeto; ainda não buscada no publicador",
    "fetched": "buscada no publicador",
}


def direction(indicator: Indicator) -> str:
    """Which way is better, in words."""
    if indicator.kind == "category":
        return f"{indicator.categories[0]} é a melhor"
    return BETTER[indicator.better]


def about(indicator: Indicator, lineage: pd.DataFrame, coverage: pd.DataFrame) -> list[tuple[str, str]]:
    """Everything the declaration says of an indicator and of its source, as pairs of term and text."""
    source = sources()[indicator.source]
    reach = coverage.loc[indicator.indicator] if indicator.indicator in coverage.index else None
    columns = lineage[lineage["indicator"] == indicator.indicator]
    codes = {entry.code: entry for entry in canon()}
    return [
        ("O que é", indicator.note),
        ("Unidade", words.unit_of(indicator) or indicator.unit),
        ("Melhor", direction(indicator)),
        ("Área e frente", f"{AREAS[indicator.area]}; frente {indicator.front}"),
        ("Periodicidade", indicator.periodicity),
        ("Próximo dado", indicator.next_release),
        (
            "Cobertura",
            f"{reach['first_year']} a {reach['last_year']}, {words.counted(int(reach['periods']), 'período', 'períodos')}; "
            f"no último, {reach['with_data']} de {reach['total']} municípios com dado"
            if reach is not None
            else "",
        ),
        ("Estado e regiões", AGGREGATIONS[indicator.aggregation]),
        ("Incerteza", INTERVALS[indicator.interval]),
        ("Cuidados", " ".join(words.caveats(indicator))),
        ("Quebras de série", " ".join(f"{item.period.year}: {item.note}" for item in indicator.breaks)),
        (
            "Indicador reconhecido",
            "; ".join(
                f"{codes[code].title} ({code}): {codes[code].reference}"
                + (f" (em parte: {indicator.canon_lacks})" if code in indicator.canon_partly else "")
                for code in (*indicator.canon, *indicator.canon_partly)
            ),
        ),
        ("Fonte", f"{source.publisher}: {source.dataset}, edição {source.edition}"),
        ("Endereço oficial", source.url),
        ("Licença", source.licence),
        ("Obtenção", f"{ORIGINS[source.origin]}; {words.date(source.retrieved)}"),
        ("Sobre a fonte", source.note),
        ("Colunas de origem", "; ".join(f"{row.source}: {row.column}" for row in columns.itertuples())),
    ]


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
            "Observação": [words.flag(code) for code in frame["flag"]],
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
    return shown.reset_index(drop=True)


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


def ends(standing: pd.DataFrame, code: str, most: int = 3) -> tuple[list[str], list[str]]:
    """The indicators in which a municipality stands best and worst among all for certain, with value, year and
    place.
    """
    own = _recent(standing, code)
    best, worst = own[own["fifth"] == MOST].tail(most)[::-1], own[own["fifth"] == LEAST].head(most)

    def said(rows: pd.DataFrame) -> list[str]:
        return [
            f"{indicators()[row['indicator']].title}: "
            f"{words.with_unit(row['value'], indicators()[row['indicator']], short=True)} em {row['year']}, "
            f"{position(row)}"
            for row in rows.to_dict("records")
        ]

    return said(best), said(worst)


def profile_tile(row: pd.Series) -> Tile:
    """One indicator of a municipality as a figure, with its year and its place."""
    indicator = indicators()[row["indicator"]]
    number, unit = _split(words.with_unit(row["value"], indicator, short=True))
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
    profile: pd.DataFrame, history: pd.DataFrame, theme: Theme, link: Callable[[str], str]
) -> tuple[list[tuple[Cell, list[Cell]]], dict[int, str]]:
    """The rows of the heat table of one municipality, by area, indicators without a value last in each.

    `link`: the address that opens an indicator's series. Returns the rows and the area heads by row.
    """
    traces = dict(list(history.groupby("indicator")))
    rows: list[tuple[Cell, list[Cell]]] = []
    groups: dict[int, str] = {}
    order = {area: place for place, area in enumerate(AREAS)}
    keyed = sorted(
        profile.to_dict("records"),
        key=lambda row: (order[indicators()[row["indicator"]].area], words.is_missing(row["value"])),
    )
    previous = ""
    for row in keyed:
        indicator = indicators()[row["indicator"]]
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


def profile_table(profile: pd.DataFrame) -> pd.DataFrame:
    """The profile as a table to take away: one row an indicator, values with all their decimals."""
    rows = [
        {
            "Área": AREAS[indicators()[row["indicator"]].area],
            "Indicador": indicators()[row["indicator"]].title,
            "Período": row["period"].strftime("%Y-%m-%d"),
            "Valor": row["value"],
            "Categoria": words.category(row["value"], indicators()[row["indicator"]])
            if indicators()[row["indicator"]].kind == "category"
            else "",
            "Unidade": indicators()[row["indicator"]].unit,
            "Observação": words.flag(row["flag"]),
            "Posição (melhor possível)": row["rank_low"],
            "Posição (pior possível)": row["rank_high"],
            "Municípios com dado": row["ranked"],
            "Valor anterior": row["earlier_value"],
            "Ano anterior": row["earlier_year"],
            "Estado": row["state_value"],
            "Método do estado": AGGREGATIONS.get(row["state_method"] or "", ""),
        }
        for row in profile.to_dict("records")
    ]
    return pd.DataFrame(rows)


def canon_rows(coverage: pd.DataFrame) -> pd.DataFrame:
    """The recognised indicators against what is available: one row each, gaps shown as gaps.

    Returns: code, title, front, publisher, reference, indicators (titles that serve it), years, municipalities,
    state (yes, partly or no).
    """
    rows = []
    for entry in canon():
        held = [item for item in indicators().values() if item.indicator in coverage.index]
        whole = [item for item in held if entry.code in item.canon]
        partly = [item for item in held if entry.code in item.canon_partly]
        served = whole + partly
        reach = coverage.loc[[item.indicator for item in served]]
        rows.append(
            {
                "code": entry.code,
                "title": entry.title,
                "front": entry.front,
                "publisher": entry.publisher,
                "reference": entry.reference,
                "indicators": "; ".join(
                    [item.short for item in whole]
                    + [f"{item.short} (em parte: {item.canon_lacks})" for item in partly]
                ),
                "state": "yes" if whole else "partly" if partly else "no",
                "years": f"{reach['first_year'].min()} a {reach['last_year'].max()}" if served else "",
                "municipalities": f"{reach['with_data'].max()} de {reach['total'].max()}" if served else "",
            }
        )
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


def canon_title(rows: pd.DataFrame) -> str:
    """How much of the canon is at hand."""
    held, partly = int(rows["state"].eq("yes").sum()), int(rows["state"].eq("partly").sum())
    also = f", e mais {partly} em parte" if partly else ""
    return f"{held} dos {len(rows)} indicadores reconhecidos já têm dado aqui{also}"


CANON_STATES = {"yes": "✓ disponível", "partly": "◐ em parte", "no": "○ sem dado ainda"}


def canon_table(rows: pd.DataFrame) -> pd.DataFrame:
    """The coverage matrix with the heads that readers see."""
    return pd.DataFrame(
        {
            "Código": rows["code"],
            "Indicador reconhecido": rows["title"],
            "Frente": rows["front"],
            "Publicador": rows["publisher"],
            "Situação": [CANON_STATES[state] for state in rows["state"]],
            "Aqui aparece como": rows["indicators"],
            "Anos": rows["years"],
            "Municípios no último": rows["municipalities"],
        }
    )


def build_note(manifest: Mapping[str, Any], programme: str) -> str:
    """When the tables were built and judged."""
    built = words.date(dt.date.fromisoformat(manifest["built_at"][:10]))
    judged = words.date(dt.date.fromisoformat(manifest["as_of"]))
    return f"{programme}. Tabelas construídas em {built}; metas julgadas em {judged}."


_MOMENT = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def periods_words(text: str) -> str:
    """Periods as the declarations write them, for readers: `2026-01 a 2026-03` -> `01/2026 a 03/2026`."""
    plain = re.sub(r"(?<=\d{4})-(?=\d{4})", " a ", text)
    return _MOMENT.sub(lambda found: "/".join(part for part in reversed(found.groups()) if part), plain)


def data_age(text: str, today: dt.date) -> str:
    """How long ago the last of some periods ended, in whole years from one on: `há 6 anos`, `há 3 meses`."""
    moments = _MOMENT.findall(re.sub(r"(?<=\d{4})-(?=\d{4})", " ", text))
    if not moments:
        return ""
    year, month, _ = (int(part) if part else 0 for part in moments[-1])
    months = max((today.year - year) * 12 + today.month - (month or 12), 0)
    if months >= 12:
        return f"há {words.counted(months // 12, 'ano', 'anos')}"
    return f"há {words.counted(months, 'mês', 'meses')}" if months else "deste mês"


def source_rows(frame: pd.DataFrame, rejected: pd.DataFrame, today: dt.date) -> pd.DataFrame:
    """The sources with the heads that readers see; one that failed keeps its row and says why."""
    reasons = rejected.drop_duplicates("source").set_index("source")["reason"]
    return pd.DataFrame(
        {
            "Fonte": [f"{sources()[row.source].short}: {row.dataset}" for row in frame.itertuples()],
            "Edição": frame["edition"],
            "Períodos": [periods_words(text) for text in frame["periods"].fillna("")],
            "Dado mais recente": [data_age(text, today) for text in frame["periods"].fillna("")],
            "Municípios": frame["municipalities"],
            "Linhas": frame["rows"],
            "Recusadas": frame["rejected"],
            "Incluída em": [words.date(day.date()) for day in frame["retrieved"]],
            "Situação": [
                "em uso" if row.rows else f"não entrou: {reasons.get(row.source, 'sem linhas')}"
                for row in frame.itertuples()
            ],
        }
    )


def provenance_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Publishers, licences, official addresses and how each source came in."""
    return pd.DataFrame(
        {
            "Fonte": frame["dataset"],
            "Publicador": frame["publisher"],
            "Licença": frame["licence"],
            "Origem": [ORIGINS[origin] for origin in frame["origin"]],
            "Endereço oficial": frame["url"],
            "sha256": frame["sha256"],
        }
    )


def catalogue_rows(coverage: pd.DataFrame, lineage: pd.DataFrame) -> pd.DataFrame:
    """Every indicator with its reach and the published columns it comes from."""
    origins = lineage.groupby("indicator").apply(
        lambda rows: "; ".join(f"{row.source}: {row.column}" for row in rows.itertuples()),
        include_groups=False,
    )
    rows = [
        {
            "Indicador": item.title,
            "Área": AREAS[item.area],
            "Unidade": item.unit,
            "Melhor": direction(item),
            "Anos": f"{coverage.at[name, 'first_year']} a {coverage.at[name, 'last_year']}"
            if name in coverage.index
            else "sem dado",
            "Municípios no último": int(coverage.at[name, "with_data"]) if name in coverage.index else 0,
            "Fonte": sources()[item.source].short,
            "Colunas de origem": origins.get(name, ""),
            "Código": name,
        }
        for name, item in indicators().items()
    ]
    return pd.DataFrame(rows)


def rejected_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """The refused rows with the heads that readers see."""
    return pd.DataFrame(
        {
            "Arquivo": frame["file"],
            "Linha": frame["line"],
            "Coluna": frame["column"].fillna(""),
            "Valor": frame["value"].fillna(""),
            "Motivo": frame["reason"],
        }
    )
