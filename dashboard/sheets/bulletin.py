"""The bulletin: what changed since a date, as a sheet and as the text of an e-mail."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from dashboard import promises, words
from dashboard.findings import deliverables, tally, targets
from dashboard.findings.deliverables import BIMONTH
from dashboard.sheets.municipality import UnknownMunicipalityError, facts_of, place_in_file, until
from dashboard.sheets.shapes import Row, qr_code
from dashboard.sheets.typesetting import built, footer, link_to, set_pages
from dashboard.tables import Tables
from pipelines import declarations
from pipelines.declarations import Config


class Bulletin(NamedTuple):
    """What changed, as a PDF and as plain text for an e-mail."""

    pdf: bytes
    text: str


# How many lines of one kind an e-mail takes; the PDF has them all.
MAIL_LINES = 25
# How many revised values a bulletin names: a new estimate of the population revises thousands.
MOST_REVISED = 40


def bulletin(
    data: Tables,
    code: str = "",
    since: dt.date | None = None,
    *,
    config: Config | None = None,
    address: str = "",
    demonstration: bool = False,
) -> Bulletin:
    """What changed since a date (60 days before the judging when not given), for a municipality or the state.

    Raises UnknownMunicipalityError.
    """
    config = config or declarations.read_config()
    facts, place = facts_of(data, demonstration), link_to(config, address)
    if code and code not in facts.places:
        raise UnknownMunicipalityError(
            f"O código {code} não é de nenhum município {config.territory.of_name}."
        )
    day = data.as_of
    meeting = deliverables.ahead(config.programme.next_meeting, day)
    start = since or day - BIMONTH
    where = str(facts.places[code]["name"]) if code else config.territory.name
    everything, handed = data.verdicts(demonstration), data.deliverables(demonstration)
    flips = data.flips(start.isoformat(), demonstration)
    if code:
        everything, handed = everything[everything["municipality_code"] == code], facts.deliverables[code]
        flips = flips[flips["municipality_code"] == code]
    everything = everything[~tally.ended(everything, day)]
    parts = [
        _changes_part(data, flips, start, bool(code)),
        *_promises_part(data, [code] if code else list(facts.places), start),
        *_deliverable_parts(handed, day, meeting, bool(code)),
        _decisions_part(data, everything, bool(code)),
        _news_part(data, start),
        _revisions_part(data, start, code),
    ]
    shown = bool((everything["origin"] == "demonstration").any()) if len(everything) else False
    page = {"municipio": code} if code else {"desde": start.isoformat()}
    qr = qr_code(
        place,
        "plano" if code else "monitoramento",
        "abre no painel",
        **page,
        demonstracao="sim" if shown else "",
    )
    said: dict[str, Any] = {
        "title": f"Boletim: {where}, desde {words.date(start)}",
        "heading": f"Boletim: {where}",
        "eyebrow": f"O que mudou desde a última reunião · {config.programme.name}",
        "facts": _dates(start, day, meeting),
        "finding": f"{tally.title(everything)}.",
        "qr": qr,
        "demonstration": shown,
        "warning": "DEMONSTRAÇÃO: há um plano inventado neste boletim. Não o use em decisões.",
        "parts": parts,
        "foot": [f"Farol Municipal, com as tabelas de {built(data)}."],
        "footer": footer(data, f"Boletim: {where}"),
    }
    return Bulletin(set_pages("bulletin", data, said), _mail(said, qr["address"] if qr else ""))


def _dates(start: dt.date, day: dt.date, meeting: dt.date | None) -> list[str]:
    """The days that a bulletin is about, and the next meeting."""
    coming = "data não informada" if meeting is None else words.date(meeting, long=True)
    return [
        f"De {words.date(start)} a {words.date(day)}, data do julgamento.",
        f"Próxima reunião: {coming}.",
    ]


def _changes_part(data: Tables, flips: pd.DataFrame, start: dt.date, alone: bool) -> dict[str, Any]:
    text = targets.no_flips(data, start) if flips.empty else ""
    items = []
    for row in targets.flips_words(data, flips).to_dict("records"):
        who = "" if alone else f"{row['Município']}, "
        items.append(
            f"{who}{row['Indicador']}: era {row['Era'].lower()}, passou a {row['Passou a'].lower()} "
            f"({row['Motivo']}, {row['Julgado em']})."
        )
    return {"heading": "Mudanças de situação", "text": text, "items": items}


def _promises_part(data: Tables, codes: list[str], start: dt.date) -> list[dict[str, Any]]:
    """What municipalities changed of what they had promised, since the day and before it; nothing where nothing was."""
    lately, before = promises.told(data, codes, start)
    parts = (
        ("Metas e prazos mudados", lately),
        (f"Metas e prazos mudados antes de {words.date(start)}", before),
    )
    return [{"heading": heading, "text": "", "items": items} for heading, items in parts if items]


def _news_part(data: Tables, start: dt.date) -> dict[str, Any]:
    sources = data.sources()
    items = [f"{line}." for line in targets.new_data(data, start, data.as_of)]
    text = "" if items else f"Nenhuma fonte foi atualizada desde {words.date(start)}."
    if len(items) == len(sources):
        text = f"Todas as {words.number(len(items))} fontes entraram desde {words.date(start)}; a lista está em Fontes e catálogo."
        items = []
    return {"heading": "Dados novos", "text": text, "items": items}


def _revisions_part(data: Tables, start: dt.date, code: str) -> dict[str, Any]:
    """The values already published that newer editions changed; of one municipality or of all."""
    lines = targets.revised_lines(data, start, code)
    more = len(lines) - MOST_REVISED
    items = [f"{line}." for line in lines[:MOST_REVISED]]
    if more > 0:
        items.append(f"E mais {words.number(more)}: a lista inteira está em Fontes e catálogo.")
    text = "" if items else f"Nenhum valor já publicado foi revisto desde {words.date(start)}."
    return {"heading": "Valores revistos pelas fontes", "text": text, "items": items}


def _deliverable_parts(
    frame: pd.DataFrame, day: dt.date, meeting: dt.date | None, alone: bool
) -> list[dict[str, Any]]:
    if frame.empty:
        none = "Nenhum plano próprio com entregas foi recebido."
        return [{"heading": "Entregas", "text": none, "items": []}]

    def line(row: Row) -> str:
        who = "" if alone else f"{row['name']}, "
        by = "" if words.is_missing(row["responsible"]) else f"; responsável: {row['responsible']}"
        return f"{who}{row['deliverable']} (prazo {words.date(words.day_of(row['due']))}{by})."

    quiet = deliverables.silent(frame, day)
    late, soon = deliverables.overdue(frame, day), deliverables.coming(frame, day, meeting)
    return [
        {
            "heading": "Planos sem notícia",
            "text": deliverables.silence(quiet, frame["plan"].nunique()),
            "items": [
                f"{row.name_}: {row.title}." for row in quiet.rename(columns={"name": "name_"}).itertuples()
            ],
        },
        {
            "heading": "Entregas atrasadas",
            "text": "" if len(late) else "Nenhuma entrega atrasada.",
            "items": [line(row) for row in late.to_dict("records")],
        },
        {
            "heading": f"Entregas que vencem {until(meeting, day)}",
            "text": "" if len(soon) else "Nenhuma entrega vence nesse prazo.",
            "items": [line(row) for row in soon.to_dict("records")],
        },
    ]


def _decisions_part(data: Tables, frame: pd.DataFrame, alone: bool) -> dict[str, Any]:
    """The targets that ask for a decision: each of them for a municipality, by plan for the state."""
    heading = "Metas que pedem decisão"
    if alone:
        items = [
            f"{row['Indicador']}: {row['Situação'].lower()}; valor atual {row['Valor atual']}, meta {row['Meta']}."
            + (
                f" Responsável: {row['Responsável']}."
                if row.get("Responsável", targets.UNTOLD) != targets.UNTOLD
                else ""
            )
            for row in targets.agenda_words(data, frame).to_dict("records")
        ]
        return {"heading": heading, "text": "" if items else "Nenhuma meta pede decisão.", "items": items}
    items = []
    for title, group in frame.groupby("title", sort=False):
        items.append(f"{title}: {tally.title(group)}.")
    return {
        "heading": "Como está cada plano",
        "text": "" if items else "Nenhuma meta para acompanhar.",
        "items": items,
    }


def _mail(said: Mapping[str, Any], address: str) -> str:
    """The bulletin as plain text, in lines that any mail program shows whole."""

    def wrapped(text: str, indent: str = "") -> str:
        # An address is never cut in two.
        return textwrap.fill(
            text, 72, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ).replace(words.NBSP, " ")

    lines = [said["heading"], ""]
    if said["demonstration"]:
        lines += [wrapped(said["warning"]), ""]
    lines += [wrapped(text) for text in (*said["facts"], said["finding"])]
    for part in said["parts"]:
        lines += ["", str(part["heading"]).upper()]
        if part["text"]:
            lines.append(wrapped(part["text"]))
        lines += [wrapped(f"- {item}", "  ") for item in part["items"][:MAIL_LINES]]
        more = len(part["items"]) - MAIL_LINES
        if more > 0:
            lines.append(f"- e mais {words.number(more)}: a lista inteira está no painel.")
    if address:
        lines += ["", f"No painel: {address}"]
    lines += ["", *said["foot"]]
    return "\n".join(lines) + "\n"


def write_bulletin(
    data: Tables, code: str, since: dt.date | None, out: Path, *, config: Config | None = None, address: str = "",
    demonstration: bool = False,
) -> list[Path]:  # fmt: skip
    """Write a bulletin as PDF and as text into a folder; the files. Raises UnknownMunicipalityError."""
    config = config or declarations.read_config()
    made = bulletin(data, code, since, config=config, address=address, demonstration=demonstration)
    name = place_in_file(code, data.names()[code]) if code else words.slug(config.territory.name)
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"boletim-{name}.pdf", out / f"boletim-{name}.txt"]
    files[0].write_bytes(made.pdf)
    files[1].write_text(made.text, "utf-8")
    return files
