"""Folders swapped as one or not at all, on the disk before they are in place, and one build at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import build, declarations, swapping
from pipelines.declarations import ROOT, Config
from tests.conftest import AS_OF

HOLD = """
import sys
from dataclasses import replace
from pathlib import Path
from pipelines import declarations, swapping
config = replace(declarations.read_config(), data=Path(sys.argv[1]))
def tell(_, text):
    print(text, flush=True)
with swapping.alone(config, tell):
    print("dentro", flush=True)
    sys.stdin.readline()
print("fora", flush=True)
"""


def folder(path: Path, text: str) -> Path:
    path.mkdir(parents=True)
    (path / "a.txt").write_text(text, "utf-8")
    return path


def said(path: Path) -> str:
    return (path / "a.txt").read_text("utf-8")


@pytest.mark.parametrize("platform", ["linux", "other"])
def test_two_folders_are_swapped_as_one_or_neither(
    tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    tables, files = folder(tmp_path / "tables", "old"), folder(tmp_path / "static" / "files", "old")
    news = folder(tmp_path / ".new-tables", "new"), folder(tmp_path / "static" / ".new-files", "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        swapping.swap((news[0], tables), (news[1], tmp_path / "file" / "nowhere"))
    assert (said(tables), said(files), said(news[0]), said(news[1])) == ("old", "old", "new", "new")
    swapping.swap((news[0], tables), (news[1], files))
    assert (said(tables), said(files)) == ("new", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "static", "tables"]


def test_a_first_folder_is_taken_back_too(tmp_path: Path) -> None:
    new, other = folder(tmp_path / ".new", "new"), folder(tmp_path / ".other", "new")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        swapping.swap((new, tmp_path / "tables"), (other, tmp_path / "file" / "nowhere"))
    assert not (tmp_path / "tables").exists() and said(new) == "new"


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_what_is_no_folder_gives_way_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    place, new = tmp_path / "tables", folder(tmp_path / ".new", "new")
    if kind == "file":
        place.write_text("", "utf-8")
    else:
        place.symlink_to("other")
    if kind == "link":
        folder(tmp_path / "other", "kept")
    swapping.swap((new, place))
    assert said(place) == "new" and not place.is_symlink()
    # What the link led to is somebody else's.
    assert sorted(path.name for path in tmp_path.iterdir()) == (["other"] if kind == "link" else []) + [
        "tables"
    ]


def test_memory_that_is_not_enough_is_said_in_words() -> None:
    with (
        pytest.raises(swapping.BuildError, match="A memória não bastou"),
        swapping.refusals_in_words(),
        duckdb.connect() as con,
    ):
        con.execute("set memory_limit = '8MB'; set temp_directory = ''")
        con.execute("select string_agg(n::varchar, ',') from range(5_000_000) as r(n)").fetchall()


IN_A_MOUNT = """
import sys
from pathlib import Path
from pipelines import swapping
here = Path(sys.argv[1])
try:
    with swapping.refusals_in_words():
        swapping.swap((here / ".new-tables", here / "tables"), (here / "static/.new-files", here / "static/files"))
except swapping.BuildError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("mount", "told"),
    [
        ("mount --bind {0}/elsewhere {0}/static/files", "ponto de montagem"),
        (
            "mount --bind {0}/static {0}/static && mount -o remount,bind,ro {0}/static",
            "só permite leitura",
        ),
    ],
)
def test_a_mount_point_or_a_read_only_target_leaves_both_old(tmp_path: Path, mount: str, told: str) -> None:
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("mounts need a namespace of their own, which this user may not make")
    tables, files = folder(tmp_path / "tables", "old"), folder(tmp_path / "static" / "files", "old")
    folder(tmp_path / ".new-tables", "new")
    folder(tmp_path / "static" / ".new-files", "new")
    (tmp_path / "elsewhere").mkdir()
    command = f"{mount.format(tmp_path)} && exec {sys.executable} -c '{IN_A_MOUNT}' {tmp_path}"
    found = subprocess.run(["unshare", "-m", "sh", "-c", command], check=True, cwd=ROOT, capture_output=True)
    assert told in found.stdout.decode()
    assert (said(tables), said(files)) == ("old", "old")


def test_what_is_written_is_on_the_disk_before_it_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path / "tables", "old")
    new = folder(tmp_path / ".new", "new")
    (new / "deep").mkdir()
    (new / "deep" / "b.txt").write_text("b", "utf-8")
    seen: list[tuple[str, str]] = []
    really = os.fsync

    def watched(handle: int) -> None:
        seen.append((Path(f"/proc/self/fd/{handle}").readlink().name, said(place)))
        really(handle)

    monkeypatch.setattr(os, "fsync", watched)
    swapping.swap((new, place))
    assert {name for name, standing in seen if standing == "old"} == {"a.txt", "b.txt", "deep", ".new"}
    # And after it the folder that holds them, so that the exchange itself outlives a power cut.
    assert [name for name, standing in seen if standing == "new"] == [tmp_path.name]


@pytest.fixture
def place(tmp_path: Path) -> Config:
    return replace(declarations.read_config(), data=tmp_path / "data")


def hold(config: Config) -> subprocess.Popen[str]:
    """A process that takes its turn and keeps it until its input ends."""
    command = [sys.executable, "-c", HOLD, str(config.data)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_second_build_waits_and_says_for_whom(place: Config) -> None:
    with hold(place) as first:
        assert line(first) == "dentro"
        with hold(place) as second:
            assert line(second).startswith(f"Esperando outra construção (processo {first.pid}, desde ")
            assert first.communicate()[0] == "fora\n"
            *waited, inside, out = (second.communicate()[0]).split("\n")[:-1]
            assert (inside, out) == ("dentro", "fora") and all("Esperando" in text for text in waited)
    assert list(place.data.iterdir()) == []


def test_the_lock_ends_with_the_process_that_is_killed(place: Config) -> None:
    with hold(place) as first:
        assert line(first) == "dentro"
        first.kill()
    assert (place.data / ".lock").exists()
    with swapping.alone(place, lambda _, text: pytest.fail(text)), swapping.alone(place):
        pass
    assert list(place.data.iterdir()) == []


def test_a_lock_of_one_s_own_is_held_by_one_at_a_time_and_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / ".lock"
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(5)
        with swapping.held(place):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with swapping.held(place):
        inside.set()
        time.sleep(0.3)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]
    assert not place.exists()


def test_a_swap_without_the_systems_exchange_can_be_recovered(
    copied: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.build(copied)
    monkeypatch.setattr(sys, "platform", "other")
    second = build.build(copied)
    assert build.read_manifest(copied) == second
    copied.processed.replace(copied.data / ".processed-previous")
    swapping.recover(copied)
    assert build.read_manifest(copied) == second


def test_while_tables_are_made_no_thread_keeps_the_others_waiting_and_afterwards_turns_are_as_before(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, found = sys.getswitchinterval(), []

    def making(*_: object) -> None:
        found.append(sys.getswitchinterval())
        raise swapping.BuildError("enough")

    monkeypatch.setattr(build, "build_tables", making)
    with (
        pytest.raises(swapping.BuildError, match="enough"),
        build.prepared(replace(config, data=tmp_path), AS_OF),
    ):
        pass
    assert found == [pytest.approx(build.TURN)] and build.TURN < before == sys.getswitchinterval()
