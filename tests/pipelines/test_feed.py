"""The Atom feed: read as a reader's program does, with ids that last and addresses that stay at home."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import duckdb
import pytest

from pipelines import declarations, feed
from pipelines.declarations import Config
from pipelines.schema import ddl

NAMES = {"a": feed.ATOM}
SECOND = dt.date(2026, 12, 7)


@pytest.fixture
def con(built: duckdb.DuckDBPyConnection) -> Any:
    """The tables of a build in which one edition came in later, revised two values and withdrew one."""
    with duckdb.connect() as own:
        for table in ("sources", "indicators", "editions", "revisions"):
            own.execute(f"create table {table} ({ddl(table)})")
            own.register("held", built.execute(f"from {table}").to_arrow_table())
            own.execute(f"insert into {table} select * from held")
            own.unregister("held")
        own.execute(
            "insert into editions values ('ipea_homicidios', '2026-12-07', ?, 'fetched', 'até 2020 & \x0b<b>', 90, "
            "'b', true, true, 2, 1, 0)",
            [SECOND],
        )
        for code, kind in (("5002704", "revised"), ("5003207", "revised"), ("5000203", "withdrawn")):
            own.execute(
                "insert into revisions values ('homicidios_taxa', ?, '2019-12-31', 'ipea_homicidios', '2026-12-07', "
                "?, ?, 10, null)",
                [code, SECOND, kind],
            )
        yield own


def read(con: duckdb.DuckDBPyConnection, config: Config, path: Path, until: str = "2026-12-31") -> ET.Element:
    feed.write(con, config, {"as_of": until}, path)
    return ET.fromstring(path.read_bytes())


def texts(node: ET.Element, path: str) -> list[str]:
    return [found.text or "" for found in node.findall(path, NAMES)]


def test_it_is_the_atom_that_the_standard_asks_for(
    con: duckdb.DuckDBPyConnection, config: Config, tmp_path: Path
) -> None:
    found = read(con, config, tmp_path / "feed.xml")
    assert found.tag == f"{{{feed.ATOM}}}feed"
    for node in (found, *found.findall("a:entry", NAMES)):
        for name in ("id", "title", "updated"):
            [text] = texts(node, f"a:{name}")
            assert text.strip()
        [moment] = texts(node, "a:updated")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", moment)
        assert dt.datetime.fromisoformat(moment).utcoffset() is not None
    assert texts(found, "a:author/a:name") == [config.programme.name]
    assert len(found.findall("a:link[@rel='self']", NAMES)) == 1
    ids = [*texts(found, "a:id"), *texts(found, "a:entry/a:id")]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one) for one in ids)
    moments = [dt.datetime.fromisoformat(text) for text in texts(found, "a:entry/a:updated")]
    assert moments == sorted(moments, reverse=True)
    assert dt.datetime.fromisoformat(texts(found, "a:updated")[0]) == moments[0]


def test_editions_revisions_and_withdrawals_are_told(
    con: duckdb.DuckDBPyConnection, config: Config, tmp_path: Path
) -> None:
    found = read(con, config, tmp_path / "feed.xml")
    newest = {
        entry.find("a:category", NAMES).get("term"): texts(entry, "a:summary")[0]  # type: ignore[union-attr]
        for entry in found.findall("a:entry", NAMES)[:3]
    }
    assert newest["revisao"].startswith(
        "2 valores já publicados mudaram, em 2 municípios, de 2019, na edição de 07/12"
    )
    assert newest["retirada"].startswith("1 valor já publicado deixou de constar, em 1 município, de 2019")
    # What XML cannot hold is left out, the rest is escaped.
    assert "até 2020 & <b>; 90 linhas" in newest["edicao"]
    copies = found.findall("a:entry/a:category[@term='copia']", NAMES)
    assert len(copies) == sum(one.origin != declarations.AWAITED for one in declarations.sources().values())
    before = read(con, config, tmp_path / "before.xml", "2026-12-06")
    assert len(before.findall("a:entry", NAMES)) == len(copies)


def test_ids_last_and_addresses_stay_at_home(
    con: duckdb.DuckDBPyConnection, config: Config, tmp_path: Path
) -> None:
    relative = read(con, config, tmp_path / "a.xml")
    home = "https://painel.example.org"
    named = replace(config, programme=replace(config.programme, address=f"{home}/"))
    absolute = read(con, named, tmp_path / "b.xml")
    assert texts(relative, "a:entry/a:id") == texts(absolute, "a:entry/a:id")
    assert texts(relative, "a:id") == texts(absolute, "a:id")
    links = [node.get("href", "") for node in absolute.iter(f"{{{feed.ATOM}}}link")]
    own = f"{home}/{config.published_address}/{feed.FILE}"
    assert set(links) == {own, f"{home}/fontes"}
    # Without an address the same places, seen from where the feed lies.
    from_feed = {urljoin(own, node.get("href", "")) for node in relative.iter(f"{{{feed.ATOM}}}link")}
    assert from_feed == set(links)
    hosts = {
        urlsplit(url).netloc
        for url in re.findall(r"https?://[^\s\"<]+", (tmp_path / "a.xml").read_text("utf-8"))
    }
    assert hosts == {"www.w3.org"}
