"""Servers of their own for the bench: the dashboard, and small pages to measure it against."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipelines import build, declarations, publishing
from tests.conftest import started

SLIDER = "import streamlit as st\n\nst.slider('x', 0, 10)\n"
BAR = """import streamlit as st

st.title("one bar")
st.plotly_chart({"data": [{"type": "bar", "x": ["a"], "y": [1]}], "layout": {}}, theme=None)
"""


def current(file: Path | None = None) -> declarations.Config:
    """A configuration (this installation's, if none is given) whose tables and published files are current: what is not
    is built first.
    """
    config = declarations.read_config(file)
    if build.is_current(config):
        publishing.ensure(config)
    else:
        publishing.build(config)
    return config


# Of a server: its address, and the id of its process.
Server = tuple[str, int]


@contextmanager
def script(source: str) -> Iterator[Server]:
    """A server of a small script, in a folder of its own, as Streamlit runs it by default."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "one.py").write_text(source, "utf-8")
        # Settings of its own, which say nothing: the project's are not those of another page.
        (place / ".streamlit").mkdir()
        with started(declarations.config_file(), place / "one.py", place / "server.log") as found:
            yield found


@contextmanager
def dashboard(file: Path | None = None) -> Iterator[Server]:
    """The dashboard of a configuration (this installation's, if none is given), just started: nothing is drawn yet."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        try:
            with started(file or declarations.config_file(), log=log) as found:
                yield found
        finally:
            # Why a page failed is said there alone.
            if "Traceback" in (said := log.read_text("utf-8")):
                print(said[said.index("Traceback") :][-6000:], file=sys.stderr)


@contextmanager
def dashboards(count: int) -> Iterator[list[Server]]:
    """So many processes of this installation's dashboard, over the same tables."""
    with ExitStack() as servers:
        yield [servers.enter_context(dashboard()) for _ in range(count)]


@contextmanager
def scripts(source: str, count: int) -> Iterator[list[Server]]:
    """So many processes of a small script."""
    with ExitStack() as servers:
        yield [servers.enter_context(script(source)) for _ in range(count)]
