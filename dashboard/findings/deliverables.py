"""What is said of deliverables: late, due, silent, and the table of all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard import words
from dashboard.charts.frames import shown_with
from pipelines.verdicts import CLOSED_DELIVERABLES, DELIVERABLE_LABELS, deliverable_state

# How far back and ahead is looked where no date of a meeting is given: the meetings are bimonthly.
BIMONTH = dt.timedelta(days=60)


def ahead(meeting: dt.date | None, as_of: dt.date) -> dt.date | None:
    """The next meeting where it is still to come on the date of judging; one that has been is not the next."""
    return None if meeting is None or meeting < as_of else meeting


def overdue(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The deliverables still to be handed over whose date has passed on the date of judging."""
    return frame[(frame["due"] < pd.Timestamp(as_of)) & ~frame["status"].isin(CLOSED_DELIVERABLES)]


def late_sentence(late: int, total: int) -> str:
    """How many deliverables are late on the date of judging: `Entregas atrasadas: 3 de 12.`"""
    return f"Entregas atrasadas: {words.number(late)} de {words.number(total)}."


# What is not to be handed over now, with one and many in words.
SET_ASIDE = {"suspended": ("suspensa", "suspensas"), "cancelled": ("cancelada", "canceladas")}


def set_aside(frame: pd.DataFrame) -> str:
    """How many deliverables are suspended and cancelled: `1 suspensa e 2 canceladas`; empty where none is."""
    counts = frame["status"].value_counts()
    said = [words.counted(int(counts[key]), *names) for key, names in SET_ASIDE.items() if key in counts]
    return words.listed(said) if said else ""


def standing(frame: pd.DataFrame, as_of: dt.date) -> str:
    """How many are late of those that the plans stand by, and apart from them what is suspended or cancelled."""
    kept = frame[~frame["status"].isin(list(SET_ASIDE))]
    said = late_sentence(len(overdue(frame, as_of)), len(kept))
    aside = set_aside(frame)
    return f"{said} Fora da conta: {aside}." if aside else said


def coming(frame: pd.DataFrame, as_of: dt.date, until: dt.date | None) -> pd.DataFrame:
    """The deliverables still to be handed over that are due from the date of judging up to the next meeting (or in 60 days)."""
    limit = pd.Timestamp(until or as_of + BIMONTH)
    return frame[
        (frame["due"] >= pd.Timestamp(as_of))
        & (frame["due"] <= limit)
        & ~frame["status"].isin(CLOSED_DELIVERABLES)
    ]


def silent(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The plans of which nothing was heard for two months, the longest silent first.

    Columns: plan, municipality_code, name, title, deliverables (how many), updated (the last word on any of them,
    missing where there never was one) and days (since then, up to the date of judging). Suspended and cancelled
    deliverables are news in themselves: a plan with one of them and no date of any word is not silent.
    """
    frame = frame.assign(told=frame["status"].isin(list(SET_ASIDE)))
    grouped = frame.groupby(["plan", "municipality_code", "name", "title"], as_index=False).agg(
        deliverables=("deliverable_id", "count"), updated=("updated_at", "max"), told=("told", "any")
    )
    grouped["days"] = (pd.Timestamp(as_of) - pd.to_datetime(grouped["updated"])).dt.days
    quiet = grouped[(grouped["days"].isna() & ~grouped["told"]) | (grouped["days"] > BIMONTH.days)]
    return quiet.drop(columns="told").sort_values("days", ascending=False, na_position="first", kind="stable")


def silence(quiet: pd.DataFrame, plans: int, without: int | None = None) -> str:
    """How many have no plan and how many plans are silent: `77 municípios sem plano; 1 plano sem notícia há 266 dias.`

    `quiet`: as `silent` finds them; `plans`: how many there are in all; `without`: how many municipalities have no
    plan of their own, None where that is not asked.
    """
    parts = [f"{words.counted(without, 'município', 'municípios')} sem plano"] if without else []
    never, heard = quiet["days"].isna().sum(), quiet["days"].dropna()
    if never:
        parts.append(f"{words.counted(int(never), 'plano', 'planos')} sem nenhuma notícia até hoje")
    if len(heard) == 1:
        parts.append(f"1 plano sem notícia há {words.number(int(heard.iloc[0]))} dias")
    elif len(heard):
        parts.append(
            f"{words.number(len(heard))} planos sem notícia há mais de {BIMONTH.days} dias, "
            f"o mais calado há {words.number(int(heard.max()))}"
        )
    if plans and quiet.empty:
        who = "o plano recebido teve" if plans == 1 else f"os {words.number(plans)} planos recebidos tiveram"
        parts.append(f"{who} notícia nos últimos {BIMONTH.days} dias")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def deliverables_table(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Deliverables to take away: what, of which action, who, when, how far; dates and numbers as such."""
    rows = [
        {
            "Entrega": row["deliverable"],
            "Ação": row["action"],
            "Município": row["name"],
            "Prazo": words.day_of(row["due"]),
            "Situação": DELIVERABLE_LABELS[
                deliverable_state(
                    row["status"], words.day_of(row["due"]), words.day_of(row["updated_at"]), as_of
                )
            ],
            "Andamento (%)": None if words.is_missing(row["percent"]) else float(row["percent"]),
            "Atualizada em": words.day_of(row["updated_at"]),
            "Motivo": reason_of(row),
        }
        for row in frame.to_dict("records")
    ]
    columns = [
        "Entrega",
        "Ação",
        "Município",
        "Prazo",
        "Situação",
        "Andamento (%)",
        "Atualizada em",
        "Motivo",
    ]
    table = pd.DataFrame(rows, columns=columns)
    # Few deliverables are set aside, and most tables would carry an empty column.
    table = table if table["Motivo"].any() else table.drop(columns="Motivo")
    return shown_with(table, {"Andamento (%)": 0})


def reason_of(row: Mapping[str, Any]) -> str:
    """Why a deliverable was suspended or cancelled; empty where it was not, or nobody says."""
    return "" if words.is_missing(row.get("status_reason")) else str(row["status_reason"])


def deliverables_words(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The same deliverables as a reader sees them on a page; without any, nothing at all."""
    if frame.empty:
        return pd.DataFrame()
    table = deliverables_table(frame, as_of)
    return table.assign(
        **{
            "Prazo": [words.date(day) for day in table["Prazo"]],
            "Andamento (%)": [
                "" if words.is_missing(share) else f"{words.number(share)}%"
                for share in table["Andamento (%)"]
            ],
            "Atualizada em": [words.date(day) if day else "nunca" for day in table["Atualizada em"]],
        }
    ).rename(columns={"Andamento (%)": "Andamento"})


def deliverable_lines(frame: pd.DataFrame, as_of: dt.date) -> list[str]:
    """Deliverables of one action, a line each: what, how it stands, when it is due, how far, last word on it."""
    lines = []
    for row in frame.to_dict("records"):
        state = deliverable_state(
            row["status"], words.day_of(row["due"]), words.day_of(row["updated_at"]), as_of
        )
        parts = [f"{row['deliverable']}: {DELIVERABLE_LABELS[state].lower()}"]
        if reason := reason_of(row):
            parts[0] += f" ({reason})"
        if words.day_of(row["due"]):
            parts.append(f"prazo {words.date(words.day_of(row['due']))}")
        if not words.is_missing(row["percent"]):
            parts.append(f"{words.number(row['percent'])}% feito")
        if words.day_of(row["updated_at"]):
            parts.append(f"informado em {words.date(words.day_of(row['updated_at']))}")
        lines.append(", ".join(parts))
    return lines


def silent_table(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The silent plans as a table for readers."""
    quiet = silent(frame, as_of)
    return pd.DataFrame(
        {
            "Município": quiet["name"],
            "Plano": quiet["title"],
            "Entregas": quiet["deliverables"],
            "Última notícia": [
                "nunca" if words.is_missing(day) else words.date(words.day_of(day))
                for day in quiet["updated"]
            ],
        }
    )
