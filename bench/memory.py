"""The memory of a process that shows pages, over rebuilds under a reader."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.client import reading
from bench.lines import Line
from bench.views import FOCUS, PAGES
from pipelines import declarations, publishing, swapping
from tests.conftest import started


def megabytes(process: int) -> float:
    """What a process holds of the machine's memory (its resident set), in MB of a million bytes."""
    said = Path(f"/proc/{process}/status").read_text("utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", said)
    assert found is not None
    return int(found[1]) * 1.024 / 1000


# Builds put in place under a server.
REBUILDS = 20


def rebuilds(most: float, file: Path | None = None) -> list[Line]:
    """The memory of a server under one reader over rebuilds: the last against the first after which all is warm.

    `most`: the bound in MB; `file`: the configuration, this installation's if none is given.
    """
    found = list(over_rebuilds(REBUILDS, file))
    name, said = declarations.read_config(file).territory.name, " ".join(f"{size:.0f}" for size in found)
    return [
        Line(f"MB after {REBUILDS} rebuilds of {name}", found[-1], most, ""),
        Line("the same / after the third", found[-1] / found[2], 1.1, said),
    ]


def over_rebuilds(times: int, file: Path | None = None) -> Iterator[float]:
    """Rebuild `times` times under a server while one reader opens every page after each; MB after each.

    A rebuild here puts the same tables in place under another build's id, by the exchange of folders that the build
    itself ends with: to the server it is another build.
    """
    present = declarations.read_config(file)
    published = present.published / publishing.DESCRIPTION
    before = published.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "data").mkdir()
        (place / "data" / "raw").symlink_to(present.raw)
        shutil.copytree(present.processed, place / "data" / present.processed.name)
        # Of the same name and text: the tables are current under it, and the server does not build.
        shutil.copy(present.file, place / present.file.name)
        config = declarations.read_config(place / present.file.name)
        try:
            with (
                started(config.file, log=place / "server.log") as (address, process),
                reading(address, process) as reader,
            ):
                for number in range(times):
                    rebuild(config, f"rebuilt-{number}")
                    for page in PAGES:
                        reader.open(page, municipio=FOCUS)
                    yield megabytes(process)
        finally:
            published.write_bytes(before)


def rebuild(
    config: declarations.Config, build: str, tables: Path | None = None, published: Path | None = None
) -> None:
    """Put tables in place under a build's id, with what is published; the present ones, if none are given.

    `published`: the folder of published files, where it is not that of this program.
    """
    beside = config.data / "beside"
    shutil.copytree(tables or config.processed, beside)
    # As a build does: nobody publishes between the two.
    with swapping.alone(config):
        for path, name in (
            (beside / "build.json", "build"),
            ((published or config.published) / publishing.DESCRIPTION, "id"),
        ):
            path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {name: build}), "utf-8")
        swapping.swap((beside, config.processed))
