"""Apache Superset beside this dashboard, in an environment of its own: set up, started on loopback, asked, ended.

Superset and its engine for DuckDB need other versions of the libraries than this project, so nothing of it is imported
here: its own program sets it up, and everything else goes through its API.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.declarations import ROOT
from tests.conftest import free_port

ENVIRONMENT = ROOT / ".venv-peers" / "bin"
USER, PASSWORD = "bench", "bench"

# One worker, as one process of the dashboard; what was asked before is kept on disk, as its own documentation shows.
SETTINGS = """
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
DATA_CACHE_CONFIG = {{
    "CACHE_TYPE": "FileSystemCache", "CACHE_DIR": "{home}/cache", "CACHE_DEFAULT_TIMEOUT": 3600
}}
PREVENT_UNSAFE_DB_CONNECTIONS = False
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
"""
# Every observation with its names in one table, sorted as the questions ask: nothing to join, in Superset's favour.
OBSERVATIONS = """
import duckdb, sys
file, folder = sys.argv[1:]
con = duckdb.connect(file)
con.execute(f'''create table observations as
    select v.indicator, i.title, v.municipality_code, m.name, m.immediate_region as region, v.period::timestamp as period,
        v.year, v.value, v.numerator, v.denominator, v.flag
    from read_parquet('{folder}/values.parquet') v join read_parquet('{folder}/municipalities.parquet') m
        using (municipality_code) join read_parquet('{folder}/indicators.parquet') i using (indicator)
    order by v.indicator, v.period, v.municipality_code''')
"""


@dataclass(frozen=True)
class Asked:
    """A question as Superset's chart-data API takes it: columns, and (column, operator, value) that must hold."""

    columns: Sequence[str]
    filters: Sequence[tuple[str, str, Any]]

    def query(self) -> dict[str, Any]:
        """The query of the API's request."""
        return {
            "columns": list(self.columns),
            "metrics": [],
            "filters": [{"col": col, "op": op, "val": value} for col, op, value in self.filters],
            "row_limit": 50_000,
        }

    def params(self, dataset: int) -> dict[str, Any]:
        """The settings of a chart that shows the same rows as a table."""
        return {
            "viz_type": "table",
            "datasource": f"{dataset}__table",
            "query_mode": "raw",
            "all_columns": list(self.columns),
            "row_limit": 50_000,
            "adhoc_filters": [
                {
                    "expressionType": "SIMPLE",
                    "clause": "WHERE",
                    "subject": col,
                    "operator": op,
                    "comparator": value,
                }
                for col, op, value in self.filters
            ],
        }


@dataclass
class Superset:
    """A running Superset with the observations as its one dataset."""

    address: str
    token: str = ""
    dataset: int = 0

    def call(self, path: str, body: Mapping[str, Any] | None = None, method: str | None = None) -> bytes:
        """One request to the API; raises RuntimeError with its answer where it is refused."""
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode()[:500]}") from error

    def ask(self, asked: Asked, *, cached: bool, form: str = "json") -> bytes:
        """What the chart-data API answers; `cached`: whether it may answer from what it kept."""
        return self.call(
            "/api/v1/chart/data",
            {
                "datasource": {"id": self.dataset, "type": "table"},
                "force": not cached,
                "result_format": form,
                "result_type": "full",
                "queries": [asked.query()],
            },
        )

    def rows(self, asked: Asked) -> list[dict[str, Any]]:
        """The rows of an answer."""
        found: list[dict[str, Any]] = json.loads(self.ask(asked, cached=False))["result"][0]["data"]
        return found

    def dashboard(self, name: str, asked: Asked) -> str:
        """The address of a new dashboard that shows one question."""
        chart = json.loads(
            self.call(
                "/api/v1/chart/",
                {
                    "slice_name": name,
                    "viz_type": "table",
                    "datasource_id": self.dataset,
                    "datasource_type": "table",
                    "params": json.dumps(asked.params(self.dataset)),
                },
            )
        )["id"]
        above = ["ROOT_ID", "GRID_ID"]
        held = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
            "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": ["ROW-1"], "parents": above[:1]},
            "ROW-1": {
                "type": "ROW",
                "id": "ROW-1",
                "children": ["CHART-1"],
                "parents": above,
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            },
            "CHART-1": {
                "type": "CHART",
                "id": "CHART-1",
                "children": [],
                "parents": [*above, "ROW-1"],
                "meta": {"chartId": chart, "width": 12, "height": 60, "sliceName": name},
            },
        }
        board = json.loads(
            self.call(
                "/api/v1/dashboard/",
                {"dashboard_title": name, "published": True, "position_json": json.dumps(held)},
            )
        )["id"]
        self.call(f"/api/v1/chart/{chart}", {"dashboards": [board]}, method="PUT")
        return f"{self.address}/superset/dashboard/{board}/?standalone=2"


@contextmanager
def running(home: Path, tables: Path) -> Iterator[Superset]:
    """Superset with a store of its own below `home`, over the Parquet files of `tables`, until the block ends.

    Raises RuntimeError where its environment is not there, or where it does not start.
    """
    if not (ENVIRONMENT / "superset").exists():
        raise RuntimeError("No Superset: run `make bench-peers`, which prepares its environment.")
    settings = home / "superset_config.py"
    settings.write_text(SETTINGS.format(secret=secrets.token_hex(24), home=home.as_posix()), "utf-8")
    own = {"SUPERSET_CONFIG_PATH": str(settings), "SUPERSET_HOME": str(home), "FLASK_APP": "superset"}
    data = home / "observations.duckdb"
    with (home / "superset.log").open("w", encoding="utf-8") as log:

        def start(program: str, *more: str) -> subprocess.Popen[bytes]:
            command = [str(ENVIRONMENT / program), *more]
            return subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log, cwd=home)

        for command in _preparing(data, tables):
            if start(*command).wait():
                raise RuntimeError(f"{' '.join(command[:3])} failed; see {log.name}")
        port = free_port()
        threads = ("-w", "1", "-k", "gthread", "--threads", "8", "--timeout", "120")
        server = start("gunicorn", *threads, "-b", f"127.0.0.1:{port}", "superset.app:create_app()")
        try:
            found = Superset(f"http://127.0.0.1:{port}")
            _wait(found, server)
            _know(found, data)
            yield found
        finally:
            server.terminate()
            server.wait(30)


def _preparing(data: Path, tables: Path) -> Iterator[tuple[str, ...]]:
    """The commands that make its store, its user and its table."""
    yield "python", "-c", OBSERVATIONS, str(data), str(tables)
    yield "superset", "db", "upgrade"
    names = ("--username", USER, "--password", PASSWORD, "--firstname", USER, "--lastname", USER)
    yield "superset", "fab", "create-admin", *names, "--email", "bench@example.org"
    yield "superset", "init"


def _know(found: Superset, data: Path) -> None:
    """Log in, and tell it of the observations."""
    login = {"username": USER, "password": PASSWORD, "provider": "db"}
    found.token = json.loads(found.call("/api/v1/security/login", login))["access_token"]
    uri = f"duckdb:///{data}?access_mode=read_only"
    held = found.call("/api/v1/database/", {"database_name": "farol", "sqlalchemy_uri": uri})
    table = {"database": json.loads(held)["id"], "table_name": "observations", "schema": "main"}
    found.dataset = json.loads(found.call("/api/v1/dataset/", table))["id"]


def _wait(found: Superset, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError("Superset ended while starting")
        try:
            found.call("/health")
            return
        except (OSError, RuntimeError):
            time.sleep(0.5)
    raise RuntimeError("Superset did not start")
