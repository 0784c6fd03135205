from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import build, declarations
from pipelines.declarations import ROOT, Config

AS_OF = dt.date(2026, 11, 22)


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The repository's own raw data, built into a folder of this run."""
    data = tmp_path_factory.mktemp("data")
    (data / "raw").symlink_to(ROOT / "data" / "raw")
    found = replace(declarations.read_config(), data=data)
    build.build(found, AS_OF)
    return found


@pytest.fixture(scope="session")
def built(config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a view for each built table."""
    with duckdb.connect() as con:
        for path in config.processed.glob("*.parquet"):
            con.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        yield con


@pytest.fixture
def copied(tmp_path: Path) -> Config:
    """A private copy of the raw data, to damage at will; nothing is built yet."""
    shutil.copytree(ROOT / "data" / "raw", tmp_path / "data" / "raw")
    return replace(declarations.read_config(), data=tmp_path / "data")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def app() -> Iterator[str]:
    """The address of the running dashboard, over the repository's own data."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    ) as server:
        try:
            for _ in range(240):
                try:
                    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                        break
                except OSError:
                    time.sleep(0.25)
            else:
                raise RuntimeError("the dashboard did not start")
            yield address
        finally:
            server.terminate()
            server.wait(10)
