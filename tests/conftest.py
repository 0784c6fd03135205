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
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import build, declarations, raw_files
from pipelines.declarations import ROOT, Config

AS_OF = dt.date(2026, 11, 22)


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The repository's own configuration and raw data, built into a folder of this run."""
    folder = tmp_path_factory.mktemp("farol")
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    shutil.copy(ROOT / "farol.toml", folder)
    found = declarations.read_config(folder / "farol.toml")
    build.build(found, AS_OF)
    return found


@pytest.fixture(scope="session")
def two_states(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Paraíba and Sergipe as one territory: both have a region, and three towns, of the same name."""
    folder = tmp_path_factory.mktemp("dois-estados")
    (folder / "data").mkdir()
    (folder / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    text = (ROOT / "farol.toml").read_text("utf-8")
    for old, new in (
        ('state = "50"', 'state = ["25", "28"]'),
        ('"Mato Grosso do Sul"', '"Paraíba e Sergipe"'),
        ('"de Mato Grosso do Sul"', '"da Paraíba e de Sergipe"'),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "farol.toml").write_text(text, "utf-8")
    found = declarations.read_config(folder / "farol.toml")
    build.build(found, AS_OF)
    return found


@pytest.fixture(scope="session")
def built(config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with a view for each built table."""
    with duckdb.connect() as con:
        for path in config.processed.glob("*.parquet"):
            con.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
        yield con


def copy_raw(place: Path) -> None:
    """Copy the raw data, unpacking what is compressed, so that a test can change the text of any file."""
    shutil.copytree(ROOT / "data" / "raw", place)
    for path in place.glob(f"*/{raw_files.PACKED}"):
        path.with_name(raw_files.PLAIN).write_bytes(raw_files.content(path.parent.name, path))
        path.unlink()


@pytest.fixture
def copied(tmp_path: Path) -> Config:
    """A private copy of the raw data, to damage at will; nothing is built yet."""
    copy_raw(tmp_path / "data" / "raw")
    return replace(declarations.read_config(), data=tmp_path / "data")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(file: Path, script: Path = ROOT / "app.py", secrets: str = "") -> Iterator[str]:
    """The address of a dashboard that runs with the configuration `file`, until the block ends."""
    with started(file, script, secrets=secrets) as (address, _process):
        yield address


@contextmanager
def started(
    file: Path,
    script: Path = ROOT / "app.py",
    log: Path | None = None,
    secrets: str = "",
    port: int | None = None,
) -> Iterator[tuple[str, int]]:
    """The address and the process id of a dashboard that runs with the configuration `file`, until the block ends.

    `script`: the app to run; of a copy of the project, the copy's rooms are the ones that it imports. `log`: where what
    the server says is written; beside the configuration, in server.log, where it is not given. `secrets`: what
    Streamlit's secrets.toml says, with ADDRESS where the dashboard's own address belongs. `port`: a free one, if not given.
    """
    log = log or file.parent / "server.log"
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
    if secrets:
        held = file.with_name("secrets.toml")
        held.write_text(secrets.replace("ADDRESS", address), "utf-8")
        command += ["--secrets.files", str(held)]
    with log.open("w", encoding="utf-8") as said:
        server = subprocess.Popen(
            command,
            # Where Streamlit finds its settings: of the copy, or of the project.
            cwd=script.parent if (script.parent / ".streamlit").is_dir() else ROOT,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, "FAROL_CONFIG": str(file)},
        )
        try:
            for _ in range(240):
                if server.poll() is not None:
                    raise RuntimeError(f"the dashboard ended while starting; see {log}")
                try:
                    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                        break
                except OSError:
                    time.sleep(0.25)
            else:
                raise RuntimeError(f"the dashboard did not start; see {log}")
            yield address, server.pid
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture(scope="session")
def app(config: Config) -> Iterator[str]:
    """The address of the running dashboard, over the tables of this run."""
    with serving(config.file) as address:
        yield address
