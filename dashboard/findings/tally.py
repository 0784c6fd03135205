"""Readings counted: what stands where, how surely, and in which order it asks for a decision."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import sentences, words
from dashboard.findings.indicators import Tile
from pipelines.declarations import Indicator
from pipelines.verdicts import STATUS_LABELS, expected_wrong

# What asks for a decision first.
URGENCY = (
    "worsening", "outside", "missed", "off_track", "prudential", "at_risk", "alert", "no_data", "not_judged",
    "on_track", "within", "achieved",
)  # fmt: skip
GOOD = frozenset({"achieved", "on_track", "within"})
WATCH = frozenset({"at_risk", "alert"})
BAD = frozenset({"worsening", "outside", "missed", "off_track", "prudential"})

# In the order of ribbons and legends.
SURENESS = ("firm", "likely", "unclear", "unread")
SURE = frozenset({"firm", "likely"})


def counts(frame: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Readings by status and sureness, in the order of statuses and, inside each, the surest first."""
    found = Counter(zip(frame["status"].tolist(), frame["sureness"].tolist(), strict=True))
    pairs = ((status, sure) for status in STATUS_LABELS for sure in SURENESS)
    return {pair: found[pair] for pair in pairs if found[pair]}


def ended(frame: pd.DataFrame, as_of: dt.date) -> pd.Series:
    """Which targets are official ones whose term is over (Ideb to 2021): told apart, asking for nothing today."""
    over = frame["target_year"].lt(as_of.year).fillna(False).to_numpy(dtype=bool)
    return pd.Series(official(frame) & over, frame.index)


@dataclass(frozen=True)
class Groups:
    """How many readings ask for what; each is in one group, so that they add up to `total`.

    `off`, `watch`, `good`: facts and firm or likely claims that are off the way, in attention, on the way.
    `unclear`: those of which it cannot be told, of which `unmeasured` have no figure to test. `unread`: no data or no
    reading, of which `implausible` beyond what can be (`strange`: how, as `words.strange` says it) and `stale` past their shelf life. `likely`: of those off the
    way, in attention and on it, how many are likely and not firm. `claims`: how many have a probability, and no register's fact does; `wrong`: how many
    of these are expected to be wrong, and `estimated` how many rest on estimated counts, whose own error is not in that.
    """

    off: int
    watch: int
    good: int
    unclear: int
    unmeasured: int
    unread: int
    implausible: int
    strange: str
    stale: int
    likely: tuple[int, int, int]
    claims: int
    wrong: int
    estimated: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.off + self.watch + self.good + self.unclear + self.unread


def groups(frame: pd.DataFrame) -> Groups:
    """The readings in the groups that titles, tiles and sheets tell."""
    columns = (frame[name].tolist() for name in ("status", "sureness", "probability"))
    rows = list(zip(*columns, strict=True))
    claims = Counter(status for status, sureness, _ in rows if sureness in SURE)
    probable = Counter(status for status, sureness, _ in rows if sureness == "likely")
    off, watch, good = (_of(claims, part) for part in (BAD, WATCH, GOOD))
    certain = Counter(sureness for _, sureness, _ in rows)
    causes = Counter(frame["cause"].tolist())
    tested = [float(one) for _, sureness, one in rows if sureness in SURE and not words.is_missing(one)]
    return Groups(
        off,
        watch,
        good,
        certain["unclear"],
        sum(sureness == "unclear" and words.is_missing(one) for _, sureness, one in rows),
        certain["unread"],
        causes["implausible"],
        words.strange(frame.loc[frame["cause"].eq("implausible"), "value"]),
        causes["stale"],
        (_of(probable, BAD), _of(probable, WATCH), _of(probable, GOOD)),
        len(tested),
        round(expected_wrong(tested)),
        int((frame["sureness"].isin(SURE) & frame["estimated"] & frame["probability"].notna()).sum()),
    )


def _of(found: Mapping[str, int], statuses: Iterable[str]) -> int:
    return sum(found[status] for status in statuses)


def title(frame: pd.DataFrame) -> str:
    """The finding over a set of readings; what plans promise and what laws demand are never in one count."""
    if not len(frame):
        return "Nenhuma meta para acompanhar"
    parts = [finding(groups(part), "meta", "metas") for _, part in by_origin(frame)]
    return (
        parts[0] if len(parts) == 1 else f"Planos municipais: {parts[0]}. Compromissos oficiais: {parts[1]}"
    )


def finding(
    found: Groups, one: str, many: str, off: str = "fora do caminho", good: str = "no caminho"
) -> str:
    """The groups in words: `24 de 79 metas fora do caminho; 8 em atenção, 40 no caminho e 7 em que não dá para dizer`.

    `one`, `many`: what is counted.
    """
    rest = [
        f"{words.number(count)} {word}"
        for count, word in ((found.watch, "em atenção"), (found.good, good))
        if count
    ]
    head = f"{words.number(found.off)} de {words.counted(found.total, one, many)} {off}"
    if not found.off and not rest:
        # "0 off the way" of those of which nothing can be told would read as good news.
        if found.total == 1:
            return f"1 {one}, {'e não dá para dizer' if found.unclear else 'sem dado para ler'}"
        head = f"{words.counted(found.total, one, many)}, e nada se pode afirmar"
    parts = [head, words.listed([*rest, *_untold(found)])]
    if found.wrong:
        claims = words.counted(found.claims, "afirmação", "afirmações")
        must = "deve estar errada" if found.wrong == 1 else "devem estar erradas"
        beyond = (
            f", sem contar o erro das contagens estimadas de {words.number(found.estimated)}"
            if found.estimated
            else ""
        )
        parts.append(f"cerca de {words.number(found.wrong)} das {claims} com probabilidade {must}{beyond}")
    return "; ".join(part for part in parts if part)


def _untold(found: Groups) -> list[str]:
    """Those of which nothing is claimed, and why."""
    parts = []
    if found.unclear:
        parts.append(f"{words.number(found.unclear)} em que não dá para dizer")
    if found.implausible and found.implausible == found.unread:
        parts.append(f"{words.number(found.implausible)} {found.strange}: não dá para ler")
    elif found.unread:
        above = f" ({words.number(found.implausible)} {found.strange})" if found.implausible else ""
        parts.append(f"{words.number(found.unread)} sem dado para ler{above}")
    return parts


def tiles(frame: pd.DataFrame) -> list[Tile]:
    """The groups of a set of readings; they add up to the first one's total."""
    found = groups(frame)
    off, watch, good = (
        f"; {words.number(many)} {words.plural(many, 'provável, não certa', 'prováveis, não certas')}"
        if many
        else ""
        for many in found.likely
    )
    of_them = [f"{words.number(found.implausible)} {found.strange}"] if found.implausible else []
    of_them += [f"{words.number(found.stale)} com dado fora da validade"] if found.stale else []
    among = f" (entre elas {words.listed(of_them)})" if of_them else ""
    unread = [f"{words.number(found.unread)} sem dado novo ou sem leitura{among}"] if found.unread else []
    return [
        Tile(
            "Fora do caminho",
            words.number(found.off),
            f" de {words.number(found.total)}",
            f"fora do ritmo ou do limite, em retrocesso ou com prazo vencido{off}",
        ),
        Tile(
            "Em atenção",
            words.number(found.watch),
            "",
            f"perto do ritmo, ou em alerta perto do limite{watch}",
        ),
        Tile("No caminho", words.number(found.good), "", f"alcançadas, no ritmo ou dentro do limite{good}"),
        Tile(
            "Sem conclusão",
            words.number(found.unclear + found.unread),
            "",
            "; ".join(
                [
                    f"{words.number(found.unclear - found.unmeasured)} dentro da margem de acaso",
                    *(
                        [f"{words.number(found.unmeasured)} sem dado que se possa testar"]
                        if found.unmeasured
                        else []
                    ),
                    *unread,
                ]
            ),
        ),
    ]


# Whose the targets are, in the words that stand over each kind where a view holds both.
PROMISED = "Metas dos planos municipais: promessas do município."
DEMANDED = "Compromissos oficiais: o que leis e programas nacionais pedem."


def by_origin(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """What municipalities promise and what laws demand, each with a line that says which it is, empty where one is alone."""
    demanded = official(frame)
    if demanded.all() or not demanded.any():
        return [("", frame)] if len(frame) else []
    return [(PROMISED, frame[~demanded]), (DEMANDED, frame[demanded])]


def apart(frame: pd.DataFrame) -> list[tuple[str, list[Tile]]]:
    """The tiles of what municipalities promise and of what laws demand, under the lines of `by_origin`."""
    return [(said, tiles(part)) for said, part in by_origin(frame)]


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Readings by urgency: facts and claims that are sure come first, then the people that are missing.

    First what asks for a decision and is sure, then what asks and cannot be told, then what has no reading, then what
    goes well. Inside: what the municipality promised before what laws demand of it, a national reference, which no
    municipality owes, last; off the way before attention, firm before likely, more people before fewer, and where nobody can
    be counted the larger gap as a share of its target. Points alone never decide.
    """
    return frame.iloc[np.lexsort(_urgency(frame)[::-1])]


def tied(frame: pd.DataFrame, shown: int) -> int:
    """How many after the first `shown` of an ordered frame ask as urgently as the last of those: their name alone parts them."""
    if not 0 < shown < len(frame):
        return 0
    *keys, _ = _urgency(frame)
    return int(np.logical_and.reduce([key[shown:] == key[shown - 1] for key in map(np.asarray, keys)]).sum())


def _urgency(frame: pd.DataFrame) -> list[Any]:
    """By what readings are ordered, the first key first and the name last."""
    kinds, certain = _numbers(frame["status"], URGENCY), _numbers(frame["sureness"], SURENESS)
    asks, watch = _ASKS[kinds], _WATCHED[kinds]
    stage = np.where(asks, np.where(_CERTAIN[certain], 0, 1), np.where(certain == _UNREAD, 2, 3))
    whose = official(frame).astype(int) + frame["reference"].to_numpy().astype(int)
    gap, target, people = (
        frame[name].to_numpy(dtype=float, na_value=np.nan) for name in ("gap", "target_value", "gap_cases")
    )
    aim = np.where(target == 0, 1.0, np.abs(target))
    share = np.where(np.isnan(gap) | np.isnan(target), 0.0, gap / aim)
    lacking = np.where(np.isnan(people), 0.0, people)
    names = pd.factorize(frame["name"], sort=True)[0]
    return [stage, whose, watch, certain, -lacking, kinds, -share, names]


# Of each status and each sureness, by its number: a comparison of texts takes many times as long as a look here.
_ASKS = np.array([name in BAD | WATCH for name in URGENCY])
_WATCHED = np.array([name in WATCH for name in URGENCY])
_CERTAIN = np.array([name in SURE for name in SURENESS])
_UNREAD = SURENESS.index("unread")


def _numbers(cells: pd.Series, names: Sequence[str]) -> NDArray[np.int64]:
    """The place of each cell among names."""
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[cell] for cell in cells.tolist()], dtype=np.int64)


def official(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Which readings are of official commitments."""
    return np.array([origin == "official" for origin in frame["origin"].tolist()], dtype=bool)


def good(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Which readings are achieved, on the way or within the limit."""
    return np.array([status in GOOD for status in frame["status"].tolist()], dtype=bool)


def asking(frame: pd.DataFrame) -> pd.DataFrame:
    """The readings that ask for a decision and are sure enough for one, most urgent first."""
    asks = _ASKS[_numbers(frame["status"], URGENCY)]
    return ordered(frame[asks & _CERTAIN[_numbers(frame["sureness"], SURENESS)]])


def by_plan(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The readings of each plan under its title, those with the larger share surely off the way first."""
    parts = [(str(name), group) for name, group in frame.groupby("title", sort=True)]

    def share(group: pd.DataFrame) -> float:
        return float((group["status"].isin(BAD) & group["sureness"].isin(SURE)).mean())

    return sorted(parts, key=lambda item: -share(item[1]))


def people(frame: pd.DataFrame, indicator: Indicator, estimated: bool) -> str:
    """How many people or cases the targets of one indicator still ask for, of which years, and where most of them are.

    Facts of the published figures, whatever their strength; empty where nobody can be counted. `estimated`: whether
    any of the counts is an estimate, which is said.
    """
    lacking = frame[frame["gap_cases"].fillna(0).gt(0) & ~frame["status"].isin({"achieved", "within"})]
    counted = frame["gap_cases"].notna().sum()
    if lacking.empty or frame["municipality_code"].nunique() < 2:
        return ""
    total = int(lacking["gap_cases"].sum())
    first = lacking.sort_values("gap_cases", ascending=False, kind="stable").head(3)
    named = [
        f"{name} ({words.number(int(count))})"
        for name, count in zip(first["name"], first["gap_cases"], strict=True)
    ]
    share = words.number(100 * float(first["gap_cases"].sum()) / total)
    if indicator.lacking and indicator.better != "lower":
        said = indicator.lacking[total > 1].format(words.number(total))
    else:
        said = sentences.gap_sentence(total, indicator.better, indicator.cases or None)
    if not said:
        return ""
    years = sorted({int(year) for year in lacking["latest_year"].dropna()})
    when = "" if not years else f"{years[0]}" if len(years) == 1 else f"{years[0]} a {years[-1]}"
    return (
        f"Somados os {words.number(int(counted))} municípios com contagem, {said[0].lower()}{said[1:]} para a meta"
        f"{f', pelos dados de {when}' if when else ''}; {share}% disso em {words.listed(named)}."
        f"{' Contagens estimadas.' if estimated else ''}"
    )
