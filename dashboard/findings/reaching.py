"""Will it get there: what municipalities that stood where this one stands went on to do, in words.

Counts of past trajectories, kept apart from the reading; never the probability of one municipality.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard import words
from dashboard.findings.readings import Reading
from dashboard.tables import Tables
from pipelines import verdicts
from pipelines.declarations import Indicator
from pipelines.reaching import Asked
from pipelines.verdicts import Target, Verdict
from pipelines.verdicts.reach import REACH_LABELS

NO_GUIDE = "As trajetórias passadas ainda não servem de guia."
TOO_SHORT = "Ainda não há trajetórias de pelo menos metade do prazo em número suficiente."
_OBSTACLES = {"no_record": NO_GUIDE, "too_short": TOO_SHORT}


@dataclass(frozen=True)
class _Class:
    """A reference class as a sentence needs it; `low` and `high` in the indicator's unit, `band` or None."""

    windows: int
    years: int
    municipalities: int
    low: float
    high: float
    band: str | None
    pooled: bool


def _trajectories(found: _Class, indicator: Indicator) -> str:
    """`De 212 trajetórias de 6 anos que partiram de 4,2 a 4,8 (em 74 municípios)`."""
    low, high = (words.with_unit(value, indicator, short=True) for value in (found.low, found.high))
    # A unit that follows its number is said once.
    first = low if indicator.sign == verdicts.MONEY else words.amount(found.low, indicator)
    start = f"partiram de {low}" if low == high else f"partiram de {first} a {high}"
    if found.pooled:
        start += ", em taxas de três anos somados"
    years = words.counted(found.years, "ano", "anos")
    places = words.counted(found.municipalities, "município", "municípios")
    band = f" de {found.band} habitantes" if found.band else ""
    return f"{words.number(found.windows)} trajetórias de {years} que {start} (em {places}{band})"


def _kept(kept: int, windows: int, word: str) -> str:
    verb = words.plural(kept, "manteve", "mantiveram")
    count = (
        "nenhuma manteve"
        if not kept
        else "todas mantiveram"
        if kept == windows
        else f"{words.number(kept)} {verb}"
    )
    return f"{count} este ritmo: {REACH_LABELS[word]}"


def on_card(data: Tables, found: Reading) -> str:
    """The sentence of a card; empty for what has no deadline ahead or no trajectories long enough.

    `De 212 trajetórias de 6 anos que partiram de 4,2 a 4,8 (em 74 municípios), 9 mantiveram este ritmo:
    improvável.`
    """
    target = found.target
    row = data.reach().get((target.plan, target.plan_version, target.municipality_code, target.indicator))
    if row is None or row["obstacle"] == "too_short":
        return ""
    if row["obstacle"]:
        return NO_GUIDE
    near = _Class(
        row["windows"], row["years"], row["municipalities"], row["class_low"], row["class_high"], row["class_band"],
        found.verdict.pooled,
    )  # fmt: skip
    pace = words.difference(found.verdict.required_per_year, found.indicator, sign=False)
    verb = "subir" if (found.verdict.required_per_year or 0) > 0 else "cair"
    return (
        f"Vai dar? É preciso {verb} {pace} por ano. De {_trajectories(near, found.indicator)}, "
        f"{_kept(row['kept'], row['windows'], row['word'])}. É o que outros fizeram, não a chance deste município."
    )


def achieved(change: float, indicator: Indicator, many: bool = False) -> str:
    """A change that a share of trajectories achieved or surpassed: `subiu 0,6 ou mais`, `não caiu mais de 0,2`.

    `many`: the verb in the plural.
    """
    size = words.difference(change, indicator, sign=False)
    if size == words.difference(0, indicator, sign=False):
        change = 0.0
    rose, fell = ("subiram", "caíram") if many else ("subiu", "caiu")
    better, worse = (fell, rose) if indicator.better == "lower" else (rose, fell)
    if not change:
        return f"não {worse}"
    if (change > 0) == (indicator.better != "lower"):
        return f"{better} {size} ou mais"
    return f"não {worse} mais de {size}"


def while_setting(data: Tables, preview: Iterable[tuple[Target, Verdict]]) -> list[str]:
    """For each goal of a plan that is being written, what one in ten, half and nine in ten achieved from there.

    `preview`: targets with the verdicts they would have. A goal without value, pace or deadline ahead says nothing.
    """
    lines = []
    for target, verdict in preview:
        indicator = data.indicators[target.indicator]
        value, year, end = verdict.latest_value, verdict.latest_year, target.target_year
        if (
            target.kind != "goal"
            or indicator.better == "none"
            or value is None
            or year is None
            or end is None
        ):
            continue
        if end <= year or verdict.status == "achieved":
            continue
        band = data.municipalities().loc[target.municipality_code, "population_band"]
        asked = Asked(
            target.indicator, value, year, end, indicator.better, None if words.is_missing(band) else str(band),
            verdict.pooled, verdict.required_per_year,
        )  # fmt: skip
        lines.append(f"{indicator.title}: {_while_setting(data, asked, indicator)}")
    return lines


def _while_setting(data: Tables, asked: Asked, indicator: Indicator) -> str:
    given = data.answer(asked)
    found = given.found
    if found is None:
        text = _OBSTACLES[given.obstacle or ""]
        return text[0].lower() + text[1:]
    near = _Class(
        found.windows, found.years, found.municipalities, found.low, found.high, given.band, asked.pooled
    )
    text = (
        f"de {_trajectories(near, indicator)}, uma em cada dez {achieved(found.one_in_ten, indicator)}; "
        f"metade {achieved(found.half, indicator)}; nove em cada dez {achieved(found.nine_in_ten, indicator, True)}"
    )
    # An abbreviation ends with its own point.
    text += "" if text.endswith(".") else "."
    if found.kept is None or asked.required_per_year is None:
        return text
    verb = "subir" if asked.required_per_year > 0 else "cair"
    pace = words.difference(asked.required_per_year, indicator, sign=False)
    return f"{text} A meta pede {verb} {pace} por ano: {_kept(found.kept, found.windows, found.word or '')}."
