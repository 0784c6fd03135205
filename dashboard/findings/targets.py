"""What is said of targets and their readings: counts, sentences, rows, agenda."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from dashboard import charts, words
from dashboard.charts import TargetPath, markup
from dashboard.findings.indicators import Tile
from dashboard.tables import Tables
from pipelines import declarations, verdicts
from pipelines.declarations import Indicator
from pipelines.verdicts import (
    CAGR_LABELS,
    OPERATOR_LABELS,
    REASON_OF_CHANGE_LABELS,
    STATUS_LABELS,
    UN_LABELS,
    Target,
    Verdict,
)

# What asks for a decision first.
URGENCY = (
    "worsening", "outside", "missed", "off_track", "prudential", "at_risk", "alert", "no_data", "not_judged",
    "on_track", "within", "achieved",
)  # fmt: skip
GOOD = frozenset({"achieved", "on_track", "within"})
WATCH = frozenset({"at_risk", "alert"})
BAD = frozenset({"worsening", "outside", "missed", "off_track", "prudential"})


def indicator_of(row: Mapping[str, Any]) -> Indicator:
    """The declaration of a target's indicator."""
    return declarations.indicators()[row["indicator"]]


def by_chance(frame: pd.DataFrame) -> pd.Series:
    """Which readings a chance movement explains; they count neither as success nor as failure."""
    return frame["certain"].eq(False).fillna(False)


def counts(frame: pd.DataFrame) -> tuple[dict[str, int], int]:
    """Readings by status, and apart from them those that chance explains."""
    pairs = list(zip(frame["status"].tolist(), frame["certain"].tolist(), strict=True))
    found = Counter(status for status, certain in pairs if certain is not False)
    return {status: found[status] for status in STATUS_LABELS if found[status]}, len(pairs) - found.total()


def ended(frame: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Which targets are official ones whose term is over (Ideb to 2021): told apart, asking for nothing today."""
    return frame["origin"].eq("official") & frame["target_year"].lt(as_of.year).fillna(False)


@dataclass(frozen=True)
class Groups:
    """How many readings ask for what; each is in one group, so that they add up to `total`.

    `off`: off the way; `watch`: in attention or alert; `good`: on the way; `unread`: no data or no reading;
    `chance`: explained by chance, whatever their status.
    """

    off: int
    watch: int
    good: int
    unread: int
    chance: int

    @property
    def unsure(self) -> int:
        """Those of which nothing safe can be said."""
        return self.unread + self.chance

    @property
    def total(self) -> int:
        """All of them."""
        return self.off + self.watch + self.good + self.unsure


def groups(frame: pd.DataFrame) -> Groups:
    """The readings in the groups that titles, tiles and sheets tell."""
    found, chance = counts(frame)
    off, watch, good = (sum(found.get(status, 0) for status in statuses) for statuses in (BAD, WATCH, GOOD))
    return Groups(off, watch, good, found.get("no_data", 0) + found.get("not_judged", 0), chance)


def title(frame: pd.DataFrame) -> str:
    """The finding over a set of readings: `549 de 1.106 metas fora do caminho; 111 em atenção e 446 no caminho`."""
    return _finding(groups(frame), "meta", "metas") if len(frame) else "Nenhuma meta para acompanhar"


def _finding(
    found: Groups, one: str, many: str, off: str = "fora do caminho", good: str = "no caminho"
) -> str:
    """The groups in words; `one`, `many`: what is counted."""
    rest = [
        f"{words.number(count)} {word}"
        for count, word in (
            (found.watch, "em atenção"),
            (found.good, good),
            (found.unsure, "sem leitura segura"),
        )
        if count
    ]
    head = f"{words.number(found.off)} de {words.counted(found.total, one, many)} {off}"
    return f"{head}; {words.listed(rest)}" if rest else head


def extent(frame: pd.DataFrame) -> str:
    """What a number of targets is made of: `316 metas: 79 municípios × 4 indicadores.`; empty for one municipality."""
    places, measures = frame["municipality_code"].nunique(), frame["indicator"].nunique()
    if places < 2:
        return ""
    metas = words.counted(len(frame), "meta", "metas")
    if measures == 1 and len(frame) == places:
        return f"{metas}, uma por município."
    if len(frame) == places * measures:
        return f"{metas}: {words.number(places)} municípios × {words.number(measures)} indicadores."
    counted = words.counted(measures, "indicador", "indicadores")
    return f"{metas}: {counted} em {words.number(places)} municípios, onde há meta."


@dataclass(frozen=True)
class Readings:
    """What a page discusses: the readings on the agenda (`frame`) and what they say together (`title`).

    `closed`: official ones whose term is over; `deliverables`: what the plans promised to hand in.
    """

    frame: pd.DataFrame
    closed: pd.DataFrame
    deliverables: pd.DataFrame
    title: str

    @cached_property
    def own(self) -> pd.DataFrame:
        """The readings of plans that are no official commitment."""
        return self.frame[self.frame["origin"] != "official"]

    @cached_property
    def asking(self) -> pd.DataFrame:
        """The readings of official commitments that are not on the way, worst first."""
        return ordered(self._official(good=False))

    @cached_property
    def on_the_way(self) -> pd.DataFrame:
        """The readings of official commitments that are achieved, on the way or within the limit."""
        return self._official(good=True)

    def _official(self, *, good: bool) -> pd.DataFrame:
        frame = self.frame[self.frame["origin"] == "official"]
        return frame[frame["status"].isin(GOOD) == good]

    @cached_property
    def origins(self) -> frozenset[str]:
        """Where the plans on the agenda come from."""
        return frozenset(self.frame["origin"])


def readings(
    data: Tables, codes: Sequence[str], as_of: dt.date, demonstration: bool = False, plan: str = ""
) -> Readings:
    """The readings of some municipalities. `plan`: only of this one, and then those whose term is over too."""
    frame = data.verdicts(demonstration)
    frame = frame[frame["municipality_code"].isin(codes)]
    handed = data.deliverables(demonstration)
    handed = handed[handed["municipality_code"].isin(codes)]
    over = ended(frame, as_of)
    agenda = frame[~over]
    if plan:
        agenda, handed = frame[frame["plan"] == plan], handed[handed["plan"] == plan]
    return Readings(agenda, frame[over], handed, title(agenda))


def of_indicator(data: Tables, indicator: str, codes: Sequence[str], demonstration: bool) -> pd.DataFrame:
    """The readings of one indicator's targets in some municipalities."""
    frame = data.verdicts(demonstration)
    return frame[(frame["indicator"] == indicator) & frame["municipality_code"].isin(codes)]


def tiles(frame: pd.DataFrame) -> list[Tile]:
    """The four groups of a set of readings; they add up to the first one's total."""
    found = groups(frame)
    chance = words.counted(found.chance, "compatível", "compatíveis")
    return [
        Tile(
            "Fora do caminho",
            words.number(found.off),
            f" de {words.number(found.total)}",
            "fora do ritmo ou do limite, em retrocesso ou com prazo vencido",
        ),
        Tile("Em atenção", words.number(found.watch), "", "perto do ritmo, ou em alerta perto do limite"),
        Tile("No caminho", words.number(found.good), "", "alcançadas, no ritmo ou dentro do limite"),
        Tile(
            "Sem leitura segura",
            words.number(found.unsure),
            "",
            f"{words.number(found.unread)} sem dado ou sem leitura; {chance} com o acaso",
        ),
    ]


def aim(row: Mapping[str, Any]) -> str:
    """The target in words: `80% em 2030`, `pelo menos 95%`, `A ou B`."""
    indicator = indicator_of(row)
    if row["kind"] == "category":
        names = [str(name) for name in row["target_categories"]]
        return " ou ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    value = words.with_unit(row["target_value"], indicator, short=True, trim=True)
    if row["kind"] == "limit" and row["operator"] == "=":
        return value if row["target_value"] else verdicts.none_of(indicator.unit)
    if row["kind"] == "limit":
        return f"{OPERATOR_LABELS[row['operator']]} {value}"
    year = "" if words.is_missing(row["target_year"]) else f" em {int(row['target_year'])}"
    return f"{value}{year}"


def people(row: Mapping[str, Any]) -> str:
    """How many people or cases the target still asks for; empty where it is reached or nobody can be counted."""
    indicator = indicator_of(row)
    if words.is_missing(row["gap_cases"]) or row["status"] in ("achieved", "within"):
        return ""
    count = int(row["gap_cases"])
    if indicator.lacking and count > 0 and indicator.better != "lower":
        return indicator.lacking[count > 1].format(words.number(count))
    return words.gap_sentence(count, indicator.better, indicator.cases or None)


def cautions(row: Mapping[str, Any]) -> str:
    """What to keep in mind where a goal is read across a period that the indicator's declaration warns of."""
    start, end = row["baseline_year"], row["latest_year"]
    if row["kind"] != "goal" or words.is_missing(start) or words.is_missing(end):
        return ""
    given = indicator_of(row).cautions
    return " ".join(item.text for item in given if start < item.period.year <= end)


def reason(row: Mapping[str, Any]) -> str:
    """Why a target has its reading, with the caution that goes with it."""
    return " ".join(filter(None, (_text(row["reason"]), cautions(row))))


def pooled(row: Mapping[str, Any]) -> str:
    """What a reading says where it rests on three years added up, and not on those drawn; else an empty text."""
    _, mark, rest = str(row["reason"] or "").partition("Contagens menores que")
    return mark + rest


def sentence(row: Mapping[str, Any]) -> str:
    """Where a target stands: in words, with the pace needed and seen, and the people that are missing."""
    indicator = indicator_of(row)
    why = _text(row["reason"])
    if row["kind"] != "goal" or row["status"] in ("not_judged", "no_data"):
        parts = [why]
    elif row["status"] == "missed":
        parts = [words.target_sentence(
            indicator, int(row["latest_year"]), row["latest_value"], int(row["target_year"]), row["target_value"],
        )] if not words.is_missing(row["latest_value"]) else [why]  # fmt: skip
    else:
        parts = [
            words.target_sentence(
                indicator, int(row["latest_year"]), row["latest_value"], int(row["target_year"]), row["target_value"],
                row["expected_value"], row["required_per_year"], row["observed_per_year"],
                int(row["baseline_year"]) if not words.is_missing(row["baseline_year"]) else None,
            )
        ]  # fmt: skip
        parts.append(why if row["status"] == "worsening" else pooled(row))
    parts.append(cautions(row))
    if missing := people(row):
        parts.append(f"{missing}.")
    if row["certain"] is False and row["certain_reason"]:
        parts.append(str(row["certain_reason"]))
    return " ".join(part for part in parts if part)


def _bound_word(operator: Any) -> str:
    return {">=": "mínimo", "<=": "máximo", "=": "esperado"}.get(str(operator), "limite")


def path(row: Mapping[str, Any], milestones: Mapping[int, float]) -> TargetPath | None:
    """The way that a chart draws: baseline, milestones, target; a level line for a limit; None for categories."""
    if row["kind"] == "category" or words.is_missing(row["target_value"]):
        return None
    if row["kind"] == "limit":
        last = row["latest_year"] if not words.is_missing(row["latest_year"]) else row["baseline_year"]
        if words.is_missing(last):
            return None
        return TargetPath(int(last), float(row["target_value"]), word=_bound_word(row["operator"]))
    baseline = not words.is_missing(row["baseline_value"]) and not words.is_missing(row["baseline_year"])
    return TargetPath(
        int(row["target_year"]),
        float(row["target_value"]),
        int(row["baseline_year"]) if baseline else None,
        float(row["baseline_value"]) if baseline else None,
        dict(milestones),
    )


def _text(value: Any) -> str:
    """A cell of text; frames hold NaN where there is none."""
    return "" if words.is_missing(value) else str(value)


def _decimal(value: Any, decimals: int = 2) -> str:
    return words.MISSING if words.is_missing(value) else words.number(value, decimals)


def calculation(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every number behind a reading, as pairs of term and text."""
    indicator = indicator_of(row)

    def shown(value: Any) -> str:
        return words.with_unit(value, indicator, short=True)

    def yearly(value: Any) -> str:
        return "" if words.is_missing(value) else f"{words.difference(value, indicator)} por ano"

    def dated(value: Any, year: Any) -> str:
        return shown(value) if words.is_missing(year) else f"{shown(value)} em {int(year)}"

    rows = [
        ("Leitura", f"{STATUS_LABELS[row['status']]}. {reason(row)}".strip()),
        (
            "Linha de base",
            dated(row["baseline_value"], row["baseline_year"]) if row["kind"] == "goal" else "",
        ),
        ("Valor atual", dated(row["latest_value"], row["latest_year"])),
        ("Meta", aim(row)),
    ]
    if row["kind"] == "goal":
        rows += [
            (
                "Previsto para o ano",
                "" if words.is_missing(row["expected_value"]) else shown(row["expected_value"]),
            ),
            (
                "Ritmo",
                f"{_decimal(row['pace'])} do caminho previsto (no ritmo: 0,95 ou mais; atenção: de 0,60 a 0,95)"
                if not words.is_missing(row["pace"])
                else "",
            ),
            ("Ritmo necessário", yearly(row["required_per_year"])),
            ("Ritmo observado", yearly(row["observed_per_year"])),
        ]
    rows.append(
        (
            "Distância até a meta",
            "" if words.is_missing(row["gap"]) else words.difference(row["gap"], indicator),
        )
    )
    certain = {True: "mudança maior que o acaso", False: "variação compatível com o acaso"}.get(
        row["certain"], "não se sabe"
    )
    rows.append(("Certeza", f"{certain}. {_text(row['certain_reason'])}".strip()))
    rows.append(("Intervalo de 95%", words.interval(row["interval_low"], row["interval_high"], indicator)))
    if row["kind"] == "goal":
        ratio = (
            "não se calcula"
            if words.is_missing(row["cagr_ratio"])
            else f"{_decimal(row['cagr_ratio'])} ({CAGR_LABELS.get(row['cagr_status'], row['cagr_status'])})"
        )
        share = (
            "não se calcula"
            if words.is_missing(row["un_q"])
            else f"{_decimal(row['un_q'])} ({UN_LABELS.get(row['un_status'], row['un_status'])})"
        )
        rows += [
            ("Razão de taxas de crescimento (CAGR)", ratio),
            ("Progresso pela ONU (2023)", share),
            (
                "Concordância",
                ""
                if words.is_missing(row["concordance"])
                else f"{row['concordance'].replace('/', ' de ')} métodos dão a mesma classe",
            ),
        ]
    rows += [("O que mede", indicator.note), ("Cuidados", " ".join(words.caveats(indicator)))]
    rows.append(("Base legal", _text(row["legal_basis"])))
    return [(term, text) for term, text in rows if text]


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Readings by urgency: status first, chance last within a status, then the larger gap as a share of its target.

    Pace would not do: where the way is nearly flat it grows without bound.
    """
    rank = {status: place for place, status in enumerate(URGENCY)}
    whole = frame["target_value"].abs().replace(0, 1)
    keyed = frame.assign(
        _rank=frame["status"].map(rank), _chance=by_chance(frame), _near=-(frame["gap"] / whole).fillna(0.0)
    )
    return keyed.sort_values(["_rank", "_chance", "_near", "name"], kind="stable").drop(
        columns=["_rank", "_chance", "_near"]
    )


def _missing(row: Mapping[str, Any]) -> str:
    """The distance still to go, with its unit; empty where there is none."""
    if words.is_missing(row["gap"]) or row["gap"] <= 0:
        return ""
    return words.difference(row["gap"], indicator_of(row), sign=False)


def _situation(row: Mapping[str, Any]) -> str:
    doubt = " (compatível com o acaso)" if row["certain"] is False else ""
    return f"{STATUS_LABELS[row['status']]}{doubt}"


def _year(value: Any) -> str | None:
    return None if words.is_missing(value) else str(int(value))


def _numeric(row: Mapping[str, Any], name: str) -> float | None:
    """A number of a reading as it is; None where it is missing or the place of a category."""
    missing = words.is_missing(row[name]) or row["kind"] == "category"
    return None if missing else float(row[name])


def targets_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Readings to take away, most urgent first: plain numbers, their unit in the heads or, of several, in a column."""
    rows = []
    for row in ordered(frame).to_dict("records"):
        indicator = indicator_of(row)
        gap = _numeric(row, "gap")
        category = row["kind"] == "category"
        rows.append(
            {
                "Município": row["name"],
                "Código IBGE": row["municipality_code"],
                "Indicador": indicator.title,
                "Situação": _situation(row),
                "Valor atual": _numeric(row, "latest_value"),
                "Categoria atual": words.category(row["latest_value"], indicator) if category else None,
                "Ano": _year(row["latest_year"]),
                "Meta": _numeric(row, "target_value"),
                "Ano da meta": _year(row["target_year"]),
                "Exigência": aim(row),
                "Falta": gap if gap is not None and gap > 0 else None,
                "Ritmo": None if words.is_missing(row["pace"]) else float(row["pace"]),
                "Unidade": words.unit_of(indicator) or None,
                "Plano": row["title"],
                "Motivo": reason(row),
            }
        )
    return _measured(pd.DataFrame(rows), ("Valor atual", "Meta"), "Falta")


def _measured(table: pd.DataFrame, values: Sequence[str], gap: str = "") -> pd.DataFrame:
    """A table whose value columns say their unit in their heads where it is one; columns without any cell go."""
    table = table.dropna(axis="columns", how="all")
    units = table["Unidade"].unique() if "Unidade" in table else []
    if len(units) != 1 or words.is_missing(units[0]):
        return table
    heads = {name: f"{name} ({units[0]})" for name in values}
    if gap:
        heads[gap] = f"{gap} ({'p.p.' if units[0] == '%' else units[0]})"
    return table.drop(columns="Unidade").rename(columns=heads)


def targets_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The same readings as a reader sees them on a page: numbers with their units, in words."""
    return pd.DataFrame(
        [
            {
                "Município": row["name"],
                "Indicador": indicator_of(row).title,
                "Situação": _situation(row),
                "Valor atual": words.with_unit(row["latest_value"], indicator_of(row), short=True),
                "Ano": _year(row["latest_year"]) or "",
                "Meta": aim(row),
                "Falta": _missing(row),
                "Plano": row["title"],
                "Motivo": reason(row),
            }
            for row in ordered(frame).to_dict("records")
        ]
    )


URGENT = 25


def urgent_note(frame: pd.DataFrame) -> str:
    """How many of the targets the table of the most urgent ones shows, in which order, and what bears on them."""
    total, shown = len(frame), min(URGENT, len(frame))
    head = (
        f"As {words.number(shown)} mais urgentes de {words.counted(total, 'meta', 'metas')}; todas estão em Baixar."
        if total > shown
        else f"{words.counted(total, 'meta', 'metas')}."
    )
    order = (
        "Ordem: primeiro a situação, da mais grave à menos; dentro dela, quanto falta em proporção da meta."
    )
    said = dict.fromkeys(filter(None, map(cautions, ordered(frame).head(shown).to_dict("records"))))
    return " ".join([head, order, *(f"* {text}" for text in said)])


def urgent_markup(frame: pd.DataFrame, theme: Any, address: Callable[[str], str]) -> str:
    """The most urgent targets as a table with chips; the rest is in the download.

    `address`: where the name of a municipality, by its code, leads.
    """
    heads = ["Município", "Indicador", "Situação", "Valor atual", "Meta", "Falta"]
    rows = []
    for row in ordered(frame).head(URGENT).to_dict("records"):
        indicator = indicator_of(row)
        year = "" if words.is_missing(row["latest_year"]) else f" ({int(row['latest_year'])})"
        mark = "*" if cautions(row) else ""
        rows.append(
            (
                charts.Cell(row["name"], href=address(row["municipality_code"])),
                [
                    charts.Cell(f"{indicator.short}{mark}", number=False, title=indicator.title),
                    charts.Cell("", markup=charts.chip(row["status"], theme, row["certain"]), number=False),
                    charts.Cell(f"{words.with_unit(row['latest_value'], indicator, short=True)}{year}"),
                    charts.Cell(aim(row)),
                    charts.Cell(_missing(row)),
                ],
            )
        )
    return charts.heat_table("Metas por urgência", heads, rows)


def no_flips(data: Tables, since: dt.date) -> str:
    """Why there is no change of status to tell."""
    if data.flips("0001-01-01", True).empty:
        return "Ainda não há histórico: as mudanças aparecem quando chegar dado novo."
    return f"Nenhuma meta mudou de situação desde {words.date(since)}."


def flips_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Changes of status to take away."""
    return pd.DataFrame(
        [
            {
                "Julgado em": pd.Timestamp(row["judged_at"]).date(),
                "Município": row["name"],
                "Indicador": indicator_of(row).title,
                "Era": STATUS_LABELS.get(row["before"], "sem leitura anterior"),
                "Passou a": STATUS_LABELS[row["status"]],
                "Motivo": REASON_OF_CHANGE_LABELS.get(row["reason_of_change"], row["reason_of_change"]),
                "Plano": row["title"],
            }
            for row in frame.to_dict("records")
        ],
        columns=["Julgado em", "Município", "Indicador", "Era", "Passou a", "Motivo", "Plano"],
    )


def flips_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The same changes as a reader sees them."""
    table = flips_table(frame)
    return table.assign(**{"Julgado em": [words.date(day) for day in table["Julgado em"]]})


def participants(frame: pd.DataFrame) -> pd.DataFrame:
    """Readings of those in the programme and of the others side by side: group, municipalities, and by status.

    Unknown participation is a group of its own. A comparison, no proof of cause.
    """
    parts = {"Participam": frame["participant"].eq(True), "Não participam": frame["participant"].eq(False)}
    parts["Não informado"] = frame["participant"].isna()
    categories = frame["kind"].eq("category").any()
    rows = []
    for name, mask in parts.items():
        part = frame[mask.fillna(False)]
        if part.empty:
            continue
        found = groups(part)
        rows.append(
            {
                "Grupo": name,
                "Municípios": part["municipality_code"].nunique(),
                "Fora do caminho": found.off,
                "Em atenção": found.watch,
                "No caminho": found.good,
                "Sem leitura segura": found.unsure,
                "Mediana do valor": None if categories else part["latest_value"].median(),
                "Unidade": words.unit_of(indicator_of(part.iloc[0])) or None,
            }
        )
    return _measured(pd.DataFrame(rows), ("Mediana do valor",))


def metas_title(frame: pd.DataFrame) -> str:
    """The finding over one indicator's targets."""
    if frame.empty:
        return "Nenhum município neste filtro"
    one, many = (
        ("meta", "metas") if frame["municipality_code"].duplicated().any() else ("município", "municípios")
    )
    if frame["kind"].iloc[0] == "goal":
        return _finding(groups(frame), one, many)
    return _finding(groups(frame), one, many, "fora do exigido", "dentro do exigido")


def map_frame(frame: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """One row a municipality with the status that asks most for attention; missing where it has no target."""
    first = ordered(frame).drop_duplicates("municipality_code").set_index("municipality_code")
    shown = places[["municipality_code", "name", "latitude", "longitude"]].copy()
    shown["status"] = first["status"].reindex(shown["municipality_code"]).to_numpy()
    details = (
        first.apply(lambda row: f"{indicator_of(row).short}: {reason(row)}", axis=1)
        if len(first)
        else pd.Series(dtype=object)
    )
    shown["detail"] = details.reindex(shown["municipality_code"]).to_numpy()
    return shown


def cards(frame: pd.DataFrame) -> Sequence[dict[str, Any]]:
    """The targets of one municipality, worst first, as plain rows."""
    return [{str(key): value for key, value in row.items()} for row in ordered(frame).to_dict("records")]


def asking(frame: pd.DataFrame) -> pd.DataFrame:
    """The readings that ask for a decision, most urgent first."""
    return ordered(frame[frame["status"].isin(BAD | WATCH) & ~by_chance(frame)])


def agenda(frame: pd.DataFrame) -> pd.DataFrame:
    """The targets of a municipality that ask for a decision, to take away: `targets_table` with who answers and when.

    Columns in which nobody said anything stay out.
    """
    rows = asking(frame)
    table = targets_table(rows)
    return table if table.empty else table.assign(**_answers(rows))


def agenda_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The same targets as a reader sees them: what, how it stands, who answers for it, when."""
    rows = asking(frame)
    table = pd.DataFrame(
        [
            {
                "Desafio": _text(row["challenge"]) or indicator_of(row).title,
                "Indicador": indicator_of(row).title,
                "Situação": STATUS_LABELS[row["status"]],
                "Valor atual": words.with_unit(row["latest_value"], indicator_of(row), short=True),
                "Meta": aim(row),
            }
            for row in rows.to_dict("records")
        ]
    )
    return table.assign(**_answers(rows))


UNTOLD = "não informado"


def _answers(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Who answers for each reading and when its next figure comes; only what is told of some of them."""
    told = {
        "Responsável": [_text(name) or UNTOLD for name in rows["responsible"]],
        "Próximo dado": [
            declarations.indicators()[name].next_release or UNTOLD for name in rows["indicator"]
        ],
    }
    return {head: texts for head, texts in told.items() if set(texts) - {UNTOLD}}


def indicators_with_targets(frame: pd.DataFrame) -> list[str]:
    """The indicators that some target uses, in the order of the catalogue."""
    used = set(frame["indicator"])
    return [name for name in declarations.indicators() if name in used]


def rule(frame: pd.DataFrame) -> str:
    """What the targets of one indicator demand, and by which rule."""
    aims = frame.apply(aim, axis=1)
    common = aims.mode().iloc[0]
    same = "" if (aims == common).all() else " (a mais comum; cada município tem a sua)"
    basis = frame["legal_basis"].dropna()
    said = [f"Meta: {common}{same}.", *(f"{text}." for text in basis.head(1))]
    said += dict.fromkeys(filter(None, frame.apply(cautions, axis=1)))
    return " ".join(said)


# So many rows of the chart of distances fill a screen.
FURTHEST = 14


def distance_title(frame: pd.DataFrame) -> str:
    """What the chart of distances shows: all, or the furthest of how many."""
    held = int((frame["target_value"].notna() & frame["value"].notna()).sum())
    if held <= FURTHEST:
        return "Distância até a meta"
    return f"Os {FURTHEST} mais longe da meta, de {words.number(held)}"


def has_distance(frame: pd.DataFrame) -> bool:
    """Whether values can be set against a number."""
    return bool(frame["target_value"].notna().any())


def distances(frame: pd.DataFrame) -> pd.DataFrame:
    """Readings in the form of the dumbbell chart; limits take the year of their value."""
    given = frame[frame["target_value"].notna()].copy()
    given["target_year"] = given["target_year"].fillna(given["latest_year"])
    return given.reset_index(drop=True)


def preview_table(readings: Sequence[tuple[Target, Verdict]]) -> pd.DataFrame:
    """How the targets of a plan that is not yet in force would be read."""
    return pd.DataFrame(
        [
            {
                "Indicador": declarations.indicators()[target.indicator].title,
                "Situação": STATUS_LABELS[verdict.status],
                "Motivo": verdict.reason,
            }
            for target, verdict in readings
        ]
    )


def by_plan(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The readings of each plan under its title, those with the larger share asking for attention first."""
    groups = [(str(name), group) for name, group in frame.groupby("title", sort=True)]
    return sorted(groups, key=lambda item: -float(item[1]["status"].isin(BAD).mean()))


def _fresh(frame: pd.DataFrame, since: dt.date) -> pd.DataFrame:
    fresh = frame[frame["retrieved"] >= pd.Timestamp(since)]
    return fresh.sort_values("retrieved", ascending=False, kind="stable")


def _edition(row: Any) -> str:
    return f"{declarations.sources()[row.source].short}: {row.dataset}, edição {row.edition}"


def new_data(frame: pd.DataFrame, since: dt.date) -> list[str]:
    """The sources that came in on or after a date, a line each, newest first."""
    return [
        f"{_edition(row)} ({words.date(row.retrieved.date())})" for row in _fresh(frame, since).itertuples()
    ]


def news_markup(frame: pd.DataFrame, since: dt.date) -> str:
    """The sources that came in on or after a date, newest date first; the list of each date folded."""
    fresh = _fresh(frame, since)
    if fresh.empty:
        return markup.note(f"Nenhuma fonte foi incluída ou atualizada desde {words.date(since)}.")
    parts = []
    for day, group in fresh.groupby("retrieved", sort=False):
        count = words.counted(len(group), "fonte incluída", "fontes incluídas")
        lines = markup.points([_edition(row) for row in group.itertuples()])
        said = f"{count} em {words.date(pd.Timestamp(day).date())}"
        parts.append(f'<details class="reckoning"><summary>{said}</summary>{lines}</details>')
    return "".join(parts)


def card_markup(row: Mapping[str, Any], theme: Any) -> str:
    """The head of a challenge's card: front and plan, challenge with its reading, target, and the sentence."""
    indicator = indicator_of(row)
    return (
        f'<p class="eyebrow">{escape(_text(row["front"]))} · {escape(str(row["title"]))}</p>'
        f'<h2 class="section">{escape(_text(row["challenge"]) or indicator.title)} '
        f"{charts.chip(row['status'], theme, row['certain'])}</h2>"
        f'<p class="note">{escape(indicator.title)}. Meta: {escape(aim(row))}.</p>'
        f'<p class="sentence">{escape(sentence(row))}</p>'
    )


def card_foot(source: str, calculation: Sequence[tuple[str, str]]) -> str:
    """The foot of a challenge's card: its source, and how its reading was reached, folded."""
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(text)}</dd>" for term, text in calculation)
    return (
        f'<p class="note">{escape(source)}</p><details class="reckoning">'
        f'<summary>Como chegamos a esta leitura</summary><dl class="about">{rows}</dl></details>'
    )
