from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from pipelines import declarations
from pipelines.declarations import ROOT, Config
from pipelines.fetching import checking, running
from pipelines.fetching.contract import Row
from pipelines.fetching.running import Outcome, Run
from pipelines.fetching.web import Limits, Road
from pipelines.raw_files import raw_path
from tests.pipelines.fetching.publisher import Publishers, serving

TODAY = dt.date(2026, 11, 28)
# Three of the 79: small enough to write the answers out by hand.
TOWNS = ("5000203", "5002704", "5003900")
QUICK = Limits(bytes=5_000_000, seconds=30, silence=20, attempts=3, wait=0.2, pace=0)


@dataclass
class World:
    """A data folder with the raw files of three municipalities, their declarations, and the publishers."""

    config: Config
    declared: Path
    publishers: Publishers
    limits: Limits = QUICK

    def rows(self, source: str) -> list[Row]:
        return checking.rows_of(checking.unpacked(raw_path(self.config.raw / source)))

    def row(self, source: str, code: str, period: str, **key: str) -> Row:
        [found] = [
            row
            for row in self.rows(source)
            if row["municipality_code"] == code
            and row["period"] == period
            and all(row[name] == value for name, value in key.items())
        ]
        return found

    def bytes_of(self, source: str) -> bytes:
        return (self.config.raw / source / "values.csv").read_bytes()

    def fetch(
        self, *sources: str, state: str = "50", accepted: bool = False, today: dt.date = TODAY
    ) -> list[Outcome]:
        road = Road(self.limits, self.publishers.url)
        asked = Run(self.config, state, road, today, self.declared, accepted)
        return running.run(asked, running.chosen(sources))

    def fetch_one(self, source: str, **given: bool) -> Outcome:
        [outcome] = self.fetch(source, **given)  # type: ignore[arg-type]
        return outcome


def cut(source: Path, target: Path) -> None:
    """A raw file with the rows of TOWNS alone."""
    reader = csv.DictReader(io.StringIO(checking.unpacked(source).decode(), newline=""))
    rows = [row for row in reader if row["municipality_code"][:6] in {town[:6] for town in TOWNS}]
    target.parent.mkdir(parents=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with serving() as found:
        yield found


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw files of the three municipalities: the national ones take a while to be read."""
    raw = tmp_path_factory.mktemp("three") / "raw"
    for folder in sorted((ROOT / "data" / "raw").iterdir()):
        if raw_path(folder).exists() and folder.name != "ibge_malha":
            cut(raw_path(folder), raw / folder.name / "values.csv")
    return raw


@pytest.fixture
def world(three: Path, tmp_path: Path, publishers: Publishers) -> World:
    shutil.copytree(three, tmp_path / "data" / "raw")
    shutil.copytree(ROOT / "pipelines" / "sources", tmp_path / "sources")
    config = replace(declarations.read_config(ROOT / "farol.toml"), data=tmp_path / "data")
    return World(config, tmp_path / "sources", publishers)
