"""Where places stand: those to look at first, areas, strong and weak points, the profile of a municipality."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import charts, sentences, words
from dashboard.charts import Cell
from dashboard.charts.frames import shown_with
from dashboard.charts.palettes import Theme
from dashboard.findings.catalogue import AGGREGATIONS
from dashboard.findings.indicators import Tile, split
from dashboard.margins import together
from dashboard.tables import Tables
from dashboard.tables.ranks import COUNTRY
from pipelines import serving
from pipelines.declarations import AREAS, FLAGS, Indicator
from pipelines.margins import PUBLISHED

# The fifths of municipalities at either end: the less favourable one asks for attention.
LEAST, MOST = 0, 4
# So many beside three named ones that tie are still a list.
MOST_OTHERS = 3


# As `Tables.revised` has it.
Revised = Mapping[tuple[str, str, dt.date], tuple[dt.date, float]]

ATTENTION = (
    "Municípios com a maior parcela de famílias de indicadores entre os 20% em situação menos favorável. Só contam dados "
    "dentro da validade que a fonte declara e o que não se explica pela margem de erro nem pela oscilação usual. Cada família (o que uma "
    "fonte diz de uma frente, como as 13 vacinas) vale um voto, dado quando metade dos seus indicadores ou mais está nessa "
    "situação. Valores fora do plausível, como os acima de 100%, ficam de fora."
)
# Of several states (`pipelines.serving.fewest_states`).
PARTIAL = " Também fica de fora o indicador que falta em estados inteiros."


def attention(data: Tables, codes: Sequence[str], most: int = 12) -> pd.DataFrame:
    """The municipalities with most families of indicators among the fifth with the less favourable values for certain.

    Only data within their shelf life, one vote a family (`pipelines.serving.family`). Returns, the largest share first and none without a
    weak one: municipality_code, name, weak (families), judged (families with data and a direction), share (of weak
    among judged, in %) and examples (the weakest indicators of three of them, short names).
    """
    found = data.attention(tuple(codes), most)
    shorts = ["; ".join(data.indicators[name].short for name in told) for told in found["examples"]]
    return found.assign(examples=pd.Series(shorts, found.index, dtype="str"))


def attention_note(data: Tables, codes: Sequence[str], shown: pd.DataFrame) -> str:
    """How `attention` counts, and how many municipalities have the share of its last row and stand after it by their
    name alone.
    """
    return ATTENTION + (PARTIAL if data.several_states() else "") + _attention_ties(data, codes, shown)


def _attention_ties(data: Tables, codes: Sequence[str], shown: pd.DataFrame) -> str:
    if shown.empty:
        return ""
    last = shown["share"].iloc[-1]
    count = data.attention_shares(tuple(codes)).count(last) - int(shown["share"].eq(last).sum())
    if not count:
        return ""
    verb = words.plural(count, "tem", "têm")
    return f" {words.counted(count, 'outro', 'outros')} {verb} a mesma parcela do último da lista."


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
    held = data.areas(tuple(codes)).set_index("area", drop=False)
    rows = []
    for area, title in AREAS.items():
        if area not in held.index:
            continue
        found = held.loc[area]
        count, weak = int(found["families"]), [int(number) for number in found["weak"]]
        others = int(found["others"]) if weak[-1] else 0
        # Among many that tie three names say nothing, and read as an order.
        tied = weak.count(weak[-1]) + others if others > MOST_OTHERS else 0
        named = [pair for pair in zip(found["names"], weak, strict=True) if not tied or pair[1] > weak[-1]]
        parts = [f"{name} ({number} de {count})" for name, number in named if number]
        if tied:
            parts.append(f"{words.counted(tied, 'município', 'municípios')} com {weak[-1]} de {count}")
        elif others:
            parts.append(f"e {words.counted(others, 'outro', 'outros')} com {weak[-1]} de {count}")
        worst = "; ".join(parts)
        years = int(found["first_year"]), int(found["last_year"])
        rows.append((title, int(found["indicators"]), count, *years, worst or "nenhum"))
    return pd.DataFrame(rows, columns=["area", "indicators", "families", "first_year", "last_year", "names"])


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
    low, high, total = int(row["rank_low"]), int(row["rank_high"]), words.number(int(row["ranked"]))
    if int(row["ranked"]) == 1:
        return "único com dado"
    if high > low and words.is_missing(row["low"]):
        return f"{words.ordinal(low)}, empatado com {words.number(high - low)}, de {total}"
    return f"{words.ordinal(low)}{f' a {words.ordinal(high)}' if high > low else ''} de {total}"


def weakest(data: Tables, code: str, otherwise: str) -> str:
    """The indicator in which a municipality stands worst of all for certain; `otherwise` where there is none."""
    found = _at_end(data, code, LEAST)
    return str(found[0]["indicator"]) if found else otherwise


def _in_fifth(data: Tables, code: str, fifth: int) -> list[dict[str, Any]]:
    """The recent rows of a municipality in a fifth for certain."""
    return [row for row in data.recent(code) if not words.is_missing(row["fifth"]) and row["fifth"] == fifth]


def _at_end(data: Tables, code: str, fifth: int) -> list[dict[str, Any]]:
    """Of the recent rows of a municipality in a fifth for certain the furthest one of each family, furthest first."""
    own = sorted(_in_fifth(data, code, fifth), key=lambda row: float(row["position"]), reverse=fifth != LEAST)
    furthest: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in own:
        furthest.setdefault(serving.family(data.indicators[row["indicator"]]), row)
    return list(furthest.values())


# How many strong and weak points are named.
POINTS = 3


def ends(data: Tables, code: str) -> tuple[list[str], list[str]]:
    """The indicators in which a municipality stands best and worst among all for certain, one a family, with value,
    period and place.
    """

    def said(rows: list[dict[str, Any]]) -> list[str]:
        return [
            f"{indicator.title}: {words.with_unit(row['value'], indicator, short=True)} em "
            f"{words.period(row['period'].date(), indicator, long=True)}, {position(row)}"
            for row in rows[:POINTS]
            for indicator in (data.indicators[row["indicator"]],)
        ]

    return said(_at_end(data, code, MOST)), said(_at_end(data, code, LEAST))


def profile_tile(row: Mapping[str, Any], indicator: Indicator) -> Tile:
    """One indicator of a municipality as a figure, with its year and its place."""
    number, unit = split(words.with_unit(row["value"], indicator, short=True))
    missing = words.missing_reason(row["flag"]) if words.is_missing(row["value"]) else ""
    parts = [words.period(row["period"].date(), indicator), missing or position(row)]
    return Tile(indicator.short, number, unit, ", ".join(part for part in parts if part))


def profile_title(name: str, data: Tables, code: str) -> str:
    """The finding of a municipality's page: how many indicators with data within their shelf life stand at each end."""
    if not data.recent(code):
        return name
    high, low = (len(_in_fifth(data, code, fifth)) for fifth in (MOST, LEAST))
    return (
        f"{name}: {words.counted(high, 'indicador', 'indicadores')} com certeza entre os 20% mais favoráveis "
        f"{words.of_scope(*data.whole)}, {low} entre os 20% menos"
    )


def profile_rows(
    data: Tables,
    code: str,
    theme: Theme,
    link: Callable[[str], str],
    passport: Callable[[str], str],
    among: str = "",
) -> tuple[list[tuple[Cell, list[Cell]]], dict[int, str]]:
    """The rows of the heat table of one municipality, by area, indicators without a value last in each and without those
    that nobody in its state has.

    `link`: the address that opens an indicator's series; `passport`: that of what its value comes from; `among`: among
    whom its place is told (a key of `ranks.AMONG`), empty for the whole territory. Returns the rows and the area heads
    by row.
    """
    lines, revised, several = data.lines(code), data.revised(), data.several_states()
    state = str(data.municipalities().at[code, "state"])
    rows: list[tuple[Cell, list[Cell]]] = []
    groups: dict[int, str] = {}
    order = {area: place for place, area in enumerate(AREAS)}
    absent = set(data.absent_in(code[:2]))
    keyed = sorted(
        (
            _placed_among(data, row, code, among)
            for row in data.profile_rows(code)
            if row["indicator"] not in absent
        ),
        key=lambda row: (order[data.indicators[row["indicator"]].area], words.is_missing(row["value"])),
    )
    previous = ""
    for row in keyed:
        indicator = data.indicators[row["indicator"]]
        if indicator.area != previous:
            groups[len(rows)] = AREAS[indicator.area]
            previous = indicator.area
        head = Cell(indicator.short, title=indicator.title, href=link(indicator.indicator))
        values, breaks = lines[indicator.indicator]
        cells = [
            _profile_value(revised, row, indicator, passport),
            *_profile_place(row, indicator),
            Cell("", markup=charts.sparkline(as_drawn(values, indicator), theme, breaks)),
            Cell(change(row, indicator)),
            _reference(row, indicator, state, several),
        ]
        rows.append((head, cells))
    return rows, groups


def as_drawn(values: Sequence[Any], indicator: Indicator) -> Sequence[Any]:
    """Values as a line draws them, None where missing: of categories, which are numbered from the best, the best on top."""
    if indicator.kind != "category":
        return values
    return [None if words.is_missing(value) else -value for value in values]


def left_out(data: Tables, code: str) -> str:
    """Which indicators `profile_rows` leaves out, as nobody in the state has them; empty where it leaves out none."""
    absent = [data.indicators[name].short for name in data.absent_in(code[:2])]
    if not absent:
        return ""
    count = words.counted(len(absent), "indicador", "indicadores")
    return (
        f"Fora da tabela, sem dado de nenhum município do estado ({data.municipalities().at[code, 'state']}) nesta cópia "
        f"das fontes: {count}. {'; '.join(absent).removesuffix('.')}."
    )


def _profile_value(
    revised: Revised, row: Mapping[str, Any], indicator: Indicator, passport: Callable[[str], str]
) -> Cell:
    """The value of a row of `profile_rows`, which leads to its passport."""
    shade = None if words.is_missing(row["fifth"]) else int(row["fifth"])
    value = charts.value_cell(
        row["value"], row["flag"], indicator, shade, unit=True, revision=_revision(revised, row, indicator)
    )
    return value if value.missing else value._replace(href=passport(indicator.indicator))


def _profile_place(row: Mapping[str, Any], indicator: Indicator) -> list[Cell]:
    """The year and the place of a row of `profile_rows`, or why there are none."""
    if words.is_missing(row["value"]):
        return [Cell(""), Cell(words.missing_reason(row["flag"]), number=False)]
    return [
        Cell(words.period(row["period"].date(), indicator)),
        Cell(_short_position(row), number=False),
    ]


def among(data: Tables, code: str) -> dict[str, str]:
    """Among whom a municipality's place can be told, by `ranks.AMONG`, in words; the empty one stands for all."""
    place = data.municipalities().loc[code]
    found = {"": f"os municípios {words.of_scope(*data.whole)}"}
    if data.whole[0] != "country":
        found[COUNTRY] = "os municípios do país"
    if data.several_states():
        found["state"] = f"os do estado ({place['state']})"
    if not words.is_missing(place["immediate_region_code"]):
        found["immediate_region"] = f"os da região imediata {place['immediate_region']}"
    if not words.is_missing(place["population_band"]):
        found["population_band"] = f"os do mesmo porte ({place['population_band']})"
    return found


def _placed_among(data: Tables, row: Mapping[str, Any], code: str, among: str) -> dict[str, Any]:
    """A row of a profile with its place among some; as it is among all."""
    if not among or words.is_missing(row["rank_low"]):
        return dict(row)
    held = data.ranks_among(code, among)
    if row["indicator"] not in held.index:
        # Of what is known of a few states alone no place in the country is told.
        return {**row, **dict.fromkeys(held.columns)}
    return {**row, **held.loc[row["indicator"]].to_dict()}


def _revision(revised: Revised, row: Mapping[str, Any], indicator: Indicator) -> str:
    """What a newer edition made of a row's value, in words; empty where none did."""
    if not revised:
        return ""
    key = (indicator.indicator, row["municipality_code"], row["period"].date())
    day, before = revised.get(key, (None, None))
    return words.revision(day, before, row["value"], indicator)


def _reference(row: Mapping[str, Any], indicator: Indicator, state: str, several: bool) -> Cell:
    """What a value is set beside: the state's own, or the municipalities' median, which is named."""
    method = row["state_method"]
    if words.is_missing(row["state_value"]) or method not in (PUBLISHED, "ratio", "median"):
        return Cell("")
    # The median or the sum of one is that one.
    if method in ("median", "ratio") and not words.is_missing(row["ranked"]) and int(row["ranked"]) == 1:
        return Cell("")
    text = words.with_unit(row["state_value"], indicator, short=True)
    # Among those of several states, whose it is has to be said.
    of = f" {state}" if several else ""
    return Cell(
        f"mediana{of} {text}" if method == "median" else f"{of} {text}".strip(),
        title=together(state, method, "state", not several)[0],
    )


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
    """The profile as a table to take away: one row an indicator, values with all their decimals, places among all and
    among those of the same state, region and size.
    """
    parts, revised = [name for name in among(data, code) if name], data.revised()
    rows = [
        {
            "Área": AREAS[indicator.area],
            "Indicador": indicator.title,
            "Período": row["period"].strftime("%Y-%m-%d"),
            "Valor": row["value"],
            "Categoria": words.category(row["value"], indicator) if indicator.kind == "category" else "",
            "Unidade": indicator.unit,
            "Observação": "; ".join(
                filter(None, (words.flag(row["flag"], indicator), _revision(revised, row, indicator)))
            ),
            **{
                head: own[place]
                for part in ("", *parts)
                for own in (_placed_among(data, row, code, part),)
                for place, head in _heads(part)
            },
            "Valor anterior": row["earlier_value"],
            "Ano anterior": row["earlier_year"],
            "Referência (estado ou mediana)": row["state_value"],
            "Método da referência": AGGREGATIONS.get(row["state_method"] or "", ""),
        }
        for row in data.profile_rows(code)
        for indicator in (data.indicators[row["indicator"]],)
    ]
    each = [data.indicators[row["indicator"]].decimals for row in data.profile_rows(code)]
    values = dict.fromkeys(("Valor", "Valor anterior", "Referência (estado ou mediana)"), each)
    whole = ["Ano anterior", *(head for part in ("", *parts) for _, head in _heads(part))]
    table = pd.DataFrame(rows)
    # Of a municipality of which nothing is known there are no columns either.
    table = table.astype({head: "Int64" for head in whole if head in table})
    return shown_with(table, {**values, "Ano anterior": None})


# What those are called among whom a place is told; of all, nothing.
_OF_PART = {
    "": "",
    COUNTRY: " no país",
    "state": " no estado",
    "immediate_region": " na região imediata",
    "population_band": " no mesmo porte",
}


def _heads(part: str) -> list[tuple[str, str]]:
    """The columns of a place among some, by what a row calls them."""
    of = _OF_PART[part]
    return [
        ("rank_low", f"Posição{of} (melhor possível)"),
        ("rank_high", f"Posição{of} (pior possível)"),
        ("ranked", f"Municípios com dado{of}"),
    ]


# How the heat table of a municipality is read.
HEAT = (
    "Cor: em que quinto dos municípios com dado o valor está, do menos favorável (laranja) ao mais favorável "
    "(verde-azulado); sem cor, a margem de erro não deixa dizer. Posição em intervalo onde há margem de erro; "
    "em grupos pequenos sem contagem, pela oscilação usual de um município deste porte. A cor vale para o dado que houver, "
    f"também fora da validade da fonte. {words.MARKED} † revisto por uma edição mais nova da fonte. O valor leva ao seu "
    "passaporte: de onde ele vem."
)
# What else is said of the table on its page, with what stands around it there.
BESIDE = " O título e os pontos acima contam só dado dentro da validade da fonte; o que um valor revisto era está na tabela que se baixa."

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
