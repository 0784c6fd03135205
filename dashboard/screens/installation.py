"""The installation: its configuration, and its tables, built, checked and opened once for all sessions."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.screens.messages import plain_text
from dashboard.tables import Tables, open_tables
from pipelines import build, declarations, publishing, swapping
from pipelines.declarations import Config, DeclarationError


def config() -> Config:
    """The configuration of this installation, read again when the file changes."""
    file = declarations.config_file()
    return _config(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _config(file: Path, _changed: int) -> Config:
    return declarations.read_config(file)


@dataclass(frozen=True)
class _Checked:
    """What was found of the tables and the published files that bear these marks."""

    marks: tuple[int, int]
    fault: str
    there: bool
    # Of the build alone: the same tables go on having it, while published files may yet be mended.
    of_build: str = ""


_checked: dict[str, _Checked] = {}

_building = threading.Lock()


def checked_tables(file: str) -> tuple[bool, str]:
    """Whether there are tables, and what went wrong with the present ones and their published files, or an empty text.

    `file`: the configuration's. Built where missing or old, once for each process; when tables or published
    files are swapped later, a fault of the old ones ends, and the published files are brought to the tables'
    build. A run that finds nothing new only asks for two files' times. Kept here and not by Streamlit, whose
    cache sends every step of the progress again on every run.
    """
    present = config()
    held = _checked.get(file)
    if held is None or held.marks != _marks(present):
        with _building:
            held = _checked.get(file)
            if held is None or held.marks != _marks(present):
                fault, of_build = _fault_of_tables(present, held)
                marks, there = _marks(present), build.read_manifest(present) is not None
                held = _checked[file] = _Checked(marks, fault, there, of_build)
    return held.there, held.fault


def _marks(present: Config) -> tuple[int, int]:
    """When tables and published files were written, in nanoseconds; 0 for what is not there."""
    return _mark(present.processed / "build.json"), _mark(present.published / publishing.DESCRIPTION)


def _mark(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _fault_of_tables(present: Config, before: _Checked | None) -> tuple[str, str]:
    """What is wrong now, and how much of it is the build's."""
    building = before is None and not build.is_current(present)
    bar = st.empty()
    try:
        if building:
            publishing.build(present, tell=lambda share, text: _show(bar, share, text))
        elif build.read_manifest(present) is not None:
            publishing.ensure(present)
        fault = ""
    except (swapping.BuildError, DeclarationError) as error:
        fault = str(error)
    except Exception as error:
        # Whatever failed, the last good tables are still there to be shown.
        logging.getLogger("farol").error("build failed", exc_info=error)
        fault = "falha inesperada, descrita no registro do servidor."
    finally:
        bar.empty()
    same = before is not None and before.marks[0] == _marks(present)[0]
    of_build = fault if building else before.of_build if before and same else ""
    return fault or of_build, of_build


def _show(bar: Any, share: float, text: str) -> None:
    bar.progress(share, plain_text(text))


def tables() -> Tables:
    """The tables of the present build."""
    return open_tables(config())
