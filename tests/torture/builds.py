"""python -m tests.torture.builds: builds killed, doubled and given a damaged past, by the hundred.

After each try the tables are those of one build and whole, the published files are of the same build (at the
latest after what every start does), and no recorded change of status is gone without a copy set aside.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import build, declarations, history, publishing
from pipelines.declarations import ROOT, Config
from pipelines.schema import SCHEMAS

CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from pipelines import declarations, publishing, swapping
config = declarations.read_config()
with swapping.refusals_in_words():
    publishing.build(replace(config, data=Path(sys.argv[1])), place=Path(sys.argv[2]))
"""


@dataclass
class House:
    """One installation to torment, with a history that must never be lost."""

    config: Config
    place: Path
    dice: random.Random
    length: float = 8.0
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.config.data), str(self.place)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


def prepare(folder: Path, seed: int, built: Config | None = None) -> House:
    """An installation in an empty folder, built once (or copied from `built`), with one change in its history."""
    config = replace(declarations.read_config(), data=folder / "data")
    config.data.mkdir(parents=True)
    (config.data / "raw").symlink_to(ROOT / "data" / "raw")
    house = House(config, folder / "static" / "data", random.Random(seed))
    if built is None:
        started = time.monotonic()
        publishing.build(config, place=house.place)
        house.length = time.monotonic() - started + 1.5
    else:
        house.length = 4.0
        shutil.copytree(built.processed, config.processed)
        publishing.publish(config, house.place)
    remember(config)
    return house


def remember(config: Config) -> None:
    """Put one change of status into the history, to be found again after every try."""
    row = {
        "plan": "tormento", "plan_version": 1, "municipality_code": "5000203", "indicator": "idhm",
        "judged_at": config.today().replace(year=2024, day=1), "status": "on_track", "reason_of_change": "new_data",
    }  # fmt: skip
    table = pa.Table.from_pylist([row], schema=SCHEMAS[history.HISTORY])
    pq.write_table(table, config.processed / f"{history.HISTORY}.parquet")
    (config.processed / "build.json").touch()


def remembered(config: Config) -> bool:
    """Whether the history still tells of that change, or a copy set aside does."""
    kept = [config.processed / f"{history.HISTORY}.parquet"]
    with duckdb.connect() as con:
        rows = con.execute(
            "select count(*) from read_parquet(?) where plan = 'tormento'", [[str(path) for path in kept]]
        ).fetchall()
    return bool(rows[0][0]) or any((config.data / history.SET_ASIDE).glob(f"{history.HISTORY}-*"))


def look(house: House, before: dict[str, object]) -> str:
    """What stands after a try: "old" or "new"; raises AssertionError where it is neither."""
    manifest = build.read_manifest(house.config)
    assert manifest is not None, "no manifest"
    last = (house.config.processed / "build.json").stat().st_mtime_ns
    tables = sorted(house.config.processed.glob("*.parquet"))
    assert {path.stem for path in tables} >= {"values", "verdicts", history.HISTORY, "municipalities"}
    for path in tables:
        pq.read_table(path, partitioning=None)
        age = last - path.stat().st_mtime_ns
        assert 0 <= age < 120e9 or manifest == before, f"{path.name} is of another build"
    if (publishing.published(house.place) or {}).get("id") != manifest["build"]:
        house.counts["published files of the build before, mended by the next start"] += 1
        publishing.ensure(house.config, house.place)
    described = json.loads((house.place / publishing.DESCRIPTION).read_text("utf-8"))
    assert described["id"] == manifest["build"], "published files are of another build"
    for item in described["resources"]:
        data = (house.place / item["path"]).read_bytes()
        assert item["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}", f"{item['path']} is not whole"
    assert remembered(house.config), "the history is lost"
    return "old" if manifest == before else "new"


def killed(house: House) -> None:
    """Kill a build at any moment of it."""
    process = house.start()
    time.sleep(house.dice.uniform(0.0, house.length))
    process.kill()
    process.communicate()


def killed_at_the_swap(house: House) -> None:
    """Kill a build when its files are written and the exchange is near."""
    process = house.start()
    while process.poll() is None:
        if any(house.place.parent.glob(f".data-*/{publishing.PACKAGE}")):
            time.sleep(house.dice.uniform(0.0, 0.4))
            break
        time.sleep(0.002)
    process.kill()
    process.communicate()


def doubled(house: House) -> None:
    """Start two builds at once and kill one; the other ends well."""
    pair = [house.start(), house.start()]
    time.sleep(house.dice.uniform(0.5, house.length))
    victim, survivor = house.dice.sample(pair, 2)
    victim.kill()
    victim.communicate()
    _, said = survivor.communicate(timeout=300)
    assert survivor.returncode == 0, said.decode()[-400:]


def damaged(house: House) -> None:
    """Damage a file of the previous build; the next one goes on all the same."""
    names = ["build.json", *(f"{table}.parquet" for table in (history.HISTORY, *history.BASE))]
    path = house.config.processed / house.dice.choice(names)
    data = path.read_bytes()
    place = house.dice.randrange(len(data))
    path.write_bytes(
        house.dice.choice(
            (
                b"",
                data[:place],
                house.dice.randbytes(len(data)),
                data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :],
                b'{"as_of": 3, "geometry": []}',
                b"[" * 5000,
            )
        )
    )
    process = house.start()
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, f"{path.name}: {said.decode()[-400:]}"


KINDS: tuple[Callable[[House], None], ...] = (killed, killed_at_the_swap, doubled, damaged)


def one(house: House, kind: Callable[[House], None]) -> None:
    """One try and what stands after it, counted."""
    before = build.read_manifest(house.config) or {}
    house.counts["tried"] += 1
    house.counts[f"tried: {kind.__name__}"] += 1
    try:
        kind(house)
        house.counts[f"stood: {look(house, before)} tables"] += 1
        house.counts["stood"] += 1
    except Exception as fault:
        # Whatever it was, it is counted, and the next try begins from a whole house.
        house.faults.append(f"{kind.__name__}: {type(fault).__name__}: {fault}")
        shutil.rmtree(house.config.processed, ignore_errors=True)
        publishing.build(house.config, place=house.place)
    if kind is damaged:
        # Each damage finds a history of its own to lose.
        shutil.rmtree(house.config.data / history.SET_ASIDE, ignore_errors=True)
        remember(house.config)


def main(arguments: list[str] | None = None) -> int:
    """Try for some seconds; prints the counts and returns 1 where anything is not accounted for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.builds", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="farol-torture-") as folder:
        house = prepare(Path(folder), given.seed)
        end = time.monotonic() + given.seconds
        while time.monotonic() < end:
            one(house, KINDS[house.counts["tried"] % len(KINDS)])
        for name, count in sorted(house.counts.items()):
            print(f"{count:6d}  {name}")
        print(f"{len(house.faults):6d}  unaccounted")
        for fault in house.faults:
            print(f"        {fault}")
    return 1 if house.faults else 0


if __name__ == "__main__":
    sys.exit(main())
