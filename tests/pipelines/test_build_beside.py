"""What a build does beside judging, and how its threads take turns."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines import build, panel, swapping
from pipelines.declarations import Config
from tests.conftest import AS_OF


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


def test_what_has_not_begun_when_plans_are_judged_is_done_beside_what_has(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, finished = threading.Event(), threading.Event()
    monkeypatch.setattr(build, "_figures", lambda *_, **__: panel.Panel())
    monkeypatch.setattr(build, "_readings", lambda *_: begun.wait(10))
    told: list[object] = []

    def long(_: duckdb.DuckDBPyConnection) -> None:
        begun.set()
        told.append(finished.wait(10))

    def short(con: duckdb.DuckDBPyConnection) -> None:
        told.append(con)
        finished.set()

    with duckdb.connect() as con:
        build.build_tables(con, config, AS_OF, beside=(long, short))
        assert told == [con, True]

        def failing(_: duckdb.DuckDBPyConnection) -> None:
            raise swapping.BuildError("enough")

        with pytest.raises(swapping.BuildError, match="enough"):
            build.build_tables(con, config, AS_OF, beside=(failing,))
