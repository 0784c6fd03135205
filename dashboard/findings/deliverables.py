"""What is said of deliverables: late, due, silent, and the table of all."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dashboard import words
from dashboard.findings.readings import day_of
from pipelines.verdicts import DELIVERABLE_LABELS, deliverable_state

# How far back and ahead is looked where no date of a meeting is given: the meetings are bimonthly.
BIMONTH = dt.timedelta(days=60)


def overdue(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The deliverables not done whose date has passed on the date of judging."""
    return frame[(frame["due"] < pd.Timestamp(as_of)) & (frame["status"] != "done")]


def late_sentence(late: int, total: int) -> str:
    """How many deliverables are late on the date of judging: `Entregas atrasadas: 3 de 12.`"""
    return f"Entregas atrasadas: {words.number(late)} de {words.number(total)}."


def coming(frame: pd.DataFrame, as_of: dt.date, until: dt.date | None) -> pd.DataFrame:
    """The deliverables not done that are due from the date of judging up to the next meeting (or in 60 days)."""
    limit = pd.Timestamp(until or as_of + BIMONTH)
    return frame[
        (frame["due"] >= pd.Timestamp(as_of)) & (frame["due"] <= limit) & (frame["status"] != "done")
    ]


def silent(frame: pd.DataFrame) -> pd.DataFrame:
    """The plans none of whose deliverables was ever updated: name, title, deliverables (how many)."""
    grouped = frame.groupby(["plan", "municipality_code", "name", "title"], as_index=False).agg(
        deliverables=("deliverable_id", "count"), updated=("updated_at", "count")
    )
    return grouped[grouped["updated"] == 0].drop(columns="updated")


def deliverables_table(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Deliverables to take away: what, of which action, who, when, how far; dates and numbers as such."""
    rows = [
        {
            "Entrega": row["deliverable"],
            "Ação": row["action"],
            "Município": row["name"],
            "Prazo": day_of(row["due"]),
            "Situação": DELIVERABLE_LABELS[
                deliverable_state(row["status"], day_of(row["due"]), day_of(row["updated_at"]), as_of)
            ],
            "Andamento (%)": None if words.is_missing(row["percent"]) else float(row["percent"]),
            "Atualizada em": day_of(row["updated_at"]),
        }
        for row in frame.to_dict("records")
    ]
    return pd.DataFrame(
        rows, columns=["Entrega", "Ação", "Município", "Prazo", "Situação", "Andamento (%)", "Atualizada em"]
    )


def deliverables_words(frame: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The same deliverables as a reader sees them on a page."""
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
        state = deliverable_state(row["status"], day_of(row["due"]), day_of(row["updated_at"]), as_of)
        parts = [f"{row['deliverable']}: {DELIVERABLE_LABELS[state].lower()}"]
        if day_of(row["due"]):
            parts.append(f"prazo {words.date(day_of(row['due']))}")
        if not words.is_missing(row["percent"]):
            parts.append(f"{words.number(row['percent'])}% feito")
        if day_of(row["updated_at"]):
            parts.append(f"informado em {words.date(day_of(row['updated_at']))}")
        lines.append(", ".join(parts))
    return lines


def silent_table(frame: pd.DataFrame) -> pd.DataFrame:
    """The silent plans as a table for readers."""
    quiet = silent(frame)
    return pd.DataFrame(
        {
            "Município": quiet["name"],
            "Plano": quiet["title"],
            "Entregas sem atualização": quiet["deliverables"],
        }
    )
