"""Questions to the built tables, answered as data frames. The only place that opens DuckDB for a page.

The tables are read once per build into memory; every call takes its own cursor (a connection shared between
threads mixes up results) and binds its values. Frames are kept per question until the next build, so callers
must not change them.
"""

from __future__ import annotations

import threading
from pathlib import Path

from dashboard.shelf import HEAP
from dashboard.tables.plans import Plans
from dashboard.tables.provenance import Provenance
from dashboard.tables.ranks import Ranks
from dashboard.tables.territory import Filter
from pipelines.declarations import Config

__all__ = ["Filter", "Tables", "open_tables"]


class Tables(Ranks, Plans, Provenance):
    """Every question to one build; a room for each subject."""


_open: dict[Path, tuple[tuple[int, int], Tables]] = {}
_lock = threading.Lock()


def open_tables(config: Config) -> Tables:
    """The tables of the present build, opened anew when the build has changed. Raises FileNotFoundError."""
    with _lock:
        mark = _mark(config)
        held = _open.get(config.processed)
        while held is None or held[0] != mark:
            held = (mark, Tables(config.processed))
            _open[config.processed] = held
            # Modules and tables live as long as the process; what a swap left behind is thrown away.
            HEAP.renew()
            # A swap while the files were read would give tables of two builds.
            mark = _mark(config)
        return held[1]


def _mark(config: Config) -> tuple[int, int]:
    """The present build's mark: when its manifest was written, and which file that is."""
    told = (config.processed / "build.json").stat()
    return told.st_mtime_ns, told.st_ino
