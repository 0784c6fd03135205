"""Plans judged alone: municipal plans read again and every target judged on the tables as they stand.

What somebody sends shows within seconds. A whole build of the same files gives the same tables; where anything but
municipal plans or the day has changed since the last one, a whole build is what happens.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines import build, declarations, gathering, history, panel, reaching, revisions, serving
from pipelines.declarations import Config
from pipelines.manifest import DRAWN, MANIFEST
from pipelines.raw_files import quoted
from pipelines.schema import GATHERED, ORDER
from pipelines.swapping import Progress, alone, folder_beside, recover, refusals_in_words, silent

# What judging reads of a folder of tables, besides what `panel` and `reaching` keep in it.
_READ = ("values", "indicators", "items", "oscillation", "lineage")
_REFUSED = "rejected"
# What is made of the tables of plans besides them: how many readings rest on each edition.
_EDITIONS = "editions"


def standing(config: Config, as_of: dt.date | None) -> dict[str, Any] | None:
    """The manifest of the tables where plans can be judged on them as of a date; None where a whole build is needed."""
    manifest = build.read_manifest(config)
    if manifest is None or manifest.get("figures") != build.figures_fingerprint(config):
        return None
    asked = as_of is None and manifest["as_of_given"]
    if not asked and manifest["as_of"] != (as_of or config.today()).isoformat():
        return None
    # A day that was today and has passed since is read from the editions that stood on it, and adds no history.
    if manifest.get("looks_back") is not (dt.date.fromisoformat(manifest["as_of"]) < config.today()):
        return None
    needed = [*(f"{name}.parquet" for name in ORDER), serving.FILE]
    needed += [reaching.TRAJECTORIES, panel.PANEL, panel.POPULATIONS]
    whole = all((config.processed / name).is_file() for name in needed)
    drawn = all((declarations.STATIC / manifest["geometry"][name]).exists() for name in DRAWN)
    return manifest if whole and drawn else None


@contextmanager
def prepared(
    config: Config, as_of: dt.date | None = None, tell: Progress = silent
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """As `build.prepared`, with plans judged alone where that gives the same."""
    with refusals_in_words(), alone(config, tell):
        recover(config)
        manifest = standing(config, as_of)
        if manifest is None:
            with build.prepared(config, as_of, tell) as found:
                yield found
            return
        tell(0.1, "Lendo os planos e julgando as metas")
        date, now = dt.date.fromisoformat(manifest["as_of"]), config.now()
        mark = build.inputs_fingerprint(config, manifest["figures"])
        with folder_beside(config) as folder:
            _take(config.processed, folder)
            with duckdb.connect() as con:
                _judge(con, config, date)
                tell(0.6, "Gravando as tabelas")
                for name in (*GATHERED, _REFUSED, _EDITIONS):
                    build.write_table(con, name, folder)
            history.carry(config.processed, folder, date, now.date())
            manifest = {
                **manifest,
                "build": hashlib.sha256(f"{mark} {date} {now}".encode()).hexdigest()[:16],
                "built_at": now.isoformat(timespec="seconds"),
                "as_of_given": as_of is not None or manifest["as_of_given"],
                "fingerprint": mark,
            }
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
            yield folder, manifest


def _take(tables: Path, folder: Path) -> None:
    """Copy into a folder what plans change nothing of."""
    made = {MANIFEST, *(f"{name}.parquet" for name in (*GATHERED, _REFUSED, _EDITIONS))}
    for path in tables.iterdir():
        if path.is_file() and path.name not in made:
            _share(path, folder / path.name)


def _share(path: Path, place: Path) -> None:
    """The same file under another name, which nobody ever writes into; a copy where the system knows no such thing."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copyfile(path, place)


def _judge(con: duckdb.DuckDBPyConnection, config: Config, as_of: dt.date) -> None:
    """Make the tables of plans on those that stand."""
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    tables = config.processed

    def origin(name: str) -> str:
        return f"read_parquet('{(tables / name).as_posix()}.parquet')"

    for name in (*_READ, _EDITIONS):
        con.execute(f"create table {quoted(name)} as from {origin(name)}")
    con.execute(f"create table municipalities as select * exclude (geometry) from {origin('municipalities')}")
    # What an official commitment says of its source was said when figures came in.
    con.execute(
        f"""create table {_REFUSED} as from {origin(_REFUSED)}
        where source not in (?, ?) or (source = ? and file like '%.sql')""",
        [gathering.SOURCE_OF_PLANS, history.SOURCE_OF_HISTORY, gathering.SOURCE_OF_PLANS],
    )
    known = panel.kept(con, tables, as_of, config.programme.next_meeting)
    gathering.judge_plans(con, config, as_of, tables, config.today(), known, tables)
    reaching.fill(con, as_of, reaching.panels(reaching.traced(tables)))
    revisions.count_readings(con, declarations.commitments(gathering.PLANS), gathering.PLANS)
