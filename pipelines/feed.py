"""What is new in the figures, as an Atom feed (RFC 4287): editions that came in, values revised, values withdrawn.

An entry keeps its id for ever, whatever the address of the dashboard; links lead to no other place than that address
or, where the configuration names none, to places beside the feed itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from pipelines.declarations import Config

FILE = "novidades.xml"
ATOM = "http://www.w3.org/2005/Atom"
# What ids are made in; any other constant would do, and this one must stay.
_IDS = uuid.UUID("6d2f3b54-9d0c-5b0e-8a55-52b0b2f0c7a1")
# As many entries as a reader's program takes, newest first.
MOST = 300
# Of a kind: the term of its category and its name; in the order in which those of one day are told.
COPY = "copy"
KINDS: Mapping[str, tuple[str, str]] = {
    "withdrawn": ("retirada", "Retirada"),
    "revised": ("revisao", "Revisão"),
    "edition": ("edicao", "Edição nova"),
    COPY: ("copia", "Cópia incluída"),
}


@dataclass(frozen=True)
class Event:
    """Something that happened to the figures on a day. `key` tells it from all others, for ever."""

    key: str
    day: dt.date
    kind: str
    title: str
    text: str


def events(con: duckdb.DuckDBPyConnection, until: str) -> list[Event]:
    """What came in, was revised and was withdrawn up to a day (ISO), newest first. `con` has the tables of the build."""
    found = []
    for source, label, day, origin, publisher, dataset, edition, rows in con.execute(
        """select e.source, e.label, e.retrieved, e.origin, s.publisher, s.dataset, e.edition, e.rows
        from editions e join sources s using (source) where e.retrieved <= ?::date""",
        [until],
    ).fetchall():
        kind = COPY if origin == "snapshot" else "edition"
        text = f"{publisher}. {edition}; {_grouped(rows)} linhas."
        found.append(Event(f"{source}/{label}", day, kind, f"{KINDS[kind][1]}: {dataset}", text))
    for source, label, day, kind, indicator, title, count, places, periods in con.execute(
        """select r.source, r.label, r.revised_at, r.kind, r.indicator, i.title, count(*),
            count(distinct r.municipality_code), list(distinct year(r.period) order by year(r.period))
        from revisions r join indicators i using (indicator) where r.revised_at <= ?::date group by all""",
        [until],
    ).fetchall():
        what = "mudou" if kind == "revised" else "deixou de constar"
        many = "mudaram" if kind == "revised" else "deixaram de constar"
        said = (
            f"1 valor já publicado {what}"
            if count == 1
            else f"{_grouped(count)} valores já publicados {many}"
        )
        towns = "1 município" if places == 1 else f"{_grouped(places)} municípios"
        text = f"{said}, em {towns}, de {', '.join(map(str, periods))}, na edição de {day:%d/%m/%Y}."
        key = f"{source}/{label}/{kind}/{indicator}"
        found.append(Event(key, day, kind, f"{KINDS[kind][1]}: {title}", text))
    order = list(KINDS)
    return sorted(found, key=lambda event: (-event.day.toordinal(), order.index(event.kind), event.key))


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def write(con: duckdb.DuckDBPyConnection, config: Config, manifest: Mapping[str, Any], path: Path) -> None:
    """Write the feed; `con` has the tables of the build that `manifest` tells of."""
    ET.register_namespace("", ATOM)
    zone = ZoneInfo(config.territory.timezone)
    base = config.programme.address.rstrip("/")
    beside = config.published_address
    own = f"{base}/{beside}/{FILE}" if base else FILE
    page = f"{base}/fontes" if base else f"{'../' * len(beside.split('/'))}fontes"
    told = events(con, manifest["as_of"])[:MOST]
    newest = told[0].day if told else dt.date.fromisoformat(manifest["as_of"])

    feed = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": "pt-BR"})
    _add(feed, "id", _id(config, ""))
    _add(feed, "title", f"Farol Municipal: dados novos, revistos e retirados, {config.territory.name}")
    _add(feed, "updated", _moment(newest, zone))
    _add(_add(feed, "author"), "name", config.programme.name or "Farol Municipal")
    _add(feed, "link", rel="self", type="application/atom+xml", href=own)
    _add(feed, "link", rel="alternate", type="text/html", href=page)
    for event in told:
        entry = _add(feed, "entry")
        _add(entry, "id", _id(config, event.key))
        _add(entry, "title", event.title)
        _add(entry, "updated", _moment(event.day, zone))
        term, label = KINDS[event.kind]
        _add(entry, "category", term=term, label=label)
        _add(entry, "link", rel="alternate", type="text/html", href=page)
        _add(entry, "summary", event.text, type="text")
    ET.indent(feed)
    path.write_bytes(ET.tostring(feed, "utf-8", xml_declaration=True) + b"\n")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    # What XML cannot hold, a publisher's text may.
    made.text = "".join(c for c in text if c >= " " and c not in "\ufffe\uffff") or None
    return made


def _id(config: Config, key: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_IDS, f'{config.territory.state}/{key}')}"


def _moment(day: dt.date, zone: ZoneInfo) -> str:
    return dt.datetime.combine(day, dt.time(), zone).isoformat()
