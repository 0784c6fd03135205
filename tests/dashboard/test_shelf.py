"""What is kept of a build: weighed by what it holds, bounded, made by one, and out of the garbage collector's sight."""

from __future__ import annotations

import gc
import itertools
import json
import shutil
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard import shelf as room
from dashboard.shelf import LOOKED_THROUGH, Heap, Shelf, weight
from dashboard.tables import Tables, open_tables
from pipelines.declarations import ROOT, Config


@dataclass(frozen=True)
class Thing:
    name: str
    parts: tuple[str, ...]


def test_things_weigh_what_they_hold() -> None:
    text = "palavra" * 1000
    assert weight(text) == sys.getsizeof(text)
    # Once, however often it stands there.
    assert weight([text] * 50) < weight(text) + 1_000
    assert weight({"a": [text, text + "x"]}) > 2 * weight(text)
    assert weight(Thing("x", (text,))) > weight(text)
    assert weight(np.zeros(1000)) >= 8000
    frame = pd.DataFrame({"a": [f"{'palavra' * 10}{place}" for place in range(1000)], "b": 1.0})
    assert 70_000 < weight(frame) < 150_000
    assert weight(frame.astype(object)) > weight(frame)
    assert weight(lambda: text) == 0


def test_what_is_kept_weighs_about_what_the_system_gave_for_it() -> None:
    """Against the interpreter's own count of memory."""
    import tracemalloc

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    rows = [
        {"name": f"municipality {place}", "value": float(place), "at": [place, None]}
        for place in range(5_000)
    ]
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.7 * held < weight(rows) < 1.3 * held


def test_tables_weigh_nothing_where_a_kept_thing_knows_them(config: Config) -> None:
    assert weight([open_tables(config)]) < 1_000


def test_the_oldest_give_way_and_the_weight_is_that_of_what_is_left() -> None:
    one = weight("x" * 1000)
    shelf = Shelf(10 * one)
    for place in range(20):
        shelf.keep((place,), lambda: "x" * 1000)
    assert len(shelf.held) == 10 and shelf.weight == 10 * one
    assert (19,) in shelf.held and (0,) not in shelf.held


def test_one_makes_what_many_ask_for() -> None:
    shelf, made = Shelf(10_000), []

    def slow() -> str:
        made.append(threading.get_ident())
        time.sleep(0.1)
        return "thing"

    found: list[str] = []
    askers = [threading.Thread(target=lambda: found.append(shelf.keep(("key",), slow))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert found == ["thing"] * 8 and len(made) == 1


def test_who_asks_while_a_thing_is_weighed_waits_for_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, made, others = Shelf(10_000), [], list[threading.Thread]()

    def make() -> str:
        made.append("thing")
        return "thing"

    def weighing(_thing: object) -> int:
        if not others:
            others.append(threading.Thread(target=lambda: shelf.keep(("key",), make)))
            others[0].start()
            # Long enough for a second one to be made, if nobody waited.
            others[0].join(0.5)
        return 100

    monkeypatch.setattr(room, "weight", weighing)
    shelf.keep(("key",), make)
    others[0].join()
    assert len(made) == 1 and shelf.weight == 100


def test_a_maker_that_fails_leaves_the_next_to_try() -> None:
    shelf = Shelf(10_000)

    def failing() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shelf.keep(("key",), failing)
    assert shelf.keep(("key",), lambda: "made") == "made"


def test_what_is_made_may_ask_for_other_things() -> None:
    shelf = Shelf(10_000)
    assert shelf.keep(("outer",), lambda: shelf.keep(("inner",), lambda: "in") + "side") == "inside"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of the garbage collector, in order."""
    said: list[str] = []
    for name in ("collect", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, lambda name=name: said.append(name))
    return said


def test_what_was_made_is_frozen_when_the_next_run_begins(asked: list[str]) -> None:
    heap = Heap()
    heap.settle()
    assert asked == []
    heap.grown()
    heap.settle()
    heap.settle()
    assert asked == ["freeze"]


def test_what_is_frozen_is_looked_through_every_so_often(asked: list[str]) -> None:
    heap = Heap()
    for _ in range(LOOKED_THROUGH):
        heap.grown()
        heap.settle()
    assert asked == ["freeze"] * (LOOKED_THROUGH - 1) + ["unfreeze", "collect", "freeze"]


def test_a_shelf_tells_the_heap_of_what_it_makes_and_not_of_what_it_has(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heap = Heap()
    monkeypatch.setattr(room, "HEAP", heap)
    shelf = Shelf(10_000)
    shelf.keep(("key",), lambda: "made")
    heap.settle()
    shelf.keep(("key",), lambda: "made")
    heap.settle()
    assert asked == ["freeze"]


def swapped(config: Config, number: int) -> None:
    """The same tables as another build."""
    beside = config.data / "beside"
    shutil.copytree(config.processed, beside)
    manifest = json.loads((beside / "build.json").read_text("utf-8"))
    (beside / "build.json").write_text(json.dumps(manifest | {"build": f"{number}"}), "utf-8")
    shutil.rmtree(config.processed)
    beside.replace(config.processed)


def test_tables_are_frozen_when_opened_and_the_old_ones_go_at_a_swap(
    config: Config, tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(config, data=tmp_path)
    shutil.copytree(config.processed, own.processed)
    monkeypatch.setattr("dashboard.tables._open", {})
    open_tables(own)
    assert asked == ["unfreeze", "collect", "freeze"]
    open_tables(own)
    assert len(asked) == 3
    swapped(own, 1)
    assert open_tables(own).build == "1"
    assert asked == ["unfreeze", "collect", "freeze"] * 2


def test_rebuilds_leave_nothing_of_the_old_tables(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(config, data=tmp_path)
    shutil.copytree(config.processed, own.processed)
    monkeypatch.setattr("dashboard.tables._open", {})
    before: list[weakref.ref[Tables]] = []
    try:
        for number in range(4):
            swapped(own, number)
            data = open_tables(own)
            data.latest()
            data.verdicts()
            data.remember(("view",), lambda: ["x" * 1000])
            room.HEAP.settle()
            before.append(weakref.ref(data))
            del data
            alive = [ref for ref in before if ref() is not None]
            assert alive == before[-1:], f"{len(alive)} builds are held after {number + 1}"
    finally:
        gc.unfreeze()


def test_a_long_run_of_plain_things_weighs_about_what_each_of_them_weighs() -> None:
    texts = [f"Município {place}" for place in range(20_000)]
    assert weight(texts) == pytest.approx(sys.getsizeof(texts) + sum(map(sys.getsizeof, texts)), rel=0.02)
    # What may hold more is looked through.
    nested = [["x" * 1000 + str(place)] for place in range(5_000)]
    assert weight(nested) > 5_000_000


def test_what_is_made_of_a_frame_is_made_once_and_goes_with_it() -> None:
    frame, numbers = pd.DataFrame({"a": [1]}), itertools.count()
    made = [room.once(frame, key, lambda: [next(numbers)]) for key in ("x", "x", "y")]
    assert made == [[0], [0], [1]] and made[0] is made[1]
    held = len(room._made)
    del frame
    gc.collect()
    assert len(room._made) == held - 1


def test_rows_of_a_long_run_are_weighed_by_a_sample_of_them() -> None:
    rows = [[f"Município {place}", "12,5% em 2024", ""] for place in range(20_000)]
    cells = sum(sys.getsizeof(cell) for row in rows for cell in row)
    assert weight(rows) == pytest.approx(
        sys.getsizeof(rows) + cells + 20_000 * sys.getsizeof(rows[0]), rel=0.02
    )


def test_rows_with_their_cells_by_name_are_weighed_by_a_sample_of_them() -> None:
    rows = [{"name": f"Município {place}", "value": place / 7, "rank": None} for place in range(300)]
    cells = sum(sys.getsizeof(cell) for row in rows for cell in row.values())
    assert weight(rows) == pytest.approx(sys.getsizeof(rows) + cells + 300 * sys.getsizeof(rows[0]), rel=0.02)
    # What may hold more is looked through.
    assert weight([{"text": ["x" * 1000 + str(place)]} for place in range(300)]) > 300_000


def test_what_is_made_is_kept_of_the_things_asked_for_last() -> None:
    frames = [pd.DataFrame({"a": [place]}) for place in range(room.MOST_REMEMBERED + 1)]
    first: list[object] = room.once(frames[0], "x", list)
    for frame in frames[:-1]:
        room.once(frame, "x", list)
    assert room.once(frames[0], "x", list) is first and len(room._made) <= room.MOST_REMEMBERED
    room.once(frames[-1], "x", list)
    # The one asked for longest ago gave way, and not the first.
    assert room.once(frames[0], "x", list) is first and id(frames[1]) not in room._made


# A large piece first: from then on glibc would keep all smaller ones in its heap, where one that stays on top of them
# holds back what lies below.
FREED = """
import re, sys
from pathlib import Path
import numpy as np
{given}
def held():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1000
np.ones(3_000_000)
before = held()
pieces = [np.ones(125_000) for _ in range(100)]
pin = np.ones(14_000)
pieces.clear()
print(held() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told")
def test_what_was_freed_goes_back_to_the_system() -> None:
    found = {}
    for given in ("", "import dashboard.shelf"):
        said = subprocess.run(
            [sys.executable, "-c", FREED.format(given=given)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found[given] = int(said.stdout)
    assert found["import dashboard.shelf"] < 10 < 50 < found[""], "MB that stay of 100"


def test_arrow_takes_its_memory_where_freed_memory_goes_back() -> None:
    # As `streamlit run` begins: the framework first, then the application.
    told = subprocess.run(
        [sys.executable, "-c", "import streamlit.web.cli, app, pyarrow; print(pyarrow.default_memory_pool().backend_name)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.split()[-1] == "system"
