"""python -m tests.torture.builds: builds killed, doubled, given a damaged past or faulty inputs, by the hundred.

Each is a whole build of a tiny installation (`tests.torture.tiny`) by the command that people use. After each try the
tables are those of one build and whole, the published files are of the same build (at the latest after what every start
does), no recorded change of status is gone without a copy set aside, and no figure is another one without a word.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import build, history, publishing
from pipelines.declarations import Config
from pipelines.schema import arrow
from tests.torture import faulty_builds, tiny

# What readers see, and what is told of it.
SHOWN = (
    "municipalities",
    "values",
    "items",
    "aggregates",
    "plans",
    "targets",
    "milestones",
    "deliverables",
    "verdicts",
)
# Houses tormented side by side: one is kept waiting by its disk most of the time.
HOUSES = 2


@dataclass
class House:
    """One installation to torment, with a history that must never be lost."""

    folder: Path
    config: Config
    dice: random.Random
    restore: Callable[[], None]
    shown: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    length: float = 2.0
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def place(self) -> Path:
        """Where its published files are."""
        return self.folder / "static" / "data"


def prepare(folder: Path, seed: int) -> House:
    """An installation in an empty folder, built once, with one change in its history."""
    config = tiny.furnish(folder)
    house = House(folder, config, random.Random(seed), tiny.kept_whole(folder))
    renew(house)
    house.shown, house.told = seen(house)
    return house


def renew(house: House) -> None:
    """A house whose inputs and tables are whole, and which has a change of status to remember."""
    house.restore()
    for left in ("data/processed", "data/set-aside", "data/.lock", "static"):
        place = house.folder / left
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    started = time.monotonic()
    answer = tiny.ran(house.folder)
    house.length = time.monotonic() - started + 0.3
    assert answer.status == 0, answer.said[-2000:]
    remember(house.config)


def remember(config: Config) -> None:
    """Put one change of status into the history, to be found again after every try."""
    row = {
        "plan": "tormento", "plan_version": 1, "municipality_code": "5000203", "indicator": "idhm",
        "judged_at": config.today().replace(year=2024, day=1), "status": "on_track", "reason_of_change": "new_data",
    }  # fmt: skip
    table = pa.Table.from_pylist([row], schema=arrow(history.HISTORY))
    pq.write_table(table, config.processed / f"{history.HISTORY}.parquet")
    (config.processed / "build.json").touch()


def remembered(config: Config) -> bool:
    """Whether the history still tells of that change, or a copy set aside does."""
    with duckdb.connect() as con:
        rows = con.execute(
            "select count(*) from read_parquet(?) where plan = 'tormento'",
            [str(config.processed / f"{history.HISTORY}.parquet")],
        ).fetchall()
    return bool(rows[0][0]) or any((config.data / history.SET_ASIDE).glob(f"{history.HISTORY}-*"))


def seen(house: House) -> tuple[frozenset[str], frozenset[str]]:
    """Every row that readers see, and every row of what was refused, as texts."""
    shown: set[str] = set()
    with duckdb.connect() as con:
        for table in SHOWN:
            path = house.config.processed / f"{table}.parquet"
            kept = "* exclude (geometry)" if table == "municipalities" else "*"
            rows = con.execute(f"select {kept} from read_parquet(?)", [str(path)]).fetchall()
            shown |= {f"{table}: {row}" for row in rows}
        rows = con.execute(
            "select * from read_parquet(?) where source != ?",
            [str(house.config.processed / "rejected.parquet"), history.SOURCE_OF_HISTORY],
        ).fetchall()
    return frozenset(shown), frozenset(map(str, rows))


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
    process = tiny.start(house.folder)
    time.sleep(house.dice.uniform(0.0, house.length))
    process.kill()
    process.join()


def killed_at_the_swap(house: House) -> None:
    """Kill a build when its files are written and the exchange is near."""
    process = tiny.start(house.folder)
    while process.is_alive():
        if any(house.place.parent.glob(f".data-*/{publishing.PACKAGE}")):
            time.sleep(house.dice.uniform(0.0, 0.1))
            break
        time.sleep(0.001)
    process.kill()
    process.join()


def doubled(house: House) -> None:
    """Start two builds at once and kill one; the other ends well."""
    pair = [tiny.start(house.folder), tiny.start(house.folder)]
    time.sleep(house.dice.uniform(0.2, house.length))
    victim, survivor = house.dice.sample(pair, 2)
    victim.kill()
    victim.join()
    said = tiny.answer(survivor, house.folder)
    assert said.status == 0, said.said[-400:]


def damaged(house: House) -> None:
    """Damage files of the previous build, one or several; the next one goes on all the same and tells of it."""
    tables = house.config.processed
    names = [
        "build.json",
        "declarations.json",
        *(f"{table}.parquet" for table in (history.HISTORY, *history.BASE)),
    ]
    told = []
    for name in house.dice.sample(names, house.dice.choice((1, 1, 2, 4, len(names)))):
        path = tables / name
        data = path.read_bytes()
        place = house.dice.randrange(len(data))
        turned = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        wrong = house.dice.choice((
            b"", data[:place], house.dice.randbytes(len(data)), b'{"as_of": 3, "geometry": []}', b"[" * 5000,
            # A letter of a name turned into another leaves a history that no reader can tell from a true one.
            b"PAR1" if name.startswith(history.HISTORY) else turned, b"\0" if name.startswith(history.HISTORY) else None,
        ))  # fmt: skip
        path.unlink()
        if wrong is not None:
            path.write_bytes(wrong)
        if name in ("declarations.json", "build.json"):
            continue
        # One byte more or less may stand where no reader looks.
        if wrong is None or len(wrong) != len(data):
            told.append(name)
    answer = tiny.ran(house.folder)
    assert answer.status == 0, f"{told}: {answer.said[-400:]}"
    with duckdb.connect() as con:
        rows = con.execute(
            "select file from read_parquet(?) where source = ?",
            [str(tables / "rejected.parquet"), history.SOURCE_OF_HISTORY],
        ).fetchall()
    untold = {f"processed/{name}" for name in told} - {file for (file,) in rows}
    assert not untold, f"not a word of {sorted(untold)}"


def faulty(house: House) -> None:
    """Spoil what the build reads or what the system lets it do; it goes on in words, or ends in words."""
    kind = house.dice.choice(faulty_builds.KINDS)
    before = build.read_manifest(house.config)
    spoiled = kind(house.folder, house.dice)
    house.counts[f"tried: faulty: {kind.__name__}"] += 1
    answer = tiny.ran(house.folder, limits=spoiled.limits)
    moved = kind is faulty_builds.the_system and not spoiled.limits
    try:
        assert answer.in_words, f"{spoiled.what}: {answer.status}: {answer.said[-1500:]}"
        if answer.status:
            house.counts["refused in words"] += 1
            assert moved or build.read_manifest(house.config) == before, (
                f"{spoiled.what}: refused, and not the old tables"
            )
            return
        house.counts["accepted"] += 1
        shown, told = seen(house)
        if shown != house.shown and told <= house.told and not spoiled.open:
            other = sorted(shown - house.shown)[:2] or sorted(house.shown - shown)[:2]
            raise AssertionError(f"{spoiled.what}: another figure without a word: {other}")
        if told - house.told:
            house.counts["accepted, and told what was left out"] += 1
    finally:
        if moved:
            renew(house)
        else:
            house.restore()


KINDS: tuple[Callable[[House], None], ...] = (
    killed, faulty, killed_at_the_swap, faulty, doubled, faulty, damaged, faulty,
)  # fmt: skip


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
        where = "" if isinstance(fault, AssertionError) else traceback.format_exc(limit=-3)
        house.faults.append(f"{kind.__name__}: {type(fault).__name__}: {fault} {where}")
        renew(house)
    if kind is damaged:
        # Each damage finds a history of its own to lose.
        shutil.rmtree(house.config.data / history.SET_ASIDE, ignore_errors=True)
        remember(house.config)


def torment(folder: Path, seed: int, end: float, houses: list[House]) -> None:
    """Try the kinds in turn on a house of one's own until a moment of the monotonic clock."""
    house = prepare(folder, seed)
    houses.append(house)
    while time.monotonic() < end:
        one(house, KINDS[house.counts["tried"] % len(KINDS)])


def main(arguments: list[str] | None = None) -> int:
    """Try for some seconds; prints the counts and returns 1 where anything is not accounted for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.builds", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    end = time.monotonic() + given.seconds
    houses: list[House] = []
    with tempfile.TemporaryDirectory(prefix="farol-torture-") as folder:
        threads = []
        for number in range(HOUSES):
            place = Path(folder) / str(number)
            place.mkdir()
            threads.append(
                threading.Thread(
                    target=torment, args=(place, given.seed * 1000 + number, end, houses), daemon=True
                )
            )
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    counts = sum((house.counts for house in houses), Counter[str]())
    faults = [fault for house in houses for fault in house.faults]
    for name, count in sorted(counts.items()):
        print(f"{count:6d}  {name}")
    print(f"{len(faults):6d}  unaccounted")
    for fault in faults:
        print(f"        {fault}")
    return 1 if faults or len(houses) < HOUSES else 0


if __name__ == "__main__":
    sys.exit(main())
